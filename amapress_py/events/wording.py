"""The mails about events that an admin may reword, and the placeholders of their texts."""

from amapress_py.i18n import _l
from amapress_py.mail.wording import LINK, Word, Wordings

EVENTS = {
    "events/announced": _l("Un événement est annoncé"),
    "events/changed": _l("Un événement annoncé change de jour, d’heure ou de lieu"),
    "events/cancelled": _l("Un événement annoncé est annulé"),
}

WORDS = (
    Word("titre", "title", _l("titre de l’événement"), "Assemblée générale"),
    Word("genre", "kind", _l("genre d’événement"), "Assemblée générale"),
    Word("date", "date", _l("date"), "01/10/2026"),
    Word("quand", "when", _l("date et heures"), "jeudi 1er octobre 2026, de 18 h 30 à 20 h"),
    Word("lieu", "where", _l("lieu et adresse"), "Salle des Tilleuls, 1 rue du Marché"),
    Word("contrats", "what", _l("contrat que l’on vient signer"), "Légumes 2026"),
    Word("remarque", "note", _l("note"), "Un plat à partager."),
    Word(
        "lien_evenement",
        "event_url",
        _l("lien vers l’événement"),
        LINK,
    ),
)

WORDINGS = Wordings(EVENTS, WORDS)

"""The mails about duty that an admin may reword, and the placeholders of their texts."""

from amapress_py.i18n import _l
from amapress_py.mail.wording import LINK, Word, Wordings

TURN = ("Aide", "jeudi 1er octobre 2026, de 18 h 30 à 20 h", "Salle des Tilleuls")

EVENTS = {
    "duty/reminder": _l("Rappel : c’est bientôt votre permanence"),
    "duty/took": _l("Vous vous êtes inscrit à une permanence"),
    "duty/left": _l("Vous vous êtes désinscrit"),
    "duty/placed": _l("Vos permanences (placées par un trésorier ou par le planning)"),
    "duty/freed": _l("Un trésorier a libéré votre place"),
    "duty/asked": _l("Quelqu’un vous demande de le remplacer"),
    "duty/accepted": _l("Votre remplaçant accepte"),
    "duty/declined": _l("Votre remplaçant ne peut pas"),
    "duty/moved": _l("La distribution change : votre permanence aussi"),
    "duty/called_off": _l("La distribution n’a pas lieu : pas de permanence"),
}

WORDS = (
    Word("prenom", "first_name", _l("prénom de qui reçoit le courriel"), "Bruno"),
    Word("date", "date", _l("date de la distribution"), "01/10/2026"),
    Word("tour", "turn", _l("rôle, date et lieu de la permanence"), TURN),
    Word(
        "permanences",
        "turns",
        _l("toutes ses permanences"),
        ("jeudi 1er octobre 2026, de 18 h 30 à 20 h : Aide, Salle des Tilleuls",),
    ),
    Word(
        "avec_vous",
        "others",
        _l("qui d’autre est de permanence"),
        ("Anna Delorme (Aide), 06 00 00 00 01",),
    ),
    Word("remplacant", "other.short_name", _l("prénom et initiale du remplaçant"), "Anna D."),
    Word("demandeur", "asker.short_name", _l("prénom et initiale de qui demande"), "Anna D."),
    Word(
        "question",
        "question",
        _l("ce qui est demandé"),
        "Anna D. ne peut pas venir et vous demande de prendre sa place :",
    ),
    Word("echange", "exchange", _l("phrase de l’échange"), "En échange, Anna D. prend la vôtre :"),
    Word("votre_tour", "wanted", _l("la permanence donnée en échange"), TURN),
    Word("suite", "then", _l("ce qui suit"), "Un autre message vous donne votre nouvelle date."),
    Word(
        "avant", "before", _l("date et heures d’avant"), "jeudi 24 septembre 2026, de 18 h à 20 h"
    ),
    Word("lien_reponse", "answer_url", _l("lien pour répondre, sans mot de passe"), LINK),
    Word("lien_permanences", "page_url", _l("lien vers les permanences"), LINK),
)

WORDINGS = Wordings(EVENTS, WORDS)

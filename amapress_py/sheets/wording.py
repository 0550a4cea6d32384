"""The mails about distributions that an admin may reword, and the placeholders of their texts."""

from amapress_py.i18n import _l
from amapress_py.mail.wording import LINK, Word, Wordings

EVENTS = {
    "sheets/announcement": _l("La distribution approche (à ceux qui y prennent un panier)"),
}

WORDS = (
    Word("remarque", "note", _l("note de la distribution"), "Entrée par la cour."),
    Word(
        "repris",
        "taken",
        _l("paniers pris pour d’autres"),
        ("Pour Anna Delorme, Légumes : 1/2 Panier",),
    ),
    Word("ami", "friend", _l("qui vient à votre place"), "Paul, avec le code 1234"),
    Word("cede", "given", _l("ce qui est cédé, et à qui"), ("Pain : 1, à Bruno Leroy",)),
    Word("joker_du_jour", "skipped", _l("contrats avec un joker ce jour-là"), ("Fromage",)),
    Word("permanence", "on_duty", _l("qui est de permanence"), ("Anna D. (Aide)",)),
    Word("lien_distribution", "delivery_url", _l("lien vers la page de la distribution"), LINK),
)

WORDINGS = Wordings(EVENTS, WORDS)

"""From what a person typed to typed values."""

from typing import Any

from wtforms import IntegerField, SelectField, StringField, TelField, TextAreaField
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from amapress_py.accounts.forms import Address, Form, at_most, one_line, several_lines
from amapress_py.i18n import _l

MOST_MESSAGE = 1000
MOST_ID = 2**31 - 1
REASONS = [
    ("", _l("— je ne précise pas —")),
    ("waiting_list", _l("l’AMAP est complète et je suis sur la liste d’attente")),
    ("discovery", _l("je veux découvrir l’AMAP avant de m’engager")),
    ("not_sedentary", _l("je ne suis pas toujours là : je prends un panier quand je peux")),
]


def _key(label: Any, *checks: Any) -> Any:
    bounds = NumberRange(1, MOST_ID, _l("Choix inconnu."))
    return IntegerField(label, [*checks, bounds])


class OfferForm(Form):
    """« Céder mon panier »: of which delivery, with which words; for whom, by a manager."""

    livraison = _key(_l("Distribution"), DataRequired(_l("Choisissez une distribution.")))
    informations = TextAreaField(
        _l("Informations"),
        [Optional(), Length(max=MOST_MESSAGE, message=_l("%(max)d signes au maximum."))],
        filters=[several_lines],
    )
    foyer = _key(_l("Amapien"), Optional())
    repreneur = _key(_l("Repreneur"), Optional())


class ReasonForm(Form):
    """An optional reason, told to the other side."""

    motif = TextAreaField(
        _l("Motif"),
        [Optional(), Length(max=MOST_MESSAGE, message=_l("%(max)d signes au maximum."))],
        filters=[several_lines],
    )


class EnrolOtherForm(Form):
    """The form of `[intermittents-inscription view=other]`."""

    email = StringField(
        _l("Email"),
        [DataRequired(_l("Indiquez son adresse e-mail.")), at_most(254), Address()],
        filters=[one_line],
        render_kw={"type": "email", "autocomplete": "off", "maxlength": 254},
    )
    prenom = StringField(_l("Prénom"), [Optional(), at_most(100)], filters=[one_line])
    nom = StringField(_l("Nom"), [Optional(), at_most(100)], filters=[one_line])
    telephone = TelField(_l("Téléphone"), [Optional(), at_most(40)], filters=[one_line])
    adresse = TextAreaField(
        _l("Adresse"), [Optional(), at_most(500)], filters=[several_lines], render_kw={"rows": 2}
    )
    raison = SelectField(
        _l("Je suis intermittent parce que…"), choices=REASONS, validators=[Optional()]
    )

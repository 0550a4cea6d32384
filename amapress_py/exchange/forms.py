"""From what a person typed to typed values."""

import re
from collections.abc import Sequence
from typing import Any

from flask import request
from flask_wtf.file import FileField
from wtforms import (
    DateField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from amapress_py.accounts.forms import Address, Form, at_most, one_line, several_lines
from amapress_py.exchange.queries.office import OfferFilter
from amapress_py.exchange.rules import OFFER_LABELS, PACE_LABELS, OfferState, Pace, Wishes
from amapress_py.i18n import WEEKDAYS, _, _l
from amapress_py.web import key_of

MOST_MESSAGE = 1000
TRAP = "site_web"  # of the public form: people do not see it; programs fill it in
PART = re.compile(r"partie-(\d{1,9})-(\d{1,9})")
MOST_ID = 2**31 - 1
REASONS = [
    ("", _l("— je ne précise pas —")),
    ("waiting_list", _l("l’AMAP est complète et je suis sur la liste d’attente")),
    ("discovery", _l("je veux découvrir l’AMAP avant de m’engager")),
    ("not_sedentary", _l("je ne suis pas toujours là : je prends un panier quand je peux")),
]


_TICKS: dict[str, Any] = {
    "widget": ListWidget(prefix_label=False),
    "option_widget": CheckboxInput(),
}


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


class PartForm(OfferForm):
    """What of a basket is ceded, and perhaps to whom; a number for each line of it."""

    email = StringField(
        _l("Son adresse e-mail"),
        [Optional(), at_most(254), Address()],
        filters=[one_line],
        render_kw={"type": "email", "autocomplete": "off", "maxlength": 254},
    )
    prenom = StringField(_l("Son prénom"), [Optional(), at_most(100)], filters=[one_line])
    nom = StringField(_l("Son nom"), [Optional(), at_most(100)], filters=[one_line])

    def parts(self) -> dict[tuple[int, int], int]:
        """Return how many of which (contract date, contract product); what is no number is 0."""
        found = {}
        for name, value in request.form.items():
            cell = PART.fullmatch(name)
            if cell and value.isdecimal() and len(value) < 4:
                found[int(cell[1]), int(cell[2])] = int(value)
        return found


class AbsenceForm(Form):
    """« Je serai absent du … au … »."""

    du = DateField(_l("Du"), [DataRequired(_l("Donnez le premier jour de votre absence."))])
    au = DateField(_l("Au"), [DataRequired(_l("Donnez le dernier jour de votre absence."))])
    informations = TextAreaField(
        _l("Informations"),
        [Optional(), Length(max=MOST_MESSAGE, message=_l("%(max)d signes au maximum."))],
        filters=[several_lines],
        render_kw={"rows": 1},
    )
    foyer = _key(_l("Amapien"), Optional())


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
        _l("Je suis intermittent parce que…"), choices=lambda: REASONS, validators=[Optional()]
    )

    def values(self) -> dict[str, str]:
        """Return what was typed, as the service names it."""
        return {
            "email": self.email.data,
            "first_name": self.prenom.data or "",
            "last_name": self.nom.data or "",
            "phone": self.telephone.data or "",
            "address": self.adresse.data or "",
            "because": self.raison.data or "",
        }


class JoinForm(EnrolOtherForm):
    """The public form: who wants to join tells of himself."""

    class Meta:
        csrf = False  # a visitor's page has no cookie; the address with its key is the proof

    email = StringField(
        _l("Votre adresse e-mail"),
        [DataRequired(_l("Indiquez votre adresse e-mail.")), at_most(254), Address()],
        filters=[one_line],
        render_kw={"type": "email", "autocomplete": "email", "maxlength": 254},
    )
    prenom = StringField(
        _l("Prénom"),
        [DataRequired(_l("Indiquez votre prénom.")), at_most(100)],
        filters=[one_line],
        render_kw={"autocomplete": "given-name", "maxlength": 100},
    )
    nom = StringField(
        _l("Nom"),
        [DataRequired(_l("Indiquez votre nom.")), at_most(100)],
        filters=[one_line],
        render_kw={"autocomplete": "family-name", "maxlength": 100},
    )
    telephone = TelField(
        _l("Téléphone"),
        [Optional(), at_most(40)],
        filters=[one_line],
        render_kw={"autocomplete": "tel", "maxlength": 40},
    )
    adresse = TextAreaField(
        _l("Adresse"),
        [Optional(), at_most(200)],
        filters=[several_lines],
        render_kw={"rows": 2, "autocomplete": "street-address", "maxlength": 200},
    )


class ListForm(Form):
    """Persons to enrol, pasted or in a file."""

    liste = TextAreaField(
        _l("Coller la liste"),
        description=_l(
            "Une personne par ligne : son nom et son adresse, comme dans un courriel ; ou adresse ;"
            " nom ; téléphone ; ou l’adresse seule."
        ),
        render_kw={
            "rows": 8,
            "spellcheck": "false",
            "autocomplete": "off",
            "placeholder": "Anna Delorme <anna@exemple.fr>\n"
            "bruno@exemple.fr ; Bruno Leroy ; 06 12 34 56 78\n"
            "chloe@exemple.fr",
        },
    )
    fichier = FileField(
        _l("Ou envoyer un fichier"),
        description=_l(
            "Classeur .xlsx ou CSV, avec les noms des colonnes en haut : E-mail, Prénom, Nom,"
            " Téléphone, Adresse. Les autres colonnes sont ignorées."
        ),
        render_kw={"accept": ".xlsx,.csv,.txt,.tsv"},
    )

    def validate_liste(self, field: Any) -> None:
        """Refuse nothing at all, and both at once."""
        has_text, has_file = bool((field.data or "").strip()), bool(self.fichier.data)
        if not has_text and not has_file:
            raise ValidationError(_("Collez une liste, ou choisissez un fichier."))
        if has_text and has_file:
            raise ValidationError(_("Collez une liste ou choisissez un fichier, pas les deux."))


class WishesForm(Form):
    """« Mes alertes »: when one is told, of which days, contracts and places."""

    class Meta:
        csrf = False  # checked for every route that is not a personal link

    rythme = RadioField(_l("Me prévenir"), choices=lambda: list(PACE_LABELS.items()))
    jours = SelectMultipleField(_l("Pour les distributions du"), **_TICKS)
    contrats = SelectMultipleField(_l("Pour les paniers qui contiennent"), **_TICKS)
    lieux = SelectMultipleField(_l("Aux lieux"), **_TICKS)
    pause = DateField(
        _l("Pause : ne rien m’envoyer avant le"),
        [Optional()],
        description=_l("Laissez vide si vous êtes là."),
    )

    def __init__(
        self,
        contracts: Sequence[tuple[str, str]],
        places: Sequence[tuple[int, str]],
        wishes: Wishes,
    ) -> None:
        days = [str(day) for day in range(7) if wishes.weekdays >> day & 1]
        super().__init__(
            data={
                "rythme": wishes.pace.value,
                "jours": days,
                "contrats": sorted(wishes.contracts) or [key for key, _label in contracts],
                "lieux": [str(key) for key in sorted(wishes.places)]
                or [str(key) for key, _label in places],
                "pause": wishes.paused_until,
            }
        )
        self.jours.choices = [(str(day), label) for day, label in enumerate(WEEKDAYS)]
        # What was once wished and is no longer delivered stays wished.
        gone = sorted(wishes.contracts - {key for key, _label in contracts})
        self.contrats.choices = [*contracts, *((key, key) for key in gone)]
        self.lieux.choices = [(str(key), label) for key, label in places]

    def validate_jours(self, field: Any) -> None:
        """Refuse no day at all: that is what "jamais" is for."""
        for ticks, what in (
            (self.jours, _("un jour")),
            (self.contrats, _("un contrat")),
            (self.lieux, _("un lieu")),
        ):
            if ticks.choices and not ticks.data:
                raise ValidationError(
                    _("Cochez au moins %(what)s, ou choisissez « jamais ».", what=what)
                )

    def wishes(self) -> Wishes:
        """Return what was chosen; all ticked means all, also what is added later."""
        every_contract = len(self.contrats.data) == len(self.contrats.choices)
        every_place = len(self.lieux.data) == len(self.lieux.choices)
        return Wishes(
            pace=Pace(self.rythme.data),
            weekdays=sum(1 << int(day) for day in self.jours.data),
            contracts=frozenset(() if every_contract else self.contrats.data),
            places=frozenset(() if every_place else map(int, self.lieux.data)),
            paused_until=self.pause.data,
        )


class OfferFilterForm(Form):
    """What the list of offers is narrowed by; a value that makes no sense narrows nothing."""

    class Meta:
        csrf = False

    etat = SelectField(_l("État"), choices=lambda: [("", _l("Tous")), *OFFER_LABELS.items()])
    lieu = SelectField(_l("Lieu"))
    contrat = SelectField(_l("Contrat"))
    du = DateField(_l("Du"), [Optional()])
    au = DateField(_l("Au"), [Optional()])
    personne = StringField(_l("Personne"), [at_most(100)], filters=[one_line])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lieu.choices = [("", _l("Tous"))]
        self.contrat.choices = [("", _l("Tous"))]

    def narrow(self) -> OfferFilter:
        """Return the filter."""
        state = self.etat.data
        return OfferFilter(
            state=OfferState(state) if state in list(OfferState) else None,
            place_id=key_of(self.lieu.data or ""),
            contract_id=key_of(self.contrat.data or ""),
            first=self.du.data,
            last=self.au.data,
            person=self.personne.data or "",
        )

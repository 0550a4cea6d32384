"""From what a treasurer typed to typed values."""

from typing import Any

from wtforms import DateField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, StopValidation, ValidationError

from amapress_py import clock, money
from amapress_py.accounts.forms import Form, at_most, one_line, required
from amapress_py.i18n import _, _l
from amapress_py.membership.models import MembershipPeriod
from amapress_py.membership.rules import MEANS, MOST_CENTS, STATE_LABELS, MembershipState
from amapress_py.membership.services import Note, PeriodValues

OLDEST_DAYS = 3660


class Euros(StringField):  # type: ignore[misc]  # WTForms has no types
    """An amount typed as "10,50"; its data are cents."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else money.euros(self.data)[:-2]

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read euros; raise ValueError for anything else."""
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        try:
            cents = money.parse_euros(valuelist[0][:20])
        except ValueError as error:
            raise ValueError(_("Ce n’est pas un montant comme 10,50.")) from error
        if not 0 <= cents <= MOST_CENTS:
            raise ValueError(_("Un montant de 0 à 10 000 €."))
        self.data = cents


def _euros(label: Any, help: Any = "") -> Euros:
    hints = {"inputmode": "decimal", "autocomplete": "off", "maxlength": 20}
    return Euros(label, [InputRequired(_l("À remplir."))], description=help, render_kw=hints)


def _day(label: Any, *checks: Any) -> DateField:
    return DateField(label, list(checks) or [InputRequired(_l("Donnez une date."))])


class PeriodForm(Form):
    """A period of membership."""

    nom = StringField(
        _l("Nom"),
        [required(), at_most(60)],
        filters=[one_line],
        description=_l("Par exemple 2026-2027."),
        render_kw={"maxlength": 60},
    )
    du = _day(_l("Du"))
    au = _day(_l("Au"))
    minimum = _euros(_l("Montant minimum (en euros)"), _l("0 : chacun donne ce qu’il veut."))
    conseil = _euros(_l("Montant conseillé (en euros)"))

    def validate_au(self, field: Any) -> None:
        """Refuse a period that ends before it begins."""
        if self.du.data and field.data and field.data < self.du.data:
            raise ValidationError(_("La période finit avant de commencer."))

    def validate_conseil(self, field: Any) -> None:
        """Refuse a suggestion that would be refused."""
        if field.data is not None and field.data < (self.minimum.data or 0):
            raise ValidationError(_("Le montant conseillé est plus petit que le minimum."))

    @classmethod
    def of(cls, period: MembershipPeriod) -> "PeriodForm":
        """Return the form of a period."""
        return cls(
            data={
                "nom": period.name,
                "du": period.starts_on,
                "au": period.ends_on,
                "minimum": period.minimum_cents,
                "conseil": period.suggested_cents,
            }
        )

    def values(self) -> PeriodValues:
        """Return what was typed."""
        return PeriodValues(
            self.nom.data,
            self.du.data,
            self.au.data,
            self.minimum.data or 0,
            self.conseil.data or 0,
        )


class IfReceived:
    """Ask for the day of what was received; a promise has none."""

    def __call__(self, form: Any, field: Any) -> None:
        """Raise StopValidation where nothing was typed."""
        if not field.raw_data or not field.raw_data[0].strip():
            field.errors[:] = []  # the library's own words for "no date"
            is_received = form.etat.data == MembershipState.RECEIVED
            raise StopValidation(_("Donnez le jour où vous l’avez reçue.") if is_received else "")


class NoteForm(Form):
    """« Promesse » or « Reçue », how much, how and when."""

    etat = RadioField(
        _l("Ce que je note"),
        [InputRequired(_l("Choisissez."))],
        choices=lambda: [(one.value, label) for one, label in STATE_LABELS.items()],
    )
    montant = _euros(_l("Montant (en euros)"))
    moyen = SelectField(
        _l("Moyen"), choices=lambda: [("", "—"), *((str(one), one) for one in MEANS)]
    )
    recue_le = _day(_l("Reçue le"), IfReceived())

    def validate_recue_le(self, field: Any) -> None:
        """Refuse a day to come, or of another age."""
        if field.data is not None and not 0 <= (clock.today() - field.data).days < OLDEST_DAYS:
            raise ValidationError(_("Ce jour est à venir, ou trop ancien."))

    def note(self) -> Note:
        """Return what was typed; a promise has no day."""
        state = MembershipState(self.etat.data)
        received = state is MembershipState.RECEIVED
        return Note(
            state, self.montant.data or 0, self.moyen.data, self.recue_le.data if received else None
        )

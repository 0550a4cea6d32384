"""From what a treasurer typed to typed values."""

from typing import Any

from wtforms import BooleanField, DateField, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, StopValidation, ValidationError

from amapress_py.accounts.forms import Form, at_most, one_line, required, several_lines
from amapress_py.duty import rules
from amapress_py.duty.models import DutyPeriod
from amapress_py.duty.roster import PeriodValues
from amapress_py.i18n import _, _l

MOST_TEXT = rules.MOST_SEATS * (rules.MOST_ROLE + 2)
MOST_DAYS = 732


class Whole:
    """Refuse anything but a whole number within bounds."""

    field_flags = {"required": True}

    def __init__(self, most: int) -> None:
        self.most = most

    def __call__(self, form: Any, field: Any) -> None:
        """Raise StopValidation."""
        if field.data is None or not 0 <= field.data <= self.most:
            field.errors[:] = []  # the library's own words for "no number"
            raise StopValidation(_("Un nombre entier de 0 à %(most)s.", most=self.most))


def _number(label: Any, most: int, help: Any) -> IntegerField:
    attributes = {"min": 0, "max": most}
    return IntegerField(label, [Whole(most)], description=help, render_kw=attributes)


def _day(label: Any) -> DateField:
    return DateField(label, [InputRequired(_l("Donnez une date."))])


class PeriodForm(Form):
    """A period of duty and its rules."""

    nom = StringField(
        _l("Nom"),
        [required(), at_most(60)],
        filters=[one_line],
        description=_l("Par exemple Printemps 2027."),
        render_kw={"maxlength": 60},
    )
    du = _day(_l("Du"))
    au = _day(_l("Au"))
    places = TextAreaField(
        _l("Places à chaque distribution"),
        [required(), at_most(MOST_TEXT)],
        filters=[several_lines],
        description=_l(
            "Une place par ligne. Pour les dates que vous ajouterez ; celles qui y sont déjà"
            " gardent leurs places."
        ),
        render_kw={"rows": 4, "maxlength": MOST_TEXT},
    )
    nombre = _number(
        _l("Permanences par foyer"), rules.MOST_OWED, _l("Combien chaque foyer en doit.")
    )
    limite = _number(
        _l("S’inscrire ou se désinscrire jusqu’à (jours entiers avant)"),
        rules.MOST_LOCK,
        _l("Avec 2, pour un samedi : jusqu’au mercredi soir. Ensuite, seulement un trésorier."),
    )
    ouverte = BooleanField(
        _l("Les amapiens s’inscrivent eux-mêmes"),
        description=_l("Sinon, seulement un trésorier inscrit, ou le planning automatique."),
    )

    def validate_au(self, field: Any) -> None:
        """Refuse a period that ends before it begins, or never."""
        if not (self.du.data and field.data):
            return
        if field.data < self.du.data:
            raise ValidationError(_("La période finit avant de commencer."))
        if (field.data - self.du.data).days > MOST_DAYS:
            raise ValidationError(_("Une période dure deux ans au plus."))

    def validate_places(self, field: Any) -> None:
        """Refuse too many seats, or too long a name of one."""
        roles = rules.roles_of(field.data or "")
        if len(roles) > rules.MOST_SEATS:
            raise ValidationError(_("%(most)s places au plus.", most=rules.MOST_SEATS))
        if any(len(one) > rules.MOST_ROLE for one in roles):
            raise ValidationError(_("%(most)s signes au plus par ligne.", most=rules.MOST_ROLE))

    @classmethod
    def new(cls) -> "PeriodForm":
        """Return the form of a period that is not yet."""
        usual = "\n".join(str(one) for one in rules.DEFAULT_ROLES)
        return cls(formdata=None, data={"places": usual, "nombre": 1, "limite": 2, "ouverte": True})

    @classmethod
    def of(cls, period: DutyPeriod) -> "PeriodForm":
        """Return the form of a period."""
        return cls(
            data={
                "nom": period.name,
                "du": period.starts_on,
                "au": period.ends_on,
                "places": period.roles,
                "nombre": period.owed,
                "limite": period.lock_days,
                "ouverte": period.is_open,
            }
        )

    def values(self) -> PeriodValues:
        """Return what was typed."""
        return PeriodValues(
            name=self.nom.data,
            starts_on=self.du.data,
            ends_on=self.au.data,
            roles="\n".join(rules.roles_of(self.places.data)),
            owed=self.nombre.data,
            lock_days=self.limite.data,
            is_open=self.ouverte.data,
        )


class SeatForm(Form):
    """One more seat at a date."""

    role = StringField(
        _l("Rôle"),
        [required(), at_most(rules.MOST_ROLE)],
        filters=[one_line],
        render_kw={"maxlength": rules.MOST_ROLE},
    )

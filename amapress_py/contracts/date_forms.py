"""Forms that add dates to a contract."""

import datetime as dt
from typing import Any

from wtforms import RadioField, SelectField, ValidationError
from wtforms.validators import InputRequired

from amapress_py.accounts.forms import Form
from amapress_py.contracts import rules, season_days
from amapress_py.contracts.forms import TO_FILL, Ticks
from amapress_py.deliveries.forms import Day, text_field
from amapress_py.i18n import WEEKDAYS, _, _l, ngettext


class DaysForm(Form):
    """Any form that makes dates of delivery."""

    def days(self) -> list[dt.date]:
        """Return the dates."""
        raise NotImplementedError

    def remark(self) -> str:
        """Return what the référent should know about these dates."""
        return ""


class Between(DaysForm):
    """Dates from a first to a last day."""

    first = Day(_l("Première date"), [InputRequired(TO_FILL)])
    last = Day(_l("Dernière date"), [InputRequired(TO_FILL)])

    def validate_last(self, field: Any) -> None:
        """Refuse an end before the beginning."""
        if self.first.data and field.data and field.data < self.first.data:
            raise ValidationError(_("La dernière date doit être après la première."))


class SeriesForm(Between):
    """Dates every one or two weeks, on some weekdays."""

    weekdays = Ticks(_l("Jours"), coerce=int, choices=lambda: list(enumerate(WEEKDAYS)))
    every = RadioField(
        _l("Rythme"),
        coerce=int,
        choices=lambda: [(1, _("Toutes les semaines")), (2, _("Toutes les deux semaines"))],
        default=1,
    )

    def validate_weekdays(self, field: Any) -> None:
        """Ask for one day at least, that comes between the two dates."""
        if not field.data:
            raise ValidationError(_("Choisissez au moins un jour."))
        is_whole = self.first.data and self.last.data and self.first.data <= self.last.data
        if is_whole and self.every.data in (1, 2) and not self.days():
            raise ValidationError(_("Aucun de ces jours entre ces deux dates."))

    def days(self) -> list[dt.date]:
        """Return the dates."""
        return rules.repeated_dates(
            self.first.data, self.last.data, self.weekdays.data, self.every.data
        )


class MonthlyForm(Between):
    """Dates by rank in each month: "1er jeudi"."""

    rank = SelectField(
        _l("Rang"),
        coerce=int,
        choices=lambda: [(key, str(label)) for key, label in season_days.RANKS.items()],
    )
    weekday = SelectField(_l("Jour"), coerce=int, choices=lambda: list(enumerate(WEEKDAYS)))

    def validate_weekday(self, field: Any) -> None:
        """Refuse a period without any such day."""
        is_whole = self.first.data and self.last.data and self.rank.data in season_days.RANKS
        if is_whole and field.data in range(len(WEEKDAYS)) and not self._found()[0]:
            raise ValidationError(_("Aucun jour de ce rang entre ces deux dates."))

    def _found(self) -> tuple[list[dt.date], list[tuple[int, int]]]:
        return season_days.by_rank(
            self.first.data, self.last.data, self.rank.data, self.weekday.data
        )

    def days(self) -> list[dt.date]:
        """Return the dates."""
        return self._found()[0]

    def remark(self) -> str:
        """Name the months that have no 5th."""
        months = self._found()[1]
        if not months:
            return ""
        return ngettext(
            "Ce mois n’a pas de %(rank)s %(weekday)s : %(months)s.",
            "Ces mois n’ont pas de %(rank)s %(weekday)s : %(months)s.",
            len(months),
            rank=season_days.RANKS[self.rank.data],
            weekday=WEEKDAYS[self.weekday.data],
            months=season_days.month_names(months),
        )


class DatesForm(DaysForm):
    """Dates one by one."""

    dates = text_field(_l("Dates"), 5000, _l("Une par ligne, par exemple 04/10/2026."))

    def validate_dates(self, field: Any) -> None:
        """Refuse what is no date, and an empty list."""
        try:
            found = rules.parse_dates(field.data or "")
        except rules.Refused as refusal:
            raise ValidationError(str(refusal)) from refusal
        if not found:
            raise ValidationError(str(TO_FILL))

    def days(self) -> list[dt.date]:
        """Return the dates."""
        return rules.parse_dates(self.dates.data)

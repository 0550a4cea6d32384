"""What a signed contract is typed into: place, period, jokers, quantities by product or by date."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from wtforms import BooleanField, HiddenField, SelectField, ValidationError
from wtforms.validators import InputRequired

from amapress_py.contracts import rules
from amapress_py.contracts.claims import Cell
from amapress_py.contracts.forms import TO_FILL, Ticks, Versioned
from amapress_py.contracts.models import Contract, ContractKind
from amapress_py.contracts.queries import GridCell
from amapress_py.contracts.rules import Terms
from amapress_py.contracts.signing_rules import Order
from amapress_py.deliveries.forms import Day
from amapress_py.i18n import MONTHS, _, _l, ngettext
from amapress_py.money import Cents, euros

TO_ALL = "partout_"  # and the product: one quantity for every date


@dataclass
class Line:
    """A product of the form, over the season or on one date; `name` is that of its field."""

    name: str
    product_id: int
    product: str
    prices: dict[int, Cents] = field(default_factory=dict)  # by contract date
    shown: str = ""  # what was typed, or stands there
    is_locked: bool = False
    error: str = ""

    @property
    def quantity(self) -> int:
        """What was typed; 0 for anything wrong."""
        return int(self.shown) if self.shown and not self.error else 0

    @property
    def price_text(self) -> str:
        """Return "10,00 €", or from which to which if it changes in the season."""
        found = sorted(set(self.prices.values()))
        if not found:
            return ""
        if len(found) == 1:
            return euros(found[0])
        return _("de %(least)s à %(most)s", least=euros(found[0]), most=euros(found[-1]))

    @property
    def season_text(self) -> str:
        """Return "10,00 € × 4 livraisons = 40,00 €"."""
        if not self.prices:
            return _("plus aucune livraison")
        times = ngettext("%(n)s livraison", "%(n)s livraisons", len(self.prices))
        whole = euros(sum(self.prices.values()))
        return _(
            "%(price)s × %(times)s = %(whole)s", price=self.price_text, times=times, whole=whole
        )

    def read(self, text: str) -> None:
        """Keep what was typed, and say what is wrong with it."""
        self.shown = text.strip()[:20]
        number = self.shown.isascii() and self.shown.isdecimal() and len(self.shown) < 4
        if self.shown and not (number and int(self.shown) <= rules.MOST_QUANTITY):
            self.error = _("Un nombre entier de 0 à %(most)s.", most=rules.MOST_QUANTITY)


@dataclass
class DayLines:
    """The products of one date."""

    date_id: int
    date: dt.date
    lines: list[Line]

    @property
    def is_locked(self) -> bool:
        """Tell whether the quantities of that day stay as they are."""
        return all(one.is_locked for one in self.lines)


class Quantities:
    """The quantities of a form: by product (abonnement), or by date and product; or none.

    `locked` tells which days stay as they are: an abonnement does not count them.  `usual` are its
    quantities before a delivery was swapped: what is taken on one other day is not for every day.
    """

    def __init__(
        self,
        kind: ContractKind,
        cells: Sequence[GridCell],
        locked: Callable[[dt.date], bool] = lambda _day: False,
        usual: Mapping[Cell, int] | None = None,
    ) -> None:
        self.kind = kind
        self.by_date = kind in rules.BY_DATE
        self.products: dict[int, Line] = {}
        self.days: list[DayLines] = []
        self.dates = {one.date_id: one.date for one in cells}
        self.kept = [one for one in cells if locked(one.date) and one.quantity]
        if kind is ContractKind.PROVISION:
            return
        for cell in cells:
            line = self.products.setdefault(
                cell.product_id,
                Line(f"quantity_{cell.product_id}", cell.product_id, cell.product),
            )
            if not (cell.is_barred or locked(cell.date)):
                line.prices[cell.date_id] = cell.price_cents or 0
            own = (cell.date_id, cell.product_id)
            quantity = cell.quantity if usual is None else usual.get(own, 0)
            if quantity:
                line.shown = str(quantity)
        if self.by_date:
            self.days = [
                DayLines(key, found[0].date, [_day_line(one, locked) for one in found])
                for key, of in groupby(cells, lambda cell: cell.date_id)
                if (found := [one for one in of if not one.is_barred])
            ]

    @property
    def lines(self) -> list[Line]:
        """Everything that is typed, in order."""
        if self.by_date:
            return [line for day in self.days for line in day.lines]
        return list(self.products.values())

    @property
    def months(self) -> list[tuple[str, list[DayLines]]]:
        """The days by month: "octobre 2026"."""
        by_month = groupby(self.days, lambda one: f"{MONTHS[one.date.month - 1]} {one.date.year}")
        return [(label, list(days)) for label, days in by_month]

    def read(self, form: Mapping[str, str]) -> None:
        """Take what was sent; a field that was not sent is empty, on a locked day as it was."""
        for line in self.lines:
            if not line.is_locked or line.name in form:
                line.error = ""
                line.read(form.get(line.name, ""))

    def fill_all(self, form: Mapping[str, str]) -> None:
        """Put the quantity typed for a product on all its dates that may change."""
        for line in self.lines:
            wanted = form.get(f"{TO_ALL}{line.product_id}", "").strip()
            if wanted and not line.is_locked:
                line.error = ""
                line.read(wanted)

    @property
    def errors(self) -> list[str]:
        """What is wrong, once for each product."""
        wrong = (_("%(name)s : %(error)s", name=one.product, error=one.error)
                 for one in self.lines if one.error)  # fmt: skip
        return list(dict.fromkeys(wrong))

    @property
    def by_product(self) -> dict[int, int]:
        """The quantity of each product of an abonnement."""
        return {} if self.by_date else {one.product_id: one.quantity for one in self.lines}

    @property
    def by_cell(self) -> dict[tuple[int, int], int]:
        """The quantity on each date, by (contract date, contract product)."""
        return {
            (day.date_id, line.product_id): line.quantity for day in self.days for line in day.lines
        }

    @property
    def first_month(self) -> str:
        """The first month in which something may still change."""
        return next(
            (label for label, days in self.months if not all(one.is_locked for one in days)), ""
        )

    def fixed(self, jokers: Collection[int] = ()) -> Cents:
        """Return what the deliveries of an abonnement cost that stay as they are."""
        if self.by_date:
            return 0
        return sum(
            one.quantity * (one.price_cents or 0)
            for one in self.kept
            if not one.is_barred and one.date_id not in jokers
        )

    def total(self, jokers: Collection[int] = ()) -> Cents:
        """Return what it costs, the deliveries that stay as they are included."""
        return self.fixed(jokers) + sum(
            line.quantity * cents
            for line in self.lines
            for date_id, cents in line.prices.items()
            if date_id not in jokers
        )

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Return names and values, for a page that only passes them on."""
        return [(one.name, one.shown) for one in self.lines if one.shown and not one.is_locked]


def _day_line(cell: GridCell, locked: Callable[[dt.date], bool]) -> Line:
    return Line(
        f"quantity_{cell.date_id}_{cell.product_id}",
        cell.product_id,
        cell.product,
        {cell.date_id: cell.price_cents or 0},
        str(cell.quantity or ""),
        locked(cell.date),
    )


class WithPlace(Versioned):
    """The place where a signed contract is fetched; `choose` says among which."""

    place_id = SelectField(_l("Lieu de livraison"), coerce=int)

    def choose(self, contract: Contract) -> None:
        """Offer the places of the contract; the only one is chosen, of several none."""
        self.place_id.choices = [(place.id, place.name) for place in contract.places]
        if len(contract.places) == 1:
            self.place_id.data = self.place_id.data or contract.places[0].id
        elif self.place_id.data not in {place.id for place in contract.places}:
            self.place_id.choices.insert(0, (0, _("Choisissez un lieu")))

    def validate_place_id(self, field: Any) -> None:
        """Ask for a place."""
        if not field.data:
            raise ValidationError(_("Choisissez un lieu de livraison."))


class SignedForm(WithPlace):
    """Place and period of a signed contract, as the office enters it."""

    starts_on = Day(
        _l("Date de début"),
        [InputRequired(TO_FILL)],
        description=_l("Rien n’est livré avant ; pour qui arrive en cours de saison."),
    )
    ends_on = Day(_l("Date de fin"), [InputRequired(TO_FILL)])
    anyway = BooleanField(_l("Enregistrer tout de même, au-delà du nombre prévu"))
    is_full = False  # a quota was reached: the box above is shown

    def covers(self, day: dt.date) -> bool:
        """Tell whether a delivery counts; a date that is missing or wrong leaves nothing out."""
        first, last = self.starts_on.data or day, self.ends_on.data or day
        return bool(first <= day <= last)

    def terms(self, quantities: Quantities) -> Terms:
        """Return what was typed."""
        return Terms(
            self.place_id.data,
            self.starts_on.data,
            self.ends_on.data,
            quantities.by_product,
            quantities.by_cell,
        )


class OwnForm(WithPlace):
    """What a member chooses beside the quantities; `digest` is what he read of the contract."""

    digest = HiddenField(default="")
    jokers = Ticks(_l("Jokers"), coerce=int)

    def order(self, quantities: Quantities) -> Order:
        """Return what was typed."""
        return Order(
            self.place_id.data,
            quantities.by_product,
            quantities.by_cell,
            frozenset(self.jokers.data or ()),
            self.seen,
            str(self.digest.data)[:64],
        )

"""What a signed contract holds, day by day: for screens, paper and mails alike."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.contracts import own_queries, queries
from amapress_py.contracts.claims import Cell
from amapress_py.contracts.models import Contract, Subscription
from amapress_py.contracts.queries import GridCell
from amapress_py.contracts.signing_rules import Window
from amapress_py.i18n import MONTHS, _, long_date, ngettext, short_date, times
from amapress_py.money import Cents, euros


@dataclass(frozen=True)
class Taken:
    """A product on one day, or all through the season; `quantity` 0: not always the same."""

    product: str
    quantity: int
    deliveries: int
    cents: Cents

    @property
    def label(self) -> str:
        """Return "2 × Petit Panier"."""
        if self.quantity == 0:
            return self.product
        return times(self.quantity, self.product)

    @property
    def sentence(self) -> str:
        """Return "2 × Petit Panier, 4 livraisons : 80,00 €"."""
        return _(
            "%(label)s, %(times)s : %(price)s",
            label=self.label,
            times=ngettext("%(n)s livraison", "%(n)s livraisons", self.deliveries),
            price=euros(self.cents),
        )


@dataclass(frozen=True)
class SummaryDay:
    """A delivery of a signed contract; with a joker nothing is fetched or paid."""

    date_id: int
    date: dt.date
    taken: Sequence[Taken]
    is_joker: bool

    @property
    def cents(self) -> Cents:
        """What that day costs."""
        return 0 if self.is_joker else sum(one.cents for one in self.taken)


@dataclass(frozen=True)
class Summary:
    """A signed contract, or one that is about to be signed."""

    place: str
    days: Sequence[SummaryDay]  # on which there is something, jokers included
    products: Sequence[Taken]
    until: dt.date | None  # the last day on which the household changes it
    names: Mapping[int, str]  # of all products of the contract

    @property
    def first(self) -> dt.date | None:
        """First delivery."""
        return self.days[0].date if self.days else None

    @property
    def last(self) -> dt.date | None:
        """Last delivery."""
        return self.days[-1].date if self.days else None

    @property
    def deliveries(self) -> int:
        """How many deliveries there are, without the jokers."""
        return sum(not one.is_joker for one in self.days)

    @property
    def deliveries_text(self) -> str:
        """Return "4 livraisons, du jeudi 1er octobre 2026 au jeudi 22 octobre 2026"."""
        if self.first is None or self.last is None:
            return ""
        count = ngettext("%(n)s livraison", "%(n)s livraisons", self.deliveries)
        if self.first == self.last:
            return _("%(count)s, le %(day)s", count=count, day=long_date(self.first))
        return _(
            "%(count)s, du %(first)s au %(last)s",
            count=count,
            first=long_date(self.first),
            last=long_date(self.last),
        )

    @property
    def cents(self) -> Cents:
        """What all of it costs."""
        return sum(one.cents for one in self.days)

    @property
    def units(self) -> int:
        """How many of anything are taken."""
        return sum(one.quantity for day in self.days if not day.is_joker for one in day.taken)

    @property
    def used_units(self) -> int:
        """How many of them are delivered."""
        today = clock.today()
        past = (day for day in self.days if not day.is_joker and day.date < today)
        return sum(one.quantity for day in past for one in day.taken)

    @property
    def months(self) -> list[tuple[str, list[SummaryDay], Cents]]:
        """The days by month, with what each month costs."""
        found = groupby(self.days, lambda one: f"{MONTHS[one.date.month - 1]} {one.date.year}")
        listed = [(label, list(days)) for label, days in found]
        return [(label, days, sum(one.cents for one in days)) for label, days in listed]

    @property
    def sentences(self) -> list[str]:
        """One sentence for each product."""
        return [one.sentence for one in self.products]

    @property
    def jokers_text(self) -> str:
        """Return the days with a joker, or nothing."""
        return ", ".join(short_date(one.date) for one in self.days if one.is_joker)

    @property
    def until_text(self) -> str:
        """Return until when it changes, or nothing when that is over."""
        if self.until is None or self.until < clock.today():
            return ""
        return long_date(self.until)


def summarised(
    window: Window,
    cells: Sequence[GridCell],
    lines: Mapping[Cell, int],
    jokers: Collection[int] = (),
    place: str = "",
) -> Summary:
    """Return what some lines come to; crossed-out cells count for nothing."""
    got = [
        (cell, lines[cell.date_id, cell.product_id])
        for cell in cells
        if lines.get((cell.date_id, cell.product_id)) and not cell.is_barred
    ]
    days = [
        SummaryDay(
            date_id,
            found[0][0].date,
            [Taken(one.product, n, 1, n * (one.price_cents or 0)) for one, n in found],
            date_id in jokers,
        )
        for date_id, of in groupby(got, lambda pair: pair[0].date_id)
        if (found := list(of))
    ]
    by_product: dict[int, list[tuple[GridCell, int]]] = {}
    for one, n in got:
        if one.date_id not in jokers:
            by_product.setdefault(one.product_id, []).append((one, n))
    order = {cell.product_id: None for cell in cells}
    products = [_all_through(by_product[key]) for key in order if key in by_product]
    names = {cell.product_id: cell.product for cell in cells}
    return Summary(place, days, products, window.last_change, names)


def _all_through(found: Sequence[tuple[GridCell, int]]) -> Taken:
    quantities = {n for _cell, n in found}
    return Taken(
        found[0][0].product,
        quantities.pop() if len(quantities) == 1 else 0,
        len(found),
        sum(n * (one.price_cents or 0) for one, n in found),
    )


def summary(
    session: Session,
    contract: Contract,
    subscription: Subscription,
    skipped: Collection[int] | None = None,
) -> Summary:
    """Return what a signed contract holds; `skipped` are its jokers, where they are known."""
    cells = queries.grid_cells(session, contract.id, subscription.id)
    lines = {
        (one.date_id, one.product_id): one.quantity
        for one in cells
        if subscription.starts_on <= one.date <= subscription.ends_on
    }
    return summarised(
        own_queries.window(contract, cells),
        cells,
        lines,
        own_queries.jokers(session, subscription.id) if skipped is None else skipped,
        subscription.place.name,
    )

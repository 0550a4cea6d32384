"""A contract with all that was signed, as one value; operations turn it into another."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from amapress_py.contracts.claims import Cell
from amapress_py.contracts.models import DateKind, Weeks
from amapress_py.money import Cents

Line = tuple[int, int, int]  # subscription, contract date, contract product
Skip = tuple[int, int]  # subscription, contract date
SwapKey = tuple[int, int, int]  # subscription, date given up, date taken
Where = tuple[dt.date, int]  # a delivery: its day, its place


@dataclass(frozen=True)
class Day:
    """A date of the contract: a delivery, or the producer's reserved holiday."""

    date: dt.date
    kind: DateKind = DateKind.DELIVERY


@dataclass(frozen=True)
class Item:
    """A product of the contract, and on which days it is delivered."""

    name: str
    position: int = 0
    weekday: int | None = None  # Monday is 0
    weeks: Weeks | None = None
    product_id: int = 0  # in the producer's catalogue
    most_a_date: int | None = None

    def fits(self, day: dt.date) -> bool:
        """Tell whether the product's rules let it be delivered on a day."""
        return self.weekday in (None, day.weekday()) and self.weeks in (None, weeks_of(day))


def weeks_of(day: dt.date) -> Weeks:
    """Return whether a day's ISO week is even or odd."""
    return Weeks.ODD if day.isocalendar().week % 2 else Weeks.EVEN


@dataclass(frozen=True)
class Signed:
    """A signed contract: whose, where, from which day to which."""

    household_id: int
    starts_on: dt.date
    ends_on: dt.date
    place_id: int = 0

    def covers(self, day: dt.date) -> bool:
        """Tell whether a day counts."""
        return self.starts_on <= day <= self.ends_on


@dataclass(frozen=True)
class JokerRules:
    """How many deliveries a household may skip, and until when."""

    least: int = 0
    most: int = 0
    is_free: bool = False
    delay_days: int = 0


@dataclass(frozen=True)
class Swapped:
    """What a household moved from a date to another of the week; its lines have moved."""

    lines: tuple[tuple[int, int, int], ...]  # product given up, product taken, quantity
    set_by_id: int | None = None
    set_at: str = ""


@dataclass(frozen=True)
class Hours:
    """What differs from the place's habits at one delivery; None: as usual."""

    opens: dt.time | None = None
    closes: dt.time | None = None
    substitute_id: int | None = None  # the place where it is held instead
    note: str = ""


@dataclass(frozen=True)
class Book:
    """Everything an operation may change, by the keys of its rows."""

    dates: Mapping[int, Day]
    items: Mapping[int, Item]
    prices: Mapping[tuple[int, dt.date], Cents]  # product, first day
    bars: frozenset[Cell] = frozenset()
    signed: Mapping[int, Signed] = field(default_factory=dict)
    lines: Mapping[Line, int] = field(default_factory=dict)
    jokers: Mapping[Skip, tuple[int | None, str]] = field(default_factory=dict)  # by whom, when
    joker_rules: JokerRules = JokerRules()
    swaps: Mapping[SwapKey, Swapped] = field(default_factory=dict)
    hours: Mapping[Where, Hours] = field(default_factory=dict)  # of deliveries that differ
    shared: frozenset[Where] = frozenset()  # where other contracts deliver; with hours alone

    @cached_property
    def deliveries(self) -> dict[int, dt.date]:
        """The dates of delivery, in order; a holiday is none."""
        found = ((key, day.date) for key, day in self.dates.items() if _is_delivery(day))
        return dict(sorted(found, key=lambda pair: (pair[1], pair[0])))

    @cached_property
    def open_dates(self) -> list[int]:
        """The deliveries on which something is not crossed out."""
        return [key for key in self.deliveries if not self.is_crossed(key)]

    @cached_property
    def quantities(self) -> dict[Line, int]:
        """What is really handed out: the one definition of a basket, of the whole contract."""
        fetched, bars = self._fetched, self.bars
        return {
            line: quantity
            for line, quantity in self.lines.items()
            if line[:2] in fetched and line[1:] not in bars
        }

    @cached_property
    def _fetched(self) -> set[Skip]:
        """Which deliveries count for whom: from the first day to the last, without a joker."""
        return {
            (subscription_id, date_id)
            for subscription_id, one in self.signed.items()
            for date_id, day in self.deliveries.items()
            if one.covers(day)
        } - self.jokers.keys()

    @cached_property
    def totals(self) -> dict[int, Cents]:
        """What each signed contract costs."""
        found = dict.fromkeys(self.signed, 0)
        prices = {
            (date_id, item_id): self.price(item_id, day)
            for date_id, day in self.deliveries.items()
            for item_id in self._price_lists
        }
        for line, quantity in self.quantities.items():
            found[line[0]] += quantity * prices.get(line[1:], 0)
        return found

    def price(self, item_id: int, day: dt.date) -> Cents:
        """Return what one of a product costs on a day; 0 before its first price."""
        since = self._price_lists.get(item_id, [])
        return next((cents for first, cents in since if first <= day), 0)

    @cached_property
    def _price_lists(self) -> dict[int, list[tuple[dt.date, Cents]]]:
        """The prices of each product, the latest first."""
        found: dict[int, list[tuple[dt.date, Cents]]] = {}
        for (item_id, since), cents in sorted(self.prices.items(), reverse=True):
            found.setdefault(item_id, []).append((since, cents))
        return found

    def is_crossed(self, date_id: int) -> bool:
        """Tell whether all cells of a date are crossed out: it is no delivery."""
        return bool(self.items) and all((date_id, item) in self.bars for item in self.items)

    def with_baskets(self, date_id: int) -> set[int]:
        """Return who gets something on a date."""
        return self._with_baskets.get(date_id, set())

    @cached_property
    def _with_baskets(self) -> dict[int, set[int]]:
        found: dict[int, set[int]] = {}
        for subscription_id, date_id, _item in self.quantities:
            found.setdefault(date_id, set()).add(subscription_id)
        return found

    def usual(self, subscription_id: int, item_id: int) -> int:
        """Return how many of a product a household usually gets; 0: none."""
        counts = self._counts.get((subscription_id, item_id), Counter())
        return max(counts, key=lambda quantity: (counts[quantity], quantity), default=0)

    @cached_property
    def _counts(self) -> dict[tuple[int, int], Counter[int]]:
        """How often each household gets which quantity of a product."""
        found: dict[tuple[int, int], Counter[int]] = {}
        for (subscription_id, _date, item_id), quantity in self._unswapped.items():
            found.setdefault((subscription_id, item_id), Counter())[quantity] += 1
        return found

    @cached_property
    def _unswapped(self) -> dict[Line, int]:
        """What was signed for: swapped deliveries are back on their own dates."""
        found = Counter(self.lines)
        for (subscription_id, given_up, taken), swap in self.swaps.items():
            for old, new, quantity in swap.lines:
                found[subscription_id, taken, new] -= quantity
                found[subscription_id, given_up, old] += quantity
        return {line: quantity for line, quantity in found.items() if quantity > 0}

    def date_id(self, day: dt.date) -> int | None:
        """Return which date is on a day, of whatever kind."""
        return next((key for key, one in self.dates.items() if one.date == day), None)

    def new_ids(self) -> Iterator[int]:
        """Yield keys for dates that have no row yet."""
        yield from range(min([0, *self.dates]) - 1, -(10**6), -1)

    def ordered(self) -> list[int]:
        """Return the products in the order of the member's screen."""
        return sorted(self.items, key=lambda key: (self.items[key].position, key))


def _is_delivery(day: Day) -> bool:
    return day.kind is DateKind.DELIVERY


def crossed_by_rules(dates: Mapping[int, dt.date], items: Mapping[int, Item]) -> Iterable[Cell]:
    """Yield the cells that the products' rules cross out."""
    for date_id, day in dates.items():
        for item_id, item in items.items():
            if not item.fits(day):
                yield date_id, item_id

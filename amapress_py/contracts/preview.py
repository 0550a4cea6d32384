"""What an operation would change, told before it is applied: two books compared."""

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from amapress_py.contracts.book import Book, Hours, Line, Skip
from amapress_py.contracts.changes import Changes, differences, differing
from amapress_py.contracts.claims import Promise
from amapress_py.contracts.models import DateKind
from amapress_py.money import Cents


class Fate(StrEnum):
    """What becomes of a basket that is offered to intermittents."""

    FOLLOWS = "follows"
    SHRINKS = "shrinks"  # a part of it leaves the offer
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class DateChange:
    """A day of the contract that moves, comes or goes, and how many baskets are on it."""

    date_id: int
    before: dt.date | None
    after: dt.date | None
    kind: DateKind
    baskets: int


@dataclass(frozen=True)
class Quantity:
    """A quantity that changes; the day is the new one."""

    date_id: int
    day: dt.date
    name: str
    before: int
    after: int


@dataclass(frozen=True)
class Touched:
    """A signed contract whose quantities or amount change."""

    subscription_id: int
    before: Cents
    after: Cents
    quantities: tuple[Quantity, ...]


@dataclass(frozen=True)
class JokerChange:
    """A joker on a delivery that moves, or is none any more."""

    subscription_id: int
    before: dt.date
    after: dt.date | None
    is_kept: bool


@dataclass(frozen=True)
class Late:
    """A basket that moves out of the time for which its household signed."""

    subscription_id: int
    before: dt.date
    after: dt.date
    cents: Cents  # what it costs
    is_kept: bool


@dataclass(frozen=True)
class Unfit:
    """A product that its rules forbid on the day to which its delivery moves."""

    item_id: int
    name: str
    before: dt.date
    after: dt.date


@dataclass(frozen=True)
class SwapChange:
    """A swapped delivery (livraison décalée) one of whose days moves, is crossed out, or goes."""

    subscription_id: int
    before: tuple[dt.date, dt.date]  # given up, taken
    after: tuple[dt.date, dt.date] | None
    is_crossed: bool  # nothing is handed out on the day that was taken


@dataclass(frozen=True)
class ProductChange:
    """A product that comes, goes, or stands elsewhere in the list (places count from 1)."""

    name: str
    before: int | None
    after: int | None


@dataclass(frozen=True)
class HoursChange:
    """A delivery whose hours or place change."""

    day: dt.date
    place_id: int
    before: Hours
    after: Hours


@dataclass(frozen=True)
class Offered:
    """An offer of the exchange that the operation touches."""

    offer_id: int
    subscription_id: int
    day: dt.date  # as it is
    fate: Fate


@dataclass(frozen=True)
class Preview:
    """Two books side by side."""

    before: Book
    after: Book
    promises: tuple[Promise, ...] = field(default=())

    @cached_property
    def changes(self) -> Changes:
        """What would be written."""
        return differences(self.before, self.after)

    @cached_property
    def digest(self) -> str:
        """A short mark of what is shown: another one when something changed meanwhile."""
        told = f"{self.changes!r}{self.offers!r}{sorted(self.after.totals.items())!r}"
        return hashlib.sha256(told.encode()).hexdigest()[:24]

    @cached_property
    def dates(self) -> list[DateChange]:
        """Days that move, come or go, in order of the new ones."""
        found = []
        for key in {**self.before.dates, **self.after.dates}:
            old, new = self.before.dates.get(key), self.after.dates.get(key)
            if old != new:
                one = new or old
                assert one is not None  # noqa: S101  it is in one of the books
                found.append(
                    DateChange(
                        key,
                        old.date if old else None,
                        new.date if new else None,
                        one.kind,
                        len(self.before.with_baskets(key)),
                    )
                )
        return sorted(found, key=lambda one: (one.after or one.before or dt.date.max, one.date_id))

    @cached_property
    def touched(self) -> list[Touched]:
        """Signed contracts with other quantities or another amount."""
        lines: dict[int, list[Quantity]] = {}
        for line in sorted(differing(self.before.quantities, self.after.quantities)):
            old, new = self.before.quantities.get(line, 0), self.after.quantities.get(line, 0)
            lines.setdefault(line[0], []).append(self._quantity(line, old, new))
        return [
            Touched(
                key,
                self.before.totals[key],
                self.after.totals[key],
                tuple(sorted(lines.get(key, ()), key=lambda one: (one.day, one.name))),
            )
            for key in self.before.signed
            if key in lines or self.before.totals[key] != self.after.totals[key]
        ]

    def _quantity(self, line: Line, old: int, new: int) -> Quantity:
        _key, date_id, item_id = line
        day = self.after.dates.get(date_id) or self.before.dates[date_id]
        items = {**self.after.items, **self.before.items}
        return Quantity(date_id, day.date, items[item_id].name, old, new)

    @cached_property
    def jokers(self) -> list[JokerChange]:
        """Jokers on deliveries that move or go."""
        found = []
        for skip in sorted(self.before.jokers):
            subscription_id, date_id = skip
            old, new = self.before.dates[date_id].date, self.after.dates.get(date_id)
            if skip not in self.after.jokers or (new is not None and new.date != old):
                day = new.date if new else None
                found.append(JokerChange(subscription_id, old, day, skip in self.after.jokers))
        return found

    @cached_property
    def late(self) -> list[Late]:
        """Baskets that move before their household's first day, or after its last."""
        found = []
        for (subscription_id, date_id), cents in sorted(self._moved_baskets.items()):
            old, new = self.before.deliveries[date_id], self.after.deliveries[date_id]
            one = self.before.signed[subscription_id]
            if not one.covers(new) and not self._is_whole(subscription_id, new):
                kept = (subscription_id, date_id) in self._kept
                found.append(Late(subscription_id, old, new, cents, kept))
        return found

    @cached_property
    def _moved_baskets(self) -> dict[Skip, Cents]:
        """What each basket costs whose delivery moves to another day."""
        days, new = self.before.deliveries, self.after.deliveries
        moved = {key for key, day in days.items() if new.get(key, day) != day}
        found: dict[Skip, Cents] = {}
        for (subscription_id, date_id, item_id), quantity in self.before.quantities.items():
            if date_id in moved:
                cents = quantity * self.before.price(item_id, days[date_id])
                found[subscription_id, date_id] = found.get((subscription_id, date_id), 0) + cents
        return found

    def _is_whole(self, subscription_id: int, day: dt.date) -> bool:
        """Tell whether a household was there from the first delivery, or is until the last."""
        one, days = self.before.signed[subscription_id], list(self.before.deliveries.values())
        return one.starts_on <= days[0] if day < one.starts_on else one.ends_on >= days[-1]

    @cached_property
    def _kept(self) -> set[tuple[int, int]]:
        return {(line[0], line[1]) for line in self.after.lines}

    @cached_property
    def unfit(self) -> list[Unfit]:
        """Products whose weekday or week no longer fits the day of their delivery."""
        found = []
        for date_id, old in self.before.deliveries.items():
            new = self.after.deliveries.get(date_id, old)
            for item_id, item in self.after.items.items():
                if new != old and (date_id, item_id) not in self.after.bars and not item.fits(new):
                    found.append(Unfit(item_id, item.name, old, new))
        return found

    @cached_property
    def swaps(self) -> list[SwapChange]:
        """Swapped deliveries that the operation touches."""
        found = []
        for key in sorted(self.before.swaps):
            subscription_id, given_up, taken = key
            old = self.before.dates[given_up].date, self.before.dates[taken].date
            new = None
            if key in self.after.swaps:
                new = self.after.dates[given_up].date, self.after.dates[taken].date
            crossed = {
                (taken, item) for _old, item, _n in self.before.swaps[key].lines
            } & self.after.bars - self.before.bars
            if new != old or crossed:
                found.append(SwapChange(subscription_id, old, new, bool(crossed)))
        return found

    @cached_property
    def products(self) -> list[ProductChange]:
        """Products that come, go or change places, in the new order; the gone ones last."""
        old = {key: n for n, key in enumerate(self.before.ordered(), 1)}
        new = {key: n for n, key in enumerate(self.after.ordered(), 1)}
        if old == new:
            return []
        names = {**self.before.items, **self.after.items}
        came_or_went = old.keys() != new.keys()
        return [
            ProductChange(names[key].name, old.get(key), new.get(key))
            for key in [*new, *(key for key in old if key not in new)]
            if old.get(key) != new.get(key) and not (came_or_went and key in old and key in new)
        ]

    @cached_property
    def hours(self) -> list[HoursChange]:
        """Deliveries with other hours, or at another place."""
        old, new = self.before.hours, self.after.hours
        return [
            HoursChange(*key, old.get(key, Hours()), new.get(key, Hours()))
            for key in sorted({**old, **new})
            if old.get(key) != new.get(key)
        ]

    def _has_other_hours(self, subscription_id: int, date_id: int) -> bool:
        day = self.before.deliveries.get(date_id)
        if self.after.deliveries.get(date_id) != day:
            return False  # they go along with the delivery
        where = day, self.before.signed[subscription_id].place_id
        return any((one.day, one.place_id) == where for one in self.hours)

    @cached_property
    def offers(self) -> list[Offered]:
        """Offers of the exchange that are carried along, lose a part, or are cancelled."""
        by_offer: dict[int, list[Promise]] = {}
        for promise in self.promises:
            by_offer.setdefault(promise.offer_id, []).append(promise)
        found = (self._offered(one) for one in by_offer.values())
        return [one for one in found if one is not None]

    def _offered(self, promises: list[Promise]) -> Offered | None:
        first = promises[0]
        old = self.before.dates[first.date_id].date
        new = self.after.deliveries.get(first.date_id)
        left = [one for one in promises if self.after.quantities.get(one.line, 0) >= one.quantity]
        if not left and first.is_whole:
            fate = Fate.CANCELLED
        elif (new != old and first.is_whole) or self._has_other_hours(
            first.subscription_id, first.date_id
        ):
            fate = Fate.FOLLOWS
        elif new != old or len(left) < len(promises):
            fate = Fate.SHRINKS
        else:
            return None
        return Offered(first.offer_id, first.subscription_id, old, fate)

    @cached_property
    def not_conforming(self) -> list[tuple[int, int]]:
        """Who has fewer or more jokers than the new rules say, and how many."""
        rules = self.after.joker_rules
        counts = dict.fromkeys(self.after.signed, 0)
        for subscription_id, _date in self.after.jokers:
            counts[subscription_id] += 1
        return [
            (key, count) for key, count in counts.items() if not rules.least <= count <= rules.most
        ]

    @cached_property
    def to_warn(self) -> list[int]:
        """Signed contracts whose households should hear of it."""
        moved = {one.date_id for one in self.dates}
        found = {line[0] for line in self.before.quantities if line[1] in moved}
        found |= {one.subscription_id for one in self.touched}
        found |= {one.subscription_id for one in self.jokers}
        found |= {one.subscription_id for one in self.swaps}
        if self.hours:
            skips = {line[:2] for line in self.before.quantities}
            found |= {skip[0] for skip in skips if self._has_other_hours(*skip)}
        if self.before.joker_rules != self.after.joker_rules:
            found |= {key for key, _count in self.not_conforming}
        return sorted(found)

    @property
    def baskets(self) -> tuple[int, int]:
        """How many deliveries the contract has, before and after."""
        return len(self.before.open_dates), len(self.after.open_dates)

    @property
    def amounts(self) -> tuple[Cents, Cents]:
        """What all signed contracts cost, before and after."""
        return _sum(self.before.totals.values()), _sum(self.after.totals.values())


def _sum(amounts: Iterable[Cents]) -> Cents:
    return sum(amounts)

"""The mass operations on a contract: each turns a book into another, or says why not."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from amapress_py.contracts import rules
from amapress_py.contracts.book import (
    Book,
    Day,
    Hours,
    Item,
    JokerRules,
    Line,
    Signed,
    Where,
    crossed_by_rules,
)
from amapress_py.contracts.claims import Cell
from amapress_py.contracts.models import DateKind, Weeks
from amapress_py.contracts.rules import Refused
from amapress_py.i18n import _, ngettext, short_date
from amapress_py.money import Cents, euros

Moves = Sequence[tuple[int, dt.date]]  # date, its new day; in order


class Jokers(StrEnum):
    """What becomes of a joker on a delivery that moves."""

    DROP = "drop"  # the member gets the basket, and may set another
    FOLLOW = "follow"


class Outside(StrEnum):
    """What becomes of a basket that moves before its household's first day, or after its last."""

    DROP = "drop"
    KEEP = "keep"


class Act(Protocol):
    """A mass operation with all that the référent chose."""

    def on(self, book: Book) -> Book:
        """Return the book afterwards; raise Refused."""

    def said(self, book: Book) -> str:
        """Return the sentence of the journal; `book` is the one before."""


@dataclass(frozen=True)
class MoveDates:
    """Move deliveries, one after the other; identity and orders follow."""

    moves: Moves
    jokers: Jokers = Jokers.DROP
    outside: Outside = Outside.DROP

    def on(self, book: Book) -> Book:
        """Move each to a free day, or to a reserved one, which takes its place."""
        days = dict(book.dates)
        for date_id, day in self.moves:
            if date_id not in book.deliveries:
                raise rules.Stale
            other = next((key for key, one in days.items() if one.date == day), None)
            if other is not None and days[other].kind is DateKind.DELIVERY:
                raise _taken(day)
            if other is not None:
                days[other] = replace(days[other], date=days[date_id].date)
            days[date_id] = replace(days[date_id], date=day)
        return _settled(book, replace(book, dates=days), self)

    def said(self, book: Book) -> str:
        """Name old and new days."""
        told = [
            f"{short_date(book.deliveries[key])} → {short_date(day)}" for key, day in self.moves
        ]
        return ngettext("Livraison déplacée : %(dates)s", "Livraisons déplacées : %(dates)s",
                        len(told), dates=", ".join(told))  # fmt: skip


def _taken(day: dt.date) -> Refused:
    return Refused(
        _("Le %(day)s est déjà une date de ce contrat, barrée ou non.", day=short_date(day))
    )


def _settled(before: Book, after: Book, how: MoveDates) -> Book:
    """Drop jokers of moved dates, or let them follow; the same for who was not there yet."""
    moved = {key for key, day in before.deliveries.items() if after.deliveries[key] != day}
    jokers = {
        skip: one
        for skip, one in before.jokers.items()
        if how.jokers is Jokers.FOLLOW or skip[1] not in moved
    }
    signed = dict(before.signed)
    dropped: set[Line] = set()
    for line in [line for line in before.lines if line[1] in moved]:
        subscription_id, date_id, _item = line
        day = after.deliveries.get(date_id)
        one = signed[subscription_id]
        if day is None or one.covers(day):
            continue
        if not before.signed[subscription_id].covers(before.deliveries[date_id]):
            continue  # it was never handed out
        if how.outside is Outside.DROP and comes_or_leaves(before, subscription_id, day):
            dropped.add(line)
        else:
            signed[subscription_id] = replace(
                one, starts_on=min(one.starts_on, day), ends_on=max(one.ends_on, day)
            )
    lines = before.lines
    if dropped:
        lines = {line: quantity for line, quantity in lines.items() if line not in dropped}
        gone = {line[:2] for line in dropped} - {line[:2] for line in lines}
        jokers = {skip: one for skip, one in jokers.items() if skip not in gone}
    prices = _from_first_date(before, min(after.deliveries.values()))
    along = _hours_along(before, after)
    return replace(after, jokers=jokers, signed=signed, lines=lines, prices=prices, hours=along)


def _hours_along(before: Book, after: Book) -> dict[Where, Hours]:
    """Let special hours, place and note go along with a delivery that moves, or go with it.

    What is distributed together with other contracts stays: it is not this contract's alone.
    """
    ids = {day: key for key, day in before.deliveries.items()}
    found: dict[Where, Hours] = {}
    for (day, place_id), hours in before.hours.items():
        new = day if (day, place_id) in before.shared else after.deliveries.get(ids[day])
        if new is not None and (new == day or (new, place_id) not in before.shared):
            found[new, place_id] = hours
    return found


def comes_or_leaves(book: Book, subscription_id: int, day: dt.date) -> bool:
    """Tell whether a household came after the season's first delivery and `day` is before that.

    The same for who leaves before the last one.  Others just signed for the whole season.
    """
    one, days = book.signed[subscription_id], list(book.deliveries.values())
    return (day < one.starts_on and one.starts_on > days[0]) or (
        day > one.ends_on and one.ends_on < days[-1]
    )


@dataclass(frozen=True)
class AddDates:
    """Add deliveries, or days that the producer reserves for his holidays."""

    days: Collection[dt.date]
    kind: DateKind = DateKind.DELIVERY
    with_usual: bool = False  # signed abonnements get their usual quantities

    def on(self, book: Book) -> Book:
        """Add them; the products' rules cross cells out."""
        days = sorted(set(self.days))
        for day in days:
            if book.date_id(day) is not None:
                raise _taken(day)
        if len(book.dates) + len(days) > rules.MOST_DATES:
            raise Refused(_("Un contrat a %(n)s dates au plus.", n=rules.MOST_DATES))
        new = dict(zip(book.new_ids(), days, strict=False))
        dates = {**book.dates, **{key: Day(day, self.kind) for key, day in new.items()}}
        after = replace(book, dates=dates)
        if self.kind is DateKind.HOLIDAY:
            return after
        prices = _from_first_date(book, min(days))
        after = replace(
            after, bars=book.bars | set(crossed_by_rules(new, book.items)), prices=prices
        )
        cells = [(key, item) for key in new for item in book.items]
        after = replace(after, signed=_to_the_end(book, days))
        return _with_usual(book, after, cells) if self.with_usual else after

    def said(self, book: Book) -> str:
        """Name the days."""
        days = ", ".join(map(short_date, sorted(self.days)))
        if self.kind is DateKind.HOLIDAY:
            return _("Congés du producteur réservés : %(days)s", days=days)
        return _("Dates ajoutées : %(days)s", days=days)


def _from_first_date(book: Book, day: dt.date) -> Mapping[tuple[int, dt.date], Cents]:
    """Let each product's first price hold from a day on, if that is earlier."""
    prices = dict(book.prices)
    for item_id in book.items:
        since = min((since for key, since in book.prices if key == item_id), default=day)
        if since > day:
            prices[item_id, day] = prices.pop((item_id, since))
    return prices


def _to_the_end(book: Book, days: Sequence[dt.date]) -> Mapping[int, Signed]:
    """Let who signed from the season's start, or to its end, choose on the new days too."""
    season = list(book.deliveries.values())
    if not season:
        return book.signed
    return {
        key: replace(
            one,
            starts_on=min(one.starts_on, days[0]) if one.starts_on <= season[0] else one.starts_on,
            ends_on=max(one.ends_on, days[-1]) if one.ends_on >= season[-1] else one.ends_on,
        )
        for key, one in book.signed.items()
    }


def _with_usual(before: Book, after: Book, cells: Collection[Cell]) -> Book:
    """Give those who signed their usual quantities in cells that were not delivered before.

    Who signed to the season's end or from its start gets the dates before and after too.
    """
    signed, lines = dict(after.signed), dict(after.lines)
    season = list(before.deliveries.values())
    for subscription_id in before.signed:
        for date_id, item_id in cells:
            line, day = (subscription_id, date_id, item_id), after.deliveries[date_id]
            one = signed[subscription_id]
            whole = Signed(
                one.household_id,
                min(one.starts_on, day) if season and one.starts_on <= season[0] else one.starts_on,
                max(one.ends_on, day) if season and one.ends_on >= season[-1] else one.ends_on,
                one.place_id,
            )
            quantity = before.usual(subscription_id, item_id)
            is_open = (date_id, item_id) not in after.bars and whole.covers(day)
            if quantity and is_open and line not in lines:
                lines[line], signed[subscription_id] = quantity, whole
    return replace(after, signed=signed, lines=lines)


@dataclass(frozen=True)
class Cross:
    """Cross out some products on some dates (all products: the whole delivery is cancelled)."""

    date_ids: Collection[int]
    item_ids: Collection[int]

    def on(self, book: Book) -> Book:
        """Cross out; a joker on a date that is no delivery any more is given back."""
        new = set(_cells(book, self.date_ids, self.item_ids)) - book.bars
        if not new:
            raise Refused(_("Ces cases sont déjà barrées."))
        after = replace(book, bars=book.bars | new)
        touched = {date_id for date_id, _item in new}
        jokers = {
            skip: one
            for skip, one in book.jokers.items()
            if skip[1] not in touched or not is_emptied(book, after, skip)
        }
        return replace(after, jokers=jokers)

    def said(self, book: Book) -> str:
        """Name dates and products."""
        if set(self.item_ids) >= set(book.items):
            return _("Dates barrées : %(days)s", days=_days(book, self.date_ids))
        return _("Dates barrées : %(days)s (%(items)s)", days=_days(book, self.date_ids),
                 items=_names(book, self.item_ids))  # fmt: skip


def is_emptied(before: Book, after: Book, skip: tuple[int, int]) -> bool:
    """Tell whether an operation leaves nothing of what a joker skipped."""
    subscription_id, date_id = skip
    mine = [line for line in before.lines if line[:2] == (subscription_id, date_id)]
    return all(line not in after.lines or line[1:] in after.bars for line in mine)


@dataclass(frozen=True)
class Uncross:
    """Deliver some products on some dates after all."""

    date_ids: Collection[int]
    item_ids: Collection[int]
    with_usual: bool = False
    keeps_rules: bool = False  # a product of Tuesdays stays crossed out on a Friday

    def on(self, book: Book) -> Book:
        """Uncross; what was signed for counts again."""
        cells = set(_cells(book, self.date_ids, self.item_ids)) & book.bars
        if not cells:
            raise Refused(_("Aucune de ces cases n’est barrée."))
        if self.keeps_rules:
            cells -= set(crossed_by_rules(book.deliveries, book.items))
        if not cells:
            raise Refused(
                _(
                    "Seuls les jours de livraison des produits barrent ces dates : cochez un "
                    "produit pour le livrer quand même."
                )
            )
        after = replace(book, bars=book.bars - cells)
        return _with_usual(book, after, sorted(cells)) if self.with_usual else after

    def said(self, book: Book) -> str:
        """Name dates and products."""
        if set(self.item_ids) >= set(book.items):
            return _("Dates rétablies : %(days)s", days=_days(book, self.date_ids))
        return _("Dates rétablies : %(days)s (%(items)s)", days=_days(book, self.date_ids),
                 items=_names(book, self.item_ids))  # fmt: skip


def _cells(book: Book, date_ids: Iterable[int], item_ids: Collection[int]) -> Iterator[Cell]:
    for date_id in date_ids:
        if date_id not in book.deliveries or not book.items.keys() >= set(item_ids):
            raise rules.Stale
        for item_id in item_ids:
            yield date_id, item_id


def _days(book: Book, date_ids: Iterable[int]) -> str:
    return ", ".join(map(short_date, sorted(book.dates[key].date for key in date_ids)))


def _names(book: Book, item_ids: Iterable[int]) -> str:
    chosen = sorted((book.items[key] for key in item_ids), key=lambda item: item.position)
    return ", ".join(item.name for item in chosen)


@dataclass(frozen=True)
class DeleteDates:
    """Delete dates that are wholly crossed out, or reserved holidays."""

    date_ids: Collection[int]

    def on(self, book: Book) -> Book:
        """Delete with what hangs on them; raise Refused for a date that delivers something."""
        for date_id in self.date_ids:
            if date_id not in book.dates:
                raise rules.Stale
            if date_id in book.deliveries and not book.is_crossed(date_id):
                raise Refused(
                    _(
                        "Le %(day)s n’est pas une date barrée : barrez-la d’abord.",
                        day=short_date(book.deliveries[date_id]),
                    )
                )
        gone = set(self.date_ids)
        after = replace(
            book,
            dates={key: day for key, day in book.dates.items() if key not in gone},
            bars=frozenset(cell for cell in book.bars if cell[0] not in gone),
            lines={line: n for line, n in book.lines.items() if line[1] not in gone},
            jokers={skip: one for skip, one in book.jokers.items() if skip[1] not in gone},
            swaps={key: one for key, one in book.swaps.items() if gone.isdisjoint(key[1:])},
        )
        return replace(after, hours=_hours_along(book, after))

    def said(self, book: Book) -> str:
        """Name the days."""
        return _("Dates barrées supprimées : %(days)s", days=_days(book, self.date_ids))


@dataclass(frozen=True)
class ChangePrice:
    """Let a product cost something else from a day on."""

    item_id: int
    since: dt.date
    cents: Cents

    def on(self, book: Book) -> Book:
        """Set the price of every delivery from that day to the end."""
        if self.item_id not in book.items:
            raise rules.Stale
        days = list(book.deliveries.values())
        if not days or self.since > days[-1]:
            raise Refused(_("Il n’y a pas de livraison à partir du %(day)s.",
                            day=short_date(self.since)))  # fmt: skip
        prices = {
            (item_id, since): cents
            for (item_id, since), cents in book.prices.items()
            if item_id != self.item_id or since < self.since
        }
        prices[self.item_id, self.since] = self.cents
        after = replace(book, prices=_from_first_date(replace(book, prices=prices), days[0]))
        if all(after.price(self.item_id, day) == book.price(self.item_id, day) for day in days):
            raise Refused(_("C’est déjà le prix de ce produit."))
        return after

    def said(self, book: Book) -> str:
        """Name product, price and day."""
        return _("Prix de « %(name)s » : %(price)s à partir du %(day)s",
                 name=book.items[self.item_id].name, price=euros(self.cents),
                 day=short_date(self.since))  # fmt: skip


@dataclass(frozen=True)
class ChangeJokers:
    """Change how many jokers a household has, and until when."""

    wanted: JokerRules

    def on(self, book: Book) -> Book:
        """Change the rules; nobody's jokers are touched."""
        if self.wanted.most < self.wanted.least:
            raise Refused(_("Le maximum de jokers ne peut pas être inférieur au minimum."))
        if self.wanted == book.joker_rules:
            raise Refused(_("Ce sont déjà les règles de ce contrat."))
        return replace(book, joker_rules=self.wanted)

    def said(self, book: Book) -> str:
        """Tell the new rules."""
        one = self.wanted
        mode = _("libres") if one.is_free else _("fixés à l’inscription")
        return _("Jokers : de %(least)s à %(most)s, %(mode)s, délai de %(days)s j",
                 least=one.least, most=one.most, mode=mode, days=one.delay_days)  # fmt: skip


@dataclass(frozen=True)
class ChangeRules:
    """Say on which weekday, in which weeks products are delivered: that crosses cells out."""

    wanted: Mapping[int, tuple[int | None, Weeks | None]]

    def on(self, book: Book) -> Book:
        """Cross out what the new rules forbid, and nothing else that the old ones had crossed."""
        changed = {
            key: replace(book.items[key], weekday=weekday, weeks=weeks)
            for key, (weekday, weeks) in self.wanted.items()
            if key in book.items
            and (book.items[key].weekday, book.items[key].weeks) != (weekday, weeks)
        }
        if not changed:
            raise Refused(_("Ce sont déjà les règles de ces produits."))
        old: Mapping[int, Item] = {key: book.items[key] for key in changed}
        bars = book.bars - set(crossed_by_rules(book.deliveries, old))
        bars |= set(crossed_by_rules(book.deliveries, changed))
        return replace(book, items={**book.items, **changed}, bars=bars)

    def said(self, book: Book) -> str:
        """Name the products."""
        changed = [
            key for key, rule in self.wanted.items()
            if (book.items[key].weekday, book.items[key].weeks) != rule
        ]  # fmt: skip
        return _("Jours de livraison des produits : %(items)s", items=_names(book, changed))

"""A book as rows, what differs between two, and the same undone."""

from collections.abc import Iterator, Mapping
from typing import Any

from amapress_py.contracts.book import Book, Line

Row = tuple[Any, ...]  # table, then the key
Value = list[Any] | None  # what JSON can hold; None: no such row
Change = tuple[Row, Value, Value]  # before, after
Changes = list[Change]


def rows(book: Book) -> dict[Row, list[Any]]:
    """Return what a book holds, row by row."""
    lines: dict[Row, list[Any]] = {("line", *line): [n] for line, n in book.lines.items()}
    return dict(_rows(book)) | lines


def _rows(book: Book) -> Iterator[tuple[Row, list[Any]]]:
    for date_id, day in book.dates.items():
        yield ("date", date_id), [day.date.isoformat(), day.kind.value]
    for item_id, item in book.items.items():
        weeks = item.weeks.value if item.weeks else None
        yield ("item", item_id), [item.position, item.weekday, weeks]
        yield ("product", item_id), [item.product_id, item.most_a_date]
    for (item_id, since), cents in book.prices.items():
        yield ("price", item_id, since.isoformat()), [cents]
    for date_id, item_id in book.bars:
        yield ("bar", date_id, item_id), []
    for subscription_id, one in book.signed.items():
        yield ("signed", subscription_id), [one.starts_on.isoformat(), one.ends_on.isoformat()]
    for skip, (person_id, instant) in book.jokers.items():
        yield ("joker", *skip), [person_id, instant]
    for swapped, swap in book.swaps.items():
        lines = [list(line) for line in swap.lines]
        yield ("swap", *swapped), [lines, swap.set_by_id, swap.set_at]
    for (day_of, place_id), one_day in book.hours.items():
        yield (
            ("hours", day_of.isoformat(), place_id),
            [
                one_day.opens and one_day.opens.isoformat(),
                one_day.closes and one_day.closes.isoformat(),
                one_day.substitute_id,
                one_day.note,
            ],
        )
    rules = book.joker_rules
    yield ("jokers",), [rules.least, rules.most, rules.is_free, rules.delay_days]


def differences(before: Book, after: Book) -> Changes:
    """Return every row that differs, in a fixed order."""
    old, new = dict(_rows(before)), dict(_rows(after))
    for line in differing(before.lines, after.lines):  # there are many, and few differ
        for lines, found in ((before.lines, old), (after.lines, new)):
            if line in lines:
                found["line", *line] = [lines[line]]
    keys = {key for key in {**old, **new} if old.get(key) != new.get(key)}
    return [(key, old.get(key), new.get(key)) for key in sorted(keys, key=repr)]


def differing(before: Mapping[Line, int], after: Mapping[Line, int]) -> set[Line]:
    """Return the lines whose quantities are not the same."""
    if before is after:
        return set()
    return {line for line, _quantity in before.items() ^ after.items()}


def undone(changes: Changes) -> Changes:
    """Return the changes that take others back."""
    return [(key, after, before) for key, before, after in changes]


def stored(changes: Changes) -> list[list[Any]]:
    """Return changes as JSON keeps them."""
    return [[list(key), before, after] for key, before, after in changes]


def loaded(kept: list[list[Any]]) -> Changes:
    """Return changes from JSON."""
    return [(tuple(key), before, after) for key, before, after in kept]


# What each part of a key is, after the table: a contract date, a contract product, or neither.
KEYS: Mapping[str, tuple[str, ...]] = {
    "date": ("date",),
    "item": ("item",),
    "product": ("item",),
    "price": ("item", ""),
    "bar": ("date", "item"),
    "line": ("", "date", "item"),
    "joker": ("", "date"),
    "swap": ("", "date", "date"),
}


def renumbered(
    changes: Changes, dates: Mapping[int, int], items: Mapping[int, int] | None = None
) -> Changes:
    """Return changes with other keys for some contract dates and contract products."""
    new: dict[str, Mapping[int, int]] = {"": {}, "date": dates, "item": items or {}}
    return [
        (_key(key, new), _value(key, before, new["item"]), _value(key, after, new["item"]))
        for key, before, after in changes
    ]


def _key(key: Row, new: Mapping[str, Mapping[int, int]]) -> Row:
    kinds = KEYS.get(key[0], ())
    known = (new[kind].get(one, one) for kind, one in zip(kinds, key[1:], strict=False))
    return (key[0], *known, *key[1 + len(kinds) :])


def _value(key: Row, value: Value, items: Mapping[int, int]) -> Value:
    """Return a value in which products have their new keys; only a swap's holds any."""
    if key[0] != "swap" or value is None:
        return value
    lines = [[items.get(old, old), items.get(new, new), n] for old, new, n in value[0]]
    return [lines, *value[1:]]

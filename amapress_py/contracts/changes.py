"""A book as rows, what differs between two, and the same undone."""

from collections.abc import Iterator
from typing import Any

from amapress_py.contracts.book import Book

Row = tuple[Any, ...]  # table, then the key
Value = list[Any] | None  # what JSON can hold; None: no such row
Change = tuple[Row, Value, Value]  # before, after
Changes = list[Change]


def rows(book: Book) -> dict[Row, list[Any]]:
    """Return what a book holds, row by row."""
    return dict(_rows(book))


def _rows(book: Book) -> Iterator[tuple[Row, list[Any]]]:
    for date_id, day in book.dates.items():
        yield ("date", date_id), [day.date.isoformat(), day.kind.value]
    for item_id, item in book.items.items():
        weeks = item.weeks.value if item.weeks else None
        yield ("item", item_id), [item.position, item.weekday, weeks]
    for (item_id, since), cents in book.prices.items():
        yield ("price", item_id, since.isoformat()), [cents]
    for date_id, item_id in book.bars:
        yield ("bar", date_id, item_id), []
    for subscription_id, one in book.signed.items():
        yield ("signed", subscription_id), [one.starts_on.isoformat(), one.ends_on.isoformat()]
    for line, quantity in book.lines.items():
        yield ("line", *line), [quantity]
    for skip, (person_id, instant) in book.jokers.items():
        yield ("joker", *skip), [person_id, instant]
    rules = book.joker_rules
    yield ("jokers",), [rules.least, rules.most, rules.is_free, rules.delay_days]


def differences(before: Book, after: Book) -> Changes:
    """Return every row that differs, in a fixed order."""
    old, new = rows(before), rows(after)
    keys = {key for key in {**old, **new} if old.get(key) != new.get(key)}
    return [(key, old.get(key), new.get(key)) for key in sorted(keys, key=repr)]


def undone(changes: Changes) -> Changes:
    """Return the changes that take others back."""
    return [(key, after, before) for key, before, after in changes]


def stored(changes: Changes) -> list[list[Any]]:
    """Return changes as JSON keeps them."""
    return [[list(key), before, after] for key, before, after in changes]


def loaded(kept: list[list[Any]]) -> Changes:
    """Return changes from JSON."""
    return [(tuple(key), before, after) for key, before, after in kept]


def renumbered(changes: Changes, ids: dict[int, int]) -> Changes:
    """Return changes with other keys for some contract dates."""
    return [(_renumbered(key, ids), before, after) for key, before, after in changes]


DATE_AT = {"date": 1, "bar": 1, "line": 2, "joker": 2}  # where the contract date is in a key


def _renumbered(key: Row, ids: dict[int, int]) -> Row:
    at = DATE_AT.get(key[0])
    if at is None or key[at] not in ids:
        return key
    return (*key[:at], ids[key[at]], *key[at + 1 :])

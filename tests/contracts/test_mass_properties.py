"""Whatever the operation: totals are Σ lines × prices, no delivery is lost, undo is exact."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amapress_py.contracts.book import Book, Day, Hours, Item, JokerRules, Signed, Swapped
from amapress_py.contracts.changes import differences, loaded, rows, stored, undone
from amapress_py.contracts.holidays import plans
from amapress_py.contracts.models import DateKind, Weeks
from amapress_py.contracts.operations import (
    Act,
    AddDates,
    ChangeJokers,
    ChangePrice,
    ChangeRules,
    Cross,
    DeleteDates,
    Jokers,
    MoveDates,
    Outside,
    Uncross,
)
from amapress_py.contracts.preview import Preview
from amapress_py.contracts.product_operations import (
    AddProduct,
    ChangeHours,
    RemoveProduct,
    ReorderProducts,
)
from amapress_py.contracts.rules import Refused

HELD_LATER = Hours(dt.time(19), dt.time(20))
MONDAY = dt.date(2020, 9, 28)  # the year has a week 53
DAYS = st.integers(0, 150).map(lambda n: MONDAY + dt.timedelta(days=n))
PRICES = st.integers(0, 5000)
RULES = st.tuples(st.none() | st.integers(0, 6), st.none() | st.sampled_from(Weeks))


@st.composite
def books(draw: st.DrawFn) -> Book:
    """Draw a contract with some deliveries, reserved days, products and signed ones."""
    days = draw(st.lists(DAYS, min_size=2, max_size=10, unique=True))
    held = draw(st.integers(0, 2))
    dates = {
        key: Day(day, DateKind.HOLIDAY if key <= min(held, len(days) - 1) else DateKind.DELIVERY)
        for key, day in enumerate(days, 1)
    }
    deliveries = [key for key, day in dates.items() if day.kind is DateKind.DELIVERY]
    items = {key: Item(f"P{key}", key, *draw(RULES)) for key in (1, 2)}
    prices = {(key, min(days)): draw(PRICES) for key in items}
    prices |= {(1, day): draw(PRICES) for day in draw(st.lists(DAYS, max_size=2))}
    cells = [(date, item) for date in deliveries for item in items]
    bars = frozenset(draw(st.sets(st.sampled_from(cells), max_size=4)))
    signed, lines, jokers, swaps = {}, {}, {}, {}
    for key in range(1, 4):
        first, last = sorted((draw(DAYS), draw(DAYS)))
        signed[key] = Signed(key, first, last)
        for date, item in cells:
            quantity = draw(st.integers(0, 2))
            if quantity:
                lines[key, date, item] = quantity
        if len(deliveries) > 1 and (key, deliveries[1], 2) in lines and draw(st.booleans()):
            moved = lines[key, deliveries[1], 2]  # it was taken for product 1 of the date before
            swaps[key, deliveries[0], deliveries[1]] = Swapped(((1, 2, moved),))
            lines.pop((key, deliveries[0], 1), None)
        elif draw(st.booleans()):
            jokers[key, deliveries[0]] = (None, "2020-09-01T10:00:00+00:00")
    rules_of = JokerRules(0, 1)
    return Book(dates, items, prices, bars, signed, lines, jokers, rules_of, swaps)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Book, Act]:
    """Draw a book and an operation that may be meant for it."""
    book = draw(books())
    date_ids = draw(st.sets(st.sampled_from(sorted(book.deliveries)), min_size=1, max_size=3))
    item_ids = draw(st.sets(st.sampled_from([1, 2]), min_size=1))
    day, cents, rule = draw(DAYS), draw(PRICES), draw(RULES)
    usual = draw(st.booleans())
    jokers, outside = draw(st.sampled_from(Jokers)), draw(st.sampled_from(Outside))
    wanted = JokerRules(draw(st.integers(0, 2)), draw(st.integers(0, 3)))
    moves = [(next(iter(date_ids)), day)]
    acts: list[Act] = [
        MoveDates(moves, jokers, outside),
        Cross(date_ids, item_ids),
        Uncross(date_ids, item_ids, usual),
        DeleteDates(date_ids),
        AddDates([day], DateKind.DELIVERY, usual),
        ChangePrice(1, day, cents),
        ChangeRules({1: rule}),
        ChangeJokers(wanted),
        AddProduct(9, "P9", cents, *rule),
        RemoveProduct(next(iter(item_ids)), draw(DAYS)),
        ReorderProducts({1: draw(st.integers(1, 3)), 2: draw(st.integers(1, 3))}),
        ChangeHours(draw(st.sampled_from(sorted(book.deliveries.values()))), 1, HELD_LATER),
    ]
    return book, draw(st.sampled_from(acts))


def applied(book: Book, act: Act) -> Book | None:
    """Return the book afterwards; None where the operation is refused."""
    try:
        return act.on(book)
    except Refused:
        return None


@given(cases())
def test_totals_are_quantities_times_prices(case: tuple[Book, Act]) -> None:
    book, act = case
    after = applied(book, act)

    for one in (book, after):
        if one is not None:
            for key in one.signed:
                assert one.totals[key] == sum(
                    quantity * one.price(item, one.deliveries[date])
                    for (owner, date, item), quantity in one.quantities.items()
                    if owner == key
                )


@given(cases())
def test_undo_gives_back_the_exact_state(case: tuple[Book, Act]) -> None:
    book, act = case
    after = applied(book, act)
    if after is None:
        return

    changes = loaded(stored(differences(book, after)))
    state = rows(after)
    for key, now, then in undone(changes):
        assert state.pop(key, None) == now
        if then is not None:
            state[key] = then

    assert state == rows(book)


@given(cases())
def test_an_operation_keeps_what_it_is_not_about(case: tuple[Book, Act]) -> None:
    book, act = case
    after = applied(book, act)
    if after is None:
        return

    assert len({day.date for day in after.dates.values()}) == len(after.dates)
    if isinstance(act, AddProduct):
        assert len(after.items) == len(book.items) + 1
        assert after.totals == book.totals
    elif isinstance(act, RemoveProduct):
        assert book.items.keys() - after.items.keys() == {act.item_id}
        assert all(item != act.item_id for _key, _date, item in after.lines)
    else:
        assert after.items.keys() == book.items.keys()
    assert after.signed.keys() == book.signed.keys()
    number = len(after.deliveries)
    if isinstance(act, AddDates):
        assert number == len(book.deliveries) + 1
    elif isinstance(act, DeleteDates):
        assert number == len(book.deliveries) - len(act.date_ids)
    else:
        assert after.deliveries.keys() == book.deliveries.keys()
    if isinstance(act, ChangePrice | ChangeJokers | AddProduct | ReorderProducts | ChangeHours):
        assert after.quantities == book.quantities
    if isinstance(act, ReorderProducts | ChangeHours):
        assert after.totals == book.totals
    seen = Preview(book, after)
    kept = book.swaps.items() & after.swaps.items()
    assert len(kept) == len(after.swaps)
    gone = {key[0] for key in book.swaps.keys() - after.swaps.keys()}
    assert gone <= {one.subscription_id for one in seen.swaps}
    lost = {key[0] for key in book.jokers.keys() - after.jokers.keys()}
    assert lost <= {one.subscription_id for one in seen.jokers}  # nobody loses one unnoticed
    told = {one.subscription_id for one in Preview(book, after).touched}
    for key in book.signed.keys() - told:
        assert after.totals[key] == book.totals[key]


@pytest.mark.parametrize("jokers", list(Jokers))
@given(book=books(), data=st.data())
def test_a_holiday_changes_no_number_and_no_total(
    jokers: Jokers, book: Book, data: st.DataObject
) -> None:
    """With one price a season and nobody who came late, only the days change."""
    slots = [key for key, day in book.dates.items() if day.kind is DateKind.HOLIDAY]
    real = data.draw(st.permutations(list(book.deliveries.values())))[: len(slots)]
    if not slots or len(real) < len(slots):
        return
    first, last = min(d.date for d in book.dates.values()), max(d.date for d in book.dates.values())
    book = replace(
        book,
        prices={(1, first): 1000, (2, first): 1800},
        signed={key: Signed(key, first, last) for key in book.signed},
        jokers={} if jokers is Jokers.DROP else book.jokers,
    )
    both = plans(book, slots, real)

    for moves in (both.shift, both.swap):
        after = MoveDates(moves, jokers).on(book)

        assert after.totals == book.totals
        assert len(after.open_dates) == len(book.open_dates)
        freed = {day.date for day in after.dates.values() if day.kind is DateKind.HOLIDAY}
        assert freed == set(real)
        assert {day.date for day in after.dates.values()} == {
            day.date for day in book.dates.values()
        }
    order = sorted(after.deliveries, key=lambda key: book.deliveries[key])
    shifted = MoveDates(both.shift, jokers).on(book)
    assert [shifted.deliveries[key] for key in order] == sorted(shifted.deliveries.values())

"""The producer's holiday and the contract of twelve products, with the numbers of autumn 2019."""

import datetime as dt

import pytest

from amapress_py.contracts.book import Book, Day, Item, Signed, crossed_by_rules
from amapress_py.contracts.holidays import plans
from amapress_py.contracts.models import DateKind, Weeks
from amapress_py.contracts.operations import (
    Cross,
    DeleteDates,
    Jokers,
    MoveDates,
    Moves,
    Outside,
    Uncross,
)
from amapress_py.contracts.preview import Preview
from amapress_py.contracts.rules import Refused
from tests.contracts.october import (
    EIGHT,
    FIRST,
    FOURTH,
    GP,
    HELD,
    PP,
    SECOND,
    THIRD,
    TWELVE,
    A,
    B,
    C,
    D,
    october,
    vegetables,
    where,
)

FIFTH, SIXTH = october(32), october(39)  # 1 and 8 November

# Holiday planned → real.
LATER = vegetables((SECOND, THIRD, FOURTH), [FIRST])  # 04/10 → 25/10
EARLIER = vegetables((FIRST, SECOND, THIRD), [FOURTH], members="AB")  # 25/10 → 04/10
TWICE = vegetables((THIRD, FOURTH, FIFTH, SIXTH), [FIRST, SECOND], members="AB")

LATER_PLANS = plans(LATER, [HELD], [FOURTH])
EARLIER_PLANS = plans(EARLIER, [HELD], [FIRST])
TWICE_PLANS = plans(TWICE, [HELD, HELD + 1], [FIFTH, SIXTH])


@pytest.mark.parametrize(
    ("book", "moves", "start", "end"),
    [
        (LATER, LATER_PLANS.shift, "–, L1, L2, L3", "L1, L2, L3, –"),
        (LATER, LATER_PLANS.swap, "–, L1, L2, L3", "L3, L1, L2, –"),
        (EARLIER, EARLIER_PLANS.shift, "L1, L2, L3, –", "–, L1, L2, L3"),
        (EARLIER, EARLIER_PLANS.swap, "L1, L2, L3, –", "–, L2, L3, L1"),
        (TWICE, TWICE_PLANS.shift, "–, –, L1, L2, L3, L4", "L1, L2, L3, L4, –, –"),
        (TWICE, TWICE_PLANS.swap, "–, –, L1, L2, L3, L4", "L3, L4, L1, L2, –, –"),
    ],
)
def test_a_holiday_moves(book: Book, moves: Moves, start: str, end: str) -> None:
    after = MoveDates(moves).on(book)

    assert where(book) == start
    assert where(after) == end
    assert len(after.open_dates) == len(book.open_dates)
    assert {key: after.totals[key] for key in (A, B)} == {key: book.totals[key] for key in (A, B)}


def test_totals_are_those_of_the_table() -> None:
    assert (LATER.totals[A], LATER.totals[B]) == (3000, 5400)
    assert (EARLIER.totals[A], EARLIER.totals[B]) == (3000, 5400)
    assert (TWICE.totals[A], TWICE.totals[B]) == (4000, 7200)


def test_deliveries_move_in_the_order_in_which_each_finds_a_free_day() -> None:
    assert LATER_PLANS.shift == ((1, FIRST), (2, SECOND), (3, THIRD))
    assert EARLIER_PLANS.shift == ((3, FOURTH), (2, THIRD), (1, SECOND))
    assert LATER_PLANS.swap == ((3, FIRST),)
    assert TWICE_PLANS.swap == ((3, FIRST), (4, SECOND))


def test_l2_first_is_refused_because_its_day_is_taken() -> None:
    with pytest.raises(Refused, match="11/10/2019"):
        MoveDates([(2, SECOND), (1, FIRST), (3, THIRD)]).on(LATER)


def test_three_weeks_are_refused_with_two_reserved() -> None:
    with pytest.raises(Refused, match="3 pour 2"):
        plans(TWICE, [HELD, HELD + 1], [FOURTH, FIFTH, SIXTH])


def test_a_holiday_on_no_delivery_is_refused() -> None:
    with pytest.raises(Refused, match="08/11/2019"):
        plans(LATER, [HELD], [SIXTH])


def crossed_out() -> Book:
    """Return October with all cells crossed on the fourth: its key is 1."""
    book = vegetables((FIRST, SECOND, THIRD, FOURTH))
    return Cross([1], [PP, GP]).on(book)


def test_a_crossed_date_is_no_delivery_and_its_day_is_taken() -> None:
    book = crossed_out()

    assert len(book.open_dates) == 3
    with pytest.raises(Refused, match="04/10/2019"):
        MoveDates([(4, FIRST)]).on(book)
    with pytest.raises(Refused, match="11/10/2019"):
        DeleteDates([2]).on(book)
    free = DeleteDates([1]).on(book)
    moved = MoveDates([(4, FIRST)]).on(free)
    assert where(moved) == "L4, L2, L3"
    assert len(moved.open_dates) == 3


def test_late_joiners_are_told_with_what_they_lose() -> None:
    swap = Preview(LATER, MoveDates(LATER_PLANS.swap).on(LATER))
    shift = Preview(LATER, MoveDates(LATER_PLANS.shift).on(LATER))

    late = [(one.subscription_id, one.before, one.after, one.cents) for one in swap.late]
    assert late == [(C, FOURTH, FIRST, 1000)]
    assert [(one.subscription_id, one.before) for one in shift.late] == [(C, THIRD)]
    assert (swap.before.totals[C], swap.after.totals[C]) == (2000, 1000)
    touched = {one.subscription_id for one in (*swap.touched, *shift.touched)}
    assert touched == {C, D}  # D gets the basket that the joker had taken away


def test_a_late_joiner_may_keep_the_basket() -> None:
    after = MoveDates(LATER_PLANS.swap, outside=Outside.KEEP).on(LATER)

    assert after.totals[C] == 2000
    assert after.signed[C].starts_on == FIRST
    assert Preview(LATER, after).late[0].is_kept


@pytest.mark.parametrize("moves", [LATER_PLANS.shift, LATER_PLANS.swap])
def test_a_joker_goes_or_follows(moves: Moves) -> None:
    gone, kept = (MoveDates(moves, how).on(LATER) for how in (Jokers.DROP, Jokers.FOLLOW))

    assert gone.quantities[D, 3, GP] == 1
    assert (gone.totals[D], len(gone.jokers)) == (5400, 0)
    assert (D, 3, GP) not in kept.quantities
    assert (kept.totals[D], len(kept.jokers)) == (3600, 1)
    assert D in Preview(LATER, gone).to_warn


def test_jokers_are_told_of_all_moved_deliveries() -> None:
    early = (A, 1), (None, "2019-09-01T10:00:00+00:00")
    book = Book(**{**vars(vegetables((SECOND, THIRD, FOURTH), [FIRST])), "jokers": {
        **LATER.jokers, early[0]: early[1]}})  # fmt: skip

    shift = Preview(book, MoveDates(LATER_PLANS.shift).on(book))
    swap = Preview(book, MoveDates(LATER_PLANS.swap).on(book))

    assert [one.subscription_id for one in shift.jokers] == [A, D]
    assert [one.subscription_id for one in swap.jokers] == [D]


def twelve() -> Book:
    """Return the contract of twelve products with its cells crossed out by the rules."""
    items = dict(enumerate(TWELVE, 1))
    days = dict(enumerate(EIGHT, 1))
    return Book(
        dates={key: Day(day) for key, day in days.items()},
        items=items,
        prices={(key, EIGHT[0]): 1800 if key % 2 == 0 else 1000 for key in items},
        bars=frozenset(crossed_by_rules(days, items)),
    )


def test_a_cancelled_delivery_comes_back_as_its_rules_had_it() -> None:
    book = twelve()
    cancelled = Cross([2], list(book.items)).on(book)

    again = Uncross([2], list(book.items), with_usual=True, keeps_rules=True).on(cancelled)

    assert again == book
    with pytest.raises(Refused, match="cochez un produit"):
        Uncross([2], list(book.items), keeps_rules=True).on(book)
    assert (2, 1) not in Uncross([2], [1]).on(book).bars  # Tuesday's on a Friday, if one wants


def test_rules_cross_64_of_96_cells() -> None:
    book = twelve()

    assert [item.name for item in TWELVE] == [
        "Petit Panier Mardi",
        "Grand Panier Mardi",
        "Petit Panier Vendredi",
        "Grand Panier Vendredi",
        "Petit Panier Mardi semaine Paire",
        "Grand Panier Mardi semaine Paire",
        "Petit Panier Vendredi semaine Paire",
        "Grand Panier Vendredi semaine Paire",
        "Petit Panier Mardi semaine Impaire",
        "Grand Panier Mardi semaine Impaire",
        "Petit Panier Vendredi semaine Impaire",
        "Grand Panier Vendredi semaine Impaire",
    ]
    assert [item.position for item in TWELVE] == list(range(1, 13))
    assert (len(book.dates) * len(book.items), len(book.bars)) == (96, 64)
    left = [
        sum((date_id, item_id) not in book.bars for date_id in book.dates) for item_id in book.items
    ]
    assert left == [4] * 4 + [2] * 8


def test_a_move_to_another_parity_or_weekday_names_the_products() -> None:
    book = twelve()
    odd = {11: "Petit Panier Vendredi semaine Impaire", 12: "Grand Panier Vendredi semaine Impaire"}
    free = Book(**{**vars(book), "dates": {k: d for k, d in book.dates.items() if k != 2},
                   "bars": frozenset(cell for cell in book.bars if cell[0] != 2)})  # fmt: skip

    parity = Preview(free, MoveDates([(8, FIRST)]).on(free)).unfit
    weekday = Preview(free, MoveDates([(8, october(24))]).on(free)).unfit

    assert {one.item_id: one.name for one in parity} == odd
    assert {one.item_id for one in weekday} == {3, 4, 11, 12}  # a Thursday of the same week


def test_friday_the_25th_is_in_an_odd_week() -> None:
    assert FOURTH.isocalendar().week == 43
    assert TWELVE[10].weeks is Weeks.ODD
    assert TWELVE[10].fits(FOURTH)
    assert not TWELVE[10].fits(FIRST)


# ----- Other autumns: Thursdays around the week 53 of 2026

W51, W52, W53, W1, W2 = (dt.date(2026, 12, 17) + dt.timedelta(weeks=n) for n in range(5))
CHRISTMAS = Book(
    dates={
        1: Day(W51),
        2: Day(W1),
        3: Day(W2),
        HELD: Day(W52, DateKind.HOLIDAY),
        HELD + 1: Day(W53, DateKind.HOLIDAY),
    },
    items={PP: Item("Panier impair", 1, 3, Weeks.ODD), GP: Item("Panier pair", 2, 3, Weeks.EVEN)},
    prices={(PP, W51): 1000, (GP, W51): 1800},
    bars=frozenset({(1, GP), (2, GP), (3, PP)}),
    signed={A: Signed(A, W51, W2)},
    lines={(A, 1, PP): 1, (A, 2, PP): 1, (A, 3, GP): 1},
)


def test_two_odd_weeks_follow_each_other_after_53_weeks() -> None:
    assert [day.isocalendar().week for day in (W51, W52, W53, W1, W2)] == [51, 52, 53, 1, 2]
    assert [CHRISTMAS.items[PP].fits(day) for day in (W52, W53, W1, W2)] == [
        False, True, True, False,
    ]  # fmt: skip
    assert CHRISTMAS.totals[A] == 1000 + 1000 + 1800


@pytest.mark.parametrize(
    ("method", "end", "unfit"),
    [
        # 24 and 31/12 → 31/12 and 07/01: only 24/12 is freed, for the delivery of 07/01
        ("shift", "L1, L2, –, –, L3", {("Panier impair", W1, W52)}),
        ("swap", "L1, L2, –, –, L3", {("Panier impair", W1, W52)}),
    ],
)
def test_a_holiday_of_two_weeks_moves_by_one_around_week_53(
    method: str, end: str, unfit: set[tuple[str, dt.date, dt.date]]
) -> None:
    both = plans(CHRISTMAS, [HELD, HELD + 1], [W53, W1])

    after = MoveDates(getattr(both, method)).on(CHRISTMAS)

    assert where(after) == end
    assert after.totals == CHRISTMAS.totals
    told = {(one.name, one.before, one.after) for one in Preview(CHRISTMAS, after).unfit}
    assert told == unfit


def test_a_move_from_week_53_to_week_1_names_no_odd_product() -> None:
    free = DeleteDates([HELD + 1]).on(CHRISTMAS)

    assert not Preview(free, MoveDates([(2, W53)]).on(free)).unfit
    assert {one.name for one in Preview(free, MoveDates([(3, W53)]).on(free)).unfit} == {
        "Panier pair"
    }

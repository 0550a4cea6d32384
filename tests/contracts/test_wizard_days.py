"""Days of a season: ranks in a month, holidays, years of 53 weeks; families of products."""

import datetime as dt

import pytest

from amapress_py.contracts.families import Offered, differences
from amapress_py.contracts.season_days import (
    by_rank,
    easter_sunday,
    is_beside_odd_week,
    one_a_month,
    public_holidays,
    remarks,
    week_name,
)
from amapress_py.settings.periods import Period, period, periods

THURSDAY = 3


def test_the_first_thursday_of_each_month() -> None:
    days, lacking = by_rank(dt.date(2026, 9, 4), dt.date(2027, 1, 7), 1, THURSDAY)

    assert [(one.month, one.day) for one in days] == [(10, 1), (11, 5), (12, 3), (1, 7)]
    assert lacking == []


def test_a_fifth_thursday_names_the_months_that_have_none() -> None:
    days, lacking = by_rank(dt.date(2019, 8, 29), dt.date(2020, 4, 30), 5, THURSDAY)

    assert days == [
        dt.date(2019, 8, 29),
        dt.date(2019, 10, 31),
        dt.date(2020, 1, 30),
        dt.date(2020, 4, 30),
    ]
    assert lacking == [(2019, 9), (2019, 11), (2019, 12), (2020, 2), (2020, 3)]


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [(1961, 4, 2), (2000, 4, 23), (2008, 3, 23), (2011, 4, 24), (2026, 4, 5), (2038, 4, 25)],
)
def test_easter_is_where_the_calendar_has_it(year: int, month: int, day: int) -> None:
    assert easter_sunday(year) == dt.date(year, month, day)


def test_eleven_public_holidays() -> None:
    found = public_holidays(2026)

    assert len(found) == 11
    moving = {dt.date(2026, 4, 6), dt.date(2026, 5, 14), dt.date(2026, 5, 25)}
    assert moving < found.keys()
    assert str(found[dt.date(2026, 12, 25)]) == "Noël"


def test_two_odd_weeks_in_a_row_are_told() -> None:
    """2026 has a week 53; 2025 has none."""
    tuesdays = [dt.date(2026, 12, 15) + dt.timedelta(weeks=n) for n in range(5)]

    assert [week_name(day) for day in tuesdays] == ["S51", "S52", "S53", "S01", "S02"]
    assert [is_beside_odd_week(day) for day in tuesdays] == [False, False, True, True, False]
    assert not is_beside_odd_week(dt.date(2025, 12, 30))  # week 1 after week 52


def test_what_is_particular_about_a_day_is_told() -> None:
    school = [Period("Noël", dt.date(2026, 12, 19), dt.date(2027, 1, 3))]
    days = [dt.date(2026, 12, 11), dt.date(2026, 12, 25)]

    assert remarks(days, school) == {days[1]: ["férié : Noël", "vacances : Noël"]}


@pytest.mark.parametrize(
    "line",
    [
        "Toussaint : 17/10/2026 – 01/11/2026",
        "Toussaint du 17/10/2026 au 1/11/2026",
        "Toussaint 17/10/2026 01/11/2026.",
    ],
)
def test_a_period_is_read_as_people_write_it(line: str) -> None:
    assert period(line) == Period("Toussaint", dt.date(2026, 10, 17), dt.date(2026, 11, 1))


@pytest.mark.parametrize(
    "line",
    [
        "Toussaint",
        "17/10/2026 – 01/11/2026",
        "T : 31/02/2026 – 01/03/2026",
        "T : 02/03/2026 – 01/03/2026",
        "x" * 300,
    ],
)
def test_what_is_no_period_says_nothing(line: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        period(line)
    assert periods(line) == []


def test_cheques_are_handed_over_once_a_month() -> None:
    days = [dt.date(2026, 10, 8), dt.date(2026, 10, 1), dt.date(2026, 11, 5), dt.date(2027, 1, 7)]

    assert one_a_month(days) == [days[1], days[2], days[3]]


def test_a_family_should_cost_the_same_and_come_equally_often() -> None:
    told = differences(
        [
            Offered("Petit Panier Mardi", 1000, 4),
            Offered("Petit Panier Vendredi", 1000, 4),
            Offered("Grand Panier Mardi", 1800, 4),
            Offered("Petit Panier Mardi semaine Paire", 1000, 2),
            Offered("Petit Panier Vendredi semaine Impaire", 1000, 3),
        ]
    )
    wrong = differences(
        [Offered("Petit Panier Mardi", 1000, 4), Offered("Petit panier (vendredi)", 1000, 3)]
    )
    dearer = [
        Offered("Œufs d’été Mardi", 1000, 4),
        Offered("œufs d’été, semaine Impaire", 1100, 2),
    ]

    assert told == []
    (counts,), (prices,) = wrong, differences(dearer)
    assert counts.startswith("Des nombres de livraisons différents")
    assert "Petit Panier Mardi\N{NO-BREAK SPACE}: 4, Petit panier (vendredi)" in counts
    assert prices.startswith("Des prix différents")

"""Who may take or leave a seat, and when."""

import datetime as dt
from dataclasses import replace

import pytest

from amapress_py.duty import refusals, rules
from amapress_py.duty.rules import Wish
from amapress_py.errors import DomainError

SATURDAY = dt.date(2026, 11, 28)
WEDNESDAY = dt.date(2026, 11, 25)
GOOD = Wish(
    today=WEDNESDAY,
    day=SATURDAY,
    lock_days=2,
    is_open=True,
    is_member=True,
    is_free=True,
    sits_that_day=False,
    held=1,
    owed=2,
)


@pytest.mark.parametrize(("lock_days", "expected"), [(0, 27), (1, 26), (2, 25), (3, 24), (7, 20)])
def test_the_limit_is_the_end_of_a_day_before_full_days(lock_days: int, expected: int) -> None:
    assert rules.last_day(SATURDAY, lock_days) == dt.date(2026, 11, expected)


def test_the_last_moment_is_still_good() -> None:
    rules.check_take(GOOD)
    rules.check_leave(WEDNESDAY, SATURDAY, 2)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"is_open": False}, refusals.NotOpen),
        ({"is_member": False}, refusals.MembersOnly),
        ({"is_free": False}, refusals.SeatTaken),
        ({"sits_that_day": True}, refusals.SitsAlready),
        ({"sits_that_day": True, "is_free": False}, refusals.SitsAlready),
        ({"today": WEDNESDAY + dt.timedelta(days=1)}, refusals.TooLate),
        ({"today": SATURDAY}, refusals.TooLate),
        ({"held": 2}, refusals.Enough),
        ({"held": 3}, refusals.Enough),
        ({"held": 0, "owed": 0}, refusals.Enough),
    ],
)
def test_each_reason_to_refuse(changed: dict[str, object], refusal: type[DomainError]) -> None:
    with pytest.raises(refusal) as said:
        rules.check_take(replace(GOOD, **changed))  # type: ignore[arg-type]
    assert str(said.value)


def test_after_the_limit_nobody_leaves_by_himself() -> None:
    with pytest.raises(refusals.TooLateToLeave):
        rules.check_leave(WEDNESDAY + dt.timedelta(days=1), SATURDAY, 2)


def test_the_seats_of_a_date_are_lines() -> None:
    assert rules.roles_of("Responsable \n\n  Aide   du soir\nAide") == [
        "Responsable",
        "Aide du soir",
        "Aide",
    ]

"""Dates, quantities and scope, without a database."""

import datetime as dt

import pytest

from amapress_py.accounts.models import Role, Scope
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import rules
from amapress_py.contracts.models import ContractKind
from amapress_py.contracts.rules import Ceded, EmptySubscription, Grid, Refused, Stale, Terms
from amapress_py.errors import DomainError

OCTOBER = [dt.date(2026, 10, day) for day in (2, 9, 16, 23)]
FIRST, LAST = OCTOBER[0], OCTOBER[-1]
SMALL, LARGE = 1, 2  # products
GRID = Grid(dict(enumerate(OCTOBER, 10)), [SMALL, LARGE], {(11, LARGE)})
PER_DATE, SUBSCRIPTION = ContractKind.PER_DATE, ContractKind.SUBSCRIPTION


def test_dates_come_every_week_on_several_days() -> None:
    days = rules.repeated_dates(dt.date(2026, 10, 1), dt.date(2026, 10, 13), [1, 4])

    assert [f"{day:%a %d}" for day in days] == ["Fri 02", "Tue 06", "Fri 09", "Tue 13"]


def test_every_two_weeks_counts_from_the_week_of_the_first_date() -> None:
    days = rules.repeated_dates(dt.date(2026, 10, 2), dt.date(2026, 11, 1), [0, 4], every_weeks=2)

    assert [f"{day:%a %d}" for day in days] == ["Fri 02", "Mon 12", "Fri 16", "Mon 26", "Fri 30"]


def test_no_weekday_in_the_period_is_no_date() -> None:
    assert rules.repeated_dates(FIRST, FIRST, [0]) == []


def test_dates_are_read_as_the_french_write_them() -> None:
    assert rules.parse_dates("09/10/2026\n 02/10/2026, 09/10/2026;") == OCTOBER[:2]


@pytest.mark.parametrize("text", ["31/02/2026", "demain", "2026", "1/1/0001", "09/10/26"])
def test_what_is_no_date_of_our_time_is_told(text: str) -> None:
    with pytest.raises(Refused, match=text):
        rules.parse_dates(text)


def test_an_abonnement_has_its_quantity_on_every_open_date() -> None:
    terms = Terms(1, FIRST, LAST, by_product={LARGE: 2})

    assert rules.lines(SUBSCRIPTION, GRID, terms) == {
        (10, LARGE): 2,
        (12, LARGE): 2,
        (13, LARGE): 2,
    }


def test_a_late_joiner_has_nothing_before_the_start() -> None:
    terms = Terms(1, OCTOBER[2], LAST, by_product={SMALL: 1})

    assert rules.lines(SUBSCRIPTION, GRID, terms) == {(12, SMALL): 1, (13, SMALL): 1}


def test_per_date_has_what_was_chosen_for_each_date() -> None:
    terms = Terms(1, FIRST, LAST, by_cell={(10, SMALL): 1, (12, LARGE): 3, (13, LARGE): 0})

    assert rules.lines(PER_DATE, GRID, terms) == {(10, SMALL): 1, (12, LARGE): 3}


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        (Terms(1, FIRST, LAST), EmptySubscription),
        (Terms(1, FIRST, LAST, by_cell={(10, SMALL): 0}), EmptySubscription),
        (Terms(1, LAST, FIRST, by_cell={(10, SMALL): 1}), Refused),
        (Terms(1, FIRST, LAST, by_cell={(11, LARGE): 1}), Refused),  # crossed out
        (Terms(1, OCTOBER[1], LAST, by_cell={(10, SMALL): 1}), Refused),  # before the start
        (Terms(1, FIRST, LAST, by_cell={(10, SMALL): -1}), Refused),
        (Terms(1, FIRST, LAST, by_cell={(10, SMALL): 100}), Refused),
        (Terms(1, FIRST, LAST, by_cell={(99, SMALL): 1}), Stale),  # the date has gone
    ],
)
def test_terms_that_make_no_sense_are_refused(terms: Terms, refusal: type[DomainError]) -> None:
    with pytest.raises(refusal):
        rules.lines(PER_DATE, GRID, terms)


def test_what_is_ceded_can_not_be_taken_back() -> None:
    ceded = {(10, SMALL): 2, (12, SMALL): 1}

    rules.check_ceded({(10, SMALL): 2, (12, SMALL): 3}, ceded, GRID)
    with pytest.raises(Ceded, match="02/10/2026"):
        rules.check_ceded({(10, SMALL): 1, (12, SMALL): 1}, ceded, GRID)
    with pytest.raises(Ceded, match="16/10/2026"):
        rules.check_ceded({(10, SMALL): 2}, ceded, GRID)


@pytest.mark.parametrize(
    ("grant", "edits", "reads", "scope"),
    [
        ((Role.ADMIN, "", 0), True, True, None),
        ((Role.REFERENT, "", 0), True, True, None),
        ((Role.REFERENT, Scope.PRODUCER, 7), True, True, {7}),
        ((Role.REFERENT, Scope.PRODUCER, 8), False, False, {8}),
        ((Role.TREASURER, "", 0), False, True, None),
        ((Role.COORDINATOR, Scope.CONTRACT, 7), False, False, set()),
        ((Role.PRODUCER, Scope.PRODUCER, 7), False, False, set()),
        ((Role.INTERMITTENT_MANAGER, "", 0), False, False, set()),
    ],
)
def test_a_role_reaches_as_far_as_its_scope(
    grant: tuple[str, str, int], edits: bool, reads: bool, scope: set[int] | None
) -> None:
    viewer = Viewer(person_id=1, grants=frozenset({grant}))

    assert rules.may_edit(viewer, 7) is edits
    assert rules.may_read(viewer, 7) is reads
    assert rules.producers_in_scope(viewer) == scope

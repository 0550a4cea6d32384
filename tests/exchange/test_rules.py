"""The table of steps and its limits."""

from datetime import UTC, datetime

import pytest

from amapress_py import clock
from amapress_py.exchange import rules
from amapress_py.exchange.rules import OfferState, Step, StepRefused, Until, Who


def test_each_step_of_the_table_leads_somewhere_and_is_named() -> None:
    assert {step for _state, step in rules.TRANSITIONS} == set(Step)
    assert set(rules.STEP_LABELS) == set(Step)
    assert set(rules.OFFER_LABELS) == set(OfferState)


def test_closed_and_cancelled_lead_nowhere() -> None:
    ends = {OfferState.CLOSED, OfferState.CANCELLED}

    assert not [state for state, _step in rules.TRANSITIONS if state in ends]


@pytest.mark.parametrize("state", [OfferState.OPEN, OfferState.REQUESTED, OfferState.EXCHANGED])
def test_whatever_is_live_can_be_cancelled_and_closed(state: OfferState) -> None:
    assert rules.transition(state, Step.CANCEL).to is OfferState.CANCELLED
    assert rules.transition(state, Step.CLOSE).to is OfferState.CLOSED
    assert rules.transition(state, Step.CLOSE).who == {Who.JOB}


def test_a_basket_that_falls_free_is_announced_again() -> None:
    freeing = [
        line
        for (state, _step), line in rules.TRANSITIONS.items()
        if line.to is OfferState.OPEN and state is not OfferState.OPEN
    ]

    assert freeing
    assert all(line.announces for line in freeing)


def test_a_step_that_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(StepRefused):
        rules.transition(OfferState.EXCHANGED, Step.ACCEPT)


def test_hours_before_are_counted_on_the_wall() -> None:
    """Sunday 29/03/2026 10:00 less 24 h is Saturday 10:00: the night lost an hour."""
    sunday_ten = datetime(2026, 3, 29, 8, tzinfo=UTC)

    limit = rules.limit(Until.CEDE_DEADLINE, sunday_ten, 24, on_behalf=False)

    assert clock.paris(limit).isoformat() == "2026-03-28T10:00:00+01:00"


def test_a_manager_cedes_until_the_start() -> None:
    start = datetime(2026, 11, 26, 17, 30, tzinfo=UTC)

    assert rules.limit(Until.CEDE_DEADLINE, start, 24, on_behalf=True) == start
    assert rules.limit(Until.START, start, 24, on_behalf=False) == start


def test_a_freed_basket_is_announced_at_most_once_in_the_interval() -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    an_hour_ago = datetime(2026, 11, 22, 11, tzinfo=UTC)
    yesterday = datetime(2026, 11, 21, 11, tzinfo=UTC)

    assert rules.next_announcement(now, None, 6) == now
    assert rules.next_announcement(now, yesterday, 6) == now
    assert rules.next_announcement(now, an_hour_ago, 6) == datetime(2026, 11, 22, 17, tzinfo=UTC)

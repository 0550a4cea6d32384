"""Seats taken, left, handed on, exchanged, planned; told by mail and kept in the journal."""

import datetime as dt

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from amapress_py import clock as clocks
from amapress_py import settings
from amapress_py.accounts.models import Person, Role
from amapress_py.contracts.models import Contract
from amapress_py.duty import jobs, planning, queries, refusals, roster, services, tokens
from amapress_py.duty.models import DutyEvent, DutyPeriod, DutySeat, DutySwap
from amapress_py.duty.roster import PeriodValues
from amapress_py.duty.rules import Act, SwapState
from amapress_py.errors import NotAllowed, NotFound
from amapress_py.mail import outbox
from tests.duty.conftest import MakePeriod
from tests.factories import Make

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def anna(make: Make, contract: Contract) -> Person:
    return make.member("Anna", contract)


@pytest.fixture
def bruno(make: Make, contract: Contract) -> Person:
    return make.member("Bruno", contract)


def mails(session: Session) -> list[tuple[str, str]]:
    """Return (event, whose) of the mails that wait, and forget them."""
    found = outbox.pending(session)
    said = [(one.event, one.to_address.partition("@")[0].rstrip("0123456789")) for one in found]
    for one in found:
        session.delete(one)
    session.flush()
    return said


def acts(session: Session) -> list[Act]:
    return list(session.scalars(select(DutyEvent.act).order_by(DutyEvent.id)))


def test_a_member_takes_a_seat_and_leaves_it(
    session: Session, seats: list[DutySeat], anna: Person
) -> None:
    services.take(session, anna.id, seats[0].id)
    services.take(session, anna.id, seats[0].id)  # a double click

    assert seats[0].person_id == seats[0].by_id == anna.id
    assert seats[0].since is not None
    (mail,) = outbox.pending(session)
    assert mail.event == "duty/took"
    assert "METHOD:PUBLISH" in mail.calendar
    assert f"permanence-{seats[0].delivery_id}-{anna.id}@" in mail.calendar

    services.leave(session, anna.id, seats[0].id)
    assert seats[0].person_id is None
    assert "METHOD:CANCEL" in outbox.pending(session)[1].calendar
    assert acts(session) == [Act.FILLED, Act.TOOK, Act.LEFT]
    with pytest.raises(refusals.NotYours):
        services.leave(session, anna.id, seats[0].id)


def test_a_household_gets_what_it_owes_and_no_more(
    session: Session, make: Make, seats: list[DutySeat], anna: Person
) -> None:
    paul = make.person("Paul", household=anna.household)
    services.take(session, anna.id, seats[0].id)
    with pytest.raises(refusals.SitsAlready):
        services.take(session, anna.id, seats[1].id)
    services.take(session, paul.id, seats[1].id)
    with pytest.raises(refusals.Enough):
        services.take(session, anna.id, seats[2].id)
    assert queries.share(session, seats[0].period_id, anna.household_id).missing == 0


def test_a_share_of_ones_own(
    session: Session, treasurer: Person, seats: list[DutySeat], anna: Person
) -> None:
    period = seats[0].period_id
    roster.set_share(session, treasurer.id, period, anna.household_id, 0)
    with pytest.raises(refusals.Enough, match="dispensé"):
        services.take(session, anna.id, seats[0].id)
    roster.set_share(session, treasurer.id, period, anna.household_id, 1)
    services.take(session, anna.id, seats[0].id)
    roster.set_share(session, treasurer.id, period, anna.household_id, None)
    assert queries.share(session, period, anna.household_id).missing == 1


def test_who_has_no_contract_or_comes_too_late(
    session: Session,
    make: Make,
    seats: list[DutySeat],
    anna: Person,
    clock: time_machine.Traveller,
) -> None:
    with pytest.raises(refusals.MembersOnly):
        services.take(session, make.intermittent().id, seats[0].id)
    services.take(session, anna.id, seats[0].id)
    clock.move_to(dt.datetime.combine(make.thursday(), dt.time(9)) - dt.timedelta(days=2))
    with pytest.raises(refusals.TooLateToLeave):
        services.leave(session, anna.id, seats[0].id)
    with pytest.raises(refusals.SitsAlready):
        services.take(session, anna.id, seats[1].id)


def test_a_treasurer_acts_after_the_limit_and_beyond_the_quota(
    session: Session,
    make: Make,
    treasurer: Person,
    seats: list[DutySeat],
    anna: Person,
    bruno: Person,
) -> None:
    period = seats[0].period_id
    for number in (0, 2, 4):
        roster.place(session, treasurer.id, period, seats[number].id, anna.id)
    with pytest.raises(refusals.SitsAlready):
        roster.place(session, treasurer.id, period, seats[1].id, anna.id)
    with pytest.raises(refusals.SeatTaken):
        roster.place(session, treasurer.id, period, seats[0].id, bruno.id)
    with pytest.raises(refusals.CannotAsk):
        roster.place(session, treasurer.id, period, seats[1].id, make.person().id)
    roster.free(session, treasurer.id, period, seats[0].id)
    assert mails(session) == [("duty/placed", "anna")] * 3 + [("duty/freed", "anna")]


@pytest.mark.parametrize("role", [Role.REFERENT, Role.INTERMITTENT_MANAGER, Role.COORDINATOR])
def test_nobody_else_manages(
    session: Session, make: Make, role: Role, seats: list[DutySeat], anna: Person
) -> None:
    by, period, seat = make.person(roles=[role]).id, seats[0].period_id, seats[0]
    values = PeriodValues("Autre", make.thursday(), make.thursday(), "Aide")
    for act in (
        lambda: roster.save_period(session, by, None, values),
        lambda: roster.delete_period(session, by, period),
        lambda: roster.fill(session, by, period),
        lambda: roster.add_seat(session, by, period, seat.delivery_id, "Aide"),
        lambda: roster.delete_seat(session, by, period, seat.id),
        lambda: roster.delete_date(session, by, period, seat.delivery_id),
        lambda: roster.place(session, by, period, seat.id, anna.id),
        lambda: roster.free(session, by, period, seat.id),
        lambda: roster.set_share(session, by, period, anna.household_id, 0),
        lambda: roster.apply_plan(session, by, period, ""),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_a_seat_is_handed_on_once_the_other_says_yes(
    session: Session, seats: list[DutySeat], anna: Person, bruno: Person
) -> None:
    seat = seats[0]
    services.take(session, anna.id, seat.id)
    mails(session)
    services.ask_to_take(session, anna.id, seat.id, bruno.id)
    swap = session.scalars(select(DutySwap)).one()
    assert seat.person_id == anna.id
    assert "/permanences/reponse/" in outbox.pending(session)[0].text
    assert mails(session) == [("duty/asked", "bruno")]
    with pytest.raises(refusals.AskedAlready):
        services.ask_to_take(session, anna.id, seat.id, bruno.id)
    with pytest.raises(NotAllowed):
        services.accept(session, anna.id, swap.id)

    services.accept(session, bruno.id, swap.id)
    assert seat.person_id == bruno.id
    assert mails(session) == [("duty/accepted", "anna"), ("duty/took", "bruno")]
    with pytest.raises(refusals.Answered):
        services.accept(session, bruno.id, swap.id)


def test_two_seats_change_hands(
    session: Session, seats: list[DutySeat], anna: Person, bruno: Person
) -> None:
    services.take(session, anna.id, seats[0].id)
    services.take(session, bruno.id, seats[2].id)
    with pytest.raises(refusals.CannotSwap):
        services.ask_to_swap(session, anna.id, seats[0].id, seats[4].id)  # free
    services.ask_to_swap(session, anna.id, seats[0].id, seats[2].id)
    swap = session.scalars(select(DutySwap)).one()
    mails(session)

    services.accept(session, bruno.id, swap.id)

    assert (seats[0].person_id, seats[2].person_id) == (bruno.id, anna.id)
    told = [(event, who) for event, who in mails(session)]
    assert sorted(told) == [
        ("duty/accepted", "anna"),
        ("duty/left", "bruno"),
        ("duty/took", "anna"),
        ("duty/took", "bruno"),
    ]
    assert acts(session)[-2:] == [Act.SWAPPED, Act.SWAPPED]


def test_a_request_is_declined_taken_back_or_overtaken(
    session: Session, treasurer: Person, seats: list[DutySeat], anna: Person, bruno: Person
) -> None:
    seat = seats[0]
    services.take(session, anna.id, seat.id)

    def ask() -> DutySwap:
        services.ask_to_take(session, anna.id, seat.id, bruno.id)
        return session.scalars(select(DutySwap).order_by(DutySwap.id.desc())).all()[0]

    first = ask()
    services.decline(session, bruno.id, first.id)
    assert mails(session)[-1] == ("duty/declined", "anna")
    second = ask()
    with pytest.raises(NotAllowed):
        services.withdraw(session, bruno.id, second.id)
    services.withdraw(session, anna.id, second.id)
    third = ask()
    token = tokens.swap_token(third)
    assert tokens.read_swap_token(session, token) is third
    roster.free(session, treasurer.id, seat.period_id, seat.id)
    states = [one.state for one in (first, second, third)]
    assert states == [SwapState.DECLINED, SwapState.CANCELLED, SwapState.CANCELLED]
    assert tokens.read_swap_token(session, token) is None
    assert tokens.read_swap_token(session, token[:-3] + "abc") is None


def test_a_new_password_ends_the_link(
    session: Session, seats: list[DutySeat], anna: Person, bruno: Person
) -> None:
    services.take(session, anna.id, seats[0].id)
    services.ask_to_take(session, anna.id, seats[0].id, bruno.id)
    token = tokens.swap_token(session.scalars(select(DutySwap)).one())
    bruno.stamp = "another"
    assert tokens.read_swap_token(session, token) is None


def test_the_planning_is_applied_as_it_was_shown(
    session: Session,
    make: Make,
    treasurer: Person,
    contract: Contract,
    seats: list[DutySeat],
    anna: Person,
    bruno: Person,
) -> None:
    make.member("Chloé", contract)
    make.member("David", contract)
    period = session.get_one(DutyPeriod, seats[0].period_id)
    services.take(session, anna.id, seats[0].id)
    services.set_absent(session, bruno.id, seats[2].delivery_id, absent=True)
    mails(session)
    answer = planning.plan(queries.question(session, period)[0])
    mark = planning.mark(answer)
    assert len(answer) == 7
    assert answer == planning.plan(queries.question(session, period)[0])
    with pytest.raises(refusals.PlanChanged):
        roster.apply_plan(session, treasurer.id, period.id, "another")

    assert roster.apply_plan(session, treasurer.id, period.id, mark) == 7

    session.expire_all()
    for seat in seats[1:]:
        assert seat.person_id == answer[seat.id]
    assert bruno.id not in {one.person_id for one in seats[2:4]}
    accounts = queries.summary(session, period)
    assert {one.held for one in accounts} == {2}
    told = mails(session)
    assert {event for event, _who in told} == {"duty/placed"}
    assert len(told) == len(set(told))  # one mail a person, with all dates
    with pytest.raises(refusals.PlanChanged):
        roster.apply_plan(session, treasurer.id, period.id, mark)


def test_reminders_go_once_to_who_is_on_duty_soon(
    app: Flask,
    session: Session,
    make: Make,
    seats: list[DutySeat],
    anna: Person,
    bruno: Person,
    clock: time_machine.Traveller,
) -> None:
    services.take(session, anna.id, seats[0].id)
    services.take(session, bruno.id, seats[1].id)
    mails(session)
    session.commit()
    clock.move_to(clocks.at(make.thursday() - dt.timedelta(days=4), dt.time(9)))
    jobs.remind(app)
    assert mails(session) == []
    clock.shift(dt.timedelta(days=1))
    for _time in range(2):
        jobs.remind(app)
    reminders = outbox.pending(session)
    assert [one.event for one in reminders] == ["duty/reminder"] * 2
    assert bruno.name in reminders[0].text


def test_reminders_can_be_left_out(
    app: Flask, session: Session, make: Make, seats: list[DutySeat], anna: Person
) -> None:
    services.take(session, anna.id, seats[0].id)
    mails(session)
    settings.save(session, {"duty_reminder_days": 0})
    session.commit()
    jobs.remind(app)
    assert mails(session) == []


def test_what_somebody_counts_on_is_not_deleted(
    session: Session, treasurer: Person, seats: list[DutySeat], anna: Person
) -> None:
    period, seat = seats[0].period_id, seats[0]
    services.take(session, anna.id, seat.id)
    for act in (
        lambda: roster.delete_seat(session, treasurer.id, period, seat.id),
        lambda: roster.delete_date(session, treasurer.id, period, seat.delivery_id),
        lambda: roster.delete_period(session, treasurer.id, period),
    ):
        with pytest.raises(refusals.SomebodySits):
            act()
    with pytest.raises(NotFound):
        roster.delete_seat(session, treasurer.id, period + 1, seat.id)
    roster.delete_seat(session, treasurer.id, period, seats[1].id)
    roster.add_seat(session, treasurer.id, period, seat.delivery_id, "Accueil")
    services.leave(session, anna.id, seat.id)
    roster.delete_period(session, treasurer.id, period)
    session.flush()
    for table in (DutyPeriod, DutySeat, DutySwap, DutyEvent):
        assert session.scalar(select(func.count()).select_from(table)) == 0


def test_a_period_is_filled_once_and_completed_later(
    session: Session,
    make: Make,
    treasurer: Person,
    contract: Contract,
    period_of: MakePeriod,
) -> None:
    key = period_of()
    assert roster.fill(session, treasurer.id, key) == 0
    make.contract(dates=[make.thursday(1)])  # elsewhere, on the same day
    assert roster.fill(session, treasurer.id, key) == 1
    values = PeriodValues("Hiver", make.thursday(), make.thursday(), "Aide")
    with pytest.raises(refusals.SameName):
        roster.save_period(session, treasurer.id, None, values)

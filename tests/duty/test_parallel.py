"""Many at the same instant: one seat one person, and nobody beyond the quota."""

from collections import Counter
from collections.abc import Callable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from amapress_py.accounts.models import Person
from amapress_py.contracts.models import Contract
from amapress_py.duty import services
from amapress_py.duty.models import DutyEvent, DutySeat, DutySwap
from amapress_py.duty.rules import Act
from amapress_py.mail.models import OutboxMail
from tests.conftest import Browser, BrowserFactory
from tests.crowd import all_at_once
from tests.factories import Make

CROWD = 12


def pressing(browser: Browser, path: str) -> Callable[[], int]:
    """Return a click on a button of a page that was opened before."""
    token = browser.token()
    return lambda: browser.client.post(path, data={"csrf_token": token}).status_code


def test_one_seat_goes_to_one_person(
    session: Session,
    make: Make,
    contract: Contract,
    seats: list[DutySeat],
    browse: BrowserFactory,
) -> None:
    people = [make.member(contract=contract) for _ in range(CROWD)]
    key = seats[0].id
    clicks = [pressing(browse(one), f"/permanences/places/{key}/prendre") for one in people]
    session.rollback()

    assert all_at_once(clicks) == {303: CROWD}

    session.expire_all()
    assert seats[0].person_id in {one.id for one in people}
    told = session.scalars(select(OutboxMail.person_id)).all()
    assert told == [seats[0].person_id]
    took = select(func.count()).where(DutyEvent.act == Act.TOOK)
    assert session.scalar(took) == 1


def test_two_persons_of_a_household_do_not_take_more_than_it_owes(
    session: Session,
    make: Make,
    contract: Contract,
    seats: list[DutySeat],
    browse: BrowserFactory,
) -> None:
    anna = make.member("Anna", contract)
    paul = make.person("Paul", household=anna.household)
    clicks = [
        pressing(browse((anna, paul)[number % 2]), f"/permanences/places/{seat.id}/prendre")
        for number, seat in enumerate(seats)
    ]
    session.rollback()

    assert all_at_once(clicks) == {303: len(seats)}

    session.expire_all()
    held = [one for one in seats if one.person_id is not None]
    assert len(held) == 2  # the period's number
    assert max(Counter((one.delivery_id, one.person_id) for one in held).values()) == 1


def test_yes_and_freeing_at_once_end_in_one_story(
    session: Session,
    make: Make,
    contract: Contract,
    treasurer: Person,
    seats: list[DutySeat],
    browse: BrowserFactory,
) -> None:
    anna, bruno = make.member("Anna", contract), make.member("Bruno", contract)
    seat = seats[0]
    services.take(session, anna.id, seat.id)
    services.ask_to_take(session, anna.id, seat.id, bruno.id)
    swap = session.scalars(select(DutySwap)).one()
    session.commit()
    yes = pressing(browse(bruno), f"/permanences/demandes/{swap.id}/accepter")
    free = pressing(
        browse(treasurer), f"/admin/permanences/{seat.period_id}/places/{seat.id}/liberer"
    )
    session.rollback()

    assert all_at_once([yes, yes, free]) == {303: 3}

    session.expire_all()
    handed = session.scalar(select(func.count()).where(DutyEvent.act == Act.HANDED))
    assert seat.person_id is None
    assert handed in (0, 1)

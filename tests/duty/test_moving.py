"""When a delivery moves, changes its hours or is given up: who sits there is told."""

import datetime as dt
import re
from collections.abc import Callable

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from amapress_py import clock as clocks
from amapress_py.accounts.models import Person, Role
from amapress_py.contracts import mass
from amapress_py.contracts import services as contracts
from amapress_py.contracts.models import Contract, DateKind, Subscription, SubscriptionLine
from amapress_py.contracts.operations import Act, Cross, MoveDates
from amapress_py.deliveries import services as deliveries
from amapress_py.deliveries.models import Delivery
from amapress_py.deliveries.services import Correction
from amapress_py.duty import roster, watching
from amapress_py.duty.models import DutySeat
from amapress_py.duty.roster import PeriodValues
from amapress_py.mail.models import OutboxMail
from tests.back_office import viewer_of
from tests.conftest import BrowserFactory
from tests.factories import Make

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def contract(make: Make) -> Contract:
    return make.contract("Légumes", dates=[make.thursday(), make.thursday(1)])


@pytest.fixture
def office(make: Make) -> Person:
    return make.person("Odile", roles=[Role.ADMIN])


@pytest.fixture
def anna(session: Session, make: Make, contract: Contract, office: Person) -> Person:
    """Anna sits at the first delivery, also after the limit to leave."""
    person = make.member("Anna", contract)
    values = PeriodValues("Hiver", clocks.today(), make.thursday(9), "Aide\nAide", 1, 30, True)
    period = roster.save_period(session, office.id, None, values)
    roster.fill(session, office.id, period)
    session.flush()
    seat = session.scalars(select(DutySeat).order_by(DutySeat.id)).first()
    assert seat is not None
    roster.place(session, office.id, period, seat.id, person.id)
    session.commit()
    return person


def change(session: Session, office: Person, contract: Contract, act: Act) -> int:
    session.rollback()
    session.expire_all()
    digest = mass.preview(session, contract, act).digest
    done = mass.apply(session, viewer_of(session, office), contract.id, "deplacer", act, digest)
    session.commit()
    return done.id


def told(session: Session) -> list[OutboxMail]:
    session.rollback()
    session.expire_all()
    wanted = OutboxMail.event.in_(("duty/moved", "duty/called_off", "duty/left"))
    return list(session.scalars(select(OutboxMail).where(wanted).order_by(OutboxMail.id)))


def day_of(session: Session, person: Person) -> dt.date | None:
    return session.scalar(
        select(Delivery.date)
        .join(DutySeat, DutySeat.delivery_id == Delivery.id)
        .where(DutySeat.person_id == person.id)
    )


def test_seats_follow_a_delivery_to_its_new_day_and_back(
    session: Session,
    make: Make,
    contract: Contract,
    office: Person,
    anna: Person,
    browse: BrowserFactory,
) -> None:
    friday = make.thursday() + dt.timedelta(days=1)

    done = change(session, office, contract, MoveDates([(contract.dates[0].id, friday)]))

    assert day_of(session, anna) == friday
    (mail,) = told(session)
    assert mail.to_address == anna.email
    assert "est déplacée" in mail.text
    assert "vendredi 27 novembre 2026" in mail.text
    there = select(DutySeat.id).join(Delivery).where(Delivery.date == friday)
    assert len(session.scalars(there).all()) == 2

    session.rollback()
    mass.undo(session, viewer_of(session, office), contract.id, done)
    session.commit()
    assert day_of(session, anna) == make.thursday()
    assert len(told(session)) == 2
    old = re.search(r"http://localhost(/permanences/nouvelle-date/\S+)", mail.text)
    assert old is not None
    browse(None).visit(old[1], status=404)  # it is another date again


def test_who_cannot_come_then_says_so_by_the_link(
    session: Session,
    make: Make,
    contract: Contract,
    office: Person,
    anna: Person,
    browse: BrowserFactory,
) -> None:
    friday = make.thursday() + dt.timedelta(days=1)
    change(session, office, contract, MoveDates([(contract.dates[0].id, friday)]))
    found = re.search(r"http://localhost(/permanences/nouvelle-date/\S+)", told(session)[0].text)
    assert found is not None
    visitor = browse(None)

    assert "27 novembre" in visitor.visit(found[1]).get_text()
    assert day_of(session, anna) == friday  # a scanner followed the link
    session.rollback()
    answer = visitor.client.post(found[1])
    session.rollback()

    assert "place est de nouveau libre" in answer.text
    assert day_of(session, anna) is None
    assert told(session)[-1].event == "duty/left"
    assert visitor.client.post(found[1]).status_code == 404


def test_where_a_contract_delivers_nobody_moves(
    session: Session, make: Make, contract: Contract, office: Person, anna: Person
) -> None:
    change(session, office, contract, MoveDates([(contract.dates[0].id, make.thursday(2))]))
    assert [one.event for one in told(session)] == ["duty/moved"]
    seat = session.scalars(select(DutySeat).where(DutySeat.person_id == anna.id)).one()

    watching.deliveries_moved(session, {make.thursday(2): None}, [contract.places[0].id], office.id)
    session.commit()
    assert day_of(session, anna) == make.thursday(2)  # the contract still delivers there
    assert seat.person_id == anna.id


def test_a_day_with_seats_of_its_own_takes_no_others(
    session: Session, make: Make, contract: Contract, office: Person, anna: Person
) -> None:
    first, second = contract.dates
    moves = [(second.id, make.thursday(2)), (first.id, make.thursday(1))]

    change(session, office, contract, MoveDates(moves))

    assert day_of(session, anna) is None
    (mail,) = told(session)
    assert mail.event == "duty/called_off"
    assert mail.subject == "Pas de permanence le 26/11/2026"
    assert "CANCEL" in mail.calendar


def test_another_contract_keeps_people_where_they_are(
    session: Session, make: Make, contract: Contract, office: Person, anna: Person
) -> None:
    make.contract("Pain", places=contract.places, dates=[make.thursday()])

    change(session, office, contract, MoveDates([(contract.dates[0].id, make.thursday(2))]))

    assert day_of(session, anna) == make.thursday()
    assert told(session) == []


def cross(session: Session, office: Person, contract: Contract) -> None:
    change(session, office, contract, Cross([contract.dates[0].id], [contract.products[0].id]))


def cross_in_the_grid(session: Session, office: Person, contract: Contract) -> None:
    cells = [(contract.dates[0].id, contract.products[0].id)]
    viewer = viewer_of(session, office)
    contracts.set_bars(session, viewer, contract.id, contract.version, cells)


def remove(session: Session, office: Person, contract: Contract) -> None:
    contracts.remove_date(session, viewer_of(session, office), contract.id, contract.dates[0].id)


def reserve(session: Session, office: Person, contract: Contract) -> None:
    date_id, viewer = contract.dates[0].id, viewer_of(session, office)
    contracts.set_date_kind(session, viewer, contract.id, date_id, DateKind.HOLIDAY)


def delete_contract(session: Session, office: Person, contract: Contract) -> None:
    contracts.delete_contract(session, viewer_of(session, office), contract.id)


@pytest.mark.parametrize("giving_up", [cross, cross_in_the_grid, remove, reserve, delete_contract])
def test_a_date_that_is_no_delivery_any_more_frees_its_seats_and_tells(
    session: Session,
    make: Make,
    contract: Contract,
    office: Person,
    anna: Person,
    giving_up: Callable[[Session, Person, Contract], None],
) -> None:
    bread = make.contract("Pain", places=contract.places, dates=[make.thursday(1)])
    make.member("Anna P", bread)
    if giving_up is not cross:  # only what is signed goes with a preview
        session.execute(delete(SubscriptionLine))
        session.execute(delete(Subscription).where(Subscription.contract_id == contract.id))

    giving_up(session, office, contract)
    session.commit()

    assert day_of(session, anna) is None
    (mail,) = told(session)
    assert (mail.event, mail.to_address) == ("duty/called_off", anna.email)


def test_own_hours_follow_a_delivery_to_its_new_day_and_back(
    session: Session, make: Make, contract: Contract, office: Person, anna: Person
) -> None:
    delivery = make.delivery(make.thursday(), contract.places[0])
    late = Correction(opens=dt.time(19, 0), closes=dt.time(20, 30), note="Sonnez à la grille.")
    deliveries.correct_delivery(session, viewer_of(session, office), delivery.id, late)
    session.commit()

    done = change(session, office, contract, MoveDates([(contract.dates[0].id, make.thursday(2))]))

    def hours(weeks: int) -> tuple[dt.time, str]:
        here = select(Delivery).where(Delivery.date == make.thursday(weeks))
        found = session.scalars(here).one()
        return found.real_opens, found.note

    assert hours(2) == (dt.time(19, 0), "Sonnez à la grille.")
    assert "de 19\u00a0h à 20\u00a0h\u00a030" in told(session)[-1].text
    mass.undo(session, viewer_of(session, office), contract.id, done)
    session.commit()
    assert hours(0) == (dt.time(19, 0), "Sonnez à la grille.")

    make.contract("Pain", places=contract.places, dates=[make.thursday(3)])
    session.commit()
    change(session, office, contract, MoveDates([(contract.dates[0].id, make.thursday(3))]))
    assert hours(3) == (dt.time(18, 30), "")  # the bakers keep theirs


def test_free_seats_follow_as_well(
    session: Session, make: Make, contract: Contract, office: Person, anna: Person
) -> None:
    seat = session.scalars(select(DutySeat).where(DutySeat.person_id == anna.id)).one()
    roster.free(session, office.id, seat.period_id, seat.id)
    session.commit()

    change(session, office, contract, MoveDates([(contract.dates[0].id, make.thursday(2))]))

    assert session.get_one(DutySeat, seat.id).delivery.date == make.thursday(2)
    assert told(session) == []


def test_new_hours_are_told_too(
    session: Session, make: Make, contract: Contract, office: Person, anna: Person
) -> None:
    delivery = make.delivery(make.thursday(), contract.places[0])
    correction = Correction(opens=dt.time(19, 0), closes=dt.time(20, 30))

    for _again in range(2):
        deliveries.correct_delivery(session, viewer_of(session, office), delivery.id, correction)
        session.commit()

    (mail,) = told(session)
    assert "L’heure ou le lieu de la distribution change" in mail.text
    assert "de 19\u00a0h à 20\u00a0h\u00a030" in mail.text

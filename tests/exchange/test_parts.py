"""Ceding a part of a basket, a whole absence, and the tick "réglé"."""

import datetime as dt

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py.accounts.models import Person
from amapress_py.errors import NotAllowed
from amapress_py.exchange import queries, refusals, services
from amapress_py.exchange.models import BasketOffer
from amapress_py.exchange.rules import OfferState
from amapress_py.exchange.services import Cell
from amapress_py.exchange.steps import Actor
from tests.factories import Make

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def anna(make: Make) -> Person:
    """Anna has two half baskets and bread on the same Thursday."""
    anna = make.person("Anna")
    place = make.place()
    make.subscription(anna.household, make.contract("Légumes", places=[place]), [2])
    bread = make.contract("Pain", products={"Pain complet": 450}, places=[place])
    make.subscription(anna.household, bread)
    return anna


def cells(session: Session, make: Make, person: Person) -> dict[str, Cell]:
    """Return the lines of a person's next basket by their contract."""
    row = queries.cedable_baskets(
        session, person.household_id, person.name, dt.datetime.now(dt.UTC), 24
    )[0]
    return {
        line.contract_label: (line.contract_date_id, line.contract_product_id) for line in row.lines
    }


def contents(offer: BasketOffer) -> dict[str, int]:
    return {item.contract_label: item.quantity for item in offer.items}


def cede(session: Session, make: Make, person: Person, parts: dict[Cell, int]) -> BasketOffer:
    delivery = make.coming_delivery(person)
    offer = services.offer_basket(session, Actor.of(person), delivery.id, parts=parts)
    session.commit()
    return offer


def test_one_of_two_is_ceded_then_the_rest(session: Session, make: Make, anna: Person) -> None:
    lines = cells(session, make, anna)

    first = cede(session, make, anna, {lines["Légumes"]: 1})
    second = services.offer_basket(session, Actor.of(anna), first.delivery_id)

    assert contents(first) == {"Légumes": 1}
    assert contents(second) == {"Légumes": 1, "Pain": 1}
    with pytest.raises(refusals.AlreadyOffered):
        services.offer_basket(session, Actor.of(anna), first.delivery_id)


def test_never_more_than_is_left(session: Session, make: Make, anna: Person) -> None:
    lines = cells(session, make, anna)
    cede(session, make, anna, {lines["Légumes"]: 1})

    for parts, refusal in (
        ({lines["Légumes"]: 2}, refusals.PartGone),
        ({(999, 999): 1}, refusals.PartGone),
        ({lines["Pain"]: 0}, refusals.NothingChosen),
        ({lines["Pain"]: -1}, refusals.NothingChosen),
        ({}, refusals.NothingChosen),
    ):
        with pytest.raises(refusal):
            cede(session, make, anna, parts)
    session.rollback()
    assert len(session.scalars(select(BasketOffer)).all()) == 1


def test_an_absence_offers_every_basket_of_the_range(session: Session, make: Make) -> None:
    anna = make.person("Anna")
    days = [make.thursday(weeks) for weeks in range(4)]
    make.subscription(anna.household, make.contract(dates=days))
    already = make.offer(anna)

    absence = services.offer_absence(session, Actor.of(anna), days[0], days[2], message="Vacances")

    assert [one.delivery.date for one in absence.offers] == days[1:3]
    assert {one.message for one in absence.offers} == {"Vacances"}
    assert absence.refused == [(already.delivery.date, str(refusals.AlreadyOffered.message))]


def test_an_absence_tells_what_came_too_late(
    session: Session, make: Make, clock: time_machine.Traveller
) -> None:
    anna = make.person("Anna")
    days = [make.thursday(), make.thursday(1)]
    make.subscription(anna.household, make.contract(dates=days))
    clock.move_to(dt.datetime.combine(days[0], dt.time(9), dt.UTC))

    absence = services.offer_absence(session, Actor.of(anna), days[0], days[1])

    assert [one.delivery.date for one in absence.offers] == [days[1]]
    assert [(day, "Trop tard" in reason) for day, reason in absence.refused] == [(days[0], True)]


def test_an_absence_without_basket_or_the_wrong_way_round(
    session: Session, make: Make, anna: Person
) -> None:
    day = make.thursday()
    far = day + dt.timedelta(days=services.LONGEST_ABSENCE_DAYS + 1)

    for first, last, refusal in (
        (day, day - dt.timedelta(days=1), refusals.BadRange),
        (day, far, refusals.BadRange),
        (day + dt.timedelta(days=1), day + dt.timedelta(days=5), refusals.NoBasketInRange),
    ):
        with pytest.raises(refusal):
            services.offer_absence(session, Actor.of(anna), first, last)
    with pytest.raises(NotAllowed):
        services.offer_absence(
            session, Actor.of(make.person("Eve")), day, day, household_id=anna.household_id
        )


def test_what_was_paid_is_ticked_by_the_household(session: Session, make: Make) -> None:
    anna, bruno = make.member("Anna"), make.intermittent("Bruno")
    offer = make.offer(anna)
    with pytest.raises(refusals.NobodyPays):
        services.mark_paid(session, Actor.of(anna), offer.id, paid=True)
    request = make.request(offer, bruno)
    services.accept_request(session, Actor.of(anna), request.id)

    services.mark_paid(session, Actor.of(anna), offer.id, paid=True)
    ticked = offer.paid_at
    services.mark_paid(session, Actor.of(anna), offer.id, paid=True)

    assert ticked is not None
    assert offer.paid_at == ticked
    assert offer.state is OfferState.EXCHANGED
    with pytest.raises(NotAllowed):
        services.mark_paid(session, Actor.of(bruno), offer.id, paid=False)
    services.mark_paid(session, Actor.of(anna), offer.id, paid=False)
    assert offer.paid_at is None


def test_what_the_one_paid_who_gives_back_is_not_paid_by_the_next(
    session: Session, make: Make
) -> None:
    anna, bruno = make.member("Anna"), make.intermittent("Bruno")
    offer = make.offer(anna)
    request = make.request(offer, bruno)
    services.accept_request(session, Actor.of(anna), request.id)
    services.mark_paid(session, Actor.of(anna), offer.id, paid=True)

    services.withdraw_request(session, Actor.of(bruno), request.id)

    assert offer.paid_at is None

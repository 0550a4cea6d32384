"""Two référents at once, or a member who signs meanwhile: nothing is lost, nothing is doubled."""

import datetime as dt

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import mass, rules, signing
from amapress_py.contracts.models import Operation, Subscription, SubscriptionLine
from amapress_py.contracts.operations import Act, AddDates, Cross, MoveDates
from amapress_py.deliveries.models import Delivery
from amapress_py.exchange import services as exchange
from amapress_py.exchange.models import BasketOffer
from amapress_py.exchange.rules import LIVE_STATES
from amapress_py.exchange.steps import Actor
from tests.contracts.october import FIRST, FOURTH, SECOND, october
from tests.contracts.season import Season, season
from tests.contracts.test_parallel import at_once
from tests.factories import Make

SEPTEMBER = dt.datetime(2019, 9, 15, 12, tzinfo=dt.UTC)


@pytest.fixture
def autumn(session: Session, make: Make, clock: time_machine.Traveller) -> Season:
    clock.move_to(SEPTEMBER)
    return season(session, make)


def seen(autumn: Season, act: Act) -> str:
    """Return the mark of what both saw."""
    digest = mass.preview(autumn.session, autumn.contract, act).digest
    autumn.session.rollback()
    return digest


def test_two_who_apply_the_same_at_once_apply_it_once(
    app: Flask, autumn: Season, admin: Viewer
) -> None:
    act, key = AddDates([october(32), october(39)], with_usual=True), autumn.contract.id
    digest = seen(autumn, act)

    refused = at_once(app, lambda own, _n: mass.apply(own, admin, key, "test", act, digest))

    assert refused.count(None) == 1
    assert len(autumn.book.deliveries) == 5
    assert autumn.total("A") == 5000
    assert len(autumn.session.scalars(select(Operation.id)).all()) == 1


def test_two_different_operations_at_once_are_both_whole_or_refused(
    app: Flask, autumn: Season, admin: Viewer
) -> None:
    moves = MoveDates([(autumn.dates[FOURTH], FIRST)])
    others = Cross([autumn.dates[SECOND]], [autumn.contract.products[0].id])
    acts: list[Act] = [moves, others]
    marks, key = [seen(autumn, act) for act in acts], autumn.contract.id

    refused = at_once(app, lambda own, n: mass.apply(own, admin, key, "test", acts[n], marks[n]))

    autumn.session.rollback()
    applied = autumn.session.scalars(select(Operation.said)).all()
    assert len(applied) == refused.count(None) >= 1
    days = set(autumn.book.deliveries.values())
    assert (FIRST in days) == any("déplacée" in one for one in applied)
    assert days == set(autumn.session.scalars(select(Delivery.date)))


def test_undo_at_once_undoes_once(app: Flask, autumn: Season, admin: Viewer) -> None:
    before = autumn.state()
    operation = autumn.apply(admin, AddDates([october(32)], with_usual=True))
    key, operation_id = autumn.contract.id, operation.id
    autumn.session.rollback()

    refused = at_once(app, lambda own, _n: mass.undo(own, admin, key, operation_id))

    assert sorted(map(str, refused)) == sorted(map(str, [None, rules.Stale]))
    assert autumn.state() == before


def test_who_signs_meanwhile_gets_every_line_once(
    app: Flask, autumn: Season, admin: Viewer, make: Make
) -> None:
    act, key = AddDates([october(32)], with_usual=True), autumn.contract.id
    household, place = make.person("E").household_id, autumn.contract.places[0].id
    pp = autumn.contract.products[0].id
    terms = rules.Terms(place, SECOND, october(32), {pp: 1})
    digest = seen(autumn, act)

    def one(own: Session, number: int) -> None:
        if number:
            mass.apply(own, admin, key, "test", act, digest)
        else:
            signing.sign(own, admin, key, household, terms)

    refused = at_once(app, one)

    assert refused[0] is None
    assert refused[1] in (None, mass.Outdated)
    signed = autumn.session.scalars(
        select(Subscription.id).where(Subscription.household_id == household)
    ).one()
    lines = select(func.count()).where(SubscriptionLine.subscription_id == signed)
    assert autumn.session.scalar(lines) == (4 if refused[1] is None else 3)


def test_a_basket_ceded_meanwhile_is_never_left_behind(
    app: Flask, autumn: Season, admin: Viewer
) -> None:
    act, key = MoveDates([(autumn.dates[FOURTH], october(33))]), autumn.contract.id
    delivery = autumn.session.scalars(select(Delivery.id).where(Delivery.date == FOURTH)).one()
    actor = Actor.of(autumn.persons["A"])
    digest = seen(autumn, act)

    def one(own: Session, number: int) -> None:
        if number:
            mass.apply(own, admin, key, "test", act, digest)
        else:
            exchange.offer_basket(own, actor, delivery)

    refused = at_once(app, one)

    autumn.session.rollback()
    offers = autumn.session.scalars(
        select(BasketOffer).where(BasketOffer.state.in_(LIVE_STATES))
    ).all()
    day = autumn.book.dates[autumn.dates[FOURTH]].date
    assert refused.count(None) >= 1
    assert len(offers) == (refused[0] is None)
    assert {offer.delivery.date for offer in offers} <= {day}

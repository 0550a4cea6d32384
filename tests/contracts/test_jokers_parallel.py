"""Jokers, cessions, swaps and mass operations at the same instant, on real connections."""

import datetime as dt

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import jokers, mass, rules, signing
from amapress_py.contracts.joker_rules import BasketCeded, TooManyJokers
from amapress_py.contracts.models import Joker, Operation, Subscription, SubscriptionLine
from amapress_py.contracts.operations import Act, AddDates, Cross
from amapress_py.contracts.product_operations import RemoveProduct
from amapress_py.deliveries.models import Delivery
from amapress_py.exchange import refusals
from amapress_py.exchange import services as exchange
from amapress_py.exchange.models import BasketOffer
from amapress_py.exchange.rules import LIVE_STATES
from amapress_py.exchange.steps import Actor
from tests.back_office import viewer_of
from tests.contracts.october import FOURTH, SECOND, THIRD, october
from tests.contracts.season import Season, season
from tests.contracts.test_parallel import at_once
from tests.factories import Make

SEPTEMBER = dt.datetime(2019, 9, 15, 12, tzinfo=dt.UTC)


@pytest.fixture
def autumn(session: Session, make: Make, clock: time_machine.Traveller) -> Season:
    clock.move_to(SEPTEMBER)
    return season(session, make)


def test_the_last_joker_is_set_once(app: Flask, autumn: Season) -> None:
    anna = viewer_of(autumn.session, autumn.persons["A"])
    key, days = autumn.signed["A"].id, [autumn.dates[THIRD], autumn.dates[FOURTH]]
    autumn.session.rollback()

    refused = at_once(app, lambda own, n: jokers.set_joker(own, anna, key, days[n]))

    assert sorted(map(str, refused)) == sorted(map(str, [None, TooManyJokers]))
    count = select(func.count()).where(Joker.subscription_id == key)
    assert autumn.session.scalar(count) == 1


def test_a_basket_is_skipped_or_ceded_at_once_never_both(app: Flask, autumn: Season) -> None:
    anna = viewer_of(autumn.session, autumn.persons["A"])
    key, actor = autumn.signed["A"].id, Actor.of(autumn.persons["A"])
    delivery = autumn.session.scalars(select(Delivery.id).where(Delivery.date == THIRD)).one()
    autumn.session.rollback()

    def one(own: Session, number: int) -> None:
        if number:
            jokers.set_joker(own, anna, key, autumn.dates[THIRD])
        else:
            exchange.offer_basket(own, actor, delivery)

    refused = at_once(app, one)

    assert refused in ([None, BasketCeded], [refusals.JokerSet, None])
    live = select(func.count(BasketOffer.id)).where(BasketOffer.state.in_(LIVE_STATES))
    offers = autumn.session.scalar(live)
    skipped = autumn.session.scalar(select(func.count()).where(Joker.subscription_id == key))
    assert (offers, skipped) in ((1, 0), (0, 1))


def test_two_operations_and_a_signature_at_once_lose_and_double_nothing(
    app: Flask, autumn: Season, admin: Viewer, make: Make
) -> None:
    key, pp = autumn.contract.id, autumn.contract.products[0].id
    household, place = make.person("E").household_id, autumn.contract.places[0].id
    acts: list[Act] = [
        AddDates([october(32)], with_usual=True),
        Cross([autumn.dates[SECOND]], [pp]),
        RemoveProduct(autumn.contract.products[1].id, SEPTEMBER.date()),
    ]
    marks = [mass.preview(autumn.session, autumn.contract, act).digest for act in acts]
    terms = rules.Terms(place, SECOND, FOURTH, {pp: 1})
    autumn.session.rollback()

    def one(own: Session, number: int) -> None:
        if number == len(acts):
            signing.sign(own, admin, key, household, terms)
        else:
            mass.apply(own, admin, key, "test", acts[number], marks[number])

    refused = at_once(app, one, len(acts) + 1)

    assert set(refused) <= {None, mass.Outdated, rules.Stale}
    applied = len(autumn.session.scalars(select(Operation.id)).all())
    assert applied == refused[:-1].count(None)
    assert None in refused  # who comes first is never refused
    book = autumn.book
    signed = autumn.session.scalars(
        select(Subscription.id).where(Subscription.household_id == household)
    ).all()
    assert len(signed) == (refused[-1] is None)
    lines = autumn.session.execute(
        select(SubscriptionLine.subscription_id, SubscriptionLine.contract_date_id,
               SubscriptionLine.contract_product_id)
    ).all()  # fmt: skip
    assert len(lines) == len({tuple(line) for line in lines}) == len(book.lines)
    for _owner, date_id, item_id in book.lines:
        assert date_id in book.dates
        assert item_id in book.items
    assert autumn.total("A") == sum(
        n * book.price(item, book.deliveries[date])
        for (owner, date, item), n in book.quantities.items()
        if owner == autumn.signed["A"].id
    )

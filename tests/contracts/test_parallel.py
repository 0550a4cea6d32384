"""Two who act at the same instant, on real connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import catalogue, rules, services, signing
from amapress_py.contracts.models import Producer, Subscription, SubscriptionLine
from amapress_py.contracts.services import ContractValues
from amapress_py.deliveries.models import Delivery
from amapress_py.errors import DomainError
from tests.factories import Make

BOTH = 2


def at_once(
    app: Flask, act: Callable[[Session, int], object], many: int = BOTH
) -> list[type[DomainError] | None]:
    """Let two or more do `act` in transactions of their own; return what refused each of them."""
    start = Barrier(many)

    def one(number: int) -> type[DomainError] | None:
        with app.app_context():
            start.wait()
            try:
                db.retried(lambda: in_transaction(number))
            except DomainError as refusal:
                return type(refusal)
            return None

    def in_transaction(number: int) -> None:
        with db.transaction() as session:
            act(session, number)

    with ThreadPoolExecutor(many) as pool:
        return list(pool.map(one, range(many)))


def test_a_contract_signed_twice_at_once_is_signed_once(
    app: Flask, session: Session, make: Make, admin: Viewer
) -> None:
    contract = make.contract()
    household = make.person().household_id
    day, product = contract.dates[0].date, contract.products[0].id
    terms = rules.Terms(contract.places[0].id, day, day, by_product={product: 1})
    key = contract.id
    session.rollback()

    refused = at_once(app, lambda own, _n: signing.sign(own, admin, key, household, terms))

    assert sorted(map(str, refused)) == sorted(map(str, [None, rules.AlreadySigned]))
    assert len(session.scalars(select(Subscription.id)).all()) == 1
    assert len(session.scalars(select(SubscriptionLine.quantity)).all()) == 1


def test_two_contracts_that_need_one_delivery_at_once_make_one(
    app: Flask, session: Session, make: Make, admin: Viewer, farm: Producer
) -> None:
    place_id = make.place().id
    keys = []
    for name in ("Légumes", "Pain"):
        with db.transaction():
            values = ContractValues(name, name, next(iter(rules.KINDS)), [place_id])
            keys.append(services.create_contract(session, admin, farm.id, values).id)
    day = make.thursday()

    refused = at_once(app, lambda own, n: services.add_dates(own, admin, keys[n], [day]))

    assert refused == [None, None]
    assert session.scalars(select(Delivery.date)).all() == [day]


def test_a_name_taken_at_once_is_told_to_one(app: Flask, session: Session, admin: Viewer) -> None:
    session.rollback()

    refused = at_once(app, lambda own, _n: catalogue.create_producer(own, admin, "Ferme du Lac"))

    assert sorted(map(str, refused)) == sorted(map(str, [None, rules.NameTaken]))

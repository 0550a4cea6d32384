"""What a producer delivers: on one day at one place, and on which days to come."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.contracts.models import (
    Contract,
    ContractProduct,
    ContractState,
    Producer,
    Product,
    Subscription,
    SubscriptionLine,
)
from amapress_py.contracts.queries import (
    Fetcher,
    basket_statement,
    fetchers,
    joker_statement,
    names,
)
from amapress_py.deliveries.models import Delivery, Place
from amapress_py.deliveries.queries import delivery as find_delivery
from amapress_py.errors import NotFound
from amapress_py.web import PAGE_SIZE, Listing


@dataclass(frozen=True)
class Good:
    """A product of the catalogue, whichever contracts have it."""

    id: int
    name: str
    packaging: str

    @property
    def label(self) -> str:
        """Return "Panier (5 kg)"."""
        return f"{self.name} ({self.packaging})" if self.packaging else self.name


@dataclass
class Order:
    """What one household gets of a producer on a day."""

    names: str
    sort_key: list[str]
    quantities: dict[int, int] = field(default_factory=dict)  # by product


@dataclass(frozen=True)
class ProducerSheet:
    """Everything that a producer brings to a place on a day, all his contracts together."""

    delivery: Delivery
    producer: Producer
    contracts: tuple[str, ...]
    goods: tuple[Good, ...]
    orders: tuple[Order, ...]
    jokers: tuple[str, ...]  # names

    def total(self, good_id: int) -> int:
        """Return how many of a product are brought."""
        return sum(one.quantities.get(good_id, 0) for one in self.orders)


@dataclass(frozen=True)
class Load:
    """How much of one product a producer brings to a delivery."""

    delivery_id: int
    date: dt.date
    place: str
    producer_id: int
    producer: str
    product: str
    quantity: int


@dataclass(frozen=True)
class Round:
    """One producer at one delivery, with what he brings."""

    delivery_id: int
    date: dt.date
    place: str
    producer_id: int
    producer: str
    goods: tuple[tuple[str, int], ...]


def producer_sheet(session: Session, delivery_id: int, producer_id: int) -> ProducerSheet:
    """Return the sheet of a day; raise NotFound for no such delivery or producer."""
    delivery, producer = find_delivery(session, delivery_id), session.get(Producer, producer_id)
    if delivery is None or producer is None:
        raise NotFound
    rows = session.execute(
        basket_statement()
        .with_only_columns(
            Subscription.household_id,
            Product.id,
            Product.name,
            Product.packaging,
            SubscriptionLine.quantity,
            Contract.name.label("contract"),
        )
        .where(Delivery.id == delivery_id, Contract.producer_id == producer_id)
    ).all()
    skipping = _skipping(session, delivery, producer_id)
    persons = fetchers(session, {row.household_id for row in rows} | skipping)
    orders: dict[int, Order] = {}
    goods: dict[int, Good] = {}
    for row in rows:
        goods.setdefault(row.id, Good(row.id, row.name, row.packaging))
        shared = persons.get(row.household_id, [])
        order = orders.setdefault(row.household_id, Order(names(shared), _by_name(shared)))
        order.quantities[row.id] = order.quantities.get(row.id, 0) + row.quantity
    return ProducerSheet(
        delivery,
        producer,
        tuple(dict.fromkeys(row.contract for row in rows)),
        tuple(goods.values()),
        tuple(sorted(orders.values(), key=lambda one: one.sort_key)),
        tuple(map(names, sorted((persons.get(one, []) for one in skipping), key=_by_name))),
    )


def _by_name(shared: list[Fetcher]) -> list[str]:
    return [one.sort_key for one in shared]


def _skipping(session: Session, delivery: Delivery, producer_id: int) -> set[int]:
    """Return the households with a joker on what they would have got that day."""
    of_him = joker_statement(delivery, Subscription.household_id).where(
        Contract.producer_id == producer_id
    )
    return set(session.scalars(of_him))


def loads(
    session: Session, delivery_ids: Iterable[int], scope: Collection[int] | None
) -> list[Round]:
    """Return what the producers of `scope` (None: all) bring to deliveries, in order."""
    quantity = func.sum(SubscriptionLine.quantity)
    rows = session.execute(
        basket_statement()
        .with_only_columns(
            Delivery.id.label("delivery_id"),
            Delivery.date,
            Place.name.label("place"),
            Producer.id.label("producer_id"),
            Producer.name.label("producer"),
            Product.name.label("product"),
            quantity.label("quantity"),
        )
        .join(Producer, Producer.id == Contract.producer_id)
        .join(Place, Place.id == func.coalesce(Delivery.substitute_place_id, Delivery.place_id))
        .where(
            Delivery.id.in_(list(delivery_ids)),
            true() if scope is None else Producer.id.in_(scope),
        )
        .group_by(
            Delivery.id,
            Delivery.date,
            Place.name,
            Place.sort_key,
            Producer.id,
            Producer.name,
            Producer.sort_key,
            Product.id,
            Product.name,
        )
        .order_by(None)
        .order_by(
            Delivery.date, Place.sort_key, Delivery.id, Producer.sort_key, Producer.id,
            func.min(Contract.sort_key), func.min(ContractProduct.position), Product.id,
        )
    )  # fmt: skip
    found: dict[tuple[int, int], list[Load]] = {}
    for row in rows:
        found.setdefault((row.delivery_id, row.producer_id), []).append(Load(*row))
    return [_round(of_one) for of_one in found.values()]


def _round(of_one: list[Load]) -> Round:
    first = of_one[0]
    goods = tuple((one.product, int(one.quantity)) for one in of_one)
    return Round(
        first.delivery_id, first.date, first.place, first.producer_id, first.producer, goods
    )


def own_contracts(session: Session, producers: Collection[int]) -> list[tuple[int, str]]:
    """Return ids and names of the contracts of some producers that are not archived."""
    rows = session.execute(
        select(Contract.id, Contract.name)
        .where(Contract.producer_id.in_(producers), Contract.state != ContractState.ARCHIVED)
        .order_by(Contract.sort_key)
    )
    return [(key, name) for key, name in rows]


def coming_rounds(
    session: Session, scope: Collection[int] | None, listing: Listing
) -> tuple[list[Round], int]:
    """Return one page of the deliveries to come of the producers of `scope`, and how many."""
    days = (
        basket_statement()
        .with_only_columns(Delivery.id, Delivery.date)
        .where(
            Delivery.date >= clock.today(),
            true() if scope is None else Contract.producer_id.in_(scope),
        )
        .order_by(None)
        .distinct()
    )
    total = session.scalar(select(func.count()).select_from(days.subquery())) or 0
    chosen = days.order_by(Delivery.date, Delivery.id)
    page = chosen.offset((listing.page - 1) * PAGE_SIZE).limit(PAGE_SIZE)
    return loads(session, [row.id for row in session.execute(page)], scope), total

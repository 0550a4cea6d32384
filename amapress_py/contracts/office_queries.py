"""What the office lists: producers, contracts, who signed, the journal of mass operations."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, and_, distinct, exists, func, or_, select, true
from sqlalchemy.orm import Session, aliased, joinedload

from amapress_py.accounts.models import Person
from amapress_py.accounts.queries import matches
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import rules
from amapress_py.contracts.claims import Cell
from amapress_py.contracts.models import (
    Bar,
    Contract,
    ContractDate,
    ContractPrice,
    ContractProduct,
    ContractState,
    Operation,
    Producer,
    Product,
    Subscription,
    SubscriptionLine,
    contract_place,
)
from amapress_py.contracts.queries import Rows, Statement, basket_statement
from amapress_py.deliveries.models import Delivery, Place
from amapress_py.errors import NotAllowed, NotFound
from amapress_py.i18n import search_key
from amapress_py.web import PAGE_SIZE, Listing


def producer_choices(session: Session, viewer: Viewer) -> list[tuple[int, str]]:
    """Return ids and names of the producers that the viewer may act for."""
    rows = session.execute(select(Producer.id, Producer.name).order_by(Producer.sort_key))
    return [(key, name) for key, name in rows if rules.may_edit(viewer, key)]


def _in_scope(viewer: Viewer) -> ColumnElement[bool]:
    scope = rules.producers_in_scope(viewer)
    return true() if scope is None else Producer.id.in_(scope)


def _with_words(column: ColumnElement[str], words: str) -> ColumnElement[bool]:
    return and_(
        true(), *(column.contains(word, autoescape=True) for word in search_key(words).split())
    )


def _count(session: Session, statement: Statement) -> int:
    return (
        session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    )


def _page(
    session: Session,
    statement: Statement,
    listing: Listing,
    orders: Mapping[str, ColumnElement[Any]],
    key: ColumnElement[int],
) -> Rows:
    order = orders[listing.sort]
    first = next(iter(orders.values()))
    return session.execute(
        statement.order_by(order.desc() if listing.descending else order, first, key)
        .offset((listing.page - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE)
    ).all()


def producers(session: Session, viewer: Viewer, listing: Listing) -> tuple[Rows, int]:
    """Return one page of (id, name, contracts, products), and how many there are in all."""
    statement = select(
        Producer.id,
        Producer.name,
        select(func.count())
        .where(Contract.producer_id == Producer.id)
        .scalar_subquery()
        .label("contracts"),
        select(func.count())
        .where(Product.producer_id == Producer.id)
        .scalar_subquery()
        .label("products"),
    ).where(_in_scope(viewer), _with_words(Producer.sort_key.expression, listing.words))
    orders = {"nom": Producer.sort_key.expression}
    rows = _page(session, statement, listing, orders, Producer.id.expression)
    return rows, _count(session, statement)


def catalogue(session: Session, producer_id: int) -> Sequence[Product]:
    """Return a producer's products, sorted without accents."""
    found = session.scalars(select(Product).where(Product.producer_id == producer_id)).all()
    return sorted(found, key=lambda one: (search_key(one.name), one.id))


def contracts(
    session: Session, viewer: Viewer, listing: Listing, states: Collection[ContractState]
) -> tuple[Rows, int]:
    """Return one page of the contracts in the viewer's scope, and how many there are."""
    dates = select(ContractDate.date).where(ContractDate.contract_id == Contract.id)
    statement = (
        select(
            Contract.id,
            Contract.name,
            Contract.kind,
            Contract.state,
            Contract.producer_id,
            Producer.name.label("producer"),
            dates.with_only_columns(func.min(ContractDate.date)).scalar_subquery().label("first"),
            dates.with_only_columns(func.max(ContractDate.date)).scalar_subquery().label("last"),
            select(func.count())
            .where(Subscription.contract_id == Contract.id)
            .scalar_subquery()
            .label("signed"),
        )
        .join(Producer, Producer.id == Contract.producer_id)
        .where(
            _in_scope(viewer),
            _with_words(Contract.sort_key + " " + Producer.sort_key, listing.words),
            Contract.state.in_(states),
        )
    )
    orders: Mapping[str, ColumnElement[Any]] = {
        "nom": Contract.sort_key.expression,
        "producteur": Producer.sort_key.expression,
    }
    rows = _page(session, statement, listing, orders, Contract.id.expression)
    return rows, _count(session, statement)


def contract(session: Session, viewer: Viewer, contract_id: int) -> Contract:
    """Return a contract with its producer; raise NotFound, or NotAllowed out of scope."""
    return _readable(viewer, any_contract(session, contract_id))


def open_contracts(session: Session, viewer: Viewer) -> list[tuple[int, str]]:
    """Return ids and names of the active contracts to which the viewer adds signed ones."""
    rows = session.execute(
        select(Contract.id, Contract.name)
        .join(Producer, Producer.id == Contract.producer_id)
        .where(_in_scope(viewer), Contract.state == ContractState.OPEN)
        .order_by(Contract.sort_key, Contract.id)
    )
    return [(key, name) for key, name in rows]


def any_contract(session: Session, contract_id: int) -> Contract | None:
    """Return a contract with its producer, whoever asks; None if there is none."""
    return session.scalar(
        select(Contract)
        .options(joinedload(Contract.producer, innerjoin=True))
        .where(Contract.id == contract_id)
    )


def _readable(viewer: Viewer, found: Contract | None) -> Contract:
    if found is None:
        raise NotFound
    if not rules.may_read(viewer, found.producer_id):
        raise NotAllowed
    return found


def contract_at_a_glance(
    session: Session, viewer: Viewer, contract_id: int
) -> tuple[Contract, int, bool]:
    """Return a contract with producer and places, how many signed it, and whether it is the last.

    The last of its series: no other contract in use with the producer has that short name.
    """
    other = aliased(Contract)
    signed = select(func.count()).where(Subscription.contract_id == Contract.id)
    goes_on = exists().where(
        other.producer_id == Contract.producer_id,
        other.label == Contract.label,
        other.id != Contract.id,
        other.state != ContractState.ARCHIVED,
    )
    row = session.execute(
        select(
            Contract,
            signed.scalar_subquery().correlate(Contract),
            goes_on.correlate(Contract),
        )
        .options(joinedload(Contract.producer, innerjoin=True), joinedload(Contract.places))
        .where(Contract.id == contract_id)
    ).unique().one_or_none()  # fmt: skip
    found, count, has_others = row if row is not None else (None, 0, False)
    return _readable(viewer, found), count, not has_others


def bars(session: Session, contract_id: int) -> set[Cell]:
    """Return the crossed-out cells of a contract."""
    rows = session.execute(
        select(Bar.contract_date_id, Bar.contract_product_id)
        .join(ContractProduct, ContractProduct.id == Bar.contract_product_id)
        .where(ContractProduct.contract_id == contract_id)
    )
    return {(date_id, product_id) for date_id, product_id in rows}


def contract_dates(session: Session, contract_id: int) -> Rows:
    """Return (id, date, kind, baskets) of a contract's dates, in order."""
    signed = select(func.count(distinct(SubscriptionLine.subscription_id))).where(
        SubscriptionLine.contract_date_id == ContractDate.id
    )
    return session.execute(
        select(
            ContractDate.id,
            ContractDate.date,
            ContractDate.kind,
            signed.scalar_subquery().label("signed"),
        )
        .where(ContractDate.contract_id == contract_id)
        .order_by(ContractDate.date)
    ).all()


def contract_products(session: Session, contract_id: int) -> Rows:
    """Return the products of a contract in order: names, first and last price, days, quota.

    (id, product_id, name, packaging, position, cents, last_cents, weekday, weeks, most_a_date)
    """
    prices = select(ContractPrice.cents).where(
        ContractPrice.contract_product_id == ContractProduct.id
    )
    cents = prices.order_by(ContractPrice.from_date).limit(1)
    last_cents = prices.order_by(ContractPrice.from_date.desc()).limit(1)
    return session.execute(
        select(
            ContractProduct.id,
            ContractProduct.product_id,
            Product.name,
            Product.packaging,
            ContractProduct.position,
            cents.scalar_subquery().label("cents"),
            last_cents.scalar_subquery().label("last_cents"),
            ContractProduct.weekday,
            ContractProduct.weeks,
            ContractProduct.most_a_date,
        )
        .join(Product, Product.id == ContractProduct.product_id)
        .where(ContractProduct.contract_id == contract_id)
        .order_by(ContractProduct.position, ContractProduct.id)
    ).all()


def count_signed(session: Session, contract_id: int) -> int:
    """Return how many households signed a contract."""
    statement = select(func.count()).where(Subscription.contract_id == contract_id)
    return session.scalar(statement) or 0


def _coordinated(viewer: Viewer) -> ColumnElement[bool]:
    keys = rules.coordinated(viewer)
    return true() if keys is None else Contract.id.in_(keys)


def signed(
    session: Session, viewer: Viewer, listing: Listing, contract_id: int | None = None
) -> tuple[Rows, int]:
    """Return one page of the signed contracts in the viewer's scope, and how many there are."""
    in_household = Person.household_id == Subscription.household_id
    key = select(func.min(Person.sort_key)).where(in_household).scalar_subquery()
    statement = (
        select(
            Subscription.id,
            Subscription.household_id,
            Subscription.contract_id,
            Contract.name.label("contract"),
            Contract.producer_id,
            Place.name.label("place"),
            Subscription.starts_on,
            Subscription.ends_on,
        )
        .join(Contract, Contract.id == Subscription.contract_id)
        .join(Producer, Producer.id == Contract.producer_id)
        .join(Place, Place.id == Subscription.place_id)
        .where(
            or_(_in_scope(viewer), _coordinated(viewer)),
            exists().where(in_household, matches(listing.words)),
            true() if contract_id is None else Subscription.contract_id == contract_id,
        )
    )
    orders: Mapping[str, ColumnElement[Any]] = {
        "noms": key,
        "contrat": Contract.sort_key.expression,
        "lieu": Place.sort_key.expression,
        "debut": Subscription.starts_on.expression,
    }
    rows = _page(session, statement, listing, orders, Subscription.id.expression)
    return rows, _count(session, statement)


def subscription(
    session: Session, viewer: Viewer, subscription_id: int, *, or_own: bool = False
) -> Subscription:
    """Return a signed contract with contract and places; raise NotFound, NotAllowed out of scope.

    With `or_own`, the household that signed it is in scope too.
    """
    rows = session.scalars(
        select(Subscription)
        .options(joinedload(Subscription.contract, innerjoin=True).joinedload(Contract.places))
        .where(Subscription.id == subscription_id)
    )
    found = rows.unique().one_or_none()
    if found is None:
        raise NotFound
    is_own = or_own and found.household_id == viewer.household_id
    if not is_own and not rules.may_read(viewer, found.contract.producer_id):
        raise NotAllowed
    return found


def who_may_sign(session: Session, contract_id: int, listing: Listing) -> tuple[Rows, int]:
    """Return one page of (household_id, key): active households that have not signed."""
    has_signed = exists().where(
        Subscription.contract_id == contract_id, Subscription.household_id == Person.household_id
    )
    statement = (
        select(Person.household_id, func.min(Person.sort_key).label("key"))
        .where(Person.is_active, ~has_signed, matches(listing.words))
        .group_by(Person.household_id)
    )
    orders = {"noms": func.min(Person.sort_key)}
    rows = _page(session, statement, listing, orders, Person.household_id.expression)
    return rows, _count(session, statement)


def producer_names(session: Session) -> list[tuple[int, str]]:
    """Return every producer, in order of names."""
    rows = session.execute(select(Producer.id, Producer.name).order_by(Producer.sort_key))
    return [(key, name) for key, name in rows]


def contract_names(session: Session) -> list[tuple[int, str]]:
    """Return every contract, in order of names."""
    rows = session.execute(select(Contract.id, Contract.name).order_by(Contract.sort_key))
    return [(key, name) for key, name in rows]


# ----- Mass operations


@dataclass(frozen=True)
class Contact:
    """How a household is reached."""

    names: str
    emails: tuple[str, ...]
    phones: tuple[str, ...]


_CONTACT = (
    Person.household_id,
    Person.first_name,
    Person.last_name,
    Person.email,
    Person.phone,
)


def contacts(session: Session, household_ids: Iterable[int]) -> dict[int, Contact]:
    """Return names, addresses and telephones of households, in one statement."""
    rows = session.execute(
        select(*_CONTACT)
        .where(Person.household_id.in_(list(household_ids)), Person.is_active)
        .order_by(Person.sort_key, Person.id)
    )
    return _by_household(rows)


def _by_household(rows: Iterable[Any]) -> dict[int, Contact]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.household_id, []).append(row)
    return {
        key: Contact(
            ", ".join(f"{one.first_name} {one.last_name}".strip() or "?" for one in persons),
            tuple(one.email for one in persons if one.email),
            tuple(one.phone for one in persons if one.phone),
        )
        for key, persons in found.items()
    }


def operations(session: Session, contract_id: int) -> Rows:
    """Return the journal of a contract's mass operations, the latest first."""
    undoer = aliased(Person)
    return session.execute(
        select(
            Operation.id,
            Operation.said,
            Operation.applied_at,
            (Person.first_name + " " + Person.last_name).label("by"),
            Operation.undone_at,
            (undoer.first_name + " " + undoer.last_name).label("undone_by"),
        )
        .outerjoin(Person, Person.id == Operation.applied_by_id)
        .outerjoin(undoer, undoer.id == Operation.undone_by_id)
        .where(Operation.contract_id == contract_id)
        .order_by(Operation.id.desc())
    ).all()


@dataclass(frozen=True)
class Other:
    """Another contract whose baskets are handed out at the same delivery, and to whom."""

    name: str
    producer_id: int
    household_ids: tuple[int, ...]


def people_at(
    session: Session, contract_id: int, day: dt.date, place_id: int
) -> tuple[list[Other], dict[int, Contact]]:
    """Return the other contracts with baskets on a day at a place, and who fetches any of them."""
    rows = session.execute(
        basket_statement()
        .with_only_columns(
            Contract.sort_key,
            Contract.id.label("contract_id"),
            Contract.name,
            Contract.producer_id,
            Person.sort_key.label("person_key"),
            Person.id,
            *_CONTACT,
        )
        .join(Person, Person.household_id == Subscription.household_id)
        .where(Delivery.date == day, Delivery.place_id == place_id, Person.is_active)
        .order_by(None)
        .order_by(Contract.sort_key, Contract.id, Person.sort_key, Person.id)
        .distinct()
    ).all()
    others = [
        Other(name, producer_id, tuple(dict.fromkeys(row.household_id for row in of_one)))
        for (key, name, producer_id), of_one in groupby(rows, lambda row: tuple(row[1:4]))
        if key != contract_id
    ]
    return others, _by_household({row.id: row for row in rows}.values())


def places_of(session: Session, contract_id: int) -> tuple[dict[int, str], list[int]]:
    """Return the names of all places, and which are the contract's."""
    is_here = exists().where(
        contract_place.c.place_id == Place.id, contract_place.c.contract_id == contract_id
    )
    rows = session.execute(select(Place.id, Place.name, is_here).order_by(Place.sort_key)).all()
    return {row[0]: row[1] for row in rows}, [row[0] for row in rows if row[2]]

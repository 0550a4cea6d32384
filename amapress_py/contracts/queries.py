"""What is asked of contracts; the one definition of a basket."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Row,
    Select,
    and_,
    bindparam,
    distinct,
    exists,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session, aliased, joinedload

from amapress_py import clock
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
    DateKind,
    Joker,
    Operation,
    Producer,
    Product,
    Subscription,
    SubscriptionLine,
    contract_place,
)
from amapress_py.deliveries.baskets import BasketSummary
from amapress_py.deliveries.models import Delivery, Place
from amapress_py.errors import NotAllowed, NotFound
from amapress_py.i18n import counted, search_key
from amapress_py.money import Cents
from amapress_py.web import PAGE_SIZE, Listing

Rows = Sequence[Row[*tuple[Any, ...]]]
Statement = Select[*tuple[Any, ...]]
TODAY = bindparam("today_in_paris", callable_=clock.today, type_=Date)


@dataclass(frozen=True)
class BasketLine:
    """One product that a household fetches at a delivery; the price is of one, in cents."""

    delivery_id: int
    household_id: int
    subscription_id: int
    contract_date_id: int
    contract_product_id: int
    contract_id: int
    contract_label: str
    product_label: str
    quantity: int
    price_cents: Cents

    @property
    def label(self) -> str:
        """Return "1/2 Panier", or "2 × 1/2 Panier"."""
        return counted(self.quantity, self.product_label)


def price_on_date() -> ColumnElement[int]:
    """Return the price (cents, of one) in force on a contract date."""
    return (
        select(ContractPrice.cents)
        .where(
            ContractPrice.contract_product_id == ContractProduct.id,
            ContractPrice.from_date <= ContractDate.date,
        )
        .order_by(ContractPrice.from_date.desc())
        .limit(1)
        .correlate(ContractProduct, ContractDate)
        .scalar_subquery()
    )


def basket_statement() -> Statement:
    """Select every line of every basket, in BasketLine's order; callers narrow it.

    A basket (spec 00) is the non-zero lines of a household's subscriptions on a date at a place,
    jokers and barred cells excluded, between the subscription's first and last day.
    """
    return (
        select(
            Delivery.id,
            Subscription.household_id,
            Subscription.id,
            ContractDate.id,
            ContractProduct.id,
            Contract.id,
            Contract.label,
            Product.name,
            SubscriptionLine.quantity,
            func.coalesce(price_on_date(), 0),
        )
        .select_from(SubscriptionLine)
        .join(Subscription, Subscription.id == SubscriptionLine.subscription_id)
        .join(ContractDate, ContractDate.id == SubscriptionLine.contract_date_id)
        .join(ContractProduct, ContractProduct.id == SubscriptionLine.contract_product_id)
        .join(Product, Product.id == ContractProduct.product_id)
        .join(Contract, Contract.id == Subscription.contract_id)
        .join(
            Delivery,
            and_(Delivery.date == ContractDate.date, Delivery.place_id == Subscription.place_id),
        )
        .where(
            ContractDate.kind == DateKind.DELIVERY,
            ContractDate.date.between(Subscription.starts_on, Subscription.ends_on),
            ~exists().where(
                Joker.subscription_id == Subscription.id,
                Joker.contract_date_id == ContractDate.id,
            ),
            ~exists().where(
                Bar.contract_date_id == ContractDate.id,
                Bar.contract_product_id == ContractProduct.id,
            ),
        )
        .order_by(Contract.sort_key, ContractProduct.position, ContractProduct.id)
    )


def basket_lines(
    session: Session, delivery_ids: Iterable[int], household_ids: Iterable[int] | None = None
) -> list[BasketLine]:
    """Return the lines of the baskets at some deliveries (of some households)."""
    statement = basket_statement().where(Delivery.id.in_(list(delivery_ids)))
    if household_ids is not None:
        statement = statement.where(Subscription.household_id.in_(list(household_ids)))
    return [BasketLine(*row) for row in session.execute(statement)]


def has_live_contract(household_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Tell whether a household has a contract that is not over: what makes a member."""
    return exists().where(Subscription.household_id == household_id, Subscription.ends_on >= TODAY)


def viewer_flags() -> Mapping[str, ColumnElement[Any]]:
    """Return what this domain tells of a viewer."""
    return {"is_member": has_live_contract(Person.household_id.expression)}


# ----- Lists and forms of the back office


@dataclass(frozen=True)
class Fetcher:
    """One of the persons who share a basket."""

    name: str
    phones: tuple[str, ...]
    sort_key: str


@dataclass(frozen=True)
class GridCell:
    """One product on one date of a contract, and what a signed contract has there."""

    date_id: int
    date: dt.date
    product_id: int
    product: str
    price_cents: Cents | None
    is_barred: bool
    quantity: int


@dataclass(frozen=True)
class SignedTotal:
    """How many deliveries a signed contract has, and what they cost."""

    deliveries: int = 0
    cents: Cents = 0


def fetchers(session: Session, household_ids: Iterable[int]) -> dict[int, list[Fetcher]]:
    """Return who shares each household, sorted; the inactive ones only if nobody else does."""
    rows = session.execute(
        select(
            Person.household_id,
            Person.first_name,
            Person.last_name,
            Person.email,
            Person.phone,
            Person.other_phone,
            Person.sort_key,
            Person.is_active,
        )
        .where(Person.household_id.in_(list(household_ids)))
        .order_by(Person.sort_key, Person.id)
    ).all()
    lively = {row.household_id for row in rows if row.is_active}
    found: dict[int, list[Fetcher]] = {}
    for row in rows:
        if row.is_active or row.household_id not in lively:
            name = f"{row.first_name} {row.last_name}".strip() or row.email or "?"
            phones = tuple(filter(None, (row.phone, row.other_phone)))
            found.setdefault(row.household_id, []).append(Fetcher(name, phones, row.sort_key))
    return found


def names(persons: Iterable[Fetcher]) -> str:
    """Return "Anna Dupont, Paul Durand"."""
    return ", ".join(one.name for one in persons)


def joker_statement(delivery: Delivery | type[Delivery], *columns: Any) -> Statement:
    """Select of the signed contracts whose joker skips what a delivery would have brought.

    `Delivery` itself stands for every delivery: the caller selects and narrows it.
    """
    cell = and_(
        SubscriptionLine.subscription_id == Subscription.id,
        SubscriptionLine.contract_date_id == ContractDate.id,
    )
    is_barred = exists().where(
        Bar.contract_date_id == SubscriptionLine.contract_date_id,
        Bar.contract_product_id == SubscriptionLine.contract_product_id,
    )
    return (
        select(*columns)
        .select_from(Subscription)
        .join(Joker, Joker.subscription_id == Subscription.id)
        .join(ContractDate, ContractDate.id == Joker.contract_date_id)
        .join(Contract, Contract.id == Subscription.contract_id)
        .where(
            ContractDate.date == delivery.date,
            Subscription.place_id == delivery.place_id,
            ContractDate.date.between(Subscription.starts_on, Subscription.ends_on),
            exists().where(cell, ~is_barred),
        )
    )


def has_joker(session: Session, delivery_id: int, household_id: int) -> bool:
    """Tell whether a household skips something of a delivery by joker."""
    delivery = session.get(Delivery, delivery_id)
    if delivery is None:
        return False
    skipped = joker_statement(delivery, Subscription.id)
    own = skipped.where(Subscription.household_id == household_id)
    return session.scalar(own.limit(1)) is not None


def basket_counts(session: Session, delivery_ids: Iterable[int]) -> dict[int, int]:
    """Return the number of baskets of each delivery; none: absent."""
    counts = (
        basket_statement()
        .with_only_columns(Delivery.id, func.count(distinct(Subscription.household_id)))
        .where(Delivery.id.in_(list(delivery_ids)))
        .order_by(None)
        .group_by(Delivery.id)
    )
    return {key: int(count) for key, count in session.execute(counts)}


def basket_summaries(session: Session, delivery_id: int) -> list[BasketSummary]:
    """Return the baskets of a delivery, in order of names."""
    contents: dict[int, list[str]] = {}
    for line in basket_lines(session, [delivery_id]):
        contents.setdefault(line.household_id, []).append(f"{line.contract_label} : {line.label}")
    persons = fetchers(session, contents)
    households = sorted(contents, key=lambda key: [one.sort_key for one in persons.get(key, [])])
    return [
        BasketSummary(key, names(persons.get(key, [])), tuple(contents[key])) for key in households
    ]


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
    """Return the products of a contract in order: names, first price, days, quota.

    (id, product_id, name, packaging, position, cents, weekday, weeks, most_a_date)
    """
    cents = (
        select(ContractPrice.cents)
        .where(ContractPrice.contract_product_id == ContractProduct.id)
        .order_by(ContractPrice.from_date)
        .limit(1)
    )
    return session.execute(
        select(
            ContractProduct.id,
            ContractProduct.product_id,
            Product.name,
            Product.packaging,
            ContractProduct.position,
            cents.scalar_subquery().label("cents"),
            ContractProduct.weekday,
            ContractProduct.weeks,
            ContractProduct.most_a_date,
        )
        .join(Product, Product.id == ContractProduct.product_id)
        .where(ContractProduct.contract_id == contract_id)
        .order_by(ContractProduct.position, ContractProduct.id)
    ).all()


def grid_cells(
    session: Session, contract_id: int, subscription_id: int | None = None
) -> list[GridCell]:
    """Return every cell (date × product) of a contract, by date, in order of the products."""
    line = and_(
        SubscriptionLine.subscription_id == (subscription_id or 0),
        SubscriptionLine.contract_date_id == ContractDate.id,
        SubscriptionLine.contract_product_id == ContractProduct.id,
    )
    is_barred = exists().where(
        Bar.contract_date_id == ContractDate.id, Bar.contract_product_id == ContractProduct.id
    )
    rows = session.execute(
        select(
            ContractDate.id,
            ContractDate.date,
            ContractProduct.id,
            Product.name,
            price_on_date(),
            is_barred.correlate(ContractDate, ContractProduct),
            func.coalesce(SubscriptionLine.quantity, 0),
        )
        .select_from(ContractDate)
        .join(ContractProduct, ContractProduct.contract_id == ContractDate.contract_id)
        .join(Product, Product.id == ContractProduct.product_id)
        .outerjoin(SubscriptionLine, line)
        .where(ContractDate.contract_id == contract_id, ContractDate.kind == DateKind.DELIVERY)
        .order_by(ContractDate.date, ContractProduct.position, ContractProduct.id)
    )
    return [GridCell(*row) for row in rows]


def by_date(cells: Iterable[GridCell]) -> list[tuple[dt.date, list[GridCell]]]:
    """Return the rows of the grid: each date with its cells in order of the products."""
    return [(day, list(row)) for day, row in groupby(cells, lambda cell: cell.date)]


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


def signed_totals(session: Session, subscription_ids: Iterable[int]) -> dict[int, SignedTotal]:
    """Return deliveries and price of signed contracts, less jokers and crossed-out cells."""
    totals = (
        basket_statement()
        .with_only_columns(
            Subscription.id,
            func.count(distinct(ContractDate.id)),
            func.sum(SubscriptionLine.quantity * func.coalesce(price_on_date(), 0)),
        )
        .where(Subscription.id.in_(list(subscription_ids)))
        .order_by(None)
        .group_by(Subscription.id)
    )
    return {key: SignedTotal(count, int(cents)) for key, count, cents in session.execute(totals)}


def subscription(
    session: Session, viewer: Viewer, subscription_id: int, *, or_own: bool = False
) -> Subscription:
    """Return a signed contract with its contract; raise NotFound, or NotAllowed out of scope.

    With `or_own`, the household that signed it is in scope too.
    """
    found = session.scalar(
        select(Subscription)
        .options(joinedload(Subscription.contract, innerjoin=True))
        .where(Subscription.id == subscription_id)
    )
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

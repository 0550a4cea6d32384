"""The one definition of a basket, and what is counted from it."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
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
    select,
)
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.accounts.models import Person
from amapress_py.contracts.models import (
    Bar,
    Contract,
    ContractDate,
    ContractPrice,
    ContractProduct,
    ContractState,
    DateKind,
    Joker,
    Product,
    Subscription,
    SubscriptionLine,
    contract_place,
)
from amapress_py.deliveries.baskets import BasketSummary
from amapress_py.deliveries.models import Delivery
from amapress_py.i18n import counted
from amapress_py.money import Cents

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


# ----- Who shares a basket, what a contract holds for them


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


def is_named(*states: ContractState, at: type[Delivery] = Delivery) -> ColumnElement[bool]:
    """Tell whether a contract (in one of some states) delivers on that day at that place.

    A date whose cells are all crossed out is no delivery.
    """
    conditions = [
        ContractDate.date == at.date,
        ContractDate.kind == DateKind.DELIVERY,
        contract_place.c.contract_id == ContractDate.contract_id,
        contract_place.c.place_id == at.place_id,
        delivers(),
    ]
    if states:
        conditions += [Contract.id == ContractDate.contract_id, Contract.state.in_(states)]
    return exists().where(*conditions)


def delivers() -> ColumnElement[bool]:
    """Tell whether a contract date has a product that is not crossed out."""
    crossed = exists().where(
        Bar.contract_date_id == ContractDate.id, Bar.contract_product_id == ContractProduct.id
    )
    return (
        exists()
        .where(
            ContractProduct.contract_id == ContractDate.contract_id,
            ~crossed.correlate(ContractDate, ContractProduct),
        )
        .correlate(ContractDate)
    )

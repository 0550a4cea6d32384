"""What everybody may know of producers: who they are, what they offer now, at what price."""

import datetime as dt
from dataclasses import dataclass, field
from functools import lru_cache

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, true
from sqlalchemy.orm import Session

from amapress_py import clock, db
from amapress_py.contracts.models import (
    Billing,
    Contract,
    ContractDate,
    ContractKind,
    ContractPrice,
    ContractProduct,
    ContractState,
    DateKind,
    Producer,
    Product,
)
from amapress_py.contracts.queries import TODAY, Statement
from amapress_py.i18n import search_key
from amapress_py.money import Cents


@dataclass(frozen=True)
class Item:
    """A product as a contract offers it; the price is of one, None if it is not set yet."""

    name: str
    packaging: str
    by_weight: bool
    cents: Cents | None


@dataclass
class Season:
    """A contract that is delivered now or soon."""

    id: int
    name: str
    label: str
    kind: ContractKind
    first: dt.date
    last: dt.date
    deadline: dt.date | None
    products: list[Item] = field(default_factory=list)

    @property
    def can_be_signed(self) -> bool:
        """Tell whether members may still enrol."""
        return self.deadline is None or clock.today() <= self.deadline


@dataclass
class Farm:
    """A producer with what he offers."""

    id: int
    name: str
    presentation: str
    seasons: list[Season] = field(default_factory=list)


def farms(
    session: Session, producer: str = "", contract: str = "", *, also_idle: bool = False
) -> list[Farm]:
    """Return the producers with an open contract that is not over, sorted (two statements).

    `producer` is a number or a part of the name, `contract` a part of a contract's name (case and
    accents ignored); `also_idle`: those without a contract too.
    """
    found: dict[int, Farm] = {}
    seasons: dict[int, Season] = {}
    for key, name, presentation, *about in db.read(
        session, _seasons(producer.strip(), search_key(contract)), {}
    ):
        farm = found.setdefault(key, Farm(key, name, presentation))
        if about[0] is not None:
            seasons[about[0]] = Season(*about)
            farm.seasons.append(seasons[about[0]])
    for contract_id, name, packaging, billing, cents in db.read(
        session, _items(), {"contract_ids": list(seasons)}
    ):
        item = Item(name, packaging, billing is Billing.WEIGHT, cents)
        seasons[contract_id].products.append(item)
    return [one for one in found.values() if one.seasons or also_idle]


@lru_cache(maxsize=64)
def _seasons(producer: str, contract: str) -> Statement:
    first, last = func.min(ContractDate.date), func.max(ContractDate.date)
    dates = (
        select(ContractDate.contract_id, first.label("first"), last.label("last"))
        .where(ContractDate.kind == DateKind.DELIVERY)
        .group_by(ContractDate.contract_id)
        .having(last >= TODAY)
        .subquery("dates")
    )
    current = (
        select(
            Contract.id,
            Contract.producer_id,
            Contract.name,
            Contract.label,
            Contract.kind,
            Contract.deadline,
            Contract.sort_key,
            dates.c.first,
            dates.c.last,
        )
        .join(dates, dates.c.contract_id == Contract.id)
        .where(Contract.state == ContractState.OPEN, _named(Contract.sort_key.expression, contract))
        .subquery("current")
    )
    return (
        select(
            Producer.id,
            Producer.name,
            Producer.presentation,
            current.c.id,
            current.c.name,
            current.c.label,
            current.c.kind,
            current.c.first,
            current.c.last,
            current.c.deadline,
        )
        .outerjoin(current, current.c.producer_id == Producer.id)
        .where(_is_called(producer))
        .order_by(Producer.sort_key, Producer.id, current.c.sort_key, current.c.id)
    )


@lru_cache(maxsize=1)
def _items() -> Statement:
    price = (
        select(ContractPrice.cents)
        .where(ContractPrice.contract_product_id == ContractProduct.id)
        .limit(1)
        .correlate(ContractProduct)
    )
    now = price.where(ContractPrice.from_date <= TODAY).order_by(ContractPrice.from_date.desc())
    at_first = price.order_by(ContractPrice.from_date)
    return (
        select(
            ContractProduct.contract_id,
            Product.name,
            Product.packaging,
            Product.billing,
            func.coalesce(now.scalar_subquery(), at_first.scalar_subquery()),
        )
        .join(Product, Product.id == ContractProduct.product_id)
        .where(ContractProduct.contract_id.in_(bindparam("contract_ids", expanding=True)))
        .order_by(ContractProduct.position, ContractProduct.id)
    )


def _is_called(words: str) -> ColumnElement[bool]:
    if not words:
        return true()
    named = _named(Producer.sort_key.expression, words)
    is_number = words.isdecimal() and len(words) < 10
    return or_(Producer.id == int(words), named) if is_number else named


def _named(column: ColumnElement[str], words: str) -> ColumnElement[bool]:
    return and_(
        true(), *(column.contains(word, autoescape=True) for word in search_key(words).split())
    )

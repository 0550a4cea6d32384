"""Who arrived at a delivery of a contract, who skips it, who takes it on another day."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    Date,
    Integer,
    and_,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from amapress_py.contracts import joker_rules
from amapress_py.contracts.models import (
    Bar,
    Contract,
    ContractDate,
    ContractProduct,
    DateKind,
    Joker,
    Subscription,
    SubscriptionLine,
    Swap,
)
from amapress_py.contracts.office_queries import Contact, contacts


@dataclass(frozen=True)
class Told:
    """A signed contract in a report; the day is the start, or the other day of a swap."""

    subscription_id: int
    household_id: int
    day: dt.date | None = None
    jokers: int = 0


@dataclass(frozen=True)
class Report:
    """What is known of one delivery of a contract; people are contacts by household."""

    late: list[Told] = field(default_factory=list)
    jokers: list[Told] = field(default_factory=list)
    went: list[Told] = field(default_factory=list)  # the basket is taken on `day`
    came: list[Told] = field(default_factory=list)  # the basket is that of `day`
    irregular: list[Told] = field(default_factory=list)  # too few or too many jokers, whenever
    people: Mapping[int, Contact] = field(default_factory=dict)


def report(session: Session, contract: Contract, date_id: int) -> Report:
    """Return who arrives at a contract date, who has a joker there, and who is swapped."""
    lists: dict[str, list[Told]] = {kind: [] for kind in ("late", "joker", "went", "came", "rules")}
    every = union_all(
        _late(contract.id, date_id),
        _jokers(date_id),
        _swaps("went", Swap.from_date_id, Swap.to_date_id, date_id),
        _swaps("came", Swap.to_date_id, Swap.from_date_id, date_id),
        _irregular(contract),
    )
    rows: Any = session.execute(every)
    for kind, subscription_id, household_id, day, count in rows:
        lists[kind].append(Told(subscription_id, household_id, day, count))
    households = {one.household_id for told in lists.values() for one in told}
    people = contacts(session, households) if households else {}
    order = {key: place for place, key in enumerate(people)}
    for told in lists.values():
        told.sort(key=lambda one: order.get(one.household_id, len(order)))
    return Report(
        lists["late"], lists["joker"], lists["went"], lists["came"], lists["rules"], people
    )


def late_joiners(session: Session, contract_id: int, date_id: int) -> list[int]:
    """Return the signed contracts whose first basket is on a date, the season being under way."""
    return [row[1] for row in session.execute(_late(contract_id, date_id))]


def jokers_at(session: Session, date_id: int) -> list[int]:
    """Return the signed contracts that skip what a date would have brought."""
    return [row[1] for row in session.execute(_jokers(date_id))]


def _row(kind: str, day: Any = None, count: Any = None) -> tuple[Any, ...]:
    nothing = cast(null(), Date) if day is None else day
    number = cast(literal(0), Integer) if count is None else count
    return literal(kind), Subscription.id, Subscription.household_id, nothing, number


def _got(date: Any) -> Any:
    """Tell whether a line is handed out on its date: covered, not crossed out."""
    is_barred = exists().where(
        Bar.contract_date_id == SubscriptionLine.contract_date_id,
        Bar.contract_product_id == SubscriptionLine.contract_product_id,
    )
    return and_(
        date.kind == DateKind.DELIVERY,
        date.date.between(Subscription.starts_on, Subscription.ends_on),
        ~is_barred,
    )


def _late(contract_id: int, date_id: int) -> Any:
    open_date, own_date = aliased(ContractDate), aliased(ContractDate)
    is_barred = (
        exists()
        .where(Bar.contract_date_id == open_date.id, Bar.contract_product_id == ContractProduct.id)
        .correlate(open_date, ContractProduct)
    )
    begins = (
        select(func.min(open_date.date))
        .where(
            open_date.contract_id == contract_id,
            open_date.kind == DateKind.DELIVERY,
            exists()
            .where(ContractProduct.contract_id == contract_id, ~is_barred)
            .correlate(open_date),
        )
        .scalar_subquery()
    )
    first = (
        select(func.min(own_date.date))
        .join(SubscriptionLine, SubscriptionLine.contract_date_id == own_date.id)
        .where(SubscriptionLine.subscription_id == Subscription.id, _got(own_date))
        .correlate(Subscription)
        .scalar_subquery()
    )
    return (
        select(*_row("late", Subscription.starts_on))
        .join(ContractDate, ContractDate.contract_id == Subscription.contract_id)
        .where(
            Subscription.contract_id == contract_id,
            ContractDate.id == date_id,
            Subscription.starts_on > begins,
            ContractDate.date == first,
        )
    )


def _jokers(date_id: int) -> Any:
    line = and_(
        SubscriptionLine.subscription_id == Subscription.id,
        SubscriptionLine.contract_date_id == ContractDate.id,
    )
    return (
        select(*_row("joker"))
        .join(Joker, Joker.subscription_id == Subscription.id)
        .join(ContractDate, ContractDate.id == Joker.contract_date_id)
        .where(
            ContractDate.id == date_id,
            exists().where(line, _got(ContractDate)).correlate(Subscription, ContractDate),
        )
    )


def _swaps(kind: str, here: Any, there: Any, date_id: int) -> Any:
    return (
        select(*_row(kind, ContractDate.date))
        .join(Swap, Swap.subscription_id == Subscription.id)
        .join(ContractDate, ContractDate.id == there)
        .where(here == date_id)
    )


def _irregular(contract: Contract) -> Any:
    terms = joker_rules.rules_of(contract)
    count = (
        select(func.count())
        .where(Joker.subscription_id == Subscription.id)
        .correlate(Subscription)
        .scalar_subquery()
    )
    return select(*_row("rules", count=count)).where(
        Subscription.contract_id == contract.id, or_(count < terms.least, count > terms.most)
    )

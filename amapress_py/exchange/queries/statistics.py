"""Baskets proposed, taken, lost: by month, by contract, by person."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, distinct, exists, extract, func, select
from sqlalchemy.orm import Session, aliased

from amapress_py.accounts.models import Person
from amapress_py.deliveries.models import Delivery
from amapress_py.exchange.models import BasketOffer, OfferItem, OfferRequest
from amapress_py.exchange.rules import OfferState, RequestState
from amapress_py.money import Cents

MOST_PERSONS = 50


@dataclass(frozen=True)
class Figures:
    """What became of the baskets that were proposed; the rest is still open."""

    proposed: int = 0
    taken: int = 0  # exchanged, or closed with a taker
    lost: int = 0  # closed, and nobody took it
    cancelled: int = 0  # by its owner, or with its delivery

    @property
    def waiting(self) -> int:
        """Proposed, and neither taken nor over."""
        return self.proposed - self.taken - self.lost - self.cancelled

    @property
    def share(self) -> int:
        """Percent taken of those that were not cancelled and are settled."""
        settled = self.taken + self.lost
        return round(100 * self.taken / settled) if settled else 0


@dataclass(frozen=True)
class PersonFigures:
    """What one person gave and took."""

    name: str
    proposed: int
    taken: int
    cents: Cents  # what the baskets taken cost


@dataclass(frozen=True)
class Statistics:
    """The figures of a period."""

    total: Figures
    months: list[tuple[dt.date, Figures]]
    contracts: list[tuple[str, Figures]]
    persons: list[PersonFigures]


def statistics(session: Session, first: dt.date, last: dt.date) -> Statistics:
    """Return the figures of the deliveries of a period, both days included (4 statements)."""
    during = Delivery.date.between(first, last)
    months = _months(session, during)
    every = [figures for _month, figures in months]
    return Statistics(
        total=_sum(every),
        months=months,
        contracts=_contracts(session, during),
        persons=_persons(session, during),
    )


Taking = aliased(OfferRequest)
HAS_TAKER = exists().where(Taking.offer_id == BasketOffer.id, Taking.state == RequestState.ACCEPTED)
ENDED_WELL = BasketOffer.state.in_([OfferState.EXCHANGED, OfferState.CLOSED]) & HAS_TAKER
LOST = and_(BasketOffer.state == OfferState.CLOSED, ~HAS_TAKER)
CANCELLED = BasketOffer.state == OfferState.CANCELLED


def _counted(*keys: Any) -> Select[Any]:
    """Count offers by keys; an offer of two contracts counts for each, once."""
    return (
        select(
            *keys,
            func.count(distinct(BasketOffer.id)),
            *(
                func.count(distinct(case((condition, BasketOffer.id))))
                for condition in (ENDED_WELL, LOST, CANCELLED)
            ),
        )
        .select_from(BasketOffer)
        .join(Delivery, Delivery.id == BasketOffer.delivery_id)
        .group_by(*keys)
        .order_by(*keys)
    )


def _months(session: Session, during: ColumnElement[bool]) -> list[tuple[dt.date, Figures]]:
    year, month = extract("year", Delivery.date), extract("month", Delivery.date)
    rows = session.execute(_counted(year, month).where(during))
    return [(dt.date(int(y), int(m), 1), Figures(*counts)) for y, m, *counts in rows]


def _contracts(session: Session, during: ColumnElement[bool]) -> list[tuple[str, Figures]]:
    rows = session.execute(
        _counted(OfferItem.contract_label)
        .join(OfferItem, OfferItem.offer_id == BasketOffer.id)
        .where(during)
    )
    return [(label, Figures(*counts)) for label, *counts in rows]


def _persons(session: Session, during: ColumnElement[bool]) -> list[PersonFigures]:
    """Return who gave or took most."""
    proposed: defaultdict[int, int] = defaultdict(int)
    taken: defaultdict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    given = (
        select(BasketOffer.offered_by_id, func.count())
        .join(Delivery, Delivery.id == BasketOffer.delivery_id)
        .where(during)
        .group_by(BasketOffer.offered_by_id)
    )
    for key, count in session.execute(given):
        proposed[key] = count
    worth = (
        select(func.sum(OfferItem.quantity * OfferItem.price_cents))
        .where(OfferItem.offer_id == BasketOffer.id)
        .correlate(BasketOffer)
        .scalar_subquery()
    )
    got = (
        select(OfferRequest.person_id, func.count(), func.sum(worth))
        .join(BasketOffer, BasketOffer.id == OfferRequest.offer_id)
        .join(Delivery, Delivery.id == BasketOffer.delivery_id)
        .where(during, OfferRequest.state == RequestState.ACCEPTED, ENDED_WELL)
        .group_by(OfferRequest.person_id)
    )
    for key, count, cents in session.execute(got):
        taken[key] = (count, int(cents or 0))
    names = _names(session, {*proposed, *taken})
    found = [
        PersonFigures(names[key], proposed.get(key, 0), *taken.get(key, (0, 0)))
        for key in {*proposed, *taken}
    ]
    found.sort(key=lambda one: (-one.proposed - one.taken, one.name))
    return found[:MOST_PERSONS]


def _names(session: Session, keys: Iterable[int]) -> dict[int, str]:
    rows = session.execute(
        select(Person.id, Person.first_name, Person.last_name, Person.email).where(
            Person.id.in_(list(keys))
        )
    )
    return {key: f"{last} {first}".strip() or email or "?" for key, first, last, email in rows}


def _sum(every: Iterable[Figures]) -> Figures:
    figures = list(every)
    return Figures(
        sum(one.proposed for one in figures),
        sum(one.taken for one in figures),
        sum(one.lost for one in figures),
        sum(one.cancelled for one in figures),
    )

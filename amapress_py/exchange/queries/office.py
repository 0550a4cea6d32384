"""What the back office lists: every offer, its journal, the intermittents."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from amapress_py.accounts.models import Person
from amapress_py.contracts import queries as contracts_queries
from amapress_py.contracts.queries import Statement
from amapress_py.deliveries.models import Delivery
from amapress_py.exchange.models import (
    BasketOffer,
    IntermittentEnrolment,
    OfferEvent,
    OfferItem,
    OfferRequest,
)
from amapress_py.exchange.queries.own import OwnRow, own_page, own_rows
from amapress_py.exchange.queries.rows import escaped, matching, read_page
from amapress_py.exchange.rules import OfferState
from amapress_py.i18n import search_key
from amapress_py.web import PAGE_SIZE, Listing

Enroller = aliased(Person)
Rows = Sequence[Row[*tuple[Any, ...]]]


@dataclass(frozen=True)
class OfferFilter:
    """How the list of offers is narrowed; empty means everything."""

    state: OfferState | None = None
    place_id: int | None = None
    contract_id: int | None = None
    first: dt.date | None = None
    last: dt.date | None = None
    person: str = ""  # owner, taker or candidate

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the filter as conditions on offers and their deliveries."""
        found: list[ColumnElement[bool]] = []
        if self.state is not None:
            found.append(BasketOffer.state == self.state)
        if self.place_id is not None:
            found.append(Delivery.place_id == self.place_id)
        if self.contract_id is not None:
            found.append(
                exists().where(
                    OfferItem.offer_id == BasketOffer.id,
                    OfferItem.contract_id == self.contract_id,
                )
            )
        if self.first is not None:
            found.append(Delivery.date >= self.first)
        if self.last is not None:
            found.append(Delivery.date <= self.last)
        if self.person:
            found.append(_about_person(self.person))
        return found


def _about_person(words: str) -> ColumnElement[bool]:
    like = f"%{escaped(search_key(words))}%"
    named = select(Person.id).where(Person.search_text.like(like, escape="\\"))
    return or_(
        BasketOffer.offered_by_id.in_(named),
        exists().where(OfferRequest.offer_id == BasketOffer.id, OfferRequest.person_id.in_(named)),
    )


def all_offers(
    session: Session, now: dt.datetime, narrow: OfferFilter, listing: Listing
) -> tuple[list[OwnRow], int]:
    """Return a page of all offers with their candidates, and how many there are."""
    conditions = narrow.conditions()
    if listing.words:
        conditions.append(matching(listing.words))
    found, count = read_page(session, partial(own_page, conditions), listing, {})
    return own_rows(session, found, now), count


def one_offer(session: Session, now: dt.datetime, offer_id: int) -> OwnRow | None:
    """Return one offer as the lists show it."""
    listing = Listing("offre", sort="date")
    statement = partial(own_page, [BasketOffer.id == offer_id])
    found, _count = read_page(session, statement, listing, {})
    rows = own_rows(session, found, now)
    return rows[0] if rows else None


def journal(session: Session, offer_id: int) -> Rows:
    """Return the lines of an offer's journal: at, step, to_state, actor, person, reason."""
    actor, person = aliased(Person), aliased(Person)
    return session.execute(
        select(
            OfferEvent.at,
            OfferEvent.step,
            OfferEvent.to_state,
            OfferEvent.reason,
            actor.first_name.label("actor_first"),
            actor.last_name.label("actor_last"),
            person.first_name.label("person_first"),
            person.last_name.label("person_last"),
        )
        .outerjoin(actor, actor.id == OfferEvent.actor_id)
        .outerjoin(person, person.id == OfferEvent.person_id)
        .where(OfferEvent.offer_id == offer_id)
        .order_by(OfferEvent.id)
    ).all()


def _enrolments(words: str) -> Statement:
    found: Statement = (
        select(
            Person.id,
            Person.first_name,
            Person.last_name,
            Person.email,
            Person.phone,
            Person.address,
            IntermittentEnrolment.enrolled_at,
            IntermittentEnrolment.because,
            Enroller.first_name.label("by_first"),
            Enroller.last_name.label("by_last"),
            (Enroller.id == Person.id).label("by_self"),
            contracts_queries.has_live_contract(Person.household_id.expression).label("is_member"),
        )
        .join(IntermittentEnrolment, IntermittentEnrolment.person_id == Person.id)
        .outerjoin(Enroller, Enroller.id == IntermittentEnrolment.enrolled_by_id)
        .where(IntermittentEnrolment.ended_at.is_(None))
    )
    if words:
        like = f"%{escaped(search_key(words))}%"
        found = found.where(Person.search_text.like(like, escape="\\"))
    return found


ENROLMENT_SORTS: dict[str, Any] = {
    "nom": Person.sort_key.expression,
    "depuis": IntermittentEnrolment.enrolled_at.expression,
}


def intermittents(session: Session, listing: Listing) -> tuple[Rows, int]:
    """Return a page of the enrolled persons, and how many there are."""
    found = _enrolments(listing.words)
    count = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    rows = session.execute(
        _ordered(found, listing).limit(PAGE_SIZE).offset((listing.page - 1) * PAGE_SIZE)
    ).all()
    return rows, count


def every_intermittent(session: Session, listing: Listing) -> Rows:
    """Return the enrolled persons of all pages of a list."""
    return session.execute(_ordered(_enrolments(listing.words), listing)).all()


def enrolled_names(session: Session, person_ids: Collection[int]) -> Rows:
    """Return (id, first_name, last_name, email) of those of these persons who are enrolled."""
    return session.execute(
        select(Person.id, Person.first_name, Person.last_name, Person.email)
        .join(IntermittentEnrolment, IntermittentEnrolment.person_id == Person.id)
        .where(Person.id.in_(person_ids), IntermittentEnrolment.ended_at.is_(None))
        .order_by(Person.sort_key, Person.id)
    ).all()


def _ordered(found: Statement, listing: Listing) -> Statement:
    order = ENROLMENT_SORTS[listing.sort]
    return found.order_by(order.desc() if listing.descending else order, Person.id)

"""The baskets that a household offered, with who asks for them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    bindparam,
    func,
    select,
)
from sqlalchemy.orm import Session

from amapress_py import clock, db
from amapress_py.accounts.models import Person, short_name
from amapress_py.contracts import queries as contracts_queries
from amapress_py.contracts.queries import Statement
from amapress_py.exchange import rules
from amapress_py.exchange.models import (
    BasketOffer,
    OfferRequest,
)
from amapress_py.exchange.queries.facts import enrolled
from amapress_py.exchange.queries.rows import (
    COLUMNS,
    HOUSEHOLD,
    Period,
    Row,
    chosen,
    fill_both_items,
    matching,
    offer_columns,
    page_of,
    read_page,
    row_values,
)
from amapress_py.exchange.rules import OfferState, RequestState
from amapress_py.web import Listing


@dataclass(frozen=True)
class Candidate:
    """Somebody's request as the owner sees it; contacts are filled in once accepted."""

    id: int
    offer_id: int
    state: RequestState
    is_designated: bool
    asked_at: dt.datetime
    name: str
    phone: str
    email: str
    roles: str  # "Amapien, Intermittent"
    reason: str

    @property
    def is_live(self) -> bool:
        """Tell whether the request still counts."""
        return self.state in rules.LIVE_REQUESTS

    @property
    def label(self) -> str:
        """State in the users' words."""
        return str(rules.REQUEST_LABELS[self.state])


@dataclass
class OwnRow(Row):
    """An offer as its household sees it."""

    cancel_reason: str = ""
    paid_at: dt.datetime | None = None
    candidates: list[Candidate] = field(default_factory=list)
    now: dt.datetime = field(default_factory=clock.now)

    @property
    def pending(self) -> list[Candidate]:
        """Return who waits, in order of arrival."""
        return [one for one in self.candidates if one.state is RequestState.PENDING]

    @property
    def taker(self) -> Candidate | None:
        """Return who was accepted."""
        return next((one for one in self.candidates if one.state is RequestState.ACCEPTED), None)

    @property
    def can_be_cancelled(self) -> bool:
        """Tell whether "Annuler l’échange" shows."""
        return self.state in rules.LIVE_STATES and self.now < self.starts_at

    @property
    def can_be_answered(self) -> bool:
        """Tell whether "Valider" and "Refuser" show."""
        return self.state is OfferState.REQUESTED and self.now < self.starts_at

    @property
    def can_be_paid(self) -> bool:
        """Tell whether "réglé" can be ticked."""
        return self.taker is not None and self.state in (OfferState.EXCHANGED, OfferState.CLOSED)

    @property
    def is_open_for_reading(self) -> bool:
        """Tell whether something waits for the reader: its details stand unfolded."""
        return self.can_be_answered or (
            self.state is OfferState.EXCHANGED and self.now < self.starts_at
        )

    @property
    def full_label(self) -> str:
        """State; a closed one that nobody took says so."""
        if self.state is OfferState.CLOSED and self.taker is None:
            return f"{self.label} ({rules.WITHOUT_TAKER})"
        return self.label


def own_offers(
    session: Session, household_id: int, now: dt.datetime, period: Period, listing: Listing
) -> tuple[list[OwnRow], int]:
    """Return a page of a household's offers with their candidates, and how many there are."""
    values = {"household_id": household_id}
    found, count = read_page(session, partial(_own_statement, period), listing, values)
    return own_rows(session, found, now), count


@lru_cache(maxsize=256)
def _own_statement(period: Period, listing: Listing) -> Statement:
    conditions = [BasketOffer.household_id == HOUSEHOLD, *period.conditions()]
    if listing.words:
        conditions.append(matching(listing.words))
    return own_page(conditions, listing)


def own_page(conditions: Sequence[ColumnElement[bool]], listing: Listing) -> Statement:
    """Return the statement that reads one page of the offers that fit."""
    return page_of(
        offer_columns().add_columns(BasketOffer.cancel_reason, BasketOffer.paid_at),
        conditions,
        listing,
    )


def own_rows(session: Session, found: Sequence[Any], now: dt.datetime) -> list[OwnRow]:
    """Return offers with their candidates."""
    if not found:
        return []
    rows: dict[int, OwnRow] = {
        columns[0]: OwnRow(
            **row_values(columns[:COLUMNS]),
            cancel_reason=columns[COLUMNS],
            paid_at=columns[COLUMNS + 1],
            now=now,
        )
        for columns in found
    }
    fill_both_items(session, rows)
    for one in db.read(session, _candidates(), {"offer_ids": list(rows)}):
        candidate = _candidate(*one)
        rows[candidate.offer_id].candidates.append(candidate)
    return list(rows.values())


@cache
def _candidates() -> Statement:
    """Select the requests for some offers, in order of arrival."""
    return (
        select(
            OfferRequest.id,
            OfferRequest.offer_id,
            OfferRequest.state,
            OfferRequest.is_designated,
            OfferRequest.asked_at,
            OfferRequest.reason,
            Person.first_name,
            Person.last_name,
            Person.phone,
            Person.email,
            contracts_queries.has_live_contract(Person.household_id.expression),
            enrolled(Person.id.expression),
        )
        .join(Person, Person.id == OfferRequest.person_id)
        .where(OfferRequest.offer_id.in_(bindparam("offer_ids", expanding=True)))
        .order_by(OfferRequest.id)
    )


def _candidate(
    key: int,
    offer_id: int,
    state: RequestState,
    is_designated: bool,
    asked_at: dt.datetime,
    reason: str,
    first: str,
    last: str,
    phone: str,
    email: str | None,
    is_member: bool,
    is_intermittent: bool,
) -> Candidate:
    known = state is RequestState.ACCEPTED
    held = ((is_member, rules.MEMBER), (is_intermittent, rules.INTERMITTENT))
    return Candidate(
        id=key,
        offer_id=offer_id,
        state=state,
        is_designated=is_designated,
        asked_at=asked_at,
        name=f"{first} {last}".strip() if known else short_name(first, last),
        phone=phone if known else "",
        email=(email or "") if known else "",
        roles=", ".join(str(label) for holds, label in held if holds),
        reason=reason,
    )


def own_count(session: Session, household_id: int, period: Period) -> int:
    """Return how many baskets a household offered in a period and did not take back."""
    return session.scalar(_own_count(period), {"household_id": household_id}) or 0


@lru_cache(maxsize=64)
def _own_count(period: Period) -> Statement:
    return chosen(func.count(BasketOffer.id)).where(
        BasketOffer.household_id == HOUSEHOLD,
        BasketOffer.state != OfferState.CANCELLED,
        *period.conditions(),
    )

"""The baskets that a person asked for."""

import datetime as dt
from dataclasses import dataclass, field
from functools import lru_cache, partial

from sqlalchemy import (
    func,
    select,
)
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.accounts.models import Person
from amapress_py.contracts.queries import Statement
from amapress_py.exchange import rules
from amapress_py.exchange.instructions import what_to_say
from amapress_py.exchange.models import (
    BasketOffer,
    OfferRequest,
)
from amapress_py.exchange.queries.rows import (
    COLUMNS,
    PERSON,
    Period,
    Row,
    fill_both_items,
    matching,
    offer_columns,
    page_of,
    read_page,
    row_values,
)
from amapress_py.exchange.rules import OfferState, RequestState
from amapress_py.web import Listing


@dataclass
class BookedRow(Row):
    """An offer as somebody who asked for it sees it."""

    request_id: int = 0
    request_state: RequestState = RequestState.PENDING
    is_designated: bool = False
    reason: str = ""  # why it was refused, or why the offer was cancelled
    owner_phone: str = ""  # contacts once accepted
    owner_email: str = ""
    now: dt.datetime = field(default_factory=clock.now)

    @property
    def is_coming(self) -> bool:
        """Tell whether its contracts can still be read: an archived one has no page for others."""
        return self.now < self.starts_at

    @property
    def is_taken(self) -> bool:
        """Tell whether the reader fetches this basket."""
        return self.request_state is RequestState.ACCEPTED

    @property
    def can_be_withdrawn(self) -> bool:
        """Tell whether "Annuler" shows."""
        return self.request_state in rules.LIVE_REQUESTS and self.is_coming

    @property
    def must_be_confirmed(self) -> bool:
        """Tell whether the owner chose the reader, who has not answered."""
        return self.is_designated and self.request_state is RequestState.PENDING and self.is_coming

    @property
    def badge(self) -> str:
        """State of the badge: what the request is worth, not the offer."""
        if self.is_taken:
            return str(self.state)
        if self.request_state is RequestState.PENDING:
            return "requested"
        return "cancelled"

    @property
    def full_label(self) -> str:
        """State of the reader's request in the users' words."""
        if self.is_taken:
            return self.label
        if self.request_state is RequestState.PENDING:
            on_list = self.state is OfferState.EXCHANGED
            return str(rules.ON_WAITING_LIST if on_list else self.label)
        if self.state is OfferState.CANCELLED:
            return self.label
        return str(rules.REQUEST_LABELS[self.request_state])

    @property
    def instructions(self) -> list[str]:
        """Return what the taker must know."""
        return what_to_say(self.meeting, self.items, self.owner_name)


def booked_offers(
    session: Session, person_id: int, now: dt.datetime, period: Period, listing: Listing
) -> tuple[list[BookedRow], int]:
    """Return a page of the offers that a person asked for, and how many there are."""
    statement = partial(_statement, period)
    found, count = read_page(session, statement, listing, {"person_id": person_id})
    rows: dict[int, BookedRow] = {}
    for columns in found:
        key, state, designated, reason, cancel_reason, phone, email = columns[COLUMNS:]
        shown = row_values(columns[:COLUMNS])
        taken = state is RequestState.ACCEPTED
        rows[columns[0]] = BookedRow(
            **{**shown, "owner": shown["owner_name"] if taken else shown["owner"]},
            request_id=key,
            request_state=state,
            is_designated=designated,
            reason=reason or cancel_reason,
            owner_phone=phone if taken else "",
            owner_email=(email or "") if taken else "",
            now=now,
        )
    fill_both_items(session, rows)
    return list(rows.values()), count


@lru_cache(maxsize=256)
def _statement(period: Period, listing: Listing) -> Statement:
    """Return the statement that reads one page of the offers."""
    asked = select(OfferRequest.offer_id).where(OfferRequest.person_id == PERSON)
    conditions = [BasketOffer.id.in_(asked), *period.conditions()]
    if listing.words:
        conditions.append(matching(listing.words))
    last = (
        select(func.max(OfferRequest.id))
        .where(OfferRequest.person_id == PERSON)
        .group_by(OfferRequest.offer_id)
    )
    columns = (
        offer_columns()
        .add_columns(
            OfferRequest.id,
            OfferRequest.state,
            OfferRequest.is_designated,
            OfferRequest.reason,
            BasketOffer.cancel_reason,
            Person.phone,
            Person.email,
        )
        .join(OfferRequest, OfferRequest.offer_id == BasketOffer.id)
        .where(OfferRequest.id.in_(last))
    )
    return page_of(columns, conditions, listing)

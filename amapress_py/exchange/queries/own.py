"""The baskets that a household offered, with who asks for them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import (
    ColumnElement,
    func,
    select,
)
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.accounts.models import Person, short_name
from amapress_py.contracts import queries as contracts_queries
from amapress_py.exchange import rules
from amapress_py.exchange.models import (
    BasketOffer,
    OfferRequest,
)
from amapress_py.exchange.queries.facts import enrolled
from amapress_py.exchange.queries.rows import (
    COLUMNS,
    Period,
    Row,
    chosen,
    fill_items,
    in_order,
    matching,
    offer_columns,
    page_of,
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
    conditions = [BasketOffer.household_id == household_id, *period.conditions()]
    if listing.words:
        conditions.append(matching(listing.words))
    return own_rows(session, conditions, now, listing)


def own_rows(
    session: Session,
    conditions: Sequence[ColumnElement[bool]],
    now: dt.datetime,
    listing: Listing,
) -> tuple[list[OwnRow], int]:
    count = session.scalar(chosen(select(func.count(BasketOffer.id))).where(*conditions)) or 0
    if not count:
        return [], 0
    page_ids = page_of(chosen(select(BasketOffer.id)).where(*conditions), listing)
    statement = (
        offer_columns().add_columns(BasketOffer.cancel_reason).where(BasketOffer.id.in_(page_ids))
    )
    rows: dict[int, OwnRow] = {
        columns[0]: OwnRow(**row_values(columns[:COLUMNS]), cancel_reason=columns[COLUMNS], now=now)
        for columns in session.execute(in_order(statement, listing))
    }
    fill_items(session, rows)
    for candidate in _candidates(session, list(rows)):
        rows[candidate.offer_id].candidates.append(candidate)
    return list(rows.values()), count


def _candidates(session: Session, offer_ids: Sequence[int]) -> list[Candidate]:
    """Return the requests for some offers, in order of arrival."""
    rows = session.execute(
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
        .where(OfferRequest.offer_id.in_(list(offer_ids)))
        .order_by(OfferRequest.id)
    )
    return [_candidate(*row) for row in rows]


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
    conditions = [
        BasketOffer.household_id == household_id,
        BasketOffer.state != OfferState.CANCELLED,
        *period.conditions(),
    ]
    return session.scalar(chosen(select(func.count(BasketOffer.id))).where(*conditions)) or 0

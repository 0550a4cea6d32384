"""The baskets that a person may ask for."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    case,
    exists,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Session, aliased

from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts.models import Contract
from amapress_py.deliveries.models import Delivery, Place
from amapress_py.exchange import rules
from amapress_py.exchange.models import (
    BasketOffer,
    OfferItem,
    OfferRequest,
)
from amapress_py.exchange.queries.rows import (
    COLUMNS,
    Row,
    chosen,
    coming,
    escaped,
    fill_items,
    in_order,
    matching,
    offer_columns,
    page_of,
    row_values,
)
from amapress_py.exchange.rules import OfferState, RequestState
from amapress_py.i18n import search_key
from amapress_py.web import Listing


@dataclass
class BookableRow(Row):
    """An offer as an intermittent sees it."""

    candidates: int = 0
    mine: RequestState | None = None
    mine_id: int | None = None
    is_promised: bool = False

    @property
    def can_be_requested(self) -> bool:
        """Tell whether "Je suis intéressé" shows."""
        waits = self.state in (OfferState.OPEN, OfferState.REQUESTED)
        return waits and self._is_free_for_me and not self.is_promised

    @property
    def can_be_waited_for(self) -> bool:
        """Tell whether "Me mettre en liste d’attente" shows."""
        return self.state is OfferState.EXCHANGED and self._is_free_for_me

    @property
    def _is_free_for_me(self) -> bool:
        return self.mine not in (*rules.LIVE_REQUESTS, RequestState.DECLINED)


@dataclass(frozen=True)
class BookableFilter:
    """How a page narrows the bookable list; empty means everything."""

    delivery: str = ""  # a delivery's id, or an ISO date
    contract: str = ""  # a part of the name
    place: str = ""  # an id, or a short name
    show_waiting: bool = False
    pinned: int = 0  # the offer that a mail's link asked for: first, whatever the order


def bookable_offers(
    session: Session, viewer: Viewer, now: dt.datetime, narrow: BookableFilter, listing: Listing
) -> tuple[list[BookableRow], int]:
    """Return a page of the offers that a person may ask for, and how many there are."""
    conditions = _bookable(viewer.household_id, now, narrow)
    if listing.words:
        conditions.append(matching(listing.words))
    count = session.scalar(chosen(select(func.count(BasketOffer.id))).where(*conditions)) or 0
    if not count:
        return [], 0
    ids = chosen(select(BasketOffer.id)).where(*conditions)
    page_ids = page_of(ids, listing, narrow.pinned)
    mine = aliased(OfferRequest)
    last_of_mine = (
        select(func.max(OfferRequest.id))
        .where(OfferRequest.offer_id == BasketOffer.id, OfferRequest.person_id == viewer.person_id)
        .correlate(BasketOffer)
        .scalar_subquery()
    )
    pending = (
        select(func.count() + func.coalesce(func.sum(case((OfferRequest.is_designated, 1000))), 0))
        .where(
            OfferRequest.offer_id == BasketOffer.id,
            OfferRequest.state == RequestState.PENDING,
        )
        .correlate(BasketOffer)
        .scalar_subquery()
    )
    statement = (
        offer_columns()
        .add_columns(pending, mine.state, mine.id)
        .outerjoin(mine, mine.id == last_of_mine)
        .where(BasketOffer.id.in_(page_ids))
    )
    rows: dict[int, BookableRow] = {}
    for columns in session.execute(in_order(statement, listing, narrow.pinned)):
        candidates, state, mine_id = columns[COLUMNS:]
        rows[columns[0]] = BookableRow(
            **row_values(columns[:COLUMNS]),
            candidates=candidates % 1000,
            mine=state,
            mine_id=mine_id,
            is_promised=candidates >= 1000,
        )
    fill_items(session, rows)
    return list(rows.values()), count


def _bookable(
    household_id: int, now: dt.datetime, narrow: BookableFilter
) -> list[ColumnElement[bool]]:
    states = [OfferState.OPEN, OfferState.REQUESTED]
    if narrow.show_waiting:
        states.append(OfferState.EXCHANGED)
    conditions = [
        BasketOffer.state.in_(states),
        BasketOffer.household_id != household_id,
        coming(now),
    ]
    if narrow.delivery:
        conditions.append(_at_delivery(narrow.delivery))
    if narrow.place:
        conditions.append(_at_place(narrow.place))
    if narrow.contract:
        like = f"%{escaped(search_key(narrow.contract))}%"
        conditions.append(
            exists().where(
                OfferItem.offer_id == BasketOffer.id,
                Contract.id == OfferItem.contract_id,
                Contract.sort_key.like(like, escape="\\"),
            )
        )
    return conditions


def _at_delivery(asked: str) -> ColumnElement[bool]:
    if asked.isdecimal() and len(asked) < 10:
        return BasketOffer.delivery_id == int(asked)
    try:
        return Delivery.date == dt.date.fromisoformat(asked)
    except ValueError:
        return literal(False)


def _at_place(asked: str) -> ColumnElement[bool]:
    if asked.isdecimal() and len(asked) < 10:
        return Delivery.place_id == int(asked)
    return func.lower(Place.short_name) == func.lower(asked)


def bookable_count(session: Session, viewer: Viewer, now: dt.datetime) -> int:
    """Return how many baskets a person may ask for."""
    conditions = _bookable(viewer.household_id, now, BookableFilter())
    return session.scalar(chosen(select(func.count(BasketOffer.id))).where(*conditions)) or 0

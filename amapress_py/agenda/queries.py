"""What calendars and lists of coming distributions ask: days, a household's baskets on them."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    and_,
    bindparam,
    case,
    exists,
    func,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session, aliased

from amapress_py import clock, db
from amapress_py.accounts.models import Person, short_name
from amapress_py.agenda.models import CalendarKey
from amapress_py.contracts.models import (
    Contract,
    ContractDate,
    ContractProduct,
    ContractState,
    Producer,
    Product,
    Subscription,
    SubscriptionLine,
)
from amapress_py.contracts.queries import Statement, basket_statement, is_named
from amapress_py.db import UtcDateTime
from amapress_py.deliveries.models import Delivery, Place
from amapress_py.deliveries.queries import is_called
from amapress_py.duty.models import DutyEvent
from amapress_py.exchange import rules
from amapress_py.exchange.instructions import Meeting
from amapress_py.exchange.models import BasketOffer, OfferEvent, OfferItem, OfferRequest
from amapress_py.exchange.rules import OfferState, RequestState
from amapress_py.money import Cents
from amapress_py.passes.models import BasketPass
from amapress_py.settings.models import SiteVersion

Substitute = aliased(Place)
Taker = aliased(Person)
NOW = bindparam("now", type_=UtcDateTime())
FIRST = bindparam("first", type_=Date)
LAST = bindparam("last", type_=Date)
HOUSEHOLD = bindparam("household_id", type_=Integer)
DELIVERY = bindparam("delivery_id", type_=Integer)
KNOWN = (ContractState.OPEN, ContractState.ARCHIVED)  # what a draft promises is not public yet
DAY_COLUMNS = 9


@dataclass(frozen=True)
class Line:
    """One product of a basket; `held` of its quantity are offered to others, or ceded."""

    contract_label: str
    product_label: str
    quantity: int
    held: int = 0
    price_cents: Cents = 0
    producer: str = ""


def kept(lines: Iterable[Line]) -> list[Line]:
    """Return what is left of a basket's lines without what is offered to others."""
    return [
        replace(line, quantity=line.quantity - line.held, held=0)
        for line in lines
        if line.quantity > line.held
    ]


@dataclass
class Day:
    """A distribution, and what somebody fetches there."""

    id: int
    meeting: Meeting
    usual_place: str  # when it takes place elsewhere than usual
    starts_at: dt.datetime
    ends_at: dt.datetime
    is_cancelled: bool = False
    friend: str = ""  # who fetches the basket in the household's place
    lines: list[Line] = field(default_factory=list)

    @property
    def kept(self) -> list[Line]:
        """Return what is still the household's own."""
        return kept(self.lines)

    @property
    def is_given(self) -> bool:
        """Tell whether there is a basket, and all of it is offered to others."""
        return bool(self.lines) and not self.kept

    @property
    def is_over(self) -> bool:
        """Tell whether it has ended."""
        return clock.now() >= self.ends_at


@dataclass
class Taken:
    """A basket that somebody of the household fetches for its owner."""

    offer_id: int
    person_id: int
    owner: str  # first name and initial
    owner_name: str
    day: Day
    steps: int = 0  # of the offer's journal: the mails about it count them too


@dataclass
class Given:
    """An offer of the household for a day; without a taker it is not yet ceded."""

    offer_id: int
    taker: str
    cells: dict[tuple[int, int], int] = field(default_factory=dict)  # (date, product): quantity


def coming(
    session: Session, now: dt.datetime, most: int, place: str = "", household_id: int = 0
) -> list[Day]:
    """Return the next distributions, with the baskets of a household (one statement).

    `place` is an id, a short name or a name.
    """
    values = {"now": now, "household_id": household_id}
    statement = _coming(most, place, bool(household_id))
    days: dict[int, Day] = {}
    for row in db.read(session, statement, values):
        day = days.setdefault(row[0], _day(row[:DAY_COLUMNS]))
        contract, product, quantity, held = row[DAY_COLUMNS:]
        if quantity is not None:
            day.lines.append(Line(contract, product, quantity, held or 0))
    return list(days.values())


def distributions(session: Session, first: dt.date) -> list[Day]:
    """Return the distributions from a day on; one that no contract names any more is cancelled."""
    statement = _days().add_columns(is_named(*KNOWN), is_named()).where(Delivery.date >= FIRST)
    found = []
    for row in db.read(session, statement, {"first": first}):
        is_known, is_there = row[DAY_COLUMNS:]
        if is_known or not is_there:
            found.append(_day(row[:DAY_COLUMNS]))
            found[-1].is_cancelled = not is_there
    return found


def baskets(session: Session, household_id: int, first: dt.date) -> list[tuple[Day, list[Given]]]:
    """Return a household's baskets from a day on, with its offers (two statements)."""
    values = {"household_id": household_id, "first": first}
    days: dict[int, Day] = {}
    offers = given(session, household_id, first)
    for row in db.read(session, _baskets(), values):
        day = days.setdefault(row[0], _day(row[:DAY_COLUMNS]))
        contract, product, quantity, cents, producer, friend, *cell = row[DAY_COLUMNS:]
        day.friend = friend or ""
        held = held_of(offers.get(day.id, ()), (cell[0], cell[1]))
        day.lines.append(Line(contract, product, quantity, held, cents, producer))
    return [(day, offers.get(day.id, [])) for day in days.values()]


def days_called(session: Session, delivery_ids: Iterable[int]) -> list[Day]:
    """Return some distributions, without baskets (one statement)."""
    return [_day(row) for row in db.read(session, _called(), {"delivery_ids": list(delivery_ids)})]


def held_of(offers: Iterable[Given], cell: tuple[int, int]) -> int:
    """Return how many of a line (contract date, contract product) some offers hold."""
    return sum(one.cells.get(cell, 0) for one in offers)


def taken(session: Session, household_id: int, first: dt.date, delivery_id: int = 0) -> list[Taken]:
    """Return the baskets that persons of a household fetch for others (one statement).

    From a day on; `delivery_id` narrows to one distribution.
    """
    found: dict[tuple[int, int], Taken] = {}
    values = {"household_id": household_id, "first": first, "delivery_id": delivery_id}
    for row in db.read(session, _taken(bool(delivery_id)), values):
        offer_id, person_id, first_name, last_name, steps, *line = row[DAY_COLUMNS:]
        one = found.setdefault(
            (offer_id, person_id),
            Taken(
                offer_id,
                person_id,
                short_name(first_name, last_name),
                f"{first_name} {last_name}".strip(),
                _day(row[:DAY_COLUMNS]),
                steps,
            ),
        )
        contract, product, quantity, cents = line
        one.day.lines.append(Line(contract, product, quantity, price_cents=cents))
    return list(found.values())


def token_of(session: Session, person_id: int) -> str | None:
    """Return the secret part of the address of somebody's calendar, None if there is none yet."""
    return session.scalar(select(CalendarKey.token).where(CalendarKey.person_id == person_id))


@dataclass(frozen=True)
class Reader:
    """Whose calendar an address is, and what every answer needs besides."""

    household_id: int
    duty_steps: int  # of the journal of duty: its mails count them too
    site_version: int


def reader_of(session: Session, token: str) -> Reader | None:
    """Return whose calendar an address is; None for one that nobody has, or has any more."""
    steps = select(func.count()).select_from(DutyEvent).scalar_subquery()
    version = select(SiteVersion.number).scalar_subquery()
    row = session.execute(
        select(Person.household_id, steps, func.coalesce(version, 0))
        .join(CalendarKey, CalendarKey.person_id == Person.id)
        .where(CalendarKey.token == token, Person.is_active)
    ).first()
    return None if row is None else Reader(*row)


def _day(columns: Iterable[Any]) -> Day:
    key, date, opens, closes, place, address, usual, starts_at, ends_at = columns
    return Day(key, Meeting(date, opens, closes, place, address), usual or "", starts_at, ends_at)


def _day_columns() -> list[Any]:
    return [
        Delivery.id,
        Delivery.date,
        func.coalesce(Delivery.opens, Substitute.opens, Place.opens).label("opens"),
        func.coalesce(Delivery.closes, Substitute.closes, Place.closes).label("closes"),
        func.coalesce(Substitute.name, Place.name).label("place"),
        func.coalesce(Substitute.address, Place.address).label("address"),
        case((Substitute.id.is_not(None), Place.name), else_=null()).label("usual"),
        Delivery.starts_at,
        Delivery.ends_at,
    ]


@lru_cache(maxsize=1)
def _called() -> Statement:
    return _days().where(Delivery.id.in_(bindparam("delivery_ids", expanding=True)))


def _with_places(statement: Statement) -> Statement:
    return statement.join(Place, Place.id == Delivery.place_id).outerjoin(
        Substitute, Substitute.id == Delivery.substitute_place_id
    )


def _days() -> Statement:
    order = (Delivery.starts_at, Place.sort_key, Delivery.id)
    return _with_places(select(*_day_columns()).select_from(Delivery)).order_by(*order)


@lru_cache(maxsize=64)
def _coming(most: int, place: str, with_baskets: bool) -> Statement:
    days = _days().where(Delivery.ends_at > NOW, is_named(*KNOWN)).limit(most)
    if place:
        days = days.where(is_called(place))
    if not with_baskets:
        return days.add_columns(null(), null(), null(), null())
    day = days.add_columns(Place.sort_key.label("place_key")).subquery("day")
    lines = (
        basket_statement()
        .with_only_columns(
            Delivery.id.label("delivery_id"),
            Contract.label.label("contract"),
            Product.name.label("product"),
            SubscriptionLine.quantity.label("quantity"),
            held_lines().label("held"),
            Contract.sort_key.label("contract_key"),
            ContractProduct.position.label("position"),
        )
        .where(Subscription.household_id == HOUSEHOLD, Delivery.ends_at > NOW)
        .order_by(None)
        .subquery("line")
    )
    return (
        select(
            *(column for column in day.c if column.key != "place_key"),
            *(lines.c.contract, lines.c.product, lines.c.quantity, lines.c.held),
        )
        .outerjoin(lines, lines.c.delivery_id == day.c.id)
        .order_by(
            day.c.starts_at, day.c.place_key, day.c.id, lines.c.contract_key, lines.c.position
        )
    )


def held_lines(*, also_past: bool = False) -> ColumnElement[int]:
    """Return how many of a line live offers hold; also, if asked, what was fetched by others."""
    is_held: ColumnElement[bool] = BasketOffer.state.in_(rules.LIVE_STATES)
    if also_past:
        was_taken = exists().where(
            OfferRequest.offer_id == BasketOffer.id, OfferRequest.state == RequestState.ACCEPTED
        )
        is_closed = BasketOffer.state == OfferState.CLOSED
        is_held = or_(is_held, and_(is_closed, was_taken.correlate(BasketOffer)))
    return (
        select(func.sum(OfferItem.quantity))
        .join(BasketOffer, BasketOffer.id == OfferItem.offer_id)
        .where(
            OfferItem.subscription_id == Subscription.id,
            OfferItem.contract_date_id == ContractDate.id,
            OfferItem.contract_product_id == ContractProduct.id,
            is_held,
        )
        .correlate(Subscription, ContractDate, ContractProduct)
        .scalar_subquery()
    )


@lru_cache(maxsize=1)
def _baskets() -> Statement:
    lines = basket_statement()
    *_keys, contract, product, quantity, cents = lines.selected_columns
    return (
        _with_places(lines.with_only_columns(*_day_columns(), contract, product, quantity, cents))
        .join(Producer, Producer.id == Contract.producer_id)
        .add_columns(Producer.name, _friend(), ContractDate.id, ContractProduct.id)
        .where(Subscription.household_id == HOUSEHOLD, Delivery.date >= FIRST)
        .order_by(None)
        .order_by(Delivery.starts_at, Place.sort_key, Contract.sort_key, ContractProduct.position)
    )


def given(
    session: Session, household_id: int, first: dt.date, delivery_id: int = 0
) -> dict[int, list[Given]]:
    """Return a household's offers by delivery (one statement), from a day on.

    One that nobody took in time counts no more; `delivery_id` narrows to one distribution.
    """
    offers: dict[int, Given] = {}
    by_delivery: dict[int, list[Given]] = {}
    values = {"household_id": household_id, "first": first, "delivery_id": delivery_id}
    rows = db.read(session, _offers(bool(delivery_id)), values)
    for key, offer_id, state, first_name, last_name, date_id, product_id, quantity in rows:
        if state is OfferState.CLOSED and first_name is None:
            continue
        if offer_id not in offers:
            taker = "" if first_name is None else short_name(first_name, last_name)
            offers[offer_id] = Given(offer_id, taker)
            by_delivery.setdefault(key, []).append(offers[offer_id])
        offers[offer_id].cells[date_id, product_id] = quantity
    return by_delivery


def _friend() -> ColumnElement[str]:
    """Name the person with a pass for the household's basket."""
    return (
        select(BasketPass.name)
        .where(
            BasketPass.household_id == HOUSEHOLD,
            BasketPass.delivery_id == Delivery.id,
            BasketPass.revoked_at.is_(None),
        )
        .limit(1)
        .correlate(Delivery)
        .scalar_subquery()
    )


@lru_cache(maxsize=2)
def _offers(is_one_day: bool) -> Statement:
    accepted = and_(
        OfferRequest.offer_id == BasketOffer.id, OfferRequest.state == RequestState.ACCEPTED
    )
    return (
        select(
            BasketOffer.delivery_id,
            BasketOffer.id,
            BasketOffer.state,
            Taker.first_name,
            Taker.last_name,
            OfferItem.contract_date_id,
            OfferItem.contract_product_id,
            OfferItem.quantity,
        )
        .join(Delivery, Delivery.id == BasketOffer.delivery_id)
        .join(OfferItem, OfferItem.offer_id == BasketOffer.id)
        .outerjoin(OfferRequest, accepted)
        .outerjoin(Taker, Taker.id == OfferRequest.person_id)
        .where(
            BasketOffer.household_id == HOUSEHOLD,
            Delivery.date >= FIRST,
            Delivery.id == DELIVERY if is_one_day else true(),
            BasketOffer.state != OfferState.CANCELLED,
        )
        .order_by(BasketOffer.id)
    )


@lru_cache(maxsize=2)
def _taken(is_one_day: bool) -> Statement:
    return (
        _with_places(
            select(
                *_day_columns(),
                BasketOffer.id,
                OfferRequest.person_id,
                Person.first_name,
                Person.last_name,
                _steps(),
                OfferItem.contract_label,
                OfferItem.product_label,
                OfferItem.quantity,
                OfferItem.price_cents,
            )
            .select_from(OfferRequest)
            .join(Taker, Taker.id == OfferRequest.person_id)
            .join(BasketOffer, BasketOffer.id == OfferRequest.offer_id)
            .join(Person, Person.id == BasketOffer.offered_by_id)
            .join(OfferItem, OfferItem.offer_id == BasketOffer.id)
            .join(Delivery, Delivery.id == BasketOffer.delivery_id)
        )
        .where(
            Taker.household_id == HOUSEHOLD,
            OfferRequest.state == RequestState.ACCEPTED,
            BasketOffer.state.in_((OfferState.EXCHANGED, OfferState.CLOSED)),
            Delivery.date >= FIRST,
            Delivery.id == DELIVERY if is_one_day else true(),
        )
        .order_by(Delivery.starts_at, BasketOffer.id, OfferItem.id)
    )


def _steps() -> ColumnElement[int]:
    """Count the steps in an offer's journal."""
    return (
        select(func.count())
        .where(OfferEvent.offer_id == BasketOffer.id)
        .correlate(BasketOffer)
        .scalar_subquery()
    )

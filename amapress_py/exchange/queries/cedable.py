"""The coming baskets of a household, to be ceded."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from sqlalchemy import (
    ColumnElement,
    func,
    select,
)
from sqlalchemy.orm import Session

from amapress_py import clock, db
from amapress_py.accounts.models import Person
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import queries as contracts_queries
from amapress_py.contracts.models import Contract, Subscription
from amapress_py.contracts.queries import BasketLine, Statement
from amapress_py.deliveries.models import Delivery, Place
from amapress_py.exchange import rules
from amapress_py.exchange.instructions import Meeting, content, total, what_to_say
from amapress_py.exchange.models import (
    BasketOffer,
    OfferItem,
)
from amapress_py.exchange.queries.facts import enrolled
from amapress_py.exchange.queries.rows import COMING, HOUSEHOLD, Substitute, escaped
from amapress_py.exchange.rules import OfferState
from amapress_py.i18n import search_key
from amapress_py.money import Cents


@dataclass
class CedableRow:
    """A coming delivery where a household has a basket: what it may do with it."""

    delivery_id: int
    meeting: Meeting
    starts_at: dt.datetime
    cede_hours: int
    owner_name: str
    now: dt.datetime
    lines: list[BasketLine] = field(default_factory=list)
    offers: list[tuple[int, OfferState]] = field(default_factory=list)
    held: dict[tuple[int, int], int] = field(default_factory=dict)

    @property
    def contents(self) -> list[str]:
        """Return one text per line."""
        return [content(line) for line in self.lines]

    @property
    def contracts(self) -> int:
        """Number of contracts: baskets, in the members' words."""
        return len({line.contract_id for line in self.lines})

    @property
    def price_cents(self) -> Cents:
        """What a taker pays."""
        return total(self.lines)

    @property
    def is_free(self) -> bool:
        """Tell whether something of the basket is not on offer."""
        return any(line.quantity > self.held.get(_line_key(line), 0) for line in self.lines)

    @property
    def free_lines(self) -> list[tuple[BasketLine, int]]:
        """Return the lines that can still be ceded, and how many of each."""
        left = [(line, line.quantity - self.held.get(_line_key(line), 0)) for line in self.lines]
        return [(line, quantity) for line, quantity in left if quantity > 0]

    @property
    def limit(self) -> dt.datetime:
        """Instant from which it is too late to cede."""
        return clock.hours_before(self.starts_at, self.cede_hours)

    @property
    def is_late(self) -> bool:
        """Tell whether the limit to cede has passed."""
        return self.now >= self.limit

    @property
    def instructions(self) -> list[str]:
        """Return "À dire à la personne qui vous remplace"."""
        return what_to_say(self.meeting, self.lines, self.owner_name)


def _line_key(line: BasketLine) -> tuple[int, int]:
    return line.contract_date_id, line.contract_product_id


def cedable_baskets(
    session: Session, household_id: int, owner_name: str, now: dt.datetime, cede_hours: int
) -> list[CedableRow]:
    """Return every coming basket of a household with its live offers (2 statements).

    `cede_hours` 0 is a manager's limit: the start.
    """
    values = {"household_id": household_id, "now": now}
    rows: dict[int, CedableRow] = {}
    for *line, date, opens, closes, place, address, starts_at in db.read(
        session, _baskets(), values
    ):
        row = rows.setdefault(
            line[0],
            CedableRow(
                delivery_id=line[0],
                meeting=Meeting(date, opens, closes, place, address),
                starts_at=starts_at,
                cede_hours=cede_hours,
                owner_name=owner_name,
                now=now,
            ),
        )
        row.lines.append(BasketLine(*line))
    for delivery_id, offer_id, state, *cell, quantity in db.read(session, _held(), values):
        if delivery_id not in rows:
            continue
        row = rows[delivery_id]
        if (offer_id, state) not in row.offers:
            row.offers.append((offer_id, state))
        key = (cell[0], cell[1])
        row.held[key] = row.held.get(key, 0) + quantity
    return list(rows.values())


def cedable_basket(
    session: Session,
    household_id: int,
    owner_name: str,
    now: dt.datetime,
    cede_hours: int,
    delivery_id: int,
) -> CedableRow | None:
    """Return one coming basket of a household, or None."""
    rows = cedable_baskets(session, household_id, owner_name, now, cede_hours)
    return next((one for one in rows if one.delivery_id == delivery_id), None)


@cache
def _baskets() -> Statement:
    """Select the lines of a household's coming baskets, with when and where."""
    return (
        contracts_queries.basket_statement()
        .add_columns(
            Delivery.date,
            func.coalesce(Delivery.opens, Substitute.opens, Place.opens),
            func.coalesce(Delivery.closes, Substitute.closes, Place.closes),
            func.coalesce(Substitute.name, Place.name),
            func.coalesce(Substitute.address, Place.address),
            Delivery.starts_at,
        )
        .join(Place, Place.id == Delivery.place_id)
        .outerjoin(Substitute, Substitute.id == Delivery.substitute_place_id)
        .where(Subscription.household_id == HOUSEHOLD, COMING)
        .order_by(None)
        .order_by(Delivery.starts_at, Place.sort_key, Contract.sort_key)
    )


@cache
def _held() -> Statement:
    """Select what a household's live offers hold."""
    return (
        select(
            BasketOffer.delivery_id,
            BasketOffer.id,
            BasketOffer.state,
            OfferItem.contract_date_id,
            OfferItem.contract_product_id,
            OfferItem.quantity,
        )
        .join(OfferItem, OfferItem.offer_id == BasketOffer.id)
        .where(BasketOffer.household_id == HOUSEHOLD, BasketOffer.state.in_(rules.LIVE_STATES))
        .order_by(BasketOffer.id)
    )


@dataclass(frozen=True)
class Named:
    """A person in a list to choose from."""

    id: int
    name: str


@dataclass(frozen=True)
class AbsentMember:
    """Whose baskets are ceded: the viewer's own, or those of whom a manager chose."""

    household_id: int
    name: str
    is_me: bool = True
    found: Sequence[Named] = ()  # members whose name matches what a manager typed
    takers: Sequence[Named] = ()  # to whom a manager may give the basket


MOST_FOUND = 20


def absent_member(session: Session, viewer: Viewer, asked: int, words: str) -> AbsentMember:
    """Return whose baskets to show; only a manager's choice counts."""
    mine = AbsentMember(viewer.household_id, viewer.name)
    if not viewer.can_manage_exchange:
        return mine
    picked = session.get(Person, asked) if asked and asked != viewer.person_id else None
    household_id = picked.household_id if picked else viewer.household_id
    return AbsentMember(
        household_id=household_id,
        name=picked.name if picked else viewer.name,
        is_me=picked is None,
        found=members(session, words) if words else (),
        takers=_intermittents(session, household_id),
    )


def members(session: Session, words: str) -> list[Named]:
    like = f"%{escaped(search_key(words))}%"
    return _named(
        session,
        Person.search_text.like(like, escape="\\"),
        contracts_queries.has_live_contract(Person.household_id.expression),
    )[:MOST_FOUND]


def _intermittents(session: Session, but_household_id: int) -> list[Named]:
    return _named(session, enrolled(Person.id.expression), Person.household_id != but_household_id)


def _named(session: Session, *conditions: ColumnElement[bool]) -> list[Named]:
    rows = session.execute(
        select(Person.id, Person.first_name, Person.last_name, Person.email)
        .where(Person.is_active, *conditions)
        .order_by(Person.sort_key, Person.id)
    )
    return [
        Named(key, f"{last} {first}".strip() or email or "?") for key, first, last, email in rows
    ]

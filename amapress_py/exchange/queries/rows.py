"""What every table of offers has in common: columns, snapshots, search, order, pages."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    bindparam,
    exists,
    extract,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from amapress_py import clock, db
from amapress_py.accounts.models import Person, short_name
from amapress_py.contracts.models import Contract, ContractDate, ContractProduct, Product
from amapress_py.contracts.queries import Statement, price_on_date
from amapress_py.db import UtcDateTime
from amapress_py.deliveries.models import Delivery, Place
from amapress_py.exchange import rules
from amapress_py.exchange.instructions import Meeting, content, quantity, total
from amapress_py.exchange.models import (
    BasketOffer,
    OfferItem,
)
from amapress_py.exchange.rules import OfferState
from amapress_py.i18n import _, search_key
from amapress_py.money import Cents, euros
from amapress_py.web import PAGE_SIZE, Listing, Paging

Substitute = aliased(Place)


@dataclass(frozen=True)
class Item:
    """A line of a snapshot."""

    contract_label: str
    product_label: str
    quantity: int
    price_cents: Cents
    contract_id: int


class Snapshot:
    """What is told of the lines of an offer."""

    items: list[Item]

    @property
    def contracts(self) -> str:
        """Return "Légumes, Pain"."""
        return ", ".join(dict.fromkeys(item.contract_label for item in self.items))

    @property
    def contract_ids(self) -> dict[str, int]:
        """Return whose page each label leads to."""
        return {item.contract_label: item.contract_id for item in self.items}

    @property
    def quantities(self) -> str:
        """Return "1/2 Panier, 2 × Boule"."""
        return ", ".join(quantity(item) for item in self.items)

    @property
    def contents(self) -> list[str]:
        """Return one text per line."""
        return [content(item) for item in self.items]

    @property
    def price_cents(self) -> Cents:
        """What the taker pays the owner."""
        return total(self.items)


@dataclass
class Row(Snapshot):
    """What every table of offers shows of one; `current` is filled in where changes are shown."""

    id: int
    delivery_id: int
    state: OfferState
    meeting: Meeting
    starts_at: dt.datetime
    offered_at: dt.datetime
    message: str
    owner: str  # first name and initial
    owner_name: str
    items: list[Item] = field(default_factory=list)
    current: list[Item] = field(default_factory=list)  # the same lines as the contract is now

    @property
    def changed(self) -> str:
        """Tell what the contract says now of a basket that is still to come, if it changed."""
        if self.state not in rules.LIVE_STATES or self.current in ([], self.items):
            return ""
        return _(
            "Le contrat a changé depuis : %(contents)s, %(price)s. Le prix convenu entre vous "
            "reste %(agreed)s.",
            contents=", ".join(content(one) for one in self.current),
            price=euros(total(self.current)),
            agreed=euros(self.price_cents),
        )

    @property
    def date(self) -> dt.date:
        """Day of the delivery."""
        return self.meeting.date

    @property
    def offered_on(self) -> dt.date:
        """Day of the offer, in Paris."""
        return clock.paris(self.offered_at).date()

    @property
    def label(self) -> str:
        """State in the users' words."""
        return str(rules.OFFER_LABELS[self.state])


COLUMNS = 13


def offer_columns() -> Statement:
    """Select the columns of Row, without its items."""
    opens = func.coalesce(Delivery.opens, Substitute.opens, Place.opens)
    closes = func.coalesce(Delivery.closes, Substitute.closes, Place.closes)
    return (
        select(
            BasketOffer.id,
            BasketOffer.delivery_id,
            BasketOffer.state,
            Delivery.date,
            opens,
            closes,
            func.coalesce(Substitute.short_name, Place.short_name),
            func.coalesce(Substitute.address, Place.address),
            Delivery.starts_at,
            BasketOffer.offered_at,
            BasketOffer.message,
            Person.first_name,
            Person.last_name,
        )
        .select_from(BasketOffer)
        .join(Delivery, Delivery.id == BasketOffer.delivery_id)
        .join(Place, Place.id == Delivery.place_id)
        .outerjoin(Substitute, Substitute.id == Delivery.substitute_place_id)
        .join(Person, Person.id == BasketOffer.offered_by_id)
    )


# Statements are built once, with these for what changes from one request to the next.
NOW = bindparam("now", type_=UtcDateTime())
HOUSEHOLD = bindparam("household_id", type_=Integer)
PERSON = bindparam("person_id", type_=Integer)
COMING = Delivery.starts_at > NOW
ITEMS: Statement = (
    select(
        OfferItem.offer_id,
        OfferItem.contract_label,
        OfferItem.product_label,
        OfferItem.quantity,
        OfferItem.price_cents,
        OfferItem.contract_id,
    )
    .where(OfferItem.offer_id.in_(bindparam("offer_ids", expanding=True)))
    .order_by(OfferItem.id)
)
ITEM_COLUMNS = 6
BOTH_ITEMS: Statement = (
    ITEMS.add_columns(
        Contract.label, Product.name, func.coalesce(price_on_date(), OfferItem.price_cents)
    )
    .join(Contract, Contract.id == OfferItem.contract_id)
    .join(ContractDate, ContractDate.id == OfferItem.contract_date_id)
    .join(ContractProduct, ContractProduct.id == OfferItem.contract_product_id)
    .join(Product, Product.id == ContractProduct.product_id)
)


def row_values(columns: Sequence[Any]) -> dict[str, Any]:
    key, delivery_id, state, date, opens, closes, place, address, *rest = columns
    starts, offered, message, first, last = rest
    return {
        "id": key,
        "delivery_id": delivery_id,
        "state": state,
        "meeting": Meeting(date, opens, closes, place, address),
        "starts_at": starts,
        "offered_at": offered,
        "message": message,
        "owner": short_name(first, last),
        "owner_name": f"{first} {last}".strip(),
    }


def fill_items(session: Session, rows: Mapping[int, Snapshot]) -> None:
    """Fill the snapshots of some offers in, in one statement."""
    if not rows:
        return
    for item in db.read(session, ITEMS, {"offer_ids": list(rows)}):
        rows[item[0]].items.append(Item(*item[1:]))


def fill_both_items(session: Session, rows: Mapping[int, Row]) -> None:
    """Fill in the snapshots, and the same lines as their contracts are now, in one statement."""
    if not rows:
        return
    for item in db.read(session, BOTH_ITEMS, {"offer_ids": list(rows)}):
        kept = Item(*item[1:ITEM_COLUMNS])
        label, product, cents = item[ITEM_COLUMNS:]
        row = rows[item[0]]
        row.items.append(kept)
        row.current.append(
            replace(kept, contract_label=label, product_label=product, price_cents=cents)
        )


def matching(words: str) -> ColumnElement[bool]:
    """Match words with a contract's or a place's name, or a date typed as in the table."""
    like = f"%{escaped(search_key(words))}%"
    named = exists().where(
        OfferItem.offer_id == BasketOffer.id,
        Contract.id == OfferItem.contract_id,
        Contract.sort_key.like(like, escape="\\"),
    )
    matches = [named, Place.sort_key.like(like, escape="\\")]
    day, month, year = _typed_date(words)
    if day:
        on_day = [extract("day", Delivery.date) == day, extract("month", Delivery.date) == month]
        if year:
            on_day.append(extract("year", Delivery.date) == year)
        matches.append(and_(*on_day))
    return or_(*matches)


def escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _typed_date(words: str) -> tuple[int, int, int]:
    """Read "06/08" or "06/08/2020"; zeros when it is no date."""
    parts = words.strip().split("/")
    if len(parts) not in (2, 3) or not all(one.isdecimal() and len(one) <= 4 for one in parts):
        return 0, 0, 0
    day, month, *year = map(int, parts)
    return day, month, year[0] if year else 0


_SORTS: dict[str, Any] = {
    "date": Delivery.starts_at,
    "panier": select(func.min(OfferItem.contract_label))
    .where(OfferItem.offer_id == BasketOffer.id)
    .correlate(BasketOffer)
    .scalar_subquery(),
    "lieu": Place.sort_key,
    "quantite": select(func.min(OfferItem.product_label))
    .where(OfferItem.offer_id == BasketOffer.id)
    .correlate(BasketOffer)
    .scalar_subquery(),
    "prix": select(func.sum(OfferItem.quantity * OfferItem.price_cents))
    .where(OfferItem.offer_id == BasketOffer.id)
    .correlate(BasketOffer)
    .scalar_subquery(),
    "etat": BasketOffer.state,
}


SORTS = tuple(_SORTS)


def page_of(
    columns: Statement,
    conditions: Sequence[ColumnElement[bool]],
    listing: Listing,
    pinned: int = 0,
) -> Statement:
    """Narrow `columns` to the page asked for; the last column is how many there are in all."""
    ids = chosen(BasketOffer.id, func.count().over().label("total")).where(*conditions)
    offset = (listing.page - 1) * PAGE_SIZE
    page = in_order(ids, listing, pinned).limit(PAGE_SIZE).offset(offset).subquery()
    return in_order(
        columns.add_columns(page.c.total).join(page, page.c.id == BasketOffer.id),
        listing,
        pinned,
    )


def read_page(
    session: Session,
    statement: Callable[[Listing], Statement],
    listing: Listing,
    values: Mapping[str, Any],
) -> tuple[Sequence[Any], int]:
    """Return the rows of a page, without the total, and the total; past the end, the last page."""
    rows = db.read(session, statement(listing), values).all()
    if rows:
        return [row[:-1] for row in rows], rows[0][-1]
    if listing.page == 1:
        return [], 0
    first, total = read_page(session, statement, replace(listing, page=1), values)
    last = Paging(listing.page, total).page
    if last == 1:
        return first, total
    return read_page(session, statement, replace(listing, page=last), values)


def chosen(*columns: Any) -> Statement:
    """Select columns of offers with the joins that conditions and orders name."""
    return (
        select(*columns)
        .select_from(BasketOffer)
        .join(Delivery, Delivery.id == BasketOffer.delivery_id)
        .join(Place, Place.id == Delivery.place_id)
    )


def in_order(statement: Statement, listing: Listing, pinned: int = 0) -> Statement:
    order = _SORTS[listing.sort]
    if pinned:
        statement = statement.order_by(BasketOffer.id != pinned)
    return statement.order_by(
        order.desc() if listing.descending else order, Delivery.starts_at, BasketOffer.id
    )


MOST_DAYS = 3660


@dataclass(frozen=True)
class Period:
    """Which deliveries a personal table shows, by day."""

    first: dt.date | None
    last: dt.date | None

    @classmethod
    def asked(cls, show_history: bool, history_days: int, show_futur: bool) -> "Period":
        """Return what a page asks for around today, with at most MOST_DAYS of history."""
        today = clock.today()
        days = min(max(history_days, 0), MOST_DAYS) if show_history else 0
        yesterday = today - dt.timedelta(days=1)
        return cls(today - dt.timedelta(days=days), None if show_futur else yesterday)

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the period as conditions on deliveries."""
        found: list[ColumnElement[bool]] = []
        if self.first:
            found.append(Delivery.date >= self.first)
        if self.last:
            found.append(Delivery.date <= self.last)
        return found

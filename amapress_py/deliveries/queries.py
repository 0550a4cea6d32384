"""What is asked about places and deliveries."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, true
from sqlalchemy.orm import Session, aliased, load_only

from amapress_py.deliveries.models import Delivery, Place
from amapress_py.i18n import search_key
from amapress_py.web import PAGE_SIZE, Listing, key_of

Rows = Sequence[Row[*tuple[Any, ...]]]
Substitute = aliased(Place)


@dataclass(frozen=True)
class Narrowing:
    """Which deliveries a list shows; None doesn't narrow."""

    place_id: int | None = None
    first: dt.date | None = None
    last: dt.date | None = None


def place_choices(session: Session) -> list[tuple[int, str]]:
    """Return ids and names of all places, sorted without accents."""
    places = select(Place.id, Place.name).order_by(Place.sort_key)
    return [(key, name) for key, name in session.execute(places)]


def count_places(session: Session, listing: Listing) -> int:
    """Count what `places` lists on all pages."""
    found = select(func.count()).select_from(Place).where(_named(listing.words))
    return session.scalar(found) or 0


def places(session: Session, listing: Listing) -> Sequence[Place]:
    """Return one page of places."""
    orders: Mapping[str, ColumnElement[Any]] = {
        "nom": Place.sort_key.expression,
        "heures": Place.opens.expression,
    }
    order = orders[listing.sort]
    return session.scalars(
        select(Place)
        .options(
            load_only(
                Place.id, Place.name, Place.short_name, Place.address, Place.opens, Place.closes
            )
        )
        .where(_named(listing.words))
        .order_by(order.desc() if listing.descending else order, Place.sort_key, Place.id)
        .offset((listing.page - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE)
    ).all()


def is_called(words: str) -> ColumnElement[bool]:
    """Tell whether a place has that id, short name or name (case and accents ignored)."""
    key = key_of(words)
    if key is not None:
        return Place.id == key
    return or_(func.lower(Place.short_name) == words.lower(), Place.sort_key == search_key(words))


def places_called(session: Session, words: str = "") -> Sequence[Place]:
    """Return the places of that id, short name or name, all without one, sorted."""
    wanted = is_called(words) if words else true()
    return session.scalars(select(Place).where(wanted).order_by(Place.sort_key, Place.id)).all()


def count_deliveries(session: Session, narrow: Narrowing) -> int:
    """Count what `deliveries` lists on all pages."""
    found = select(func.count()).select_from(Delivery).where(_narrowed(narrow))
    return session.scalar(found) or 0


def deliveries(session: Session, narrow: Narrowing, listing: Listing) -> Rows:
    """Return one page of (id, date, place, substitute, opens, closes, note), in order of date."""
    real = func.coalesce
    orders: Mapping[str, ColumnElement[Any]] = {
        "date": Delivery.date.expression,
        "lieu": Place.sort_key.expression,
    }
    order = orders[listing.sort]
    return session.execute(
        select(
            Delivery.id,
            Delivery.date,
            Place.name.label("place"),
            Substitute.name.label("substitute"),
            real(Delivery.opens, Substitute.opens, Place.opens).label("opens"),
            real(Delivery.closes, Substitute.closes, Place.closes).label("closes"),
            Delivery.note,
        )
        .join(Place, Place.id == Delivery.place_id)
        .outerjoin(Substitute, Substitute.id == Delivery.substitute_place_id)
        .where(_narrowed(narrow))
        .order_by(
            order.desc() if listing.descending else order,
            Delivery.date,
            Delivery.starts_at,
            Place.sort_key,
            Delivery.id,
        )
        .offset((listing.page - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE)
    ).all()


def delivery(session: Session, delivery_id: int) -> Delivery | None:
    """Return a delivery with its places."""
    return session.get(Delivery, delivery_id)


def _named(words: str) -> ColumnElement[bool]:
    return and_(
        true(),
        *(Place.sort_key.contains(word, autoescape=True) for word in search_key(words).split()),
    )


def _narrowed(narrow: Narrowing) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [true()]
    if narrow.place_id is not None:
        conditions.append(
            or_(
                Delivery.place_id == narrow.place_id,
                Delivery.substitute_place_id == narrow.place_id,
            )
        )
    if narrow.first is not None:
        conditions.append(Delivery.date >= narrow.first)
    if narrow.last is not None:
        conditions.append(Delivery.date <= narrow.last)
    return and_(*conditions)

"""What is done to places and deliveries."""

import datetime as dt
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import Session

from amapress_py import clock, db, settings
from amapress_py.accounts.viewer import Viewer
from amapress_py.deliveries import rules
from amapress_py.deliveries.models import Delivery, Place
from amapress_py.deliveries.watcher import watcher
from amapress_py.errors import NotAllowed, NotFound
from amapress_py.i18n import _, search_key, short_date


@dataclass(frozen=True)
class PlaceValues:
    """What the form of a place says."""

    name: str
    short_name: str
    opens: dt.time
    closes: dt.time
    address: str = ""
    directions: str = ""
    latitude: float | None = None  # degrees, with `longitude` or not at all
    longitude: float | None = None


@dataclass(frozen=True)
class Correction:
    """What differs from the place's habits at one delivery; None: as usual."""

    opens: dt.time | None = None
    closes: dt.time | None = None
    substitute_place_id: int | None = None
    note: str = ""


def create_place(session: Session, viewer: Viewer, values: PlaceValues) -> Place:
    """Add a place; raise NameTaken, ClosesBeforeOpening or HalfAPin."""
    _admin_only(viewer)
    place = Place()
    _fill(session, place, values)
    settings.touch(session)
    return place


def change_place(session: Session, viewer: Viewer, place_id: int, values: PlaceValues) -> None:
    """Change a place; its coming deliveries get the new hours."""
    _admin_only(viewer)
    place = locked_place(session, place_id)
    _fill(session, place, values)
    settings.touch(session)
    coming = (
        select(Delivery.id)
        .where(
            Delivery.date >= clock.today(),
            or_(Delivery.place_id == place_id, Delivery.substitute_place_id == place_id),
        )
        .order_by(Delivery.id)
    )
    for delivery_id in session.scalars(coming).all():
        _renew(session, locked_delivery(session, delivery_id))


def delete_place(session: Session, viewer: Viewer, place_id: int) -> None:
    """Delete a place nothing refers to; raise PlaceInUse otherwise."""
    _admin_only(viewer)
    locked_place(session, place_id)
    with db.unless_keys_forbid(session, rules.PlaceInUse()):
        session.execute(delete(Place).where(Place.id == place_id))
    settings.touch(session)


def correct_delivery(
    session: Session, viewer: Viewer, delivery_id: int, correction: Correction
) -> None:
    """Set one delivery's own hours, substitute place and note."""
    _admin_only(viewer)
    set_correction(session, delivery_id, correction)


def set_correction(session: Session, delivery_id: int, correction: Correction) -> None:
    """Do it for who may: the caller has checked; raise SamePlace or ClosesBeforeOpening."""
    substitute = (
        locked_place(session, correction.substitute_place_id)
        if correction.substitute_place_id is not None
        else None
    )  # places are locked before deliveries, everywhere
    delivery = locked_delivery(session, delivery_id)
    if substitute is not None and substitute.id == delivery.place_id:
        raise rules.SamePlace
    moved = correction.substitute_place_id != delivery.substitute_place_id
    delivery.substitute_place = substitute
    delivery.opens, delivery.closes = correction.opens, correction.closes
    delivery.note = correction.note
    _renew(session, delivery, moved=moved)


def ensure(session: Session, date: dt.date, place_id: int) -> int:
    """Return the delivery of a date at a place, made if there is none.

    The place is locked, so that two contracts that need it at once make one.
    """
    place = locked_place(session, place_id)
    found = session.scalar(
        select(Delivery.id).where(Delivery.date == date, Delivery.place_id == place_id)
    )
    if found is not None:
        return found
    delivery = Delivery(date=date, place_id=place_id, place=place)
    delivery.set_instants()
    session.add(delivery)
    session.flush()
    return delivery.id


def drop_if_idle(session: Session, date: dt.date, place_id: int) -> None:
    """Delete the delivery that no contract date points to any more, unless something hangs on it.

    The caller has checked the contracts' dates under the lock of the place.
    """
    here = (Delivery.date == date, Delivery.place_id == place_id)
    with suppress(rules.DeliveryInUse), db.unless_keys_forbid(session, rules.DeliveryInUse()):
        session.execute(delete(Delivery).where(*here))


def locked_place(session: Session, place_id: int) -> Place:
    """Return a place locked until the end of the transaction; raise NotFound."""
    place = db.locked(session, Place, place_id)
    if place is None:
        raise NotFound
    return place


def locked_delivery(session: Session, delivery_id: int) -> Delivery:
    """Return a delivery locked until the end of the transaction; raise NotFound."""
    delivery = db.locked(session, Delivery, delivery_id)
    if delivery is None:
        raise NotFound
    return delivery


def _admin_only(viewer: Viewer) -> None:
    if not viewer.is_admin:
        raise NotAllowed


def _fill(session: Session, place: Place, values: PlaceValues) -> None:
    rules.check_hours(values.opens, values.closes)
    rules.check_pin(values.latitude, values.longitude)
    same: ColumnElement[bool] = or_(
        Place.sort_key == search_key(values.name),
        func.lower(Place.short_name) == values.short_name.lower(),
    )
    if session.scalar(select(Place.id).where(same, Place.id != (place.id or 0)).limit(1)):
        raise rules.NameTaken
    with db.unless_keys_forbid(session, rules.NameTaken()):
        place.name, place.short_name = values.name, values.short_name
        place.opens, place.closes = values.opens, values.closes
        place.address, place.directions = values.address, values.directions
        place.latitude, place.longitude = values.latitude, values.longitude
        session.add(place)


def _renew(session: Session, delivery: Delivery, moved: bool = False) -> None:
    """Renew the instants; tell the watcher when they, or the place, changed."""
    if delivery.real_closes <= delivery.real_opens:
        raise rules.ClosesBeforeOpening(
            _(
                "Distribution du %(day)s : l’heure de fin doit être après l’heure de début.",
                day=short_date(delivery.date),
            )
        )
    before = (delivery.starts_at, delivery.ends_at)
    delivery.set_instants()
    session.flush()
    if moved or before != (delivery.starts_at, delivery.ends_at):
        watcher().delivery_changed(session, delivery.id)

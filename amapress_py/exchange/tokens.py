"""Signed links by which a person acts from a mail, without logging in: one purpose each."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.accounts.models import Person
from amapress_py.exchange.models import IntermittentEnrolment, OfferRequest

VALID = timedelta(days=7)
MOST_LENGTH = 500
MOST_JOINING = 4000  # it carries what was typed: nothing is kept before the answer
ENROLMENT, BOOKING, DESIGNATION = "exchange.enrolment", "exchange.booking", "exchange.designation"
JOINING = "exchange.joining"
MARK = 12  # characters of a personal secret that a link is bound to


def _serializer(purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt=purpose)


def _signed(purpose: str, *values: Any) -> str:
    expires = int((clock.now() + VALID).timestamp())
    return str(_serializer(purpose).dumps([*values, expires]))


def _read(purpose: str, token: str, count: int, most: int = MOST_LENGTH) -> list[Any] | None:
    """Return the values of a link, or None: forged, altered, of another purpose, expired."""
    try:
        *values, expires = _serializer(purpose).loads(token[:most])
    except BadSignature:
        return None
    return values if len(values) == count and clock.now().timestamp() < expires else None


def enrolment_token(person: Person, enroller_id: int) -> str:
    """Return a token for a person, bound to the stamp that a new password renews."""
    return _signed(ENROLMENT, person.id, person.stamp, enroller_id)


def read_enrolment_token(session: Session, token: str) -> tuple[int, int] | None:
    """Return (person, enroller), or None: altered, expired, used up by a new password."""
    values = _read(ENROLMENT, token, 3)
    if values is None:
        return None
    person_id, stamp, enroller_id = values
    person = session.get(Person, person_id)
    if person is None or not person.is_active or person.stamp != stamp:
        return None
    return person_id, enroller_id


def booking_token(offer_id: int, person_id: int, enrolment_token: str) -> str:
    """Return the token of "Je suis intéressé" in an alert; it dies with the enrolment."""
    return _signed(BOOKING, offer_id, person_id, enrolment_token[:MARK])


def read_booking_token(session: Session, token: str) -> tuple[int, Person] | None:
    """Return (offer, person), or None: altered, expired, no longer enrolled."""
    values = _read(BOOKING, token, 3)
    if values is None:
        return None
    offer_id, person_id, mark = values
    enrolment = session.scalar(
        select(IntermittentEnrolment).where(
            IntermittentEnrolment.person_id == person_id,
            IntermittentEnrolment.ended_at.is_(None),
        )
    )
    if enrolment is None or enrolment.token[:MARK] != mark or not enrolment.person.is_active:
        return None
    return offer_id, enrolment.person


def designation_token(request: OfferRequest) -> str:
    """Return the token by which a chosen taker answers, bound to his stamp."""
    return _signed(DESIGNATION, request.id, request.person.stamp)


def read_designation_token(session: Session, token: str) -> OfferRequest | None:
    """Return the request, or None: altered, expired, used up by a new password."""
    values = _read(DESIGNATION, token, 2)
    if values is None:
        return None
    request = session.get(OfferRequest, values[0])
    if request is None or request.person.stamp != values[1] or not request.person.is_active:
        return None
    return request if request.is_designated else None


def joining_token(key: str, person: Mapping[str, str]) -> str:
    """Return the token of who asked to join by the page of that key; it dies with the key."""
    return _signed(JOINING, key[:MARK], dict(person))


def read_joining_token(key: str, token: str) -> dict[str, str] | None:
    """Return what was typed, or None: altered, expired, of a key that is no longer good."""
    values = _read(JOINING, token, 2, MOST_JOINING)
    if values is None or not key or values[0] != key[:MARK]:
        return None
    typed: dict[str, str] = values[1]
    return typed

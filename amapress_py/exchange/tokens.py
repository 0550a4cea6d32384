"""The signed link by which a known person confirms that somebody may enrol him."""

from datetime import timedelta

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.accounts.models import Person

VALID = timedelta(days=7)
MOST_LENGTH = 500


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="exchange.enrolment")


def enrolment_token(person: Person, enroller_id: int) -> str:
    """Return a token for a person, bound to the stamp that a new password renews."""
    expires = int((clock.now() + VALID).timestamp())
    return str(_serializer().dumps([person.id, person.stamp, enroller_id, expires]))


def read_enrolment_token(session: Session, token: str) -> tuple[int, int] | None:
    """Return (person, enroller), or None: altered, expired, used up by a new password."""
    try:
        person_id, stamp, enroller_id, expires = _serializer().loads(token[:MOST_LENGTH])
    except BadSignature:
        return None
    person = session.get(Person, person_id)
    if person is None or not person.is_active or person.stamp != stamp:
        return None
    return (person_id, enroller_id) if clock.now().timestamp() < expires else None

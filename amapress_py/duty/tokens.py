"""The signed links by which somebody answers a request, or a new date, without logging in."""

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.accounts.models import Person
from amapress_py.duty.models import DutySeat, DutySwap
from amapress_py.duty.rules import SwapState

MOST_LENGTH = 500


def _serializer(salt: str = "duty.swap") -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt=salt)


def swap_token(swap: DutySwap) -> str:
    """Return the token of the person who is asked; a new password ends it."""
    return str(_serializer().dumps([swap.id, swap.asked.stamp]))


def read_swap_token(session: Session, token: str) -> DutySwap | None:
    """Return the request, or None: forged, answered, of a person who is gone."""
    try:
        swap_id, stamp = _serializer().loads(token[:MOST_LENGTH])
    except (BadSignature, ValueError, TypeError):
        return None
    swap = session.get(DutySwap, swap_id)
    if swap is None or swap.state is not SwapState.PENDING:
        return None
    return swap if swap.asked.is_active and swap.asked.stamp == stamp else None


def seat_token(seat: DutySeat, person: Person) -> str:
    """Return the token by which a person says that he cannot come on a seat's new date."""
    about = [seat.id, person.id, seat.delivery.date.isoformat(), person.stamp]
    return str(_serializer("duty.moved").dumps(about))


def read_seat_token(session: Session, token: str) -> DutySeat | None:
    """Return the seat, or None: forged, no longer his, moved again, begun, of who is gone."""
    try:
        seat_id, person_id, day, stamp = _serializer("duty.moved").loads(token[:MOST_LENGTH])
    except (BadSignature, ValueError, TypeError):
        return None
    seat = session.get(DutySeat, seat_id)
    if seat is None or seat.person is None or seat.person_id != person_id:
        return None
    is_same = seat.delivery.date.isoformat() == day and clock.now() < seat.delivery.starts_at
    return seat if is_same and seat.person.is_active and seat.person.stamp == stamp else None

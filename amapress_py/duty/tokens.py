"""The signed link by which somebody answers a request without logging in."""

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from amapress_py.duty.models import DutySwap
from amapress_py.duty.rules import SwapState

MOST_LENGTH = 500


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="duty.swap")


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

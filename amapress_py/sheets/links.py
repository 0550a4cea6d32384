"""Signed links by which a producer opens the sheet of a day without logging in."""

from datetime import timedelta

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from amapress_py import clock

PATH = "/livraison"
VALID = timedelta(days=14)
MOST_LENGTH = 200


def make(delivery_id: int, producer_id: int) -> str:
    """Return the token of a sheet, valid from now for two weeks."""
    expires = int((clock.now() + VALID).timestamp())
    return str(_serializer().dumps([delivery_id, producer_id, expires]))


def read(token: str) -> tuple[int, int] | None:
    """Return (delivery, producer), None for what was altered, is another's or has expired."""
    try:
        delivery_id, producer_id, expires = _serializer().loads(token[:MOST_LENGTH])
    except BadSignature:
        return None
    return (delivery_id, producer_id) if clock.now().timestamp() < expires else None


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="sheets.producer")

"""How contracts ask who else holds a part of a basket (it may be offered to somebody)."""

from collections.abc import Mapping
from typing import Protocol

from flask import Flask, current_app
from sqlalchemy.orm import Session

CLAIMS = "amapress_basket_claims"
Cell = tuple[int, int]  # contract date, contract product


class BasketClaims(Protocol):
    """What a higher domain promised away of a signed contract."""

    def ceded(self, session: Session, subscription_id: int) -> Mapping[Cell, int]:
        """Return the quantities in live offers, by cell; nothing ceded: absent."""


class Unclaimed:
    """The claims of an application that plugs none in."""

    def ceded(self, session: Session, subscription_id: int) -> Mapping[Cell, int]:
        """Nothing is ceded."""
        return {}


def plug_claims(app: Flask, claims: BasketClaims) -> None:
    """Say who holds parts of baskets."""
    app.extensions[CLAIMS] = claims


def claims() -> BasketClaims:
    """Return the application's claims."""
    found: BasketClaims = current_app.extensions.get(CLAIMS, Unclaimed())
    return found

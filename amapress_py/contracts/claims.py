"""How contracts ask who else holds a part of a basket (it may be offered to somebody)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from flask import Flask, current_app
from sqlalchemy.orm import Session

CLAIMS = "amapress_basket_claims"
Cell = tuple[int, int]  # contract date, contract product


@dataclass(frozen=True)
class Promise:
    """A line of a signed contract in a live offer, which may still change."""

    offer_id: int
    subscription_id: int
    date_id: int
    product_id: int
    quantity: int
    is_whole: bool  # nothing of another contract is in that offer

    @property
    def line(self) -> tuple[int, int, int]:
        """Whose, when, what."""
        return self.subscription_id, self.date_id, self.product_id


class BasketClaims(Protocol):
    """What a higher domain promised away of a signed contract."""

    def ceded(self, session: Session, subscription_id: int) -> Mapping[Cell, int]:
        """Return the quantities in live offers, by cell; nothing ceded: absent."""

    def promises(self, session: Session, contract_id: int) -> Sequence[Promise]:
        """Return what of a contract is in live offers of deliveries that are still to come."""

    def contract_changed(
        self, session: Session, date_ids: Collection[int], reason: str, person_id: int
    ) -> None:
        """Carry offers along with their baskets on some dates; cancel those with nothing left.

        The contract's rows are those of now; deliveries and signed contracts are locked.
        """


class Unclaimed:
    """The claims of an application that plugs none in."""

    def ceded(self, session: Session, subscription_id: int) -> Mapping[Cell, int]:
        """Nothing is ceded."""
        return {}

    def promises(self, session: Session, contract_id: int) -> Sequence[Promise]:
        """Nothing is promised."""
        return ()

    def contract_changed(
        self, session: Session, date_ids: Collection[int], reason: str, person_id: int
    ) -> None:
        """Nothing follows."""


def plug_claims(app: Flask, claims: BasketClaims) -> None:
    """Say who holds parts of baskets."""
    app.extensions[CLAIMS] = claims


def claims() -> BasketClaims:
    """Return the application's claims."""
    found: BasketClaims = current_app.extensions.get(CLAIMS, Unclaimed())
    return found

"""How deliveries ask what is handed out: contracts are a higher domain."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from flask import Flask, current_app
from sqlalchemy.orm import Session

BASKETS = "amapress_delivery_baskets"


@dataclass(frozen=True)
class BasketSummary:
    """One household's basket: who fetches it, and its lines as text."""

    household_id: int
    names: str
    contents: tuple[str, ...]


class Baskets(Protocol):
    """What the domain of contracts knows about deliveries."""

    def basket_counts(self, session: Session, delivery_ids: Iterable[int]) -> Mapping[int, int]:
        """Return the number of baskets of each delivery; none: absent."""

    def basket_summaries(self, session: Session, delivery_id: int) -> list[BasketSummary]:
        """Return the baskets of a delivery, in order of names."""


class NoBaskets:
    """An application without contracts."""

    def basket_counts(self, session: Session, delivery_ids: Iterable[int]) -> Mapping[int, int]:
        """Nothing is handed out."""
        return {}

    def basket_summaries(self, session: Session, delivery_id: int) -> list[BasketSummary]:
        """Nothing is handed out."""
        return []


def plug_baskets(app: Flask, baskets: Baskets) -> None:
    """Say who knows the baskets (a module with the two functions will do)."""
    app.extensions[BASKETS] = baskets


def baskets() -> Baskets:
    """Return who knows the baskets."""
    found: Baskets = current_app.extensions.get(BASKETS, NoBaskets())
    return found

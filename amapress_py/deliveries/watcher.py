"""Whom deliveries tell when the hours or the place of one change."""

from typing import Protocol

from flask import Flask, current_app
from sqlalchemy.orm import Session

WATCHER = "amapress_delivery_watcher"


class DeliveryWatcher(Protocol):
    """What a higher domain does about a delivery that changed."""

    def delivery_changed(self, session: Session, delivery_id: int) -> None:
        """Carry a new start, end or place to whatever hangs on the delivery."""


class Nobody:
    """The watcher of an application that plugs none in."""

    def delivery_changed(self, session: Session, delivery_id: int) -> None:
        """Do nothing: nothing hangs on a delivery."""


def plug_watcher(app: Flask, watcher: DeliveryWatcher) -> None:
    """Say who is told of a changed delivery."""
    app.extensions[WATCHER] = watcher


def watcher() -> DeliveryWatcher:
    """Return the application's watcher."""
    found: DeliveryWatcher = current_app.extensions.get(WATCHER, Nobody())
    return found

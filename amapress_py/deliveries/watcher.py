"""Whom deliveries tell when the hours or the place of one change."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Protocol

from flask import Flask, current_app
from sqlalchemy.orm import Session

WATCHER = "amapress_delivery_watcher"


class DeliveryWatcher(Protocol):
    """What a higher domain does about a delivery that changed."""

    def delivery_changed(self, session: Session, delivery_id: int) -> None:
        """Carry a new start, end or place to whatever hangs on the delivery."""

    def deliveries_moved(
        self,
        session: Session,
        moves: Mapping[dt.date, dt.date | None],
        place_ids: Collection[int],
        person_id: int,
    ) -> None:
        """Carry what hangs on a day to the new day of its delivery; None: it is given up.

        The new days' deliveries exist, the old ones are not dropped yet; another contract may
        still deliver there.
        """


class Each:
    """Watchers, told one after the other; none: nobody is told."""

    def __init__(self, *watchers: DeliveryWatcher) -> None:
        self._watchers = watchers

    def delivery_changed(self, session: Session, delivery_id: int) -> None:
        """Tell each."""
        for one in self._watchers:
            one.delivery_changed(session, delivery_id)

    def deliveries_moved(
        self,
        session: Session,
        moves: Mapping[dt.date, dt.date | None],
        place_ids: Collection[int],
        person_id: int,
    ) -> None:
        """Tell each."""
        for one in self._watchers:
            one.deliveries_moved(session, moves, place_ids, person_id)


def plug_watcher(app: Flask, watcher: DeliveryWatcher) -> None:
    """Say who is told of a changed delivery."""
    app.extensions[WATCHER] = watcher


def watcher() -> DeliveryWatcher:
    """Return the application's watcher."""
    found: DeliveryWatcher = current_app.extensions.get(WATCHER, Each())
    return found

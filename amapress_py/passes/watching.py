"""What passes do when a delivery moves; app.py plugs it in."""

import datetime as dt
from collections.abc import Collection, Mapping

from sqlalchemy.orm import Session

from amapress_py.passes import services


class Passes:
    """A watcher of `deliveries.watcher`: a pass goes to the day to which the basket went."""

    def delivery_changed(self, session: Session, delivery_id: int) -> None:
        """Do nothing: the friend's page shows the new hours and place."""

    def deliveries_moved(
        self,
        session: Session,
        moves: Mapping[dt.date, dt.date | None],
        place_ids: Collection[int],
        person_id: int,
    ) -> None:
        """Let passes follow."""
        services.follow(session, moves, place_ids)

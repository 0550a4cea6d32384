"""What duty does when a delivery changes; app.py plugs it in."""

import datetime as dt
from collections.abc import Collection, Mapping

from sqlalchemy.orm import Session

from amapress_py.duty import services


class Seats:
    """A watcher of `deliveries.watcher`: seats follow, and who sits there is told."""

    def delivery_changed(self, session: Session, delivery_id: int) -> None:
        """Tell who sits there the new hours or place."""
        services.delivery_changed(session, delivery_id)

    def deliveries_moved(
        self,
        session: Session,
        moves: Mapping[dt.date, dt.date | None],
        place_ids: Collection[int],
        person_id: int,
    ) -> None:
        """Let seats follow to the new day; free those of a day that is given up."""
        services.deliveries_moved(session, moves, place_ids, person_id)

"""What this domain answers contracts, and does when a delivery changes; app.py plugs it in."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy.orm import Session

from amapress_py.contracts.claims import Promise
from amapress_py.exchange import following, queries, services


class OfferedBaskets:
    """The claims of `contracts.claims` and the watcher of `deliveries.watcher`."""

    def ceded(self, session: Session, subscription_id: int) -> Mapping[tuple[int, int], int]:
        """Return the quantities of a signed contract in live offers, by (date, product)."""
        held = queries.ceded_quantities(session, [subscription_id])
        return {(date_id, product_id): n for (_key, date_id, product_id), n in held.items()}

    def promises(self, session: Session, contract_id: int) -> Sequence[Promise]:
        """Return what of a contract is in live offers of deliveries that are still to come."""
        return following.promises(session, contract_id)

    def contract_changed(
        self, session: Session, date_ids: Collection[int], reason: str, person_id: int
    ) -> None:
        """Carry offers along with their baskets; cancel those with nothing left."""
        following.contract_changed(session, date_ids, reason, person_id)

    def delivery_changed(self, session: Session, delivery_id: int) -> None:
        """Tell both sides of each live offer the new hours or place."""
        services.delivery_changed(session, delivery_id)

    def deliveries_moved(
        self,
        session: Session,
        moves: Mapping[dt.date, dt.date | None],
        place_ids: Collection[int],
        person_id: int,
    ) -> None:
        """Do nothing: offers followed their baskets already, by `contract_changed`."""

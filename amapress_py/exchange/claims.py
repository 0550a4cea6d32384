"""What this domain answers contracts, and does when a delivery changes; app.py plugs it in."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from amapress_py.exchange import queries, services


class OfferedBaskets:
    """The claims of `contracts.claims` and the watcher of `deliveries.watcher`."""

    def ceded(self, session: Session, subscription_id: int) -> Mapping[tuple[int, int], int]:
        """Return the quantities of a signed contract in live offers, by (date, product)."""
        held = queries.ceded_quantities(session, [subscription_id])
        return {(date_id, product_id): n for (_key, date_id, product_id), n in held.items()}

    def delivery_changed(self, session: Session, delivery_id: int) -> None:
        """Tell both sides of each live offer the new hours or place."""
        services.delivery_changed(session, delivery_id)

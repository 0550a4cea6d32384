"""A basket is free: one mail to each intermittent who wants to hear of it at once."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock, db, settings
from amapress_py.exchange import letters, turns
from amapress_py.exchange.models import Alert, BasketOffer
from amapress_py.exchange.queries.wishes import interested
from amapress_py.exchange.rules import STILL_FREE, Pace
from amapress_py.exchange.steps import locked_offer


def write_alert(session: Session, alert_id: int) -> int:
    """Write the mails of one alert, once; return how many.

    With fair turns it waits until those before have had theirs.
    """
    is_fair = settings.current().fair_turn
    if is_fair:  # nobody asks while a turn begins or ends; the offer is locked before the alert
        offer_id = session.scalar(select(Alert.offer_id).where(Alert.id == alert_id))
        if offer_id is not None:
            locked_offer(session, offer_id)
    alert = db.locked(session, Alert, alert_id)
    if alert is None or alert.done_at is not None:
        return 0
    offer = session.get_one(BasketOffer, alert.offer_id, populate_existing=True)
    if offer.state in STILL_FREE and clock.now() < offer.delivery.starts_at:
        if is_fair and turns.take_turns(session, alert, offer):
            return 0
        alert.recipients = _write(session, alert, offer)
    alert.done_at = clock.now()
    return alert.recipients


def _write(session: Session, alert: Alert, offer: BasketOffer) -> int:
    told = [one for one in interested(session, offer) if one.wishes.pace is Pace.AT_ONCE]
    labels = dict.fromkeys(item.contract_label for item in offer.items)
    return letters.tell_all(
        session,
        "exchange/alert",
        offer,
        told,
        topic=f"{letters.ALERT_TOPIC}{alert.id}",
        what=", ".join(labels),
    )

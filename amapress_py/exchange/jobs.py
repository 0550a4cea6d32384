"""What the worker does for the espace intermittents: alerts, the end of the day."""

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock, db, settings
from amapress_py.accounts import queries as accounts_queries
from amapress_py.accounts.models import Person
from amapress_py.exchange import letters, services
from amapress_py.exchange.enrolment import ALERT_TOPIC
from amapress_py.exchange.models import Alert, BasketOffer, IntermittentEnrolment, OfferRequest
from amapress_py.exchange.rules import OfferState
from amapress_py.jobs import Job
from amapress_py.mail import outbox
from amapress_py.mail.outbox import Personal

STILL_FREE = (OfferState.OPEN, OfferState.REQUESTED)


def send_alerts(_app: Flask) -> None:
    """Turn each alert that is due into one outbox row per recipient, a transaction each."""
    due = select(Alert.id).where(Alert.done_at.is_(None), Alert.due_at <= clock.now())
    for key in db.session().scalars(due.order_by(Alert.id)).all():
        with db.transaction() as session:
            write_alert(session, key)


def write_alert(session: Session, alert_id: int) -> int:
    """Write the mails of one alert, once; return how many."""
    alert = db.locked(session, Alert, alert_id)
    if alert is None or alert.done_at is not None:
        return 0
    alert.done_at = clock.now()
    offer = session.get_one(BasketOffer, alert.offer_id, populate_existing=True)
    if offer.state not in STILL_FREE or clock.now() >= offer.delivery.starts_at:
        return 0
    tokens = _recipients(session, offer)
    names = dict(
        session.execute(select(Person.id, Person.first_name).where(Person.id.in_(tokens))).all()
    )
    letters_to = [
        Personal(
            recipient,
            values={
                "first_name": names[person_id] or recipient.name,
                "book_url": letters.book_url(offer.id, person_id, tokens[person_id]),
                "unsubscribe_url": letters.unsubscribe_url(tokens[person_id]),
            },
            headers=letters.unsubscribe_headers(tokens[person_id]),
        )
        for person_id, recipients in accounts_queries.recipients(session, list(tokens)).items()
        for recipient in recipients
    ]
    values = letters.offer_values(offer, "")
    labels = dict.fromkeys(item.contract_label for item in offer.items)
    alert.recipients = outbox.post_many(
        session,
        "exchange/alert",
        letters_to,
        topic=f"{ALERT_TOPIC}{alert.id}",
        reply_to=settings.current().exchange_email,
        what=", ".join(labels),
        **values,
    )
    return alert.recipients


def _recipients(session: Session, offer: BasketOffer) -> dict[int, str]:
    """Return who is told, with his token: enrolled, not of the household, never a candidate."""
    asked = select(OfferRequest.person_id).where(OfferRequest.offer_id == offer.id)
    rows = session.execute(
        select(IntermittentEnrolment.person_id, IntermittentEnrolment.token)
        .join(Person, Person.id == IntermittentEnrolment.person_id)
        .where(
            IntermittentEnrolment.ended_at.is_(None),
            Person.is_active,
            Person.household_id != offer.household_id,
            Person.id.not_in(asked),
        )
        .order_by(IntermittentEnrolment.person_id)
    )
    return {row.person_id: row.token for row in rows}


def close_past_offers(_app: Flask) -> None:
    """Close what is over, once a day."""
    with db.transaction() as session:
        services.close_past_offers(session, clock.now())


def expire_requests(_app: Flask) -> None:
    """Free requests that nobody answered, if the setting says so."""
    if settings.current().request_expiry_hours:
        with db.transaction() as session:
            services.expire_requests(session, clock.now())


JOBS = (
    Job("alerts", send_alerts, "minute"),
    Job("expire-requests", expire_requests, "minute"),
    Job("close-offers", close_past_offers, "day"),
)

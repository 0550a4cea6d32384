"""What the worker does for the espace intermittents: alerts, reminders, the end of the day."""

from flask import Flask
from sqlalchemy import select

from amapress_py import clock, db, settings
from amapress_py.exchange import alerts, digests, reminders, services
from amapress_py.exchange.models import Alert
from amapress_py.jobs import Job


def send_alerts(_app: Flask) -> None:
    """Turn each alert that is due into one outbox row per recipient, a transaction each."""
    due = select(Alert.id).where(Alert.done_at.is_(None), Alert.due_at <= clock.now())
    for key in db.session().scalars(due.order_by(Alert.id)).all():
        with db.transaction() as session:
            alerts.write_alert(session, key)


def send_digests(_app: Flask) -> None:
    """Write the day's digests once their hour has come, a transaction per reader."""
    for person_id in digests.due(db.session()):
        with db.transaction() as session:
            digests.write(session, person_id)


def remind(_app: Flask) -> None:
    """Write the reminders that are due, a transaction per basket."""
    for offer_id in reminders.due(db.session()):
        with db.transaction() as session:
            reminders.write(session, offer_id)


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
    Job("digests", send_digests, "minute"),
    Job("reminders", remind, "minute"),
    Job("expire-requests", expire_requests, "minute"),
    Job("close-offers", close_past_offers, "day"),
)

"""One mail a day with all that is free, for who prefers that to a mail per basket."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from flask import current_app
from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from amapress_py import clock, settings
from amapress_py.accounts import queries as accounts_queries
from amapress_py.accounts.models import Person
from amapress_py.deliveries.models import Delivery
from amapress_py.exchange import letters
from amapress_py.exchange.instructions import content, total
from amapress_py.exchange.models import (
    Alert,
    AlertPreference,
    BasketOffer,
    IntermittentEnrolment,
    Turn,
)
from amapress_py.exchange.queries.wishes import Listener, asked_for, fits, wishes_of
from amapress_py.exchange.rules import STILL_FREE, OfferState, Pace
from amapress_py.i18n import short_date
from amapress_py.mail import outbox
from amapress_py.money import euros

A_DAY = timedelta(days=1)


def due(session: Session) -> list[int]:
    """Return who gets today's digest now: the hour has come, today's is not written yet."""
    hour = clock.at(clock.today(), time(settings.current().digest_hour))
    if clock.now() < hour:
        return []
    statement = (
        select(AlertPreference.person_id)
        .join(
            IntermittentEnrolment,
            (IntermittentEnrolment.person_id == AlertPreference.person_id)
            & IntermittentEnrolment.ended_at.is_(None),
        )
        .where(
            AlertPreference.pace == Pace.DIGEST,
            or_(AlertPreference.digest_at.is_(None), AlertPreference.digest_at < hour),
        )
        .order_by(AlertPreference.person_id)
    )
    return list(session.scalars(statement))


def write(session: Session, person_id: int) -> int:
    """Write a person's digest of what was announced since his last; return how many mails.

    Nothing new: no mail, and the day counts as done.
    """
    preference = session.scalar(
        select(AlertPreference).where(AlertPreference.person_id == person_id).with_for_update()
    )
    enrolment = session.scalar(
        select(IntermittentEnrolment).where(
            IntermittentEnrolment.person_id == person_id,
            IntermittentEnrolment.ended_at.is_(None),
        )
    )
    now, today = clock.now(), clock.today()
    hour = clock.at(today, time(settings.current().digest_hour))
    if preference is None or enrolment is None or preference.pace is not Pace.DIGEST:
        return 0
    if preference.digest_at is not None and preference.digest_at >= hour:
        return 0
    since = preference.digest_at or now - A_DAY
    preference.digest_at = now
    person = session.get_one(Person, person_id)
    listener = Listener(
        person.id,
        person.household_id,
        person.first_name,
        enrolment.token,
        wishes_of(session, person_id),
    )
    if not listener.wishes.listens(today):
        return 0
    asked = asked_for(session, person_id)
    announced = _announced(session, since, now)
    offers = [one for one in announced if one.id not in asked and fits(one, listener)]
    if not offers:
        return 0
    recipients = accounts_queries.recipients(session, [person_id]).get(person_id, [])
    return outbox.post(
        session,
        "exchange/digest",
        recipients,
        topic=f"{letters.ALERT_TOPIC}digest:{today.isoformat()}:{person_id}",
        headers=letters.unsubscribe_headers(enrolment.token),
        reply_to=settings.current().exchange_email,
        person=person,
        count=len(offers),
        baskets="\n\n".join(_basket(one, listener) for one in offers),
        unsubscribe_url=letters.unsubscribe_url(enrolment.token),
    )


def _announced(session: Session, since: datetime, now: datetime) -> Sequence[BasketOffer]:
    """Return what is free to all and was announced or recalled since, by its delivery's start."""
    is_reserved = exists().where(
        Turn.offer_id == BasketOffer.id, Turn.ended_at.is_(None), Turn.until > now
    )
    return session.scalars(
        select(BasketOffer)
        .join(Delivery, Delivery.id == BasketOffer.delivery_id)
        .where(
            BasketOffer.state.in_(STILL_FREE),
            Delivery.starts_at > now,
            ~is_reserved,
            or_(
                BasketOffer.id.in_(select(Alert.offer_id).where(Alert.done_at > since)),
                (BasketOffer.state == OfferState.OPEN) & (BasketOffer.reminded_at > since),
            ),
        )
        .order_by(Delivery.starts_at, BasketOffer.id)
    ).all()


def _basket(offer: BasketOffer, listener: Listener) -> str:
    """Return a basket as the mail lists it, with its reader's own link."""
    when = letters.meeting(offer)
    template = current_app.jinja_env.get_template("mail/exchange/digest_basket.txt")
    return template.render(
        when=when.when,
        where=when.where,
        date=short_date(when.date),
        owner=offer.offered_by.short_name,
        contents=", ".join(content(item) for item in offer.items),
        price=euros(total(offer.items)),
        book_url=letters.book_url(offer.id, listener.person_id, listener.token),
    ).strip()

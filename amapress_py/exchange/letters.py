"""Which mail of a step goes to whom, and what it says; rows of the outbox, nothing is sent here."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from amapress_py import clock, settings, web
from amapress_py.accounts import queries as accounts_queries
from amapress_py.accounts.models import Person
from amapress_py.exchange import tokens
from amapress_py.exchange.calendar import appointment
from amapress_py.exchange.instructions import Meeting, content, total, what_to_say
from amapress_py.exchange.models import (
    BasketOffer,
    IntermittentEnrolment,
    OfferEvent,
    OfferRequest,
)
from amapress_py.exchange.queries.wishes import Listener
from amapress_py.exchange.rules import OfferState, RequestState, Transition
from amapress_py.i18n import _, short_date
from amapress_py.mail import outbox
from amapress_py.mail.outbox import Personal, Recipient
from amapress_py.money import euros

MINE = "amapien-paniers-intermittents"
BOOKED = "intermittent-paniers"
BOOKABLE = "les-paniers-intermittents"
ENROLMENT = "intermittents-inscription"
ALERT_TOPIC = "alert:"  # of mails about free baskets: they are dropped for who has left


def link(tag: str) -> str:
    """Return the address of the page that holds a shortcode."""
    return web.absolute(web.page_of_tag(tag))


def bookable_link(offer_id: int) -> str:
    """Return the address of a row of the bookable list; the query survives a log-in on the way."""
    return f"{link(BOOKABLE)}?offre={offer_id}#offre-{offer_id}"


def book_url(offer_id: int, person_id: int, enrolment_token: str) -> str:
    """Return an intermittent's own address to ask for a basket, without log-in, for 7 days."""
    token = tokens.booking_token(offer_id, person_id, enrolment_token)
    return web.absolute(f"/paniers/interesse/{token}")


def personal(offer: BasketOffer, listener: Listener, name: str) -> dict[str, dict[str, Any]]:
    """Return what a mail about an offer says to one intermittent alone, and its headers."""
    return {
        "values": {
            "first_name": listener.first_name or name,
            "book_url": book_url(offer.id, listener.person_id, listener.token),
            "unsubscribe_url": unsubscribe_url(listener.token),
        },
        "headers": unsubscribe_headers(listener.token),
    }


def tell_all(
    session: Session,
    event: str,
    offer: BasketOffer,
    listeners: Iterable[Listener],
    *,
    topic: str,
    **values: Any,
) -> int:
    """Write a mail about an offer to many intermittents, each with his links; return how many."""
    people = {one.person_id: one for one in listeners}
    mails = [
        Personal(recipient, **personal(offer, people[person_id], recipient.name))
        for person_id, recipients in accounts_queries.recipients(session, list(people)).items()
        for recipient in recipients
    ]
    return outbox.post_many(
        session,
        event,
        mails,
        topic=topic,
        reply_to=settings.current().exchange_email,
        **offer_values(offer, ""),
        **values,
    )


def meeting(offer: BasketOffer) -> Meeting:
    """Return when and where an offered basket is fetched."""
    delivery = offer.delivery
    place = delivery.real_place
    return Meeting(
        delivery.date, delivery.real_opens, delivery.real_closes, place.name, place.address
    )


def post(
    session: Session,
    offer: BasketOffer,
    line: Transition,
    request: OfferRequest | None,
    *,
    reason: str = "",
    calendar_cancelled: bool = False,
) -> None:
    """Write the mails of one line of the table; `request` is the one the step is about."""
    session.refresh(offer, ["requests", "items"])
    owners = _owners(session, offer)
    values = offer_values(offer, reason)
    for event in line.mails:
        if event.endswith("_owner"):
            _to_owners(session, offer, event, owners, request, values, calendar_cancelled)
            continue
        for candidate in _candidates(event, offer, request):
            ends = calendar_cancelled and candidate is request
            _to_candidate(session, offer, event, owners, candidate, values, ends)


def _to_owners(
    session: Session,
    offer: BasketOffer,
    event: str,
    owners: Sequence[Recipient],
    request: OfferRequest | None,
    values: dict[str, Any],
    calendar_cancelled: bool,
) -> None:
    person = request.person if request is not None else None
    taken = request is not None and request.state is RequestState.ACCEPTED
    reply_to = _address(session, person) if taken or event == "exchange/requested_owner" else ""
    for one in owners:
        attached = taken or (person is not None and calendar_cancelled)
        outbox.post(
            session,
            event,
            [one],
            reply_to=reply_to,
            calendar=_calendar(session, offer, one, calendar_cancelled) if attached else "",
            **values,
            **_about(offer, request, person),
        )


def _to_candidate(
    session: Session,
    offer: BasketOffer,
    event: str,
    owners: Sequence[Recipient],
    candidate: OfferRequest,
    values: dict[str, Any],
    calendar_cancelled: bool,
) -> None:
    """Tell one candidate; owners' addresses and the appointment are for the taker alone."""
    own = accounts_queries.recipients(session, [candidate.person_id]).get(candidate.person_id)
    taken = candidate.state is RequestState.ACCEPTED
    attached = bool(own) and (taken or calendar_cancelled)
    ended = calendar_cancelled or offer.state is OfferState.CANCELLED
    to_intermittent(
        session,
        event,
        candidate.person_id,
        reply_to=", ".join(one.address for one in owners) if taken else "",
        calendar=_calendar(session, offer, own[0], ended) if own and attached else "",
        **values,
        **_about(offer, candidate, candidate.person),
    )


def remind_owner(session: Session, offer: BasketOffer, waiting: int) -> int:
    """Tell the household that somebody waits for its answer; return how many mails."""
    return outbox.post(
        session,
        "exchange/reminder_owner",
        _owners(session, offer),
        **offer_values(offer, ""),
        waiting=waiting,
    )


def remind_taker(session: Session, offer: BasketOffer, request: OfferRequest) -> int:
    """Tell the taker that he fetches the basket tomorrow; return how many mails."""
    owners = _owners(session, offer)
    return to_intermittent(
        session,
        "exchange/reminder_taker",
        request.person_id,
        reply_to=", ".join(one.address for one in owners),
        person=request.person,
        **offer_values(offer, ""),
    )


def unsubscribe_headers(token: str) -> dict[str, str]:
    """Return the headers that make the mail program's own button work (RFC 2369, RFC 8058)."""
    mailbox = settings.current().exchange_email or web.config().mail_from
    return {
        "List-Unsubscribe": f"<{unsubscribe_url(token)}>, <mailto:{mailbox}?subject=unsubscribe>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def unsubscribe_url(token: str) -> str:
    """Return a person's own address to leave; it works without log-in and never expires."""
    return web.absolute(f"/desinscription/{token}")


def enrolment_token(session: Session, person_id: int) -> str:
    """Return the token of a live enrolment, or nothing."""
    return (
        session.scalar(
            select(IntermittentEnrolment.token).where(
                IntermittentEnrolment.person_id == person_id,
                IntermittentEnrolment.ended_at.is_(None),
            )
        )
        or ""
    )


def to_intermittent(
    session: Session,
    event: str,
    person_id: int,
    *,
    reply_to: str = "",
    calendar: str = "",
    **values: Any,
) -> int:
    """Write a mail of the space to somebody, with his own link to leave if he is enrolled."""
    recipients = accounts_queries.recipients(session, [person_id]).get(person_id, [])
    token = enrolment_token(session, person_id)
    return outbox.post(
        session,
        event,
        recipients,
        headers=unsubscribe_headers(token) if token else None,
        reply_to=reply_to,
        calendar=calendar,
        unsubscribe_url=unsubscribe_url(token) if token else "",
        **values,
    )


def welcome(
    session: Session, person: Person, by: Person | None, token: str, readers: Sequence[Recipient]
) -> None:
    """Write the welcome of who was just enrolled, by somebody else or (no `by`) himself."""
    outbox.post(
        session,
        "exchange/welcome",
        readers,
        headers=unsubscribe_headers(token),
        unsubscribe_url=unsubscribe_url(token),
        person=person,
        by=by,
        bookable_url=link(BOOKABLE),
        enrolment_url=link(ENROLMENT),
    )


def _owners(session: Session, offer: BasketOffer) -> Sequence[Recipient]:
    """Return who hears for the household: who offered, else every adult with an address."""
    first = accounts_queries.recipients(session, [offer.offered_by_id])
    if first:
        return first[offer.offered_by_id]
    adults = accounts_queries.household_adults(session, offer.household_id)
    found = accounts_queries.recipients(session, adults)
    return [one for recipients in found.values() for one in recipients]


def _candidates(event: str, offer: BasketOffer, request: OfferRequest | None) -> list[OfferRequest]:
    pending = [one for one in offer.requests if one.state is RequestState.PENDING]
    choose: dict[str, Callable[[], list[OfferRequest]]] = {
        "exchange/still_waiting": lambda: pending,
        "exchange/next_in_line": lambda: pending[:1],
        "exchange/cancelled_candidate": lambda: _live(offer),
        "exchange/updated_candidate": lambda: _live(offer),
    }
    if event in choose:
        return choose[event]()
    return [request] if request is not None else []


def _live(offer: BasketOffer) -> list[OfferRequest]:
    live = (RequestState.PENDING, RequestState.ACCEPTED)
    return [one for one in offer.requests if one.state in live]


def offer_values(offer: BasketOffer, reason: str) -> dict[str, Any]:
    """Return what every mail about an offer may tell."""
    when = meeting(offer)
    return {
        "offer": offer,
        "date": short_date(when.date),
        "when": when.when,
        "where": when.where,
        "contents": [content(item) for item in offer.items],
        "price": euros(total(offer.items)),
        "owner": offer.offered_by,
        "message": offer.message,
        "reason": reason,
        "instructions": what_to_say(when, offer.items, offer.offered_by.name),
        "manage_url": web.absolute(f"/paniers/{offer.id}/gerer"),
        "booked_url": web.absolute(f"/paniers/{offer.id}/voir"),
        "bookable_url": bookable_link(offer.id),
    }


def _about(
    offer: BasketOffer, request: OfferRequest | None, person: Person | None
) -> dict[str, Any]:
    queue = [one.id for one in offer.requests if one.state is RequestState.PENDING]
    rank = queue.index(request.id) + 1 if request is not None and request.id in queue else 0
    answer_url = ""
    if request is not None and request.is_designated:
        answer_url = web.absolute(f"/paniers/reponse/{tokens.designation_token(request)}")
    return {
        "request": request,
        "person": person,
        "rank": rank,
        "waiting": len(queue),
        "answer_url": answer_url,
    }


def _address(session: Session, person: Person | None) -> str:
    if person is None:
        return ""
    found = accounts_queries.recipients(session, [person.id]).get(person.id, [])
    return ", ".join(one.address for one in found)


def _calendar(session: Session, offer: BasketOffer, attendee: Recipient, cancelled: bool) -> str:
    """Return the appointment of one side; every step of the journal raises its sequence."""
    when = meeting(offer)
    session.flush()
    steps = session.scalar(select(func.count()).where(OfferEvent.offer_id == offer.id)) or 0
    host = web.config().base_url.partition("//")[2]
    return appointment(
        uid=f"panier-{offer.id}-{attendee.person_id or 0}@{host}",
        sequence=steps,
        starts_at=offer.delivery.starts_at,
        ends_at=offer.delivery.ends_at,
        stamp=clock.now(),
        summary=_(
            "Panier de %(owner)s : %(what)s",
            owner=offer.offered_by.short_name,
            what=", ".join(content(item) for item in offer.items),
        ),
        place=when.where,
        description="\n".join(what_to_say(when, offer.items, offer.offered_by.name)),
        organizer=settings.current().exchange_email or web.config().mail_from,
        attendee=attendee.address,
        cancelled=cancelled,
    )

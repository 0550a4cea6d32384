"""« Annoncer la distribution »: a mail before each one, to all who fetch something there.

A household with nothing to fetch (joker, basket ceded) gets none.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from amapress_py import clock, settings, web
from amapress_py.accounts.models import Person
from amapress_py.accounts.queries import recipients
from amapress_py.contracts.queries import basket_statement
from amapress_py.deliveries.models import Delivery
from amapress_py.deliveries.services import locked_delivery
from amapress_py.duty.queries import people_of
from amapress_py.exchange.instructions import Meeting
from amapress_py.exchange.models import BasketOffer, OfferRequest
from amapress_py.exchange.rules import RequestState
from amapress_py.i18n import _, short_date
from amapress_py.mail import outbox
from amapress_py.mail.appointments import Appointment, host, published
from amapress_py.mail.models import OutboxMail
from amapress_py.mail.outbox import Letter, Recipient
from amapress_py.sheets.queries import Item, Sheet, SheetLine, sign_in_sheet
from amapress_py.sheets.rules import MORNING

TOPIC = "delivery:"


def due(session: Session) -> list[int]:
    """Return the deliveries that are announced now: near enough, with baskets, not told yet."""
    days = settings.current().announce_days
    now, today = clock.now(), clock.today()
    if not days or now < clock.at(today, MORNING):
        return []
    rows = session.execute(
        basket_statement()
        .with_only_columns(
            Delivery.id,
            Delivery.starts_at,
            Delivery.ends_at,
            func.coalesce(Delivery.substitute_place_id, Delivery.place_id),
        )
        .where(
            Delivery.date.between(today, today + dt.timedelta(days=days)),
            Delivery.starts_at > now,
        )
        .order_by(None)
        .distinct()
    ).all()
    topics = {_topic(*row): row[0] for row in rows}
    return sorted(topics[topic] for topic in topics.keys() - outbox.written(session, topics))


def _topic(delivery_id: int, starts: dt.datetime, ends: dt.datetime, place_id: int) -> str:
    """Return what a mail is about: a delivery at another time or place is announced again."""
    return f"{TOPIC}{delivery_id}:{starts:%Y%m%dT%H%M}-{ends:%H%M}:{place_id}"


@dataclass
class Fetching:
    """What a household fetches: its own, and what its persons took over (by person)."""

    line: SheetLine | None = None
    taken: list[str] = field(default_factory=list)
    takers: set[int] = field(default_factory=set)


def write(session: Session, delivery_id: int) -> int:
    """Write the mails of a delivery, all of them together; return how many.

    The number of statements does not depend on how many households there are.
    """
    delivery = locked_delivery(session, delivery_id)
    sheet = sign_in_sheet(session, delivery)
    fetching = _fetching(session, sheet)
    readers = _readers(session, fetching)
    helpers = people_of(session, delivery_id)
    before = _announced(session, delivery_id)
    place = delivery.real_place
    meeting = Meeting(
        delivery.date, delivery.real_opens, delivery.real_closes, place.name, place.address
    )
    return outbox.post_each(
        session,
        "sheets/announcement",
        [Letter(readers.get(key, []), _own_values(one)) for key, one in fetching.items()],
        topic=_topic(delivery.id, delivery.starts_at, delivery.ends_at, place.id),
        reply_to=settings.current().contact_email,
        calendar=_appointment(delivery, meeting, before),
        changed=bool(before),
        date=short_date(delivery.date),
        when=meeting.when,
        where=meeting.where,
        note=delivery.note,
        on_duty=[f"{one.short_name} ({one.role})" for one in helpers],
        delivery_url=web.absolute(f"/distributions/{delivery.id}"),
    )


def _announced(session: Session, delivery_id: int) -> int:
    """Return how often a delivery was announced, each time at another time or place."""
    mine = OutboxMail.topic.startswith(f"{TOPIC}{delivery_id}:", autoescape=True)
    return session.scalar(select(func.count(distinct(OutboxMail.topic))).where(mine)) or 0


def _fetching(session: Session, sheet: Sheet) -> dict[int, Fetching]:
    """Return who fetches something, by household."""
    found: defaultdict[int, Fetching] = defaultdict(Fetching)
    takers = _takers(session, sheet.delivery.id)
    for line in sheet.lines:
        if line.kept:
            found[line.household_id].line = line
        for one in line.handed:
            if one.offer_id in takers:
                person_id, household_id = takers[one.offer_id]
                found[household_id].takers.add(person_id)
                found[household_id].taken.append(
                    _("Pour %(owner)s, %(what)s", owner=line.names, what=_said(one.items))
                )
    return dict(sorted(found.items()))


def _said(items: Iterable[Item]) -> str:
    return ", ".join(one.label for one in items)


def _takers(session: Session, delivery_id: int) -> dict[int, tuple[int, int]]:
    """Return (person, household) of who takes each offer over."""
    rows = session.execute(
        select(OfferRequest.offer_id, Person.id, Person.household_id)
        .join(BasketOffer, BasketOffer.id == OfferRequest.offer_id)
        .join(Person, Person.id == OfferRequest.person_id)
        .where(
            BasketOffer.delivery_id == delivery_id,
            OfferRequest.state == RequestState.ACCEPTED,
        )
    )
    return {offer_id: (person_id, household_id) for offer_id, person_id, household_id in rows}


def _readers(session: Session, fetching: dict[int, Fetching]) -> dict[int, list[Recipient]]:
    """Return the addresses of each household; of one without a basket, the takers' alone."""
    persons = session.execute(
        select(Person.id, Person.household_id)
        .where(Person.household_id.in_(list(fetching)), Person.is_active)
        .order_by(Person.sort_key, Person.id)
    ).all()
    chosen: Collection[tuple[int, int]] = [
        (person_id, household_id)
        for person_id, household_id in persons
        if fetching[household_id].line is not None or person_id in fetching[household_id].takers
    ]
    addresses = recipients(session, [person_id for person_id, _household in chosen])
    found: dict[int, list[Recipient]] = {}
    for person_id, household_id in chosen:
        found.setdefault(household_id, []).extend(addresses.get(person_id, ()))
    return found


def _own_values(one: Fetching) -> dict[str, Any]:
    """Return what a household alone reads."""
    line = one.line
    friend = line.friend if line else None
    return {
        "contents": [item.label for item in line.kept] if line else [],
        "taken": one.taken,
        "friend": _("%(name)s, avec le code %(code)s", name=friend.name, code=friend.code)
        if friend
        else "",
        "skipped": line.jokers if line else [],
        "given": [
            _("%(what)s, à %(taker)s", what=_said(handed.items), taker=handed.taker)
            for handed in (line.handed if line else ())
        ],
    }


def _appointment(delivery: Delivery, meeting: Meeting, sequence: int) -> str:
    """Return the distribution as the public calendar knows it, too."""
    summary = _("Distribution AMAP – %(place)s", place=meeting.place)
    uid = f"distribution-{delivery.id}@{host()}"
    starts, ends = delivery.starts_at, delivery.ends_at
    return published([Appointment(uid, sequence, starts, ends, summary, meeting.where)])

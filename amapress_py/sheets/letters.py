"""The producer's mail: his sheet, some days before each delivery; again if its date moved."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, select, union
from sqlalchemy.orm import Session

from amapress_py import clock, db, settings, web
from amapress_py.accounts.models import Grant, Person, Role, Scope
from amapress_py.accounts.queries import recipients
from amapress_py.contracts.models import Contract, Producer
from amapress_py.contracts.queries import basket_statement
from amapress_py.deliveries.models import Delivery
from amapress_py.errors import NotFound
from amapress_py.i18n import hours, long_date, times
from amapress_py.mail import outbox
from amapress_py.mail.outbox import Attached
from amapress_py.sheets import links, producer_sheet
from amapress_py.sheets.models import UnmailedProducer
from amapress_py.sheets.producer_queries import ProducerSheet
from amapress_py.sheets.producer_queries import producer_sheet as find_sheet
from amapress_py.sheets.producer_sheet import Layout
from amapress_py.sheets.rules import MORNING

TOPIC = "producer-sheet:"
Due = tuple[int, int]  # delivery, producer


def due(session: Session) -> list[Due]:
    """Return the sheets that leave now: near enough, wanted by somebody, not sent yet."""
    days = settings.current().producer_mail_days
    now, today = clock.now(), clock.today()
    if not days or now < clock.at(today, MORNING):
        return []
    rows = session.execute(
        basket_statement()
        .with_only_columns(Delivery.id, Contract.producer_id, Delivery.date)
        .where(
            Delivery.date.between(today, today + dt.timedelta(days=days)),
            Delivery.starts_at > now,
            Contract.producer_id.in_(_with_readers()),
            Contract.producer_id.not_in(select(UnmailedProducer.producer_id)),
        )
        .order_by(None)
        .distinct()
    ).all()
    topics = {_topic(*row): (row[0], row[1]) for row in rows}
    return sorted(topics[topic] for topic in topics.keys() - outbox.written(session, topics))


def unmailed(session: Session) -> Collection[int]:
    """Return the producers who get no mail."""
    return set(session.scalars(select(UnmailedProducer.producer_id)))


def set_mailed(session: Session, delivery_id: int, producer_id: int, *, is_mailed: bool) -> None:
    """Send a producer his sheets by mail, or no longer; repeating is harmless."""
    producer = db.locked(session, Producer, producer_id)
    if producer is None or session.get(Delivery, delivery_id) is None:
        raise NotFound
    found = session.get(UnmailedProducer, producer_id)
    if is_mailed and found is not None:
        session.delete(found)
    elif not is_mailed and found is None:
        session.add(UnmailedProducer(producer_id=producer_id))


def _with_readers() -> Select[tuple[int]]:
    """Choose the producers with somebody who has an address."""
    reads = (Person.is_active, Person.email.is_not(None))
    granted = (
        select(Grant.scope_id)
        .join(Person, Person.id == Grant.person_id)
        .where(Grant.role == Role.PRODUCER, Grant.scope == Scope.PRODUCER, *reads)
    )
    named = select(Producer.id).join(Person, Person.id == Producer.person_id).where(*reads)
    return select(union(granted, named).subquery().c.scope_id)


def _readers(session: Session, producer: Producer) -> Collection[int]:
    found = set(
        session.scalars(
            select(Grant.person_id).where(
                Grant.role == Role.PRODUCER,
                Grant.scope == Scope.PRODUCER,
                Grant.scope_id == producer.id,
            )
        )
    )
    return found | ({producer.person_id} if producer.person_id else set())


def _topic(delivery_id: int, producer_id: int, day: dt.date) -> str:
    return f"{TOPIC}{delivery_id}:{producer_id}:{day}"


def write(session: Session, delivery_id: int, producer_id: int) -> int:
    """Write the mail of a sheet, once per date and address; return how many."""
    sheet = find_sheet(session, delivery_id, producer_id)
    people = recipients(session, _readers(session, sheet.producer))
    return outbox.post(
        session,
        "sheets/producer_sheet",
        [one for addresses in people.values() for one in addresses],
        topic=_topic(delivery_id, producer_id, sheet.delivery.date),
        reply_to=settings.current().contact_email,
        file=Attached(
            producer_sheet.name_of_file(sheet, Layout.GRID, "pdf"),
            producer_sheet.as_file(sheet, Layout.GRID, "pdf"),
        ),
        **_values(sheet),
    )


def _values(sheet: ProducerSheet) -> dict[str, Any]:
    delivery = sheet.delivery
    token = links.make(delivery.id, sheet.producer.id)
    return {
        "producer": sheet.producer.name,
        "day": long_date(delivery.date),
        "hours": hours(delivery.real_opens, delivery.real_closes),
        "place": delivery.real_place.name,
        "address": delivery.real_place.address,
        "note": delivery.note,
        "baskets": len(sheet.orders),
        "goods": [times(sheet.total(one.id), one.label) for one in sheet.goods],
        "url": web.absolute(f"{links.PATH}/{token}"),
        "days": links.VALID.days,
    }

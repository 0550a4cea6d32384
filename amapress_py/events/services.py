"""What is done with events: created, corrected, announced once, cancelled."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from amapress_py import clock, db
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts.models import Contract, ContractState
from amapress_py.contracts.rules import Stale
from amapress_py.deliveries.rules import check_hours
from amapress_py.errors import NotAllowed, NotFound
from amapress_py.events import letters, queries, rules
from amapress_py.events.models import Event, EventKind
from amapress_py.i18n import _


@dataclass(frozen=True)
class EventValues:
    """What the form of an event says; a signing session names a contract, others 0."""

    kind: EventKind
    contract_id: int
    title: str
    date: dt.date
    opens: dt.time
    closes: dt.time
    place: str
    note: str = ""
    is_public: bool = False


def create(session: Session, viewer: Viewer, values: EventValues) -> int:
    """Add an event; return its id; raise NotAllowed, WrongContract or ClosesBeforeOpening."""
    event = Event(created_by_id=viewer.person_id)
    _fill(session, viewer, event, values)
    session.add(event)
    session.flush()
    return event.id


def change(session: Session, viewer: Viewer, event_id: int, seen: int, values: EventValues) -> int:
    """Correct an event; return how many mails tell those who were told before.

    Raise Stale, Cancelled and what `create` raises.
    """
    event = _managed(session, viewer, event_id)
    _check_seen(event, seen)
    if event.cancelled_at is not None:
        raise rules.Cancelled
    before = (event.date, event.opens, event.closes, event.place)
    _fill(session, viewer, event, values)
    session.flush()
    if event.announced_at is None or before == (
        event.date,
        event.opens,
        event.closes,
        event.place,
    ):
        return 0
    return letters.tell_again(session, event, "events/changed")


def announce(session: Session, viewer: Viewer, event_id: int, seen: int) -> int:
    """Write to all whom the event is for, once; return how many mails.

    Raise AlreadyAnnounced, Cancelled, Over, NotOpen, NobodyToTell or Stale.
    """
    event = _managed(session, viewer, event_id)
    if event.announced_at is not None:
        raise rules.AlreadyAnnounced
    _check_seen(event, seen)
    check_ahead(event)
    count = letters.announce(session, event)
    if not count:
        raise rules.NobodyToTell
    event.announced_at = clock.now()
    return count


def check_ahead(event: Event) -> None:
    """Raise Cancelled, Over or NotOpen for an event to which nobody can be called."""
    if event.cancelled_at is not None:
        raise rules.Cancelled
    if clock.now() >= clock.at(event.date, event.closes):
        raise rules.Over
    if event.contract is not None and event.contract.state is not ContractState.OPEN:
        raise rules.NotOpen


def cancel(session: Session, viewer: Viewer, event_id: int, seen: int) -> int:
    """Cancel an event and tell those who were told of it; return how many mails."""
    event = _managed(session, viewer, event_id)
    if event.cancelled_at is not None:
        return 0  # a double click
    _check_seen(event, seen)
    if clock.now() >= clock.at(event.date, event.closes):
        raise rules.Over
    event.cancelled_at = clock.now()
    return letters.tell_again(session, event, "events/cancelled", cancelled=True)


def forget_contract(session: Session, contract_id: int) -> None:
    """Delete the signing sessions of a contract that goes for good; tell who was called to one."""
    for event in session.scalars(select(Event).where(Event.contract_id == contract_id)).all():
        is_ahead = clock.now() < clock.at(event.date, event.closes)
        if is_ahead and event.announced_at is not None and event.cancelled_at is None:
            letters.tell_again(session, event, "events/cancelled", cancelled=True)
    session.execute(delete(Event).where(Event.contract_id == contract_id))


def _managed(session: Session, viewer: Viewer, event_id: int) -> Event:
    """Return an event locked until the end of the transaction; raise NotFound or NotAllowed."""
    event = db.locked(session, Event, event_id)
    if event is None:
        raise NotFound(_("Cet événement n’existe plus."))
    if not rules.may_manage(viewer, event.kind, owner_of(event.contract)):
        raise NotAllowed
    return event


def owner_of(contract: Contract | None) -> rules.Owner:
    """Return to what an event of a contract (None: no contract's) belongs."""
    return rules.AMAP if contract is None else rules.Owner(contract.id, contract.producer_id)


def _check_seen(event: Event, seen: int) -> None:
    if event.version != seen:
        raise Stale


def _fill(session: Session, viewer: Viewer, event: Event, values: EventValues) -> None:
    contract = session.get(Contract, values.contract_id) if values.contract_id else None
    if (values.kind is EventKind.SIGNING) != (contract is not None):
        raise rules.WrongContract
    if not rules.may_manage(viewer, values.kind, owner_of(contract)):
        raise NotAllowed
    check_hours(values.opens, values.closes)
    event.kind, event.contract = values.kind, contract
    event.title = values.title or default_title(values.kind, contract)
    event.date, event.opens, event.closes = values.date, values.opens, values.closes
    event.place, event.note, event.is_public = values.place, values.note, values.is_public


def default_title(kind: EventKind, contract: Contract | None) -> str:
    """Return "Permanence de signature : Légumes 2026"."""
    label = str(rules.KINDS[kind])
    said = f"{label}\N{NO-BREAK SPACE}: {contract.name}" if contract else label
    return said[: queries.MOST_TITLE]

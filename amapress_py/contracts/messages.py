"""« Écrire aux adhérents du contrat »: one text to all its households, kept on its page."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from amapress_py import clock, db, settings, web
from amapress_py.accounts.models import Person, Role, Scope
from amapress_py.accounts.queries import recipients
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import rules
from amapress_py.contracts.models import Contract, ContractMessage, ContractState, Subscription
from amapress_py.errors import DomainError, NotAllowed, NotFound
from amapress_py.i18n import _l
from amapress_py.mail import outbox, rendering
from amapress_py.mail.outbox import Recipient
from amapress_py.mail.rendering import Draft

WRITERS = (Role.REFERENT, Role.COORDINATOR)
EVENT = "contracts/message"
AGAIN_AFTER = dt.timedelta(minutes=30)
MOST = 50  # messages shown
LATER = aliased(Subscription)


class JustSent(DomainError):
    """A double click, or the same text by somebody else."""

    message = _l("Ce même message vient d’être envoyé à ce contrat : rien n’est envoyé deux fois.")


class NoReader(DomainError):
    """Nobody would read it."""

    message = _l("Personne n’a d’adresse mail dans ce contrat : rien n’est envoyé.")


@dataclass(frozen=True)
class Readers:
    """Who gets a message: addresses of so many households, and the names of who has none."""

    households: int
    addresses: tuple[Recipient, ...]
    without: tuple[str, ...]


@dataclass(frozen=True)
class Sent:
    """A message as members read it again."""

    subject: str
    text: str
    sent_at: dt.datetime
    sent_by: str
    readers: int  # households


@dataclass(frozen=True)
class Writable:
    """A contract to whose members the viewer may write."""

    id: int
    name: str
    producer_id: int
    households: int
    last: dt.datetime | None


def may_write(viewer: Viewer, contract: Contract) -> bool:
    """Tell whether the viewer is an admin, its référent or its coordinator."""
    is_own = viewer.is_in_scope(Role.COORDINATOR, Scope.CONTRACT, contract.id)
    return rules.may_edit(viewer, contract.producer_id) or is_own


def coordinated(viewer: Viewer) -> list[int]:
    """Return the contracts that the viewer coordinates."""
    own = (Role.COORDINATOR, Scope.CONTRACT)
    return [key for role, scope, key in viewer.grants if (role, scope) == own]


def _producers(viewer: Viewer) -> list[int]:
    own = (Role.REFERENT, Scope.PRODUCER)
    return [key for role, scope, key in viewer.grants if (role, scope) == own]


def contract(session: Session, viewer: Viewer, contract_id: int) -> Contract:
    """Return a contract to whose members the viewer may write; raise NotFound or NotAllowed."""
    found = session.get(Contract, contract_id)
    if found is None:
        raise NotFound
    if not may_write(viewer, found):
        raise NotAllowed
    return found


def writable(session: Session, viewer: Viewer) -> list[Writable]:
    """Return the contracts, not archived, to whose members the viewer may write."""
    own, of = coordinated(viewer), _producers(viewer)
    everything = viewer.is_admin or (Role.REFERENT, "", 0) in viewer.grants
    signed = select(func.count()).where(Subscription.contract_id == Contract.id)
    last = select(func.max(ContractMessage.sent_at)).where(
        ContractMessage.contract_id == Contract.id
    )
    rows = session.execute(
        select(
            Contract.id,
            Contract.name,
            Contract.producer_id,
            signed.scalar_subquery(),
            last.scalar_subquery(),
        )
        .where(
            Contract.state != ContractState.ARCHIVED,
            true() if everything else or_(Contract.id.in_(own), Contract.producer_id.in_(of)),
        )
        .order_by(Contract.sort_key)
    )
    return [Writable(*row) for row in rows]


def _households(contract_id: int) -> Select[int]:
    """Choose whose contract is not over; all of them once it is over for everybody."""
    goes_on = exists().where(LATER.contract_id == contract_id, LATER.ends_on >= clock.today())
    return select(Subscription.household_id).where(
        Subscription.contract_id == contract_id,
        or_(Subscription.ends_on >= clock.today(), ~goes_on),
    )


def readers(session: Session, contract_id: int) -> Readers:
    """Return who gets a message to a contract, in order of names."""
    persons = session.execute(
        select(Person.id, Person.household_id, Person.first_name, Person.last_name)
        .where(and_(Person.household_id.in_(_households(contract_id)), Person.is_active))
        .order_by(Person.sort_key, Person.id)
    ).all()
    found = recipients(session, [one.id for one in persons])
    told = {one.household_id for one in persons if one.id in found}
    return Readers(
        len(told),
        tuple(address for one in persons for address in found.get(one.id, ())),
        tuple(
            f"{one.first_name} {one.last_name}".strip() or "?"
            for one in persons
            if one.household_id not in told
        ),
    )


def preview(viewer: Viewer, contract: Contract, subject: str, text: str) -> Draft:
    """Return the mail as it would be sent."""
    return rendering.draft(EVENT, _values(viewer, contract, subject, text))


def send(session: Session, viewer: Viewer, contract_id: int, subject: str, text: str) -> int:
    """Write to all households of a contract and keep what was written; return how many.

    Raise JustSent or NoReader.
    """
    found = db.locked(session, Contract, contract_id)
    if found is None:
        raise NotFound
    if not may_write(viewer, found):
        raise NotAllowed
    if _was_just_sent(session, contract_id, subject, text):
        raise JustSent
    told = readers(session, contract_id)
    if not told.addresses:
        raise NoReader
    session.add(
        ContractMessage(
            contract_id=contract_id,
            subject=subject,
            text=text,
            readers=told.households,
            sent_at=clock.now(),
            sent_by_id=viewer.person_id,
        )
    )
    outbox.post(
        session,
        EVENT,
        told.addresses,
        reply_to=viewer.email or settings.current().contact_email,
        **_values(viewer, found, subject, text),
    )
    return told.households


def _was_just_sent(session: Session, contract_id: int, subject: str, text: str) -> bool:
    same = exists().where(
        ContractMessage.contract_id == contract_id,
        ContractMessage.subject == subject,
        ContractMessage.text == text,
        ContractMessage.sent_at > clock.now() - AGAIN_AFTER,
    )
    return bool(session.scalar(select(same)))


def _values(viewer: Viewer, contract: Contract, subject: str, text: str) -> dict[str, Any]:
    return {
        "contract": contract.name,
        "subject": subject,
        "text": text,
        "writer": viewer.name,
        "contract_url": web.absolute(f"/contrats/{contract.id}"),
    }


def of_contract(session: Session, contract_id: int, most: int = MOST) -> Collection[Sent]:
    """Return what was written to the members of a contract, the latest first (one statement)."""
    rows = session.execute(
        select(
            ContractMessage.subject,
            ContractMessage.text,
            ContractMessage.sent_at,
            Person.first_name,
            Person.last_name,
            ContractMessage.readers,
        )
        .outerjoin(Person, Person.id == ContractMessage.sent_by_id)
        .where(ContractMessage.contract_id == contract_id)
        .order_by(ContractMessage.id.desc())
        .limit(most)
    )
    return [
        Sent(subject, text, at, f"{first or ''} {last or ''}".strip() or "?", households)
        for subject, text, at, first, last, households in rows
    ]

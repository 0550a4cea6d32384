"""What is asked about events; lists take one statement, however long they are."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from amapress_py import clock
from amapress_py.accounts.models import Person
from amapress_py.accounts.queries import matches
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts.models import Contract, ContractState, Subscription
from amapress_py.contracts.queries import has_live_contract
from amapress_py.events import rules
from amapress_py.events.models import Event, EventKind
from amapress_py.i18n import hours, long_date
from amapress_py.web import PAGE_SIZE, Listing

Rows = Sequence[Row[*tuple[Any, ...]]]
MOST = 100  # of a list
MOST_TITLE = 120
ABOUT = 12  # columns of the event itself


@dataclass(frozen=True)
class Occasion:
    """An event as lists and calendars show it; `contract` is the name of a session's contract."""

    id: int
    kind: EventKind
    title: str
    date: dt.date
    opens: dt.time
    closes: dt.time
    place: str
    note: str
    is_public: bool
    is_announced: bool
    is_cancelled: bool
    version: int
    contract_id: int = 0
    contract: str = ""
    producer_id: int = 0
    state: ContractState | None = None  # of the contract

    @property
    def starts_at(self) -> dt.datetime:
        """Instant of the beginning."""
        return clock.at(self.date, self.opens)

    @property
    def ends_at(self) -> dt.datetime:
        """Instant of the end."""
        return clock.at(self.date, self.closes)

    @property
    def kind_label(self) -> str:
        """What its kind is called."""
        return str(rules.KINDS[self.kind])

    @property
    def when(self) -> str:
        """Return "jeudi 1er octobre 2026, de 18 h à 19 h 30"."""
        return f"{long_date(self.date)}, {hours(self.opens, self.closes)}"

    @property
    def is_over(self) -> bool:
        """Tell whether it has ended."""
        return clock.now() >= self.ends_at

    @property
    def is_open(self) -> bool:
        """Tell whether its contract can be signed."""
        return self.state is ContractState.OPEN

    @property
    def is_shown(self) -> bool:
        """Tell whether others than those who manage it may know of it."""
        return self.state is None or self.state in rules.SHOWN

    @property
    def owner(self) -> rules.Owner:
        """To what it belongs."""
        return rules.Owner(self.contract_id, self.producer_id)


def coming(
    session: Session, viewer: Viewer, first: dt.date | None = None, last: dt.date | None = None
) -> list[Occasion]:
    """Return the events from a day on (default: today) that the viewer may see, in order.

    Visitors see the public ones; cancelled ones are left out (one statement).
    """
    return between(session, first, last, public_only=not viewer.is_connected)


def between(
    session: Session,
    first: dt.date | None = None,
    last: dt.date | None = None,
    *,
    public_only: bool,
    with_cancelled: bool = False,
) -> list[Occasion]:
    """Return the events of some days, for everybody or for connected persons (one statement).

    Calendars ask for the cancelled ones too, so that these go from telephones.
    """
    since = first or clock.today()
    chosen: list[ColumnElement[bool]] = [Event.date >= since, _is_shown()]
    if last is not None:
        chosen.append(Event.date <= last)
    if public_only:
        chosen.append(Event.is_public.is_(True))
    if not with_cancelled:
        chosen.append(Event.cancelled_at.is_(None))
    return _occasions(session, _statement(*chosen).limit(MOST))


def sessions_of(
    session: Session, contract_ids: Iterable[int], *, public_only: bool = False
) -> dict[int, list[Occasion]]:
    """Return the coming signing sessions of contracts, in order; none: absent (one statement)."""
    found: dict[int, list[Occasion]] = {}
    chosen: list[ColumnElement[bool]] = [
        Event.contract_id.in_(list(contract_ids)),
        Event.date >= clock.today(),
        Event.cancelled_at.is_(None),
        Event.is_public.is_(True) if public_only else true(),
    ]
    for one in _occasions(session, _statement(*chosen)):
        if not one.is_over:
            found.setdefault(one.contract_id, []).append(one)
    return found


def occasion(session: Session, event_id: int) -> Occasion | None:
    """Return an event, whoever may see it; None if there is none."""
    return next(iter(_occasions(session, _statement(Event.id == event_id))), None)


def _is_shown() -> ColumnElement[bool]:
    return or_(Event.contract_id.is_(None), Contract.state.in_(rules.SHOWN))


def _statement(*chosen: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Event.id,
            Event.kind,
            Event.title,
            Event.date,
            Event.opens,
            Event.closes,
            Event.place,
            Event.note,
            Event.is_public,
            Event.announced_at.is_not(None),
            Event.cancelled_at.is_not(None),
            Event.version,
            Contract.id,
            Contract.name,
            Contract.producer_id,
            Contract.state,
        )
        .outerjoin(Contract, Contract.id == Event.contract_id)
        .where(and_(true(), *chosen))
        .order_by(Event.date, Event.opens, Event.id)
    )


def _occasions(session: Session, statement: Select[*tuple[Any, ...]]) -> list[Occasion]:
    found = []
    for row in session.execute(statement):
        contract_id, contract, producer_id, state = row[ABOUT:]
        owner = (contract_id or 0, contract or "", producer_id or 0, state)
        values: list[Any] = [*row[:ABOUT], *owner]
        found.append(Occasion(*values))
    return found


def managed(session: Session, viewer: Viewer, *, past: bool) -> list[Occasion]:
    """Return the events that the viewer manages: those to come, or the latest that are over."""
    today = clock.today()
    statement = _statement(_is_managed(viewer), Event.date < today if past else Event.date >= today)
    if past:
        statement = statement.order_by(None).order_by(Event.date.desc(), Event.id.desc())
    return _occasions(session, statement.limit(MOST))


def _is_managed(viewer: Viewer) -> ColumnElement[bool]:
    if viewer.is_admin:
        return true()
    sessions = and_(Event.kind == EventKind.SIGNING, _in_scope(viewer))
    if EventKind.FEES in rules.kinds_of(viewer):
        return or_(Event.kind == EventKind.FEES, sessions)
    return sessions


def _in_scope(viewer: Viewer) -> ColumnElement[bool]:
    """Choose the contracts whose sessions the viewer holds."""
    if rules.holds_all(viewer):
        return true()
    return or_(
        Contract.producer_id.in_(rules.own_producers(viewer)),
        Contract.id.in_(rules.own_contracts(viewer)),
    )


def contracts_to_sign(
    session: Session, viewer: Viewer, also: Collection[int] = ()
) -> Sequence[tuple[int, str]]:
    """Return ids and names of the contracts for which the viewer may create a session.

    Archived ones are left out, but for those named (`also`).
    """
    rows = session.execute(
        select(Contract.id, Contract.name)
        .where(
            _in_scope(viewer),
            or_(Contract.state != ContractState.ARCHIVED, Contract.id.in_(list(also))),
        )
        .order_by(Contract.sort_key)
    )
    return [(key, name) for key, name in rows]


# ----- Whom an event is for


def _had_the_series(contract_id: int, household_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Tell whether a household signed a contract of the same producer and short name."""
    this, of_series = aliased(Contract), aliased(Contract)
    return exists().where(
        this.id == contract_id,
        of_series.producer_id == this.producer_id,
        of_series.label == this.label,
        Subscription.contract_id == of_series.id,
        Subscription.household_id == household_id,
    )


def _is_called(contract_id: int) -> ColumnElement[bool]:
    """Tell whether a person is called: members; to sign, also who had such a contract before."""
    household_id = Person.household_id.expression
    is_member = has_live_contract(household_id)
    called = is_member
    if contract_id:
        called = or_(is_member, _had_the_series(contract_id, household_id))
    return and_(Person.is_active.is_(True), called)


def audience(session: Session, contract_id: int) -> list[int]:
    """Return who is told of an event, in order of names; `contract_id` 0: no contract's."""
    return list(
        session.scalars(
            select(Person.id).where(_is_called(contract_id)).order_by(Person.sort_key, Person.id)
        )
    )


def desk(session: Session, contract_id: int, listing: Listing, *, signed: bool) -> tuple[Rows, int]:
    """Return one page of (household_id, subscription_id), and how many there are.

    `signed`: who signed the contract; else who is called and has not signed yet.
    """
    key = func.min(Person.sort_key)
    own = aliased(Subscription)
    is_own = and_(own.household_id == Person.household_id, own.contract_id == contract_id)
    waits = and_(own.id.is_(None), _is_called(contract_id))
    statement = (
        select(Person.household_id, func.min(own.id).label("subscription_id"))
        .outerjoin(own, is_own)
        .where(matches(listing.words), own.id.is_not(None) if signed else waits)
        .group_by(Person.household_id)
    )
    count = session.scalar(select(func.count()).select_from(statement.subquery())) or 0
    rows = session.execute(
        statement.order_by(key.desc() if listing.descending else key, Person.household_id)
        .offset((listing.page - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE)
    ).all()
    return rows, count

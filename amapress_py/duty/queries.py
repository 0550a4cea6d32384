"""What is asked about duty; a page takes a few statements, however many dates it shows."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy import Date as DateType
from sqlalchemy.orm import Session, aliased

from amapress_py import clock
from amapress_py.accounts.models import Person, short_name
from amapress_py.contracts.models import Subscription
from amapress_py.contracts.queries import basket_statement, has_live_contract, is_named
from amapress_py.deliveries.models import Delivery, Place
from amapress_py.deliveries.queries import is_called
from amapress_py.duty import rules
from amapress_py.duty.models import (
    DutyAbsence,
    DutyEvent,
    DutyPeriod,
    DutySeat,
    DutyShare,
    DutySwap,
)
from amapress_py.duty.planning import FreeSeat, Home, Question
from amapress_py.duty.rules import SwapState
from amapress_py.errors import NotFound
from amapress_py.i18n import _, hours, long_date

Rows = Sequence[Row[*tuple[Any, ...]]]
Substitute = aliased(Place)
Other = aliased(Person)
SOON = dt.timedelta(days=7)
TODAY = bindparam("duty_first", callable_=clock.today, type_=DateType)
THEN = bindparam("duty_last", callable_=lambda: clock.today() + SOON, type_=DateType)
JOURNAL = 200  # lines shown


@dataclass(frozen=True)
class Seat:
    """A seat, and who sits there."""

    id: int
    role: str
    person_id: int | None = None
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip() or self.email or "?"

    @property
    def short_name(self) -> str:
        """First name and initial."""
        return short_name(self.first_name, self.last_name)


@dataclass
class Day:
    """A delivery with its seats; `is_held` tells whether baskets are handed out there."""

    delivery_id: int
    date: dt.date
    opens: dt.time
    closes: dt.time
    place: str
    address: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    period_id: int
    lock_days: int
    is_open: bool
    is_held: bool
    is_absent: bool
    seats: list[Seat] = field(default_factory=list)

    @property
    def when(self) -> str:
        """Return "jeudi 1er octobre 2026, de 18 h à 19 h 30"."""
        return f"{long_date(self.date)}, {hours(self.opens, self.closes)}"

    @property
    def where(self) -> str:
        """Place and address."""
        return ", ".join(filter(None, (self.place, self.address)))

    @property
    def last_day(self) -> dt.date:
        """Last day on which a member may enrol or leave."""
        return rules.last_day(self.date, self.lock_days)

    @property
    def can_change(self) -> bool:
        """Tell whether the limit has not passed."""
        return clock.today() <= self.last_day

    @property
    def is_over(self) -> bool:
        """Tell whether it has begun."""
        return clock.now() >= self.starts_at

    def seat_of(self, person_id: int) -> Seat | None:
        """Return where a person sits."""
        return next((one for one in self.seats if one.person_id == person_id), None)

    @property
    def free(self) -> int:
        """Number of seats that nobody has."""
        return sum(one.person_id is None for one in self.seats)


def viewer_flags() -> Mapping[str, ColumnElement[Any]]:
    """Return what this domain tells of a viewer: on duty today or within a week."""
    is_on_duty = (
        select(DutySeat.id)
        .join(Delivery, Delivery.id == DutySeat.delivery_id)
        .where(DutySeat.person_id == Person.id, Delivery.date.between(TODAY, THEN))
        .correlate(Person)
        .exists()
    )
    return {"is_on_duty": is_on_duty}


def period(session: Session, period_id: int) -> DutyPeriod:
    """Return a period; raise NotFound."""
    found = session.get(DutyPeriod, period_id)
    if found is None:
        raise NotFound(_("Cette période n’existe plus."))
    return found


def periods(session: Session) -> Rows:
    """Return (period, dates, seats, free seats), the latest first."""
    return session.execute(
        select(
            DutyPeriod,
            func.count(func.distinct(DutySeat.delivery_id)),
            func.count(DutySeat.id),
            func.count(DutySeat.id) - func.count(DutySeat.person_id),
        )
        .outerjoin(DutySeat, DutySeat.period_id == DutyPeriod.id)
        .group_by(DutyPeriod.id)
        .order_by(DutyPeriod.starts_on.desc(), DutyPeriod.id.desc())
    ).all()


def _seats(viewer_id: int = 0) -> Select[*tuple[Any, ...]]:
    is_absent = exists().where(
        DutyAbsence.delivery_id == Delivery.id, DutyAbsence.person_id == viewer_id
    )
    return (
        select(
            Delivery.id,
            Delivery.date,
            func.coalesce(Delivery.opens, Substitute.opens, Place.opens),
            func.coalesce(Delivery.closes, Substitute.closes, Place.closes),
            func.coalesce(Substitute.name, Place.name),
            func.coalesce(Substitute.address, Place.address),
            Delivery.starts_at,
            Delivery.ends_at,
            DutyPeriod.id,
            DutyPeriod.lock_days,
            DutyPeriod.is_open,
            is_named(),
            is_absent,
            DutySeat.id,
            DutySeat.role,
            DutySeat.person_id,
            Person.first_name,
            Person.last_name,
            Person.email,
            Person.phone,
        )
        .select_from(DutySeat)
        .join(DutyPeriod, DutyPeriod.id == DutySeat.period_id)
        .join(Delivery, Delivery.id == DutySeat.delivery_id)
        .join(Place, Place.id == Delivery.place_id)
        .outerjoin(Substitute, Substitute.id == Delivery.substitute_place_id)
        .outerjoin(Person, Person.id == DutySeat.person_id)
        .order_by(Delivery.starts_at, Place.sort_key, Delivery.id, DutySeat.position, DutySeat.id)
    )


DAY_COLUMNS = 13


def _days(rows: Iterable[Sequence[Any]]) -> list[Day]:
    found: dict[tuple[int, int], Day] = {}
    for row in rows:
        day = found.setdefault((row[0], row[8]), Day(*row[:DAY_COLUMNS]))
        seat_id, role, person_id, *about = row[DAY_COLUMNS:]
        day.seats.append(Seat(seat_id, role, person_id, *(one or "" for one in about)))
    return list(found.values())


def planning(session: Session, period_id: int) -> list[Day]:
    """Return every date of a period with its seats (one statement)."""
    return _days(session.execute(_seats().where(DutySeat.period_id == period_id)))


def day(session: Session, period_id: int, delivery_id: int) -> Day:
    """Return one date of a period; raise NotFound."""
    found = _days(
        session.execute(
            _seats().where(DutySeat.period_id == period_id, DutySeat.delivery_id == delivery_id)
        )
    )
    if not found:
        raise NotFound(_("Cette date n’est plus dans la période."))
    return found[0]


def coming(session: Session, most: int, place: str = "", viewer_id: int = 0) -> list[Day]:
    """Return the next dates of duty (one statement); `place` is an id, a short name or a name."""
    now = clock.now()
    next_ones = (
        select(Delivery.id)
        .join(Place, Place.id == Delivery.place_id)
        .where(Delivery.ends_at > now, exists().where(DutySeat.delivery_id == Delivery.id))
        .order_by(Delivery.starts_at, Place.sort_key, Delivery.id)
        .limit(most)
    )
    if place:
        next_ones = next_ones.where(is_called(place))
    chosen = next_ones.subquery("chosen")
    statement = _seats(viewer_id).join(chosen, chosen.c.id == Delivery.id)
    return _days(session.execute(statement))


def days_of_household(session: Session, household_id: int, first: dt.date) -> list[Day]:
    """Return the dates from a day on with the seats of a household's persons alone."""
    return _days(
        session.execute(_seats().where(Person.household_id == household_id, Delivery.date >= first))
    )


def people_of(session: Session, delivery_id: int) -> list[Seat]:
    """Return who is on duty at a delivery."""
    found = _days(
        session.execute(
            _seats().where(DutySeat.delivery_id == delivery_id, DutySeat.person_id.is_not(None))
        )
    )
    return [seat for one in found for seat in one.seats]


@dataclass(frozen=True)
class Share:
    """What a household owes in a period, and has."""

    period_id: int
    period: str
    owed: int
    held: int

    @property
    def missing(self) -> int:
        """How many it still has to take."""
        return max(0, self.owed - self.held)


def _held(household_id: ColumnElement[int] | int) -> ColumnElement[int]:
    """Return how many seats of a period a household has."""
    sitter = aliased(Person)
    return (
        select(func.count())
        .select_from(DutySeat)
        .join(sitter, sitter.id == DutySeat.person_id)
        .where(DutySeat.period_id == DutyPeriod.id, sitter.household_id == household_id)
        .correlate(DutyPeriod, Person)
        .scalar_subquery()
    )


def shares(session: Session, household_id: int) -> list[Share]:
    """Return what a household owes in the open periods that are not over."""
    rows = session.execute(
        _shares(household_id)
        .where(DutyPeriod.is_open, DutyPeriod.ends_on >= clock.today())
        .order_by(DutyPeriod.starts_on, DutyPeriod.id)
    )
    return [Share(*row) for row in rows]


def share(session: Session, period_id: int, household_id: int) -> Share:
    """Return what a household owes and has in one period."""
    row = session.execute(_shares(household_id).where(DutyPeriod.id == period_id)).one()
    return Share(*row)


def _shares(household_id: int) -> Select[*tuple[Any, ...]]:
    """Select, by period, what a household owes and how often it has sat or will sit."""
    own = and_(DutyShare.period_id == DutyPeriod.id, DutyShare.household_id == household_id)
    return select(
        DutyPeriod.id,
        DutyPeriod.name,
        func.coalesce(DutyShare.owed, DutyPeriod.owed),
        _held(household_id),
    ).outerjoin(DutyShare, own)


@dataclass
class Account:
    """A household's line in the summary of a period."""

    household_id: int
    owed: int
    held: int
    elsewhere: int  # in other periods
    names: list[str] = field(default_factory=list)
    person_ids: list[int] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Names of all who share the household."""
        return ", ".join(self.names)

    @property
    def balance(self) -> int:
        """Held less owed."""
        return self.held - self.owed


def summary(session: Session, period: DutyPeriod) -> list[Account]:
    """Return who owes how many: households with a contract during the period, or with a seat."""
    sitter = aliased(Person)
    has_contract = exists().where(
        Subscription.household_id == Person.household_id,
        Subscription.starts_on <= period.ends_on,
        Subscription.ends_on >= period.starts_on,
    )
    has_seat = exists().where(
        DutySeat.period_id == period.id,
        DutySeat.person_id == sitter.id,
        sitter.household_id == Person.household_id,
    )
    elsewhere = (
        select(func.count())
        .select_from(DutySeat)
        .join(sitter, sitter.id == DutySeat.person_id)
        .where(DutySeat.period_id != period.id, sitter.household_id == Person.household_id)
        .correlate(Person)
        .scalar_subquery()
    )
    own = and_(DutyShare.period_id == period.id, DutyShare.household_id == Person.household_id)
    owed = func.coalesce(DutyShare.owed, DutyPeriod.owed)
    found: dict[int, Account] = {}
    for row in session.execute(
        select(
            Person.household_id,
            owed,
            _held(Person.household_id.expression),
            elsewhere,
            Person.id,
            Person.first_name,
            Person.last_name,
            Person.email,
        )
        .select_from(Person)
        .join(DutyPeriod, DutyPeriod.id == period.id)
        .outerjoin(DutyShare, own)
        .where(Person.is_active, or_(has_contract, has_seat))
        .order_by(Person.sort_key, Person.id)
    ):
        key, due, held, before, person_id, first, last, email = row
        account = found.setdefault(key, Account(key, due, held, before))
        account.names.append(f"{first} {last}".strip() or email or "?")
        account.person_ids.append(person_id)
    return list(found.values())


def question(session: Session, period: DutyPeriod) -> tuple[Question, list[Day]]:
    """Return what the automatic planning has to answer, and the dates it is about."""
    days = planning(session, period.id)
    ahead = [one for one in days if not one.is_over and one.is_held]
    keys = [one.delivery_id for one in ahead]
    baskets, absences, busy = _circumstances(session, keys)
    homes = []
    for account in summary(session, period):
        ids = set(account.person_ids)
        homes.append(
            Home(
                account.household_id,
                tuple(sorted(ids)),
                account.owed,
                _held_days(days, ids, account.held),
                frozenset(key for person, key in busy if person in ids),
                account.elsewhere,
            )
        )
    seats = [
        FreeSeat(seat.id, one.delivery_id, one.date)
        for one in ahead
        for seat in one.seats
        if seat.person_id is None
    ]
    return Question(seats, homes, baskets, absences, period.id), ahead


def _held_days(days: Iterable[Day], persons: set[int], held: int) -> tuple[dt.date, ...]:
    """Return the days of a household's seats; those of who has left it meanwhile count too."""
    found = [one.date for one in days for seat in one.seats if seat.person_id in persons]
    return (*found, *[dt.date.min] * (held - len(found)))


Pairs = frozenset[tuple[int, int]]


def _circumstances(session: Session, keys: Sequence[int]) -> tuple[Pairs, Pairs, Pairs]:
    """Return baskets (household, delivery), absences and seats taken (person, delivery)."""
    baskets = (
        basket_statement()
        .with_only_columns(
            literal("basket").label("kind"), Subscription.household_id.label("who"), Delivery.id
        )
        .where(Delivery.id.in_(keys))
        .order_by(None)
        .distinct()
    )
    absences = select(literal("absence"), DutyAbsence.person_id, DutyAbsence.delivery_id).where(
        DutyAbsence.delivery_id.in_(keys)
    )
    busy = select(literal("busy"), DutySeat.person_id, DutySeat.delivery_id).where(
        DutySeat.delivery_id.in_(keys), DutySeat.person_id.is_not(None)
    )
    found: dict[str, set[tuple[int, int]]] = {"basket": set(), "absence": set(), "busy": set()}
    rows: Iterable[Any] = session.execute(union_all(baskets, absences, busy))
    for row in rows:
        found[row[0]].add((row[1], row[2]))
    return frozenset(found["basket"]), frozenset(found["absence"]), frozenset(found["busy"])


def members(session: Session) -> Rows:
    """Return (id, first_name, last_name, email) of who may be on duty, in order of names."""
    return session.execute(
        select(Person.id, Person.first_name, Person.last_name, Person.email)
        .where(Person.is_active, has_live_contract(Person.household_id.expression))
        .order_by(Person.sort_key, Person.id)
    ).all()


def fillable(session: Session, period: DutyPeriod) -> list[int]:
    """Return the deliveries of a period at which no seat was made yet, in order."""
    return list(
        session.scalars(
            select(Delivery.id)
            .where(
                Delivery.date.between(period.starts_on, period.ends_on),
                is_named(),
                ~exists().where(DutySeat.delivery_id == Delivery.id),
            )
            .order_by(Delivery.starts_at, Delivery.id)
        )
    )


@dataclass(frozen=True)
class Asked:
    """A request that waits: to take a seat, or to exchange one for another."""

    id: int
    is_mine: bool  # the viewer asked
    other: str  # the other side, first name and initial
    role: str
    date: dt.date
    place: str
    wanted_date: dt.date | None
    wanted_role: str


def requests_of(session: Session, person_id: int) -> list[Asked]:
    """Return the requests that wait for somebody's answer, or that he made (one statement)."""
    wanted, on = aliased(DutySeat), aliased(Delivery)
    rows = session.execute(
        select(
            DutySwap.id,
            DutySwap.from_id,
            Person.first_name,
            Person.last_name,
            Other.first_name,
            Other.last_name,
            DutySeat.role,
            Delivery.date,
            Place.name,
            on.date,
            wanted.role,
        )
        .join(Person, Person.id == DutySwap.from_id)
        .join(Other, Other.id == DutySwap.to_id)
        .join(DutySeat, DutySeat.id == DutySwap.seat_id)
        .join(Delivery, Delivery.id == DutySeat.delivery_id)
        .join(Place, Place.id == func.coalesce(Delivery.substitute_place_id, Delivery.place_id))
        .outerjoin(wanted, wanted.id == DutySwap.wanted_id)
        .outerjoin(on, on.id == wanted.delivery_id)
        .where(
            or_(DutySwap.from_id == person_id, DutySwap.to_id == person_id),
            DutySwap.state == SwapState.PENDING,
            Delivery.starts_at > clock.now(),
        )
        .order_by(Delivery.starts_at, DutySwap.id)
    )
    found = []
    for key, asker, first, last, to_first, to_last, role, date, place, then, then_role in rows:
        is_mine = asker == person_id
        other = short_name(to_first, to_last) if is_mine else short_name(first, last)
        found.append(Asked(key, is_mine, other, role, date, place, then, then_role or ""))
    return found


def journal(session: Session, period_id: int) -> Rows:
    """Return (event, by, person, date) of a period, latest first."""
    by = aliased(Person)
    return session.execute(
        select(DutyEvent, by, Person, Delivery.date)
        .join(by, by.id == DutyEvent.by_id)
        .outerjoin(Person, Person.id == DutyEvent.person_id)
        .outerjoin(Delivery, Delivery.id == DutyEvent.delivery_id)
        .where(DutyEvent.period_id == period_id)
        .order_by(DutyEvent.id.desc())
        .limit(JOURNAL)
    ).all()


def names(session: Session, person_ids: Iterable[int]) -> Sequence[Person]:
    """Return some persons, in order of names."""
    wanted = Person.id.in_(list(person_ids))
    return session.scalars(select(Person).where(wanted).order_by(Person.sort_key)).all()

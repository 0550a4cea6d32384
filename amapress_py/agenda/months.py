"""The calendar of contracts: month by month, which baskets on which day, one's own marked."""

import datetime as dt
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import and_, func, literal, or_, select, true, union_all
from sqlalchemy.orm import Session, aliased

from amapress_py import clock, db
from amapress_py.accounts.models import Person
from amapress_py.accounts.viewer import Viewer
from amapress_py.agenda.queries import FIRST, HOUSEHOLD, KNOWN, LAST, held_lines
from amapress_py.agenda.remarks import Remarks, remarks
from amapress_py.contracts.models import (
    Contract,
    ContractDate,
    DateKind,
    Subscription,
    SubscriptionLine,
    contract_place,
)
from amapress_py.contracts.queries import Statement, basket_statement, delivers
from amapress_py.deliveries.models import Delivery, Place
from amapress_py.deliveries.queries import is_called
from amapress_py.deliveries.rules import FIRST_YEAR, LAST_YEAR
from amapress_py.events import queries as events
from amapress_py.events.queries import Occasion
from amapress_py.exchange.models import BasketOffer, OfferRequest
from amapress_py.exchange.rules import OfferState, RequestState
from amapress_py.i18n import MONTHS, search_key

MOST_MONTHS = 12
Substitute = aliased(Place)
Taker = aliased(Person)


@dataclass(frozen=True)
class Span:
    """Some months: the first day of the first, and how many."""

    first: dt.date
    months: int

    @classmethod
    def asked(cls, words: str, months: int) -> "Span":
        """Read "2026-12"; anything else is the month of today. At most a year."""
        months = min(max(months, 1), MOST_MONTHS)
        year, _dash, month = words.partition("-")
        is_number = year.isdecimal() and month.isdecimal() and len(words) == len("2026-12")
        is_month = is_number and 1 <= int(month) <= len(MONTHS)
        if is_month and FIRST_YEAR <= int(year) < LAST_YEAR:
            return cls(dt.date(int(year), int(month), 1), months)
        return cls(clock.today().replace(day=1), months)

    def moved(self, months: int) -> dt.date:
        """Return the first day of another month."""
        years, month = divmod(self.first.year * len(MONTHS) + self.first.month - 1 + months, 12)
        return dt.date(years, month + 1, 1)

    @property
    def last(self) -> dt.date:
        """Last day of the last month."""
        return self.moved(self.months) - dt.timedelta(days=1)

    @property
    def before(self) -> str:
        """The months before, as `asked` reads them."""
        return f"{self.moved(-self.months):%Y-%m}"

    @property
    def after(self) -> str:
        """The months after."""
        return f"{self.moved(self.months):%Y-%m}"


@dataclass
class Own:
    """What a household does at a distribution."""

    has_basket: bool = False  # and fetches some of it itself
    is_given: bool = False  # all of it is offered to others, or ceded
    takes: int = 0  # baskets of others
    remarks: Remarks = field(default_factory=Remarks)

    @property
    def is_on_duty(self) -> bool:
        """Tell whether somebody of the household helps."""
        return bool(self.remarks.helpers)

    @property
    def is_any(self) -> bool:
        """Tell whether there is anything to say."""
        notes = (self.remarks.jokers, self.remarks.away, self.remarks.helpers)
        return self.has_basket or self.is_given or bool(self.takes) or any(notes)


@dataclass
class Stop:
    """A distribution: hours, place, and the contracts that deliver there, or should have."""

    delivery_id: int
    opens: dt.time
    closes: dt.time
    place: str
    contracts: list[str] = field(default_factory=list)
    crossed: list[str] = field(default_factory=list)
    own: Own = field(default_factory=Own)


@dataclass
class CalendarDay:
    """A day of a month; `holidays` are contracts whose producer rests."""

    date: dt.date
    stops: list[Stop] = field(default_factory=list)
    holidays: list[str] = field(default_factory=list)
    events: list[Occasion] = field(default_factory=list)

    @property
    def is_idle(self) -> bool:
        """Tell that nothing happens."""
        return not (self.stops or self.holidays or self.events)

    @property
    def is_today(self) -> bool:
        """Tell whether it is today."""
        return self.date == clock.today()


@dataclass
class Month:
    """All days of a month."""

    first: dt.date
    days: list[CalendarDay]

    @property
    def name(self) -> str:
        """Return "Décembre 2026"."""
        return f"{MONTHS[self.first.month - 1].capitalize()} {self.first.year}"

    @property
    def is_idle(self) -> bool:
        """Tell that nothing happens."""
        return all(day.is_idle for day in self.days)


@dataclass(frozen=True)
class Wanted:
    """What a calendar shows: a place, contracts of a name, one's own days alone, events too."""

    place: str = ""
    contract: str = ""
    only_own: bool = False
    with_events: bool = True


def months(session: Session, viewer: Viewer, span: Span, wanted: Wanted) -> list[Month]:
    """Return the months of a span (four statements; one or two for visitors)."""
    days = {day.date: day for day in _days_of(span)}
    values = {"first": span.first, "last": span.last}
    for row in db.read(session, _dates(wanted.place, wanted.contract), values):
        _enter(days[row.date], row)
    if viewer.is_connected:
        own = _own(session, viewer.household_id, span)
        for day in days.values():
            for stop in day.stops:
                stop.own = own.get(stop.delivery_id, stop.own)
    if wanted.only_own:
        for day in days.values():
            day.stops = [one for one in day.stops if one.own.is_any]
            day.holidays = []
    if wanted.with_events:
        for one in events.coming(session, viewer, span.first, span.last):
            days[one.date].events.append(one)
    return [
        Month(first, [day for day in days.values() if day.date.replace(day=1) == first])
        for first in (span.moved(number) for number in range(span.months))
    ]


def _days_of(span: Span) -> Iterator[CalendarDay]:
    for number in range(span.months):
        first = span.moved(number)
        for day in range(monthrange(first.year, first.month)[1]):
            yield CalendarDay(first + dt.timedelta(days=day))


def _enter(day: CalendarDay, row: Any) -> None:
    """Write a contract's date at a place into its day."""
    if row.kind is DateKind.HOLIDAY:
        if row.contract not in day.holidays:
            day.holidays.append(row.contract)
        return
    stop = next((one for one in day.stops if one.delivery_id == row.delivery_id), None)
    if stop is None:
        stop = Stop(row.delivery_id, row.opens, row.closes, row.place)
        day.stops.append(stop)
    (stop.contracts if row.delivers else stop.crossed).append(row.contract)


@lru_cache(maxsize=64)
def _dates(place: str, contract: str) -> Statement:
    """Select every date of every known contract at each of its places."""
    real = func.coalesce
    here = and_(Delivery.date == ContractDate.date, Delivery.place_id == Place.id)
    return (
        select(
            ContractDate.date,
            ContractDate.kind,
            Contract.label.label("contract"),
            delivers().label("delivers"),
            Delivery.id.label("delivery_id"),
            real(Delivery.opens, Substitute.opens, Place.opens).label("opens"),
            real(Delivery.closes, Substitute.closes, Place.closes).label("closes"),
            real(Substitute.short_name, Place.short_name).label("place"),
        )
        .select_from(ContractDate)
        .join(Contract, Contract.id == ContractDate.contract_id)
        .join(contract_place, contract_place.c.contract_id == Contract.id)
        .join(Place, Place.id == contract_place.c.place_id)
        .outerjoin(Delivery, here)
        .outerjoin(Substitute, Substitute.id == Delivery.substitute_place_id)
        .where(
            ContractDate.date.between(FIRST, LAST),
            Contract.state.in_(KNOWN),
            # a delivery has its row; a holiday of the producer has none
            or_(Delivery.id.is_not(None), ContractDate.kind == DateKind.HOLIDAY),
            is_called(place) if place else true(),
            *(
                Contract.sort_key.contains(word, autoescape=True)
                for word in search_key(contract).split()
            ),
        )
        .order_by(ContractDate.date, Delivery.starts_at, Place.sort_key, Contract.sort_key)
    )


def _own(session: Session, household_id: int, span: Span) -> dict[int, Own]:
    """Return what a household does at the distributions of a span (two statements)."""
    found = {
        key: Own(remarks=one) for key, one in remarks(session, household_id, span.first).items()
    }
    values = {"household_id": household_id, "first": span.first, "last": span.last}
    for key, kind, quantity, held in db.read(session, _baskets(), values):
        own = found.setdefault(key, Own())
        if kind == "taken":
            own.takes = int(quantity)
        else:
            own.has_basket = quantity > held
            own.is_given = quantity <= held
    return found


@lru_cache(maxsize=1)
def _baskets() -> Statement:
    """Select (delivery, kind, quantity, held): the household's baskets, and those it fetches."""
    within = Delivery.date.between(FIRST, LAST)
    own = (
        basket_statement()
        .with_only_columns(
            Delivery.id,
            literal("own"),
            func.sum(SubscriptionLine.quantity),
            func.sum(func.coalesce(held_lines(also_past=True), 0)),
        )
        .where(Subscription.household_id == HOUSEHOLD, within)
        .order_by(None)
        .group_by(Delivery.id)
    )
    taken = (
        select(Delivery.id, literal("taken"), func.count(), literal(0))
        .select_from(OfferRequest)
        .join(Taker, Taker.id == OfferRequest.person_id)
        .join(BasketOffer, BasketOffer.id == OfferRequest.offer_id)
        .join(Delivery, Delivery.id == BasketOffer.delivery_id)
        .where(
            Taker.household_id == HOUSEHOLD,
            OfferRequest.state == RequestState.ACCEPTED,
            BasketOffer.state.in_((OfferState.EXCHANGED, OfferState.CLOSED)),
            within,
        )
        .group_by(Delivery.id)
    )
    rows = union_all(own, taken).subquery("own")
    return select(rows)

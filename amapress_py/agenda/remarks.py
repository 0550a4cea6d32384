"""What else is known of a household's distributions: jokers, moved baskets, friends, duty."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, String, cast, literal, select, union_all
from sqlalchemy.orm import Session, aliased

from amapress_py import db
from amapress_py.accounts.models import Person, short_name
from amapress_py.agenda.queries import DELIVERY, FIRST, HOUSEHOLD
from amapress_py.contracts.models import Contract, ContractDate, Subscription, Swap
from amapress_py.contracts.queries import Statement, joker_statement
from amapress_py.deliveries.models import Delivery
from amapress_py.duty.models import DutySeat
from amapress_py.passes.models import BasketPass

Here, There = aliased(ContractDate), aliased(ContractDate)
JOKER, AWAY, COMING, FRIEND, DUTY = "joker", "away", "coming", "friend", "duty"


@dataclass(frozen=True)
class Helper:
    """A seat of duty, and who sits there; `person_id` 0: nobody yet."""

    role: str
    person_id: int = 0
    household_id: int = 0
    first_name: str = ""
    last_name: str = ""
    phone: str = ""

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip() or "?"

    @property
    def short_name(self) -> str:
        """First name and initial."""
        return short_name(self.first_name, self.last_name)


@dataclass
class Remarks:
    """What is known of one distribution, for one household; baskets are named by contract."""

    jokers: list[str] = field(default_factory=list)
    away: list[tuple[str, dt.date]] = field(default_factory=list)  # fetched on that other date
    coming: list[tuple[str, dt.date]] = field(default_factory=list)  # of that other date
    friend: str = ""  # who fetches the basket in their place
    helpers: list[Helper] = field(default_factory=list)


def remarks(
    session: Session, household_id: int, first: dt.date, delivery_id: int = 0
) -> dict[int, Remarks]:
    """Return the remarks by delivery, from a day on (one statement).

    Of duty the household's own seats; `delivery_id` narrows to one distribution, with all seats.
    """
    values = {"household_id": household_id, "first": first, "delivery_id": delivery_id}
    found: dict[int, Remarks] = {}
    for key, kind, *words in db.read(session, _statement(bool(delivery_id)), values):
        _note(found.setdefault(key, Remarks()), kind, words)
    return found


def _note(one: Remarks, kind: str, words: Sequence[Any]) -> None:
    label, other, *names, person_id, household_id, _order = words
    if kind == JOKER:
        one.jokers.append(label)
    elif kind == AWAY:
        one.away.append((label, dt.date.fromisoformat(other)))
    elif kind == COMING:
        one.coming.append((label, dt.date.fromisoformat(other)))
    elif kind == FRIEND:
        one.friend = label
    else:
        about = [name or "" for name in names]  # a free seat has nobody
        one.helpers.append(Helper(label, person_id or 0, household_id or 0, *about))


def _columns(
    kind: str, label: Any, other: Any, *names: Any, person: Any = None, household: Any = None
) -> list[ColumnElement[Any]]:
    """Name the columns that all parts of the statement have."""
    nothing, nobody = literal(""), literal(0, Integer)
    first, last, phone = names or (nothing, nothing, nothing)
    return [
        Delivery.id.label("delivery_id"),
        literal(kind).label("kind"),
        label.label("label"),
        other.label("other"),
        first.label("first_name"),
        last.label("last_name"),
        phone.label("phone"),
        (nobody if person is None else person).label("person_id"),
        (nobody if household is None else household).label("whose"),
    ]


@lru_cache(maxsize=2)
def _statement(is_one_day: bool) -> Statement:
    parts = [_jokers(), _swaps(Here, There, AWAY), _swaps(There, Here, COMING), _friends()]
    day = Delivery.id == DELIVERY if is_one_day else Delivery.date >= FIRST
    every = union_all(*(one.where(day) for one in parts), _duty(is_one_day).where(day))
    rows = every.subquery("remark")
    return select(rows).order_by(rows.c.delivery_id, rows.c.position, rows.c.label)


def _jokers() -> Statement:
    columns = _columns(JOKER, Contract.label, literal(""))
    return joker_statement(Delivery, *columns, literal(0, Integer).label("position")).where(
        Subscription.household_id == HOUSEHOLD
    )


def _swaps(here: Any, there: Any, kind: str) -> Statement:
    """Select the swaps from the side of `here`, one of the two dates."""
    return (
        select(
            *_columns(kind, Contract.label, cast(there.date, String)),
            literal(0, Integer).label("position"),
        )
        .select_from(Swap)
        .join(Subscription, Subscription.id == Swap.subscription_id)
        .join(Contract, Contract.id == Subscription.contract_id)
        .join(Here, Here.id == Swap.from_date_id)
        .join(There, There.id == Swap.to_date_id)
        .join(Delivery, Delivery.date == here.date)
        .where(Delivery.place_id == Subscription.place_id, Subscription.household_id == HOUSEHOLD)
    )


def _friends() -> Statement:
    return (
        select(
            *_columns(FRIEND, BasketPass.name, literal("")), literal(0, Integer).label("position")
        )
        .select_from(BasketPass)
        .join(Delivery, Delivery.id == BasketPass.delivery_id)
        .where(BasketPass.household_id == HOUSEHOLD, BasketPass.revoked_at.is_(None))
    )


def _duty(is_whole: bool) -> Statement:
    names = (Person.first_name, Person.last_name, Person.phone)
    seats = (
        select(
            *_columns(
                DUTY,
                DutySeat.role,
                literal(""),
                *names,
                person=DutySeat.person_id,
                household=Person.household_id,
            ),
            DutySeat.position.label("position"),
        )
        .select_from(DutySeat)
        .join(Delivery, Delivery.id == DutySeat.delivery_id)
        .outerjoin(Person, Person.id == DutySeat.person_id)
    )
    return seats if is_whole else seats.where(Person.household_id == HOUSEHOLD)

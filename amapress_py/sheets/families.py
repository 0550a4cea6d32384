"""The list of families at any date, from the contracts that were live then."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.accounts.models import HouseholdStay, Person
from amapress_py.contracts.models import Contract, ContractState, Subscription
from amapress_py.i18n import _, long_date, search_key
from amapress_py.sheets.papers import Column, Kind, Paper, Table


@dataclass(frozen=True)
class Relative:
    """One person of a family."""

    name: str
    email: str
    phones: tuple[str, ...]
    sort_key: str


@dataclass
class Family:
    """A household with at least one contract on a day, and who belonged to it then."""

    household_id: int
    contracts: list[str]
    persons: list[Relative] = field(default_factory=list)

    @property
    def names(self) -> str:
        """Names of all of them."""
        return ", ".join(one.name for one in self.persons) or "?"

    @property
    def phones(self) -> list[str]:
        """Phones of all of them."""
        return [phone for one in self.persons for phone in one.phones]

    @property
    def emails(self) -> list[str]:
        """Addresses of all of them."""
        return [one.email for one in self.persons if one.email]

    @property
    def sort_key(self) -> list[str]:
        """Order of the list: without accents and case."""
        return [one.sort_key for one in self.persons]


def families(
    session: Session,
    day: dt.date,
    producers: Collection[int] | None = None,
    contract_id: int = 0,
) -> list[Family]:
    """Return the families of a day, in order of names (two statements).

    `producers` (None: all) and `contract_id` (0: all) say whose contracts make a family.
    """
    is_counted = and_(
        Subscription.starts_on <= day,
        Subscription.ends_on >= day,
        Contract.state != ContractState.DRAFT,
        true() if producers is None else Contract.producer_id.in_(producers),
        Subscription.contract_id == contract_id if contract_id else true(),
    )
    found: dict[int, Family] = {}
    rows = session.execute(
        select(Subscription.household_id, Contract.name)
        .join(Contract, Contract.id == Subscription.contract_id)
        .where(is_counted)
        .order_by(Contract.sort_key)
    )
    for household_id, name in rows:
        found.setdefault(household_id, Family(household_id, [])).contracts.append(name)
    for household_id, persons in _belonged(session, day, is_counted).items():
        found[household_id].persons = persons
    return sorted(found.values(), key=lambda one: (one.sort_key, one.household_id))


def _belonged(
    session: Session, day: dt.date, is_counted: ColumnElement[bool]
) -> dict[int, list[Relative]]:
    """Return who belonged to each household on a day.

    Where nobody's file is as old as that, those who came first; today, only who is active.
    """
    households = (
        select(Subscription.household_id)
        .join(Contract, Contract.id == Subscription.contract_id)
        .where(is_counted)
    )
    is_past = day < clock.today()
    rows = session.execute(
        select(
            HouseholdStay.household_id,
            HouseholdStay.since,
            Person.first_name,
            Person.last_name,
            Person.email,
            Person.phone,
            Person.other_phone,
            Person.sort_key,
        )
        .join(Person, Person.id == HouseholdStay.person_id)
        .where(
            HouseholdStay.household_id.in_(households),
            or_(HouseholdStay.until.is_(None), HouseholdStay.until > day),
            true() if is_past else Person.is_active,
        )
        .order_by(Person.sort_key, Person.id)
    ).all()
    by_household: dict[int, list[Any]] = {}
    for row in rows:
        by_household.setdefault(row.household_id, []).append(row)
    return {key: [_relative(one) for one in _of_day(of, day)] for key, of in by_household.items()}


def _of_day(rows: Sequence[Any], day: dt.date) -> Iterable[Any]:
    there = [one for one in rows if one.since <= day]
    if there:
        return there
    first = min(one.since for one in rows)
    return [one for one in rows if one.since == first]


def _relative(row: Any) -> Relative:
    name = f"{row.first_name} {row.last_name}".strip() or row.email or "?"
    phones = tuple(filter(None, (row.phone, row.other_phone)))
    return Relative(name, row.email or "", phones, row.sort_key)


def persons(found: Iterable[Family]) -> int:
    """Return how many persons the families have."""
    return sum(len(one.persons) for one in found)


def matching(found: Iterable[Family], words: str) -> list[Family]:
    """Return the families whose names, addresses or contracts hold all the words."""
    wanted = search_key(words).split()

    def text(one: Family) -> str:
        return search_key(" ".join([one.names, *one.emails, *one.phones, *one.contracts]))

    return [one for one in found if all(word in text(one) for word in wanted)]


def paper(found: Sequence[Family], day: dt.date, contract: str = "") -> Paper:
    """Return the list as a document."""
    columns = [
        Column(_("Famille"), Kind.TEXT, 34),
        Column(_("Personnes"), Kind.NUMBER, 11, is_summed=True),
        Column(_("Téléphones"), Kind.TEXT, 20),
        Column(_("Adresses mail"), Kind.TEXT, 34),
        Column(_("Contrats"), Kind.TEXT, 34),
    ]
    rows = [
        (
            one.names,
            len(one.persons),
            "\n".join(one.phones),
            "\n".join(one.emails),
            ", ".join(one.contracts),
        )
        for one in found
    ]
    facts = [
        _("au %(day)s", day=long_date(day)),
        _("Familles : %(n)s", n=len(found)),
        _("Personnes : %(n)s", n=persons(found)),
    ]
    return Paper(
        _("Liste des familles"),
        (*([contract] if contract else []), *facts),
        (Table(_("Familles"), columns, rows),),
    )


def contract_choices(session: Session, producers: Collection[int] | None) -> list[tuple[int, str]]:
    """Return ids and names of the contracts of some producers (None: all), in order."""
    rows = session.execute(
        select(Contract.id, Contract.name)
        .where(true() if producers is None else Contract.producer_id.in_(producers))
        .order_by(Contract.sort_key)
    )
    return [(key, name) for key, name in rows]

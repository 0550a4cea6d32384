"""What is asked about persons."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, select, true
from sqlalchemy.orm import Session

from amapress_py.accounts.addresses import normalised
from amapress_py.accounts.models import Grant, HouseholdStay, Person, PersonAddress, Role
from amapress_py.i18n import search_key
from amapress_py.mail.outbox import Recipient

Rows = Sequence[Row[*tuple[Any, ...]]]
PHONE_SIGNS = set("0123456789 .-+()/")


def recipients(session: Session, person_ids: Collection[int]) -> dict[int, list[Recipient]]:
    """Return the addresses of active persons, main one first; who has none is absent."""
    found: dict[int, list[Recipient]] = {}
    if not person_ids:
        return found
    mains = select(Person.id, Person.email, Person.first_name, Person.last_name).where(
        Person.id.in_(person_ids), Person.is_active, Person.email.is_not(None)
    )
    names: dict[int, str] = {}
    for person_id, email, first_name, last_name in session.execute(mains):
        names[person_id] = f"{first_name} {last_name}".strip()
        found[person_id] = [Recipient(email or "", names[person_id], person_id)]
    further = select(PersonAddress.person_id, PersonAddress.email).where(
        PersonAddress.person_id.in_(list(found))
    )
    for person_id, email in session.execute(further.order_by(PersonAddress.id)):
        found[person_id].append(Recipient(email, names[person_id], person_id))
    return found


def household_adults(session: Session, household_id: int) -> list[int]:
    """Return the active persons of a household."""
    return list(
        session.scalars(
            select(Person.id)
            .where(Person.household_id == household_id, Person.is_active)
            .order_by(Person.id)
        )
    )


def person_by_email(session: Session, text: str) -> Person | None:
    """Return who logs in with an address, as it was typed."""
    try:
        email = normalised(text)
    except ValueError:
        return None
    return session.scalar(select(Person).where(Person.email == email))


def by_addresses(session: Session, emails: Collection[str]) -> dict[str, list[Person]]:
    """Return whose each address is: who logs in with it, else all to whom mail goes there too."""
    found: dict[str, list[Person]] = {}
    mains = select(Person).where(Person.email.in_(emails))
    for person in session.scalars(mains.order_by(Person.id)):
        found.setdefault(person.email or "", []).append(person)
    further = (
        select(PersonAddress.email, Person)
        .join(Person, Person.id == PersonAddress.person_id)
        .where(PersonAddress.email.in_([one for one in emails if one not in found]))
    )
    for email, person in session.execute(further.order_by(Person.id)):
        found.setdefault(email, []).append(person)
    return found


def household_persons(session: Session, household_id: int) -> Rows:
    """Return (id, first_name, last_name, email, is_active) of those who share a household."""
    return session.execute(
        select(Person.id, Person.first_name, Person.last_name, Person.email, Person.is_active)
        .where(Person.household_id == household_id)
        .order_by(Person.sort_key, Person.id)
    ).all()


def stays(session: Session, person_id: int) -> Rows:
    """Return (since, until) of the households a person belonged to before, latest first."""
    return session.execute(
        select(HouseholdStay.since, HouseholdStay.until)
        .where(HouseholdStay.person_id == person_id, HouseholdStay.until.is_not(None))
        .order_by(HouseholdStay.since.desc(), HouseholdStay.id.desc())
    ).all()


def further_addresses(session: Session, person_id: int) -> Sequence[PersonAddress]:
    """Return a person's further addresses, oldest first."""
    return session.scalars(
        select(PersonAddress).where(PersonAddress.person_id == person_id).order_by(PersonAddress.id)
    ).all()


def grants(session: Session, person_ids: Collection[int]) -> dict[int, list[Grant]]:
    """Return the roles of persons."""
    found: dict[int, list[Grant]] = {}
    for grant in session.scalars(
        select(Grant).where(Grant.person_id.in_(person_ids)).order_by(Grant.id)
    ):
        found.setdefault(grant.person_id, []).append(grant)
    return found


def matches(wanted: str) -> ColumnElement[bool]:
    """Return the condition of a search by name, address or phone, without accents."""
    words = search_key(wanted).split()
    if wanted and set(wanted) <= PHONE_SIGNS:
        words = ["".join(filter(str.isdigit, wanted))]
    return and_(true(), *(Person.search_text.contains(word, autoescape=True) for word in words))


def _is_in_state(state: str) -> ColumnElement[bool]:
    without_email = Person.email.is_(None)
    never = and_(Person.password_hash.is_(None), Person.email.is_not(None))
    conditions: dict[str, ColumnElement[bool]] = {
        "inactives": ~Person.is_active,
        "sans-adresse": and_(Person.is_active, without_email),
        "jamais-connectees": and_(Person.is_active, never),
    }
    return conditions.get(state, and_(Person.is_active))


def _listed(wanted: str, role: Role | None, state: str) -> list[ColumnElement[bool]]:
    conditions = [_is_in_state(state), matches(wanted)]
    if role is not None:
        conditions.append(exists().where(Grant.person_id == Person.id, Grant.role == role))
    return conditions


def count_persons(session: Session, wanted: str, role: Role | None, state: str) -> int:
    """Count what `persons` lists on all pages."""
    statement = select(func.count()).select_from(Person).where(*_listed(wanted, role, state))
    return session.scalar(statement) or 0


def persons(
    session: Session, wanted: str, role: Role | None, state: str, offset: int, size: int
) -> Rows:
    """Return one page of the persons' list, sorted without accents."""
    return session.execute(
        select(
            Person.id,
            Person.first_name,
            Person.last_name,
            Person.email,
            Person.phone,
            Person.is_active,
            Person.password_hash.is_not(None).label("is_activated"),
        )
        .where(*_listed(wanted, role, state))
        .order_by(Person.sort_key, Person.id)
        .offset(offset)
        .limit(size)
    ).all()


def other_households(session: Session, person_id: int, wanted: str, most: int) -> Rows:
    """Return active persons of other households, for choosing whom to share with."""
    own = select(Person.household_id).where(Person.id == person_id).scalar_subquery()
    return session.execute(
        select(Person.id, Person.first_name, Person.last_name, Person.email)
        .where(Person.is_active, Person.household_id != own, matches(wanted))
        .order_by(Person.sort_key, Person.id)
        .limit(most)
    ).all()


def is_taken(session: Session, email: str, except_person: int = 0) -> bool:
    """Tell whether somebody else logs in with that address."""
    statement = select(Person.id).where(Person.email == email, Person.id != except_person)
    return session.scalar(statement) is not None

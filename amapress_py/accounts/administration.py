"""What administrators do to persons, roles and households (`by`: the administrator's person_id)."""

from collections.abc import Callable

from flask import Flask, current_app
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from amapress_py import clock, settings
from amapress_py.accounts import queries, roles, services
from amapress_py.accounts import viewer as viewers
from amapress_py.accounts.addresses import normalised
from amapress_py.accounts.models import Grant, HouseholdStay, Person, Role, new_stamp
from amapress_py.accounts.refusals import (
    ChangedMeanwhile,
    ContractsLeftBehind,
    Inactive,
    LastAdmin,
    OwnAccess,
    UnknownRole,
)
from amapress_py.errors import DomainError, NotAllowed, NotFound
from amapress_py.i18n import _

CLOSING = "amapress_closing_account"
FILE = ("first_name", "last_name", "email", "phone", "other_phone", "address")
Close = Callable[[Session, int, int], None]  # whose account, by whom


def plug_closing(app: Flask, close: Close) -> None:
    """Say what goes with an account that is closed."""
    app.extensions[CLOSING] = close


def _nothing(session: Session, person_id: int, by: int) -> None:
    """Leave all as it is: nothing is plugged in."""


def _check_admin(session: Session, by: int) -> None:
    found = viewers.load(session, by)
    if found is None or not found.is_admin:
        raise NotAllowed


def shown(person: Person) -> str:
    """Return what a form carries along of the file that it showed."""
    return settings.mark([getattr(person, name) or "" for name in FILE])


def change_person(
    session: Session,
    person_id: int,
    by: int,
    *,
    email: str | None,
    first_name: str,
    last_name: str,
    phone: str,
    other_phone: str,
    address: str,
    seen: str = "",
) -> None:
    """Correct a person, whose file was `seen` so (see shown).

    Raise ChangedMeanwhile, EmailTaken, or ValueError (bad address).
    """
    _check_admin(session, by)
    if seen and seen != shown(services.locked_person(session, person_id)):
        raise ChangedMeanwhile
    services.change_profile(
        session,
        person_id,
        first_name=first_name,
        last_name=last_name,
        phone=phone,
        other_phone=other_phone,
        address=address,
    )
    services.change_email(
        session, services.locked_person(session, person_id), normalised(email) if email else None
    )


def _check_other_admin(session: Session, person_id: int) -> None:
    """Raise LastAdmin unless another active administrator is left; locks them all."""
    others = session.scalars(
        select(Grant)
        .join(Person)
        .where(Grant.role == Role.ADMIN, Person.is_active)
        .order_by(Grant.id)
        .with_for_update()
    ).all()
    if {grant.person_id for grant in others} <= {person_id}:
        raise LastAdmin


def deactivate(session: Session, person_id: int, by: int) -> None:
    """Close an account: no log-in, no mail, no basket taken; raise OwnAccess or LastAdmin."""
    _check_admin(session, by)
    if person_id == by:
        raise OwnAccess
    _check_other_admin(session, person_id)
    person = services.locked_person(session, person_id)
    person.is_active = False
    person.stamp = new_stamp()
    session.flush()
    close: Close = current_app.extensions.get(CLOSING, _nothing)
    close(session, person_id, by)


def reactivate(session: Session, person_id: int, by: int) -> None:
    """Open a closed account again."""
    _check_admin(session, by)
    services.locked_person(session, person_id).is_active = True


def give_role(
    session: Session, person_id: int, by: int, role: Role, scope: str = "", scope_id: int = 0
) -> None:
    """Give a role, everywhere or for one thing; giving it again changes nothing."""
    _check_admin(session, by)
    services.locked_person(session, person_id)
    if not roles.is_possible(role, scope, scope_id, roles.scope_choices(session)):
        raise UnknownRole
    held = queries.grants(session, [person_id]).get(person_id, [])
    if (role, scope, scope_id) not in [(one.role, one.scope, one.scope_id) for one in held]:
        session.add(Grant(person_id=person_id, role=role, scope=scope, scope_id=scope_id))


def remove_role(session: Session, person_id: int, grant_id: int, by: int) -> None:
    """Take a role away; raise OwnAccess or LastAdmin."""
    _check_admin(session, by)
    held = queries.grants(session, [person_id]).get(person_id, [])
    grant = next((one for one in held if one.id == grant_id), None)
    if grant is None:
        raise NotFound(_("Ce rôle a déjà été retiré."))
    if grant.role == Role.ADMIN:
        if person_id == by:
            raise OwnAccess
        _check_other_admin(session, person_id)
    session.execute(delete(Grant).where(Grant.id == grant_id))


def join_household(session: Session, person_id: int, by: int, other_id: int) -> None:
    """Move a person into the household of another; the past stays known."""
    _check_admin(session, by)
    locked = {key: services.locked_person(session, key) for key in sorted({person_id, other_id})}
    person, other = locked[person_id], locked[other_id]
    if person.household_id == other.household_id:
        raise DomainError(_("Ces deux personnes partagent déjà le même foyer."))
    _move(session, person, other.household_id)


def leave_household(session: Session, person_id: int, by: int) -> None:
    """Give a person a household of his own."""
    _check_admin(session, by)
    person = services.locked_person(session, person_id)
    if len(queries.household_persons(session, person.household_id)) == 1:
        raise DomainError(_("Cette personne ne partage son foyer avec personne."))
    _move(session, person, services.new_household(session).id)


def _move(session: Session, person: Person, household_id: int) -> None:
    if not person.is_active:
        raise Inactive
    is_alone = queries.household_adults(session, person.household_id) == [person.id]
    looking = viewers.load(session, person.id)
    if is_alone and looking is not None and looking.is_member:
        raise ContractsLeftBehind
    stay = session.scalar(
        select(HouseholdStay).where(
            HouseholdStay.person_id == person.id, HouseholdStay.until.is_(None)
        )
    )
    if stay is not None:
        stay.until = clock.today()
        session.flush()  # at most one open stay at a time
    person.household_id = household_id
    services.begin_stay(session, person, household_id)

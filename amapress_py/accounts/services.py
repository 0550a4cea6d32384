"""What is done to persons, their households and roles, each act in one transaction."""

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from amapress_py import clock, db, web
from amapress_py.accounts import queries, roles, rules, throttle, tokens
from amapress_py.accounts import viewer as viewers
from amapress_py.accounts.addresses import normalised
from amapress_py.accounts.models import (
    Grant,
    Household,
    HouseholdStay,
    Person,
    PersonAddress,
    Role,
    new_stamp,
)
from amapress_py.accounts.rules import Limit
from amapress_py.accounts.tokens import Purpose
from amapress_py.errors import DomainError, NotAllowed, NotFound
from amapress_py.i18n import _, _l
from amapress_py.mail import outbox
from amapress_py.mail.outbox import Recipient


class EmailTaken(DomainError):
    message = _l("Une autre personne se connecte déjà avec cette adresse.")


class NoAddress(DomainError):
    message = _l("Cette personne n’a pas d’adresse : prévenez-la par téléphone.")


class Inactive(DomainError):
    message = _l("Ce compte est désactivé : réactivez-le d’abord.")


class TooOften(DomainError):
    message = _l(
        "Trop d’essais en peu de temps : attendez un moment (une heure au plus), puis recommencez."
    )
    status = 429


class WrongPassword(DomainError):
    message = _l("Ce n’est pas votre mot de passe actuel.")


class StaleLink(DomainError):
    message = _l("Ce lien n’est plus valable : il a déjà servi, ou il a expiré.")
    status = 410


class LastAdmin(DomainError):
    message = _l(
        "C’est le seul administrateur actif : nommez-en un autre d’abord,"
        " sinon plus personne ne pourrait régler le site."
    )


class OwnAccess(DomainError):
    message = _l("On ne se retire pas ses propres droits : demandez à un autre administrateur.")


class TooManyAddresses(DomainError):
    message = _l("Trois adresses de plus au maximum : enlevez-en une d’abord.")


class UnknownRole(DomainError):
    message = _l("Ce rôle ne peut pas être donné ainsi.")


class ContractsLeftBehind(DomainError):
    message = _l(
        "Cette personne est seule dans son foyer, qui a des contrats en cours :"
        " faites plutôt venir l’autre personne dans ce foyer."
    )


def _person(session: Session, person_id: int) -> Person:
    person = db.locked(session, Person, person_id)
    if person is None:
        raise NotFound(_("Cette personne n’existe plus."))
    return person


def _keep(session: Session, person: Person) -> None:
    """Write a person; two at once with one address: the second is told."""
    try:
        with session.begin_nested():
            session.add(person)
    except IntegrityError as error:
        raise EmailTaken from error


def _new_household(session: Session) -> Household:
    household = Household()
    session.add(household)
    session.flush()
    return household


def _begin_stay(session: Session, person: Person, household_id: int) -> None:
    session.add(HouseholdStay(person_id=person.id, household_id=household_id, since=clock.today()))


def create_person(
    session: Session,
    *,
    email: str | None,
    first_name: str,
    last_name: str,
    phone: str = "",
    address: str = "",
) -> Person:
    """Add somebody with a household of his own; raise EmailTaken, or ValueError (bad address)."""
    kept = normalised(email) if email else None
    if kept and queries.is_taken(session, kept):
        raise EmailTaken
    person = Person(
        household_id=_new_household(session).id,
        email=kept,
        first_name=first_name,
        last_name=last_name,
        phone=phone,
        address=address,
    )
    _keep(session, person)
    _begin_stay(session, person, person.household_id)
    session.flush()
    return person


def _main_recipient(person: Person) -> Recipient:
    if not person.email:
        raise NoAddress
    return Recipient(person.email, f"{person.first_name} {person.last_name}".strip(), person.id)


def _post(session: Session, event: str, to: Recipient, **values: Any) -> None:
    outbox.post(session, f"accounts/{event}", [to], **values)


def _password_link(purpose: Purpose, person: Person) -> str:
    return web.absolute(f"/compte/mot-de-passe/{tokens.make(purpose, person)}")


def invite(session: Session, person_id: int, by: str) -> None:
    """Mail a person the link to choose a password; raise NoAddress or Inactive."""
    person = _person(session, person_id)
    if not person.is_active:
        raise Inactive
    link = _password_link(Purpose.ACTIVATE, person)
    _post(
        session,
        "invitation",
        _main_recipient(person),
        first_name=person.first_name,
        by=by,
        link=link,
    )


def _count(session: Session, key: str, limit: Limit) -> bool:
    return throttle.hit(session, key, limit.tries, limit.seconds)


def _same_address(typed: str) -> str:
    """Return by what tries are counted, whether or not somebody has that address."""
    return " ".join(typed.lower().split())


def may_try_log_in(session: Session, email: str, ip: str) -> bool:
    """Count a try to log in; tell whether its password may be looked at."""
    from_there = _count(session, f"log-in ip {ip}", rules.LOG_IN_PER_IP)
    return _count(session, _log_in_key(email), rules.LOG_IN_PER_ADDRESS) and from_there


def _log_in_key(email: str) -> str:
    return f"log-in {_same_address(email)}"


def forget_tries(session: Session, email: str) -> None:
    """Let a person who proved who he is mistype again."""
    throttle.forgive(session, _log_in_key(email))


def ask_reset(session: Session, email: str, ip: str) -> bool:
    """Mail the link for a new password to a known person; False if asked too often."""
    from_there = _count(session, f"reset ip {ip}", rules.RESET_PER_IP)
    if not _count(session, f"reset {_same_address(email)}", rules.RESET_PER_ADDRESS):
        return False
    person = queries.person_by_email(session, email) if from_there else None
    if person is not None and person.is_active:
        link = _password_link(Purpose.RESET, person)
        _post(session, "reset", _main_recipient(person), first_name=person.first_name, link=link)
    return from_there


def _set_password(session: Session, person: Person, password_hash: str) -> None:
    person.password_hash = password_hash
    person.stamp = new_stamp()
    if person.email:
        forget_tries(session, person.email)
        to = _main_recipient(person)
        _post(session, "password_changed", to, first_name=person.first_name)


def choose_password(session: Session, token: str, password_hash: str) -> int:
    """Set the password by a mailed link and end every other session; raise StaleLink."""
    found = tokens.person_of(session, token, Purpose.ACTIVATE, Purpose.RESET, lock=True)
    if found is None:
        raise StaleLink
    _set_password(session, found[0], password_hash)
    return found[0].id


def may_prove(session: Session, person_id: int) -> bool:
    """Count a try of the present password; tell whether it may be looked at."""
    return _count(session, f"proof {person_id}", rules.PROOF_PER_PERSON)


def change_password(session: Session, person_id: int, password_hash: str) -> None:
    """Set another password and end every other session."""
    _set_password(session, _person(session, person_id), password_hash)


def change_profile(
    session: Session,
    person_id: int,
    *,
    first_name: str,
    last_name: str,
    phone: str,
    other_phone: str,
    address: str,
) -> None:
    """Keep what a person says of himself."""
    person = _person(session, person_id)
    person.first_name = first_name
    person.last_name = last_name
    person.phone = phone
    person.other_phone = other_phone
    person.address = address


def ask_new_address(session: Session, person_id: int, email: str, purpose: Purpose) -> None:
    """Mail the link that confirms a new main or further address; say the same if it is taken."""
    person = _person(session, person_id)
    if not _count(session, f"confirm {person_id}", rules.CONFIRM_PER_PERSON):
        raise TooOften
    if email == person.email:
        raise DomainError(_("C’est déjà votre adresse."))
    if purpose is Purpose.FURTHER:
        _check_room(session, person_id)
    elif queries.is_taken(session, email, except_person=person_id):
        _post(session, "address_taken", Recipient(email, ""))
        return
    link = web.absolute(f"/mon-profil/adresse/{tokens.make(purpose, person, email)}")
    to = Recipient(email, f"{person.first_name} {person.last_name}".strip(), person.id)
    _post(session, "confirm_address", to, first_name=person.first_name, link=link)


def _check_room(session: Session, person_id: int) -> None:
    if len(queries.further_addresses(session, person_id)) >= rules.FURTHER_ADDRESSES:
        raise TooManyAddresses


def confirm_address(session: Session, token: str) -> Person:
    """Keep the address that a mailed link confirms; raise StaleLink or EmailTaken."""
    found = tokens.person_of(session, token, Purpose.EMAIL, Purpose.FURTHER, lock=True)
    if found is None:
        raise StaleLink
    person, link = found
    if link.purpose is Purpose.EMAIL:
        _change_email(session, person, link.email)
    else:
        _add_address(session, person.id, link.email)
    return person


def _change_email(session: Session, person: Person, email: str | None) -> None:
    """Give a person another log-in, told to the old one; links and other sessions end."""
    before = person.email
    if email == before:
        return
    if email and queries.is_taken(session, email, except_person=person.id):
        raise EmailTaken
    if before:
        to = _main_recipient(person)
        _post(session, "email_changed", to, first_name=person.first_name, email=email or "")
    person.email = email
    person.stamp = new_stamp()
    _keep(session, person)


def _add_address(session: Session, person_id: int, email: str) -> None:
    if email not in [one.email for one in queries.further_addresses(session, person_id)]:
        _check_room(session, person_id)
        session.add(PersonAddress(person_id=person_id, email=email))


def remove_address(session: Session, person_id: int, address_id: int) -> None:
    """Stop writing to a further address of that person."""
    row = session.get(PersonAddress, address_id)
    if row is None or row.person_id != person_id:
        raise NotFound
    session.delete(row)


# What administrators do (`by`: the administrator's person_id).


def _check_admin(session: Session, by: int) -> None:
    found = viewers.load(session, by)
    if found is None or not found.is_admin:
        raise NotAllowed


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
) -> None:
    """Correct a person; raise EmailTaken, or ValueError (bad address)."""
    _check_admin(session, by)
    change_profile(
        session,
        person_id,
        first_name=first_name,
        last_name=last_name,
        phone=phone,
        other_phone=other_phone,
        address=address,
    )
    _change_email(session, _person(session, person_id), normalised(email) if email else None)


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
    """Close an account: no log-in, no mail; raise OwnAccess or LastAdmin."""
    _check_admin(session, by)
    if person_id == by:
        raise OwnAccess
    _check_other_admin(session, person_id)
    person = _person(session, person_id)
    person.is_active = False
    person.stamp = new_stamp()


def reactivate(session: Session, person_id: int, by: int) -> None:
    """Open a closed account again."""
    _check_admin(session, by)
    _person(session, person_id).is_active = True


def give_role(
    session: Session, person_id: int, by: int, role: Role, scope: str = "", scope_id: int = 0
) -> None:
    """Give a role, everywhere or for one thing; giving it again changes nothing."""
    _check_admin(session, by)
    _person(session, person_id)
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
    locked = {key: _person(session, key) for key in sorted({person_id, other_id})}
    person, other = locked[person_id], locked[other_id]
    if person.household_id == other.household_id:
        raise DomainError(_("Ces deux personnes partagent déjà le même foyer."))
    _move(session, person, other.household_id)


def leave_household(session: Session, person_id: int, by: int) -> None:
    """Give a person a household of his own."""
    _check_admin(session, by)
    person = _person(session, person_id)
    if len(queries.household_persons(session, person.household_id)) == 1:
        raise DomainError(_("Cette personne ne partage son foyer avec personne."))
    _move(session, person, _new_household(session).id)


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
    _begin_stay(session, person, household_id)

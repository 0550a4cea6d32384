"""What is done to a person: made known, invited, passwords, profile, addresses."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from amapress_py import clock, db, web
from amapress_py.accounts import queries, rules, throttle, tokens
from amapress_py.accounts.addresses import normalised
from amapress_py.accounts.models import (
    Household,
    HouseholdStay,
    Person,
    PersonAddress,
    new_stamp,
)
from amapress_py.accounts.refusals import (
    EmailTaken,
    Inactive,
    NoAddress,
    StaleLink,
    TooManyAddresses,
    TooOften,
)
from amapress_py.accounts.rules import Limit
from amapress_py.accounts.tokens import Purpose
from amapress_py.errors import DomainError, NotFound
from amapress_py.i18n import _
from amapress_py.mail import outbox
from amapress_py.mail.outbox import Recipient


def locked_person(session: Session, person_id: int) -> Person:
    """Load a person for a change; raise NotFound."""
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


def new_household(session: Session) -> Household:
    """Add an empty household."""
    household = Household()
    session.add(household)
    session.flush()
    return household


def begin_stay(session: Session, person: Person, household_id: int) -> None:
    """Note that a person belongs to a household from today."""
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
        household_id=new_household(session).id,
        email=kept,
        first_name=first_name,
        last_name=last_name,
        phone=phone,
        address=address,
    )
    _keep(session, person)
    begin_stay(session, person, person.household_id)
    session.flush()
    return person


def create_persons(session: Session, people: Sequence[Mapping[str, str]]) -> list[Person]:
    """Add many at once, each with a household of his own; the values are those of `create_person`.

    The caller has made sure that nobody has these addresses.
    """
    homes = [Household() for _one in people]
    session.add_all(homes)
    session.flush()
    persons = [Person(household_id=home.id, **one) for home, one in zip(homes, people, strict=True)]
    session.add_all(persons)
    session.flush()
    for person in persons:
        begin_stay(session, person, person.household_id)
    session.flush()
    return persons


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
    person = locked_person(session, person_id)
    if not person.is_active:
        raise Inactive
    invite_new(session, person, by)


def invite_new(session: Session, person: Person, by: str) -> None:
    """Mail somebody who was just created the link to choose a password."""
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
    _set_password(session, locked_person(session, person_id), password_hash)


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
    person = locked_person(session, person_id)
    person.first_name = first_name
    person.last_name = last_name
    person.phone = phone
    person.other_phone = other_phone
    person.address = address


def ask_new_address(session: Session, person_id: int, email: str, purpose: Purpose) -> None:
    """Mail the link that confirms a new main or further address; say the same if it is taken."""
    person = locked_person(session, person_id)
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
        change_email(session, person, link.email)
    else:
        _add_address(session, person.id, link.email)
    return person


def change_email(session: Session, person: Person, email: str | None) -> None:
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

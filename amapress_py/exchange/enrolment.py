"""Who is told about free baskets: enrolling oneself or somebody else, leaving."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import literal, select, update
from sqlalchemy.orm import Session

from amapress_py import clock, settings, web
from amapress_py.accounts import queries as accounts_queries
from amapress_py.accounts import services as accounts_services
from amapress_py.accounts.models import Person
from amapress_py.contracts import queries as contracts_queries
from amapress_py.exchange import letters, queries, refusals, tokens, turns
from amapress_py.exchange.models import IntermittentEnrolment
from amapress_py.exchange.steps import Actor
from amapress_py.i18n import _
from amapress_py.mail import outbox
from amapress_py.mail.models import MailState, OutboxMail
from amapress_py.mail.outbox import Recipient
from amapress_py.membership import queries as memberships


def enrol_me(session: Session, actor: Actor) -> None:
    """Enrol the connected person and send the welcome mail with the link to leave."""
    assert actor.person_id is not None  # noqa: S101  nobody enrols a job
    person = locked_person(session, actor.person_id)
    if queries.is_enrolled(session, person.id):
        raise refusals.AlreadyEnrolled
    if not actor.is_manager:
        _check_membership(session, person.household_id)
    _enrol(session, person, actor.person_id)


def enrol_other(
    session: Session,
    actor: Actor,
    *,
    email: str,
    first_name: str = "",
    last_name: str = "",
    phone: str = "",
    address: str = "",
    because: str = "",
) -> None:
    """Enrol somebody: at once if unknown (or by a manager), else after his own confirmation.

    An existing person's data never change.  A manager's word is enough for a known person.
    """
    assert actor.person_id is not None  # noqa: S101  nobody enrols for a job
    enroller = session.get_one(Person, actor.person_id)
    _check_may_enrol(session, actor)
    known = accounts_queries.person_by_email(session, email)
    if known is None:
        person = accounts_services.create_person(
            session,
            email=email,
            first_name=first_name,
            last_name=last_name,
            phone=phone,
            address=address,
        )
        accounts_services.invite(session, person.id, enroller.name)
        _enrol(session, person, enroller.id, because)
        return
    person = locked_person(session, known.id)
    if not person.is_active or queries.is_enrolled(session, person.id):
        return
    if actor.is_manager or person.id == actor.person_id:
        _enrol(session, person, enroller.id, because)
    else:
        _ask_confirmation(session, person, enroller)


def _check_may_enrol(session: Session, actor: Actor) -> None:
    """Refuse who is neither a responsable nor, if the setting lets them, a member."""
    if actor.is_manager:
        return
    is_member = session.scalar(
        select(contracts_queries.has_live_contract(literal(actor.household_id)))
    )
    current = settings.current()
    if not is_member or not current.members_may_enrol_others:
        raise refusals.EnrolmentReserved
    if current.membership_to_join:  # a stranger has none, and who has one is not told apart
        raise refusals.EnrolmentReserved


def confirm_enrolment(session: Session, person_id: int, enrolled_by_id: int) -> None:
    """Enrol a known person who followed the confirmation mail’s link; repeating is harmless."""
    person = locked_person(session, person_id)
    if not queries.is_enrolled(session, person.id):
        _check_membership(session, person.household_id)
        _enrol(session, person, enrolled_by_id)


def ask_to_join(session: Session, key: str, typed: Mapping[str, str]) -> None:
    """Mail who asks by the public page the link that confirms; nothing else is written.

    Nobody is looked up: the answer is the same whether the address is known or not.
    """
    name = f"{typed['first_name']} {typed['last_name']}".strip()
    outbox.post(
        session,
        "exchange/confirm_joining",
        [Recipient(typed["email"], name)],
        first_name=typed["first_name"],
        days=tokens.VALID.days,
        confirm_url=web.absolute(
            f"/intermittents/rejoindre/confirmer/{tokens.joining_token(key, typed)}"
        ),
    )


def join(session: Session, typed: Mapping[str, str]) -> None:
    """Enrol who confirmed his own address; an existing person's data never change.

    Repeating is harmless.  Raise Inactive, or MembershipNeeded.
    """
    email = typed["email"]
    found = accounts_queries.by_addresses(session, [email]).get(email, [])
    if found:
        person = locked_person(session, found[0].id)
        if not person.is_active:
            raise refusals.ClosedAccount
        if not queries.is_enrolled(session, person.id):
            _check_membership(session, person.household_id)
            _enrol(session, person, person.id, typed["because"])
        return
    _check_membership(session, None)
    person = accounts_services.create_person(
        session, **{key: typed[key] for key in typed if key != "because"}
    )
    accounts_services.invite_new(session, person, _("L’espace intermittents"))
    _enrol(session, person, person.id, typed["because"])


def _check_membership(session: Session, household_id: int | None) -> None:
    """Raise MembershipNeeded if one must belong to the association to join."""
    if settings.current().membership_to_join:
        refusal = refusals.MembershipNeeded.of(memberships.standing(session, household_id))
        if refusal is not None:
            raise refusal


def end_enrolment(session: Session, person_id: int) -> bool:
    """Take a person off the list, with his turns and queued alerts; False if not on it."""
    enrolment = session.scalar(
        select(IntermittentEnrolment)
        .where(
            IntermittentEnrolment.person_id == person_id,
            IntermittentEnrolment.ended_at.is_(None),
        )
        .with_for_update()
    )
    if enrolment is None:
        return False
    enrolment.ended_at = clock.now()
    session.flush()
    turns.give_up(session, person_id)
    session.execute(
        update(OutboxMail)
        .where(
            OutboxMail.person_id == person_id,
            OutboxMail.topic.startswith(letters.ALERT_TOPIC),
            OutboxMail.state == MailState.QUEUED,
            OutboxMail.lease_until.is_(None),
        )
        .values(state=MailState.DROPPED)
    )
    recipients = accounts_queries.recipients(session, [person_id]).get(person_id, [])
    outbox.post(
        session,
        "exchange/unenrolled",
        recipients,
        enrolment_url=letters.link(letters.ENROLMENT),
    )
    return True


def end_enrolments(session: Session, actor: Actor, person_ids: Collection[int]) -> int:
    """Take several persons off the list, each told by mail; return how many were on it."""
    if not actor.is_manager:
        raise refusals.EnrolmentReserved
    return sum(end_enrolment(session, key) for key in sorted(set(person_ids)))


def person_of_token(session: Session, token: str) -> int | None:
    """Return whose unsubscribe link this is, ended enrolments included; None if nobody's."""
    return session.scalar(
        select(IntermittentEnrolment.person_id).where(IntermittentEnrolment.token == token)
    )


def locked_person(session: Session, person_id: int) -> Person:
    return session.get_one(
        Person, person_id, with_for_update={"of": Person}, populate_existing=True
    )


def enrol_many(session: Session, persons: Sequence[Person], by: Person) -> None:
    """Enrol persons who are not enrolled; each gets his welcome and his link to leave."""
    rows = [
        IntermittentEnrolment(
            person_id=one.id, enrolled_by_id=by.id, enrolled_at=clock.now(), because=""
        )
        for one in persons
    ]
    session.add_all(rows)
    session.flush()
    readers = accounts_queries.recipients(session, [one.id for one in persons])
    for person, row in zip(persons, rows, strict=True):
        letters.welcome(session, person, by, row.token, readers.get(person.id, []))


def _enrol(session: Session, person: Person, by_id: int, because: str = "") -> None:
    row = IntermittentEnrolment(
        person_id=person.id, enrolled_by_id=by_id, enrolled_at=clock.now(), because=because
    )
    session.add(row)
    session.flush()
    by = session.get_one(Person, by_id)
    readers = accounts_queries.recipients(session, [person.id]).get(person.id, [])
    letters.welcome(session, person, None if by_id == person.id else by, row.token, readers)


def _ask_confirmation(session: Session, person: Person, enroller: Person) -> None:
    token = tokens.enrolment_token(person, enroller.id)
    recipients = accounts_queries.recipients(session, [person.id]).get(person.id, [])
    outbox.post(
        session,
        "exchange/confirm_enrolment",
        recipients,
        person=person,
        by=enroller,
        days=tokens.VALID.days,
        confirm_url=web.absolute(f"/intermittents/confirmer/{token}"),
    )

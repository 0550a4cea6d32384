"""A person's data are erased, but for what the law lets an association keep."""

from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.accounts import services as accounts
from amapress_py.accounts import viewer as viewers
from amapress_py.accounts.models import Grant, Person, PersonAddress, Role, new_stamp
from amapress_py.agenda.models import CalendarKey
from amapress_py.contracts.models import Subscription
from amapress_py.contracts.queries import has_live_contract
from amapress_py.deliveries.models import Delivery
from amapress_py.duty.models import DutyAbsence, DutySeat
from amapress_py.errors import DomainError
from amapress_py.exchange.models import (
    AlertPreference,
    AlertWish,
    BasketOffer,
    IntermittentEnrolment,
    OfferRequest,
)
from amapress_py.exchange.rules import LIVE_REQUESTS, LIVE_STATES
from amapress_py.i18n import _, _l
from amapress_py.mail.models import OutboxMail
from amapress_py.membership.models import Membership


class StillNeeded(DomainError):
    """Others count on this person."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(
            _("Rien n’est effacé, il reste : %(reasons)s.", reasons=", ".join(reasons))
        )


ERASED = _l("Personne effacée")


def erase_own(session: Session, person_id: int) -> None:
    """« Effacer mes données »: the account ends too; raise StillNeeded."""
    _erase(session, accounts.locked_person(session, person_id))


def erase(session: Session, person_id: int, by: int) -> None:
    """Do it for somebody, as an administrator; raise StillNeeded."""
    viewers.check_role(session, by, Role.ADMIN)
    _erase(session, accounts.locked_person(session, person_id))


def _erase(session: Session, person: Person) -> None:
    reasons = _reasons(session, person)
    if reasons:
        raise StillNeeded(reasons)
    key = person.id
    for rows in (
        delete(PersonAddress).where(PersonAddress.person_id == key),
        delete(CalendarKey).where(CalendarKey.person_id == key),
        delete(AlertPreference).where(AlertPreference.person_id == key),
        delete(AlertWish).where(AlertWish.person_id == key),
        delete(DutyAbsence).where(DutyAbsence.person_id == key),
        delete(OutboxMail).where(OutboxMail.person_id == key),
        update(IntermittentEnrolment)
        .where(IntermittentEnrolment.person_id == key, IntermittentEnrolment.ended_at.is_(None))
        .values(ended_at=clock.now()),
    ):
        session.execute(rows, execution_options={"synchronize_session": False})
    if not _has_accounts(session, person):
        person.first_name, person.last_name = str(ERASED), ""
    person.email = person.password_hash = None
    person.phone = person.other_phone = person.address = ""
    person.is_active = False
    person.stamp = new_stamp()
    session.flush()
    session.expire_all()


def _reasons(session: Session, person: Person) -> list[str]:
    """Return what others still count on, as words."""
    now, home = clock.now(), person.household_id
    is_alone = not session.scalar(
        select(Person.id)
        .where(Person.household_id == home, Person.id != person.id, Person.is_active)
        .limit(1)
    )
    own_offer = BasketOffer.offered_by_id == person.id
    checks: list[tuple[str, ColumnElement[bool]]] = [
        (_("un rôle"), exists().where(Grant.person_id == person.id)),
        (
            _("une permanence à venir"),
            exists().where(
                DutySeat.person_id == person.id,
                Delivery.id == DutySeat.delivery_id,
                Delivery.starts_at > now,
            ),
        ),
        (
            _("un panier proposé"),
            exists().where(
                or_(own_offer, BasketOffer.household_id == home) if is_alone else own_offer,
                BasketOffer.state.in_(LIVE_STATES),
            ),
        ),
        (
            _("un panier demandé"),
            exists().where(
                OfferRequest.person_id == person.id,
                OfferRequest.state.in_(LIVE_REQUESTS),
                BasketOffer.id == OfferRequest.offer_id,
                BasketOffer.state.in_(LIVE_STATES),
            ),
        ),
    ]
    if is_alone:
        lives = has_live_contract(Person.household_id.expression)
        checks.insert(
            0,
            (
                _("un contrat en cours"),
                select(Person.id).where(Person.id == person.id, lives).exists(),
            ),
        )
    found = session.execute(select(*(one for _word, one in checks))).one()
    return [word for (word, _one), is_so in zip(checks, found, strict=True) if is_so]


def _has_accounts(session: Session, person: Person) -> bool:
    """Tell whether signed contracts or memberships, which the law keeps, bear the name."""
    of_home = (Subscription, Membership)
    return any(
        session.scalar(select(model.id).where(model.household_id == person.household_id).limit(1))
        is not None
        for model in of_home
    )

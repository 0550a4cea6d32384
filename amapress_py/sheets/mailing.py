"""Mailing lists: the addresses of members, intermittents, a contract, a place, a day, a role."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from sqlalchemy import ColumnElement, and_, exists, or_, select, union
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.accounts.models import Grant, Person, PersonAddress, Role
from amapress_py.accounts.roles import ROLES
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import messages
from amapress_py.contracts.models import Contract, ContractState, Subscription
from amapress_py.contracts.queries import basket_statement, has_live_contract
from amapress_py.contracts.rules import producers_in_scope
from amapress_py.deliveries.models import Delivery, Place
from amapress_py.duty.models import DutySeat
from amapress_py.exchange.models import BasketOffer, OfferRequest
from amapress_py.exchange.queries.facts import enrolled
from amapress_py.exchange.rules import RequestState
from amapress_py.i18n import _, short_date
from amapress_py.mail.outbox import Recipient

WRITERS = (Role.TREASURER, Role.INTERMITTENT_MANAGER, Role.REFERENT, Role.COORDINATOR)
AHEAD = dt.timedelta(days=35)  # deliveries offered
LONGEST = 1800  # characters of a mailto: that every mail program takes
Choices = dict[str, list[tuple[str, str]]]  # group: (value, label)


@dataclass
class MailingList:
    """Who is in a group: addresses once each, and who has none."""

    persons: int = 0
    addresses: list[Recipient] = field(default_factory=list)
    without: list[tuple[str, str]] = field(default_factory=list)  # name, phone

    @property
    def text(self) -> str:
        """Return the addresses, to copy."""
        return ", ".join(one.address for one in self.addresses)

    @property
    def mailtos(self) -> list[tuple[int, str]]:
        """Return (how many readers, address) of as many new mails as are needed, all in Bcc."""
        found: list[tuple[int, str]] = []
        count, bcc = 0, ""
        for one in self.addresses:
            added = quote(one.address, safe="@")
            if bcc and len(bcc) + len(added) + 1 > LONGEST:
                found.append((count, f"mailto:?bcc={bcc}"))
                count, bcc = 0, ""
            count, bcc = count + 1, f"{bcc},{added}" if bcc else added
        return [*found, (count, f"mailto:?bcc={bcc}")] if bcc else found


def choices(session: Session, viewer: Viewer) -> Choices:
    """Return the groups to which the viewer may write (at most three statements)."""
    found: Choices = {}
    everybody = viewer.has_role(Role.ADMIN, Role.TREASURER)
    exchange = viewer.has_role(Role.ADMIN, Role.INTERMITTENT_MANAGER)
    general = [("membres", _("Tous les adhérents"))] if everybody or exchange else []
    if exchange:
        general.append(("intermittents", _("Tous les intermittents")))
    if general:
        found[_("Tous")] = general
    contracts = _contracts(session, viewer)
    if contracts:
        found[_("Contrats")] = [(f"contrat:{key}", name) for key, name in contracts]
    if everybody:
        places = session.execute(select(Place.id, Place.name).order_by(Place.sort_key))
        found[_("Lieux")] = [(f"lieu:{key}", name) for key, name in places]
    if everybody or exchange:
        days = _deliveries(session)
        found[_("Distributions")] = [(f"distribution:{key}", name) for key, name in days]
        found[_("Permanences")] = [(f"permanence:{key}", name) for key, name in days]
    if everybody:
        found[_("Rôles")] = [(f"role:{role}", str(rule.label)) for role, rule in ROLES.items()]
    return {group: of for group, of in found.items() if of}


def _contracts(session: Session, viewer: Viewer) -> Sequence[tuple[int, str]]:
    """Return the contracts in the viewer's scope: a référent's, a coordinator's; else all."""
    statement = select(Contract.id, Contract.name).where(Contract.state != ContractState.DRAFT)
    scope = producers_in_scope(viewer)
    if scope is not None:
        own = messages.coordinated(viewer)
        if not scope and not own:
            return ()
        statement = statement.where(or_(Contract.producer_id.in_(scope), Contract.id.in_(own)))
    rows = session.execute(statement.order_by(Contract.sort_key))
    return [(key, name) for key, name in rows]


def _deliveries(session: Session) -> Sequence[tuple[int, str]]:
    today = clock.today()
    rows = session.execute(
        select(Delivery.id, Delivery.date, Place.name)
        .join(Place, Place.id == Delivery.place_id)
        .where(Delivery.date.between(today, today + AHEAD))
        .order_by(Delivery.date, Place.sort_key)
    )
    return [(key, f"{short_date(day)}, {place}") for key, day, place in rows]


def addresses(session: Session, group: str) -> MailingList:
    """Return who is in a group that `choices` offered (one statement)."""
    kind, _colon, key = group.partition(":")
    rows = session.execute(
        select(
            Person.id,
            Person.first_name,
            Person.last_name,
            Person.phone,
            Person.email,
            PersonAddress.email.label("further"),
        )
        .outerjoin(
            PersonAddress,
            and_(PersonAddress.person_id == Person.id, Person.email.is_not(None)),
        )
        .where(Person.is_active, _condition(kind, key))
        .order_by(Person.sort_key, Person.id, PersonAddress.id)
    )
    found, seen = MailingList(), set[str]()
    last = 0
    for person_id, first, last_name, phone, email, further in rows:
        name = f"{first} {last_name}".strip() or "?"
        if person_id != last:
            last = person_id
            found.persons += 1
            if email is None:
                found.without.append((name, phone))
        for one in filter(None, (email, further)):
            if one.casefold() not in seen:
                seen.add(one.casefold())
                found.addresses.append(Recipient(one, name, person_id))
    return found


def _condition(kind: str, key: str) -> ColumnElement[bool]:
    household_id = Person.household_id.expression
    if kind == "membres":
        return has_live_contract(household_id)
    if kind == "intermittents":
        return enrolled(Person.id.expression)
    if kind == "role":
        return exists().where(Grant.person_id == Person.id, Grant.role == key)
    number = int(key)
    if kind == "permanence":
        return exists().where(DutySeat.person_id == Person.id, DutySeat.delivery_id == number)
    if kind == "distribution":
        return _fetches(number)
    lives = (Subscription.household_id == household_id, Subscription.ends_on >= clock.today())
    if kind == "lieu":
        return exists().where(*lives, Subscription.place_id == number)
    return exists().where(*lives, Subscription.contract_id == number)


def _fetches(delivery_id: int) -> ColumnElement[bool]:
    """Tell who has a basket at a delivery, or takes one over."""
    baskets = (
        basket_statement()
        .with_only_columns(Subscription.household_id)
        .where(Delivery.id == delivery_id)
        .order_by(None)
    )
    takers = (
        select(Person.household_id)
        .join(OfferRequest, OfferRequest.person_id == Person.id)
        .join(BasketOffer, BasketOffer.id == OfferRequest.offer_id)
        .where(
            BasketOffer.delivery_id == delivery_id,
            OfferRequest.state == RequestState.ACCEPTED,
        )
    )
    return Person.household_id.in_(select(union(baskets, takers).subquery()))


def label_of(found: Choices, group: str) -> str | None:
    """Return what a group is called, None for one that was not offered."""
    values: Collection[tuple[str, str]] = [one for of in found.values() for one in of]
    return dict(values).get(group)

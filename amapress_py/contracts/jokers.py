"""What is done to jokers: a household skips a delivery, or takes it after all.

Locks are taken in the order contract, delivery, signed contract, as mass operations take them.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from amapress_py import clock, db, web
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import joker_rules, letters, rules
from amapress_py.contracts.claims import Cell, claims
from amapress_py.contracts.joker_rules import (
    BasketCeded,
    FixedAtSigning,
    NoJokers,
    NothingToSkip,
    TooLateForJoker,
    TooManyJokers,
    check_jokers_at_signing,
)
from amapress_py.contracts.models import (
    Bar,
    Contract,
    ContractDate,
    DateKind,
    Joker,
    Subscription,
    SubscriptionLine,
)
from amapress_py.deliveries.models import Delivery
from amapress_py.errors import NotAllowed, NotFound
from amapress_py.i18n import long_date


@dataclass(frozen=True)
class Held:
    """A signed contract and one of its deliveries, locked; who acts for whom."""

    contract: Contract
    signed: Subscription
    date: ContractDate
    is_office: bool  # référent of the producer, trésorier, admin: no time limit


def set_joker(
    session: Session, viewer: Viewer, subscription_id: int, date_id: int, *, over: bool = False
) -> None:
    """Skip a delivery; the office may go over the maximum if it says so (`over`).

    Raise NoJokers, FixedAtSigning, TooLateForJoker, TooManyJokers, NothingToSkip, BasketCeded.
    """
    held = locked(session, viewer, subscription_id, date_id)
    _check_time(held)
    there = _set(session, subscription_id)
    if date_id in there:
        return  # a second click
    most = joker_rules.rules_of(held.contract).most
    if len(there) >= most and not (held.is_office and over):
        raise TooManyJokers(most)
    if not _has_basket(session, held):
        raise NothingToSkip(held.date.date)
    if is_ceded(session, subscription_id, date_id):
        raise BasketCeded(held.date.date)
    joker = Joker(subscription_id=subscription_id, contract_date_id=date_id)
    joker.set_by_id, joker.set_at = viewer.person_id, clock.now()
    session.add(joker)
    _changed(session, viewer, held, is_set=True)


def remove_joker(session: Session, viewer: Viewer, subscription_id: int, date_id: int) -> int:
    """Take a delivery after all; return how many jokers are missing to the minimum."""
    held = locked(session, viewer, subscription_id, date_id)
    _check_time(held)
    there = _set(session, subscription_id)
    if date_id in there:
        session.execute(
            delete(Joker).where(
                Joker.subscription_id == subscription_id, Joker.contract_date_id == date_id
            )
        )
        _changed(session, viewer, held, is_set=False)
        there.discard(date_id)
    return max(joker_rules.rules_of(held.contract).least - len(there), 0)


def write_at_signing(
    session: Session,
    contract: Contract,
    subscription: Subscription,
    lines: Mapping[Cell, int],
    chosen: Collection[int] | None,
    person_id: int,
    *,
    today: dt.date | None = None,
) -> None:
    """Write the jokers chosen with a signed contract, whose lines are `lines`; locks are held.

    None chosen (`None`): those that are there stay, as far as there is something to skip.  With
    `today`, a joker whose time is over may neither come nor go.  Raise Refused, Stale,
    TooLateForJoker, BasketCeded.
    """
    skippable = {date_id for date_id, _product in lines}
    there = _set(session, subscription.id)
    wanted = there & skippable if chosen is None else set(chosen)
    terms = joker_rules.rules_of(contract)
    if chosen is not None:
        check_jokers_at_signing(terms, wanted, skippable)
        days = {one.id: one.date for one in contract.dates}
        ceded = {date_id for date_id, _product in claims().ceded(session, subscription.id)}
        for date_id in sorted(wanted ^ (there & skippable)):
            day = days[date_id]
            if today and terms.is_free and not joker_rules.is_in_time(day, terms.delay_days, today):
                raise TooLateForJoker(joker_rules.last_day(day, terms.delay_days))
        for date_id in sorted(wanted & ceded):
            raise BasketCeded(days[date_id])
    session.execute(
        delete(Joker).where(
            Joker.subscription_id == subscription.id, Joker.contract_date_id.in_(there - wanted)
        )
    )
    session.add_all(
        Joker(
            subscription_id=subscription.id,
            contract_date_id=date_id,
            set_by_id=person_id,
            set_at=clock.now(),
        )
        for date_id in sorted(wanted - there)
    )
    session.flush()


def locked(session: Session, viewer: Viewer, subscription_id: int, date_id: int) -> Held:
    """Lock a contract, a delivery of it, a signed contract; raise NotFound or NotAllowed."""
    contract_id = session.scalar(
        select(Subscription.contract_id).where(Subscription.id == subscription_id)
    )
    contract = db.locked(session, Contract, contract_id or 0)
    if contract is None:
        raise NotFound
    date = session.get(ContractDate, date_id, populate_existing=True)
    signed = session.get_one(Subscription, subscription_id)
    is_office = rules.may_read(viewer, contract.producer_id)
    if not is_office and signed.household_id != viewer.household_id:
        raise NotAllowed
    if date is None or date.contract_id != contract.id or date.kind is not DateKind.DELIVERY:
        raise NotFound
    here = (Delivery.date == date.date, Delivery.place_id == signed.place_id)
    session.scalars(select(Delivery.id).where(*here).with_for_update()).all()
    found = db.locked(session, Subscription, subscription_id)
    if found is None:
        raise NotFound
    return Held(contract, found, date, is_office)


def is_ceded(session: Session, subscription_id: int, date_id: int) -> bool:
    """Tell whether something of a delivery is offered, or given, to somebody."""
    return any(cell[0] == date_id for cell in claims().ceded(session, subscription_id))


def _check_time(held: Held) -> None:
    terms = joker_rules.rules_of(held.contract)
    if not terms.most:
        raise NoJokers
    if held.is_office:
        return
    if not terms.is_free:
        raise FixedAtSigning
    if not joker_rules.is_in_time(held.date.date, terms.delay_days, clock.today()):
        raise TooLateForJoker(joker_rules.last_day(held.date.date, terms.delay_days))


def _set(session: Session, subscription_id: int) -> set[int]:
    """Return the dates that a signed contract skips."""
    dates = select(Joker.contract_date_id).where(Joker.subscription_id == subscription_id)
    return set(session.scalars(dates))


def _has_basket(session: Session, held: Held) -> bool:
    """Tell whether there is something that is not crossed out, between first and last day."""
    if not held.signed.starts_on <= held.date.date <= held.signed.ends_on:
        return False
    is_barred = exists().where(
        Bar.contract_date_id == SubscriptionLine.contract_date_id,
        Bar.contract_product_id == SubscriptionLine.contract_product_id,
    )
    line = select(SubscriptionLine.quantity).where(
        SubscriptionLine.subscription_id == held.signed.id,
        SubscriptionLine.contract_date_id == held.date.id,
        ~is_barred,
    )
    return session.scalar(line.limit(1)) is not None


def _changed(session: Session, viewer: Viewer, held: Held, *, is_set: bool) -> None:
    """Give the signed contract a new version; tell the household what somebody else did."""
    flag_modified(held.signed, "starts_on")
    session.flush()
    event = "joker_set" if is_set else "joker_removed"
    tell(session, viewer, held, event, day=long_date(held.date.date))


def tell(session: Session, viewer: Viewer, held: Held, event: str, **values: Any) -> None:
    """Write to a household what somebody else did to one of its deliveries."""
    if held.signed.household_id == viewer.household_id:
        return
    letters.post(
        session,
        event,
        held.contract,
        held.signed.household_id,
        by_name=viewer.name,
        deliveries_url=deliveries_url(held.signed.id),
        **values,
    )


def deliveries_url(subscription_id: int) -> str:
    """Return the address of the screen of a signed contract's deliveries, for mails."""
    return web.absolute(f"/contrats-signes/{subscription_id}/livraisons")

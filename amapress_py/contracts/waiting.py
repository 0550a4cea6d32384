"""Quotas of a contract, and who waits for a place or for a product; the contract is locked.

A free place is kept for who waited longest: told by mail once, he has some days to sign.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from amapress_py import clock, db
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import letters, own_queries, queries, rules, signing_rules
from amapress_py.contracts.claims import Cell
from amapress_py.contracts.models import (
    Contract,
    ContractDate,
    ContractState,
    DateKind,
    Subscription,
    SubscriptionLine,
    WaitingEntry,
)
from amapress_py.contracts.signing_rules import Limit, Window
from amapress_py.errors import DomainError, NotAllowed, NotFound
from amapress_py.i18n import _l


class AlreadyWaiting(DomainError):
    """A household waits once for one thing."""

    message = _l("Votre foyer est déjà sur cette liste d’attente.")


class NothingToWaitFor(DomainError):
    """There is room."""

    message = _l("Il reste de la place : vous pouvez signer ce contrat tout de suite.")


class TooLateToWait(DomainError):
    """Nobody signs or changes anything any more."""

    message = _l("Les inscriptions à ce contrat sont closes : il n’y a plus rien à attendre.")


@dataclass(frozen=True)
class Room:
    """What is taken of a contract by others, and who waits for it."""

    most_signed: int | None
    signed: int
    used: Mapping[Cell, int]
    limits: Mapping[int, Limit]  # without who waits
    queue: Sequence[WaitingEntry]  # those for whom something is kept, in order

    def ahead(self, household_id: int, product_id: int | None = None) -> int:
        """Count who waits for the contract (or a product of it) before a household."""
        waiting = [one for one in self.queue if one.contract_product_id == product_id]
        own = next((n for n, one in enumerate(waiting) if one.household_id == household_id), None)
        return len(waiting) if own is None else own

    def check_place(self, household_id: int) -> None:
        """Raise Full unless the household finds a place."""
        signing_rules.check_room(self.most_signed, self.signed, self.ahead(household_id))

    def check_products(
        self,
        household_id: int,
        before: Mapping[Cell, int],
        lines: Mapping[Cell, int],
        days: Mapping[int, dt.date],
    ) -> None:
        """Raise Full where there is not enough of a product for new or larger quantities."""
        limits = {
            key: Limit(one.name, one.most, self.ahead(household_id, key))
            for key, one in self.limits.items()
        }
        signing_rules.check_products(limits, self.used, before, lines, days)


def room(session: Session, contract: Contract, except_subscription: int = 0) -> Room:
    """Return what is left of a contract beside one signed contract; lock the contract first."""
    today = clock.today()
    others = Subscription.id != except_subscription
    signed = session.scalar(
        select(func.count()).where(
            Subscription.contract_id == contract.id, Subscription.ends_on >= today, others
        )
    )
    limits = {
        one.id: Limit(one.product.name, one.most_a_date)
        for one in contract.products
        if one.most_a_date is not None
    }
    lines = (
        select(
            SubscriptionLine.contract_date_id,
            SubscriptionLine.contract_product_id,
            func.sum(SubscriptionLine.quantity),
        )
        .join(Subscription, Subscription.id == SubscriptionLine.subscription_id)
        .where(SubscriptionLine.contract_product_id.in_(limits), others)
        .group_by(SubscriptionLine.contract_date_id, SubscriptionLine.contract_product_id)
    )
    used = {(day, product): int(n) for day, product, n in session.execute(lines)} if limits else {}
    now = clock.now()
    queue = [
        one for one in entries(session, contract.id) if signing_rules.is_reserving(one.told_at, now)
    ]
    return Room(contract.most_signed, signed or 0, used, limits, queue)


def entries(session: Session, contract_id: int) -> Sequence[WaitingEntry]:
    """Return who waits for a contract or a product of it, who came first before others."""
    return session.scalars(
        select(WaitingEntry)
        .where(WaitingEntry.contract_id == contract_id)
        .order_by(WaitingEntry.id)
    ).all()


# ----- What members and référents do


def join(
    session: Session, viewer: Viewer, contract_id: int, product_id: int | None = None
) -> WaitingEntry:
    """Let the viewer's household wait for a place, or for a product.

    Who let a turn pass waits again behind the others.  Raise NotOpen, TooLateToWait,
    AlreadySigned, AlreadyWaiting, or NothingToWaitFor while there is room.
    """
    contract = _locked(session, contract_id)
    _window(session, contract).check_open()
    if not _is_time(session, contract):
        raise TooLateToWait
    for one in entries(session, contract_id):
        if (one.household_id, one.contract_product_id) == (viewer.household_id, product_id):
            if signing_rules.is_reserving(one.told_at, clock.now()):
                raise AlreadyWaiting
            session.delete(one)  # the turn has passed: this is a new one, behind the others
    session.flush()
    if product_id is None:
        _check_waits_for_place(session, contract, viewer.household_id)
    elif all(one.id != product_id or one.most_a_date is None for one in contract.products):
        raise NotFound
    entry = WaitingEntry(
        contract_id=contract_id,
        contract_product_id=product_id,
        household_id=viewer.household_id,
        asked_by_id=viewer.person_id,
        asked_at=clock.now(),
    )
    session.add(entry)
    session.flush()
    return entry


def leave(
    session: Session, viewer: Viewer, contract_id: int, product_id: int | None = None
) -> None:
    """Let the viewer's household wait no longer; harmless if it does not wait."""
    contract = _locked(session, contract_id)
    forget(session, contract, viewer.household_id, product_id)
    tell(session, contract)


def remove(session: Session, viewer: Viewer, entry_id: int) -> None:
    """Take a household off the list, and tell the next if a place is kept no longer."""
    contract_id = session.scalar(
        select(WaitingEntry.contract_id).where(WaitingEntry.id == entry_id)
    )
    contract = _locked(session, contract_id or 0)
    if not rules.may_read(viewer, contract.producer_id):
        raise NotAllowed
    session.execute(delete(WaitingEntry).where(WaitingEntry.id == entry_id))
    tell(session, contract)


def forget(
    session: Session, contract: Contract, household_id: int, product_id: int | None = None
) -> None:
    """Take a household's entry away: it signed, or waits no longer."""
    session.execute(
        delete(WaitingEntry).where(
            WaitingEntry.contract_id == contract.id,
            WaitingEntry.household_id == household_id,
            WaitingEntry.contract_product_id.is_(None)
            if product_id is None
            else WaitingEntry.contract_product_id == product_id,
        )
    )


def _check_waits_for_place(session: Session, contract: Contract, household_id: int) -> None:
    own = select(Subscription.id).where(
        Subscription.contract_id == contract.id, Subscription.household_id == household_id
    )
    if session.scalar(own) is not None:
        raise rules.AlreadySigned
    try:
        room(session, contract).check_place(household_id)
    except signing_rules.Full:
        return
    raise NothingToWaitFor


def _window(session: Session, contract: Contract) -> Window:
    return own_queries.window(contract, queries.grid_cells(session, contract.id))


def _is_time(session: Session, contract: Contract) -> bool:
    """Tell whether a free place would still be of use to a household."""
    last = _window(session, contract).last_change
    return last is not None and clock.today() <= last


def _locked(session: Session, contract_id: int) -> Contract:
    contract = db.locked(session, Contract, contract_id)
    if contract is None:
        raise NotFound
    return contract


# ----- A place is free


def tell(session: Session, contract: Contract) -> int:
    """Write once to those for whom there is a place now; return how many were told."""
    session.flush()
    if contract.state is not ContractState.OPEN or not entries(session, contract.id):
        return 0
    if not _is_time(session, contract):
        return 0
    left = room(session, contract)
    told = 0
    by_product = sorted(left.queue, key=lambda one: (one.contract_product_id or 0, one.id))
    for product_id, waiting in groupby(by_product, lambda one: one.contract_product_id):
        free = _free(session, contract, left, product_id)
        for entry in list(waiting)[:free]:
            if entry.told_at is None:
                entry.told_at = clock.now()
                letters.place_free(session, contract, entry)
                told += 1
    return told


def _free(session: Session, contract: Contract, left: Room, product_id: int | None) -> int:
    """Return how many households find a place, or one of a product on all days to come."""
    everybody = len(left.queue)
    if product_id is None:
        return everybody if left.most_signed is None else max(0, left.most_signed - left.signed)
    limit = left.limits.get(product_id)
    if limit is None:
        return everybody
    coming = session.scalars(
        select(ContractDate.id).where(
            ContractDate.contract_id == contract.id,
            ContractDate.kind == DateKind.DELIVERY,
            ContractDate.date > clock.today(),
        )
    )
    return max(
        0, min((limit.most - left.used.get((one, product_id), 0) for one in coming), default=0)
    )


def tell_all(session: Session) -> int:
    """Tell whom a place waits for, whatever freed it (an end, a larger number, who let it pass)."""
    waited_for = select(WaitingEntry.contract_id).distinct().order_by(WaitingEntry.contract_id)
    return sum(
        tell(session, contract)
        for key in session.scalars(waited_for).all()
        if (contract := db.locked(session, Contract, key)) is not None
    )

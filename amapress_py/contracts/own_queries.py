"""What a household may sign, and what it signed; one statement for any number of contracts."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session, aliased, joinedload

from amapress_py import clock, db
from amapress_py.contracts import signing_rules
from amapress_py.contracts.claims import Cell
from amapress_py.contracts.models import (
    Bar,
    Contract,
    ContractDate,
    ContractKind,
    ContractProduct,
    ContractState,
    DateKind,
    Joker,
    Producer,
    Subscription,
    Swap,
    WaitingEntry,
)
from amapress_py.contracts.queries import GridCell
from amapress_py.contracts.rules import BY_DATE
from amapress_py.contracts.signing_rules import PRIORITY_DAYS, Window
from amapress_py.contracts.swap_rules import moved
from amapress_py.db import UtcDateTime
from amapress_py.deliveries.models import Place
from amapress_py.errors import DomainError


@dataclass(frozen=True)
class Card:
    """A contract as a household sees it: may it be signed, is it signed, does it wait."""

    id: int
    name: str
    label: str
    kind: ContractKind
    state: ContractState
    deadline: dt.date | None
    lock_days: int
    most_signed: int | None
    producer_id: int
    producer: str
    first: dt.date | None
    last: dt.date | None
    number: int  # of deliveries
    taken: int  # places, by any household
    ahead: int  # households that wait and come first
    signed_id: int | None
    version: int | None
    starts_on: dt.date | None
    ends_on: dt.date | None
    place: str | None
    waiting_id: int | None
    jokers: str | None  # contract dates, "12,15"
    waits: str | None  # contract products, likewise

    @property
    def skipped(self) -> set[int]:
        """The contract dates that the household skips."""
        return _keys(self.jokers)

    @property
    def awaited(self) -> set[int]:
        """The products that the household waits for."""
        return _keys(self.waits)

    @property
    def window(self) -> Window:
        """Until when it is signed and changed."""
        return Window(
            self.kind, self.state, self.deadline, self.lock_days, self.first, self.last, self.number
        )

    @property
    def is_signed(self) -> bool:
        """Tell whether the household signed it."""
        return self.signed_id is not None

    @property
    def is_over(self) -> bool:
        """Tell whether what the household signed has ended."""
        return self.ends_on is not None and self.ends_on < clock.today()

    @property
    def is_full(self) -> bool:
        """Tell whether no place is left for the household."""
        return self._refusal(self._check_room) is not None

    @property
    def refusal(self) -> DomainError | None:
        """Return why the household cannot sign now, or None."""
        return self._refusal(self.check_window) or self._refusal(self._check_room)

    @property
    def is_open(self) -> bool:
        """Tell whether it is the time to sign, be there a place left or not."""
        return self._refusal(self.check_window) is None

    @property
    def may_change(self) -> bool:
        """Tell whether the household may change what it signed."""
        if not self.is_signed or self.is_over:
            return False
        return self._refusal(lambda: self.window.check_change(clock.today())) is None

    def check_window(self) -> None:
        """Raise NotOpen, Refused or TooLate if it cannot be signed today."""
        self.window.check_sign(clock.today())

    def _check_room(self) -> None:
        signing_rules.check_room(self.most_signed, self.taken, self.ahead)

    def _refusal(self, check: Any) -> DomainError | None:
        try:
            check()
        except DomainError as refusal:
            return refusal
        return None


def _keys(text: str | None) -> set[int]:
    return {int(key) for key in (text or "").split(",") if key}


def delivers(date: type[ContractDate]) -> ColumnElement[bool]:
    """Choose the dates on which something is delivered: not the holidays, not all crossed out."""
    return and_(
        date.kind == DateKind.DELIVERY,
        select(ContractProduct.id)
        .outerjoin(
            Bar,
            and_(Bar.contract_date_id == date.id, Bar.contract_product_id == ContractProduct.id),
        )
        .where(ContractProduct.contract_id == date.contract_id, Bar.contract_date_id.is_(None))
        .exists(),
    )


def cards(session: Session, household_id: int, contract_id: int | None = None) -> list[Card]:
    """Return the active contracts and those that a household signed (0: nobody), by name."""
    values = {
        "household": household_id,
        "contract": contract_id,
        "today": clock.today(),
        "reserving": clock.now() - dt.timedelta(days=PRIORITY_DAYS),
    }
    rows: Sequence[Any] = db.read(session, _cards_statement(contract_id is not None), values).all()
    return [Card(*row) for row in rows]


@cache
def _cards_statement(is_of_one: bool) -> Select[*tuple[Any, ...]]:
    """Select what a card holds, in its order; made once, for it takes longer than to run it."""
    household = bindparam("household", type_=Integer)
    today = bindparam("today", type_=Date)
    date, others, queue = aliased(ContractDate), aliased(Subscription), aliased(WaitingEntry)
    own_entry = aliased(WaitingEntry)
    dates = select(date.date).where(date.contract_id == Contract.id, delivers(date))
    told = bindparam("reserving", type_=UtcDateTime)

    def is_kept(entry: type[WaitingEntry]) -> ColumnElement[bool]:
        return or_(entry.told_at.is_(None), entry.told_at > told)

    ahead = select(func.count()).where(
        queue.contract_id == Contract.id,
        queue.contract_product_id.is_(None),
        is_kept(queue),
        or_(own_entry.id.is_(None), queue.id < own_entry.id),
    )
    taken = select(func.count()).where(others.contract_id == Contract.id, others.ends_on >= today)
    awaited = select(func.aggregate_strings(cast(queue.contract_product_id, String), ",")).where(
        queue.contract_id == Contract.id, queue.household_id == household, is_kept(queue)
    )
    skipped = select(func.aggregate_strings(cast(Joker.contract_date_id, String), ",")).where(
        Joker.subscription_id == Subscription.id
    )
    is_own = and_(Subscription.contract_id == Contract.id, Subscription.household_id == household)
    waits = and_(
        own_entry.contract_id == Contract.id,
        own_entry.contract_product_id.is_(None),
        own_entry.household_id == household,
        is_kept(own_entry),
    )
    return (
        select(
            Contract.id,
            Contract.name,
            Contract.label,
            Contract.kind,
            Contract.state,
            Contract.deadline,
            Contract.lock_days,
            Contract.most_signed,
            Producer.id,
            Producer.name,
            dates.with_only_columns(func.min(date.date)).scalar_subquery(),
            dates.with_only_columns(func.max(date.date)).scalar_subquery(),
            dates.with_only_columns(func.count()).scalar_subquery(),
            taken.scalar_subquery(),
            ahead.scalar_subquery(),
            Subscription.id,
            Subscription.version,
            Subscription.starts_on,
            Subscription.ends_on,
            Place.name,
            own_entry.id,
            skipped.scalar_subquery(),
            awaited.scalar_subquery(),
        )
        .select_from(Contract)
        .join(Producer, Producer.id == Contract.producer_id)
        .outerjoin(Subscription, is_own)
        .outerjoin(Place, Place.id == Subscription.place_id)
        .outerjoin(own_entry, waits)
        .where(
            or_(Contract.state == ContractState.OPEN, Subscription.id.is_not(None)),
            Contract.id == bindparam("contract") if is_of_one else true(),
        )
        .order_by(Contract.sort_key, Contract.id)
    )


def contract(session: Session, contract_id: int) -> Contract | None:
    """Return a contract with its producer and its places, in one statement."""
    found = session.scalars(
        select(Contract)
        .options(joinedload(Contract.producer, innerjoin=True), joinedload(Contract.places))
        .where(Contract.id == contract_id)
    )
    return found.unique().one_or_none()


def signed(session: Session, subscription_id: int | None) -> Subscription | None:
    """Return a signed contract with its place, in one statement; None for none."""
    if subscription_id is None:
        return None
    return session.scalar(
        select(Subscription)
        .options(joinedload(Subscription.place, innerjoin=True))
        .where(Subscription.id == subscription_id)
    )


def usual_place(session: Session, household_id: int) -> int | None:
    """Return where a household fetches its baskets: the place of its latest contract."""
    return session.scalar(
        select(Subscription.place_id)
        .where(Subscription.household_id == household_id)
        .order_by(Subscription.ends_on.desc(), Subscription.id.desc())
        .limit(1)
    )


def jokers(session: Session, subscription_id: int | None) -> set[int]:
    """Return the contract dates that a signed contract skips."""
    if subscription_id is None:
        return set()
    dates = select(Joker.contract_date_id).where(Joker.subscription_id == subscription_id)
    return set(session.scalars(dates))


def swaps(session: Session, subscription_id: int) -> Sequence[Swap]:
    """Return the deliveries that a signed contract takes on another date."""
    return session.scalars(
        select(Swap).where(Swap.subscription_id == subscription_id).order_by(Swap.id)
    ).all()


def usual(
    session: Session, contract: Contract, signed: Subscription | None, cells: Sequence[GridCell]
) -> dict[Cell, int] | None:
    """Return the quantities of a signed abonnement as if no delivery had been swapped."""
    if signed is None or contract.kind in BY_DATE:
        return None
    found = {(one.date_id, one.product_id): one.quantity for one in cells if one.quantity}
    moves = [
        ((one.to_date_id, new), (one.from_date_id, old), quantity)
        for one in swaps(session, signed.id)
        for old, new, quantity in one.lines
    ]
    return moved(found, moves)


def digest(contract: Contract, cells: Sequence[GridCell]) -> str:
    """Return what changes when prices, dates, products, places or joker rules do."""
    about = (contract.kind, contract.joker_min, contract.joker_max, contract.joker_is_free)
    grid = [
        (one.date_id, one.date, one.product_id, one.price_cents, one.is_barred) for one in cells
    ]
    places = sorted(place.id for place in contract.places)
    return hashlib.sha256(repr((about, grid, places)).encode()).hexdigest()[:32]


def window(contract: Contract, cells: Sequence[GridCell]) -> Window:
    """Return until when a contract is signed and changed, from its grid."""
    days = sorted({one.date for one in cells if not one.is_barred})
    return Window(
        contract.kind,
        contract.state,
        contract.deadline,
        contract.lock_days,
        days[0] if days else None,
        days[-1] if days else None,
        len(days),
    )

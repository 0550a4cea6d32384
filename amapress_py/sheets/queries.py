"""The sign-in sheet of a day at a place: who fetches which basket, and in whose name."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, String, and_, cast, func, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from amapress_py.accounts.models import Person, short_name
from amapress_py.contracts.models import (
    Contract,
    ContractDate,
    Subscription,
    Swap,
)
from amapress_py.contracts.queries import (
    BasketLine,
    Fetcher,
    basket_lines,
    fetchers,
    joker_statement,
)
from amapress_py.deliveries.models import Delivery
from amapress_py.duty.models import DutySeat
from amapress_py.exchange.models import BasketOffer, OfferItem, OfferRequest
from amapress_py.exchange.rules import LIVE_REQUESTS, OfferState, RequestState
from amapress_py.passes.models import BasketPass
from amapress_py.passes.queries import Friend
from amapress_py.sheets.models import Fetched

Key = tuple[int, int, int]  # subscription, contract date, contract product


@dataclass(frozen=True)
class Item:
    """A line of a basket, as the sheet words it."""

    contract: str
    product: str
    quantity: int

    @property
    def label(self) -> str:
        """Return "Légumes : 2 × 1/2 Panier"."""
        times = (
            "" if self.quantity == 1 else f"{self.quantity}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}"
        )
        return f"{self.contract}\N{NO-BREAK SPACE}: {times}{self.product}"


@dataclass(frozen=True)
class Handed:
    """What a household gave to somebody, who signs for it."""

    offer_id: int
    taker: str
    phone: str
    items: tuple[Item, ...]


@dataclass
class SheetLine:
    """One household: what it fetches itself, what others fetch in its name, its jokers.

    `fetched` holds the offers whose basket was ticked, 0 for what it fetches itself.
    """

    household_id: int
    persons: list[Fetcher]
    kept: list[Item] = field(default_factory=list)
    handed: list[Handed] = field(default_factory=list)
    jokers: list[str] = field(default_factory=list)
    went: list[tuple[str, dt.date]] = field(default_factory=list)  # contract, taken on that day
    came: list[tuple[str, dt.date]] = field(default_factory=list)  # contract, that of that day
    friend: Friend | None = None  # who comes in their place
    fetched: set[int] = field(default_factory=set)

    @property
    def names(self) -> str:
        """Names of all who share the household."""
        return ", ".join(one.name for one in self.persons)

    @property
    def phones(self) -> list[str]:
        """Phones of all of them."""
        return [phone for one in self.persons for phone in one.phones]

    @property
    def sort_key(self) -> list[str]:
        """Order of the sheet: without accents and case."""
        return [one.sort_key for one in self.persons]


@dataclass(frozen=True)
class Waiting:
    """An offer that is not settled: its household signs, unless somebody is accepted."""

    names: str
    state: OfferState
    items: tuple[Item, ...]
    candidates: tuple[str, ...]


@dataclass(frozen=True)
class OnDuty:
    """Somebody who helps that day."""

    name: str
    phone: str
    role: str


@dataclass
class Remarks:
    """What else is known of a day: jokers, swaps, friends, ticks by household; who is on duty."""

    jokers: defaultdict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    went: defaultdict[int, list[tuple[str, dt.date]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    came: defaultdict[int, list[tuple[str, dt.date]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    friends: dict[int, Friend] = field(default_factory=dict)
    fetched: defaultdict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    on_duty: list[OnDuty] = field(default_factory=list)


@dataclass(frozen=True)
class Sheet:
    """All that the sign-in sheet shows."""

    delivery: Delivery
    lines: list[SheetLine]
    waiting: list[Waiting]
    on_duty: list[OnDuty]

    @property
    def baskets(self) -> int:
        """Number of baskets that somebody fetches."""
        return sum(bool(line.kept) + len(line.handed) for line in self.lines)


@dataclass
class _Offer:
    id: int
    household_id: int
    state: OfferState
    items: dict[Key, Item] = field(default_factory=dict)
    taker: tuple[str, str] | None = None
    candidates: dict[int, str] = field(default_factory=dict)


def sign_in_sheet(session: Session, delivery: Delivery) -> Sheet:
    """Return the sheet of a delivery, sorted without accents."""
    offers = _offers(session, delivery.id)
    baskets = basket_lines(session, [delivery.id])
    remarks = _remarks(session, delivery)
    households = {line.household_id for line in baskets} | set(remarks.jokers) | set(remarks.went)
    households |= {offer.household_id for offer in offers}
    persons = fetchers(session, households)
    lines = {key: SheetLine(key, persons.get(key, [])) for key in households}
    for one, quantity in _kept(baskets, offers):
        lines[one.household_id].kept.append(Item(one.contract_label, one.product_label, quantity))
    for offer in offers:
        if offer.taker is not None:
            handed = Handed(offer.id, *offer.taker, tuple(offer.items.values()))
            lines[offer.household_id].handed.append(handed)
    for key, labels in remarks.jokers.items():
        lines[key].jokers = labels
    for key, days in remarks.went.items():
        lines[key].went = days
    for line in lines.values():
        line.came = remarks.came.get(line.household_id, [])
        line.friend = remarks.friends.get(line.household_id)
        line.fetched = remarks.fetched.get(line.household_id, set())
    shown = [
        line for line in lines.values() if line.kept or line.handed or line.jokers or line.went
    ]
    return Sheet(
        delivery,
        sorted(shown, key=lambda line: line.sort_key),
        [_waiting(offer, persons) for offer in offers if _is_waiting(offer)],
        remarks.on_duty,
    )


def _kept(
    baskets: Iterable[BasketLine], offers: Iterable[_Offer]
) -> Iterable[tuple[BasketLine, int]]:
    """Yield what is left of each basket line once what was handed on is taken away."""
    gone: defaultdict[Key, int] = defaultdict(int)
    for offer in offers:
        for key, item in offer.items.items() if offer.taker is not None else ():
            gone[key] += item.quantity
    for line in baskets:
        key = (line.subscription_id, line.contract_date_id, line.contract_product_id)
        if line.quantity > gone[key]:
            yield line, line.quantity - gone[key]


def waiting(session: Session, delivery_id: int) -> list[Waiting]:
    """Return the offers of a delivery that are not settled (2 statements, 1 if there is none)."""
    open_ones = [one for one in _offers(session, delivery_id) if _is_waiting(one)]
    persons = fetchers(session, {one.household_id for one in open_ones}) if open_ones else {}
    return [_waiting(one, persons) for one in open_ones]


def _is_waiting(offer: _Offer) -> bool:
    return offer.taker is None and offer.state in (OfferState.OPEN, OfferState.REQUESTED)


def _waiting(offer: _Offer, persons: Mapping[int, list[Fetcher]]) -> Waiting:
    names = ", ".join(one.name for one in persons.get(offer.household_id, []))
    candidates = tuple(offer.candidates.values())
    return Waiting(names, offer.state, tuple(offer.items.values()), candidates)


def _offers(session: Session, delivery_id: int) -> list[_Offer]:
    """Return the offers of a delivery that are not cancelled, with taker and candidates."""
    live = and_(OfferRequest.offer_id == BasketOffer.id, OfferRequest.state.in_(LIVE_REQUESTS))
    rows = session.execute(
        select(
            BasketOffer.id,
            BasketOffer.household_id,
            BasketOffer.state,
            OfferItem.subscription_id,
            OfferItem.contract_date_id,
            OfferItem.contract_product_id,
            OfferItem.contract_label,
            OfferItem.product_label,
            OfferItem.quantity,
            OfferRequest.state.label("request_state"),
            Person.id.label("person_id"),
            Person.first_name,
            Person.last_name,
            Person.email,
            Person.phone,
        )
        .join(OfferItem, OfferItem.offer_id == BasketOffer.id)
        .outerjoin(OfferRequest, live)
        .outerjoin(Person, Person.id == OfferRequest.person_id)
        .where(
            BasketOffer.delivery_id == delivery_id,
            BasketOffer.state != OfferState.CANCELLED,
        )
        .order_by(BasketOffer.id, OfferItem.id, OfferRequest.id)
    )
    found: dict[int, _Offer] = {}
    for row in rows:
        offer = found.setdefault(row.id, _Offer(row.id, row.household_id, row.state))
        key = (row.subscription_id, row.contract_date_id, row.contract_product_id)
        offer.items[key] = Item(row.contract_label, row.product_label, row.quantity)
        if row.request_state is RequestState.ACCEPTED:
            name = f"{row.first_name} {row.last_name}".strip() or row.email or "?"
            offer.taker = (name, row.phone)
        elif row.request_state is not None:
            offer.candidates[row.person_id] = short_name(row.first_name, row.last_name)
    return list(found.values())


def on_duty(session: Session, delivery_id: int) -> list[OnDuty]:
    """Return who is on duty at a delivery."""
    rows: Iterable[Any] = session.execute(_helpers(delivery_id).order_by("sort_key"))
    return [OnDuty(row[2], row[3], row[4]) for row in rows]


def _helpers(delivery_id: int) -> Select[*tuple[Any, ...]]:
    """Select who is on duty, in the columns of `_remarks`."""
    name = func.trim(Person.first_name + " " + Person.last_name)
    return (
        select(
            Person.household_id,
            literal("duty").label("kind"),
            name.label("words"),
            Person.phone.label("phone"),
            DutySeat.role.label("code"),
            Person.sort_key.label("sort_key"),
        )
        .join(DutySeat, DutySeat.person_id == Person.id)
        .where(DutySeat.delivery_id == delivery_id)
    )


def _swapped(
    kind: str,
    here: InstrumentedAttribute[int],
    there: InstrumentedAttribute[int],
    delivery: Delivery,
) -> Select[*tuple[Any, ...]]:
    """Select the baskets that are taken on another day, or come from one (livraison décalée)."""
    own, other = aliased(ContractDate), aliased(ContractDate)
    return (
        select(
            Subscription.household_id,
            literal(kind),
            Contract.label,
            literal(""),
            cast(other.date, String),
            Contract.sort_key,
        )
        .join(Swap, Swap.subscription_id == Subscription.id)
        .join(Contract, Contract.id == Subscription.contract_id)
        .join(own, own.id == here)
        .join(other, other.id == there)
        .where(own.date == delivery.date, Subscription.place_id == delivery.place_id)
    )


def _remarks(session: Session, delivery: Delivery) -> Remarks:
    """Return the labels of contracts with a joker, who comes, what was ticked, who is on duty."""
    nothing = literal("")
    skipped = joker_statement(
        delivery,
        Subscription.household_id,
        literal("joker").label("kind"),
        Contract.label.label("words"),
        nothing.label("phone"),
        nothing.label("code"),
        Contract.sort_key.label("sort_key"),
    )
    coming = select(
        BasketPass.household_id,
        literal("friend"),
        BasketPass.name,
        BasketPass.phone,
        BasketPass.code,
        nothing,
    ).where(BasketPass.delivery_id == delivery.id, BasketPass.revoked_at.is_(None))
    ticked = select(
        Fetched.household_id,
        literal("fetched"),
        cast(Fetched.offer_id, String),
        nothing,
        nothing,
        nothing,
    ).where(Fetched.delivery_id == delivery.id)
    found = Remarks()
    every = union_all(
        skipped,
        _swapped("went", Swap.from_date_id, Swap.to_date_id, delivery),
        _swapped("came", Swap.to_date_id, Swap.from_date_id, delivery),
        coming,
        ticked,
        _helpers(delivery.id),
    )
    rows: Iterable[Any] = session.execute(every.order_by("sort_key"))
    for row in rows:
        if row.kind == "friend":
            found.friends[row.household_id] = Friend(row.words, row.phone, row.code)
        elif row.kind == "fetched":
            found.fetched[row.household_id].add(int(row.words))
        elif row.kind == "duty":
            found.on_duty.append(OnDuty(row.words, row.phone, row.code))
        elif row.kind == "went":
            found.went[row.household_id].append((row.words, dt.date.fromisoformat(row.code)))
        elif row.kind == "came":
            found.came[row.household_id].append((row.words, dt.date.fromisoformat(row.code)))
        else:
            found.jokers[row.household_id].append(row.words)
    return found

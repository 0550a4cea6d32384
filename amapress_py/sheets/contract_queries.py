"""A contract with all that was signed: who gets what on which date, in at most five statements."""

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import exists, literal, select, union_all
from sqlalchemy.orm import Session, joinedload

from amapress_py.accounts.models import Person, PersonAddress
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts.claims import Cell
from amapress_py.contracts.models import (
    Bar,
    Contract,
    ContractDate,
    ContractProduct,
    DateKind,
    Joker,
    Subscription,
    SubscriptionLine,
    Swap,
)
from amapress_py.contracts.office_queries import any_contract
from amapress_py.contracts.queries import (
    Fetcher,
    basket_statement,
    fetchers,
    grid_cells,
    names,
)
from amapress_py.deliveries.models import Place
from amapress_py.errors import NotAllowed, NotFound
from amapress_py.money import Cents
from amapress_py.sheets import rules


@dataclass(frozen=True)
class Member:
    """A household that signed: its persons, its place, from which day to which."""

    subscription_id: int
    household_id: int
    place: str
    starts_on: dt.date
    ends_on: dt.date
    persons: tuple[Fetcher, ...]

    @property
    def names(self) -> str:
        """Names of all who share the household."""
        return names(self.persons)

    @property
    def sort_key(self) -> list[str]:
        """Order of lists: without accents and case."""
        return [one.sort_key for one in self.persons]

    def covers(self, day: dt.date) -> bool:
        """Tell whether a day counts."""
        return self.starts_on <= day <= self.ends_on


@dataclass(frozen=True)
class Season:
    """A contract's open cells (date, product) and what each signed contract has there."""

    contract: Contract
    dates: dict[int, dt.date]  # with something to deliver, in order
    products: dict[int, str]  # in order of the contract
    prices: dict[Cell, Cents]  # of the open cells, by date, in order of the products
    barred: frozenset[Cell] = frozenset()
    members: list[Member] = field(default_factory=list)
    quantities: dict[int, dict[Cell, int]] = field(default_factory=dict)  # by signed contract
    skipped: dict[int, set[Cell]] = field(default_factory=dict)  # by joker, what would be there
    swapped: dict[int, list[tuple[dt.date, dt.date]]] = field(default_factory=dict)  # own day, new

    @cached_property
    def columns(self) -> dict[int, list[Cell]]:
        """Return the open cells of each date."""
        found: dict[int, list[Cell]] = {key: [] for key in self.dates}
        for cell in self.prices:
            found[cell[0]].append(cell)
        return found

    def of(self, member: Member) -> dict[Cell, int]:
        """Return what a member gets; jokers, crossed-out cells and other days are left out."""
        return self.quantities.get(member.subscription_id, {})

    def jokers(self, member: Member) -> list[int]:
        """Return the dates that a member skips, in order."""
        cells = self.skipped.get(member.subscription_id, set())
        return sorted({date_id for date_id, _product in cells}, key=self.dates.__getitem__)

    def cents(self, member: Member) -> Cents:
        """Return what a member's deliveries cost."""
        return sum(n * self.prices.get(cell, 0) for cell, n in self.of(member).items())

    def deliveries(self, member: Member) -> int:
        """Return how many deliveries a member gets."""
        return len({date_id for date_id, _product in self.of(member)})

    def is_late(self, member: Member) -> bool:
        """Tell a member who joined after the first delivery."""
        return bool(self.dates) and member.starts_on > min(self.dates.values())

    def leaves_early(self, member: Member) -> bool:
        """Tell a member who left before the last delivery."""
        return bool(self.dates) and member.ends_on < max(self.dates.values())


def readable_contract(session: Session, viewer: Viewer, contract_id: int) -> Contract:
    """Return a contract with its producer; raise NotFound, or NotAllowed out of scope."""
    found = any_contract(session, contract_id)
    if found is None:
        raise NotFound
    if not rules.may_read(viewer, found.producer_id):
        raise NotAllowed
    return found


def signed_of(session: Session, contract_id: int, household_id: int) -> Subscription | None:
    """Return what a household signed of a contract, with contract and producer."""
    return session.scalar(
        select(Subscription)
        .options(joinedload(Subscription.contract).joinedload(Contract.producer))
        .where(Subscription.contract_id == contract_id, Subscription.household_id == household_id)
    )


def blank_season(session: Session, contract: Contract) -> Season:
    """Return what a contract delivers, without who signed it."""
    cells = grid_cells(session, contract.id)
    open_cells = [one for one in cells if not one.is_barred]
    return Season(
        contract,
        {one.date_id: one.date for one in open_cells},
        {one.product_id: one.product for one in cells},
        {(one.date_id, one.product_id): one.price_cents or 0 for one in open_cells},
        frozenset((one.date_id, one.product_id) for one in cells if one.is_barred),
    )


def season(session: Session, contract: Contract, subscription_id: int | None = None) -> Season:
    """Return what a contract delivers to whom (to one household if asked)."""
    found = blank_season(session, contract)
    found.members.extend(members(session, contract.id, subscription_id))
    chosen = [Subscription.contract_id == contract.id]
    if subscription_id is not None:
        chosen.append(Subscription.id == subscription_id)
    got = (
        basket_statement()
        .with_only_columns(
            Subscription.id, ContractDate.id, ContractProduct.id, SubscriptionLine.quantity
        )
        .where(*chosen)
        .order_by(None)
    )
    is_barred = exists().where(
        Bar.contract_date_id == SubscriptionLine.contract_date_id,
        Bar.contract_product_id == SubscriptionLine.contract_product_id,
    )
    skipped = (
        select(
            Subscription.id,
            ContractDate.id,
            SubscriptionLine.contract_product_id,
            -SubscriptionLine.quantity,
        )
        .select_from(Joker)
        .join(Subscription, Subscription.id == Joker.subscription_id)
        .join(ContractDate, ContractDate.id == Joker.contract_date_id)
        .join(
            SubscriptionLine,
            (SubscriptionLine.subscription_id == Joker.subscription_id)
            & (SubscriptionLine.contract_date_id == Joker.contract_date_id),
        )
        .where(
            *chosen,
            ContractDate.kind == DateKind.DELIVERY,
            ContractDate.date.between(Subscription.starts_on, Subscription.ends_on),
            ~is_barred,
        )
    )
    swapped = (
        select(Swap.subscription_id, Swap.from_date_id, Swap.to_date_id, literal(0))
        .join(Subscription, Subscription.id == Swap.subscription_id)
        .where(*chosen)
    )
    rows: Any = session.execute(union_all(got, skipped, swapped))
    for one, date_id, product_id, quantity in rows:
        if quantity == 0:  # a swap: the third column is the other date
            if date_id in found.dates and product_id in found.dates:
                days = found.dates[date_id], found.dates[product_id]
                found.swapped.setdefault(one, []).append(days)
        elif quantity > 0:
            found.quantities.setdefault(one, {})[date_id, product_id] = quantity
        else:
            found.skipped.setdefault(one, set()).add((date_id, product_id))
    return found


def members(session: Session, contract_id: int, subscription_id: int | None = None) -> list[Member]:
    """Return who signed a contract, in order of names."""
    chosen = select(
        Subscription.id,
        Subscription.household_id,
        Place.name,
        Subscription.starts_on,
        Subscription.ends_on,
    ).join(Place, Place.id == Subscription.place_id)
    chosen = chosen.where(Subscription.contract_id == contract_id)
    if subscription_id is not None:
        chosen = chosen.where(Subscription.id == subscription_id)
    rows = session.execute(chosen).all()
    persons = fetchers(session, {row.household_id for row in rows})
    found = [Member(*row, tuple(persons.get(row.household_id, ()))) for row in rows]
    return sorted(found, key=lambda one: one.sort_key)


def addresses(session: Session, contract_id: int) -> dict[int, list[str]]:
    """Return, by household, every address to which mail of who signed goes."""
    rows = session.execute(
        select(Person.household_id, Person.email, PersonAddress.email.label("further"))
        .join(Subscription, Subscription.household_id == Person.household_id)
        .outerjoin(PersonAddress, PersonAddress.person_id == Person.id)
        .where(Subscription.contract_id == contract_id, Person.is_active, Person.email.is_not(None))
        .order_by(Person.sort_key, Person.id, PersonAddress.id)
    )
    found: dict[int, list[str]] = {}
    for household_id, email, further in rows:
        known = found.setdefault(household_id, [])
        known += [one for one in (email, further) if one and one not in known]
    return found

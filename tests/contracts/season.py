"""The vegetables of autumn 2019 in a database, with A, B, C and D."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Person
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import mass, queries, shelf
from amapress_py.contracts.book import Book
from amapress_py.contracts.changes import rows
from amapress_py.contracts.models import (
    Contract,
    ContractDate,
    DateKind,
    Operation,
    Subscription,
    SubscriptionLine,
)
from amapress_py.contracts.operations import Act
from amapress_py.deliveries.models import Delivery
from tests.contracts.october import FIRST, FOURTH, SECOND, THIRD
from tests.factories import Make


@dataclass
class Season:
    """A contract and who signed it."""

    session: Session
    contract: Contract
    persons: dict[str, Person]
    signed: dict[str, Subscription]
    dates: dict[dt.date, int]

    @property
    def book(self) -> Book:
        """What the database holds now."""
        self.session.rollback()
        self.session.expire_all()
        return shelf.load(self.session, self.session.get_one(Contract, self.contract.id))

    def total(self, name: str) -> int:
        """Return what somebody pays, as the lists of the office say."""
        key = self.signed[name].id
        found = queries.signed_totals(self.session, [key]).get(key)
        return found.cents if found else 0

    def state(self) -> object:
        """Return all that an operation may change, to compare before and after."""
        held = (Delivery.opens, Delivery.closes, Delivery.substitute_place_id, Delivery.note)
        days = self.session.execute(select(Delivery.date, Delivery.place_id, *held)).all()
        return rows(self.book), {tuple(day) for day in days}

    def apply(self, viewer: Viewer, act: Act) -> Operation:
        """Preview, then apply."""
        self.session.rollback()
        contract = self.session.get_one(Contract, self.contract.id)
        digest = mass.preview(self.session, contract, act).digest
        with db.transaction() as session:
            return mass.apply(session, viewer, self.contract.id, "test", act, digest)

    def undo(self, viewer: Viewer, operation: Operation) -> None:
        """Take an operation back."""
        with db.transaction() as session:
            mass.undo(session, viewer, self.contract.id, operation.id)


def season(
    session: Session,
    make: Make,
    days: Sequence[dt.date] = (SECOND, THIRD, FOURTH),
    held: Sequence[dt.date] = (FIRST,),
    contract: Contract | None = None,
) -> Season:
    """Make "Légumes 2019": A small, B large, C small from the second day, D with a joker last."""
    contract = contract or make.contract(products={"PP": 1000, "GP": 1800}, dates=days)
    contract.joker_max, contract.joker_is_free, contract.joker_delay_days = 1, True, 3
    persons = {name: make.person(name) for name in "ABCD"}
    wanted = {"A": (1, 0), "B": (0, 1), "C": (1, 0), "D": (0, 1)}
    delivered = list(contract.dates)
    signed = {
        name: make.subscription(persons[name].household, contract, quantities)
        for name, quantities in wanted.items()
    }
    signed["C"].starts_on = sorted(days)[1]
    first = next(one.id for one in delivered if one.date == min(days))
    line = session.get_one(SubscriptionLine, (signed["C"].id, first, contract.products[0].id))
    session.delete(line)
    last = max(delivered, key=lambda one: one.date)
    make.joker(signed["D"], last)
    session.add_all(
        ContractDate(contract_id=contract.id, date=day, kind=DateKind.HOLIDAY) for day in held
    )
    session.commit()
    session.refresh(contract)
    dates = {one.date: one.id for one in contract.dates}
    return Season(session, contract, persons, signed, dates)

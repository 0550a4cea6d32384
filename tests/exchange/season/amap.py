"""A small AMAP drawn from a number: households, contracts, two places, who wants alerts."""

import datetime as dt
from dataclasses import dataclass, field
from random import Random

from sqlalchemy import delete
from sqlalchemy.orm import Session

from amapress_py import clock, db, settings
from amapress_py.accounts.models import Household, Person, PersonAddress, Role
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts.models import Bar, Contract
from amapress_py.deliveries.models import Place
from amapress_py.exchange.models import IntermittentEnrolment
from tests.factories import Make

# Sundays on which the clock changes; seasons begin eight days before.
CHANGES = (dt.date(2026, 3, 29), dt.date(2026, 10, 25), dt.date(2027, 3, 28), dt.date(2027, 10, 31))
BEFORE = dt.timedelta(days=8)
DELIVERY_DAYS = (3, 5, 8, 9, 12, 15, 19)  # after the first day; the eighth is the change
CONTRACTS = {
    "Légumes": {"1/2 Panier": 1000, "Panier": 1800},
    "Pain": {"Pain complet": 450},
    "Œufs": {"6 œufs": 220, "12 œufs": 400},
}
KINDS = ("alone", "alone", "pair", "three", "silent")  # of households with contracts
SIZE = {"alone": 1, "pair": 2, "three": 3, "silent": 1}


class Quick(Make):
    """Makes rows without a commit for each."""

    def _add(self, *rows: object) -> None:
        self.session.add_all(rows)
        self.session.flush()


@dataclass
class Somebody:
    """What others must not learn of a person too early."""

    id: int
    household_id: int
    first_name: str
    last_name: str
    phone: str
    addresses: tuple[str, ...]


@dataclass
class Amap:
    """Who is there; ids only, each act loads what it needs."""

    first_day: dt.date
    people: list[Somebody] = field(default_factory=list)
    managers: set[int] = field(default_factory=set)
    households: list[int] = field(default_factory=list)  # those with contracts
    contracts: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)  # two, and one that stands in
    by_id: dict[int, Somebody] = field(default_factory=dict)

    def know(self, person: Person) -> Somebody:
        """Take a person in."""
        addresses = ([person.email] if person.email else []) + [
            one.email for one in person.addresses
        ]
        somebody = Somebody(
            person.id,
            person.household_id,
            person.first_name,
            person.last_name,
            person.phone,
            tuple(addresses),
        )
        self.people.append(somebody)
        self.by_id[person.id] = somebody
        return somebody

    def of_household(self, household_id: int) -> list[Somebody]:
        """Return who shares a household."""
        return [one for one in self.people if one.household_id == household_id]

    @property
    def admin(self) -> Viewer:
        """Return who may change deliveries and contracts."""
        person_id = min(self.managers)
        return Viewer(person_id=person_id, grants=frozenset({(Role.ADMIN.value, "", 0)}))


def wipe(session: Session) -> None:
    """Empty every table; whoever cached something by the site's version reads anew."""
    for table in reversed(db.Base.metadata.sorted_tables):
        if table.name != "site_version":
            session.execute(delete(table))
    settings.touch(session)


def build(session: Session, seed: int, first_day: dt.date | None = None) -> Amap:
    """Make an AMAP; the same number gives the same one, from a day on if one is named."""
    draw = Random(seed)
    drawn = draw.choice(CHANGES) - BEFORE
    first_day = first_day or drawn
    amap = Amap(first_day)
    with clock.imagined(clock.at(first_day, dt.time(9))):
        _Builder(session, draw, amap).build()
    return amap


class _Builder:
    def __init__(self, session: Session, draw: Random, amap: Amap) -> None:
        self.session, self.draw, self.amap = session, draw, amap
        self.make = Quick(session)

    def build(self) -> None:
        places = [
            self.make.place("Salle des Tilleuls"),
            self.make.place("Préau de l’école", "10:00", "11:30"),
            self.make.place("Grange", "17:00", "21:00"),
        ]
        self.amap.places = [one.id for one in places]
        contracts = self._contracts(places)
        for kind in KINDS[: self.draw.randint(3, len(KINDS))]:
            self._household(kind, contracts)
        for _one in range(self.draw.randint(3, 4)):
            self._enrol(self._person(self.make_household()))
        self._person(self.make_household())  # connected, neither member nor intermittent
        manager = self.draw.choice([one for one in self.amap.people if one.addresses])
        self.make.grant(self.session.get_one(Person, manager.id), Role.INTERMITTENT_MANAGER)
        self.amap.managers.add(manager.id)

    def make_household(self) -> Household:
        made = Household()
        self.make._add(made)
        return made

    def _contracts(self, places: list[Place]) -> list[Contract]:
        made = []
        for label in list(CONTRACTS)[: self.draw.randint(2, 3)]:
            days = sorted(self.draw.sample(DELIVERY_DAYS, self.draw.randint(3, 5)))
            if 8 not in days:
                days = sorted([*days, 8])
            dates = [self.amap.first_day + dt.timedelta(days=one) for one in days]
            contract = self.make.contract(
                label, products=CONTRACTS[label], dates=dates, places=places[:2]
            )
            self.session.refresh(contract, ["dates", "products"])
            if self.draw.random() < 0.4:
                date, product = (
                    self.draw.choice(contract.dates),
                    self.draw.choice(contract.products),
                )
                self.make._add(Bar(contract_date_id=date.id, contract_product_id=product.id))
            made.append(contract)
        self.amap.contracts = [one.id for one in made]
        return made

    def _household(self, kind: str, contracts: list[Contract]) -> None:
        household = self.make_household()
        self.amap.households.append(household.id)
        for number in range(SIZE[kind]):
            has_address = kind != "silent" and (number == 0 or self.draw.random() < 0.5)
            somebody = self._person(household, has_address)
            if has_address and self.draw.random() < 0.2:
                self._enrol(somebody)
        place = self.draw.randrange(2)
        for contract in self.draw.sample(contracts, self.draw.randint(1, len(contracts))):
            quantities = [self.draw.randint(0, 3) for _one in contract.products]
            if not any(quantities):
                quantities[0] = 2
            where = place if self.draw.random() < 0.8 else 1 - place
            signed = self.make.subscription(household, contract, quantities, contract.places[where])
            for date in contract.dates:
                if self.draw.random() < 0.1:
                    self.make.joker(signed, date)

    def _person(self, household: Household, has_address: bool = True) -> Somebody:
        number = len(self.amap.people) + 1
        person = Person(
            household_id=household.id,
            first_name=f"{'ABCDEFGH'[number % 8]}line",
            last_name=f"{'KLMNPQRS'[number % 8]}uxav{number:02d}",
            email=f"p{number:02d}@saison.example" if has_address else None,
            phone=f"06 98 76 5{number // 10} {number % 10}0",
        )
        self.make._add(person)
        if has_address and self.draw.random() < 0.15:
            further = f"q{number:02d}@saison.example"
            self.make._add(PersonAddress(person_id=person.id, email=further))
        self.session.refresh(person, ["addresses"])
        return self.amap.know(person)

    def _enrol(self, somebody: Somebody) -> None:
        self.make._add(IntermittentEnrolment(person_id=somebody.id))

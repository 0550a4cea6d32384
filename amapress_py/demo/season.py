"""The season of the demo: places, weekly deliveries, two farms, three contracts, who signed."""

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from random import Random

from sqlalchemy import insert
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.accounts.models import Grant, Person, Role, Scope
from amapress_py.contracts.models import (
    Contract,
    ContractDate,
    ContractPrice,
    ContractProduct,
    ContractState,
    Joker,
    Producer,
    Product,
    Subscription,
    SubscriptionLine,
)
from amapress_py.deliveries.models import Delivery, Place
from amapress_py.demo.people import LOGINS, People
from amapress_py.demo.plan import Plan
from amapress_py.demo.words import BAKERY, GARDEN, TOWN
from amapress_py.money import Cents

LINES_AT_ONCE = 20_000


@dataclass(frozen=True)
class Offered:
    """A contract as the demo knows it: products with their price, the weeks between dates."""

    label: str
    farm: tuple[str, str]
    products: dict[str, Cents]
    share: float  # of the families that sign it
    every: int = 1
    jokers: int = 0


OFFERED = (
    Offered("Légumes", GARDEN, {"Panier": 2000, "1/2 Panier": 1000}, 0.7, jokers=4),
    Offered("Pain", BAKERY, {"Pain de campagne": 480, "Pain de seigle": 520, "Brioche": 650}, 0.5),
    Offered("Œufs", GARDEN, {"Boîte de 6 œufs": 260, "Boîte de 12 œufs": 500}, 0.4, every=2),
)
PLACES = (
    ("Salle des Tilleuls", "Tilleuls", "4 allée des Tilleuls", time(18, 30), time(20), 47.3936),
    ("Cour de la Ferme du Moulin", "Ferme", "Chemin de la Source", time(17, 30), time(19), 47.4021),
)
MERIDIAN = 0.6892  # of both places
DIRECTIONS = "Parking à vélos devant la porte. Apportez vos sacs et vos bocaux."


@dataclass
class Signed:
    """A household's contract: how many of each product at every date."""

    person: Person
    row: Subscription
    quantities: dict[ContractProduct, int]
    skipped: set[int] = field(default_factory=set)  # ids of contract dates with a joker


@dataclass
class Season:
    """What others need: deliveries by date and place, contracts, signed contracts."""

    deliveries: dict[tuple[date, int], Delivery]
    contracts: list[Contract]
    signed: list[Signed]


def grow(session: Session, plan: Plan, people: People) -> Season:
    """Write places, deliveries, contracts and what the families signed."""
    places = [
        Place(
            name=name,
            short_name=short,
            address=f"{address}, {TOWN}",
            directions=DIRECTIONS,
            opens=opens,
            closes=closes,
            latitude=latitude,
            longitude=MERIDIAN,
        )
        for name, short, address, opens, closes, latitude in PLACES
    ]
    deliveries = [Delivery(date=day, place=place) for day in plan.thursdays for place in places]
    for delivery in deliveries:
        delivery.set_instants()
    session.add_all(deliveries)
    contracts = _contracts(plan, places)
    contracts[0].producer.person_id = people.named["producteur"].id
    session.add_all(contracts)
    session.flush()
    _grant_roles(session, people, contracts[0].producer)
    signed = _sign(session, plan, people, contracts)
    session.flush()
    _skip(session, plan, people, signed)
    _write_lines(session, signed)
    by_day = {(one.date, one.place_id): one for one in deliveries}
    return Season(by_day, contracts, signed)


def _contracts(plan: Plan, places: list[Place]) -> list[Contract]:
    farms = {
        name: Producer(name=name, presentation=presentation)
        for name, presentation in (GARDEN, BAKERY)
    }
    return [_contract(plan, offered, farms[offered.farm[0]], places) for offered in OFFERED]


def _contract(plan: Plan, offered: Offered, farm: Producer, places: list[Place]) -> Contract:
    days = plan.thursdays
    years = sorted({days[0].year, days[-1].year})
    return Contract(
        producer=farm,
        name=f"{offered.label} {'-'.join(map(str, years))}",
        label=offered.label,
        state=ContractState.OPEN,
        deadline=days[0] - timedelta(days=1),
        joker_max=offered.jokers,
        joker_is_free=offered.jokers > 0,
        joker_delay_days=2,
        presentation=farm.presentation,
        created_at=plan.before(plan.random("contracts"), 420, 430),
        places=places,
        dates=[ContractDate(date=day) for day in days[:: offered.every]],
        products=[
            ContractProduct(
                product=Product(producer=farm, name=name),
                position=position,
                prices=[ContractPrice(from_date=days[0], cents=cents)],
            )
            for position, (name, cents) in enumerate(offered.products.items())
        ],
    )


def _grant_roles(session: Session, people: People, farm: Producer) -> None:
    """Give each log-in its role; those about a farm are for that farm alone."""
    for login in LOGINS:
        if login.role is not None:
            of_farm = login.role in (Role.REFERENT, Role.PRODUCER)
            session.add(
                Grant(
                    person_id=people.named[login.name].id,
                    role=login.role,
                    scope=Scope.PRODUCER if of_farm else "",
                    scope_id=farm.id if of_farm else 0,
                )
            )


def _sign(session: Session, plan: Plan, people: People, contracts: list[Contract]) -> list[Signed]:
    dice = plan.random("signatures")
    products = {one.product.name: one for contract in contracts for one in contract.products}
    signed = []
    for login in LOGINS:
        wanted = [products[name] for name in login.signs]
        signed += [
            _signature(plan, dice, people.named[login.name], {one: 1}, one.contract.places[0])
            for one in wanted
        ]
    for member in people.members:
        place = contracts[0].places[dice.random() < 0.25]
        for contract in _chosen(dice, contracts):
            signed.append(_signature(plan, dice, member, _quantities(dice, contract), place))
    session.add_all(one.row for one in signed)
    return signed


def _chosen(dice: Random, contracts: list[Contract]) -> list[Contract]:
    """Return a family's contracts, at least one that comes every week."""
    chosen = [
        contract
        for contract, offered in zip(contracts, OFFERED, strict=True)
        if dice.random() < offered.share
    ]
    weekly = contracts[:2]
    return chosen if set(chosen) & set(weekly) else [dice.choice(weekly), *chosen]


def _quantities(dice: Random, contract: Contract) -> dict[ContractProduct, int]:
    """Return what a family takes: one product, sometimes two of it, sometimes a second kind."""
    first = dice.choice(contract.products)
    quantities = {first: 2 if dice.random() < 0.12 else 1}
    if contract.label == "Pain" and dice.random() < 0.3:
        quantities.setdefault(contract.products[-1], 1)
    return quantities


def _signature(
    plan: Plan,
    dice: Random,
    person: Person,
    quantities: dict[ContractProduct, int],
    place: Place,
) -> Signed:
    contract = next(iter(quantities)).contract
    days = plan.thursdays
    starts_on = days[0]
    if dice.random() < 0.1:  # joined late
        starts_on = days[dice.randrange(plan.weeks // 4)]
    row = Subscription(
        household_id=person.household_id,
        contract_id=contract.id,
        place=place,
        starts_on=starts_on,
        ends_on=days[-1],
        signed_at=plan.before(dice, 1, 20) - (plan.today - starts_on),
        signed_by_id=person.id,
    )
    return Signed(person, row, quantities)


def _skip(session: Session, plan: Plan, people: People, signed: list[Signed]) -> None:
    """Let some families skip a date; Anna skips one too near to be ceded at ease."""
    dice = plan.random("jokers")
    anna = people.named["anna"]
    for one in signed:
        contract = next(iter(one.quantities)).contract
        if not contract.joker_max:
            continue
        days = [day for day in contract.dates if one.row.starts_on <= day.date]
        skipped = [day for day in days if plan.today <= day.date < plan.first_easy]
        if one.person is not anna:
            skipped = dice.sample(days, 2) if dice.random() < 0.3 else []
        for day in skipped:
            told = min(day.date, plan.today) - timedelta(dice.randint(3, 20))
            one.skipped.add(day.id)
            session.add(
                Joker(
                    subscription_id=one.row.id,
                    contract_date_id=day.id,
                    set_by_id=one.person.id,
                    set_at=clock.at(told, time(20, dice.randrange(60))),
                )
            )


def _write_lines(session: Session, signed: list[Signed]) -> None:
    """Write a row per signed contract, date and product: by far the most rows."""
    rows = [
        {
            "subscription_id": one.row.id,
            "contract_date_id": day.id,
            "contract_product_id": product.id,
            "quantity": quantity,
        }
        for one in signed
        for product, quantity in one.quantities.items()
        for day in product.contract.dates
        if one.row.starts_on <= day.date <= one.row.ends_on
    ]
    for start in range(0, len(rows), LINES_AT_ONCE):
        session.execute(insert(SubscriptionLine), rows[start : start + LINES_AT_ONCE])

"""Rows with sensible defaults: a test names only what it is about."""

import datetime as dt
import itertools
from collections.abc import Sequence

from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.accounts.models import Grant, Household, HouseholdStay, Person, Role, Scope
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
from amapress_py.exchange import services
from amapress_py.exchange.models import BasketOffer, IntermittentEnrolment, OfferRequest
from amapress_py.exchange.steps import Actor

HALF_BASKET = "1/2 Panier"


class Make:
    """Make rows in a session, each committed, so that services can lock them."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.numbers = itertools.count(1)

    def _add(self, *rows: object) -> None:
        self.session.add_all(rows)
        self.session.commit()

    def person(
        self,
        first_name: str = "",
        *,
        email: str | None = "",
        household: Household | None = None,
        roles: Sequence[Role] = (),
    ) -> Person:
        """Make somebody with a household of his own, unless one is given."""
        number = next(self.numbers)
        first_name = first_name or f"Prénom{number}"
        if email == "":
            email = f"{first_name.lower()}{number}@test.example"
        home = household or Household()
        person = Person(
            first_name=first_name,
            last_name=f"Nom{number}",
            email=email,
            phone=f"06 00 00 00 {number % 100:02d}",
            household=home,
        )
        self._add(home, person)
        since = clock.today()
        self._add(HouseholdStay(person_id=person.id, household_id=home.id, since=since))
        for role in roles:
            self.grant(person, role)
        return person

    def grant(
        self, person: Person, role: Role, scope: Scope | None = None, scope_id: int = 0
    ) -> Grant:
        """Give a role, everywhere or for one thing."""
        grant = Grant(person_id=person.id, role=role, scope=scope or "", scope_id=scope_id)
        self._add(grant)
        return grant

    def place(self, name: str = "", opens: str = "18:30", closes: str = "20:00") -> Place:
        """Make a place of delivery."""
        name = name or f"Lieu {next(self.numbers)}"
        place = Place(
            name=name,
            short_name=name[:40],
            address="1 rue du Marché",
            opens=dt.time.fromisoformat(opens),
            closes=dt.time.fromisoformat(closes),
        )
        self._add(place)
        return place

    def delivery(self, date: dt.date, place: Place) -> Delivery:
        """Make a distribution, or return the one that is there."""
        found = self.session.query(Delivery).filter_by(date=date, place_id=place.id).one_or_none()
        if found is None:
            found = Delivery(date=date, place=place)
            found.set_instants()
            self._add(found)
        return found

    def contract(
        self,
        label: str = "Légumes",
        *,
        products: dict[str, int] | None = None,
        dates: Sequence[dt.date] = (),
        places: Sequence[Place] = (),
        producer: Producer | None = None,
    ) -> Contract:
        """Make an open contract with its deliveries; `products` are names with cents."""
        number = next(self.numbers)
        producer = producer or Producer(name=f"Ferme {number}")
        contract = Contract(
            producer=producer,
            name=f"{label} {number}",
            label=label,
            state=ContractState.OPEN,
            places=list(places) or [self.place()],
        )
        self._add(producer, contract)
        dates = dates or [self.thursday()]
        for position, (name, cents) in enumerate((products or {HALF_BASKET: 1000}).items()):
            product = Product(producer=producer, name=name)
            row = ContractProduct(contract=contract, product=product, position=position)
            row.prices = [ContractPrice(from_date=min(dates), cents=cents)]
            self._add(product, row)
        for date in dates:
            self._add(ContractDate(contract=contract, date=date))
            for place in contract.places:
                self.delivery(date, place)
        return contract

    def subscription(
        self,
        household: Household,
        contract: Contract,
        quantities: Sequence[int] = (1,),
        place: Place | None = None,
    ) -> Subscription:
        """Sign a contract: one quantity per product, on every date."""
        days = [row.date for row in contract.dates]
        subscription = Subscription(
            household_id=household.id,
            contract_id=contract.id,
            place_id=(place or contract.places[0]).id,
            starts_on=min(days),
            ends_on=max(days),
        )
        self._add(subscription)
        self._add(
            *(
                SubscriptionLine(
                    subscription_id=subscription.id,
                    contract_date_id=date.id,
                    contract_product_id=product.id,
                    quantity=quantity,
                )
                for date in contract.dates
                for product, quantity in zip(contract.products, quantities, strict=False)
                if quantity
            )
        )
        return subscription

    def joker(self, subscription: Subscription, date: ContractDate) -> Joker:
        """Skip a delivery."""
        joker = Joker(subscription_id=subscription.id, contract_date_id=date.id)
        self._add(joker)
        return joker

    def thursday(self, weeks: int = 0) -> dt.date:
        """Return the Thursday of next week, or of a later one."""
        today = clock.today()
        return today + dt.timedelta(days=7 - today.weekday() + 3 + 7 * weeks)

    def member(
        self, first_name: str = "", contract: Contract | None = None, email: str | None = ""
    ) -> Person:
        """Make a person with a half basket of vegetables on a coming Thursday."""
        person = self.person(first_name, email=email)
        self.subscription(person.household, contract or self.contract())
        return person

    def intermittent(self, first_name: str = "") -> Person:
        """Make somebody who is told about free baskets."""
        person = self.person(first_name)
        self._add(IntermittentEnrolment(person_id=person.id))
        return person

    def coming_delivery(self, person: Person) -> Delivery:
        """Return the first coming delivery with a basket of that person."""
        found = (
            self.session.query(Delivery)
            .join(Subscription, Subscription.place_id == Delivery.place_id)
            .filter(
                Subscription.household_id == person.household_id,
                Delivery.date >= clock.today(),
                Subscription.starts_on <= Delivery.date,
                Delivery.date <= Subscription.ends_on,
            )
            .order_by(Delivery.date)
            .first()
        )
        assert found is not None
        return found

    def offer(self, owner: Person | None = None, message: str = "") -> BasketOffer:
        """Let a member cede the next basket."""
        owner = owner or self.member()
        delivery = self.coming_delivery(owner)
        offer = services.offer_basket(self.session, Actor.of(owner), delivery.id, message=message)
        self.session.commit()
        return offer

    def request(self, offer: BasketOffer, person: Person | None = None) -> OfferRequest:
        """Let somebody ask for an offered basket."""
        person = person or self.intermittent()
        request = services.request_basket(self.session, Actor.of(person), offer.id)
        self.session.commit()
        return request

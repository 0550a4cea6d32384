"""What people, the worker and the clock do in a season; each act draws its own numbers."""

import datetime as dt
from collections.abc import Sequence
from functools import partial
from random import Random
from typing import Any, TypeVar

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from amapress_py import clock, settings
from amapress_py.accounts.models import Person
from amapress_py.contracts import services as contracts
from amapress_py.contracts import signing
from amapress_py.contracts.models import Contract, Subscription
from amapress_py.contracts.rules import Terms
from amapress_py.deliveries import services as deliveries
from amapress_py.deliveries.models import Place
from amapress_py.deliveries.services import Correction, PlaceValues
from amapress_py.exchange import enrolment, preferences, services, tokens
from amapress_py.exchange.rules import ALL_WEEKDAYS, OfferState, Pace, RequestState, Wishes
from amapress_py.exchange.steps import Actor
from amapress_py.passes import services as passes
from amapress_py.sheets import services as sheets
from tests.exchange.season.stage import JOBS, Stage

One = TypeVar("One")
MINUTES = (1, 20, 59, 181, 361, 725, 1440, 2000)
LIMITS = (72, 48, 36, 24, 12, 6, 0)  # wall-clock hours before a delivery
WISHED = ("legumes", "pain", "oeufs")

# How often each act comes; the names are those of the methods.
WEIGHTS = {
    "time_passes": 8,
    "a_limit_comes": 6,
    "a_minute_of_work": 14,
    "work_in_any_order": 4,
    "cede": 6,
    "cede_a_part": 5,
    "cede_to_somebody": 3,
    "cede_to_an_address": 1,
    "be_absent": 2,
    "a_manager_cedes": 2,
    "ask": 16,
    "wait": 4,
    "accept": 14,
    "refuse": 3,
    "withdraw": 6,
    "give_back": 5,
    "answer_the_owner": 4,
    "cancel": 3,
    "settle": 2,
    "send_a_friend": 3,
    "revoke_a_pass": 1,
    "tick": 2,
    "enrol": 2,
    "enrol_somebody": 1,
    "confirm_enrolment": 1,
    "leave": 2,
    "wish": 4,
    "move_a_delivery": 4,
    "change_hours": 1,
    "cross_out": 1,
    "sign_anew": 2,
    "change_settings": 1,
}


class Acts:
    """Does one act after the other on a stage."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.draw = Random(0)

    def do(self, name: str, number: int) -> None:
        """Do an act; the same number draws the same."""
        self.draw = Random(number)
        getattr(self, name)()

    # ----- The clock and the worker

    def time_passes(self) -> None:
        self.stage.now += dt.timedelta(minutes=self.draw.choice(MINUTES))

    def a_limit_comes(self) -> None:
        """Go to the second before, of or after a limit of a coming delivery, if it is ahead."""
        off = dt.timedelta(seconds=self.draw.randint(-1, 1))
        start = self._delivery(near=2).starts_at
        there = clock.hours_before(start, self.draw.choice(LIMITS)) + off
        self.stage.now = max(self.stage.now, there)

    def a_minute_of_work(self) -> None:
        jobs = [one.name for one in JOBS if one.every == "minute"]
        self.draw.shuffle(jobs)
        for name in jobs:
            self.stage.work(name)

    def work_in_any_order(self) -> None:
        for _job in range(self.draw.randint(1, 4)):
            self.stage.work(self.draw.choice(JOBS).name)

    # ----- Members cede

    def cede(self) -> None:
        actor, delivery = self._basket()
        message = self.draw.choice(("", "À l’ombre, merci <b>!</b>"))
        self.stage.act(lambda s: services.offer_basket(s, actor, delivery, message=message))

    def cede_a_part(self) -> None:
        actor, delivery = self._basket()
        parts = {
            (one.contract_date_id, one.contract_product_id): self.draw.randint(0, one.quantity)
            for one in self.stage.books.lines
            if (one.delivery_id, one.household_id) == (delivery, actor.household_id)
        }
        taker = self._anybody().person_id if self.draw.random() < 0.2 else None
        self.stage.act(
            lambda s: services.offer_basket(s, actor, delivery, parts=parts, taker_id=taker)
        )

    def cede_to_somebody(self) -> None:
        (actor, delivery), taker = self._basket(), self._anybody().person_id
        self.stage.act(lambda s: services.offer_basket(s, actor, delivery, taker_id=taker))

    def cede_to_an_address(self) -> None:
        (actor, delivery), number = self._basket(), self.draw.randint(0, 2)

        def cede(session: Session) -> None:
            email = f"dehors{number}@saison.example"
            taker = services.taker_by_address(
                session, email=email, first_name="Odile", last_name=f"Vuxzav{number}"
            )
            services.offer_basket(session, actor, delivery, taker_id=taker)

        self.stage.act(cede)

    def be_absent(self) -> None:
        actor = self._owner()
        first = self._today() + dt.timedelta(days=self.draw.randint(-1, 6))
        last = first + dt.timedelta(days=self.draw.randint(0, 9))
        self.stage.act(lambda s: services.offer_absence(s, actor, first, last))

    def a_manager_cedes(self) -> None:
        (owner, delivery), actor = self._basket(), self._manager()
        taker = self._anybody().person_id if self.draw.random() < 0.5 else None
        self.stage.act(
            lambda s: services.offer_basket(
                s, actor, delivery, household_id=owner.household_id, taker_id=taker
            )
        )

    # ----- Others ask, owners answer

    def ask(self) -> None:
        """Several ask, some of them twice, some for their own basket."""
        offer = self._one_of(self.stage.books.free_offers())
        if offer is None:
            return
        for _person in range(self.draw.randint(1, 3)):
            asking = partial(services.request_basket, actor=self._anybody(), offer_id=offer.id)
            for _click in range(self.draw.choice((1, 1, 1, 2))):
                self.stage.act(asking)

    def wait(self) -> None:
        offers = self.stage.books.live_offers()
        taken = [one for one in offers if one.state is OfferState.EXCHANGED]
        offer, actor = self._one_of(taken or offers), self._anybody()
        if offer is not None:
            self.stage.act(lambda s: services.join_waiting_list(s, actor, offer.id))

    def accept(self) -> None:
        request = self._request(RequestState.PENDING)
        if request is not None:
            actor = self._side(request.offer_id)
            self.stage.act(lambda s: services.accept_request(s, actor, request.id))

    def refuse(self) -> None:
        request = self._request(RequestState.PENDING)
        if request is not None:
            actor, reason = self._side(request.offer_id), self.draw.choice(("", "Déjà promis."))
            self.stage.act(lambda s: services.refuse_request(s, actor, request.id, reason))

    def withdraw(self) -> None:
        request = self._request(RequestState.PENDING)
        if request is not None:
            actor = self._candidate(request.person_id)
            self.stage.act(lambda s: services.withdraw_request(s, actor, request.id))

    def give_back(self) -> None:
        request = self._request(RequestState.ACCEPTED)
        if request is not None:
            actor = self._candidate(request.person_id)
            self.stage.act(lambda s: services.withdraw_request(s, actor, request.id))

    def answer_the_owner(self) -> None:
        rows = [one for one in self.stage.books.rows["offer_request"] if one.is_designated]
        request = self._one_of(rows)
        if request is not None:
            actor, yes = self._candidate(request.person_id), self.draw.random() < 0.6
            answer = services.confirm_designation if yes else services.decline_designation
            self.stage.act(lambda s: answer(s, actor, request.id))

    def cancel(self) -> None:
        offer = self._offer()
        if offer is not None:
            actor, reason = self._side(offer.id), self.draw.choice(("", "Je suis là."))
            self.stage.act(lambda s: services.cancel_offer(s, actor, offer.id, reason))

    def settle(self) -> None:
        offer = self._offer()
        if offer is not None:
            actor, paid = self._side(offer.id), self.draw.random() < 0.8
            self.stage.act(lambda s: services.mark_paid(s, actor, offer.id, paid=paid))

    # ----- A friend comes, somebody ticks

    def send_a_friend(self) -> None:
        actor, delivery = self._basket()
        person = actor.person_id or 0
        self.stage.act(
            lambda s: passes.make_pass(s, person, actor.household_id, delivery, name="Zoé Lamie")
        )

    def revoke_a_pass(self) -> None:
        made = self._one_of(self.stage.books.rows["basket_pass"])
        if made is not None:
            home = made.household_id if self.draw.random() < 0.8 else self._owner().household_id
            self.stage.act(lambda s: passes.revoke_pass(s, home, made.id))

    def tick(self) -> None:
        actor, delivery, offer = self._owner(), self._delivery(near=1).id, self._offer()
        person, fetched = actor.person_id or 0, self.draw.random() < 0.8
        key = (actor.household_id, 0)
        if offer is not None and self.draw.random() < 0.5:
            key = (offer.household_id, offer.id)
        self.stage.act(lambda s: sheets.tick(s, person, delivery, key, fetched=fetched))

    # ----- Who wants to be told

    def enrol(self) -> None:
        actor = self._anybody()
        if self.stage.amap.by_id[actor.person_id or 0].addresses:  # without one nobody logs in
            self.stage.act(lambda s: enrolment.enrol_me(s, actor))

    def enrol_somebody(self) -> None:
        actor = self._manager() if self.draw.random() < 0.3 else self._anybody()
        other = self.stage.amap.by_id[self._anybody().person_id or 0]
        number = self.draw.randint(0, 2)
        email = f"neuf{number}@saison.example"
        if other.addresses and self.draw.random() < 0.5:
            email = other.addresses[0]
        self.stage.act(
            lambda s: enrolment.enrol_other(
                s, actor, email=email, first_name="Ninon", last_name=f"Wuxzav{number}"
            )
        )

    def confirm_enrolment(self) -> None:
        person, by = self._anybody().person_id or 0, self._anybody().person_id or 0
        if not self.stage.amap.by_id[person].addresses:
            return

        def confirm(session: Session) -> None:
            token = tokens.enrolment_token(session.get_one(Person, person), by)
            read = tokens.read_enrolment_token(session, token)
            assert read == (person, by)
            enrolment.confirm_enrolment(session, *read)

        self.stage.act(confirm)

    def leave(self) -> None:
        enrolled = sorted(self.stage.books.enrolled())
        if enrolled:
            person = self.draw.choice(enrolled)
            actor = self._candidate(person)
            if actor.person_id == person:
                self.stage.act(lambda s: enrolment.end_enrolment(s, person))
            else:
                self.stage.act(lambda s: enrolment.end_enrolments(s, actor, [person]))

    def wish(self) -> None:
        enrolled = sorted(self.stage.books.enrolled())
        if not enrolled:
            return
        draw, person = self.draw, self.draw.choice(enrolled)
        pace = draw.choice((Pace.AT_ONCE, Pace.AT_ONCE, Pace.DIGEST, Pace.DIGEST, Pace.NONE))
        weekdays = draw.choice((ALL_WEEKDAYS, ALL_WEEKDAYS, 1 << 6, 0b0101000))
        named = frozenset(draw.sample(WISHED, draw.choice((0, 0, 1, 2))))
        places = frozenset(draw.sample(self.stage.amap.places[:2], draw.choice((0, 0, 1))))
        pause = draw.choice((None, None, 0, 1, 5))
        until = None if pause is None else self._today() + dt.timedelta(days=pause)
        wishes = Wishes(pace, weekdays, named, places, until)
        self.stage.act(lambda s: preferences.set_wishes(s, person, wishes))

    # ----- The AMAP changes its mind

    def move_a_delivery(self) -> None:
        delivery, admin = self._delivery().id, self.stage.amap.admin
        hour = self.draw.choice((0, 9, 17, 20))
        opens, closes = (dt.time(hour), dt.time(hour + 2)) if hour else (None, None)
        place = self.stage.amap.places[2] if self.draw.random() < 0.5 else None
        correction = Correction(opens, closes, place)
        self.stage.act(lambda s: deliveries.correct_delivery(s, admin, delivery, correction))

    def change_hours(self) -> None:
        key, admin = self.draw.choice(self.stage.amap.places), self.stage.amap.admin
        opens = self.draw.choice((10, 16, 18))

        def change(session: Session) -> None:
            place = session.get_one(Place, key)
            values = PlaceValues(
                place.name, place.short_name, dt.time(opens), dt.time(opens + 2), place.address
            )
            deliveries.change_place(session, admin, key, values)

        self.stage.act(change)

    def cross_out(self) -> None:
        """Cross a cell out, or take the cross away."""
        key, admin = self.draw.choice(self.stage.amap.contracts), self.stage.amap.admin

        def cross(session: Session) -> None:
            contract = session.get_one(Contract, key)
            date, product = self.draw.choice(contract.dates), self.draw.choice(contract.products)
            bars = set(contracts.load_grid(session, contract).bars) ^ {(date.id, product.id)}
            contracts.set_bars(session, admin, contract.id, contract.version, bars)

        self.stage.act(cross)

    def sign_anew(self) -> None:
        """Correct a signed contract: quantities, place, last day."""
        admin, draw = self.stage.amap.admin, self.draw

        def change(session: Session) -> None:
            keys = session.scalars(select(Subscription.id).order_by(Subscription.id)).all()
            one = session.get_one(Subscription, draw.choice(keys))
            days = [date.date for date in one.contract.dates]
            last = max(days) if draw.random() < 0.7 else draw.choice(days)
            amounts = {product.id: draw.randint(0, 3) for product in one.contract.products}
            place = one.place_id if draw.random() < 0.7 else draw.choice(one.contract.places).id
            terms = Terms(place, min(days), last, amounts)
            signing.change(session, admin, one.id, one.version, terms)

        self.stage.act(change)

    def change_settings(self) -> None:
        chosen = settings_drawn(self.draw)
        self.stage.act(lambda s: settings.save(s, chosen))

    # ----- Who and what

    def _one_of(self, rows: Sequence[One]) -> One | None:
        """Return a row, rather a late one."""
        if not rows:
            return None
        return rows[-1 - min(self.draw.randrange(len(rows)), self.draw.randrange(len(rows)))]

    def _today(self) -> dt.date:
        return clock.paris(self.stage.now).date()

    def _delivery(self, near: int = 4) -> Row[Any]:
        """Return one of the next deliveries, the last one when all are over."""
        return self.draw.choice(self._coming()[:near])

    def _offer(self) -> Row[Any] | None:
        """Return a live offer, now and then one that is over."""
        every = self.stage.books.rows["basket_offer"]
        return self._one_of(every if self.draw.random() < 0.1 else self.stage.books.live_offers())

    def _request(self, state: RequestState) -> Row[Any] | None:
        """Return a request of a live offer, mostly in that state."""
        offers = {row.id for row in self.stage.books.live_offers()}
        rows = [row for row in self.stage.books.rows["offer_request"] if row.offer_id in offers]
        fitting = [row for row in rows if row.state is state]
        return self._one_of(rows if self.draw.random() < 0.1 else fitting)

    def _as_actor(self, person_id: int) -> Actor:
        one = self.stage.amap.by_id[person_id]
        return Actor(one.id, one.household_id, one.id in self.stage.amap.managers)

    def _anybody(self) -> Actor:
        return self._as_actor(self.draw.choice(self.stage.amap.people).id)

    def _manager(self) -> Actor:
        return self._as_actor(min(self.stage.amap.managers))

    def _owner(self) -> Actor:
        """Return a member who may have a basket."""
        home = self.draw.choice(self.stage.amap.households)
        return self._as_actor(self.draw.choice(self.stage.amap.of_household(home)).id)

    def _basket(self) -> tuple[Actor, int]:
        """Return a member and a coming delivery, mostly one where he has something left."""
        if self.draw.random() < 0.1:
            return self._owner(), self._delivery().id
        coming = {row.id for row in self._coming()[:6]}
        offered = {(one.household_id, one.delivery_id) for one in self.stage.books.live_offers()}
        held = sorted({(one.household_id, one.delivery_id) for one in self.stage.books.lines})
        there = [one for one in held if one[1] in coming]
        free = [one for one in there if one not in offered]
        home, delivery = self.draw.choice(
            (free if self.draw.random() < 0.7 else there)
            or [(self._owner().household_id, self._delivery().id)]
        )
        return self._as_actor(self.draw.choice(self.stage.amap.of_household(home)).id), delivery

    def _coming(self) -> list[Row[Any]]:
        rows = sorted(self.stage.books.rows["delivery"], key=lambda row: (row.starts_at, row.id))
        return [row for row in rows if row.ends_at > self.stage.now] or rows[-1:]

    def _side(self, offer_id: int) -> Actor:
        """Return one of an offer's household, mostly."""
        if self.draw.random() < 0.15:
            return self.draw.choice((self._manager(), self._anybody()))
        offer = self.stage.books.by_id("basket_offer")[offer_id]
        adults = self.stage.amap.of_household(offer.household_id)
        return self._as_actor(self.draw.choice(adults).id)

    def _candidate(self, person_id: int) -> Actor:
        """Return that person, mostly."""
        if self.draw.random() < 0.15:
            return self.draw.choice((self._manager(), self._anybody()))
        return self._as_actor(person_id)


def settings_drawn(draw: Random) -> dict[str, Any]:
    """Return what an AMAP may have set."""
    return {
        "fair_turn": draw.random() < 0.4,
        "request_expiry_hours": draw.choice((0, 0, 12, 30, 60)),
        "allow_amapiens": draw.random() < 0.8,
        "remind_available_2": draw.choice((0, 30, 47)),
        "remind_people": draw.random() < 0.9,
    }

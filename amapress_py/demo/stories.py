"""Baskets on offer in every state, each with the journal of how it came there."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from random import Random
from typing import NamedTuple

from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.accounts.models import Person
from amapress_py.contracts.models import ContractDate, ContractProduct
from amapress_py.deliveries.models import Delivery
from amapress_py.demo.people import People
from amapress_py.demo.plan import ImpossibleDemo, Plan
from amapress_py.demo.season import Season
from amapress_py.demo.words import CANCEL_REASONS, OFFER_MESSAGES, REFUSAL_REASONS
from amapress_py.exchange import rules
from amapress_py.exchange.models import (
    Alert,
    BasketOffer,
    IntermittentEnrolment,
    OfferEvent,
    OfferItem,
    OfferRequest,
)
from amapress_py.exchange.rules import OfferState, RequestState, Step, Who
from amapress_py.i18n import _

NEAR = 8  # offers lie among that many times as many of the nearest baskets
LEAST_PAST, LEAST_CANCELLED = 8, 2
DAYS_OF_A_STORY = 8

Story = tuple[tuple[Step, int], ...]  # what follows the offer, and which candidate it is about

FREE: tuple[Story, ...] = (
    (),
    (),
    (),
    ((Step.REQUEST, 0), (Step.WITHDRAW_LAST, 0)),
    (),
    ((Step.REQUEST, 0), (Step.REFUSE_LAST, 0)),
)
UNDER_WAY: tuple[Story, ...] = (
    ((Step.REQUEST, 0),),
    ((Step.REQUEST, 0), (Step.ACCEPT, 0)),
    ((Step.REQUEST, 0), (Step.REQUEST, 1)),
    ((Step.REQUEST, 0), (Step.REQUEST, 1), (Step.ACCEPT, 0)),
    ((Step.REQUEST, 0), (Step.ACCEPT, 0), (Step.JOIN_WAITING_LIST, 1)),
)
OVER: tuple[Story, ...] = (
    ((Step.REQUEST, 0), (Step.ACCEPT, 0), (Step.CLOSE, 0)),
    ((Step.CLOSE, 0),),
    ((Step.REQUEST, 0), (Step.REQUEST, 1), (Step.ACCEPT, 1), (Step.CLOSE, 0)),
    ((Step.REQUEST, 0), (Step.CLOSE, 0)),
    (
        (Step.REQUEST, 0),
        (Step.REQUEST, 1),
        (Step.ACCEPT, 0),
        (Step.GIVE_BACK, 0),
        (Step.ACCEPT, 1),
        (Step.CLOSE, 0),
    ),
)
CANCELLED: tuple[Story, ...] = (
    ((Step.REQUEST, 0), (Step.CANCEL, 0)),
    ((Step.CANCEL, 0),),
)
SETTLED = {
    Step.ACCEPT: RequestState.ACCEPTED,
    Step.REFUSE_LAST: RequestState.DECLINED,
    Step.WITHDRAW_LAST: RequestState.WITHDRAWN,
    Step.GIVE_BACK: RequestState.WITHDRAWN,
}
ASKING = (Step.REQUEST, Step.JOIN_WAITING_LIST)


class Line(NamedTuple):
    """A product of a basket."""

    subscription_id: int
    date: ContractDate
    product: ContractProduct
    quantity: int


class Basket(NamedTuple):
    """What a family fetches at a delivery."""

    owner: Person
    delivery: Delivery
    lines: list[Line]


def tell(session: Session, plan: Plan, people: People, season: Season) -> None:
    """Write offers: to come (half of them free), cancelled, over."""
    dice = plan.random("stories")
    baskets = _baskets(people, season)
    coming = [one for one in baskets if one.delivery.date > plan.today]
    past = [one for one in reversed(baskets) if one.delivery.date < plan.today]
    cancelled = max(LEAST_CANCELLED, plan.offers // 10)
    chosen = _draw(dice, coming, plan.offers + cancelled)
    free = plan.offers - plan.offers // 2
    over = _draw(dice, past, min(max(LEAST_PAST, plan.offers // 4), len(past)))
    teller = Teller(plan, people, dice)
    told = [
        *teller.tell_all(over, OVER),
        *teller.tell_all(chosen[:free], FREE),
        *teller.tell_all(chosen[free : plan.offers], UNDER_WAY),
        *teller.tell_all(chosen[plan.offers :], CANCELLED),
    ]
    session.add_all(offer for offer, _alerts in told)
    session.flush()
    for offer, alerts in told:
        for alert in alerts:
            alert.offer_id = offer.id
            session.add(alert)
    session.flush()


def _baskets(people: People, season: Season) -> list[Basket]:
    """Return the baskets of the families that no log-in belongs to, by day."""
    own = {person.id for person in people.members}
    found: dict[tuple[int, int], Basket] = {}
    for signed in season.signed:
        if signed.person.id not in own:
            continue
        for product, quantity in signed.quantities.items():
            for day in product.contract.dates:
                if day.date < signed.row.starts_on or day.id in signed.skipped:
                    continue
                delivery = season.deliveries[day.date, signed.row.place_id]
                basket = found.setdefault(
                    (delivery.id, signed.person.id), Basket(signed.person, delivery, [])
                )
                basket.lines.append(Line(signed.row.id, day, product, quantity))
    return [found[key] for key in sorted(found)]


def _draw(dice: Random, baskets: list[Basket], number: int) -> list[Basket]:
    """Draw baskets, mostly near ones; one family offers one basket at a time where it can."""
    if number > len(baskets):
        raise ImpossibleDemo(
            _(
                "Il n’y a que %(number)s paniers à venir : moins d’offres, ou plus de familles.",
                number=len(baskets),
            )
        )
    near = baskets[: NEAR * number]
    dice.shuffle(near)
    seen: Counter[int] = Counter()
    turns = []
    for place, basket in enumerate(near):
        turns.append((seen[basket.owner.id], place, basket))
        seen[basket.owner.id] += 1
    return [basket for _turn, _place, basket in sorted(turns, key=lambda one: one[:2])[:number]]


class Teller:
    """Makes offers out of stories, with candidates who take turns."""

    def __init__(self, plan: Plan, people: People, dice: Random) -> None:
        self.plan = plan
        self.dice = dice
        self.manager = people.named["intermittents"]
        self.enrolments = people.enrolments
        self.regulars = [people.named["bruno"], people.named["chloe"], people.named["david"]]
        self.others = people.outsiders + people.members
        self.turn = 0

    def tell_all(
        self, baskets: Sequence[Basket], stories: Sequence[Story]
    ) -> list[tuple[BasketOffer, list[Alert]]]:
        """Tell the stories in turn, one for each basket."""
        return [
            self._tell(basket, stories[number % len(stories)])
            for number, basket in enumerate(baskets)
        ]

    def _tell(self, basket: Basket, story: Story) -> tuple[BasketOffer, list[Alert]]:
        candidates = self._candidates(basket)
        moments = self._moments(basket.delivery, story)
        tale = Tale(basket, self.dice, moments[0])
        for (step, number), at in zip(story, moments[1:], strict=True):
            tale.go(step, at, candidates[number])
        return tale.offer, [_alert(at, self.enrolments, basket.owner) for at in tale.announced]

    def _candidates(self, basket: Basket) -> list[Person]:
        """Return two persons of other households; the regulars only for what is over."""
        is_over = basket.delivery.date < self.plan.today
        crowd = self.regulars if is_over else self.others
        found: list[Person] = []
        while len(found) < 2:
            self.turn += 1
            person = crowd[self.turn % len(crowd)]
            if person.household_id != basket.owner.household_id and person not in found:
                found.append(person)
        return found

    def _moments(self, delivery: Delivery, story: Story) -> list[datetime]:
        """Return when each thing happened: a day for each, all in time and before today."""
        is_closed = bool(story) and story[-1][0] is Step.CLOSE
        last = min(self.plan.today, delivery.date - timedelta(days=1))
        number = len(story) + (not is_closed)
        days = sorted(self.dice.sample(range(1, DAYS_OF_A_STORY + 1), number), reverse=True)
        moments = [
            clock.at(
                last - timedelta(days=day), time(self.dice.randint(8, 21), self.dice.randrange(60))
            )
            for day in days
        ]
        return [*moments, delivery.ends_at + timedelta(hours=2)] if is_closed else moments


class Tale:
    """One offer that goes through the table of the rules, writing its journal."""

    def __init__(self, basket: Basket, dice: Random, at: datetime) -> None:
        self.dice = dice
        self.owner = basket.owner
        self.announced: list[datetime] = []
        self.offer = BasketOffer(
            delivery_id=basket.delivery.id,
            household_id=basket.owner.household_id,
            offered_by_id=basket.owner.id,
            message=dice.choice(OFFER_MESSAGES),
            offered_at=at,
            items=[_item(line) for line in basket.lines],
        )
        self.state: OfferState | None = None
        self._step(Step.OFFER, at, self.owner, None)

    def go(self, step: Step, at: datetime, candidate: Person) -> None:
        """Take one step of a story."""
        if step in ASKING:
            self.offer.requests.append(
                OfferRequest(person_id=candidate.id, state=RequestState.PENDING, asked_at=at)
            )
        if step in (Step.CANCEL, Step.CLOSE):
            self._end(step, at)
            return
        reason = self.dice.choice(REFUSAL_REASONS) if step is Step.REFUSE_LAST else ""
        if step in SETTLED:
            request = next(one for one in self.offer.requests if one.person_id == candidate.id)
            request.state, request.settled_at, request.reason = SETTLED[step], at, reason
        by_candidate = Who.CANDIDATE in rules.transition(self.state, step).who or step in ASKING
        self._step(step, at, candidate if by_candidate else self.owner, candidate, reason)

    def _end(self, step: Step, at: datetime) -> None:
        """Cancel or close: whoever still waits is freed; a taker keeps what he took."""
        for request in self.offer.requests:
            taken = request.state is RequestState.ACCEPTED and step is Step.CLOSE
            if request.state in rules.LIVE_REQUESTS and not taken:
                request.state, request.settled_at = RequestState.FREED, at
        reason = self.dice.choice(CANCEL_REASONS) if step is Step.CANCEL else ""
        self.offer.cancel_reason = reason
        self._step(step, at, self.owner if step is Step.CANCEL else None, None, reason)

    def _step(
        self,
        step: Step,
        at: datetime,
        actor: Person | None,
        candidate: Person | None,
        reason: str = "",
    ) -> None:
        line = rules.transition(self.state, step)
        self.offer.events.append(
            OfferEvent(
                at=at,
                step=step,
                from_state=self.state or "",
                to_state=line.to,
                actor_id=actor.id if actor else None,
                person_id=candidate.id if candidate else None,
                reason=reason,
            )
        )
        self.state = self.offer.state = line.to
        if line.announces:
            self.announced.append(at)


def _item(line: Line) -> OfferItem:
    return OfferItem(
        subscription_id=line.subscription_id,
        contract_date_id=line.date.id,
        contract_product_id=line.product.id,
        contract_id=line.product.contract_id,
        quantity=line.quantity,
        contract_label=line.product.contract.label,
        product_label=line.product.product.name,
        price_cents=line.product.prices[0].cents,
    )


def _alert(at: datetime, enrolments: list[IntermittentEnrolment], owner: Person) -> Alert:
    """Return an announcement whose mails left long ago."""
    told = sum(one.enrolled_at <= at and one.person_id != owner.id for one in enrolments)
    return Alert(created_at=at, due_at=at, done_at=at + timedelta(minutes=1), recipients=told)

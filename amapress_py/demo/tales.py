"""One offer at a time: who asked, what became of it, and the journal that explains it."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import insert
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.accounts.models import Person
from amapress_py.contracts.models import ContractDate, ContractProduct
from amapress_py.deliveries.models import Delivery
from amapress_py.demo.people import People
from amapress_py.demo.plan import Plan
from amapress_py.demo.words import (
    ABSENCE_MESSAGE,
    CANCEL_REASONS,
    OFFER_MESSAGES,
    REFUSAL_REASONS,
)
from amapress_py.exchange import rules
from amapress_py.exchange.models import (
    Alert,
    BasketOffer,
    OfferEvent,
    OfferItem,
    OfferRequest,
)
from amapress_py.exchange.rules import OfferState, RequestState, Step, Who

DAYS_OF_A_STORY = 8
UNPAID = 0.2  # of the baskets that changed hands
SOME = 8  # others who take a basket now and then

Story = tuple[tuple[Step, int], ...]  # what follows the offer, and which candidate it is about
Values = dict[str, Any]  # of a row, by column
A_MINUTE = timedelta(minutes=1)

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

    @property
    def key(self) -> tuple[int, int]:
        """What tells a basket from the others."""
        return self.owner.id, self.delivery.id


class Teller:
    """Makes offers out of stories, with candidates who take turns."""

    def __init__(self, plan: Plan, people: People, dice: Random) -> None:
        self.plan = plan
        self.dice = dice
        self.enrolments = people.enrolments
        self.regulars = [people.named["bruno"], people.named["chloe"], people.named["david"]]
        self.chosen = people.named["tresorier"]
        self.others = people.outsiders + people.members
        self.crowd = [one for other in self.others[:SOME] for one in (*self.regulars, other)]
        self.turn = 0

    def tell_all(self, baskets: Sequence[Basket], stories: Sequence[Story]) -> list["Tale"]:
        """Tell the stories in turn, one for each basket."""
        return [
            self.tell(basket, stories[number % len(stories)])
            for number, basket in enumerate(baskets)
        ]

    def tell(self, basket: Basket, story: Story, message: str | None = None) -> "Tale":
        """Tell what became of one basket; without a message, one of chance."""
        candidates = self._candidates(basket)
        moments = self._moments(basket.delivery, story)
        tale = Tale(basket, self.dice, moments[0], message)
        for (step, number), at in zip(story, moments[1:], strict=True):
            tale.go(step, at, candidates[number])
        return self._counted(tale)

    def tell_absence(self, baskets: Sequence[Basket]) -> list["Tale"]:
        """Tell of baskets that one family gave away with one click."""
        if not baskets:
            return []
        at = self._moments(baskets[0].delivery, ())[0]
        return [self._counted(Tale(one, self.dice, at, ABSENCE_MESSAGE)) for one in baskets]

    def tell_designation(self, basket: Basket) -> "Tale":
        """Tell of a basket that its owner keeps for the treasurer, who has to answer."""
        at = self._moments(basket.delivery, ())[0]
        return self._counted(Tale(basket, self.dice, at, taker=self.chosen))

    def _counted(self, tale: "Tale") -> "Tale":
        """Note how many were told of each announcement; their mails left long ago."""
        for alert in tale.alerts:
            alert["recipients"] = sum(
                one.enrolled_at <= alert["created_at"] and one.person_id != tale.owner.id
                for one in self.enrolments
            )
        return tale

    def _candidates(self, basket: Basket) -> list[Person]:
        """Return two persons of other households; the regulars only, and often, in the past."""
        is_over = basket.delivery.date < self.plan.today
        crowd = self.crowd if is_over else self.others
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
    """One offer that goes through the table of the rules, writing its journal; rows as inserted."""

    def __init__(
        self,
        basket: Basket,
        dice: Random,
        at: datetime,
        message: str | None = None,
        taker: Person | None = None,
    ) -> None:
        self.dice = dice
        self.owner = basket.owner
        self.alerts: list[Values] = []
        self.events: list[Values] = []
        self.requests: list[Values] = []
        self.items = [_item(line) for line in basket.lines]
        self.offer: Values = {
            "delivery_id": basket.delivery.id,
            "household_id": basket.owner.household_id,
            "offered_by_id": basket.owner.id,
            "message": dice.choice(OFFER_MESSAGES) if message is None else message,
            "offered_at": at,
            "cancel_reason": "",
            "paid_at": None,
        }
        self.state: OfferState | None = None
        self._step(Step.DESIGNATE if taker else Step.OFFER, at, self.owner, taker)
        if taker is not None:
            self._ask(taker, at, is_designated=True)

    def go(self, step: Step, at: datetime, candidate: Person) -> None:
        """Take one step of a story."""
        if step in ASKING:
            self._ask(candidate, at)
        if step in (Step.CANCEL, Step.CLOSE):
            self._end(step, at)
            return
        reason = self.dice.choice(REFUSAL_REASONS) if step is Step.REFUSE_LAST else ""
        if step in SETTLED:
            request = next(one for one in self.requests if one["person_id"] == candidate.id)
            request.update(state=SETTLED[step], settled_at=at, reason=reason)
        by_candidate = Who.CANDIDATE in rules.transition(self.state, step).who or step in ASKING
        self._step(step, at, candidate if by_candidate else self.owner, candidate, reason)

    def _ask(self, person: Person, at: datetime, *, is_designated: bool = False) -> None:
        self.requests.append(
            {
                "person_id": person.id,
                "state": RequestState.PENDING,
                "is_designated": is_designated,
                "asked_at": at,
                "settled_at": None,
                "reason": "",
            }
        )

    def _end(self, step: Step, at: datetime) -> None:
        """Cancel or close: whoever still waits is freed; a taker keeps what he took."""
        for request in self.requests:
            taken = request["state"] is RequestState.ACCEPTED and step is Step.CLOSE
            if taken and self.dice.random() > UNPAID:
                self.offer["paid_at"] = at
            if request["state"] in rules.LIVE_REQUESTS and not taken:
                request.update(state=RequestState.FREED, settled_at=at)
        reason = self.dice.choice(CANCEL_REASONS) if step is Step.CANCEL else ""
        self.offer["cancel_reason"] = reason
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
        self.events.append(
            {
                "at": at,
                "step": step,
                "from_state": self.state or "",
                "to_state": line.to,
                "actor_id": actor.id if actor else None,
                "person_id": candidate.id if candidate else None,
                "reason": reason,
            }
        )
        self.state = self.offer["state"] = line.to
        if line.announces:
            self.alerts.append({"created_at": at, "due_at": at, "done_at": at + A_MINUTE})


def _item(line: Line) -> Values:
    return {
        "subscription_id": line.subscription_id,
        "contract_date_id": line.date.id,
        "contract_product_id": line.product.id,
        "contract_id": line.product.contract_id,
        "quantity": line.quantity,
        "contract_label": line.product.contract.label,
        "product_label": line.product.product.name,
        "price_cents": line.product.prices[0].cents,
    }


def write(session: Session, tales: Sequence[Tale]) -> None:
    """Write offers and what hangs on them, a few statements for all."""
    if not tales:
        return
    wanted = insert(BasketOffer).returning(BasketOffer.id, sort_by_parameter_order=True)
    keys = session.scalars(wanted, [one.offer for one in tales]).all()
    for table, of_tale in (
        (OfferItem, [one.items for one in tales]),
        (OfferRequest, [one.requests for one in tales]),
        (OfferEvent, [one.events for one in tales]),
        (Alert, [one.alerts for one in tales]),
    ):
        rows = [
            {**row, "offer_id": key} for key, own in zip(keys, of_tale, strict=True) for row in own
        ]
        if rows:
            session.execute(insert(table), rows)

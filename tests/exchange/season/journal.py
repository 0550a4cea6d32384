"""The journal played again: it alone gives states and requests, and says which mails are due."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from amapress_py import clock
from amapress_py.exchange.rules import (
    LIVE_REQUESTS,
    TRANSITIONS,
    OfferState,
    RequestState,
    Step,
    Until,
    Who,
)
from tests.exchange.season.amap import Amap
from tests.exchange.season.books import Books

NEWCOMERS = (Step.DESIGNATE, Step.ASSIGN, Step.REQUEST, Step.JOIN_WAITING_LIST)
LEAVES = {
    Step.DECLINE_DESIGNATION: RequestState.WITHDRAWN,
    Step.RECALL: RequestState.DECLINED,
    Step.LAPSE: RequestState.EXPIRED,
    Step.REFUSE: RequestState.DECLINED,
    Step.REFUSE_LAST: RequestState.DECLINED,
    Step.WITHDRAW: RequestState.WITHDRAWN,
    Step.WITHDRAW_LAST: RequestState.WITHDRAWN,
    Step.LEAVE_WAITING_LIST: RequestState.WITHDRAWN,
    Step.GIVE_BACK: RequestState.WITHDRAWN,
    Step.GIVE_BACK_LAST: RequestState.WITHDRAWN,
    Step.EXPIRE: RequestState.EXPIRED,
    Step.EXPIRE_LAST: RequestState.EXPIRED,
}
OF_DESIGNATED = (Step.DECLINE_DESIGNATION, Step.RECALL, Step.LAPSE)
# Written down once more, apart from rules.py: what the owner gets, and the person of the step.
MAILS = {
    Step.OFFER: ("offered_owner", ""),
    Step.DESIGNATE: ("designated_owner", "designated_taker"),
    Step.ASSIGN: ("accepted_owner", "accepted_taker"),
    Step.REQUEST: ("requested_owner", "requested_candidate"),
    Step.JOIN_WAITING_LIST: ("", "waiting_candidate"),
    Step.CONFIRM: ("accepted_owner", "accepted_taker"),
    Step.DECLINE_DESIGNATION: ("not_confirmed_owner", "not_confirmed_taker"),
    Step.RECALL: ("", "recalled_taker"),
    Step.LAPSE: ("lapsed_owner", "lapsed_taker"),
    Step.ACCEPT: ("accepted_owner", "accepted_taker"),
    Step.REFUSE: ("", "refused_candidate"),
    Step.REFUSE_LAST: ("", "refused_candidate"),
    Step.WITHDRAW: ("withdrawn_owner", "withdrawn_candidate"),
    Step.WITHDRAW_LAST: ("withdrawn_owner", "withdrawn_candidate"),
    Step.LEAVE_WAITING_LIST: ("", "left_waiting_list"),
    Step.GIVE_BACK: ("given_back_owner", "given_back_taker"),
    Step.GIVE_BACK_LAST: ("given_back_owner", "given_back_taker"),
    Step.CANCEL: ("cancelled_owner", ""),
    Step.EXPIRE: ("expired_owner", "expired_candidate"),
    Step.EXPIRE_LAST: ("expired_owner", "expired_candidate"),
    Step.UPDATE: ("updated_owner", ""),
    Step.CLOSE: ("", ""),
}
Due = Counter[tuple[str, str]]  # (event, address)


@dataclass
class Asked:
    """Somebody's request, as the journal has it."""

    person_id: int
    state: RequestState
    since: datetime  # when it began to wait for an answer
    is_designated: bool = False

    @property
    def is_live(self) -> bool:
        return self.state in LIVE_REQUESTS


@dataclass
class Told:
    """An offer as the journal tells it."""

    id: int
    household_id: int
    offered_by_id: int
    state: OfferState | None = None
    asked: list[Asked] = field(default_factory=list)
    partners: set[int] = field(default_factory=set)  # who has, or had until this act, its contacts

    @property
    def taker(self) -> Asked | None:
        return next((one for one in self.asked if one.state is RequestState.ACCEPTED), None)

    def pending(self) -> list[Asked]:
        return [one for one in self.asked if one.state is RequestState.PENDING]

    def of(self, person_id: int) -> Asked:
        """Return a person's live request; the journal is wrong without one."""
        (found,) = (one for one in self.asked if one.person_id == person_id and one.is_live)
        return found


class Journal:
    """All offers, moved on by each new line."""

    def __init__(self, amap: Amap) -> None:
        self.amap = amap
        self.offers: dict[int, Told] = {}

    def read(self, before: Books, after: Books) -> Due:
        """Check the lines that were written since; return the mails that they cause."""
        due: Due = Counter()
        for offer in self.offers.values():
            offer.partners = {offer.taker.person_id} if offer.taker else set()
        rows = after.by_id("basket_offer")
        for event in after.since(before, "offer_event"):
            row = rows[event.offer_id]
            offer = self.offers.setdefault(
                row.id, Told(row.id, row.household_id, row.offered_by_id)
            )
            due += self._play(offer, event, before, after)
        self._compare(after)
        return due

    def _play(self, offer: Told, event: Row[Any], before: Books, after: Books) -> Due:
        step = Step(event.step)
        line = TRANSITIONS[offer.state, step]
        assert event.from_state == (offer.state or "")
        assert event.to_state == line.to
        self._check_actor(offer, event, line.who)
        self._check_time(offer, event, line.until, after)
        if step in (Step.REQUEST, Step.JOIN_WAITING_LIST):
            self._check_may_ask(offer, event, before)
        if LEAVES.get(step) is RequestState.EXPIRED:
            self._check_expired(offer.of(event.person_id), offer, event, after)
        freed = self._apply(offer, event, step)
        offer.state = line.to
        self._check_state(offer)
        return self._mails(offer, event, step, freed)

    def _check_actor(self, offer: Told, event: Row[Any], who: frozenset[Who]) -> None:
        if event.actor_id is None:
            assert Who.JOB in who
            return
        own = self.amap.by_id[event.actor_id].household_id == offer.household_id
        held = {Who.HOUSEHOLD if own else Who.OTHERS}
        if event.actor_id in self.amap.managers:
            held.add(Who.MANAGER)
        if event.actor_id == event.person_id:
            held.add(Who.CANDIDATE)
        assert held & who, (held, who)

    def _check_time(self, offer: Told, event: Row[Any], until: Until, after: Books) -> None:
        delivery = self._delivery(offer, after)
        if until is Until.AFTER_END:
            assert event.at >= delivery.ends_at
            return
        assert event.at < delivery.starts_at
        if until is Until.CEDE_DEADLINE and event.actor_id not in self.amap.managers:
            wall = clock.paris(delivery.starts_at).replace(tzinfo=None) - timedelta(hours=24)
            assert event.at < clock.at(wall.date(), wall.time())

    def _check_expired(self, request: Asked, offer: Told, event: Row[Any], after: Books) -> None:
        """Check that whoever should have answered had the time to."""
        hours = int({row.key: row.value for row in after.rows["setting"]}["request_expiry_hours"])
        limit = clock.hours_before(self._delivery(offer, after).starts_at, hours)
        assert request.since < limit <= event.at

    def _delivery(self, offer: Told, after: Books) -> Row[Any]:
        return after.by_id("delivery")[after.by_id("basket_offer")[offer.id].delivery_id]

    def _check_may_ask(self, offer: Told, event: Row[Any], before: Books) -> None:
        person = event.person_id
        assert self.amap.by_id[person].household_id != offer.household_id
        mine = [one for one in offer.asked if one.person_id == person]
        assert not any(one.is_live or one.state is RequestState.DECLINED for one in mine)
        for turn in before.rows["turn"]:
            if turn.offer_id == offer.id and turn.ended_at is None and turn.until > event.at:
                assert turn.person_id == person
        values = {row.key: row.value for row in before.rows["setting"]}
        if values.get("allow_amapiens") == "false":
            assert person in before.enrolled()

    def _apply(self, offer: Told, event: Row[Any], step: Step) -> list[Asked]:
        """Change the requests as the step says; return those that a cancelling frees."""
        live = [one for one in offer.asked if one.is_live]
        if step in NEWCOMERS:
            state = RequestState.ACCEPTED if step is Step.ASSIGN else RequestState.PENDING
            offer.asked.append(Asked(event.person_id, state, event.at, step is Step.DESIGNATE))
        elif step in (Step.ACCEPT, Step.CONFIRM):
            request = offer.of(event.person_id)
            assert request.state is RequestState.PENDING
            assert request.is_designated == (step is Step.CONFIRM)
            request.state = RequestState.ACCEPTED
        elif step in LEAVES:
            request = offer.of(event.person_id)
            if request.state is RequestState.PENDING:  # who never asked is told nothing else
                assert request.is_designated == (step in OF_DESIGNATED)
            request.state = LEAVES[step]
            for one in offer.pending() if step is Step.GIVE_BACK else ():
                one.since = event.at
        elif step in (Step.CANCEL, Step.CLOSE):
            for request in live:
                if step is Step.CANCEL or request.state is RequestState.PENDING:
                    request.state = RequestState.FREED
        if offer.taker is not None:
            offer.partners.add(offer.taker.person_id)
        return live

    def _check_state(self, offer: Told) -> None:
        live = [one for one in offer.asked if one.is_live]
        taken = [one for one in live if one.state is RequestState.ACCEPTED]
        assert len(taken) <= 1
        assert bool(taken) == (offer.state is OfferState.EXCHANGED) or (
            offer.state is OfferState.CLOSED
        )
        assert bool(live) == (offer.state in (OfferState.REQUESTED, OfferState.EXCHANGED)) or (
            offer.state is OfferState.CLOSED
        )
        if any(one.is_designated for one in offer.pending()):
            assert len(live) == 1

    def _mails(self, offer: Told, event: Row[Any], step: Step, live: list[Asked]) -> Due:
        owner, candidate = MAILS[step]
        due: Due = Counter()
        if owner:
            due.update((f"exchange/{owner}", one) for one in self.owners(offer))
        if candidate:
            due += self._to(candidate, event.person_id)
        if step is Step.ACCEPT:
            for one in offer.pending():
                due += self._to("still_waiting", one.person_id)
        if step is Step.GIVE_BACK:
            due += self._to("next_in_line", offer.pending()[0].person_id)
        if step in (Step.CANCEL, Step.UPDATE):
            name = "cancelled_candidate" if step is Step.CANCEL else "updated_candidate"
            for one in live:
                due += self._to(name, one.person_id)
        return due

    def _to(self, event: str, person_id: int) -> Due:
        return Counter((f"exchange/{event}", one) for one in self.amap.by_id[person_id].addresses)

    def owners(self, offer: Told) -> list[str]:
        """Return where the household's mails go: who offered, else every adult's address."""
        first = self.amap.by_id[offer.offered_by_id].addresses
        adults = self.amap.of_household(offer.household_id)
        return list(first) or [address for one in adults for address in one.addresses]

    def _compare(self, after: Books) -> None:
        """Check that the rows say what the journal says."""
        assert set(self.offers) == set(after.by_id("basket_offer"))
        asked: dict[int, list[tuple[int, RequestState, bool]]] = {one: [] for one in self.offers}
        for row in after.rows["offer_request"]:
            asked[row.offer_id].append((row.person_id, row.state, row.is_designated))
        for row in after.rows["basket_offer"]:
            offer = self.offers[row.id]
            assert row.state == offer.state
            told = [(one.person_id, one.state, one.is_designated) for one in offer.asked]
            assert asked[row.id] == told
            assert row.paid_at is None or offer.taker is not None

"""Baskets on offer in every state, each with the journal of how it came there."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from random import Random

from sqlalchemy.orm import Session

from amapress_py.demo.people import People
from amapress_py.demo.plan import ImpossibleDemo, Plan
from amapress_py.demo.season import Season
from amapress_py.demo.tales import Basket, Line, Story, Teller, write
from amapress_py.demo.words import PART_MESSAGE
from amapress_py.exchange.rules import Step
from amapress_py.i18n import _

NEAR = 8  # offers lie among that many times as many of the nearest baskets
LEAST_CANCELLED = 2
WEEKS_AWAY = 3
GIVEN = 2  # baskets a Thursday that somebody gives away
GIVEN_IN_HOLIDAYS = {2: 4, 4: 4, 7: 5, 8: 6, 10: 4, 12: 5}  # by month
OFFERS_OF_A_SEASON = 300  # an AMAP that gives as many gives twice as many a Thursday

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
CANCELLED: tuple[Story, ...] = (
    ((Step.REQUEST, 0), (Step.CANCEL, 0)),
    ((Step.CANCEL, 0),),
)
TAKEN: Story = ((Step.REQUEST, 0), (Step.ACCEPT, 0), (Step.CLOSE, 0))
CHOSEN: Story = ((Step.REQUEST, 0), (Step.REQUEST, 1), (Step.ACCEPT, 1), (Step.CLOSE, 0))
OVER: tuple[Story, ...] = (
    TAKEN,
    ((Step.CLOSE, 0),),
    CHOSEN,
    TAKEN,
    ((Step.REQUEST, 0), (Step.CLOSE, 0)),
    (
        (Step.REQUEST, 0),
        (Step.REQUEST, 1),
        (Step.ACCEPT, 0),
        (Step.GIVE_BACK, 0),
        (Step.ACCEPT, 1),
        (Step.CLOSE, 0),
    ),
    TAKEN,
    CHOSEN,
    TAKEN,
    CANCELLED[0],
    TAKEN,
)


def tell(session: Session, plan: Plan, people: People, season: Season) -> None:
    """Write offers: to come (half of them free), cancelled, over.

    Among the free ones a family is away for some weeks, another gives a part of its basket;
    among the others one basket is kept for the treasurer, who has to answer.
    """
    dice = plan.random("stories")
    baskets = _baskets(people, season)
    coming = [one for one in baskets if one.delivery.date > plan.today]
    free = plan.offers - plan.offers // 2
    away = _absence(coming) if free > WEEKS_AWAY else []
    part = _part(coming, away) if free > WEEKS_AWAY else []
    staged = {one.key for one in [*away, *part]}
    cancelled = max(LEAST_CANCELLED, plan.offers // 10)
    chosen = _draw(
        dice,
        [one for one in coming if one.key not in staged],
        plan.offers + cancelled - len(staged),
    )
    alone, rest = chosen[: free - len(staged)], chosen[free - len(staged) :]
    under_way, given_up = rest[: plan.offers // 2], rest[plan.offers // 2 :]
    teller = Teller(plan, people, dice)
    told = [
        *teller.tell_all(_past(dice, plan, baskets), OVER),
        *teller.tell_absence(away),
        *(teller.tell(one, (), PART_MESSAGE) for one in part),
        *teller.tell_all(alone, FREE[WEEKS_AWAY:] + FREE[:WEEKS_AWAY]),
        *(teller.tell_designation(one) for one in under_way[:1]),
        *teller.tell_all(under_way[1:], UNDER_WAY),
        *teller.tell_all(given_up, CANCELLED),
    ]
    write(session, told)


def _past(dice: Random, plan: Plan, baskets: Sequence[Basket]) -> list[Basket]:
    """Draw what was given away since the season began: more of it in the holidays."""
    times = max(1, plan.offers // OFFERS_OF_A_SEASON)
    found = []
    for day, of_day in groupby(baskets, lambda one: one.delivery.date):
        if day < plan.today:
            there = list(of_day)
            usual = times * GIVEN_IN_HOLIDAYS.get(day.month, GIVEN) + dice.choice((-1, 0, 1))
            found += dice.sample(there, min(usual, len(there)))
    return found


def _absence(coming: Sequence[Basket]) -> list[Basket]:
    """Return the baskets of some weeks on end of one family, from the second Thursday on."""
    later = (one for one in coming if one.delivery.date > coming[0].delivery.date)
    by_owner: defaultdict[int, list[Basket]] = defaultdict(list)
    for basket in later:
        row = by_owner[basket.owner.id]
        if row and basket.delivery.date - row[-1].delivery.date != timedelta(weeks=1):
            row.clear()
        row.append(basket)
        if len(row) == WEEKS_AWAY:
            return row
    return []


def _part(coming: Sequence[Basket], away: Sequence[Basket]) -> list[Basket]:
    """Return the near part of a basket of several things; somebody else’s than who is away."""
    owners = {one.owner.id for one in away}
    for basket in coming:
        line = basket.lines[0]
        if basket.owner.id not in owners and len(basket.lines) > 1:
            return [basket._replace(lines=[line._replace(quantity=1)])]
    return []


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
                "Il n’y a que %(number)s paniers à venir : moins d’offres, ou plus de familles.",
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

"""What happens around a distribution: a friend’s pass, baskets ticked, memberships noted."""

from datetime import date, time, timedelta

from sqlalchemy import insert
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.accounts.models import Person
from amapress_py.demo.people import People, token
from amapress_py.demo.plan import Plan
from amapress_py.demo.season import Season
from amapress_py.demo.words import FRIEND
from amapress_py.membership.models import Membership, MembershipEvent, MembershipPeriod
from amapress_py.membership.rules import MEANS, MembershipState
from amapress_py.passes.models import BasketPass
from amapress_py.passes.rules import CODE_LENGTH, SIGNS
from amapress_py.sheets import documents
from amapress_py.sheets.models import Fetched
from amapress_py.sheets.queries import sign_in_sheet

FORGOTTEN = 0.06  # of the baskets
SEPTEMBER = 9
MINIMUM, SUGGESTED = 1000, 1500
RECEIVED, PROMISED = 0.8, 0.12  # of the families


def happen(session: Session, plan: Plan, people: People, season: Season) -> None:
    """Write the passes, the ticks and the year of membership."""
    _let_a_friend_come(session, plan, people.named["tresorier"], season)
    _tick(session, plan, people.named["intermittents"], season)
    _note_memberships(session, plan, people)


def _let_a_friend_come(session: Session, plan: Plan, owner: Person, season: Season) -> None:
    """Make a pass for somebody’s next basket."""
    dice = plan.random("passes")
    place = next(one.row.place_id for one in season.signed if one.person is owner)
    name, phone = FRIEND
    session.add(
        BasketPass(
            household_id=owner.household_id,
            delivery_id=season.deliveries[plan.first_easy, place].id,
            made_by_id=owner.id,
            name=name,
            phone=phone,
            code="".join(dice.choices(SIGNS, k=CODE_LENGTH)),
            token=token(dice, 32),
            made_at=plan.before(dice, 1, 3),
        )
    )


def _tick(session: Session, plan: Plan, helper: Person, season: Season) -> None:
    """Tick most baskets of the last Thursday, while people came."""
    dice = plan.random("ticks")
    last = max(day for day in plan.thursdays if day < plan.today)
    ticks = []
    for (day, _place), delivery in season.deliveries.items():
        if day == last:
            minutes = int((delivery.ends_at - delivery.starts_at).total_seconds()) // 60
            ticks += [
                {
                    "delivery_id": delivery.id,
                    "household_id": row.household_id,
                    "offer_id": row.offer_id,
                    "at": delivery.starts_at + timedelta(minutes=dice.randrange(minutes)),
                    "by_id": helper.id,
                }
                for row in documents.rows(sign_in_sheet(session, delivery))
                if row.is_basket and dice.random() > FORGOTTEN
            ]
    if ticks:
        session.execute(insert(Fetched), ticks)


def _note_memberships(session: Session, plan: Plan, people: People) -> None:
    """Open the year of membership, from one 1st of September to the next."""
    dice = plan.random("memberships")
    first = date(plan.today.year - (plan.today.month < SEPTEMBER), SEPTEMBER, 1)
    period = MembershipPeriod(
        name=f"{first.year}-{first.year + 1}",
        starts_on=first,
        ends_on=date(first.year + 1, SEPTEMBER, 1) - timedelta(days=1),
        minimum_cents=MINIMUM,
        suggested_cents=SUGGESTED,
    )
    session.add(period)
    session.flush()
    latest = max(0, (plan.today - first).days - 1)
    notes = []
    for person in [*people.named.values(), *people.members]:
        luck = dice.random()
        if luck > RECEIVED + PROMISED:
            continue
        state = MembershipState.RECEIVED if luck < RECEIVED else MembershipState.PROMISED
        day = first + timedelta(days=dice.randint(0, min(latest, 60)))
        is_received = state is MembershipState.RECEIVED
        notes.append(
            {
                "period_id": period.id,
                "household_id": person.household_id,
                "state": state,
                "cents": dice.choice((MINIMUM, SUGGESTED, SUGGESTED, 2 * MINIMUM)),
                "means": str(dice.choice(MEANS[:3])) if is_received else "",
                "received_on": day if is_received else None,
                "noted_at": min(clock.at(day, time(20)), plan.midnight - timedelta(hours=1)),
                "noted_by_id": people.named["tresorier"].id,
            }
        )
    session.execute(insert(MembershipEvent), notes)
    session.execute(insert(Membership), notes)

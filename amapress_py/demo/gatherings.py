"""Where people of the demo meet: turns of duty, signing sessions, meetings; a word to members."""

from datetime import date, datetime, time, timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from amapress_py.accounts.models import Person
from amapress_py.contracts.models import Contract, ContractMessage
from amapress_py.demo.people import People
from amapress_py.demo.plan import Plan
from amapress_py.demo.season import Season
from amapress_py.demo.words import GARDEN, MESSAGE
from amapress_py.duty.models import DutyEvent, DutyPeriod, DutySeat
from amapress_py.duty.rules import Act
from amapress_py.events.models import Event, EventKind

ROLES = ("Responsable de distribution", "Aide", "Aide")
PAST, AHEAD = 6, 12  # weeks of duty
TAKEN = 0.5  # of the seats ahead
EVENING = (time(18, 30), time(20))
HALL = "Salle des Tilleuls, 4 allée des Tilleuls"


def gather(session: Session, plan: Plan, people: People, season: Season) -> None:
    """Write a period of duty, events, and a message to the members of a contract."""
    _do_duty(session, plan, people, season)
    _meet(session, plan, people)
    households = {one.person.household_id for one in season.signed}
    session.add(
        ContractMessage(
            contract_id=season.contracts[0].id,
            subject=MESSAGE[0],
            text=MESSAGE[1],
            readers=len(households),
            sent_at=plan.before(plan.random("message"), 3, 6),
            sent_by_id=people.named["referent"].id,
        )
    )


def _do_duty(session: Session, plan: Plan, people: People, season: Season) -> None:
    """Fill the seats of the past at the first place, half of those ahead; Anna has the next."""
    dice = plan.random("duty")
    days = [
        day
        for day in plan.thursdays
        if plan.today - timedelta(weeks=PAST) <= day <= plan.today + timedelta(weeks=AHEAD)
    ]
    period = DutyPeriod(
        name="Saison",
        starts_on=days[0],
        ends_on=days[-1],
        roles="\n".join(ROLES),
        owed=2,
        lock_days=2,
        is_open=True,
    )
    session.add(period)
    session.flush()
    place_id = season.contracts[0].places[0].id
    anna, treasurer = people.named["anna"], people.named["tresorier"]
    crowd = [one for one in people.members if one is not anna]
    seats, journal = [], []
    for day in days:
        sitting: list[Person | None] = list(dice.sample(crowd, len(ROLES)))
        if day >= plan.today:
            sitting = [one if dice.random() < TAKEN else None for one in sitting]
        if day == plan.first_easy:
            sitting = [anna, sitting[1], None]
        delivery = season.deliveries[day, place_id]
        for position, (role, person) in enumerate(zip(ROLES, sitting, strict=True)):
            since = _noted(plan, day, position) if person else None
            about = {"period_id": period.id, "delivery_id": delivery.id, "role": role}
            by_id = person.id if person else None
            seats.append(
                {
                    **about,
                    "position": position,
                    "person_id": by_id,
                    "since": since,
                    "by_id": by_id,
                    "reminded_at": since if day < plan.today else None,
                }
            )
            if person is not None:
                journal.append({**about, "at": since, "by_id": by_id, "person_id": by_id})
    session.execute(insert(DutySeat), seats)
    first = DutyEvent(
        period_id=period.id,
        by_id=treasurer.id,
        act=Act.FILLED,
        at=plan.midnight - timedelta(weeks=PAST + 4),
    )
    session.add(first)
    session.flush()
    journal.sort(key=lambda one: (one["at"], one["delivery_id"], one["role"]))
    session.execute(insert(DutyEvent), [{**one, "act": Act.TOOK} for one in journal])


def _noted(plan: Plan, day: date, position: int) -> datetime:
    """Return when somebody took a seat: some weeks before, never today."""
    weeks_before = timedelta(weeks=2 + position, hours=5)
    latest = plan.midnight - timedelta(days=1 + position, hours=4)
    return min(plan.midnight - (plan.today - day) - weeks_before, latest)


def _meet(session: Session, plan: Plan, people: People) -> None:
    """Write what the calendar announces, and two events that are over."""
    cheeses = session.scalars(select(Contract).where(Contract.label == "Fromages")).one()
    admin, referent = people.named["admin"].id, people.named["referent"].id
    easy = plan.first_easy
    told = plan.before(plan.random("events"), 2, 5)
    session.add_all(
        [
            Event(
                kind=EventKind.SIGNING,
                title=f"Permanence de signature\N{NO-BREAK SPACE}: {cheeses.name}",
                contract_id=cheeses.id,
                date=easy,
                opens=EVENING[0],
                closes=EVENING[1],
                place=HALL,
                note="Apportez votre chéquier.",
                is_public=True,
                created_at=told,
                created_by_id=admin,
                announced_at=told,
            ),
            *(
                Event(
                    kind=kind,
                    title=title,
                    date=easy + timedelta(days=days),
                    opens=opens,
                    closes=closes,
                    place=place,
                    is_public=is_public,
                    created_at=told,
                    created_by_id=by,
                )
                for kind, title, days, opens, closes, place, is_public, by in (
                    (EventKind.COMMITTEE, "Réunion du collectif", 5, time(20), time(22),
                     HALL, False, admin),
                    (EventKind.PARTY, "Distribution festive", 14, time(18), time(21),
                     HALL, True, admin),
                    (EventKind.VISIT, "Visite à la ferme", 24, time(10), time(16),
                     f"{GARDEN[0]}, Chemin de la Source", True, referent),
                    (EventKind.ASSEMBLY, "Assemblée générale", 37, time(19, 30), time(22),
                     HALL, False, admin),
                    (EventKind.FEES, "Collecte des cotisations", -28, *EVENING, HALL, False, admin),
                )
            ),
        ]
    )  # fmt: skip
    session.flush()

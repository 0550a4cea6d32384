"""What an intermittent sets about his alerts."""

from collections.abc import Iterable

from sqlalchemy import delete
from sqlalchemy.orm import Session

from amapress_py.exchange import queries, refusals
from amapress_py.exchange.enrolment import locked_person
from amapress_py.exchange.models import AlertPreference, AlertWish
from amapress_py.exchange.queries.wishes import CONTRACT, PLACE
from amapress_py.exchange.rules import ALL_WEEKDAYS, Wishes


def set_wishes(session: Session, person_id: int, wishes: Wishes) -> None:
    """Keep what a person wants to hear of; raise NotEnrolledYet."""
    locked_person(session, person_id)
    if not queries.is_enrolled(session, person_id):
        raise refusals.NotEnrolledYet
    preference = session.get(AlertPreference, person_id)
    if preference is None:
        preference = AlertPreference(person_id=person_id)
        session.add(preference)
    preference.pace = wishes.pace
    preference.weekdays = wishes.weekdays & ALL_WEEKDAYS or ALL_WEEKDAYS
    preference.paused_until = wishes.paused_until
    session.execute(delete(AlertWish).where(AlertWish.person_id == person_id))
    session.add_all(_named(person_id, CONTRACT, wishes.contracts))
    session.add_all(_named(person_id, PLACE, map(str, wishes.places)))


def _named(person_id: int, kind: str, values: Iterable[str]) -> list[AlertWish]:
    return [AlertWish(person_id=person_id, kind=kind, value=one) for one in sorted(values)]

"""What a person does to the address of his calendar."""

from sqlalchemy.orm import Session

from amapress_py import clock, db
from amapress_py.accounts.models import Person
from amapress_py.agenda.models import CalendarKey, new_token
from amapress_py.errors import NotFound


def renew(session: Session, person_id: int) -> str:
    """Give a person's calendar an address, a new one if it has one: the old one ends at once."""
    if db.locked(session, Person, person_id) is None:
        raise NotFound
    key = session.get(CalendarKey, person_id, populate_existing=True)
    if key is None:
        key = CalendarKey(person_id=person_id)
        session.add(key)
    key.token = new_token()
    key.renewed_at = clock.now()
    session.flush()
    return key.token

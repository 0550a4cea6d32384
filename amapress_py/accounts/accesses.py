"""The journal of accesses to personal data: who read or took away which list of persons.

Its lines are the one thing that a GET writes.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, delete, func, select
from sqlalchemy.orm import Session

from amapress_py import clock, db
from amapress_py.accounts.models import AccessRecord, Person

KEPT = timedelta(days=365)


def note(person_id: int, what: str, *about: object) -> None:
    """Write a line, in a transaction of its own: rows that were loaded are read again after it."""
    said = ", ".join(str(one) for one in about if one)
    with db.transaction() as session:
        session.add(
            AccessRecord(at=clock.now(), by_id=person_id, what=str(what)[:120], about=said[:200])
        )


def count(session: Session) -> int:
    """Return how many lines there are."""
    return session.scalar(select(func.count()).select_from(AccessRecord)) or 0


def lines(session: Session, offset: int, most: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return (record, person), the latest first."""
    return session.execute(
        select(AccessRecord, Person)
        .join(Person, Person.id == AccessRecord.by_id)
        .order_by(AccessRecord.id.desc())
        .offset(offset)
        .limit(most)
    ).all()


def forget_old(session: Session) -> None:
    """Delete the lines older than a year (the daily job)."""
    session.execute(delete(AccessRecord).where(AccessRecord.at < clock.now() - KEPT))

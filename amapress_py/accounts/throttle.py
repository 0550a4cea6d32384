"""Counters that slow down who tries too often; in the database, so that every process counts."""

from datetime import timedelta
from typing import Any

from sqlalchemy import case, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.accounts.models import Throttle

INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
KEY_LENGTH = 200


def hit(session: Session, key: str, limit: int, window_seconds: int) -> bool:
    """Count one more try under `key`; tell whether it is among the first `limit` of its window."""
    now = clock.now()
    fresh = {"count": 1, "window_ends": now + timedelta(seconds=window_seconds)}
    over = Throttle.window_ends <= now
    insert = INSERTS[session.get_bind().dialect.name]
    statement = (
        insert(Throttle)
        .values(key=key[:KEY_LENGTH], **fresh)
        .on_conflict_do_update(
            index_elements=[Throttle.key],
            set_={
                "count": case((over, 1), else_=Throttle.count + 1),
                "window_ends": case((over, fresh["window_ends"]), else_=Throttle.window_ends),
            },
        )
        .returning(Throttle.count)
    )
    count: int = session.execute(statement).scalar_one()
    return count <= limit


def forgive(session: Session, key: str) -> None:
    """Forget the tries under `key`."""
    session.execute(delete(Throttle).where(Throttle.key == key[:KEY_LENGTH]))


def forget_old(session: Session) -> None:
    """Delete the counters whose window has ended."""
    session.execute(delete(Throttle).where(Throttle.window_ends <= clock.now()))

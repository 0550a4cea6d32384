"""Now and today, for the whole application; instants are UTC, the wall clock is Europe/Paris."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
_imagined: ContextVar[datetime | None] = ContextVar("imagined", default=None)


@cache
def _offset() -> timedelta:
    """Shift of this process's clock, honoured only when testing."""
    if os.environ.get("AMAPRESS_TESTING") != "1":
        return timedelta()
    return timedelta(seconds=float(os.environ.get("AMAPRESS_CLOCK_OFFSET", "0")))


def now() -> datetime:
    """Return the present instant (aware, UTC)."""
    return _imagined.get() or datetime.now(UTC) + _offset()


@contextmanager
def imagined(instant: datetime) -> Iterator[None]:
    """Let it be another instant meanwhile: a preview shows what a page will say on Thursday."""
    token = _imagined.set(instant)
    try:
        yield
    finally:
        _imagined.reset(token)


def today() -> date:
    """Return the present day in Paris."""
    return now().astimezone(PARIS).date()


def paris(instant: datetime) -> datetime:
    """Return an instant as the clock on a wall in Paris shows it."""
    return instant.astimezone(PARIS)


def at(day: date, clock_time: time) -> datetime:
    """Return the instant (UTC) of a wall-clock time in Paris.

    A time that does not exist moves forward, a double one is the first (fold 0 does both).
    """
    return datetime.combine(day, clock_time, PARIS).astimezone(UTC)


def hours_before(instant: datetime, hours: int) -> datetime:
    """Return the instant `hours` wall-clock hours earlier in Paris.

    Sunday 29/03/2026 10:00 less 24 h is Saturday 10:00, though 23 h passed.
    """
    wall = paris(instant).replace(tzinfo=None) - timedelta(hours=hours)
    return at(wall.date(), wall.time())

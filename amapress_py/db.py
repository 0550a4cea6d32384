"""The database: one session a request, one way to write, the only commit."""

import enum
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar

from flask import Flask, current_app, g
from sqlalchemy import (
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    Enum,
    MetaData,
    Select,
    create_engine,
    event,
)
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

Row = TypeVar("Row", bound="Base")
Result = TypeVar("Result")

BUSY_TIMEOUT_MS = 10_000
ATTEMPTS = 3
# Serialisation, deadlock, lock not available; and a unique key that somebody else took meanwhile:
# a second try reads what is there now and refuses with the reason.
TRANSIENT_SQLSTATES = {"40001", "40P01", "55P03", "23505"}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, kept as UTC (SQLite forgets zones)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store as UTC; a naive instant is a bug."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give UTC back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _values(words: type[enum.Enum]) -> list[str]:
    return [str(one.value) for one in words]


class Base(DeclarativeBase):
    """Every table; names of keys are fixed so that migrations can drop them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        enum.Enum: Enum(enum.Enum, native_enum=False, length=20, values_callable=_values),
    }


def make_engine(url: str) -> Engine:
    """Open a database; SQLite gets WAL, foreign keys and real transactions."""
    if not url.startswith("sqlite"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        # A deferred transaction that reads and then writes ends in "database is locked".
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def engine() -> Engine:
    """Return the application's engine."""
    found: Engine = current_app.extensions["amapress_engine"]
    return found


def session() -> Session:
    """Return the session of this request (or of this application context)."""
    if "session" not in g:
        g.session = Session(engine(), expire_on_commit=False, autoflush=False)
    found: Session = g.session
    return found


@contextmanager
def transaction() -> Iterator[Session]:
    """End what was read, write under a lock, commit once; then run what waited for the commit."""
    current = session()
    current.rollback()
    current.connection(execution_options={"writes": True})
    current.autoflush = True
    try:
        yield current
        current.commit()
    except BaseException:
        current.rollback()
        current.info.pop("after_commit", None)
        raise
    finally:
        current.autoflush = False
    for action in current.info.pop("after_commit", {}).values():
        action()


def read(
    current: Session, statement: Select[*tuple[Any, ...]], values: Mapping[str, Any]
) -> CursorResult[*tuple[Any, ...]]:
    """Run a select of columns without the work that whole entities would need."""
    return current.connection().execute(statement, values)


def after_commit(current: Session, key: str, action: Callable[[], object]) -> None:
    """Run `action` once after the running transaction is committed (a hint, never the truth)."""
    current.info.setdefault("after_commit", {})[key] = action


def locked(current: Session, model: type[Row], key: int) -> Row | None:
    """Load a row fresh and locked until the end of the transaction, or None."""
    return current.get(model, key, with_for_update={"of": model}, populate_existing=True)


@contextmanager
def unless_keys_forbid(current: Session, refusal: Exception) -> Iterator[None]:
    """Run what a unique or a foreign key may forbid; then undo that alone and raise `refusal`."""
    try:
        with current.begin_nested():
            yield
    except IntegrityError as error:
        raise refusal from error


def is_transient(error: BaseException) -> bool:
    """Tell whether trying again may succeed: busy, deadlock, serialisation failure."""
    if not isinstance(error, DBAPIError):
        return False
    cause = error.orig
    if isinstance(cause, sqlite3.OperationalError):
        return "locked" in str(cause) or "busy" in str(cause)
    return getattr(cause, "sqlstate", None) in TRANSIENT_SQLSTATES


def retried(work: Callable[[], Result]) -> Result:
    """Call `work`, twice more when the database says "busy"; for jobs and commands."""
    for _attempt in range(ATTEMPTS - 1):
        try:
            return work()
        except DBAPIError as error:
            if not is_transient(error):
                raise
            session().rollback()
    return work()


def init_app(app: Flask, url: str) -> None:
    """Give the application its engine, and close each request's session."""
    app.extensions["amapress_engine"] = make_engine(url)

    @app.teardown_appcontext
    def close(_error: BaseException | None) -> None:
        current = g.pop("session", None)
        if current is not None:
            current.close()

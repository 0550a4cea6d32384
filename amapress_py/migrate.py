"""Bring a database to the newest (or another) version of the tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

FOLDER = Path(__file__).parent / "migrations"


def alembic_config() -> AlembicConfig:
    """Return Alembic's configuration; the package holds the migrations."""
    found = AlembicConfig()
    found.set_main_option("script_location", str(FOLDER))
    found.set_main_option(
        "file_template", "%%(year)d%%(month).2d%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s"
    )
    return found


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run the missing migrations in one transaction."""
    with alteration(engine) as connection:
        upgrade_on(connection, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Undo migrations down to `revision` ("base": all)."""
    with alteration(engine) as connection:
        downgrade_on(connection, revision)


def upgrade_on(connection: Connection, revision: str = "head") -> None:
    """Run the missing migrations in the transaction of a connection."""
    command.upgrade(_on(connection), revision)


def downgrade_on(connection: Connection, revision: str) -> None:
    """Undo migrations in the transaction of a connection."""
    command.downgrade(_on(connection), revision)


def revise(engine: Engine, message: str) -> None:
    """Write a migration file from what differs between the models and the database."""
    with alteration(engine) as connection:
        command.revision(_on(connection), message, autogenerate=True)


def current(engine: Engine) -> str:
    """Return the version of the tables, "" when there are none."""
    with engine.connect() as connection:
        return current_on(connection)


def current_on(connection: Connection) -> str:
    """Return the version of the tables that a connection sees."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def is_known(revision: str) -> bool:
    """Tell whether a migration leads to this version."""
    scripts = ScriptDirectory.from_config(alembic_config())
    return any(one.revision == revision for one in scripts.walk_revisions())


def newest() -> str:
    """Return the version that the newest migration leads to."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head() or ""


def is_current(engine: Engine) -> bool:
    """Tell whether the database has the newest tables."""
    return current(engine) == newest()


@contextmanager
def alteration(engine: Engine) -> Iterator[Connection]:
    """Open one transaction in which tables may change; it is kept whole or not at all.

    SQLite alters a table by making it anew, which its foreign keys would forbid while others point
    to it: they rest meanwhile, and are checked at the end.
    """
    with engine.connect() as opened:
        connection = opened.execution_options(writes=True)
        is_sqlite = engine.dialect.name == "sqlite"
        _set_foreign_keys(connection, is_sqlite, "OFF")
        try:
            yield connection
            if is_sqlite:
                _check_foreign_keys(connection)
            connection.commit()
        finally:
            connection.rollback()
            _set_foreign_keys(connection, is_sqlite, "ON")


def _set_foreign_keys(connection: Connection, is_sqlite: bool, state: str) -> None:
    """Say it outside of any transaction: inside, SQLite does not listen."""
    raw = connection.connection.dbapi_connection
    if is_sqlite and raw is not None:
        raw.execute(f"PRAGMA foreign_keys = {state}")


def _check_foreign_keys(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise BrokenKey(f"{broken[0]} row {broken[1]} points to a missing row of {broken[2]}")


class BrokenKey(Exception):
    """A row would point to nothing."""


def _on(connection: Connection) -> AlembicConfig:
    settings = alembic_config()
    settings.attributes["connection"] = connection
    return settings

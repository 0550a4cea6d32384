"""Bring a database to the newest (or another) version of the tables."""

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

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
    _run(engine, command.upgrade, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Undo migrations down to `revision` ("base": all)."""
    _run(engine, command.downgrade, revision)


def revise(engine: Engine, message: str) -> None:
    """Write a migration file from what differs between the models and the database."""

    def compare(settings: AlembicConfig, text: str) -> None:
        command.revision(settings, text, autogenerate=True)

    _run(engine, compare, message)


def current(engine: Engine) -> str:
    """Return the version of the tables, "" when there are none."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def is_current(engine: Engine) -> bool:
    """Tell whether the database has the newest tables."""
    newest = ScriptDirectory.from_config(alembic_config()).get_current_head()
    return current(engine) == newest


def _run(engine: Engine, step: object, revision: str) -> None:
    settings = alembic_config()
    with engine.connect() as connection:
        connection = connection.execution_options(writes=True)
        settings.attributes["connection"] = connection
        step(settings, revision)  # type: ignore[operator]
        connection.commit()

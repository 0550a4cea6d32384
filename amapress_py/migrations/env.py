"""Alembic's entry: runs the migrations on a connection or an address."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, Enum

import amapress_py.models  # noqa: F401  every table
from amapress_py.db import Base, UtcDateTime, make_engine


def plain_type(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Write our own column types as what the database knows."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    return False


def run(connection: Connection) -> None:
    """Run the migrations; SQLite tables are altered by copy (batch)."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=plain_type,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with make_engine(context.config.get_main_option("sqlalchemy.url") or "").connect() as opened:
        run(opened)
        opened.commit()

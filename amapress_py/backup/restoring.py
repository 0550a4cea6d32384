"""A backup back into a database, of either kind: all of it, or nothing."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, inspect, select, update
from sqlalchemy.exc import DBAPIError

from amapress_py import migrate
from amapress_py.backup import archive, rows
from amapress_py.backup.archive import BadBackup, Manifest, TableFile, Tell
from amapress_py.backup.rows import Sum, light_table
from amapress_py.db import Base
from amapress_py.errors import DomainError
from amapress_py.i18n import _, _l
from amapress_py.mail.models import MailState, OutboxMail
from amapress_py.settings.models import SiteVersion

WRITTEN_AT_ONCE = 50  # rows
VERSIONS = "alembic_version"
# What the machine writes by itself: a database that holds nothing else is empty.
OF_THE_MACHINE = {VERSIONS, "site_version", "beat", "throttle"}


class NotEmpty(DomainError):
    """There is something that the restored rows would mix with."""

    message = _l(
        "Cette base n’est pas vide : rien n’a été changé. Pour remplacer tout ce qu’elle contient,"
        " ajoutez --replace."
    )


class UnknownRevision(DomainError):
    """The backup, or the database, was made by a newer program."""

    message = _l(
        "Cette sauvegarde vient d’une version plus récente du programme (tables %(revision)s) :"
        " mettez d’abord le programme à jour. Rien n’a été changé."
    )

    def __init__(self, revision: str) -> None:
        super().__init__(_(str(self.message), revision=revision))


class DoesNotFit(DomainError):
    """The database refuses a row of the backup."""


def restore(
    engine: Engine, path: Path, *, replace: bool = False, tell: Tell = lambda name, count: None
) -> Manifest:
    """Put a backup into an empty database, or with `replace` in the place of what is there.

    The file is checked before, what was written is read again and compared after; tables of an
    older version are filled as they were, then brought up to date. Raise BadBackup, NotEmpty,
    UnknownRevision or DoesNotFit: nothing was changed then.
    """
    manifest = archive.check(path)
    if not migrate.is_known(manifest.revision):
        raise UnknownRevision(manifest.revision)
    try:
        with migrate.alteration(engine) as connection, archive.opened(path) as (file, again):
            if again != manifest:
                raise BadBackup
            _restore(connection, file, manifest, replace, tell)
    except (DBAPIError, migrate.BrokenKey) as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        raise DoesNotFit(
            _(
                "La base refuse une ligne de la sauvegarde. Rien n’a été changé. (%(reason)s)",
                reason=reason,
            )
        ) from error
    return manifest


def waiting_mails(engine: Engine) -> int:
    """Return how many mails of a restored database wait to be sent: they will leave soon."""
    waiting = select(func.count()).where(OutboxMail.state == MailState.QUEUED)
    with engine.connect() as connection:
        return connection.scalar(waiting) or 0


def _restore(
    connection: Connection, file: Any, manifest: Manifest, replace: bool, tell: Tell
) -> None:
    there = set(inspect(connection).get_table_names())
    site_version = _site_version(connection, there)
    if there - {VERSIONS}:
        _empty(connection, there, manifest, replace)
    _set_tables(connection, manifest.revision)
    if missing := {one.name for one in manifest.tables} - set(
        inspect(connection).get_table_names()
    ):
        raise BadBackup(
            _("La sauvegarde nomme une table inconnue : %(table)s.", table=min(missing))
        )
    keys = _deferred(connection)
    for table in manifest.tables:
        _fill(connection, table, archive.row_values(file, table))
        tell(table.name, table.rows)
    _check_keys(connection, keys)
    for table in manifest.tables:
        _compare(connection, table)
        _set_sequence(connection, table)
    migrate.upgrade_on(connection)
    if site_version:  # what processes keep about the site before is no longer true
        newer = SiteVersion.__table__.c.number <= site_version
        connection.execute(update(SiteVersion).where(newer).values(number=site_version + 1))


def _site_version(connection: Connection, there: set[str]) -> int:
    if SiteVersion.__tablename__ not in there:
        return 0
    return connection.scalar(select(SiteVersion.number)) or 0


def _empty(connection: Connection, there: set[str], manifest: Manifest, replace: bool) -> None:
    """Delete all rows of our tables; raise NotEmpty if that was not asked for."""
    ours = there & ({one.name for one in manifest.tables} | Base.metadata.tables.keys())
    if not replace:
        for name in sorted(ours - OF_THE_MACHINE):
            if connection.scalar(select(func.count()).select_from(_bare(name))):
                raise NotEmpty
    keys = _deferred(connection)
    for name in sorted(ours):
        connection.execute(delete(_bare(name)))
    _check_keys(connection, keys)


def _bare(name: str) -> Any:
    return light_table(name, {}, "")


def _set_tables(connection: Connection, revision: str) -> None:
    """Give the (empty) database the tables that the backup was made of."""
    present = migrate.current_on(connection)
    if present == revision:
        return
    if present:
        if not migrate.is_known(present):
            raise UnknownRevision(present)
        migrate.downgrade_on(connection, "base")
    migrate.upgrade_on(connection, revision)


def _deferred(connection: Connection) -> list[tuple[str, str]]:
    """Let foreign keys wait for the end: rows come table by table, some point to later ones.

    On SQLite they rest during the whole alteration. Return the keys as (table, name).
    """
    if connection.dialect.name != "postgresql":
        return []
    found = inspect(connection)
    keys = [
        (table, str(key["name"]))
        for table in found.get_table_names()
        for key in found.get_foreign_keys(table)
    ]
    _alter_keys(connection, keys, "DEFERRABLE INITIALLY DEFERRED")
    return keys


def _check_keys(connection: Connection, keys: Iterable[tuple[str, str]]) -> None:
    """Check the keys that waited, and let them wait no more."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        _alter_keys(connection, keys, "NOT DEFERRABLE")


def _alter_keys(connection: Connection, keys: Iterable[tuple[str, str]], how: str) -> None:
    quote = connection.dialect.identifier_preparer.quote
    for table, name in keys:
        connection.exec_driver_sql(
            f"ALTER TABLE {quote(table)} ALTER CONSTRAINT {quote(name)} {how}"
        )


def _fill(connection: Connection, table: TableFile, values: Iterator[dict[str, Any]]) -> None:
    target = light_table(table.name, table.columns, connection.dialect.name)
    while some := list(islice(values, WRITTEN_AT_ONCE)):
        connection.execute(insert(target), some)


def _compare(connection: Connection, table: TableFile) -> None:
    """Read what was written; raise BadBackup if it differs."""
    passing = Sum()
    for _line in passing.through(rows.lines(connection, table.name, table.columns)):
        pass
    if (passing.rows, passing.checksum) != (table.rows, table.checksum):
        raise BadBackup(
            _(
                "Après l’écriture, la table %(table)s n’est pas celle de la sauvegarde."
                " Rien n’a été changé.",
                table=table.name,
            )
        )


def _set_sequence(connection: Connection, table: TableFile) -> None:
    """Let PostgreSQL count on after the greatest id (SQLite does so by itself)."""
    if connection.dialect.name != "postgresql" or "id" not in table.columns:
        return
    quoted = connection.dialect.identifier_preparer.quote(table.name)
    sequence = connection.scalar(select(func.pg_get_serial_sequence(quoted, "id")))
    if sequence:
        ids = light_table(table.name, table.columns, "postgresql")
        greatest = select(func.max(ids.c.id)).scalar_subquery()
        connection.execute(
            select(func.setval(sequence, func.coalesce(greatest, 1), greatest.is_not(None)))
        )

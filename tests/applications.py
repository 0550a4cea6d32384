"""One application for many tests, each with a database and a folder of its own.

To build an application takes longer than most tests do; what a test does to it is undone.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jinja2 import Environment, FileSystemBytecodeCache
from sqlalchemy import URL, Engine, event, inspect, make_url, text
from werkzeug.test import TestResponse

import amapress_py.models  # noqa: F401  every table
from amapress_py import db
from amapress_py.app import create_app
from amapress_py.cms.cache import PublicPages
from amapress_py.config import Config
from amapress_py.mail import sending

NOWHERE = Path()
STANDARD = Config("a secret for tests", "", "http://localhost", data_folder=NOWHERE, testing=True)
Undo = Callable[[], None]


def make_tables(engine: Engine) -> None:
    """Make an empty site, unless there is one."""
    if inspect(engine).has_table("site_version"):
        return
    db.Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO site_version (id, number) VALUES (1, 1)"))


def forget_safety(engine: Engine) -> None:
    """Let SQLite not wait for the disk: no test outlives a crash of the machine."""
    if engine.name == "sqlite":
        event.listen(engine, "connect", lambda one, _record: one.execute("PRAGMA synchronous=OFF"))


class Client(FlaskClient):
    """A client whose requests see nothing of the context that a test has open."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        with self.application.app_context():
            return super().open(*args, **kwargs)


class Applications:
    """Lends applications; the one that nearly all tests want is built once."""

    def __init__(self, folder: Path, templates: Path) -> None:
        self.templates = templates  # compiled ones, for whatever application
        self.tables = folder / "tables.db"  # an empty site, to be copied
        self.shared: dict[str, Shared] = {}  # by the kind of database
        engine = db.make_engine(f"sqlite:///{self.tables}")
        make_tables(engine)
        engine.dispose()

    @contextmanager
    def lent(self, config: Config) -> Iterator[Flask]:
        """Give an application on the (empty) database that `config` names."""
        url = make_url(config.database_url)
        if url.database and url.drivername == "sqlite" and not Path(url.database).exists():
            shutil.copyfile(self.tables, url.database)
        is_usual = _without_servers(config) == STANDARD
        app = self._shared(config) if is_usual else self._built(config)
        engine: Engine = app.extensions["amapress_engine"]
        make_tables(engine)
        yield app
        engine.dispose()

    def _shared(self, config: Config) -> Flask:
        kind = make_url(config.database_url).get_backend_name()
        if kind not in self.shared or not self.shared[kind].is_whole():
            built = self._built(replace(STANDARD, database_url=config.database_url))
            self.shared[kind] = Shared(built)
        self.shared[kind].move(config)
        return self.shared[kind].app

    def _built(self, config: Config) -> Flask:
        app = create_app(config)
        app.testing = True
        app.test_client_class = Client
        app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(self.templates))
        app.config["PROPAGATE_EXCEPTIONS"] = False
        forget_safety(app.extensions["amapress_engine"])
        return app


class Shared:
    """An application that can be as it was at first, elsewhere."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.engine: Engine = app.extensions["amapress_engine"]
        self.url = self.engine.url
        self.rules = len(list(app.url_map.iter_rules()))
        self.undo = list(_remembered(app, set()))
        event.listen(self.engine, "do_connect", self._connect_elsewhere)

    def is_whole(self) -> bool:
        """Tell whether no test gave it a route, which cannot be taken away."""
        return len(list(self.app.url_map.iter_rules())) == self.rules

    def move(self, config: Config) -> None:
        """Forget all that happened; work in another folder, with another database."""
        for undo in self.undo:
            undo()
        self.url = make_url(config.database_url)
        engine = self.engine.execution_options()  # listeners of its own, compiled statements shared
        engine.url = self.url
        self.app.extensions.update(amapress_config=config, amapress_engine=engine)
        assert isinstance(self.app.wsgi_app, PublicPages)
        self.app.wsgi_app.engine = engine
        if config.smtp_url != Config.smtp_url:
            sending.init_app(self.app)

    def _connect_elsewhere(
        self, dialect: Any, _record: object, words: list[Any], options: dict[str, Any]
    ) -> None:
        url: URL = self.url
        words[:], named = dialect.create_connect_args(url)
        options.update(named)


def _without_servers(config: Config) -> Config:
    """Return all but what an application may be told anew: where its servers and files are."""
    return replace(
        config,
        database_url="",
        data_folder=NOWHERE,
        smtp_url=Config.smtp_url,
        mail_from=Config.mail_from,
    )


def _remembered(thing: Any, seen: set[int]) -> Iterator[Undo]:
    """Yield what makes a thing as it is now: the attributes of our objects, all they hold."""
    if isinstance(thing, Flask | Environment) or type(thing).__module__.startswith("amapress_py"):
        thing = getattr(thing, "__dict__", None)
    if not isinstance(thing, dict | list | set) or id(thing) in seen:
        return
    seen.add(id(thing))
    kept = thing.copy() if isinstance(thing, list | set) else dict(thing)
    yield lambda: _fill(thing, kept)
    for part in kept.values() if isinstance(kept, dict) else kept:
        yield from _remembered(part, seen)


def _fill(thing: Any, kept: Any) -> None:
    if thing != kept:
        thing.clear()
        thing.extend(kept) if isinstance(thing, list) else thing.update(kept)

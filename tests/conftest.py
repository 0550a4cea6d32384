"""Fixtures: an application on a fresh database, persons who visit and post, a clock."""

import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
import time_machine
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Person
from amapress_py.accounts.viewer import session_id
from amapress_py.config import Config
from tests.applications import STANDARD, Applications
from tests.factories import Make
from tests.postgres import PostgresServer

HERE = Path(__file__).parent
SERVED = ("browser", "site", "mail")  # begun last, one of them would keep all others waiting
NOW = "2026-11-22T09:00:00+01:00"  # a Sunday


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", default="sqlite", choices=("sqlite", "postgres"))
    parser.addoption(
        "--thorough",
        action="store_true",
        help="also what takes minutes: each nonsense in each field, long stories on PostgreSQL too",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the longest out, unless asked for them; let what waits for servers begin."""
    items.sort(key=lambda one: one.path.relative_to(HERE).parts[0] not in SERVED)
    if not config.getoption("--thorough"):
        left_out = [one for one in items if one.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [one for one in items if one not in left_out]


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Start a real PostgreSQL server for the whole run (AMAPRESS_TEST_POSTGRES names another)."""
    with PostgresServer(os.environ.get("AMAPRESS_TEST_POSTGRES", "")) as server:
        yield server


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a database of its own to each test."""
    if request.config.getoption("--database") == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        with server.database(with_tables=True) as url:
            yield url
    else:
        yield f"sqlite:///{tmp_path / 'amap.db'}"


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Config:
    return replace(STANDARD, database_url=database_url, data_folder=tmp_path)


@pytest.fixture(scope="session")
def applications(tmp_path_factory: pytest.TempPathFactory) -> Applications:
    """Build at most one application for nearly all tests of this process."""
    folder = tmp_path_factory.getbasetemp()
    everybody = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    templates = everybody / "templates"
    templates.mkdir(exist_ok=True)
    return Applications(tmp_path_factory.mktemp("applications"), templates)


@pytest.fixture
def app(config: Config, applications: Applications) -> Iterator[Flask]:
    """Give the application, as if just built, on empty tables."""
    with applications.lent(config) as app:
        yield app


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """Open the application context; its session is what services get in unit tests."""
    with app.app_context():
        current = db.session()
        current.autoflush = True  # as inside db.transaction
        yield current


@pytest.fixture
def make(session: Session) -> Make:
    return Make(session)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Set the clock to a Sunday; `clock.move_to(…)` goes elsewhere."""
    with time_machine.travel(datetime.fromisoformat(NOW), tick=False) as coordinates:
        yield coordinates


class Browser:
    """Someone at a browser: a person of the AMAP, or a visitor."""

    def __init__(self, app: Flask, person: Person | None = None) -> None:
        self.client: FlaskClient = app.test_client()
        if person is not None:
            with self.client.session_transaction() as cookie:
                cookie["_user_id"] = session_id(person.id, person.stamp)
                cookie["_fresh"] = True

    def visit(self, path: str, status: int = 200) -> BeautifulSoup:
        """Open a page, following redirects."""
        response = self.client.get(path, follow_redirects=True)
        assert response.status_code == status, (response.status_code, response.text[:2000])
        return BeautifulSoup(response.data, "html.parser")

    def token(self, path: str = "") -> str:
        """Return the CSRF token that a page has; without a page, one that any has."""
        if not path:
            with self.client.session_transaction() as cookie:
                known = cookie.setdefault("csrf_token", secrets.token_hex(20))
            key = str(self.client.application.secret_key)
            return URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(known)
        field = self.visit(path).find("input", {"name": "csrf_token"})
        assert field is not None
        return str(field["value"])

    def post(
        self, path: str, data: Mapping[str, object] | None = None, page: str = ""
    ) -> BeautifulSoup:
        """Press a button (of `page`, which must have it) and read the page one lands on."""
        response = self.client.post(
            path,
            data={"csrf_token": self.token(page), **(data or {})},
            headers={"Referer": f"http://localhost{page or '/mon-profil'}"},
            follow_redirects=True,
        )
        return BeautifulSoup(response.data, "html.parser")


class BrowserFactory:
    """Open browsers for persons."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def __call__(self, person: Person | None = None) -> Browser:
        return Browser(self.app, person)


@pytest.fixture
def browse(app: Flask) -> BrowserFactory:
    """`browse(person)` opens a browser in which that person is connected."""
    return BrowserFactory(app)

"""The demo served on both databases; and a small AMAP in this process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from amapress_py import db
from amapress_py.app import create_app
from amapress_py.config import Config
from tests.applications import forget_safety, make_tables
from tests.factories import Make
from tests.postgres import PostgresServer
from tests.site.served import Installation, installed
from tests.site.world import World, build


@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=(pytest.mark.postgres, pytest.mark.thorough))]
)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """Install the demo on either database."""
    if request.param == "sqlite":
        with installed(tmp_path / "data") as made:
            yield made
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database() as url, installed(tmp_path / "data", url) as made:
        yield made


@pytest.fixture(scope="module")
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Build the AMAP once; each test leaves it as it was."""
    folder = tmp_path_factory.mktemp("world")
    if request.config.getoption("--database") == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        with server.database() as url:
            yield from lived_in(folder, url)
    else:
        yield from lived_in(folder, f"sqlite:///{folder / 'amap.db'}")


def lived_in(folder: Path, url: str) -> Iterator[World]:
    """Build the AMAP in an empty database; end with its engine."""
    app = create_app(Config("a secret for tests", url, "http://localhost", data_folder=folder))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    engine = app.extensions["amapress_engine"]
    forget_safety(engine)
    make_tables(engine)
    with app.app_context():
        session = db.session()
        session.autoflush = True
        made = build(app, Make(session))
    yield made
    engine.dispose()

"""Both databases, for tests that start processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import PostgresServer
from tests.site.served import Installation, installed


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """Install the demo on either database."""
    if request.param == "sqlite":
        with installed(tmp_path / "data") as made:
            yield made
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database() as url, installed(tmp_path / "data", url) as made:
        yield made

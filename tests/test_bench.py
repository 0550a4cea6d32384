"""What serves the benchmark only, and the number of statements that it counts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import exists, select

from amapress_py import bench, clock, db, demo
from amapress_py.accounts.models import Person
from amapress_py.accounts.viewer import session_id
from amapress_py.app import create_app
from amapress_py.cms import views as cms_views
from amapress_py.config import Config
from amapress_py.exchange.models import BasketOffer, OfferRequest

TAGS = ("les-paniers-intermittents", "echanger-paniers-list", "amapien-paniers-intermittents")
MOST = 6


@contextmanager
def measured(config: Config, folder: Path, plan: demo.Plan) -> Iterator[Flask]:
    """Make a demo that counts its statements."""
    folder.mkdir()
    url = f"sqlite:///{folder / 'demo.db'}"
    app = create_app(replace(config, database_url=url, bench=True))
    engine = app.extensions["amapress_engine"]
    db.Base.metadata.create_all(engine)
    with app.app_context(), db.transaction() as session:
        demo.fill(session, plan)
    yield app
    engine.dispose()


def statements(app: Flask) -> dict[str, int]:
    """Return the statements of each page, for somebody who offers and asks for baskets."""
    with app.app_context():
        offers = exists().where(BasketOffer.offered_by_id == Person.id)
        asks = exists().where(OfferRequest.person_id == Person.id)
        who = db.session().scalars(select(Person).where(offers, asks).limit(1)).one()
        paths = ["/", *(str(cms_views.path_of_tag(tag)) for tag in TAGS)]
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie.update(_user_id=session_id(who.id, who.stamp), _fresh=True)
    for path in paths:  # the pages are compiled and kept
        client.get(path)
    return {path: int(client.get(path).headers[bench.HEADER]) for path in paths}


def test_the_bare_view_is_there_only_while_measuring(config: Config, tmp_path: Path) -> None:
    plan = demo.Plan(clock.today(), members=10, weeks=8, offers=4)
    with measured(config, tmp_path / "amap", plan) as app:
        answer = app.test_client().get("/bench/bare")

    assert answer.mimetype == "text/plain"
    assert answer.headers[bench.HEADER] == "1"


def test_a_site_that_is_not_measured_has_no_bare_view(app: Flask) -> None:
    answer = app.test_client().get("/bench/bare")

    assert answer.status_code == 404
    assert bench.HEADER not in answer.headers


@pytest.mark.parametrize("offers", [10, 120])
def test_a_page_takes_few_statements_however_many_the_offers(
    config: Config, tmp_path: Path, offers: int
) -> None:
    plan = demo.Plan(clock.today(), members=60, weeks=12, offers=offers)
    with measured(config, tmp_path / "amap", plan) as app:
        found = statements(app)

    assert max(found.values()) <= MOST, found

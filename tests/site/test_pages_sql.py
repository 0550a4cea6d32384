"""How many statements a page takes: few, and no more when there is ten times as much to show."""

from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select

from amapress_py import clock, db, demo
from amapress_py.accounts.models import Person
from amapress_py.accounts.viewer import session_id
from amapress_py.app import create_app
from amapress_py.config import Config
from amapress_py.contracts.models import Contract
from amapress_py.exchange.models import BasketOffer
from tests.back_office import counted

MOST = 6
NO_QUESTION = ("PRAGMA", "BEGIN", "COMMIT", "ROLLBACK")
SPACE = "/espace-intermittents"
READ_BY = {
    "anna": ("/", SPACE, *(f"{SPACE}/{name}" for name in (
        "inscription", "absence", "reserver", "mes-paniers-echanges"))),
    "bruno": ("/", f"{SPACE}/reserver", f"{SPACE}/mes-paniers-echanges"),
    "intermittents": ("/", f"{SPACE}/absence", f"{SPACE}/mes-paniers-echanges"),
    "admin": ("/", "/admin/paniers", "/admin/paniers/{offer}", "/admin/intermittents",
              "/admin/personnes/", "/admin/distributions", "/admin/distributions/{delivery}",
              "/admin/distributions/{delivery}/emargement", "/admin/contrats",
              "/admin/contrats/{contract}", "/admin/contrats-signes", "/admin/producteurs",
              "/admin/lieux", "/admin/pages/", "/admin/pages/corbeille", "/admin/menu",
              "/recherche?q=panier", "/admin/courriels", "/admin/reglages/"),
}  # fmt: skip
SIZES = {40: 60, 400: 200}  # offers: members
Counts = dict[tuple[str, str], int]


@dataclass
class Amap:
    """A demo in this process."""

    app: Flask
    paths: dict[str, int]
    sessions: dict[str, str]

    def count(self, reader: str, path: str) -> int:
        """Return the statements of a page, looked at for the second time."""
        client = self.app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = self.sessions[reader]
        client.get(path)
        with counted(self.app) as said:
            assert client.get(path).status_code == 200, path
        return sum(not one.startswith(NO_QUESTION) for one in said)


@pytest.fixture(scope="module")
def counts(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Counts]:
    """Count at each size."""
    found: dict[int, Counts] = {}
    for offers, members in SIZES.items():
        folder = tmp_path_factory.mktemp("amap")
        app = create_app(
            Config("a secret for tests", f"sqlite:///{folder / 'amap.db'}", data_folder=folder)
        )
        amap = fill(app, demo.Plan(clock.today(), members=members, offers=offers, intermittents=9))
        found[offers] = {
            (reader, path): amap.count(reader, path.format(**amap.paths))
            for reader, paths in READ_BY.items()
            for path in paths
        }
        app.extensions["amapress_engine"].dispose()
    return found


def fill(app: Flask, plan: demo.Plan) -> Amap:
    """Write a demo in an empty database."""
    db.Base.metadata.create_all(app.extensions["amapress_engine"])
    with app.app_context(), db.transaction() as session:
        demo.fill(session, plan)
        offer = session.scalars(select(BasketOffer).order_by(BasketOffer.id.desc())).first()
        assert offer is not None
        paths = {
            "offer": offer.id,
            "delivery": offer.delivery_id,
            "contract": session.scalars(select(Contract.id)).first() or 0,
        }
        named = select(Person).where(Person.email.in_([f"{name}@demo.test" for name in READ_BY]))
        sessions = {
            str(one.email).partition("@")[0]: session_id(one.id, one.stamp)
            for one in session.scalars(named)
        }
    return Amap(app, paths, sessions)


def test_no_page_takes_more_than_six_statements(counts: dict[int, Counts]) -> None:
    too_many = {
        (size, *page): count
        for size, pages in counts.items()
        for page, count in pages.items()
        if count > MOST
    }
    assert not too_many


def test_ten_times_the_offers_take_no_more_statements(counts: dict[int, Counts]) -> None:
    assert counts[40] == counts[400]

"""How long a large contract's documents and screens take: 300 members × 50 dates × 12 products."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import TypeVar

from flask import Flask
from sqlalchemy import event, insert
from sqlalchemy.orm import Session

from amapress_py import db, gunicorn_settings, migrate
from amapress_py.accounts.models import Role
from amapress_py.accounts.viewer import session_id
from amapress_py.app import create_app
from amapress_py.contracts.models import Contract, SubscriptionLine
from amapress_py.sheets import contract_documents, papers, synthesis
from amapress_py.sheets.contract_queries import Season, season
from amapress_py.sheets.synthesis import Synthesis
from tests.applications import STANDARD
from tests.factories import Make

MEMBERS, DATES, PRODUCTS = 300, 50, 12
FIRST = dt.date(2026, 10, 1)
MOVED_TO = FIRST + dt.timedelta(weeks=9, days=2)
SCREENS = {
    "synthesis": "/admin/contrats/{}/documents/synthese",
    "grid": "/admin/contrats/{}/dates-barrees",
    "preview of a move": "/admin/contrats/{}/en-masse/deplacer?apercu=1",
}
Made = TypeVar("Made")


@contextmanager
def large_contract(products_each: int) -> Iterator[tuple[Flask, int]]:
    """Give an application with one contract, whose members take some products on every date."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'amap.db'}"
        app = create_app(replace(STANDARD, database_url=url, data_folder=Path(folder)))
        migrate.upgrade(app.extensions["amapress_engine"])
        with app.test_request_context():
            yield app, _fill(Make(db.session()), products_each)
            db.session().rollback()


def _fill(make: Make, products_each: int) -> int:
    contract = make.contract(
        products={f"Produit numéro {number}": 100 * number for number in range(1, PRODUCTS + 1)},
        dates=[FIRST + dt.timedelta(weeks=number) for number in range(DATES)],
    )
    dates = [one.id for one in contract.dates]
    products = [one.id for one in contract.products]
    rows = []
    for member in range(MEMBERS):
        signed = make.subscription(make.person().household, contract, [])
        chosen = [products[(member + n) % PRODUCTS] for n in range(products_each)]
        rows += [
            {
                "subscription_id": signed.id,
                "contract_date_id": day,
                "contract_product_id": product,
                "quantity": 1 + member % 3,
            }
            for day in dates
            for product in chosen
        ]
    make.session.execute(insert(SubscriptionLine), rows)
    make.session.commit()
    return contract.id


def measure_documents() -> list[dict[str, object]]:
    """Return, for full and for usual contracts, milliseconds, kilobytes and SQL statements."""
    gunicorn_settings.post_worker_init(None)  # its garbage collector, as in the served process
    found: list[dict[str, object]] = []
    for products_each in (2, PRODUCTS):
        with large_contract(products_each) as (app, contract_id):
            found += _of_one(app, db.session(), contract_id, products_each)
    return found


def _of_one(
    app: Flask, session: Session, contract_id: int, products_each: int
) -> Iterator[dict[str, object]]:
    contract = session.get_one(Contract, contract_id)
    cells = f"{MEMBERS} × {DATES} × {products_each} of {PRODUCTS}"
    with _counted(app) as said:
        whole, wall, cpu = _timed(lambda: season(session, contract))
    yield _row(f"{cells}: read", wall, cpu, 0, len(said))
    for name, make in _documents(whole).items():
        content, more_wall, more_cpu = _timed(make)
        yield _row(f"{cells}: {name}", wall + more_wall, cpu + more_cpu, len(content), len(said))
    screens = {name: path.format(contract_id) for name, path in SCREENS.items()}
    screens["preview of a move"] += f"&date_id={contract.dates[9].id}&day={MOVED_TO}"
    admin = Make(session).person(roles=[Role.ADMIN])
    session.commit()
    who = session_id(admin.id, admin.stamp)
    for name, path in screens.items():
        _open(app, who, path)  # the first one compiles templates
        with _counted(app) as said:
            body, wall, cpu = _timed(partial(_open, app, who, path))
        yield _row(f"{cells}: {name}", wall, cpu, len(body), len(said))


def _open(app: Flask, who: str, path: str) -> bytes:
    """Return what somebody sees at an address."""
    with app.test_client() as client:
        with client.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = who, True
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return bytes(answer.data)


@contextmanager
def _counted(app: Flask) -> Iterator[list[str]]:
    """Collect the SQL statements; like the pages', without those of SQLite itself."""
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN", "COMMIT")):
            said.append(statement)

    engine = app.extensions["amapress_engine"]
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _timed(make: Callable[[], Made]) -> tuple[Made, float, float]:
    """Return what is made, the seconds it took, and those of the processor."""
    wall, cpu = perf_counter(), process_time()
    made = make()
    return made, perf_counter() - wall, process_time() - cpu


def _row(document: str, wall: float, cpu: float, size: int, sql: int) -> dict[str, object]:
    return {
        "document": document,
        "ms": round(wall * 1000),
        "cpu_ms": round(cpu * 1000),
        "kilobytes": round(size / 1000),
        "sql": sql,
    }


def _documents(whole: Season) -> dict[str, Callable[[], bytes]]:
    return {
        "synthesis XLSX": lambda: synthesis.xlsx(Synthesis(whole)),
        "synthesis PDF": lambda: synthesis.pdf(Synthesis(whole)),
        "dates PDF": lambda: papers.pdf(contract_documents.dates(whole)),
        "dates XLSX": lambda: papers.xlsx(contract_documents.dates(whole)),
        "per member PDF": lambda: papers.pdf(contract_documents.per_member(whole)),
    }

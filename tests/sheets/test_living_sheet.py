"""The sheet at the table: ticked, printed with a number, changed since."""

import datetime as dt
import re
from io import BytesIO

import openpyxl
import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Person, Role
from amapress_py.contracts.models import Contract
from amapress_py.deliveries.models import Delivery
from amapress_py.exchange import services as exchange
from amapress_py.exchange.steps import Actor
from amapress_py.sheets.models import Fetched, SheetPrint
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def contract(make: Make) -> Contract:
    return make.contract()


@pytest.fixture
def delivery(make: Make, contract: Contract) -> Delivery:
    return make.delivery(make.thursday(), contract.places[0])


@pytest.fixture
def anna(make: Make, contract: Contract) -> Person:
    return make.member("Anna", contract)


@pytest.fixture
def manager(make: Make, browse: BrowserFactory) -> Browser:
    return browse(make.person(roles=[Role.INTERMITTENT_MANAGER]))


def url(delivery: Delivery) -> str:
    return f"/admin/distributions/{delivery.id}/emargement"


def give(session: Session, make: Make, anna: Person, name: str = "Bruno") -> Person:
    """Let somebody get Anna's basket."""
    taker = make.intermittent(name)
    session.rollback()
    request = make.request(make.offer(anna), taker)
    with db.transaction() as current:
        exchange.accept_request(current, Actor.of(anna), request.id)
    return taker


def test_a_basket_is_ticked_and_unticked(
    session: Session, manager: Browser, delivery: Delivery, anna: Person
) -> None:
    key = {"foyer": str(anna.household_id), "offre": "0"}

    for _click in range(2):
        page = manager.post(f"{url(delivery)}/pris", {**key, "pris": "1"}, page=url(delivery))
    assert "1 déjà pris" in page.get_text()
    session.rollback()
    assert len(session.scalars(select(Fetched)).all()) == 1

    page = manager.post(f"{url(delivery)}/pris", key, page=url(delivery))
    assert "déjà pris" not in page.get_text()


@pytest.mark.parametrize("key", [("999", "0"), ("x", "0"), ("", ""), ("1", "99999999999")])
def test_what_is_no_basket_is_not_ticked(
    session: Session, manager: Browser, delivery: Delivery, anna: Person, key: tuple[str, str]
) -> None:
    answer = manager.client.post(
        f"{url(delivery)}/pris",
        data={"csrf_token": manager.token(), "foyer": key[0], "offre": key[1], "pris": "1"},
    )

    assert answer.status_code == 404
    assert session.scalars(select(Fetched)).all() == []


def test_the_page_behind_the_qr_shows_only_what_changed(
    session: Session,
    make: Make,
    manager: Browser,
    browse: BrowserFactory,
    contract: Contract,
    delivery: Delivery,
    anna: Person,
) -> None:
    chloe = make.member("Chloé", contract)
    page = manager.post(f"{url(delivery)}/imprimer", page=url(delivery))
    assert "Feuille n° 1" in page.get_text()
    link = str(page.select_one("a[href*='/feuille/']")["href"])  # type: ignore[index]
    path = link.removeprefix("http://localhost")
    assert "la feuille est à jour" in browse(None).visit(path).get_text()

    bruno = give(session, make, anna)

    changed = browse(None).visit(path)
    text = changed.get_text(" ", strip=True)
    assert f"cédé à {bruno.name}" in text
    assert "retiré" in text
    assert chloe.name not in text
    assert bruno.phone not in text
    again = manager.post(f"{url(delivery)}/imprimer", page=url(delivery))
    assert "Feuille n° 2" in again.get_text()
    assert f"cédé à {bruno.name}" not in manager.visit(f"{url(delivery)}/1").get_text()


def test_it_is_followed_for_two_days(
    session: Session,
    manager: Browser,
    browse: BrowserFactory,
    delivery: Delivery,
    anna: Person,
    clock: time_machine.Traveller,
) -> None:
    manager.post(f"{url(delivery)}/imprimer", page=url(delivery))
    session.rollback()
    path = f"/feuille/{session.scalars(select(SheetPrint.token)).one()}"

    clock.move_to(delivery.ends_at + dt.timedelta(days=2))

    assert browse(None).client.get(path).status_code == 404
    assert browse(None).client.get("/feuille/forged").status_code == 404


def test_the_workbook_counts_and_holds_no_formula_of_people(
    session: Session, make: Make, manager: Browser, delivery: Delivery, anna: Person
) -> None:
    anna.last_name = '=HYPERLINK("http://evil.example")'
    session.commit()
    key = {"foyer": str(anna.household_id), "offre": "0", "pris": "1"}
    manager.post(f"{url(delivery)}/pris", key, page=url(delivery))

    answer = manager.client.get(f"{url(delivery)}.xlsx")

    book = openpyxl.load_workbook(BytesIO(answer.data))
    cells = [cell for row in book.active.iter_rows() for cell in row if cell.value is not None]
    formulas = {cell.value for cell in cells if cell.data_type == "f"}
    assert formulas == {"=COUNT(E4:E4)", "=SUM(E4:E4)"}
    values = openpyxl.load_workbook(BytesIO(answer.data), data_only=True).active
    assert [values.cell(row, 5).value for row in (4, 6, 7)] == [1, 1, 1]
    assert "attachment" in answer.headers["Content-Disposition"]


def test_the_pdf_is_one(
    session: Session, make: Make, manager: Browser, delivery: Delivery, anna: Person
) -> None:
    anna.last_name = '#read("/etc/passwd") $x$ *gras* \\ " ]'
    session.commit()
    give(session, make, anna)
    manager.post(f"{url(delivery)}/imprimer", page=url(delivery))

    answer = manager.client.get(f"{url(delivery)}/1.pdf")

    assert answer.status_code == 200
    assert answer.data.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", answer.data)) == 1


def test_what_waits_is_apart_on_paper_too(
    session: Session,
    make: Make,
    manager: Browser,
    delivery: Delivery,
    contract: Contract,
    anna: Person,
) -> None:
    other = make.member("Zoé", contract)
    session.rollback()
    make.request(make.offer(other), make.intermittent("Chloé"))
    basket = "Légumes\N{NO-BREAK SPACE}: 1/2 Panier"
    said = f"{other.name} – {basket} – En attente de validation – Chloé N."

    printed = manager.post(f"{url(delivery)}/imprimer", page=url(delivery))
    book = openpyxl.load_workbook(BytesIO(manager.client.get(f"{url(delivery)}.xlsx").data))
    pdf = manager.client.get(f"{url(delivery)}/1.pdf").data

    assert said in printed.get_text()
    assert said in [row[0].value for row in book.active.iter_rows()]
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1

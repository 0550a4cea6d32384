"""The producer's sheet of a day: all his contracts of that date and place, one total a product."""

import datetime as dt
import re
from io import BytesIO

import openpyxl
import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from amapress_py.accounts.models import Role, Scope
from amapress_py.contracts.models import Bar, Contract, ContractProduct
from amapress_py.deliveries.models import Delivery
from amapress_py.sheets import links
from amapress_py.sheets.producer_queries import ProducerSheet, producer_sheet
from tests.back_office import MOST_STATEMENTS, counted
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def contract(make: Make) -> Contract:
    return make.contract(products={"Petit panier": 1000, "Grand panier": 1800})


@pytest.fixture
def delivery(make: Make, contract: Contract) -> Delivery:
    return make.delivery(make.thursday(), contract.places[0])


@pytest.fixture
def farmer(make: Make, contract: Contract, browse: BrowserFactory) -> Browser:
    person = make.person("Pierre")
    make.grant(person, Role.PRODUCER, Scope.PRODUCER, contract.producer_id)
    return browse(person)


def url(delivery: Delivery, contract: Contract) -> str:
    return f"/admin/distributions/{delivery.id}/producteurs/{contract.producer_id}"


def sheet(session: Session, delivery: Delivery, contract: Contract) -> ProducerSheet:
    session.expire_all()
    return producer_sheet(session, delivery.id, contract.producer_id)


def totals(found: ProducerSheet) -> dict[str, int]:
    return {one.name: found.total(one.id) for one in found.goods}


def add_product(make: Make, contract: Contract, product_id: int) -> None:
    """Put a product of the catalogue into another contract too."""
    make.session.add(ContractProduct(contract_id=contract.id, product_id=product_id, position=9))
    make.session.commit()
    make.session.expire_all()


def test_all_contracts_of_the_producer_are_on_one_sheet(
    session: Session, make: Make, contract: Contract, delivery: Delivery
) -> None:
    eggs = make.contract(
        "Œufs", products={"Boîte": 300}, places=contract.places, producer=contract.producer
    )
    add_product(make, eggs, contract.products[0].product_id)
    anna, paul = make.person("Anna"), make.person("Paul")
    make.subscription(anna.household, contract, [1, 2])
    make.subscription(anna.household, eggs, [3, 1])
    make.subscription(paul.household, eggs, [1, 0])

    found = sheet(session, delivery, contract)

    assert totals(found) == {"Petit panier": 2, "Grand panier": 2, "Boîte": 4}
    assert [one.names for one in found.orders] == [anna.name, paul.name]
    assert found.contracts == (contract.name, eggs.name)


def test_jokers_late_joiners_and_crossed_cells_bring_nothing(
    session: Session, make: Make, contract: Contract, delivery: Delivery
) -> None:
    skipping = make.person("Jo")
    make.joker(make.subscription(skipping.household, contract), contract.dates[0])
    late = make.subscription(make.person().household, contract)
    late.starts_on = late.ends_on = contract.dates[0].date + dt.timedelta(days=1)
    session.add(
        Bar(
            contract_date_id=contract.dates[0].id,
            contract_product_id=contract.products[1].id,
        )
    )
    session.commit()
    make.subscription(make.person().household, contract, [0, 5])

    found = sheet(session, delivery, contract)

    assert totals(found) == {}
    assert found.jokers == (skipping.name,)


@pytest.mark.parametrize("layout", ["grille", "liste", "etiquettes", "nonsense"])
def test_every_layout_is_shown_and_given(
    make: Make, contract: Contract, delivery: Delivery, farmer: Browser, layout: str
) -> None:
    anna = make.member("Anna", contract)
    address = url(delivery, contract)

    page = farmer.visit(f"{address}?forme={layout}")
    book = farmer.client.get(f"{address}.xlsx?forme={layout}")
    paper = farmer.client.get(f"{address}.pdf?forme={layout}")

    assert anna.name in page.get_text()
    assert openpyxl.load_workbook(BytesIO(book.data)).worksheets
    assert paper.data.startswith(b"%PDF-")
    assert "attachment" in paper.headers["Content-Disposition"]


def test_the_list_adds_up_by_formulas(
    make: Make, contract: Contract, delivery: Delivery, farmer: Browser
) -> None:
    for _member in range(2):
        make.subscription(make.person().household, contract, [1, 2])

    answer = farmer.client.get(f"{url(delivery, contract)}.xlsx?forme=liste")

    live = openpyxl.load_workbook(BytesIO(answer.data))
    kept = openpyxl.load_workbook(BytesIO(answer.data), data_only=True)
    assert live.worksheets[0]["B5"].value.startswith("=SUMPRODUCT(")
    assert [kept.worksheets[0][cell].value for cell in ("B5", "B6")] == [2, 4]


def test_what_people_typed_is_text_in_every_form(
    session: Session, make: Make, contract: Contract, delivery: Delivery, farmer: Browser
) -> None:
    anna = make.member("Anna", contract)
    anna.last_name = '=1+1 #read("/etc/passwd") $x$ <b> *'
    contract.products[0].product.name = '=HYPERLINK("http://evil.example")'
    delivery.note = "@SUM(1) #panic()"
    session.commit()
    address = url(delivery, contract)

    for layout in ("grille", "liste", "etiquettes"):
        book = openpyxl.load_workbook(
            BytesIO(farmer.client.get(f"{address}.xlsx?forme={layout}").data)
        )
        formulas = [
            cell.value
            for page in book.worksheets
            for row in page.iter_rows()
            for cell in row
            if cell.data_type == "f"
        ]
        assert all(re.match(r"=SUM(PRODUCT)?\(", one) for one in formulas)
        assert not any("evil" in one for one in formulas)
        assert farmer.client.get(f"{address}.pdf?forme={layout}").data.startswith(b"%PDF-")
        assert "<b>" not in str(farmer.visit(f"{address}?forme={layout}").find("main"))


def test_a_producer_reads_only_his_own(
    make: Make, contract: Contract, delivery: Delivery, farmer: Browser
) -> None:
    other = make.contract("Pain", places=contract.places)
    make.member("Anna", contract)
    make.member("Paul", other)

    for path in (url(delivery, other), f"{url(delivery, other)}.pdf"):
        assert farmer.client.get(path).status_code == 403
    listed = farmer.visit("/admin/livraisons").get_text()
    assert contract.producer.name in listed
    assert contract.name in listed
    assert other.name not in listed
    assert other.producer.name not in listed
    of_day = farmer.visit(f"/admin/distributions/{delivery.id}/producteurs").get_text()
    assert other.producer.name not in of_day


def test_the_link_of_the_mail_needs_no_log_in_for_two_weeks(
    make: Make,
    contract: Contract,
    delivery: Delivery,
    browse: BrowserFactory,
    clock: time_machine.Traveller,
) -> None:
    anna = make.member("Anna", contract)
    token = links.make(delivery.id, contract.producer_id)
    path, visitor = f"/livraison/{token}", browse(None)

    page = visitor.visit(path)
    assert anna.name in page.get_text()
    assert page.find("a", string="Retour") is None
    assert visitor.client.get(f"{path}/feuille.pdf").data.startswith(b"%PDF-")
    assert visitor.client.get(f"{path}x").status_code == 404

    clock.shift(dt.timedelta(days=14))
    for gone in (path, f"{path}/feuille.xlsx"):
        assert visitor.client.get(gone).status_code == 404


def test_the_screens_take_few_statements(
    app: Flask, make: Make, contract: Contract, delivery: Delivery, farmer: Browser
) -> None:
    for _member in range(12):
        make.subscription(make.person().household, contract, [1, 2])
    farmer.visit("/admin/livraisons")

    for path in (
        url(delivery, contract),
        "/admin/livraisons",
        f"/admin/distributions/{delivery.id}/producteurs",
    ):
        with counted(app) as said:
            farmer.visit(path)
        assert len(said) <= MOST_STATEMENTS, (path, said)


def test_a_delivery_without_anything_says_so(
    contract: Contract, delivery: Delivery, farmer: Browser
) -> None:
    page = farmer.visit(url(delivery, contract))

    assert "Rien n’est à livrer" in page.get_text()
    assert farmer.client.get(f"{url(delivery, contract)}.pdf?forme=etiquettes").status_code == 200
    assert farmer.client.get(f"{url(delivery, contract)}.xlsx?forme=liste").status_code == 200

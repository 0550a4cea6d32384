"""The documents of a contract: the synthesis, dates, quantities, blank, signed, members."""

import datetime as dt
import re
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy.orm import Session

from amapress_py.accounts.models import PersonAddress, Role, Scope
from amapress_py.contracts.models import Bar, Contract, ContractKind, ContractPrice, Subscription
from amapress_py.sheets import synthesis
from amapress_py.sheets.contract_documents import Document
from amapress_py.sheets.contract_queries import season
from amapress_py.sheets.synthesis import JOKER, LATE, Synthesis, codes
from tests.back_office import MOST_STATEMENTS, counted
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make

FRIDAYS = [dt.date(2019, 10, day) for day in (4, 11, 18, 25)]


@pytest.fixture
def contract(make: Make) -> Contract:
    return make.contract(products={"PP": 1000, "GP": 1800}, dates=FRIDAYS)


@pytest.fixture
def members(make: Make, contract: Contract) -> dict[str, Subscription]:
    """Sign for A and B from the start, C from the 18th, D with a joker on the 25th."""
    signed = {
        name: make.subscription(make.person(name).household, contract, quantities)
        for name, quantities in (("A", [1, 0]), ("B", [0, 1]), ("C", [1, 0]), ("D", [0, 1]))
    }
    signed["C"].starts_on = FRIDAYS[2]
    make.session.commit()
    make.joker(signed["D"], contract.dates[3])
    return signed


@pytest.fixture
def referent(make: Make, contract: Contract, browse: BrowserFactory) -> Browser:
    person = make.person("Renée")
    make.grant(person, Role.REFERENT, Scope.PRODUCER, contract.producer_id)
    return browse(person)


@pytest.fixture
def farmer(make: Make, contract: Contract, browse: BrowserFactory) -> Browser:
    person = make.person("Pierre")
    make.grant(person, Role.PRODUCER, Scope.PRODUCER, contract.producer_id)
    return browse(person)


def whole(session: Session, contract: Contract) -> Synthesis:
    session.expire_all()
    return Synthesis(season(session, contract))


def url(contract: Contract, document: Document) -> str:
    return f"/admin/contrats/{contract.id}/documents/{document}"


def values(content: bytes, *, live: bool = False) -> dict[str, Any]:
    page = openpyxl.load_workbook(BytesIO(content), data_only=not live).worksheets[0]
    return {cell.coordinate: cell.value for row in page.iter_rows() for cell in row if cell.value}


@pytest.mark.usefixtures("members")
def test_jokers_and_late_joiners_are_marked(session: Session, contract: Contract) -> None:
    lines = {one.member.names[0]: one for one in whole(session, contract).lines}

    assert lines["A"].cells == ("PP", "PP", "PP", "PP")
    assert lines["B"].cells == ("GP", "GP", "GP", "GP")
    assert lines["C"].cells == (LATE, LATE, "PP", "PP")
    assert lines["D"].cells == ("GP", "GP", "GP", JOKER)
    assert lines["C"].remark == "à partir du 18/10/2019"
    assert [lines[name].cents for name in "ABCD"] == [4000, 7200, 2000, 5400]
    assert whole(session, contract).totals_by_date == [
        "PP 2\N{NO-BREAK SPACE}GP",
        "PP 2\N{NO-BREAK SPACE}GP",
        "2\N{NO-BREAK SPACE}PP\n2\N{NO-BREAK SPACE}GP".replace("\n", " "),
        "2\N{NO-BREAK SPACE}PP GP",
    ]


@pytest.mark.usefixtures("members")
def test_the_workbook_holds_every_cell_and_adds_up(session: Session, contract: Contract) -> None:
    content = synthesis.xlsx(whole(session, contract))

    kept, live = values(content), values(content, live=True)
    # Names, place, remark, deliveries, jokers, PP, GP, total, then two cells a date.
    assert [kept.get(f"{column}8") for column in "DFGH"] == [4, 4, None, 40]
    assert [kept.get(f"{column}11") for column in "DEFGH"] == [3, 1, None, 3, 54]
    assert kept["P11"] == JOKER
    assert "O10" in kept
    assert "I10" not in kept
    assert [kept[f"{column}12"] for column in "FGH"] == [6, 7, 186]
    assert kept["H13"] == 186
    assert live["H8"] == "=SUMPRODUCT($I$7:$P$7,$I8:$P8)"
    assert live["I12"] == "=SUM(I8:I11)"


def test_a_price_that_changes_counts_from_its_date(
    session: Session, make: Make, contract: Contract
) -> None:
    make.subscription(make.person().household, contract, [1, 0])
    contract.products[0].prices.append(ContractPrice(from_date=FRIDAYS[2], cents=1100))
    session.commit()

    content = synthesis.xlsx(whole(session, contract))

    assert values(content)["H8"] == 42


def test_dates_without_anything_and_crossed_cells_take_no_room(
    session: Session, make: Make, contract: Contract
) -> None:
    make.subscription(make.person().household, contract, [1, 1])
    session.add_all(
        Bar(contract_date_id=contract.dates[n].id, contract_product_id=product.id)
        for n, product in zip((0, 0, 1), (*contract.products, contract.products[0]), strict=True)
    )
    session.commit()

    found = whole(session, contract)

    assert list(found.season.dates.values()) == FRIDAYS[1:]
    assert found.lines[0].cells == ("GP", "PP GP", "PP GP")


def test_two_half_baskets_are_not_two_and_a_half(session: Session, make: Make) -> None:
    halves = make.contract(products={"1/2 Panier": 800, "Panier": 1500}, dates=FRIDAYS[:1])
    make.subscription(make.person().household, halves, [2, 2])

    assert whole(session, halves).lines[0].cells == ("2×1/2P 2\N{NO-BREAK SPACE}P",)


def test_short_names_are_never_the_same() -> None:
    found = codes({1: "Petit Panier Mardi", 2: "petit panier mercredi", 3: "1/2 Panier", 4: "@!"})

    assert found == {1: "PPM", 2: "PPM.2", 3: "1/2P", 4: "P"}


@pytest.mark.usefixtures("members")
@pytest.mark.parametrize("document", list(Document))
def test_each_document_is_shown_and_given(
    app: Flask, contract: Contract, referent: Browser, document: Document
) -> None:
    referent.visit("/admin/livraisons")

    with counted(app) as said:
        page = referent.visit(url(contract, document))
    book = referent.client.get(f"{url(contract, document)}.xlsx")
    paper = referent.client.get(f"{url(contract, document)}.pdf")

    assert len(said) <= MOST_STATEMENTS, said
    assert page.find("table")
    assert openpyxl.load_workbook(BytesIO(book.data)).worksheets
    assert paper.data.startswith(b"%PDF-")


@pytest.mark.usefixtures("members")
def test_all_dates_say_what_to_deliver(contract: Contract, referent: Browser) -> None:
    content = referent.client.get(f"{url(contract, Document.DATES)}.xlsx").data

    found = values(content)
    assert [found[f"{column}7"] for column in "ABCD"] == ["18/10/2019", 4, 2, 2]
    assert [found[f"{column}9"] for column in "BCD"] == [13, 6, 7]


def test_the_signed_contract_says_when_how_much_and_the_total(
    contract: Contract, members: dict[str, Subscription], referent: Browser
) -> None:
    address = f"/admin/contrats-signes/{members['D'].id}/document"

    text = referent.visit(address).get_text(" ", strip=True)
    live = values(referent.client.get(f"{address}.xlsx").data, live=True)

    assert "Jokers\N{NO-BREAK SPACE}: 25/10/2019" in text
    assert "54,00\N{NO-BREAK SPACE}€" in text
    assert live["E5"] == "=C5*D5"
    assert live["E8"] == "=SUM(E5:E7)"
    assert referent.client.get(f"{address}.pdf").data.startswith(b"%PDF-")


def test_the_blank_contract_leaves_room_to_write(
    session: Session, contract: Contract, referent: Browser
) -> None:
    contract.kind = ContractKind.PER_DATE
    session.add(
        Bar(
            contract_date_id=contract.dates[0].id,
            contract_product_id=contract.products[0].id,
        )
    )
    session.commit()

    page = referent.visit(url(contract, Document.BLANK))

    cells = [cell.get_text() for cell in page.find_all("table")[1].find_all("td")]
    assert cells == ["×", "", "", "", "", "", "", ""]
    assert "Signature" in page.get_text()


def test_the_list_has_every_address_to_copy_but_not_for_the_producer(
    session: Session, make: Make, contract: Contract, referent: Browser, farmer: Browser
) -> None:
    anna = make.person("Anna")
    paul = make.person("Paul", household=anna.household)
    session.add(PersonAddress(person_id=anna.id, email="anna.bis@test.example"))
    session.commit()
    make.subscription(anna.household, contract)

    page = referent.visit(url(contract, Document.LIST))

    field = page.select_one("#adresses")
    assert field is not None
    assert field.get_text() == f"{anna.email}, anna.bis@test.example, {paul.email}"
    for path in ("", ".pdf", ".xlsx"):
        assert farmer.client.get(url(contract, Document.LIST) + path).status_code == 403
    listed = farmer.visit(f"/admin/contrats/{contract.id}/documents")
    assert "La synthèse des distributions en une page" in listed.get_text()
    assert "avec leurs adresses" not in listed.get_text()


def test_other_producers_contracts_stay_closed(
    make: Make, contract: Contract, referent: Browser, farmer: Browser
) -> None:
    other = make.contract("Pain")
    signed = make.subscription(make.person().household, other)

    for browser in (referent, farmer):
        for path in ("", "/synthese", "/synthese.xlsx", "/dates.pdf", "/adherents"):
            answer = browser.client.get(f"/admin/contrats/{other.id}/documents{path}")
            assert answer.status_code == 403, path
        for path in ("", ".pdf"):
            answer = browser.client.get(f"/admin/contrats-signes/{signed.id}/document{path}")
            assert answer.status_code == 403, path


@pytest.mark.parametrize("document", list(Document))
def test_a_contract_without_anything_is_no_error(
    session: Session, make: Make, referent: Browser, contract: Contract, document: Document
) -> None:
    session.add_all(
        Bar(contract_date_id=date.id, contract_product_id=product.id)
        for date in contract.dates
        for product in contract.products
    )
    session.commit()

    for ending in ("", ".xlsx", ".pdf"):
        assert referent.client.get(url(contract, document) + ending).status_code == 200


def test_what_people_typed_is_never_code(
    session: Session, make: Make, contract: Contract, referent: Browser
) -> None:
    anna = make.member("Anna", contract)
    anna.last_name = '=cmd|"/c calc"!A1 #panic() $ <script>'
    contract.name = "=1+1 #read(1) 'x' []:*?/\\"
    contract.presentation = "@SUM(1) *gras* #panic()"
    contract.products[0].product.name = "+1 #let"
    contract.places[0].name = "'History'[]:*?/ un nom de lieu bien trop long pour une page"
    session.commit()

    for document in Document:
        book = openpyxl.load_workbook(
            BytesIO(referent.client.get(f"{url(contract, document)}.xlsx").data)
        )
        for page in book.worksheets:
            for cell in (cell for row in page.iter_rows() for cell in row):
                assert cell.data_type != "f" or "cmd" not in str(cell.value)
        assert referent.client.get(f"{url(contract, document)}.pdf").status_code == 200
        assert "<script>" not in str(referent.visit(url(contract, document)).find("table"))


def test_the_synthesis_takes_the_smallest_sheet_that_holds_it(session: Session, make: Make) -> None:
    days = [FRIDAYS[0] + dt.timedelta(weeks=number) for number in range(40)]
    season = make.contract(products={"Panier": 1000, "Œufs (par 6)": 250}, dates=days)
    for _each in range(30):
        make.subscription(make.person().household, season, [1, 2])

    found = synthesis.pdf(whole(session, season))

    size = re.search(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", found)
    assert size is not None
    assert max(map(float, size.groups())) < 1200  # points: A3
    assert b"/Count 1" in found

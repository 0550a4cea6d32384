"""The sign-in sheet of a day at a place."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Role
from amapress_py.contracts.models import Bar, Contract
from amapress_py.deliveries.models import Delivery
from amapress_py.exchange import services as exchange
from amapress_py.exchange.models import BasketOffer
from amapress_py.exchange.rules import OfferState
from amapress_py.exchange.steps import Actor
from amapress_py.sheets.queries import Sheet, sign_in_sheet
from tests.back_office import MOST_STATEMENTS, counted
from tests.conftest import BrowserFactory
from tests.factories import Make

HALF = "Légumes : 1/2 Panier"


@pytest.fixture
def contract(make: Make) -> Contract:
    return make.contract(products={"1/2 Panier": 1000, "Panier": 1800})


@pytest.fixture
def delivery(make: Make, contract: Contract) -> Delivery:
    return make.delivery(make.thursday(), contract.places[0])


def sheet(session: Session, delivery: Delivery) -> Sheet:
    session.expire_all()
    return sign_in_sheet(session, delivery)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def accepted(session: Session, make: Make, offer: BasketOffer) -> str:
    """Let somebody ask for an offer and be accepted; return the taker's name."""
    taker = make.intermittent()
    request = make.request(offer, taker)
    with db.transaction():
        exchange.accept_request(session, Actor.of(offer.offered_by), request.id)
    return taker.name


def test_a_household_is_one_line_with_all_its_persons(
    session: Session, make: Make, contract: Contract, delivery: Delivery
) -> None:
    anna = make.person("Anna")
    paul = make.person("Paul", household=anna.household)
    make.subscription(anna.household, contract, [1, 2])

    line, *others = sheet(session, delivery).lines

    assert not others
    assert line.names == f"{anna.name}, {paul.name}"
    assert line.phones == [anna.phone, paul.phone]
    assert [plain(item.label) for item in line.kept] == [HALF, "Légumes : 2 × Panier"]


def test_lines_are_sorted_without_accents(
    session: Session, make: Make, contract: Contract, delivery: Delivery
) -> None:
    for last_name in ("Zola", "Étienne", "eluard"):
        person = make.person()
        person.last_name = last_name
        session.commit()
        make.subscription(person.household, contract)

    names = [line.names.split()[-1] for line in sheet(session, delivery).lines]

    assert names == ["eluard", "Étienne", "Zola"]


def test_an_exchanged_basket_is_signed_for_by_the_taker(
    session: Session, make: Make, contract: Contract, delivery: Delivery
) -> None:
    taker = accepted(session, make, make.offer(make.member("Anna", contract)))

    found = sheet(session, delivery)

    (line,) = found.lines
    assert line.kept == []
    assert [one.taker for one in line.handed] == [taker]
    assert [plain(item.label) for item in line.handed[0].items] == [HALF]
    assert found.waiting == []
    assert found.baskets == 1


def test_a_closed_exchange_stays_on_the_sheet(
    session: Session, make: Make, contract: Contract, delivery: Delivery
) -> None:
    offer = make.offer(make.member("Anna", contract))
    taker = accepted(session, make, offer)
    offer.state = OfferState.CLOSED
    session.commit()

    assert [one.taker for one in sheet(session, delivery).lines[0].handed] == [taker]


def test_what_waits_is_listed_apart_and_signed_for_by_its_household(
    session: Session, make: Make, contract: Contract, delivery: Delivery
) -> None:
    anna = make.member("Anna", contract)
    candidate = make.intermittent("Bruno")
    make.request(make.offer(anna), candidate)

    found = sheet(session, delivery)

    (line,) = found.lines
    assert (line.names, len(line.kept), line.handed) == (anna.name, 1, [])
    (waiting,) = found.waiting
    assert (waiting.names, waiting.state) == (anna.name, OfferState.REQUESTED)
    assert waiting.candidates == (candidate.short_name,)


def test_a_cancelled_offer_leaves_no_trace(
    session: Session, make: Make, contract: Contract, delivery: Delivery
) -> None:
    anna = make.member("Anna", contract)
    offer = make.offer(anna)
    with db.transaction():
        exchange.cancel_offer(session, Actor.of(anna), offer.id)

    found = sheet(session, delivery)

    assert (len(found.lines[0].kept), found.lines[0].handed, found.waiting) == (1, [], [])


def test_a_joker_is_a_joker_and_nothing_else(
    session: Session, make: Make, contract: Contract, delivery: Delivery
) -> None:
    signed = make.subscription(make.person().household, contract)
    make.joker(signed, contract.dates[0])

    (line,) = sheet(session, delivery).lines

    assert (line.kept, line.handed, line.jokers) == ([], [], ["Légumes"])


def test_a_joker_on_one_contract_leaves_the_other(
    session: Session, make: Make, contract: Contract, delivery: Delivery
) -> None:
    bread = make.contract("Pain", products={"Boule": 400}, places=contract.places)
    anna = make.person("Anna")
    make.joker(make.subscription(anna.household, contract), contract.dates[0])
    make.subscription(anna.household, bread)

    (line,) = sheet(session, delivery).lines

    assert [plain(item.label) for item in line.kept] == ["Pain : Boule"]
    assert line.jokers == ["Légumes"]


def test_who_has_not_begun_or_has_only_barred_cells_is_absent(
    session: Session, make: Make, contract: Contract, delivery: Delivery
) -> None:
    late = make.subscription(make.person().household, contract)
    make.joker(late, contract.dates[0])
    late.starts_on = late.ends_on = make.thursday(1)
    barred = make.subscription(make.person().household, contract, [1])
    make.joker(barred, contract.dates[0])
    session.add(
        Bar(contract_date_id=contract.dates[0].id, contract_product_id=contract.products[0].id)
    )
    session.commit()

    assert sheet(session, delivery).lines == []


def test_two_places_on_one_day_are_two_sheets(
    session: Session, make: Make, contract: Contract, delivery: Delivery
) -> None:
    elsewhere = make.contract("Pain", products={"Boule": 400})
    anna = make.person("Anna")
    make.subscription(anna.household, contract)
    make.subscription(anna.household, elsewhere)
    there = make.delivery(make.thursday(), elsewhere.places[0])

    sheets = (sheet(session, delivery), sheet(session, there))

    labels = [[plain(item.label) for item in one.lines[0].kept] for one in sheets]
    assert labels == [[HALF], ["Pain : Boule"]]


def test_the_page_is_ready_to_print(
    app: Flask, session: Session, make: Make, browse: BrowserFactory, delivery: Delivery,
    contract: Contract,
) -> None:  # fmt: skip
    taker = accepted(session, make, make.offer(make.member("Anna", contract)))
    make.offer(make.member("Chloé", contract))
    make.joker(make.subscription(make.person("Zoé").household, contract), contract.dates[0])
    browser = browse(make.person(roles=[Role.INTERMITTENT_MANAGER]))

    with counted(app) as statements:
        page = browser.visit(f"/admin/distributions/{delivery.id}/emargement")

    assert len(statements) <= MOST_STATEMENTS, statements
    table, waiting = page.select("table")
    assert table.find("thead")
    assert f"cédé à {taker}" in table.text
    assert "joker" in table.text
    assert "Chloé" in waiting.text
    assert "Anna" not in waiting.text
    assert not page.select("[style], script:not([src]), nav")


@pytest.mark.parametrize("role", [None, *Role])
def test_who_sees_the_sheet(
    make: Make, browse: BrowserFactory, delivery: Delivery, role: Role | None
) -> None:
    browser = browse(make.person(roles=[role] if role else []))
    sees = role in (Role.ADMIN, Role.INTERMITTENT_MANAGER, Role.REFERENT)

    response = browser.client.get(f"/admin/distributions/{delivery.id}/emargement")

    assert response.status_code == (200 if sees else 403)


def test_an_unknown_delivery_has_no_sheet(make: Make, browse: BrowserFactory) -> None:
    browser = browse(make.person(roles=[Role.ADMIN]))

    browser.visit("/admin/distributions/12345/emargement", status=404)

import pytest
from bs4 import Tag
from flask import Flask
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Person
from amapress_py.contracts.models import Contract, Subscription
from amapress_py.exchange import services
from amapress_py.exchange.steps import Actor
from tests.back_office import MOST_STATEMENTS, counted
from tests.conftest import BrowserFactory
from tests.factories import Make
from tests.shortcodes.pages import prose, write


def rows(page: Tag) -> list[list[str]]:
    return [
        [" ".join(cell.get_text(" ").split()) for cell in row.select("td")]
        for row in page.select("tbody tr")
    ]


@pytest.fixture
def vegetables(make: Make) -> Contract:
    return make.contract(
        products={"Panier": 1000, "Œufs": 300},
        dates=[make.thursday(week) for week in range(4)],
        places=[make.place("Tilleuls")],
    )


@pytest.fixture
def anna(make: Make, vegetables: Contract) -> Person:
    person = make.person("Anna")
    make.subscription(person.household, vegetables, (2, 1))
    return person


def test_each_delivery_with_contents_price_and_a_link(
    browse: BrowserFactory, make: Make, anna: Person
) -> None:
    write("[amapien-details-livraisons]")

    page = prose(browse(anna))

    assert rows(page)[0] == [
        "26/11/2026",
        "Tilleuls 18 h 30 – 20 h",
        "Légumes : 2 × Panier Légumes : Œufs",
        "23,00 €",
    ]
    assert len(rows(page)) == 4
    link = page.select_one("tbody a")
    assert link is not None
    assert link["href"] == f"/distributions/{make.coming_delivery(anna).id}"


def test_jokers_and_exchanges_of_both_sides(
    browse: BrowserFactory, make: Make, anna: Person, vegetables: Contract, session: Session
) -> None:
    make.joker(session.query(Subscription).one(), vegetables.dates[1])
    offer = make.offer(anna)
    bruno = make.intermittent("Bruno")
    request = make.request(offer, bruno)
    with db.transaction() as current:
        services.accept_request(current, Actor.of(anna), request.id)
    write("[amapien-details-livraisons]")

    given, skipped, *_rest = rows(prose(browse(anna)))
    (taken,) = rows(prose(browse(bruno)))

    assert given[2] == f"Rien à prendre Cédé à {bruno.short_name} – Gérer l’échange"
    assert given[3] == ""
    assert skipped[2] == "Rien à prendre Joker : Légumes"
    assert f"Panier de {anna.short_name} à prendre" in taken[2]
    assert taken[2].endswith("(23,00 €)")


def test_by_producer_each_with_its_total(
    browse: BrowserFactory, make: Make, anna: Person, vegetables: Contract
) -> None:
    bread = make.contract(
        "Pain",
        products={"Boule": 450},
        dates=[make.thursday(), make.thursday(1)],
        places=vegetables.places,
    )
    make.subscription(anna.household, bread)
    write("[amapien-details-livraisons by=producteur]")

    page = prose(browse(anna))

    assert [title.text for title in page.select("h2")] == [
        vegetables.producer.name,
        bread.producer.name,
    ]
    totals = [line.text for line in page.select("p strong")]
    assert totals == ["92,00\xa0€", "9,00\xa0€"]


def test_only_the_next_ones_and_nothing_for_who_has_no_contract(
    browse: BrowserFactory, make: Make, anna: Person
) -> None:
    write("[amapien-details-livraisons nombre=2]")

    assert [row[0] for row in rows(prose(browse(anna)))] == ["26/11/2026", "03/12/2026"]
    assert "Aucune livraison à venir" in prose(browse(make.person())).text
    assert prose(browse()).text.strip() == ""


def test_few_statements_however_many_deliveries(
    app: Flask, browse: BrowserFactory, make: Make, anna: Person
) -> None:
    write("[amapien-details-livraisons]")
    browser, counts = browse(anna), []
    for more in (0, 6):
        for _ in range(more):
            contract = make.contract(dates=[make.thursday(10 + week) for week in range(5)])
            make.subscription(anna.household, contract)
        browser.visit("/essai")
        with counted(app) as said:
            browser.visit("/essai")
        counts.append(len(said))

    assert counts[0] == counts[1] <= MOST_STATEMENTS

"""[producteurs] and [produits]: what everybody may know of the season."""

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from amapress_py import clock as clocks
from amapress_py.contracts.models import Contract, ContractPrice, ContractState, Producer
from tests.back_office import MOST_STATEMENTS, counted
from tests.conftest import BrowserFactory
from tests.factories import Make
from tests.shortcodes.pages import prose, write


@pytest.fixture
def garden(make: Make, session: Session) -> Producer:
    farm = Producer(name="Jardin d’Été", presentation="Deux hectares <b>\nau bord de l’eau.")
    session.add(farm)
    session.commit()
    return farm


@pytest.fixture
def vegetables(make: Make, garden: Producer, session: Session) -> Contract:
    contract = make.contract(
        products={"Panier": 1000, "Œufs": 300},
        dates=[make.thursday(week) for week in range(3)],
        producer=garden,
    )
    contract.deadline = clocks.today() + dt.timedelta(days=3)
    contract.products[1].product.packaging = "boîte de 6"
    session.commit()
    return contract


def test_visitors_read_who_the_producers_are_and_what_can_be_signed(
    browse: BrowserFactory, make: Make, vegetables: Contract
) -> None:
    write("[producteurs]")

    page = prose(browse())

    assert [title.text for title in page.select("h2")] == ["Jardin d’Été"]
    assert "Deux hectares <b>\nau bord de l’eau." in page.text
    assert "Livraisons du 26/11/2026 au 10/12/2026. Inscription jusqu’au 25/11/2026." in page.text
    assert "Panier, Œufs." in page.text
    assert page.select_one(f"#producteur-{vegetables.producer_id}") is not None


def test_drafts_archives_and_what_is_over_are_left_out(
    browse: BrowserFactory, make: Make, vegetables: Contract, session: Session
) -> None:
    for label, state in (("Pommes", ContractState.DRAFT), ("Miel", ContractState.ARCHIVED)):
        make.contract(label).state = state
    make.contract("Vieux", dates=[dt.date(2026, 1, 8)])
    session.commit()
    write("[producteurs]")
    write("[producteurs tous=oui]", title="Tous")

    assert len(prose(browse()).select("h2")) == 1
    every = prose(browse(), "/tous")
    assert len(every.select("h2")) == 4
    assert every.text.count("Pas de contrat en ce moment.") == 3


def test_products_with_packaging_and_the_price_of_today(
    browse: BrowserFactory, make: Make, vegetables: Contract, session: Session
) -> None:
    panier = vegetables.products[0]
    panier.prices[0].from_date = dt.date(2026, 1, 1)
    for day, cents in ((dt.date(2026, 11, 1), 1100), (dt.date(2026, 12, 1), 1200)):
        session.add(ContractPrice(contract_product_id=panier.id, from_date=day, cents=cents))
    session.commit()
    make.contract("Pain", products={"Boule": 450})
    write("[produits producteur='jardin d ete' contrat_nom=LEG]")
    write("[produits producteur='ETE']", title="Autre")

    rows = prose(browse(), "/autre").select("tbody tr")

    assert [[cell.text for cell in row.select("td")] for row in rows] == [
        ["PanierContrat\xa0: Légumes", "11,00\xa0€"],
        ["Œufs (boîte de 6)Contrat\xa0: Légumes", "3,00\xa0€"],
    ]


def test_other_sites_show_both_and_the_statements_stay_few(
    app: Flask, make: Make, vegetables: Contract
) -> None:
    client = app.test_client()
    for tag in ("producteurs", "produits"):
        counts = []
        for more in (1, 8):
            for _ in range(more):
                make.contract("Pain", products={"Boule": 450, "Miche": 500})
            client.get(f"/embed/{tag}")
            with counted(app) as said:
                answer = client.get(f"/embed/{tag}")
            counts.append(len(said))
        assert "Jardin d’Été" in answer.text
        assert counts[0] == counts[1] <= MOST_STATEMENTS

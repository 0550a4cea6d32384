"""[echanger-paniers-list] on its page."""

import datetime as dt

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py.accounts.models import Role
from amapress_py.exchange.models import BasketOffer
from tests.conftest import BrowserFactory
from tests.factories import Make

PAGE = "/espace-intermittents/absence"


def test_ceding_takes_one_click_and_a_message(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    anna = make.member("Anna")
    browser = browse(anna)
    row = browser.visit(PAGE).select_one("#absence tbody tr")
    assert row is not None
    assert "Céder mon panier" in row.get_text()
    assert "Signez la feuille d’émargement au nom de" in row.get_text()
    delivery = row.select_one("input[name=livraison]")
    assert delivery is not None

    after = browser.post(
        "/paniers/ceder", {"livraison": delivery["value"], "informations": "Merci !"}, page=PAGE
    )

    assert "Votre panier est proposé" in after.get_text()
    offer = session.scalars(select(BasketOffer)).one()
    assert offer.message == "Merci !"
    row = browser.visit(PAGE).select_one("#absence tbody tr")
    assert row is not None
    assert "À réserver" in row.get_text()
    assert "Céder mon panier" not in row.get_text()
    link = row.find("a", string="Gérer l’échange")
    assert link is not None
    assert link["href"] == f"/espace-intermittents/mes-paniers-echanges#offre-{offer.id}"


def test_two_contracts_are_two_baskets_of_one_click(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    place = make.place()
    anna = make.member("Anna", make.contract(places=[place]))
    make.subscription(anna.household, make.contract("Pain", places=[place]))

    assert "Céder mes 2 paniers" in browse(anna).visit(PAGE).get_text()


def test_after_the_limit_the_page_says_until_when_it_was(
    app: Flask, session: Session, make: Make, browse: BrowserFactory, clock: object
) -> None:
    anna = make.member("Anna")
    delivery = make.coming_delivery(anna)
    clock.move_to(delivery.starts_at - dt.timedelta(hours=23))  # type: ignore[attr-defined]

    text = browse(anna).visit(PAGE).get_text(" ", strip=True)

    assert "Trop tard pour céder ce panier (limite : mercredi 25 novembre 2026 à 18" in text
    assert "Céder mon panier" not in text.replace("cliquez sur Céder mon panier", "")


def test_a_responsable_cedes_for_a_member_and_names_the_taker(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    anna, bruno = make.member("Anna"), make.intermittent("Bruno")
    iris = browse(make.person("Iris", roles=[Role.INTERMITTENT_MANAGER]))
    found = iris.visit(f"{PAGE}?q-absence=anna").find("a", href=f"?amapien={anna.id}")
    assert found is not None
    page = iris.visit(f"{PAGE}?amapien={anna.id}")
    assert f"Paniers de {anna.name}" in page.get_text()
    assert "Céder son panier" in page.get_text()

    after = iris.post(
        "/paniers/ceder",
        {
            "livraison": make.coming_delivery(anna).id,
            "foyer": anna.household_id,
            "repreneur": bruno.id,
        },
        page=f"{PAGE}?amapien={anna.id}",
    )

    assert "Le panier est attribué" in after.get_text()
    session.rollback()  # what was read before is a snapshot
    assert session.scalars(select(BasketOffer)).one().household_id == anna.household_id


def test_a_member_cannot_look_at_or_cede_the_basket_of_another(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    anna, eve = make.member("Anna"), make.member("Eve")
    delivery = make.coming_delivery(anna)
    browser = browse(eve)

    assert anna.name not in browser.visit(f"{PAGE}?amapien={anna.id}").get_text()
    after = browser.post(
        "/paniers/ceder", {"livraison": delivery.id, "foyer": anna.household_id}, page=PAGE
    )

    assert "Vous n’avez pas le droit de faire cela" in after.get_text()
    assert session.scalars(select(BasketOffer)).all() == []


def test_a_message_that_is_too_long_is_kept_and_explained(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    anna = make.member("Anna")
    browser = browse(anna)
    data = {"livraison": make.coming_delivery(anna).id, "informations": "x" * 1001}

    answer = browser.client.post("/paniers/ceder", data={"csrf_token": browser.token(), **data})

    assert answer.status_code == 422
    assert "1000 signes au maximum" in answer.text
    assert "x" * 1001 in answer.text
    assert session.scalars(select(BasketOffer)).all() == []


def test_nobody_without_a_contract_is_left_without_advice(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    text = browse(make.person()).visit(PAGE).get_text()

    assert "Aucun panier à venir" in text
    assert "Voir les paniers à réserver" in text

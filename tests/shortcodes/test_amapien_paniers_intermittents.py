"""[amapien-paniers-intermittents] and [intermittent-paniers] on their page."""

from flask import Flask
from sqlalchemy.orm import Session

from amapress_py.accounts.models import Role
from amapress_py.contracts.models import ContractProduct
from amapress_py.exchange import services
from amapress_py.exchange.steps import Actor
from tests.conftest import BrowserFactory
from tests.factories import Make

PAGE = "/espace-intermittents/mes-paniers-echanges"


def test_the_owner_sees_names_first_and_contacts_once_accepted(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    anna, bruno = make.member("Anna"), make.intermittent("Bruno")
    offer = make.offer(anna)
    request = make.request(offer, bruno)
    browser = browse(anna)

    before = browser.visit(PAGE).select_one(f"#proposes #offre-{offer.id}")
    assert before is not None
    assert "Bruno N. (Intermittent)" in before.get_text(" ", strip=True)
    assert bruno.phone not in before.get_text()
    assert {"Valider", "Refuser", "Annuler l’échange"} <= {
        button.get_text().split(" –")[0] for button in before.select("button")
    }
    after = browser.post(f"/paniers/demandes/{request.id}/valider", page=PAGE)

    text = after.get_text(" ", strip=True)
    assert "Réservé" in text
    assert bruno.name in text
    assert bruno.phone in text
    assert bruno.email is not None
    assert bruno.email in text


def test_the_taker_gets_contacts_and_what_to_know(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    anna, bruno = make.member("Anna"), make.intermittent("Bruno")
    offer = make.offer(anna)
    request = make.request(offer, bruno)
    browser = browse(bruno)
    waiting = browser.visit(PAGE).select_one(f"#reserves #offre-{offer.id}")
    assert waiting is not None
    assert "En attente de validation" in waiting.get_text()
    assert anna.phone not in waiting.get_text()
    services.accept_request(session, Actor.of(anna), request.id)
    session.commit()

    taken = browser.visit(PAGE).select_one(f"#reserves #offre-{offer.id}")

    assert taken is not None
    text = taken.get_text(" ", strip=True)
    assert anna.phone in text
    assert f"Signez la feuille d’émargement au nom de {anna.name}" in text
    after = browser.post(f"/paniers/demandes/{request.id}/retirer", page=PAGE)
    assert "C’est annulé" in after.get_text()


def test_a_stranger_answers_nothing(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    offer = make.offer()
    request = make.request(offer)
    eve = browse(make.member("Eve"))

    for path in (
        f"/paniers/demandes/{request.id}/valider",
        f"/paniers/demandes/{request.id}/refuser",
        f"/paniers/demandes/{request.id}/retirer",
        f"/paniers/{offer.id}/annuler",
    ):
        assert "Vous n’avez pas le droit" in eve.post(path, page=PAGE).get_text()

    session.refresh(offer)
    assert offer.state == "requested"


def test_refusing_and_cancelling_tell_the_reason(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    anna, bruno, chloe = make.member("Anna"), make.person("Bruno"), make.person("Chloé")
    offer = make.offer(anna)
    request = make.request(offer, bruno)
    make.request(offer, chloe)
    owner = browse(anna)

    owner.post(f"/paniers/demandes/{request.id}/refuser", {"motif": "Déjà promis"}, page=PAGE)
    owner.post(f"/paniers/{offer.id}/annuler", {"motif": "Je viens <b>moi</b>"}, page=PAGE)

    refused = browse(bruno).visit(PAGE)
    assert "Déjà promis" in refused.get_text()
    cancelled = browse(chloe).visit(PAGE)
    assert "Je viens <b>moi</b>" in cancelled.get_text()
    assert "Annulé" in owner.visit(PAGE).get_text()


def test_an_empty_page_says_what_to_do(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    text = browse(make.person()).visit(PAGE).get_text()

    assert "Vous ne proposez aucun panier" in text
    assert "Vous n’avez demandé aucun panier" in text


def test_a_later_change_of_the_contract_stands_beside_the_agreed_price(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    offer = make.offer()
    anna, bruno = offer.offered_by, make.intermittent("Bruno")
    make.request(offer, bruno)
    product = session.get_one(ContractProduct, offer.items[0].contract_product_id)
    manager = make.person(roles=[Role.INTERMITTENT_MANAGER])
    product.prices[0].cents = 1250
    session.commit()

    pages = [browse(one).visit(PAGE) for one in (anna, bruno)]
    pages.append(browse(manager).visit(f"/admin/paniers/{offer.id}"))

    for page in pages:
        said = page.get_text(" ", strip=True).replace("\xa0", " ")
        assert "Le contrat a changé depuis : Légumes : 1/2 Panier, 12,50 €." in said
        assert "reste 10,00 €." in said

"""[les-paniers-intermittents] on its page."""

import datetime as dt

from flask import Flask
from sqlalchemy.orm import Session

from amapress_py import settings
from amapress_py.exchange import services
from amapress_py.exchange.steps import Actor
from tests.conftest import BrowserFactory
from tests.factories import Make

PAGE = "/espace-intermittents/reserver"


def test_a_row_shows_all_columns_and_one_button(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    offer = make.offer(make.member("Anna"), message="Panier à l’ombre")
    bruno = browse(make.intermittent("Bruno"))

    page = bruno.visit(PAGE)

    heads = [head.get_text(strip=True) for head in page.select("#reserver thead th")]
    assert heads == ["Détails", "Date", "Panier", "Lieu", "Quantité", "Prix", "État"]
    row = page.select_one(f"#offre-{offer.id}")
    assert row is not None
    text = row.get_text(" ", strip=True)
    for shown in ("26/11/2026", "depuis 22/11/2026", "Légumes", "1/2 Panier", "10,00\xa0€"):
        assert shown in text
    assert {link.get_text(): str(link["href"]) for link in row.select("td > a")} == {
        "26/11/2026": f"/distributions/{offer.delivery_id}",
        "Légumes": f"/contrats/{offer.items[0].contract_id}",
        offer.delivery.place.short_name: f"/distributions/{offer.delivery_id}#lieu",
    }
    bruno.visit(f"/contrats/{offer.items[0].contract_id}")
    assert "Panier à l’ombre" in text
    assert "Je suis intéressé" in text
    assert "Anna N." in text
    assert offer.offered_by.last_name not in text
    assert offer.offered_by.phone not in page.get_text()


def test_asking_changes_the_row_and_counts(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    offer = make.offer()
    bruno = browse(make.intermittent("Bruno"))
    chloe = browse(make.person("Chloé"))

    after = bruno.post(f"/paniers/{offer.id}/demander", page=PAGE)

    assert "Votre demande est envoyée" in after.get_text()
    assert after.select_one("#reserver form[action*=demander]") is None
    other = chloe.visit(PAGE).get_text()
    assert "1 personne intéressée" in other
    assert "Devenir intermittent pour être averti par mail" in other
    again = bruno.post(f"/paniers/{offer.id}/demander", page=PAGE)
    assert "Vous avez déjà demandé ce panier" in again.get_text()


def test_the_own_household_is_not_listed(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    anna = make.member("Anna")
    make.offer(anna)

    page = browse(anna).visit(PAGE)

    assert page.select_one("#reserver") is None
    assert "Aucun panier n’est à réserver" in page.get_text()


def test_what_has_begun_or_is_taken_is_not_listed(
    app: Flask, session: Session, make: Make, browse: BrowserFactory, clock: object
) -> None:
    taken, coming = make.offer(), make.offer()
    request = make.request(taken)
    services.accept_request(session, Actor.of(taken.offered_by), request.id)
    session.commit()
    david = browse(make.intermittent("David"))

    page = david.visit(PAGE)
    assert page.select_one(f"#offre-{taken.id}") is None
    assert page.select_one(f"#offre-{coming.id}") is not None
    clock.move_to(coming.delivery.starts_at + dt.timedelta(seconds=1))  # type: ignore[attr-defined]
    assert david.visit(PAGE).select_one(f"#offre-{coming.id}") is None


def test_a_mails_link_leads_to_its_row_through_the_log_in(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    offers = [make.offer() for _ in range(3)]
    path = f"{PAGE}?offre={offers[2].id}"

    asked = browse().client.get(path)
    assert asked.status_code == 303
    assert f"offre%3D{offers[2].id}" in asked.headers["Location"]
    page = browse(make.intermittent()).visit(path)

    first = page.select("#reserver tbody tr")[0]
    assert first["id"] == f"offre-{offers[2].id}"
    details = first.select_one("details")
    assert details is not None
    assert details.has_attr("open")


def test_only_the_enrolled_get_a_button_where_the_setting_says_so(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    settings.save(session, {"allow_amapiens": False})
    session.commit()
    offer = make.offer()

    page = browse(make.person()).visit(PAGE)

    assert page.select_one("form[action*=demander]") is None
    assert "Seuls les intermittents inscrits" in page.get_text()
    refused = browse(make.person()).post(f"/paniers/{offer.id}/demander", page=PAGE)
    assert "Seuls les intermittents inscrits" in refused.get_text()


def test_search_sort_and_pages_work_without_scripts(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    place = make.place("Pernety")
    bread = make.contract("Pain", products={"Boule": 450}, places=[place])
    for _ in range(21):
        make.offer(make.member(contract=bread))
    make.offer(make.member(contract=make.contract("Légumes", places=[place])))
    bruno = browse(make.intermittent())

    assert len(bruno.visit(PAGE).select("#reserver tbody tr")) == 20
    assert len(bruno.visit(f"{PAGE}?page-reserver=2").select("#reserver tbody tr")) == 2
    found = bruno.visit(f"{PAGE}?q-reserver=legumes").select("#reserver tbody tr")
    assert len(found) == 1
    dearest = bruno.visit(f"{PAGE}?tri-reserver=-prix").select("#reserver tbody tr")[0]
    assert "10,00" in dearest.get_text()
    assert len(bruno.visit(f"{PAGE}?q-reserver=26/11").select("#reserver tbody tr")) == 20
    nothing = bruno.visit(f"{PAGE}?q-reserver=zzz&page-reserver=abc&tri-reserver=zzz")
    assert "Aucune ligne ne correspond" in nothing.get_text()

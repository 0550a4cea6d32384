"""Events, a word to members, families and addresses: by hand, wide and narrow."""

import datetime as dt

import pytest
from sqlalchemy import select

from amapress_py import clock
from amapress_py.contracts.models import Contract
from tests.browser.conftest import People, Site
from tests.browser.test_pages import AXE, CUT_OFF, DESKTOP, FAULTS, PHONE, RULES


@pytest.fixture(scope="module")
def vegetables(site: Site) -> int:
    with site.installation.session() as session:
        return session.scalars(select(Contract.id).where(Contract.label == "Légumes")).one()


def test_a_referent_calls_people_to_sign_and_members_find_it(
    people: People, vegetables: int
) -> None:
    office = people.connected("referent", viewport={"width": PHONE, "height": 800})
    office.goto(f"/admin/contrats/{vegetables}")
    office.get_by_role("link", name="Ajouter une permanence de signature").click()
    day = clock.today() + dt.timedelta(days=9)
    office.get_by_label("Date").fill(day.isoformat())
    office.get_by_label("Début").fill("18:30")
    office.get_by_label("Fin").fill("20:00")
    office.get_by_label("Lieu").fill("Salle des Tilleuls")
    office.get_by_role("button", name="Enregistrer").click()
    title = "Permanence de signature : Légumes"
    office.get_by_role("link", name="Annoncer").first.click()
    assert "adresses mail" in office.locator("main .lead").inner_text()
    office.get_by_role("button", name="Envoyer l’annonce").click()
    assert "L’annonce part à" in office.locator(".message.success").inner_text()
    office.get_by_role("link", name="Tenir").last.click()
    office.get_by_role("link", name="Voir qui a signé").click()
    assert office.get_by_text("Ont signé").first.is_visible()

    member = people.connected("anna", java_script_enabled=False)
    member.goto("/evenements")
    member.get_by_role("link", name=title).first.click()
    assert "18\u00a0h\u00a030" in member.locator("main").inner_text()
    assert member.get_by_role("link", name="Voir le contrat").is_visible()


def test_what_is_written_to_members_is_read_on_their_contract(
    people: People, vegetables: int
) -> None:
    office = people.connected("referent", java_script_enabled=False)
    office.goto("/admin/messages")
    office.get_by_role("link", name="Écrire – Légumes").first.click()
    office.get_by_label("Objet").fill("Les oignons sont là")
    office.get_by_label("Message").fill("Venez avec un sac de plus.\n\nÀ jeudi.")
    office.get_by_role("button", name="Voir l’aperçu").click()
    assert "Les oignons sont là" in office.locator("main .note").inner_text()
    office.get_by_role("button", name="Envoyer à").click()
    assert "Le message part à" in office.locator(".message.success").inner_text()

    member = people.connected("anna", viewport={"width": PHONE, "height": 800})
    member.goto(f"/contrats/{vegetables}")
    assert "Venez avec un sac de plus." in member.locator("main").inner_text()


@pytest.mark.parametrize("width", [pytest.param(DESKTOP, marks=pytest.mark.thorough), PHONE])
def test_nothing_is_wrong_with_the_screens(people: People, vegetables: int, width: int) -> None:
    pages = {
        "admin": (
            "/admin/evenements",
            "/admin/evenements?quand=passes",
            "/admin/evenements/nouveau",
            "/admin/evenements/1/modifier",
            "/admin/evenements/1/annoncer",
            "/admin/evenements/1/tenir",
            "/admin/messages",
            f"/admin/messages/{vegetables}",
            "/admin/familles",
            "/admin/adresses?groupe=membres",
            "/admin/permanences/1",
        ),
        "anna": ("/evenements", "/evenement/1"),
    }
    wrong = []
    for name, paths in pages.items():
        page = people.connected(name, viewport={"width": width, "height": 800}, bypass_csp=True)
        for path in paths:
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 200, path
            page.evaluate(AXE)
            found = [*page.evaluate(CUT_OFF), *page.evaluate(FAULTS, RULES)]
            wrong += [(path, one) for one in found]
    assert not wrong

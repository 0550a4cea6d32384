"""A référent moves the producer's holiday and undoes it; a member sets a joker on a telephone."""

import datetime as dt
from collections.abc import Iterator
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from amapress_py.accounts.models import Person
from amapress_py.contracts.models import Contract, ContractDate, Subscription
from amapress_py.i18n import long_date, short_date
from tests.browser.conftest import People, Site
from tests.browser.hands import Finger, Hands, Keyboard
from tests.browser.test_pages import AXE, CUT_OFF, DESKTOP, FAULTS, PHONE, RULES, unfold


@pytest.fixture(scope="module")
def season(site: Site) -> tuple[int, dt.date, int]:
    """Return the contract of vegetables, its last delivery, and what Anna signed of it."""
    with site.installation.session() as session:
        contract = session.scalars(select(Contract).where(Contract.label == "Légumes")).one()
        days = select(ContractDate.date).where(ContractDate.contract_id == contract.id)
        last = max(session.scalars(days))
        signed = session.scalars(
            select(Subscription.id)
            .join(Person, Person.household_id == Subscription.household_id)
            .where(Person.email == "anna@demo.test", Subscription.contract_id == contract.id)
        ).one()
        return contract.id, last, signed


@pytest.fixture
def reserved(
    people: People, season: tuple[int, dt.date, int]
) -> Iterator[tuple[Page, int, dt.date, dt.date]]:
    """Let the référent reserve a week after the last delivery; take it back afterwards."""
    contract_id, last, _signed = season
    held = last + dt.timedelta(weeks=1)
    page = people.connected("referent", viewport={"width": DESKTOP, "height": 900})
    page.goto(f"/admin/contrats/{contract_id}/en-masse/ajouter")
    page.get_by_label("Dates").fill(f"{held:%d/%m/%Y}")
    page.get_by_label("des congés réservés par le producteur").check()
    page.get_by_role("button", name="Voir ce qui va changer").click()
    page.get_by_role("button", name="Appliquer").click()
    yield page, contract_id, last, held
    undo(page, f"réservés : {short_date(held)}")


def undo(page: Page, said: str) -> None:
    """Take an operation of the journal back."""
    contract = page.url.split("/en-masse")[0]
    page.goto(f"{contract}/en-masse#journal")
    entry = page.locator(".journal li", has_text=said.replace(" :", "\N{NO-BREAK SPACE}:"))
    entry.get_by_role("button", name="Annuler cette opération").click()
    page.get_by_role("dialog").get_by_role("button", name="OK").click()
    expect(page.get_by_text("tout est comme avant")).to_be_visible()


def faults(page: Page) -> list[str]:
    """Return what axe finds, and what is cut off, at both widths."""
    unfold(page)
    page.evaluate(AXE)
    found = []
    for width in (DESKTOP, PHONE):
        page.set_viewport_size({"width": width, "height": 900})
        found += [*page.evaluate(CUT_OFF), *page.evaluate(FAULTS, RULES)]
    page.set_viewport_size({"width": DESKTOP, "height": 900})
    return found


def test_the_producers_holiday_moves_and_comes_back(
    reserved: tuple[Page, int, dt.date, dt.date],
) -> None:
    page, _contract_id, last, held = reserved
    page.get_by_role("link", name="Décaler les vacances du producteur").click()
    page.get_by_label(long_date(last)).check()
    page.get_by_role("button", name="Voir ce qui va changer").click()

    both = page.locator(".side-by-side > section")
    expect(both).to_have_count(2)
    second = both.nth(1)
    moved = f"{long_date(last)} → {long_date(held)}"
    expect(second.get_by_text(moved)).to_be_visible()
    expect(second.get_by_role("heading", name="Personnes à prévenir")).to_be_visible()
    mail = second.get_by_role("link", name="Écrire à ces personnes")
    assert "anna@demo.test" in unquote(mail.get_attribute("href") or "")
    assert faults(page) == []
    second.get_by_role("button", name="Appliquer la méthode 2").click()
    expect(page.get_by_text("elle peut être annulée")).to_be_visible()
    undo(page, f"{short_date(last)} → {short_date(held)}")


@pytest.mark.parametrize(
    "hands",
    [pytest.param(Finger(), marks=pytest.mark.thorough), Keyboard()],
    ids=["finger", "keyboard"],
)
def test_a_member_sets_and_removes_a_joker_on_a_telephone(
    people: People, season: tuple[int, dt.date, int], hands: Hands
) -> None:
    _contract_id, last, signed = season
    page = people.connected("anna", viewport={"width": PHONE, "height": 740})
    page.goto(f"/contrats-signes/{signed}/livraisons")
    used = page.locator("#jokers .stat").inner_text()
    row = page.locator("#livraisons tbody tr", has_text=long_date(last))

    hands.press(row.get_by_role("button", name="Poser un joker"))
    expect(page.get_by_text("Le joker est posé")).to_be_visible()
    expect(row.locator(".badge")).to_have_text("joker")
    assert page.locator("#jokers .stat").inner_text() != used
    hands.press(row.get_by_role("button", name="Retirer le joker"))
    expect(page.get_by_text("Le joker est retiré")).to_be_visible()

    assert page.locator("#jokers .stat").inner_text() == used
    assert page.evaluate(CUT_OFF) == []


def test_screens_of_jokers_reports_and_operations_have_no_fault(
    people: People, season: tuple[int, dt.date, int]
) -> None:
    contract_id, _last, signed = season
    office = f"/admin/contrats/{contract_id}"
    read_by = {
        "anna": [f"/contrats-signes/{signed}/livraisons"],
        "referent": [
            f"/contrats-signes/{signed}/livraisons",
            f"{office}/rapports",
            f"{office}/en-masse",
            *(
                f"{office}/en-masse/{name}"
                for name in ("heures", "ordre", "jours", "ajouter-produit")
            ),
        ],
    }
    for reader, paths in read_by.items():
        page = people.connected(reader)
        for path in paths:
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 200, path
            assert faults(page) == [], path

"""A référent makes the contract of twelve products in a browser; the grid, by keyboard alone."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from itsdangerous import URLSafeSerializer
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from amapress_py import clock
from amapress_py.accounts.models import Person
from amapress_py.contracts.models import (
    Bar,
    Contract,
    ContractDate,
    ContractPrice,
    ContractProduct,
    ContractState,
    Producer,
    Product,
    contract_place,
)
from amapress_py.deliveries.models import Place
from tests.browser.conftest import People, Site
from tests.browser.hands import Keyboard
from tests.browser.test_pages import AXE, CUT_OFF, DESKTOP, IN_THE_PAGE, PHONE, RULES, unfold
from tests.contracts.october import EIGHT, TWELVE

WIDE = {"viewport": {"width": DESKTOP, "height": 900}}
MOST_ACTIONS = 120
SECRET = "a secret for tests"  # of tests/site/served.py


@dataclass
class Hand:
    """Does one thing after the other, and counts."""

    page: Page
    actions: int = 0

    def click(self, role: str, name: str) -> None:
        self.actions += 1
        self.page.get_by_role("main").get_by_role(role, name=name, exact=True).click()  # type: ignore[arg-type]

    def fill(self, field: Locator, text: str) -> None:
        self.actions += 1
        field.fill(text)

    def choose(self, field: Locator, value: str) -> None:
        self.actions += 1
        field.select_option(value)


def test_twelve_products_from_nothing_to_open(people: People, site: Site) -> None:
    page = people.connected("referent", **WIDE)
    hand = Hand(page)
    page.goto("/admin/contrats")

    hand.click("link", "Ajouter un contrat")
    hand.fill(page.get_by_label("Nom court, dit aux amapiens"), "Légumes d’octobre")
    page.get_by_label("Salle des Tilleuls").check()
    hand.actions += 1
    hand.click("button", "Continuer")
    add_dates(hand)
    expect(page.locator("#dates-du-contrat tbody tr")).to_have_count(8)
    hand.click("link", "Continuer")
    hand.click("button", "Continuer")  # no deadline, no jokers
    for first in (0, 4, 8):
        for n, item in enumerate(TWELVE[first : first + 4], 1):
            hand.fill(page.locator(f"[name=name_new_{n}]"), item.name)
            hand.fill(page.locator(f"[name=price_new_{n}]"), "10" if "Petit" in item.name else "18")
            hand.choose(page.locator(f"[name=weekday_new_{n}]"), str(item.weekday))
            if item.weeks:
                hand.choose(page.locator(f"[name=weeks_new_{n}]"), item.weeks.value)
        hand.click("button", "Continuer" if first == 8 else "Enregistrer")
    expect(page.locator(".told")).to_have_text("64 cases barrées sur 96")
    hand.click("button", "Continuer")
    expect(page.get_by_label("Chèques à l’ordre de")).not_to_be_empty()
    hand.click("button", "Continuer")
    expect(page.get_by_role("heading", level=1)).to_have_text("Légumes d’octobre 2019")
    expect(page.locator(".notices")).to_have_count(0)
    hand.click("button", "Activer le contrat")
    expect(page.get_by_role("main")).to_contain_text("Le contrat est maintenant")

    assert hand.actions < MOST_ACTIONS, hand.actions
    with site.installation.session() as session:
        made = session.scalars(select(Contract).where(Contract.name.contains("d’octobre"))).one()
        assert made.state is ContractState.OPEN
        assert [one.product.name for one in made.products] == [item.name for item in TWELVE]
        assert [one.date for one in made.dates] == EIGHT


def add_dates(hand: Hand) -> None:
    """Add the Tuesdays and Fridays of October 2019."""
    page = hand.page
    hand.fill(page.locator("#serie [name=first]"), EIGHT[0].isoformat())
    hand.fill(page.locator("#serie [name=last]"), EIGHT[-1].isoformat())
    for day in ("mardi", "vendredi"):
        page.locator("#serie").get_by_label(day).check()
        hand.actions += 1
    page.locator("#serie").get_by_role("button", name="Ajouter ces dates").click()
    hand.actions += 1


@pytest.fixture
def draft(site: Site) -> Iterator[int]:
    """Make a contract "En création": three products, on two days of three weeks round New Year."""
    days = [dt.date(2026, 12, 22) + dt.timedelta(days=n) for n in (0, 3, 7, 10, 14, 17)]
    with site.installation.session() as session:
        farm = session.scalars(select(Producer).where(Producer.person_id.is_not(None))).first()
        assert farm is not None
        place = session.scalars(select(Place)).first()
        number = clock.now().timestamp()
        contract = Contract(producer_id=farm.id, name=f"Grille {number}", label="Grille")
        contract.places = [place] if place else []
        contract.dates = [ContractDate(date=day) for day in days]
        contract.products = [
            ContractProduct(
                product=Product(producer_id=farm.id, name=f"{name} {number}"),
                position=n,
                prices=[ContractPrice(from_date=days[0], cents=1000)],
            )
            for n, name in enumerate(("Petit", "Grand", "Œufs"))
        ]
        session.add(contract)
        session.commit()
        key = contract.id
    yield key
    with site.installation.session() as session:
        contract = session.get_one(Contract, key)
        items = [one.id for one in contract.products]
        session.query(Bar).filter(Bar.contract_product_id.in_(items)).delete()
        session.query(ContractPrice).filter(ContractPrice.contract_product_id.in_(items)).delete()
        session.query(ContractProduct).filter_by(contract_id=key).delete()
        session.query(ContractDate).filter_by(contract_id=key).delete()
        session.execute(contract_place.delete().where(contract_place.c.contract_id == key))
        session.query(Contract).filter_by(id=key).delete()
        session.commit()


def crossed(page: Page) -> list[tuple[int, int]]:
    """Return rows and columns of the crossed cells, from 0."""
    found = page.locator("table.bars tbody td input").evaluate_all(
        "(all) => all.map((one, n) => [n, one.checked]).filter(([, on]) => on).map(([n]) => n)"
    )
    return [divmod(n, 3) for n in found]


def kept(site: Site, contract_id: int) -> int:
    with site.installation.session() as session:
        return len(
            session.scalars(
                select(Bar.contract_date_id)
                .join(ContractDate, ContractDate.id == Bar.contract_date_id)
                .where(ContractDate.contract_id == contract_id)
            ).all()
        )


def test_the_grid_by_keyboard_alone(people: People, site: Site, draft: int) -> None:
    page = people.connected("referent", **WIDE)
    page.goto(f"/admin/contrats/{draft}/dates-barrees")
    keys, first = page.keyboard, page.locator("table.bars td input").first

    page.get_by_role("button", name="Rétablir", exact=True).focus()
    keys.press("Tab")
    expect(first).to_be_focused()  # one Tab into the grid: the names are an arrow away
    keys.press("Space")
    keys.press("Tab")
    keys.press("Space")
    assert crossed(page) == [(0, 0), (0, 1)]
    keys.press("Shift+Tab")
    keys.press("Space")
    assert crossed(page) == [(0, 1)]
    keys.press("ArrowDown")
    keys.press("ArrowRight")
    keys.press("Space")
    assert crossed(page) == [(0, 1), (1, 1)]
    for _step in range(2):
        keys.press("ArrowLeft")
    keys.press("Enter")  # the name of the row
    assert crossed(page) == [(0, 1), (1, 0), (1, 1), (1, 2)]
    expect(page.locator("tbody tr").nth(1)).to_contain_text("pas de livraison")
    keys.press("Enter")
    assert crossed(page) == [(0, 1)]
    keys.press("ArrowRight")
    keys.press("ArrowUp")
    keys.press("ArrowUp")
    keys.press("Space")  # the name of the column
    assert {row for row, column in crossed(page) if column == 0} == set(range(6))
    assert kept(site, draft) == 0
    Keyboard().press(page.get_by_role("main").get_by_role("button", name="Enregistrer").last)
    expect(page.get_by_role("main")).to_contain_text("Les dates barrées sont enregistrées")
    assert kept(site, draft) == 7


@pytest.mark.parametrize("scripts", [pytest.param(True, marks=pytest.mark.thorough), False])
def test_fills_work_with_scripts_and_without(
    people: People, site: Site, draft: int, scripts: bool
) -> None:
    page = people.connected("referent", java_script_enabled=scripts, **WIDE)
    page.goto(f"/admin/contrats/{draft}/dates-barrees")
    main = page.get_by_role("main")

    page.get_by_label("Quand").select_option("odd")  # weeks 53 and 1 are both odd
    main.get_by_role("button", name="Barrer", exact=True).click()
    expect(page.locator(".told")).to_have_text("12 cases barrées sur 18")
    page.get_by_label("Quand").select_option("jour-4")
    page.get_by_label("Produit").select_option(index=3)
    main.get_by_role("button", name="Rétablir", exact=True).click()
    expect(page.locator(".told")).to_have_text("10 cases barrées sur 18")
    expect(main.locator("tbody tr").nth(2)).to_contain_text("S53")
    expect(main.locator("tbody tr").nth(2)).to_contain_text("deux semaines impaires de suite")
    main.get_by_role("button", name="mar. 22/12/2026").click()
    expect(page.locator(".told")).to_have_text("13 cases barrées sur 18")
    assert kept(site, draft) == 0
    main.get_by_role("button", name="Continuer").click()
    page.wait_for_url("**/paiements")

    assert kept(site, draft) == 13


def link(site: Site, contract_id: int) -> str:
    """Send a contract to its producer; return the path of his link."""
    with site.installation.session() as session:
        contract = session.get_one(Contract, contract_id)
        contract.state = ContractState.SUBMITTED
        person = session.get_one(Person, contract.producer.person_id)
        expires = int((clock.now() + dt.timedelta(days=1)).timestamp())
        values = [contract_id, person.id, person.stamp, expires]
        session.commit()
    signed = URLSafeSerializer(SECRET, salt="contracts.validation").dumps(values)
    return f"/contrat-a-valider/{signed}"


def test_the_screens_have_no_fault(people: People, site: Site, draft: int) -> None:
    at = f"/admin/contrats/{draft}"
    page = people.connected("referent")
    addresses = ["/admin/contrats/nouveau", "/admin/contrats-archives", f"{at}/tester"]
    addresses += [f"{at}{step}" for step in ("", "/modifier", "/dates", "/inscription", "/produits",
                                             "/dates-barrees", "/paiements")]  # fmt: skip
    with site.installation.session() as session:
        signed = session.scalar(select(Contract.id).where(Contract.label == "Légumes"))
    addresses += [link(site, draft), f"/admin/contrats/{signed}/dates-barrees"]
    faults = {}
    for address in addresses:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        unfold(page)
        page.evaluate(AXE)
        for width in (DESKTOP, PHONE):
            page.set_viewport_size({"width": width, "height": 800})
            found = page.evaluate(CUT_OFF) + page.evaluate(IN_THE_PAGE, RULES)
            if found:
                faults[address, width] = found
    assert not faults, "\n".join(f"{key}: {found}" for key, found in faults.items())


def test_the_producer_agrees_on_his_telephone(people: People, site: Site, draft: int) -> None:
    page = people.window(viewport={"width": PHONE, "height": 740}, java_script_enabled=False)

    page.goto(link(site, draft))
    page.get_by_role("button", name="Je valide ce contrat").click()

    expect(page.get_by_role("main")).to_contain_text("Contrat validé le")

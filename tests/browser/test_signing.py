"""A member signs the contract of twelve products: with a finger, without scripts, by keyboard."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.contracts.models import (
    Bar,
    Contract,
    ContractDate,
    ContractKind,
    ContractPrice,
    ContractProduct,
    ContractState,
    Producer,
    Product,
    Subscription,
    SubscriptionLine,
)
from amapress_py.deliveries.models import Delivery, Place
from tests.browser.conftest import People, Site
from tests.browser.hands import Finger, Hands, Keyboard
from tests.browser.test_pages import AXE, CUT_OFF, DESKTOP, IN_THE_PAGE, RULES, unfold
from tests.contracts.october import TWELVE

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}}


@dataclass(frozen=True)
class Twelve:
    """The contract, by the numbers of its products."""

    id: int
    products: list[int]


def offer(
    session: Session, label: str, days: list[dt.date], prices: dict[str, int], kind: ContractKind
) -> Contract:
    """Write a contract with its deliveries in one transaction: the site is being served."""
    session.connection(execution_options={"writes": True})
    place = session.scalars(select(Place).where(Place.short_name == "Tilleuls")).one()
    farm = Producer(name=f"Ferme {label}")
    contract = Contract(
        producer=farm,
        name=label,
        label=label,
        kind=kind,
        state=ContractState.OPEN,
        places=[place],
        dates=[ContractDate(date=day) for day in days],
        products=[
            ContractProduct(
                product=Product(producer=farm, name=name),
                position=position,
                prices=[ContractPrice(from_date=days[0], cents=cents)],
            )
            for position, (name, cents) in enumerate(prices.items())
        ],
    )
    deliveries = [Delivery(date=day, place=place) for day in days]
    for one in deliveries:
        one.set_instants()
    session.add_all([contract, *deliveries])
    session.flush()
    return contract


@pytest.fixture(scope="module")
def twelve(site: Site) -> Twelve:
    """Make it on four Tuesdays and Fridays to come, half of them in even weeks."""
    monday = clock.today() + dt.timedelta(days=14 - clock.today().weekday())
    days = [monday + dt.timedelta(weeks=week, days=day) for week in range(4) for day in (1, 4)]
    prices = {one.name: 1000 if one.name.startswith("Petit") else 1800 for one in TWELVE}
    with site.installation.session() as session:
        contract = offer(session, "Douze", days, prices, ContractKind.SUBSCRIPTION)
        session.add_all(
            Bar(contract_date_id=date.id, contract_product_id=product.id)
            for date in contract.dates
            for product, one in zip(contract.products, TWELVE, strict=True)
            if not one.fits(date.date)
        )
        found = Twelve(contract.id, [one.id for one in contract.products])
        session.commit()
        return found


def quantities(site: Site, twelve: Twelve, name: str) -> dict[int, int]:
    """Return on how many dates somebody gets each product, by its number."""
    with site.installation.session() as session:
        signed = select(Subscription.id).where(Subscription.contract_id == twelve.id)
        rows = session.scalars(
            select(SubscriptionLine.contract_product_id).where(
                SubscriptionLine.subscription_id.in_(
                    signed.order_by(Subscription.id.desc()).limit(1)
                )
            )
        ).all()
    return {number: rows.count(key) for number, key in enumerate(twelve.products, 1) if key in rows}


SIGNERS: dict[str, tuple[str, dict[str, Any], Hands, list[int], str]] = {
    "a finger": ("anna", PHONE, Finger(), [1], "40,00"),
    "no scripts": ("bruno", {**PHONE, "java_script_enabled": False}, Finger(), [8], "36,00"),
    "keyboard": ("chloe", PHONE, Keyboard(), [5, 11], "40,00"),
}


@pytest.mark.parametrize(
    "way", ["a finger", "keyboard", pytest.param("no scripts", marks=pytest.mark.thorough)]
)
def test_the_twelve_products_are_signed(
    people: People, site: Site, twelve: Twelve, way: str
) -> None:
    name, options, hands, numbers, total = SIGNERS[way]
    page = people.connected(name, **options)
    page.goto("/mes-contrats")
    card = page.locator(".card").filter(has_text="Douze")
    hands.press(card.get_by_role("link", name="Signer ce contrat"))
    has_scripts = options.get("java_script_enabled", True)

    for number in numbers:
        choose(page, hands, twelve.products[number - 1], by_button=way == "a finger")
    if has_scripts:
        expect(page.locator("output")).to_contain_text(total)
    else:
        page.locator("button.without-script").click()
        expect(page.locator("output")).to_contain_text(total)
    hands.press(page.get_by_role("button", name="Continuer"))
    expect(page.locator(".summed-up .signing-total")).to_contain_text(total)
    hands.press(page.get_by_role("button", name="Signer ce contrat"))

    expect(page.locator(".message.success")).to_contain_text("Votre contrat est signé")
    expect(page.locator(".summed-up .signing-total")).to_contain_text(total)
    deliveries = 4 if numbers == [1] else 2
    assert quantities(site, twelve, name) == dict.fromkeys(numbers, deliveries)
    clean_up(page, hands)


def choose(page: Page, hands: Hands, product_id: int, *, by_button: bool) -> None:
    """Take one of a product: with "+", or by typing."""
    field = page.locator(f"#quantity_{product_id}")
    if by_button:
        holder = page.locator(".quantity").filter(has=field)
        hands.press(holder.get_by_role("button", name="Un de plus"))
        assert field.input_value() == "1"
    else:
        hands.write(field, "1")


def clean_up(page: Page, hands: Hands) -> None:
    """Delete what was signed, by its own buttons."""
    hands.press(page.get_by_role("link", name="Supprimer"))
    hands.press(page.get_by_role("button", name="Supprimer mon contrat"))
    expect(page.locator(".message.success")).to_contain_text("Votre contrat est supprimé")


def test_the_back_button_brings_back_what_was_typed(people: People, twelve: Twelve) -> None:
    page = people.connected("anna")
    page.goto(f"/contrats/{twelve.id}/signer")
    field = page.locator(f"#quantity_{twelve.products[0]}")
    field.fill("2")
    page.get_by_role("button", name="Continuer").click()
    page.go_back()

    expect(field).to_have_value("2")
    expect(page.locator("output")).to_contain_text("80,00")
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("button", name="Corriger").click()
    expect(field).to_have_value("2")
    expect(page.locator("output")).to_contain_text("80,00")


def test_fifty_dates_of_twelve_products_stay_usable_on_a_phone(people: People, site: Site) -> None:
    wednesday = clock.today() + dt.timedelta(days=16 - clock.today().weekday())
    days = [wednesday + dt.timedelta(weeks=week) for week in range(50)]
    prices = {f"Produit {number}": 100 * number for number in range(1, 13)}
    with site.installation.session() as session:
        large = offer(session, "Cinquante", days, prices, ContractKind.PER_DATE)
        key, product = large.id, large.products[0].id
        session.commit()
    page = people.connected("david", **PHONE)
    page.goto(f"/contrats/{key}/signer")

    assert page.locator("details.month").count() >= 12
    assert page.locator("details.month[open]").count() == 1
    assert page.evaluate(CUT_OFF) == []
    page.get_by_text("Mettre la même quantité à toutes les dates").click()
    page.locator(f"#partout_{product}").fill("2")
    page.get_by_role("button", name="Mettre à toutes les dates").click()
    expect(page.locator("output")).to_have_text("100,00\N{NO-BREAK SPACE}€")


def test_the_screens_have_no_fault_and_nothing_is_cut_off(
    people: People, site: Site, twelve: Twelve
) -> None:
    with site.installation.session() as session:
        own = session.scalars(
            select(Subscription.contract_id).order_by(Subscription.id).limit(1)
        ).one()
        signed = session.scalars(
            select(Subscription).where(Subscription.contract_id == own).limit(1)
        ).one()
        household, key = signed.household_id, signed.id
        cheeses = session.scalars(select(Contract.id).where(Contract.label == "Fromages")).one()
    contract = f"/admin/contrats/{own}"
    member = people.connected("anna")
    office = people.connected("admin")
    faults: dict[tuple[str, int], list[str]] = {}
    for page, paths in (
        (member, ["/mes-contrats", "/contrats-ouverts", f"/contrats/{twelve.id}",
                  f"/contrats/{twelve.id}/signer", f"/contrats/{cheeses}/signer"]),
        (office, [f"{contract}/signes", f"/admin/contrats-signes/{key}",
                  f"{contract}/liste-d-attente",
                  f"/admin/contrats/{twelve.id}/signes/nouveau/{household}"]),
    ):  # fmt: skip
        for path in paths:
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 200, path
            faults |= looked_at(page, path)
    member.goto(f"/contrats/{twelve.id}/signer")
    member.locator(f"#quantity_{twelve.products[0]}").fill("1")
    with member.expect_navigation():
        member.get_by_role("button", name="Continuer").click()
    faults |= looked_at(member, "summary")
    with member.expect_navigation():
        member.get_by_role("button", name="Signer ce contrat").click()
    faults |= looked_at(member, "signed")
    member.goto(f"/contrats/{twelve.id}/imprimer")
    faults |= looked_at(member, "to print")
    member.goto(f"/contrats/{twelve.id}")
    member.get_by_role("link", name="Supprimer").click()
    faults |= looked_at(member, "delete")
    with member.expect_navigation():
        member.get_by_role("button", name="Supprimer mon contrat").click()
    assert not faults, "\n".join(f"{path}: {found}" for path, found in faults.items())


def looked_at(page: Page, path: str) -> dict[tuple[str, int], list[str]]:
    """Return what axe finds, and what is cut off, at both widths."""
    unfold(page)
    page.evaluate(AXE)
    faults = {}
    for width in (DESKTOP, 360):
        page.set_viewport_size({"width": width, "height": 800})
        found = page.evaluate(CUT_OFF) + page.evaluate(IN_THE_PAGE, RULES)
        if found:
            faults[path, width] = found
    return faults

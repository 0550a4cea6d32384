"""A basket changes hands in a real browser: with scripts, without, and by keyboard."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from amapress_py import clock
from amapress_py.accounts.models import Person
from amapress_py.deliveries.models import Delivery
from amapress_py.demo import PASSWORD
from amapress_py.exchange.models import BasketOffer
from amapress_py.exchange.rules import OfferState
from tests.browser.conftest import People, Site
from tests.browser.hands import Finger, Hands, Keyboard
from tests.site import letters
from tests.smtp import Received

MINE = "/espace-intermittents/mes-paniers-echanges"
ALL_FOUR = {"anna": 1, "bruno": 1, "chloe": 1, "david": 1}
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}}
OFF_THE_LIST = "Vous êtes désinscrit de la liste des intermittents"


@dataclass
class Stage:
    """The persons in their windows, and the way they press."""

    site: Site
    people: People
    hands: Hands
    options: dict[str, Any] = field(default_factory=dict)
    offer: int = 0

    @property
    def has_scripts(self) -> bool:
        return bool(self.options.get("java_script_enabled", True))

    @property
    def once(self) -> Hands:
        """Hands that press once, where a second press would fold again what was unfolded."""
        return self.hands if isinstance(self.hands, Keyboard) else Finger()

    def window(self) -> Page:
        return self.people.window(**self.options)

    def log_in(self, page: Page, name: str) -> Page:
        """Log in by hand, on the page that asks for it."""
        self.hands.write(page.locator("main input[name=email]"), f"{name}@demo.test")
        self.hands.write(page.locator("main input[type=password]"), PASSWORD)
        self.hands.press(page.get_by_role("main").get_by_role("button", name="Se connecter"))
        page.wait_for_url(lambda url: "/connexion" not in url)
        return page

    def connected(self, name: str, path: str) -> Page:
        """Open a protected page; log in on the way."""
        page = self.window()
        page.goto(path if path != "/" else "/connexion")
        return self.log_in(page, name)

    def row(self, page: Page) -> Locator:
        return page.locator(f"#offre-{self.offer}")

    def mails(self, **expected: int) -> list[Received]:
        """Wait for the mails; nobody gets more than expected."""
        mails = self.site.installation.new_mails()
        assert letters.recipients(mails) == expected
        return mails

    def state(self) -> OfferState:
        with self.site.installation.session() as session:
            return session.get_one(BasketOffer, self.offer).state


def told(page: Page, words: str) -> None:
    """Check the message on top."""
    expect(page.locator("p.message")).to_contain_text(words)


def cede(stage: Stage) -> list[Received]:
    """Let Anna cede her next basket from the home page."""
    anna = stage.connected("anna", "/")
    row = anna.locator("tr[id^=distribution-]").filter(has=anna.locator("form.cede")).first
    name = row.get_attribute("id")
    stage.hands.write(row.get_by_label("Informations"), "Sonnez chez le voisin")

    stage.hands.press(row.get_by_role("button", name=re.compile("Céder mon panier")))

    told(anna, "Votre panier est proposé.")
    expect(anna.locator(f"#{name}")).to_contain_text("À réserver")
    with stage.site.installation.session() as session:
        newest = select(BasketOffer.id).order_by(BasketOffer.id.desc()).limit(1)
        stage.offer = session.scalars(newest).one()
    return stage.mails(**ALL_FOUR)


def ask(stage: Stage, alert: Received, name: str) -> Page:
    """Follow the link of an alert, log in, press; an old tab does no harm."""
    page = stage.window()
    page.goto(letters.link(alert, "Voir ce panier sur le site"))
    stage.log_in(page, name)
    expect(page).to_have_url(re.compile(rf"\?offre={stage.offer}"))
    expect(stage.row(page).locator("details")).to_have_attribute("open", "")
    old_tab = page.context.new_page()
    old_tab.goto(page.url)

    stage.hands.press(stage.row(page).get_by_role("button", name=re.compile("Je suis intéressé")))

    told(page, "Votre demande est envoyée")
    expect(stage.row(page)).to_contain_text("Votre demande est envoyée")
    stage.mails(**{"anna": 1, name: 1})
    old = stage.row(old_tab).get_by_role("button", name=re.compile("Je suis intéressé"))
    stage.hands.press(old)
    told(old_tab, "Vous avez déjà demandé ce panier")
    old_tab.close()
    return page


def accept(stage: Stage, name: str, **mails: int) -> Page:
    """Let Anna choose a candidate; going back and pressing again changes nothing."""
    anna = stage.connected("anna", MINE)
    button = stage.row(anna).get_by_role("button", name=re.compile(f"Valider – {name}"))

    stage.hands.press(button)

    told(anna, "C’est entendu")
    stage.mails(**mails)
    if stage.has_scripts:
        anna.go_back()
        again = stage.row(anna).get_by_role("button", name=re.compile(f"Valider – {name}"))
        if again.count():
            stage.hands.press(again)
            expect(anna.locator("p.message.error")).to_be_visible()
        stage.mails()
    return anna


def give_back(stage: Stage, bruno: Page) -> None:
    """Let Bruno renounce; with scripts a dialog asks first, and Escape leaves all as it is."""
    bruno.goto(MINE)
    button = stage.row(bruno).get_by_role("button", name=re.compile("^Annuler"))
    stage.once.press(button)
    if stage.has_scripts:
        dialog = bruno.get_by_role("dialog", name="Renoncer à ce panier ?")
        expect(dialog).to_be_visible()
        bruno.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        expect(button).to_be_focused()
        assert stage.state() is OfferState.EXCHANGED
        stage.once.press(button)
        stage.hands.press(dialog.get_by_role("button", name="OK"))
    told(bruno, "C’est annulé")
    stage.mails(anna=1, bruno=1, chloe=1)


def check_sheet(stage: Stage) -> None:
    """Let the responsable walk from the home page to the sheet of the day."""
    manager = stage.connected("intermittents", "/")
    banner = manager.get_by_role("banner")
    office = banner.get_by_role("link", name="Administration")
    if not office.is_visible():
        stage.once.press(banner.locator("summary", has_text="Menu"))
    stage.hands.press(office)
    expect(manager.get_by_role("heading", level=1)).to_contain_text("Administration")
    with stage.site.installation.session() as session:
        delivery = session.get_one(BasketOffer, stage.offer).delivery_id
    manager.goto(f"/admin/distributions/{delivery}")
    stage.hands.press(manager.get_by_role("link", name=re.compile("Feuille d’émargement")))
    line = manager.locator("tbody tr").filter(has_text="Anna Delorme").first
    expect(line).to_contain_text("cédé à Chloé Marin")


def leave_and_return(stage: Stage, alert: Received) -> None:
    """Let David leave in a fresh window without log-in; and come back for the next test."""
    page = stage.window()
    page.goto(letters.link(alert, "Se désinscrire"))
    stage.hands.press(page.get_by_role("button", name="Me désinscrire"))
    expect(page.get_by_role("heading", level=1)).to_have_text(OFF_THE_LIST)
    (mail,) = stage.mails(david=1)
    assert letters.subject(mail) == OFF_THE_LIST
    stage.hands.press(page.get_by_role("button", name="Me réinscrire"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Vous êtes inscrit")
    stage.mails(david=1)


def exchange(stage: Stage) -> Page:
    """Play the whole story; return Anna's window after she gave the basket to Chloé."""
    stage.site.installation.new_mails()
    alerts = cede(stage)
    bruno = ask(stage, letters.only(alerts, "bruno"), "bruno")
    ask(stage, letters.only(alerts, "chloe"), "chloe")
    accept(stage, "Bruno L.", anna=1, bruno=1, chloe=1)
    give_back(stage, bruno)
    anna = accept(stage, "Chloé M.", anna=1, chloe=1)
    check_sheet(stage)
    leave_and_return(stage, letters.only(alerts, "david"))
    assert stage.state() is OfferState.EXCHANGED
    return anna


def test_on_a_phone_with_impatient_fingers_and_too_late(site: Site, people: People) -> None:
    """Every button is pressed twice; at the end the tab stays open until the delivery began."""
    stage = Stage(site, people, Finger(twice=True), PHONE)
    anna = exchange(stage)
    anna.goto(MINE)
    with site.installation.session() as session:
        delivery = session.get_one(BasketOffer, stage.offer).delivery_id
        starts_at = session.get_one(Delivery, delivery).starts_at
    site.serve(later=starts_at - clock.now() + timedelta(minutes=1))
    try:
        anna.get_by_label("Motif d’annulation").last.fill("Je viens finalement")
        button = stage.row(anna).get_by_role("button", name=re.compile("Annuler l’échange"))
        button.click()
        anna.get_by_role("dialog").get_by_role("button", name="OK").click()
        told(anna, "Trop tard : la distribution a commencé.")
    finally:
        site.serve()
    assert stage.state() is OfferState.EXCHANGED
    stage.mails()


@pytest.mark.parametrize(
    ("hands", "options"),
    [
        pytest.param(Finger(), {**PHONE, "java_script_enabled": False}, id="without scripts"),
        pytest.param(Keyboard(), {}, id="by keyboard", marks=pytest.mark.thorough),
    ],
)
def test_a_basket_changes_hands(
    site: Site, people: People, hands: Hands, options: dict[str, Any]
) -> None:
    exchange(Stage(site, people, hands, options))


def test_leaving_asks_first(site: Site, people: People) -> None:
    """« Se désinscrire » asks in a dialog, or on a page of its own without scripts."""
    site.installation.new_mails()
    for scripts in (True, False):
        page = people.connected("david", **PHONE, java_script_enabled=scripts)
        page.goto("/espace-intermittents/inscription")
        page.get_by_role("button", name="Se désinscrire").click()
        asking = page.get_by_role("dialog") if scripts else page.get_by_role("main")
        expect(asking).to_contain_text("Confirmez-vous votre désinscription ?")
        asking.get_by_role("button", name="OK").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(OFF_THE_LIST)
        page.get_by_role("button", name="Me réinscrire").click()
        page.wait_for_load_state()
        mails = site.installation.new_mails()
        assert letters.recipients(mails) == {"david": 2}
        with site.installation.session() as session:
            assert session.scalar(select(Person.id).where(Person.email == "david@demo.test"))

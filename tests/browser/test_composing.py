"""From nothing to a protected page: an administrator who has never seen the site composes one.

The same story four times: at a desk, on a phone, without scripts, with the keyboard alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select

from amapress_py import clock, db
from amapress_py.accounts import passwords, services
from amapress_py.app import create_app
from amapress_py.cms import queries
from amapress_py.cms import services as pages
from amapress_py.cms.models import Page as SitePage
from amapress_py.config import Config
from tests.browser.conftest import People
from tests.browser.hands import Finger, Hands, Keyboard
from tests.site.served import Installation, prepared

TITLE = "Intermittent – Réserver un panier"
WORDS = "Voici les paniers disponibles."
PATH = "/intermittent-reserver-un-panier"
CODE = "[les-paniers-intermittents contrat_nom=Légumes]"
NO_BASKET = "Vous serez averti par courriel"
PASSWORD = "un beau panier vert"
ADMIN, MEMBER = "alice@amap.test", "lea@amap.test"
MOST_ACTIONS = 22  # presses and fields, from the home page to the saved page
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}}


@dataclass
class Counting:
    """Hands that count what they do: each press, each field."""

    hands: Hands
    actions: int = 0

    def press(self, target: Locator) -> None:
        self.actions += 1
        self.hands.press(target)

    def write(self, target: Locator, text: str) -> None:
        self.actions += 1
        self.hands.write(target, text)

    def choose(self, target: Locator, value: str, first_letters: str) -> None:
        """Choose in a list."""
        self.actions += 1
        if isinstance(self.hands, Keyboard):
            self.hands.write(target, first_letters)
        else:
            target.select_option(value)


@dataclass
class Site:
    """A site of which nothing is known but the link that `amapress init` gave."""

    installation: Installation
    app: Any = field(repr=False)

    def forget(self) -> None:
        """Take away the page of this story, ours or the one installed, with its history."""
        with self.app.test_request_context():
            with db.transaction() as session:
                found = list(session.scalars(select(SitePage.id).where(SitePage.title == TITLE)))
                for one in found:
                    pages.trash_page(session, one)
                    pages.delete_page(session, one)
            db.session().rollback()


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, site_database: str, chromium: Browser
) -> Iterator[Site]:
    """Install, serve, and let the administrator choose a password by the link."""
    with prepared(tmp_path_factory.mktemp("bare"), site_database, is_demo=False) as installation:
        said = installation.run("init", ADMIN, "--first-name", "Alice", "--last-name", "Martin")
        config = Config(
            "a secret for tests", installation.database_url, data_folder=installation.folder
        )
        app = create_app(config)
        with app.test_request_context(), db.transaction() as session:
            member = services.create_person(
                session, email=MEMBER, first_name="Léa", last_name="Petit"
            )
            member.password_hash = passwords.hashed(PASSWORD)
        with installation.web():
            alone = People(chromium, installation.address)
            page = alone.window(**DESK)
            page.goto(said.strip().splitlines()[-1])
            for secret in page.locator("main input[type=password]").all():
                secret.fill(PASSWORD)
            page.get_by_role("main").get_by_role("button").click()
            expect(page.get_by_role("link", name="Administration")).to_be_visible()
            alone.close()
            yield Site(installation, app)
        app.extensions["amapress_engine"].dispose()


@pytest.fixture
def people(chromium: Browser, site: Site) -> Iterator[People]:
    """Let persons open windows on this site."""
    site.forget()
    crowd = People(chromium, site.installation.address)
    yield crowd
    crowd.close()
    assert crowd.strange == []


@dataclass
class Story:
    """The administrator's window, and how it is used."""

    people: People
    options: dict[str, Any]
    hands: Counting

    def __post_init__(self) -> None:
        self.page = self.people.window(**self.options)
        self.page.on("dialog", lambda dialog: dialog.accept())

    @property
    def has_scripts(self) -> bool:
        return bool(self.options.get("java_script_enabled", True))

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("main").get_by_role("button", name=name).first

    def log_in(self, page: Page, email: str) -> None:
        """Fill in the form that is shown."""
        self.hands.write(page.locator("main input[name=email]"), email)
        self.hands.write(page.locator("main input[type=password]"), PASSWORD)
        self.hands.press(page.get_by_role("main").get_by_role("button", name="Se connecter"))
        page.wait_for_url(lambda url: "/connexion" not in url)

    def to_office(self, *links: str) -> None:
        """Follow links of the back office."""
        banner = self.page.get_by_role("banner")
        office = banner.get_by_role("link", name="Administration")
        if not office.is_visible():
            self.hands.press(banner.locator("summary", has_text="Menu").first)
        self.hands.press(office)
        for name in links:
            link = self.page.get_by_role("main").get_by_role("link", name=name, exact=True)
            self.hands.press(link.first)

    def folded(self, name: str) -> None:
        """Open what is folded."""
        self.hands.press(self.page.locator("main summary", has_text=re.compile(f"^{name}$")))

    # ----- The steps

    def begin(self) -> None:
        """Come to the site, log in, find where a page is written."""
        self.page.goto("/")
        door = self.page.get_by_role("banner").get_by_role("link", name="Se connecter")
        if not door.is_visible():
            self.hands.press(self.page.get_by_role("banner").locator("summary").first)
        self.hands.press(door)
        self.log_in(self.page, ADMIN)
        self.to_office("Pages", "Nouvelle page")

    def compose(self) -> None:
        """Write the title, some words, a shortcode with a parameter."""
        self.hands.write(self.page.locator("[name=title]"), TITLE)
        if not self.has_scripts:
            self._compose_without_scripts()
            return
        self.hands.actions += 1
        if isinstance(self.hands.hands, Keyboard):
            self.hands.hands.write(self.page.locator("#riche"), WORDS)
        else:
            self.page.locator("#riche").click()
            self.page.keyboard.type(WORDS)
        self.page.keyboard.press("Enter")
        self.hands.press(self.button("Ajouter un shortcode"))
        self.page.get_by_label("Chercher", exact=True).wait_for()
        self.hands.actions += 1
        self.page.keyboard.type("paniers à réserver")
        self.page.keyboard.press("Enter")
        self.page.locator("#shortcode-form").wait_for()
        self.hands.write(self.page.get_by_label(re.compile("dont le nom contient")), "Légumes")
        self.hands.press(self.page.get_by_role("button", name="Insérer", exact=True))
        expect(self.page.locator("#riche img.chip")).to_have_count(1)

    def _compose_without_scripts(self) -> None:
        self.folded("Ajouter un shortcode")
        with self.page.expect_popup() as opened:
            self.hands.press(self.page.get_by_role("link", name=re.compile("^Paniers que l’on")))
        form = opened.value
        self.hands.write(form.get_by_label(re.compile("dont le nom contient")), "Légumes")
        self.hands.press(form.get_by_role("button", name="Composer le code"))
        code = form.locator("#code").inner_text()
        form.close()
        self.hands.write(self.page.locator("textarea[name=body]"), f"<p>{WORDS}</p>\n{code}")

    def preview(self) -> None:
        """Look at it as an intermittent would, on Thursday at seven in the evening."""
        fold = self.page.locator("#regard")
        if fold.get_attribute("open") is None:
            self.hands.press(fold.locator("summary"))
        reader = self.page.get_by_label("Vu par")
        self.hands.choose(reader, "intermittent", "un i")
        if not isinstance(self.hands.hands, Keyboard):  # a date is typed as each browser wants it
            today = clock.today()
            thursday = today + timedelta(days=(3 - today.weekday()) % 7 or 7)
            self.hands.write(self.page.get_by_label("le", exact=True), thursday.isoformat())
            self.hands.write(self.page.locator("[name=look_time]"), "19:00")
        if not self.has_scripts:
            self.hands.press(self.button("Voir l’aperçu"))
        frame = self.page.frame_locator("iframe[name=apercu]")
        expect(frame.locator("h1")).to_have_text(TITLE)
        expect(frame.locator(".prose")).to_contain_text(NO_BASKET)

    def protect_and_save(self) -> None:
        """Keep it for connected persons, put it into the menu."""
        self.hands.press(self.page.get_by_label("Amapiens connectés"))
        self.folded("Options")
        self.hands.press(self.page.get_by_label("Dans le menu", exact=True))
        self.hands.press(self.button("Enregistrer"))
        self.page.wait_for_url(f"**{PATH}")
        expect(self.page.locator("p.message")).to_contain_text("La page est enregistrée")
        expect(self.page.get_by_role("heading", level=1)).to_have_text(TITLE)
        menu = self.page.locator(".site-nav > ul > li")
        assert menu.last.text_content() == TITLE

    def be_read(self) -> None:
        """Let somebody come by its address: to the log-in with a sentence, and back."""
        reader = self.people.window(**self.options)
        reader.goto("/")
        expect(reader.locator(".site-nav")).not_to_contain_text(TITLE)
        reader.goto(PATH)
        expect(reader.locator("p.message")).to_contain_text("réservée aux amapiens connectés")
        self.log_in(reader, MEMBER)
        expect(reader).to_have_url(re.compile(f"{PATH}$"))
        expect(reader.locator(".prose")).to_contain_text("Aucun panier n’est à réserver")
        assert reader.locator(".site-nav a", has_text=TITLE).count() == 1

    def spoil(self) -> None:
        """Lose the shortcode, as happens."""
        self.hands.press(self.page.get_by_role("link", name="Modifier cette page"))
        if self.has_scripts:
            self.page.locator("#riche img.chip").wait_for()
            self.page.locator("#riche").focus()
            self.page.keyboard.press("Control+a")
            self.page.keyboard.press("Delete")
            self.page.keyboard.type("Bientôt ici.")
            self.page.wait_for_timeout(450)  # written a moment after the last key
        else:
            self.page.locator("textarea[name=body]").fill("<p>Bientôt ici.</p>")
        self.hands.press(self.button("Enregistrer"))
        self.page.wait_for_url(f"**{PATH}")

    def learn(self) -> None:
        """Find on the state of the site what is wrong."""
        self.to_office("État du site")
        told = self.page.locator(".findings-required li", has_text=TITLE)
        expect(told).to_contain_text("n’a pas son shortcode : [les-paniers-intermittents]")
        self.hands.press(told.get_by_role("link", name="Modifier la page"))

    def restore(self) -> None:
        """Go back to what the page said, with both texts side by side."""
        self.hands.press(self.page.get_by_role("link", name="Historique"))
        self.hands.press(self.page.get_by_role("link", name="Ce qui a changé depuis").first)
        expect(self.page.locator("main del", has_text=WORDS.split()[0]).first).to_be_visible()
        expect(self.page.locator("main ins", has_text="Bientôt").first).to_be_visible()
        self.hands.press(self.button(re.compile("Restaurer cette version")))
        expect(self.page.locator("p.message")).to_contain_text("de nouveau celle de la page")
        self.page.goto("/admin/etat")
        expect(self.page.locator(".findings-required")).not_to_contain_text(TITLE)
        self.page.goto(PATH)
        expect(self.page.locator(".prose")).to_contain_text(WORDS)


def body(site: Site) -> str:
    """Return what the page says in the end."""
    with site.app.test_request_context():
        found = queries.site_pages(db.session()).by_path[PATH[1:]]
        text: str = queries.body(db.session(), found.revision_id)
        db.session().rollback()
    assert found.audience == "connected"
    return text


@pytest.mark.parametrize(
    ("options", "hands"),
    [
        pytest.param(DESK, Finger(), id="at a desk"),
        pytest.param(PHONE, Finger(), id="on a phone", marks=pytest.mark.thorough),
        pytest.param({**DESK, "java_script_enabled": False}, Finger(), id="without scripts"),
        pytest.param(DESK, Keyboard(), id="by keyboard", marks=pytest.mark.thorough),
    ],
)
def test_a_protected_page_is_composed_broken_and_restored(
    site: Site, people: People, options: dict[str, Any], hands: Hands
) -> None:
    story = Story(people, options, Counting(hands))

    story.begin()
    story.compose()
    story.preview()
    story.protect_and_save()
    assert story.hands.actions <= MOST_ACTIONS
    if isinstance(hands, Keyboard):
        return  # the main path
    story.be_read()
    story.spoil()
    story.learn()
    story.restore()

    assert body(site) == f"<p>{WORDS}</p>\n{CODE}"

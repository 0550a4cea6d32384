"""The theme of strong contrast, and the screen where a theme is chosen, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import People
from tests.browser.test_pages import AXE, CUT_OFF, DESKTOP, FAULTS, PHONE, RULES, SPACE, unfold

pytestmark = pytest.mark.thorough

SCREEN = "/admin/apparence"
PAGES = ("/", f"{SPACE}/reserver", f"{SPACE}/absence", "/mon-profil", "/rien-ici")
SEVEN = ["color-contrast-enhanced"]
LARGE = 20  # pixels: 125 % of what browsers start with


def choose(people: People, theme: str) -> None:
    """Choose a theme on its screen."""
    page = people.connected("admin")
    page.goto(SCREEN)
    page.get_by_label(theme).check()
    page.get_by_role("button", name="Enregistrer").first.click()
    expect(page.get_by_text("L’apparence du site est enregistrée")).to_be_visible()


@pytest.fixture
def strong(people: People) -> Iterator[None]:
    """Dress the site in the theme of strong contrast, then in the usual one again."""
    choose(people, "Contraste renforcé")
    yield
    choose(people, "Panier")


def focus_lines(people: People) -> list[str]:
    """Return how thick the line around what has the focus is: on dark, on light."""
    page = people.window()
    page.goto("/")
    found = []
    for name in ("Contact", "Se connecter"):
        page.get_by_role("link", name=name).first.focus()
        page.keyboard.press("Shift+Tab")  # by keyboard: a mouse shows no line
        page.keyboard.press("Tab")
        found.append(page.evaluate("getComputedStyle(document.activeElement).outlineWidth"))
    return found


@pytest.mark.usefixtures("strong")
def test_strong_contrast_is_strong_large_and_whole(people: People) -> None:
    faults = {}
    for page, paths in ((people.connected("anna"), PAGES), (people.connected("admin"), (SCREEN,))):
        for path in paths:
            page.goto(path)
            unfold(page)
            page.evaluate(AXE)
            for width in (DESKTOP, PHONE):
                page.set_viewport_size({"width": width, "height": 800})
                found = [one for rules in (RULES, SEVEN) for one in page.evaluate(FAULTS, rules)]
                found += page.evaluate(CUT_OFF)
                size = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
                if found or size < LARGE:
                    faults[path, width] = found or size
    assert not faults, "\n".join(f"{key}: {found}" for key, found in faults.items())
    assert focus_lines(people) == ["4px", "4px"]


def test_what_is_tried_shows_at_once_and_only_here(people: People) -> None:
    page = people.connected("admin", viewport={"width": DESKTOP, "height": 900})
    page.goto(SCREEN)
    frame = page.frame_locator("#apercu")
    expect(frame.get_by_text("AMAP de la Fontaine").first).to_be_visible()

    page.get_by_label("Nom de l’AMAP").fill("AMAP d’essai")
    expect(frame.get_by_text("AMAP d’essai").first).to_be_visible()

    page.get_by_text("Couleurs – Panier").click()
    page.get_by_label("Code de la couleur – Boutons et liens").first.fill("#88cc88")
    expect(page.locator(".readings .bad").first).to_contain_text("1,9")
    expect(frame.locator("a.button.primary")).to_have_css("background-color", "rgb(136, 204, 136)")

    page.get_by_role("button", name="Enregistrer").first.click()
    expect(page.get_by_role("alert")).to_contain_text("Texte blanc des boutons")
    page.get_by_role("button", name="Prendre #").click()
    expect(page.get_by_text("Rien n’est encore enregistré")).to_be_visible()

    visitor = people.window()
    visitor.goto("/")
    expect(visitor.get_by_text("AMAP de la Fontaine").first).to_be_visible()


def test_without_scripts_the_screen_works_too(people: People) -> None:
    page = people.connected("admin", java_script_enabled=False)
    page.goto(SCREEN)

    page.get_by_label("Contraste renforcé").check()
    page.get_by_role("button", name="Voir l’aperçu").click()

    body = page.frame_locator("#apercu").locator("body")
    expect(body).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(page.get_by_label("Contraste renforcé")).to_be_checked()
    expect(page.get_by_label("Code de la couleur").first).to_be_hidden()


@pytest.mark.parametrize("path", ["/glossaire", f"{SPACE}/reserver"])
def test_paper_has_no_menu_and_lists_are_tables(people: People, path: str) -> None:
    page = people.connected("anna", viewport={"width": 688, "height": 970})  # A4 in its margins
    page.goto(path)
    page.emulate_media(media="print")

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    for hidden in (".site-nav", ".fold", ".site-foot", ".account", "main button"):
        assert not any(one.is_visible() for one in page.locator(hidden).all()), hidden
    heads = page.locator(".data thead th").all()
    assert all(one.bounding_box()["width"] > 1 for one in heads)  # type: ignore[index]

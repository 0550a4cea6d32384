"""What only a browser shows of shortcodes: frames, buttons, keyboards, no script."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import People
from tests.browser.test_pages import AXE, CUT_OFF, DESKTOP, FAULTS, PHONE, RULES

pytestmark = pytest.mark.thorough

# A sandboxed frame runs no script: axe would wait for its answer.
IN_THE_PAGE = FAULTS.replace("runOnly:", "iframes: false, runOnly:")

HELP = "/admin/shortcodes"


def faults(page: Page) -> list[str]:
    """Return what axe finds and what is cut off, on a desk and on a telephone."""
    page.evaluate(AXE)
    found: list[str] = []
    for width in (DESKTOP, PHONE):
        page.set_viewport_size({"width": width, "height": 800})
        found += [*page.evaluate(CUT_OFF), *page.evaluate(IN_THE_PAGE, RULES)]
    return found


@pytest.mark.parametrize(
    ("reader", "paths"),
    [
        ("", ["/contact", "/ecrire-a-l-amap", "/ecrire-a-l-amap/merci"]),
        ("anna", ["/mes-infos", "/contact"]),
        ("admin", [f"{HELP}?q=connexion"]),
    ],
)
def test_nothing_is_wrong_or_cut_off(people: People, reader: str, paths: list[str]) -> None:
    page = people.connected(reader) if reader else people.window()
    found = {}
    for path in paths:
        page.goto(path)
        found[path] = faults(page)
    assert not {path: wrong for path, wrong in found.items() if wrong}


def test_a_preview_shows_what_another_reader_sees_and_acts_on_nothing(people: People) -> None:
    page = people.connected("admin")
    page.goto(f"{HELP}?q=connexion")
    frame = page.frame_locator("iframe[name=apercu-connexion]")
    expect(frame.get_by_role("link", name="Se connecter")).to_be_visible()

    form = page.locator("details#connexion form")
    form.get_by_label("Vu par").select_option("member")
    form.get_by_role("button").click()

    leave = frame.get_by_role("button", name="Se déconnecter")
    leave.click()
    expect(leave).to_be_visible()
    page.goto(HELP)
    expect(page.get_by_role("heading", name="Shortcodes", exact=True)).to_be_visible()


def test_a_visitor_writes_by_keyboard_without_scripts(people: People) -> None:
    page = people.window(java_script_enabled=False)
    page.goto("/contact")
    page.get_by_label("Votre nom").focus()
    for typed in ("Zoé Petit", "zoe@test.example", "Une place ?", "Bonjour !"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_text("votre message est parti")).to_be_visible()
    assert page.context.cookies() == []


def test_an_address_of_a_calendar_is_made_copied_and_changed(people: People) -> None:
    page = people.connected("bruno")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/mes-infos")
    page.get_by_role("button", name="Créer mon adresse d’agenda").click()
    address = page.locator("#adresse-agenda").inner_text()
    page.get_by_role("button", name="Copier l’adresse de l’agenda").click()
    assert page.evaluate("navigator.clipboard.readText()") == address
    assert page.request.get(address).text().startswith("BEGIN:VCALENDAR")

    page.get_by_text("Cette adresse est secrète").click()
    page.get_by_role("button", name="Changer d’adresse").click()
    page.get_by_role("button", name="OK").click()

    expect(page.locator("#adresse-agenda")).not_to_have_text(address)
    assert page.request.get(address).status == 404

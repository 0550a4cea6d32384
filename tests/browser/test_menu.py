"""The screen of the menu in a browser: quick with scripts, the same without."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import People

MENU = "/admin/menu"


def titles(page: Page) -> list[str]:
    """Return the names of the first level of the menu."""
    return [one.strip() for one in page.locator(".menu-tree > li > .line strong").all_inner_texts()]


def test_a_line_moves_and_the_hand_stays_on_its_button(people: People) -> None:
    page = people.connected("admin")
    page.goto(MENU)
    before = titles(page)
    last = before[-1]
    button = page.get_by_role("button", name=f"Monter – {last}")

    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".menu-tree > li.moved strong").first).to_have_text(last)

    assert titles(page) == [*before[:-2], last, before[-2]]
    expect(page.get_by_role("button", name=f"Monter – {last}")).to_be_focused()
    shown = page.locator(".site-nav > ul > li").all_inner_texts()
    assert shown[-2].strip() == last
    page.get_by_role("button", name=f"Descendre – {last}").click()
    expect(page.locator(".menu-tree > li strong").last).to_have_text(last)
    assert titles(page) == before


def test_without_scripts_the_same_buttons_come_back_to_the_line(people: People) -> None:
    page = people.connected("admin", java_script_enabled=False)
    page.goto(MENU)
    before = titles(page)

    page.get_by_role("button", name=f"Monter – {before[-1]}").click()

    assert titles(page) == [*before[:-2], before[-1], before[-2]]
    assert "#page-" in page.url
    page.get_by_role("button", name=f"Descendre – {before[-1]}").click()
    assert titles(page) == before

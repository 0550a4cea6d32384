"""Distributions and calendars as people look at them: wide, on a phone, without scripts."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from amapress_py import clock
from amapress_py.contracts.models import Subscription
from amapress_py.deliveries.models import Delivery
from tests.browser.conftest import People, Site, log_in
from tests.browser.test_pages import DESKTOP, PHONE, unfold
from tests.browser.test_shortcodes import faults

pytestmark = pytest.mark.thorough

PAGES = ["/notre-amap", "/producteurs", "/produits", "/calendrier"]
READ_BY = {
    "": PAGES,
    "anna": ["/", "/mes-livraisons", "/calendrier", "/collectif", "/distributions/{delivery}"],
    "referent": ["/distributions/{delivery}"],
    "admin": ["/admin/lieux/1"],
}


@pytest.fixture(scope="module")
def delivery(site: Site) -> int:
    """Return the next distribution at which somebody fetches a basket."""
    with site.installation.session() as session:
        coming = (
            select(Delivery.id)
            .join(Subscription, Subscription.place_id == Delivery.place_id)
            .where(Delivery.date > clock.today())
            .order_by(Delivery.date, Delivery.place_id)
        )
        found = session.scalars(coming).first()
    assert found is not None
    return found


@pytest.mark.parametrize("reader", READ_BY)
def test_pages_have_no_fault_and_nothing_is_cut_off(
    people: People, delivery: int, reader: str
) -> None:
    page = people.connected(reader) if reader else people.window()
    found = {}
    for template in READ_BY[reader]:
        path = template.format(delivery=delivery)
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        unfold(page)
        found[path] = faults(page)
    assert not {path: wrong for path, wrong in found.items() if wrong}


def test_the_menu_stands_on_one_line(people: People) -> None:
    page = people.connected("admin", viewport={"width": DESKTOP, "height": 800})
    page.goto("/")

    tops = page.locator(".site-nav > ul > li").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect().top)"
    )

    assert 5 <= len(tops) <= 6
    assert len(set(tops)) == 1


def test_without_scripts_from_the_list_to_a_distribution_and_to_the_next(people: People) -> None:
    page = people.window(java_script_enabled=False)
    page.goto("/connexion")
    log_in(page, "anna")
    page.goto("/mes-livraisons")
    row = page.locator("tbody tr").first
    price = row.locator("td").last.inner_text().strip()

    row.get_by_role("link").first.click()

    expect(page.locator("#mon-panier")).to_contain_text(re.compile(re.escape(price)))
    first = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("link", name="Distribution suivante").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text(first)
    page.get_by_role("link", name="Calendrier").last.click()
    page.get_by_role("link", name="Mois d’après").click()
    expect(page).to_have_url(re.compile(r"\?mois=\d{4}-\d{2}$"))
    expect(page.locator(".month .own").first).to_be_visible()


def test_the_calendar_is_weeks_with_room_and_a_list_on_a_phone(people: People) -> None:
    page = people.connected("anna", viewport={"width": DESKTOP, "height": 800})
    page.goto("/calendrier")
    idle, own = page.locator(".month .idle").first, page.locator(".month .own").first
    expect(idle).to_be_visible()
    wide = own.bounding_box()

    page.set_viewport_size({"width": PHONE, "height": 800})

    expect(idle).to_be_hidden()
    narrow = own.bounding_box()
    assert wide is not None
    assert narrow is not None
    assert narrow["width"] > wide["width"]

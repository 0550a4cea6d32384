"""Widgets on another site, in a real browser: by script, by frame, by oEmbed as in WordPress."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.request import urlopen

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, BrowserContext, Frame, Page, expect
from sqlalchemy import select

from amapress_py.accounts.models import Person
from amapress_py.exchange.models import BasketOffer
from tests.browser.conftest import TIMEOUT_MS, People, Site, log_in
from tests.browser.test_pages import AXE, CUT_OFF, FAULTS, RULES, unfold

pytestmark = pytest.mark.thorough

ADDRESS = "/embed/les-paniers-intermittents"
INTERESTED = "Je suis intéressé"
KEPT_BY_WORDPRESS = {"src", "width", "height", "frameborder", "title"}  # and a few more of no use
SECRET = "s3cr3tOfWP"
# What the script of WordPress does with messages of a frame that it put into its sandbox.
WORDPRESS = """
const frame = document.querySelector("iframe");
const secret = frame.dataset.secret;
addEventListener("message", ({data, source}) => {
  if (!data || data.secret !== secret || source !== frame.contentWindow) return;
  if (data.message === "height") frame.height = Math.min(1000, Math.max(200, parseInt(data.value)));
  if (data.message === "link" && new URL(data.value).host === new URL(frame.src).host
      && document.activeElement === frame) top.location.href = data.value;
});
addEventListener("load", () => frame.contentWindow.postMessage({message: "ready", secret}, "*"));
"""
PAGE = "<!doctype html><title>Mairie</title><body style='margin: 0'>{}</body>"


@dataclass(frozen=True)
class Town:
    """The site of the town: some pages, each answered as it is."""

    address: str
    pages: dict[str, str]

    def show(self, html: str, path: str = "/") -> str:
        """Write a page; return its address."""
        self.pages[path] = html if "<body" in html else PAGE.format(html)
        return self.address + path


@contextmanager
def town_served() -> Iterator[Town]:
    """Serve what a town shows, from another origin than ours."""
    pages: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("localhost", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Town(f"http://localhost:{server.server_address[1]}", pages)
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def town(site: Site, chromium: Browser) -> Iterator[Town]:
    """Serve a site that an administrator put on the list."""
    with town_served() as served:
        admins = People(chromium, site.address)
        page = admins.connected("admin")
        page.goto("/admin/reglages/")
        page.get_by_label("Sites qui peuvent montrer nos widgets").fill(served.address)
        page.get_by_role("button", name="Enregistrer").click()
        expect(page.get_by_text("sont enregistrés")).to_be_visible()
        admins.close()
        yield served


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """Open a browser that knows nobody."""
    with closing(chromium.new_context(locale="fr-FR")) as opened:
        opened.set_default_timeout(TIMEOUT_MS)
        yield opened


def by_script(site: str) -> str:
    tag = f'<script src="{site}/embed.js" data-shortcode="{ADDRESS[7:]}"></script>'
    return f"<p>Avant</p>{tag}<p>Après</p>"


def by_frame(site: str) -> str:
    return f'<iframe src="{site}{ADDRESS}" title="Paniers" width="900" height="500"></iframe>'


def by_wordpress(site: str, path: str = ADDRESS) -> str:
    """Do what WordPress does with a pasted address of a site that it does not know."""
    with urlopen(site + path) as answer:
        found = BeautifulSoup(answer.read(), "html.parser").select_one(
            "head link[type='application/json+oembed']"
        )
    assert found is not None
    with urlopen(f"{found['href']}&maxwidth=500&maxheight=750") as answer:
        told = json.load(answer)
    assert told["type"] == "rich"
    assert re.fullmatch(r"<iframe [^<>]*></iframe>", told["html"])
    soup = BeautifulSoup(told["html"], "html.parser")
    frame = soup.select_one("iframe")
    assert frame is not None
    frame.attrs = {key: value for key, value in frame.attrs.items() if key in KEPT_BY_WORDPRESS}
    frame["src"] = f"{frame['src']}#?secret={SECRET}"
    frame["data-secret"] = SECRET
    frame["sandbox"], frame["security"] = "allow-scripts", "restricted"
    return f"{soup}<script>{WORDPRESS}</script>"


WAYS: dict[str, Callable[[str], str]] = {
    "script": by_script,
    "frame": by_frame,
    "wordpress": by_wordpress,
}


def frame_of(page: Page) -> Frame:
    frame = next(one for one in page.frames if one != page.main_frame)
    frame.wait_for_load_state()
    return frame


def heights(page: Page) -> tuple[float, float]:
    """Return the height of the frame, and of what it says."""
    outside = page.locator("iframe").evaluate("(one) => one.getBoundingClientRect().height")
    inside = frame_of(page).evaluate(
        "() => document.documentElement.getBoundingClientRect().height"
    )
    return outside, inside


def wait_until_it_fits(page: Page, least: int = 0, most: int = 10**6) -> float:
    """Wait until the frame is as high as its content, within bounds."""
    for _ in range(100):
        outside, inside = heights(page)
        if abs(outside - min(most, max(least, inside))) <= 5:
            return outside
        page.wait_for_timeout(50)
    raise AssertionError(f"the frame has {outside} pixels for {inside}")


@pytest.mark.parametrize("way", WAYS)
def test_a_widget_shows_and_its_button_leads_to_the_row(
    site: Site, town: Town, context: BrowserContext, way: str
) -> None:
    page = context.new_page()
    page.goto(town.show(WAYS[way](site.address)))
    inside = page.frame_locator("iframe")
    button = inside.get_by_role("link", name=INTERESTED).nth(1)
    expect(button).to_be_visible()
    assert button.evaluate("(one) => getComputedStyle(one).backgroundColor") != "rgba(0, 0, 0, 0)"
    assert inside.locator("main").inner_text().count(INTERESTED) >= 3
    assert context.cookies() == []
    assert frame_of(page).evaluate("() => document.forms.length") == 0
    offer = re.search(r"offre=(\d+)$", str(button.get_attribute("href")))
    assert offer is not None

    if way == "wordpress":  # whose sandbox opens no window
        assert frame_of(page).evaluate("() => origin") == "null"
        button.click()
        page.wait_for_url("**/connexion?**")
        ours = page
    else:
        with context.expect_page() as opened:
            button.click()
        ours = opened.value
        assert ours.evaluate("() => window.opener") is None
    log_in(ours, "bruno")

    assert ours.url == f"{site.address}/espace-intermittents/reserver?offre={offer[1]}"
    first = ours.locator("#reserver tbody tr").first
    expect(first).to_have_id(f"offre-{offer[1]}")
    expect(first.locator("details")).to_have_attribute("open", "")


def test_the_height_follows(site: Site, town: Town, context: BrowserContext) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 1100, "height": 700})
    page.goto(town.show(by_script(site.address)))
    wide = wait_until_it_fits(page)
    page.set_viewport_size({"width": 360, "height": 700})  # rows become cards
    narrow = wait_until_it_fits(page)
    assert narrow > wide * 1.5
    page.set_viewport_size({"width": 1100, "height": 700})
    assert wait_until_it_fits(page) == wide
    for below, above in ((0, 1), (1, 2)):  # the frame stands where its script does
        places = page.locator("p, iframe").evaluate_all("(all) => all.map((one) => one.offsetTop)")
        assert places[below] < places[above]

    page.goto(town.show(by_wordpress(site.address), "/wp"))
    wait_until_it_fits(page, 200, 1000)
    page.goto(town.show(by_wordpress(site.address, f"{ADDRESS}-count"), "/wp-count"))
    assert wait_until_it_fits(page, 200, 1000) == 200


def test_several_scripts_on_a_page_in_its_head_and_by_a_loader(
    site: Site, town: Town, context: BrowserContext
) -> None:
    def tag(shortcode: str, more: str = "async") -> str:
        return (
            f'<script src="{site.address}/embed.js" data-shortcode="{shortcode}" {more}></script>'
        )

    html = f"""<!doctype html><html><head>
    {tag("les-paniers-intermittents-count", 'data-frame-target="#compte" async')}
    {tag("intermittents-inscription", 'data-view="other" data-frame-title="Inscrire"')}
    </head><body><div id="compte"></div>{tag("les-paniers-intermittents")}
    {tag("les-paniers-intermittents", 'data-lieu="ailleurs" async')}
    <script>const late = document.createElement("script"); late.type = "module";
    late.dataset.shortcode = "intermittent-paniers"; late.src = "{site.address}/embed.js";
    setTimeout(() => document.body.append(late), 300);</script></body></html>"""
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(town.show(html))

    expect(page.locator("iframe")).to_have_count(4)
    expect(page.frame_locator("#compte iframe").get_by_text("paniers à réserver")).to_be_visible()
    named = page.frame_locator("iframe[title=Inscrire]")
    expect(named.get_by_role("link", name="Inscrire un intermittent")).to_be_visible()
    expect(page.frame_locator("iframe[src$='lieu=ailleurs']").locator(".empty")).to_be_visible()
    assert errors == []


def test_messages_of_others_move_nothing(site: Site, town: Town, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(town.show(by_script(site.address)))
    before = wait_until_it_fits(page)

    page.evaluate("() => postMessage({amapress: 'height', value: 9000}, '*')")
    frame_of(page).evaluate("""() => {
      for (const value of [-1, 0, 1e9, NaN, "9000px", null, {}])
        parent.postMessage({amapress: "height", value}, "*");
      parent.postMessage(null, "*");
    }""")
    page.wait_for_timeout(200)

    assert page.locator("iframe").evaluate("(one) => one.getBoundingClientRect().height") == before


def test_a_site_that_is_not_on_the_list_gets_nothing(
    site: Site, town: Town, context: BrowserContext
) -> None:
    with town_served() as stranger:
        page = context.new_page()
        for way in WAYS.values():
            page.goto(stranger.show(way(site.address)))
            page.wait_for_timeout(300)
            assert_empty(page)


@pytest.mark.parametrize(
    "path", ["/", "/espace-intermittents/reserver", "/admin/widgets", "/connexion"]
)
def test_no_page_shows_in_a_frame(site: Site, town: Town, people: People, path: str) -> None:
    page = people.connected("admin")
    page.goto(town.show(f'<iframe src="{site.address}{path}"></iframe>', "/page"))
    page.wait_for_timeout(300)

    assert_empty(page)
    people.strange.clear()  # the page of the town was asked for


def assert_empty(page: Page) -> None:
    frames = [one for one in page.frames if one != page.main_frame]
    assert len(frames) == 1
    assert frames[0].url.startswith("chrome-error:")


def test_no_widget_tells_of_a_person(site: Site, people: People) -> None:
    with site.installation.session() as session:
        secrets = {
            str(text)
            for row in session.execute(
                select(Person.first_name + " " + Person.last_name, Person.email, Person.phone)
            )
            for text in row
            if text
        }
        secrets |= set(session.scalars(select(BasketOffer.message))) - {""}
    page = people.connected("admin")
    page.goto("/admin/widgets")
    tags = page.locator("#widget option").evaluate_all("(all) => all.map((one) => one.value)")
    assert len(tags) >= 8

    for tag in tags:
        with urlopen(f"{site.address}/embed/{tag}") as answer:
            said = answer.read().decode()
        assert [secret for secret in secrets if secret in said] == [], tag


def test_widgets_and_their_screen_have_no_fault(site: Site, people: People) -> None:
    page = people.connected("admin")
    faults = {}
    for path in (ADDRESS, f"{ADDRESS}-count", "/embed/intermittent-paniers", "/admin/widgets"):
        is_page = path.startswith("/admin")
        page.goto(path)
        unfold(page)
        page.evaluate(AXE)
        # A frame has no heading and no landmark of its own: the page around it does.
        rules = [rule for rule in RULES if is_page or rule != "best-practice"]
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 700})
            faults[path, width] = page.evaluate(CUT_OFF) + page.evaluate(FAULTS, rules)
    assert not any(faults.values()), faults


def test_the_screen_gives_the_codes(site: Site, town: Town, people: People) -> None:
    page = people.connected("admin")
    page.goto("/admin/widgets")
    expect(page.get_by_text(town.address)).to_be_visible()
    shown = page.frame_locator("main iframe")
    expect(shown.get_by_role("link", name=INTERESTED).first).to_be_visible()
    page.get_by_label("Widget").select_option("intermittents-inscription")
    page.get_by_role("button", name="Voir ce widget").click()
    page.get_by_text("Options").click()
    page.get_by_label("me : m’inscrire").select_option("other")
    page.get_by_role("button", name="Voir ce widget").click()

    expect(shown.get_by_role("link", name="Inscrire un intermittent")).to_be_visible()
    address = f"{site.address}/embed/intermittents-inscription?view=other"
    assert page.locator("#code-adresse").inner_text().strip() == address
    outer = people.window()
    for code in ("#code-script", "#code-cadre"):
        outer.goto(town.show(page.locator(code).inner_text(), "/code"))
        inside = outer.frame_locator("iframe")
        expect(inside.get_by_role("link", name="Inscrire un intermittent")).to_be_visible()
    people.strange.clear()  # the pages of the town were asked for

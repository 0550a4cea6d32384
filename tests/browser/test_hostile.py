"""A browser opens what hostile people typed: nothing runs, nothing is asked of other sites.

The policy that forbids scripts is taken away: what stays harmless is so by its HTML alone.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, Dialog, Page, Request
from werkzeug.serving import make_server

from amapress_py.cms.clean import clean
from tests.browser.conftest import TIMEOUT_MS
from tests.site.conftest import lived_in
from tests.site.hostile import HOSTILE, INPUTS
from tests.site.test_bad_input import send
from tests.site.test_hostile import EITHER, NEW, PLACES, SEEN, Siege, besieged, drawn, listed

pytestmark = pytest.mark.thorough

OFFICE = {
    "/admin/pages/", "/admin/pages/{page_id}", NEW + "?brouillon=1", "/admin/menu",
    "/admin/apparence", "/admin/courriels", "/admin/personnes/{person_id}", "/admin/lieux",
    "/admin/distributions/{delivery_id}", "/admin/distributions/{delivery_id}/emargement",
    "/admin/paniers/{offer_id}", "/admin/images/", "/admin/etat",
}  # fmt: skip
ASKED = (
    ("visitor", "/recherche?q="), ("visitor", "/embed/les-paniers-intermittents?contrat_nom="),
    ("visitor", "/rien"), ("admin", "/admin/pages/shortcode/bouton?composer=1&p-texte="),
    ("admin", "/admin/widgets?widget=les-paniers-intermittents&p-lieu="),
)  # fmt: skip
EVERY = 12  # one input of so many has a page of its own here
TOUCH = """() => {
  for (const one of document.querySelectorAll("body *")) {
    if (one.closest("[sandbox]")) continue;
    for (const name of ["mouseover", "pointerenter", "focus", "focusin", "toggle", "animationend"])
      one.dispatchEvent(new Event(name, {bubbles: true}));
  }
  const good = ["http:", "https:", "mailto:", "tel:", "webcal:"];
  return [...document.querySelectorAll("a, area, form, iframe, button")]
    .map((one) => one.href ?? (one.getAttribute("action") && one.action) ?? one.src
      ?? (one.getAttribute("formaction") && one.formAction))
    .filter((address) => typeof address === "string" && address)
    .filter((address) => !good.includes(new URL(address, "http://localhost").protocol));
}"""
SHOW = """(texts) => {
  for (const text of texts) {
    const box = document.createElement("div");
    document.body.append(box);
    box.innerHTML = text;
    box.innerHTML = box.innerHTML;
  }
}"""


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an application of this process; give its address."""
    server = make_server("localhost", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Watch:
    """What a browser did that it should not have."""

    siege: Siege
    chromium: Browser
    address: str
    stack: ExitStack
    fired: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    windows: dict[tuple[str, bool], Page] = field(default_factory=dict)

    def window(self, role: str, *, has_policy: bool = False) -> Page:
        """Return somebody's window; scripts that were typed would call a function that tells."""
        key = role, has_policy
        if key not in self.windows:
            context = self.chromium.new_context(locale="fr-FR", bypass_csp=not has_policy)
            self.stack.callback(context.close)
            context.set_default_timeout(TIMEOUT_MS)
            context.expose_binding("tripwire", lambda source: self.fired.append(source["page"].url))
            context.on("request", self.note_request)
            context.route(lambda url: not url.startswith(self.address), lambda one: one.abort())
            cookie = self.siege.client(role).get_cookie("amapress")
            if cookie is not None:
                value = {"name": "amapress", "value": cookie.value, "url": self.address}
                context.add_cookies([value])  # type: ignore[list-item]
            self.windows[key] = context.new_page()
            self.windows[key].on("dialog", self.note_dialog)
        return self.windows[key]

    def note_dialog(self, dialog: Dialog) -> None:
        self.fired.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def note_request(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "about:")):
            self.elsewhere.append(request.url)

    def visit(self, role: str, path: str, *, has_policy: bool = False) -> None:
        """Open a page, touch everything on it."""
        page = self.window(role, has_policy=has_policy)
        page.goto(self.address + path)
        self.fired += [f"{path} leads to {one}" for one in page.evaluate(TOUCH)]


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Watch]:
    """Fill an AMAP with hostile words, serve it, open a browser that looks at it."""
    folder = tmp_path_factory.mktemp("siege")
    for world in lived_in(folder, f"sqlite:///{folder / 'amap.db'}"):
        siege = besieged(world)
        texts = drawn(0)
        for name in PLACES:
            if name != EITHER[0]:
                siege.type(name, texts)
        with served(world.app) as address, ExitStack() as stack:
            yield Watch(siege, chromium, address, stack)


@pytest.fixture(autouse=True)
def quiet(watch: Watch) -> None:
    """Begin with nothing noted."""
    watch.fired.clear()
    watch.elsewhere.clear()


def test_nothing_that_was_typed_runs_in_a_browser(watch: Watch) -> None:
    for role, path in SEEN:
        if role != "admin" or path in OFFICE:
            watch.visit(role, watch.siege.path(path))
    for role, path in ASKED:
        watch.visit(role, path + "%22%3E%3Cimg%20src%3Dx%20onerror%3Dtripwire()%3E")
    assert watch.fired == []
    assert watch.elsewhere == []


def test_no_text_of_a_page_runs_in_a_browser(watch: Watch) -> None:
    """All cleaned texts at once, read twice as only a browser does; some as pages, with policy."""
    page = watch.window("visitor")
    page.goto(f"{watch.address}/embed/prochaines-distributions")
    page.evaluate(SHOW, [clean(text.encode("utf-8", "ignore").decode()) for text in INPUTS])
    watch.fired += page.evaluate(TOUCH)
    page.goto("about:blank")
    watch.elsewhere.clear()  # images, which the policy does not let through
    client = watch.siege.client("admin")
    for number, text in enumerate(INPUTS[::EVERY]):
        values = {"title": text[:100], "body": text, "path": f"essai-{number}", "revision": "0",
                  "parent": "0", "state": "published", "redirect_page": "0"}  # fmt: skip
        assert send(client, NEW, watch.siege.tokens["admin"], listed(values)).status_code == 303
        watch.visit("visitor", f"/essai-{number}", has_policy=True)
    assert watch.fired == []
    assert watch.elsewhere == []


def test_the_tripwire_works(watch: Watch) -> None:
    """The same watch sees what was not cleaned."""
    page = watch.window("visitor")
    page.goto(f"{watch.address}/embed/prochaines-distributions")
    page.evaluate(SHOW, HOSTILE["handler"])
    page.wait_for_timeout(200)
    assert watch.fired
    page.evaluate(SHOW, ["<a href='java&Tab;script:tripwire()'>x</a>"])
    assert len(page.evaluate(TOUCH)) == 1

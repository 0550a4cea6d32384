"""One Chromium and one served demo for all tests of this folder."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from amapress_py.demo import PASSWORD
from tests.postgres import PostgresServer
from tests.site.served import Installation, installed

NAMES = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
TIMEOUT_MS = 60_000  # two cores may have much to do


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


class Site:
    """The demo as it is served; `serve` starts it anew, perhaps on another day."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.cookies: dict[str, Any] = {}  # of who has logged in before
        self._web = ExitStack()

    @property
    def address(self) -> str:
        return self.installation.address

    def serve(self, later: timedelta = timedelta()) -> None:
        """Serve at the same address, with a clock that may be ahead."""
        self._web.close()
        self._web.enter_context(self.installation.web(later=later))

    def stop(self) -> None:
        self._web.close()


@pytest.fixture(scope="session")
def site_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give an empty database of the kind asked for; nothing stands for a SQLite file."""
    if request.config.getoption("--database") == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        with server.database() as url:
            yield url
    else:
        yield ""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, site_database: str) -> Iterator[Site]:
    """Install the demo and serve it."""
    with installed(tmp_path_factory.mktemp("site"), site_database) as installation:
        running = Site(installation)
        running.serve()
        with installation.process("worker"):
            yield running
        running.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start the browser of this machine."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    assert path is not None, "a Chromium is needed"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        yield browser
        browser.close()


class People:
    """Opens a window of its own for each person; what goes wrong in one fails the test."""

    def __init__(
        self, chromium: Browser, address: str, known: dict[str, Any] | None = None
    ) -> None:
        self.chromium = chromium
        self.address = address
        self.known = {} if known is None else known  # cookies of who has logged in
        self.contexts: list[BrowserContext] = []
        self.strange: list[str] = []  # requests elsewhere, errors of scripts or of the policy

    def window(self, **options: Any) -> Page:
        """Open an empty window with no memory."""
        context = self.chromium.new_context(
            **{"base_url": self.address, "locale": "fr-FR", **options}
        )
        context.set_default_timeout(TIMEOUT_MS)
        context.on("request", self._note_request)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.strange.append(str(error)))
        return page

    def connected(self, name: str, **options: Any) -> Page:
        """Open a window of somebody who is connected; who still is does not log in again."""
        known = self.known.get(name, [])
        page = self.window(storage_state={"cookies": known, "origins": []}, **options)
        page.goto("/connexion")
        if "/connexion" in page.url:
            log_in(page, name)
            self.known[name] = page.context.cookies()
        return page

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        self.contexts.clear()

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "about:")):
            self.strange.append(request.url)


def log_in(page: Page, name: str) -> None:
    """Fill in the log-in form that is shown."""
    page.get_by_label("Adresse").first.fill(f"{name}@demo.test")
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Se connecter").click()
    page.wait_for_url(lambda url: "/connexion" not in url)


@pytest.fixture
def people(chromium: Browser, site: Site) -> Iterator[People]:
    """Let persons open windows; close them all afterwards."""
    crowd = People(chromium, site.address, site.cookies)
    yield crowd
    crowd.close()
    assert crowd.strange == []

"""Pages for one test, written as an editor would."""

from bs4 import Tag

from amapress_py import db
from amapress_py.cms import services
from amapress_py.cms.models import Page
from amapress_py.cms.services import Draft
from tests.conftest import Browser


def write(body: str, title: str = "Essai", **more: object) -> Page:
    """Save a page."""
    with db.transaction() as current:
        return services.save_page(current, None, Draft(title, body, **more), 0)  # type: ignore[arg-type]


def prose(browser: Browser, path: str = "/essai") -> Tag:
    """Return what a page says to who looks."""
    found = browser.visit(path).select_one(".prose")
    assert found is not None
    return found


def notices(browser: Browser, path: str = "/essai") -> list[str]:
    """Return what a page tells its editors."""
    return [line.text for line in browser.visit(path).select(".notices li")]

"""Where the links of pages lead on this site."""

from dataclasses import dataclass
from enum import Enum, auto
from urllib.parse import unquote, urljoin, urlsplit

from flask import current_app
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from amapress_py import web
from amapress_py.cms.queries import PageRow, SitePages
from amapress_py.cms.rules import CONNECTED, audience_words, canonical


class End(Enum):
    """What a link meets."""

    THERE = auto()  # a page, or something else of this site
    MOVED = auto()  # an address that a page had before
    HIDDEN = auto()  # a page that is not published
    NOTHING = auto()
    ELSEWHERE = auto()  # another site, a mail, a place of the same page


@dataclass(frozen=True)
class Road:
    """What a link meets; `path` is its path on this site, as asked for."""

    end: End
    path: str = ""
    page: PageRow | None = None


class Roads:
    """Follows links; of `pages` nothing is asked of the database."""

    def __init__(self, pages: SitePages) -> None:
        self.pages = pages
        self.routes = current_app.url_map.bind("")
        self.home = urlsplit(web.config().base_url)

    def follow(self, start: PageRow, href: str) -> Road:
        """Return where a link of the page `start` leads."""
        path = self._own_path(start, href)
        if path is None:
            return Road(End.ELSEWHERE)
        bare = canonical(path)
        page = self.pages.by_path.get(bare)
        if page is not None:
            return Road(End.THERE if page.is_published else End.HIDDEN, path, page)
        moved = self.pages.by_id.get(self.pages.redirects.get(bare, 0))
        if moved is not None:
            return Road(End.MOVED if moved.is_published else End.HIDDEN, path, moved)
        return Road(End.THERE if self._is_answered(path) else End.NOTHING, path)

    def _own_path(self, start: PageRow, href: str) -> str | None:
        try:
            parts = urlsplit(href.strip())
            is_home = (parts.scheme, parts.netloc) == (self.home.scheme, self.home.netloc)
        except ValueError:
            return None
        if (parts.scheme or parts.netloc) and not is_home:
            return None
        if not parts.path and not is_home:
            return None
        return unquote(urljoin(start.url, parts.path or "/"))

    def _is_answered(self, path: str) -> bool:
        try:
            endpoint, _values = self.routes.match(path, "GET")
        except RequestRedirect:
            return True
        except HTTPException:
            return False
        return bool(endpoint != "cms.page")


def is_for_others(page: PageRow, target: PageRow) -> bool:
    """Tell whether readers of a page may be refused where a link leads.

    A visitor who is asked to log in is not refused.
    """
    wanted = set(audience_words(target.audience))
    if not wanted or wanted & {CONNECTED, "everybody", "logged"}:
        return False
    readers = set(audience_words(page.audience))
    return not readers or not readers <= wanted

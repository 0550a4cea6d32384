"""From what an editor typed to an address: a page of the site, another site, a mail, a phone."""

import re
from dataclasses import dataclass

from flask import current_app
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from amapress_py import web
from amapress_py.accounts.viewer import Viewer
from amapress_py.cms import queries
from amapress_py.cms.queries import PageRow
from amapress_py.cms.rules import canonical, may_see

MAIL = re.compile(r"[^\s@/:?#<>]+@[^\s@/:?#<>]+\.[^\s@/:?#<>]+")
SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
PROTOCOLS = frozenset({"http", "https", "mailto", "tel"})
OUTER = "/\\"


@dataclass(frozen=True)
class Target:
    """Where a link leads; `is_missing`: to a page of this site that there is not."""

    href: str
    page: PageRow | None = None
    is_missing: bool = False

    def may_be_followed(self, viewer: Viewer) -> bool:
        """Tell whether nothing there is hidden from the viewer."""
        row = self.page
        return row is None or (
            may_see(viewer, row.audience) and (row.is_published or viewer.is_admin)
        )


def target(session: Session, typed: str) -> Target | None:
    """Return where « contact », « /contact#ici », « a@b.fr » or « https://… » leads.

    None for an address that would do anything else than open a page, a mail or a phone.
    """
    text = typed.strip()
    if not text or not text.isprintable():
        return None
    if MAIL.fullmatch(text):
        return Target(f"mailto:{text}")
    scheme = SCHEME.match(text)
    if scheme:
        return Target(text) if scheme[1].lower() in PROTOCOLS else None
    if text.startswith(("#", "?")):
        return Target(text)
    path, mark, rest = _parts(text.lstrip(OUTER))
    return _on_this_site(session, path, mark + rest)


def page_at(session: Session, typed: str) -> PageRow | None:
    """Return the page whose path somebody typed, also by an address that it had."""
    pages = queries.site_pages(session)
    path = canonical(typed.strip())
    return pages.by_path.get(path) or pages.by_id.get(pages.redirects.get(path, 0))


def _parts(text: str) -> tuple[str, str, str]:
    found = re.search(r"[?#]", text)
    return (text[: found.start()], found[0], text[found.end() :]) if found else (text, "", "")


def _on_this_site(session: Session, path: str, rest: str) -> Target | None:
    row = page_at(session, path)
    if row is not None:
        return Target(row.url + rest, row)
    url = f"/{path}"
    if not web.is_own_path(url):
        return None
    return Target(url + rest, is_missing=not _is_answered(url))


def _is_answered(url: str) -> bool:
    """Tell whether the application itself has something at an address."""
    try:
        endpoint, _values = current_app.url_map.bind("").match(url)
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return bool(endpoint != "cms.page")


def is_left_to_pages(path: str) -> bool:
    """Tell whether the application itself answers nothing at a path of pages."""
    try:
        endpoint, _values = current_app.url_map.bind("").match(f"/{path}")
    except RequestRedirect:
        return False
    return bool(endpoint == "cms.page")

"""What machines read of the public pages: sitemap, robots.txt, feed, and words for previews."""

from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree

from flask import Blueprint, Flask, Response, g, url_for
from flask.typing import ResponseReturnValue

from amapress_py import db, settings, web
from amapress_py.accounts.access import public
from amapress_py.accounts.login import viewer
from amapress_py.cms import cache, search
from amapress_py.cms.queries import PageRow
from amapress_py.i18n import SOURCE_LANGUAGE

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
ATOM = "http://www.w3.org/2005/Atom"
MOST_ENTRIES = 20
MOST_SUMMARY, MOST_DESCRIPTION = 300, 160  # characters
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# "$" ends an address: a page may begin with the same word.
CLOSED_TO_ROBOTS = (
    "/admin/", "/compte/", "/demo/", "/connexion$", "/connexion?", "/mon-profil$",
    "/mot-de-passe-oublie$", "/recherche$", "/recherche?",
)  # fmt: skip

bp = Blueprint("cms_feeds", __name__)


@dataclass(frozen=True)
class Meta:
    """What others may say of a public page: its one address, a title, a beginning."""

    url: str
    title: str
    description: str
    feed_url: str
    site_name: str


def meta_of(row: PageRow) -> Meta | None:
    """Return what a page's head tells machines; None for one that is not for everybody."""
    if row.audience or not row.is_published:
        return None
    g.is_for_robots = True
    if viewer().is_connected:
        return None  # machines come as visitors
    return Meta(
        url=web.absolute(row.url),
        title=row.title,
        description=search.summary(db.session(), row, MOST_DESCRIPTION),
        feed_url=url_for("cms_feeds.feed"),
        site_name=settings.current().site_name,
    )


def _named(parent: ElementTree.Element, tag: str, text: str = "", **attributes: str) -> None:
    child = ElementTree.SubElement(parent, tag, attributes)
    child.text = web.CONTROL.sub("", text) or None


def _answer(body: bytes, mimetype: str) -> Response:
    response = Response(body, mimetype=mimetype)
    if not viewer().is_connected:
        cache.mark_public(response, settings.version(db.session()))
    return response


def _xml(root: ElementTree.Element, mimetype: str) -> Response:
    return _answer(ElementTree.tostring(root, "utf-8", xml_declaration=True), mimetype)


@bp.get("/sitemap.xml")
@public
def sitemap() -> ResponseReturnValue:
    """List the addresses of the public pages."""
    viewer()  # its one statement brings the version of the site along
    root = ElementTree.Element("urlset", xmlns=SITEMAP)
    for row in search.public_pages(db.session()):
        url = ElementTree.SubElement(root, "url")
        _named(url, "loc", web.absolute(row.url))
        if row.changed_at:
            _named(url, "lastmod", _instant(row.changed_at))
    return _xml(root, "application/xml")


@bp.get("/robots.txt")
@public
def robots() -> ResponseReturnValue:
    """Say where robots find the pages, and where nothing is for them."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in CLOSED_TO_ROBOTS),
        "",
        f"Sitemap: {web.absolute(url_for('.sitemap'))}",
        "",
    ]
    return _answer("\n".join(lines).encode(), "text/plain")


@bp.get("/flux.xml")
@public
def feed() -> ResponseReturnValue:
    """Tell feed readers which public pages are new or changed."""
    viewer()  # its one statement brings the version of the site along
    rows = sorted(search.public_pages(db.session()), key=_changed, reverse=True)[:MOST_ENTRIES]
    root = ElementTree.Element("feed", {"xmlns": ATOM, "xml:lang": SOURCE_LANGUAGE})
    site = settings.current()
    home, here = web.absolute("/"), web.absolute(url_for(".feed"))
    _named(root, "id", here)
    _named(root, "title", site.site_name)
    if site.tagline:
        _named(root, "subtitle", site.tagline)
    _named(root, "link", href=home)
    _named(root, "link", rel="self", type="application/atom+xml", href=here)
    _named(root, "updated", _instant(max(map(_changed, rows), default=EPOCH)))
    author = ElementTree.SubElement(root, "author")
    _named(author, "name", site.site_name)
    search.texts(db.session(), rows)  # in one statement
    for row in rows:
        _add_entry(root, row)
    return _xml(root, "application/atom+xml")


def _add_entry(root: ElementTree.Element, row: PageRow) -> None:
    entry = ElementTree.SubElement(root, "entry")
    _named(entry, "id", web.absolute(f"/#page-{row.id}"))  # stays when the address changes
    _named(entry, "title", row.title)
    _named(entry, "link", href=web.absolute(row.url))
    _named(entry, "updated", _instant(_changed(row)))
    _named(entry, "summary", search.summary(db.session(), row, MOST_SUMMARY))


def _changed(row: PageRow) -> datetime:
    return row.changed_at or EPOCH


def _instant(value: datetime) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def init_app(app: Flask) -> None:
    """Keep robots from every screen that is no public page."""

    @app.after_request
    def say_noindex(response: Response) -> Response:
        if response.mimetype == "text/html" and not g.get("is_for_robots"):
            response.headers.setdefault("X-Robots-Tag", "noindex")
        return response

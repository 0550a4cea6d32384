"""Images as browsers get them; who may see a page that holds one may see it."""

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from amapress_py import db, settings
from amapress_py.accounts.access import public
from amapress_py.accounts.login import viewer
from amapress_py.accounts.viewer import VISITOR, Viewer
from amapress_py.cms.queries import PageRow
from amapress_py.cms.rules import may_see
from amapress_py.media import queries
from amapress_py.media.rules import PAGE, VIGNETTE

# A browser keeps what its user saw for five minutes; a proxy asks each time, for somebody else may
# see the image no more (nginx is told by an instant long past, and obeys the first of the two).
PUBLIC = {"X-Accel-Expires": "@1", "Cache-Control": "public, max-age=300, s-maxage=0"}
PRIVATE = {"Cache-Control": "private, no-store"}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

bp = Blueprint("media", __name__, url_prefix="/media/<string(length=32):key>")


@bp.get("/<name>")
@public
def image(key: str, name: str) -> Response:
    """Serve an image in the size of a page; its key alone counts, whatever its name."""
    return _served(key, PAGE)


@bp.get("/vignette/<name>")
@public
def vignette(key: str, name: str) -> Response:
    """Serve a small image."""
    return _served(key, VIGNETTE)


def _served(key: str, variant: str) -> Response:
    """Answer 404 to whom the image is none of his business, as if it were not there."""
    showing = [page for page in queries.pages_with(db.session(), key) if page.is_published]
    is_public = settings.current().logo_key == key or _is_for(VISITOR, showing)
    if not (is_public or viewer().is_admin or _is_for(viewer(), showing)):
        raise NotFound
    found = queries.content(db.session(), key, variant)
    if found is None:
        raise NotFound
    headers = {**HEADERS, **(PUBLIC if is_public else PRIVATE)}
    response = Response(found.content, mimetype=found.kind, headers=headers)
    response.headers["Content-Disposition"] = f'inline; filename="{found.name}"'
    response.set_etag(f"{found.digest[:32]}-{variant}")
    response.make_conditional(request)
    return response


def _is_for(who: Viewer, showing: list[PageRow]) -> bool:
    return any(may_see(who, page.audience) for page in showing)

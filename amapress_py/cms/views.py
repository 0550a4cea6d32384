"""The site's pages at their paths; takes every path that nobody else has."""

import re

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import MethodNotAllowed, NotFound

from amapress_py import db, settings, web
from amapress_py.accounts.access import log_in_first, public
from amapress_py.accounts.login import viewer
from amapress_py.cms import cache, feeds, notices, queries, render
from amapress_py.cms.queries import PageRow, SitePages
from amapress_py.cms.rules import audience_sentence, canonical, may_see
from amapress_py.errors import NotAllowed
from amapress_py.i18n import _

bp = Blueprint("cms", __name__)


@bp.get("/", defaults={"path": ""})
@bp.get("/<path:path>")
@public
def page(path: str) -> ResponseReturnValue:
    """Show a page, or say why not."""
    who = viewer()  # first: its one statement brings the version of the site along
    pages = queries.site_pages(db.session())
    row = pages.by_path.get(path)
    if row is None or not (row.is_published or who.is_admin):
        return _elsewhere(pages, path)
    if not may_see(who, row.audience):
        return _refuse(pages, row)
    return _show(row)


def _show(row: PageRow) -> ResponseReturnValue:
    context = render.context(row.url)
    body = render.page_body(row)
    is_editor = viewer().is_admin
    html = render_template(
        "page.html",
        page=row,
        body=body,
        notices=_notices(row) if is_editor else [],
        edit_url=url_for("editor.edit", page_id=row.id) if is_editor else None,
        meta=feeds.meta_of(row),
    )
    response = current_app.make_response(html)
    has_session = current_app.config["SESSION_COOKIE_NAME"] in request.cookies
    if not (viewer().is_connected or has_session or row.audience) and context.is_public:
        cache.mark_public(response, settings.version(db.session()))
    return response


def _notices(row: PageRow) -> list[str]:
    body = queries.body(db.session(), row.revision_id)
    found = notices.of(body, row.audience)
    found += [one for one in render.notices() if one not in found]
    if not row.is_published:
        found.insert(0, _("Cette page est un brouillon : vous seul la voyez."))
    return found


def _refuse(pages: SitePages, row: PageRow) -> ResponseReturnValue:
    if viewer().is_connected:
        raise NotAllowed(
            _("Cette page est réservée à : %(who)s.", who=audience_sentence(row.audience))
        )
    reason = _(
        "Cette page est réservée aux amapiens connectés."
        " Connectez-vous : vous y reviendrez aussitôt."
    )
    target = pages.by_id.get(row.redirect_page_id or 0)
    if target is None or target.audience or not target.is_published:
        return log_in_first(reason, web.current_path())
    flash(reason, "info")
    return redirect(url_for("cms.page", path=target.path, suite=web.current_path()), 303)


def _elsewhere(pages: SitePages, path: str) -> ResponseReturnValue:
    """Redirect an address that a page had, or with a slash too many; else 405 or 404."""
    wanted = canonical(path)
    meant = pages.by_path.get(wanted) or pages.by_id.get(pages.redirects.get(wanted, 0))
    if meant is not None and meant.path != path and meant.is_published:
        return redirect(meant.url + web.current_path()[len(request.path) :], 301)
    methods = current_app.create_url_adapter(request).allowed_methods()  # type: ignore[union-attr]
    raise MethodNotAllowed(methods) if "POST" in methods else NotFound()


def path_of_tag(tag: str) -> str | None:
    """Return the path on the site of the published page that holds `[tag]`, not home if others."""
    pages = queries.site_pages(db.session())
    if tag not in pages.holders:
        pages.holders[tag] = _find_tag(pages, tag)
    return pages.holders[tag]


def _find_tag(pages: SitePages, tag: str) -> str | None:
    shortcode = render.registered().registry.get(tag)
    names = (tag,) if shortcode is None else (shortcode.tag, *shortcode.aliases)
    call = re.compile(rf"(?<!\[)\[(?:{'|'.join(map(re.escape, names))})(?![\w-])")
    holders = {
        page_id
        for name in names
        for page_id, body in queries.bodies_with(db.session(), f"[{name}")
        if call.search(body)
    }
    found = [row for row in pages.rows if row.id in holders and row.is_published]
    return min(found, key=lambda row: row.path == "").url if found else None

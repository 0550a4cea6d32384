"""Back office of pages: list, history, trash; administrators only."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from amapress_py import db, web
from amapress_py.accounts.access import requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.cms import queries, services
from amapress_py.cms.forms import STATES
from amapress_py.cms.models import PageState
from amapress_py.cms.queries import PageRow
from amapress_py.cms.rules import audience_sentence
from amapress_py.errors import NotFound
from amapress_py.i18n import _, _l

MENU = (Entry(_l("Site"), _l("Pages"), "cms_admin.pages"),)
LONGEST_SEARCH = 100

bp = Blueprint("cms_admin", __name__, url_prefix="/admin/pages")
only_admins = requires(Role.ADMIN)


def _row(page_id: int) -> PageRow:
    row = queries.site_pages(db.session()).by_id.get(page_id)
    if row is None:
        raise NotFound(_("Cette page n’existe plus."))
    return row


@bp.get("/")
@only_admins
def pages() -> ResponseReturnValue:
    """List pages: search, paging."""
    wanted = web.clean_text(request.args.get("q", ""), LONGEST_SEARCH)
    found = queries.search(queries.site_pages(db.session()), wanted)
    paging = web.Paging(web.asked_page(), len(found))
    return render_template(
        "admin/cms/pages.html",
        rows=found[paging.offset : paging.offset + paging.size],
        paging=paging,
        wanted=wanted,
        states=STATES,
        draft=PageState.DRAFT,
        audience_sentence=audience_sentence,
    )


@bp.get("/<int:page_id>/historique")
@only_admins
def history(page_id: int) -> ResponseReturnValue:
    """List what a page said."""
    row = _row(page_id)
    revisions, paging = queries.revisions(db.session(), page_id, web.asked_page())
    return render_template("admin/cms/history.html", page=row, revisions=revisions, paging=paging)


@bp.get("/<int:page_id>/historique/<int:revision_id>")
@only_admins
def revision(page_id: int, revision_id: int) -> ResponseReturnValue:
    """Show what a page said once."""
    found = queries.revision(db.session(), page_id, revision_id)
    if found is None:
        raise NotFound
    about, body = found
    return render_template("admin/cms/revision.html", page=_row(page_id), revision=about, body=body)


@bp.post("/<int:page_id>/historique/<int:revision_id>/restaurer")
@only_admins
def restore(page_id: int, revision_id: int) -> ResponseReturnValue:
    """Let a page say again what it said."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            services.restore(session, page_id, revision_id, viewer().person_id)
        flash(_("L’ancienne version est de nouveau celle de la page."), "success")
    return redirect(url_for(".history", page_id=page_id), 303)


@bp.get("/<int:page_id>/supprimer")
@only_admins
def ask_deletion(page_id: int) -> ResponseReturnValue:
    """Ask once more before a page goes to the trash."""
    return render_template("admin/cms/delete.html", page=_row(page_id))


@bp.post("/<int:page_id>/supprimer")
@only_admins
def delete(page_id: int) -> ResponseReturnValue:
    """Put a page that no other page needs into the trash."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            services.trash_page(session, page_id)
        flash(_("La page est dans la corbeille."), "success")
        return redirect(url_for(".pages"), 303)
    return redirect(url_for("editor.edit", page_id=page_id), 303)

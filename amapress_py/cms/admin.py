"""Back office of pages: list, history, trash; administrators only."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from amapress_py import db, web
from amapress_py.accounts.access import requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.cms import difference, listing, queries, render, services
from amapress_py.cms.clean import clean
from amapress_py.cms.models import PageState
from amapress_py.cms.queries import RevisionRow, Trashed
from amapress_py.cms.rules import audience_sentence
from amapress_py.errors import NotFound
from amapress_py.i18n import _, _l

MENU = (Entry(_l("Site"), _l("Pages"), "cms_admin.pages"),)
LONGEST_SEARCH = 100
LONGEST_KEY = 10  # digits

bp = Blueprint("cms_admin", __name__, url_prefix="/admin/pages")
only_admins = requires(Role.ADMIN)


@bp.get("/")
@only_admins
def pages() -> ResponseReturnValue:
    """List pages as a tree: search, filters, paging, who is writing."""
    asked = listing.Asked(
        words=web.clean_text(request.args.get("q", ""), LONGEST_SEARCH),
        state=request.args.get("etat", ""),
        protection=request.args.get("pour", ""),
    )
    found = listing.lines(queries.site_pages(db.session()), asked)
    paging = web.Paging(web.asked_page(), len(found))
    return render_template(
        "admin/cms/pages.html",
        lines=found[paging.offset : paging.offset + paging.size],
        paging=paging,
        asked=asked,
        editing=listing.editing(db.session()),
        trash_size=queries.trash_size(db.session()),
        states={key: label for key, (label, _state) in listing.STATES.items()},
        protections=listing.PROTECTIONS,
        State=PageState,
        audience_sentence=audience_sentence,
    )


# ---------- Trash


@bp.get("/<int:page_id>/supprimer")
@only_admins
def ask_deletion(page_id: int) -> ResponseReturnValue:
    """Ask once more before a page goes to the trash, or say who needs it."""
    row = queries.page(db.session(), page_id)
    needed = listing.needed(queries.site_pages(db.session()), row)
    return render_template("admin/cms/delete.html", page=row, needed=needed)


@bp.post("/<int:page_id>/supprimer")
@only_admins
def delete(page_id: int) -> ResponseReturnValue:
    """Put a page that no other page needs into the trash."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            services.trash_page(session, page_id)
        flash(_("La page est dans la corbeille : vous pouvez l’en ressortir."), "success")
        return redirect(url_for(".pages"), 303)
    return redirect(url_for(".ask_deletion", page_id=page_id), 303)


@bp.get("/corbeille")
@only_admins
def trash() -> ResponseReturnValue:
    """List what is in the trash."""
    return render_template("admin/cms/trash.html", rows=queries.trash(db.session()))


@bp.post("/<int:page_id>/remettre")
@only_admins
def put_back(page_id: int) -> ResponseReturnValue:
    """Take a page out of the trash, as a draft."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            page = services.take_out_of_trash(session, page_id)
            path = page.path
        flash(
            _(
                "La page est de nouveau là, en brouillon, à l’adresse /%(path)s :"
                " publiez-la quand vous voulez.",
                path=path,
            ),
            "success",
        )
    return redirect(url_for("editor.edit", page_id=page_id), 303)


@bp.get("/<int:page_id>/effacer")
@only_admins
def ask_erasure(page_id: int) -> ResponseReturnValue:
    """Ask before a page of the trash is gone for good."""
    return render_template("admin/cms/erase.html", page=_trashed(page_id))


@bp.post("/<int:page_id>/effacer")
@only_admins
def erase(page_id: int) -> ResponseReturnValue:
    """Delete a page of the trash with its history."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            services.delete_page(session, page_id)
        flash(_("La page et son historique sont effacés."), "success")
    return redirect(url_for(".trash"), 303)


def _trashed(page_id: int) -> Trashed:
    found = next((row for row in queries.trash(db.session()) if row.id == page_id), None)
    if found is None:
        raise NotFound(_("Cette page n’est pas dans la corbeille."))
    return found


# ---------- History


@bp.get("/<int:page_id>/historique")
@only_admins
def history(page_id: int) -> ResponseReturnValue:
    """List what a page said."""
    row = queries.page(db.session(), page_id)
    revisions, paging = queries.revisions(db.session(), page_id, web.asked_page())
    return render_template("admin/cms/history.html", page=row, revisions=revisions, paging=paging)


@bp.get("/<int:page_id>/historique/<int:revision_id>")
@only_admins
def revision(page_id: int, revision_id: int) -> ResponseReturnValue:
    """Show what a page said once."""
    about, body = _revision(page_id, revision_id)
    row = queries.page(db.session(), page_id)
    return render_template("admin/cms/revision.html", page=row, revision=about, body=body)


@bp.get("/<int:page_id>/historique/<int:revision_id>/page")
@only_admins
def revision_page(page_id: int, revision_id: int) -> ResponseReturnValue:
    """Show what a page said once as a page; for the frame of the screen, where nothing acts."""
    row = queries.page(db.session(), page_id)
    about, body = _revision(page_id, revision_id)
    html = render_template(
        "page.html", page={"title": about.title}, body=render.text(clean(body), row.url)
    )
    response = make_response(html)
    response.headers["Content-Security-Policy"] = web.POLICY.format(ancestors="'self'")
    return response


@bp.get("/<int:page_id>/historique/comparer")
@only_admins
def choose(page_id: int) -> ResponseReturnValue:
    """Go where the two chosen revisions are compared."""
    chosen = [request.args.get(name, "") for name in ("avant", "apres")]
    if not all(one.isdecimal() and len(one) < LONGEST_KEY for one in chosen):
        flash(_("Cochez une version dans chacune des deux colonnes, puis comparez."), "error")
        return redirect(url_for(".history", page_id=page_id), 303)
    before, after = sorted(map(int, chosen))
    return redirect(
        url_for(".compare", page_id=page_id, revision_id=before, other_revision_id=after), 303
    )


@bp.get("/<int:page_id>/historique/<int:revision_id>/<int:other_revision_id>")
@only_admins
def compare(page_id: int, revision_id: int, other_revision_id: int) -> ResponseReturnValue:
    """Show two revisions side by side, the older one first."""
    older, newer = sorted((revision_id, other_revision_id))
    before, body = _revision(page_id, older)
    after, other_body = _revision(page_id, newer)
    said = difference.of_pages(body, other_body)
    written = difference.of_sources(body, other_body)
    return render_template(
        "admin/cms/compare.html",
        page=queries.page(db.session(), page_id),
        before=before,
        after=after,
        said=said,
        written=written,
        is_same=difference.is_same,
    )


@bp.post("/<int:page_id>/historique/<int:revision_id>/restaurer")
@only_admins
def restore(page_id: int, revision_id: int) -> ResponseReturnValue:
    """Let a page say again what it said."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            services.restore(session, page_id, revision_id, viewer().person_id)
        flash(_("L’ancienne version est de nouveau celle de la page."), "success")
    return redirect(url_for(".history", page_id=page_id), 303)


def _revision(page_id: int, revision_id: int) -> tuple[RevisionRow, str]:
    found = queries.revision(db.session(), page_id, revision_id)
    if found is None:
        raise NotFound(_("Cette version de la page n’existe pas, ou n’existe plus."))
    return found

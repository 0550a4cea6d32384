"""Where a page is written, and looked at before it is saved; administrators only."""

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from amapress_py import db, web
from amapress_py.accounts.access import requires
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.cms import queries, render, services
from amapress_py.cms.clean import clean
from amapress_py.cms.forms import MOST_TITLE, PageForm, values_of
from amapress_py.cms.queries import PageRow
from amapress_py.cms.samples import READERS
from amapress_py.cms.services import EditedMeanwhile
from amapress_py.errors import DomainError, NotFound
from amapress_py.i18n import _

bp = Blueprint("editor", __name__, url_prefix="/admin/pages")
only_admins = requires(Role.ADMIN)


def _row(page_id: int) -> PageRow:
    row = queries.site_pages(db.session()).by_id.get(page_id)
    if row is None:
        raise NotFound(_("Cette page n’existe plus."))
    return row


@bp.route("/nouvelle", methods=["GET", "POST"])
@only_admins
def new() -> ResponseReturnValue:
    """Write a new page."""
    form = PageForm(queries.site_pages(db.session()))
    if form.validate_on_submit():
        return _save(form, None)
    return _screen(form, None, 422 if form.is_submitted() else 200)


@bp.route("/<int:page_id>", methods=["GET", "POST"])
@only_admins
def edit(page_id: int) -> ResponseReturnValue:
    """Change a page."""
    row = _row(page_id)
    values = {}
    if request.method == "GET":
        values = values_of(row, queries.body(db.session(), row.revision_id))
    form = PageForm(queries.site_pages(db.session()), row, data=values)
    if form.validate_on_submit():
        return _save(form, row)
    return _screen(form, row, 422 if form.is_submitted() else 200)


def _save(form: PageForm, row: PageRow | None) -> ResponseReturnValue:
    try:
        with db.transaction() as session:
            page = services.save_page(
                session,
                row.id if row else None,
                form.draft(),
                viewer().person_id,
                int(form.revision.data or 0),
            )
            path = page.path
    except EditedMeanwhile as refusal:
        form.revision.data = str(refusal.revision_id)
        form.form_errors.append(str(refusal))
        return _screen(form, row, refusal.status, other=refusal.body)
    except DomainError as refusal:
        form.form_errors.append(str(refusal))
        return _screen(form, row, 422)
    flash(_("La page est enregistrée."), "success")
    return redirect(url_for("cms.page", path=path), 303)


def _screen(
    form: PageForm, row: PageRow | None, status: int, other: str | None = None
) -> ResponseReturnValue:
    page = render_template(
        "admin/cms/edit.html",
        form=form,
        page=row,
        other=other,
        readers=[(kind, label) for kind, (label, _viewer) in READERS.items()],
        shortcodes=render.registered().help_data(),
        unknown=render.registered().unknown_tags(form.body.data or ""),
    )
    return page, status


@bp.post("/apercu")
@only_admins
def preview() -> ResponseReturnValue:
    """Show a text that is not saved as somebody would read it; for the frame of the screen."""
    kind = request.form.get("reader", "")
    title = web.clean_text(request.form.get("title", ""), MOST_TITLE)
    cleaned, refusal = "", ""
    try:
        cleaned = clean(request.form.get("body", ""))
    except DomainError as error:
        refusal = str(error)
    g.viewer = READERS[kind if kind in READERS else "visitor"][1]
    body = render.text(cleaned, "/") if not refusal else Markup("<p>{}</p>").format(refusal)
    response = make_response(
        render_template(
            "page.html",
            page={"title": title or _("Aperçu")},
            body=body,
            notices=render.notices(),
        )
    )
    policy = web.POLICY.format(ancestors="'self'")
    response.headers["Content-Security-Policy"] = policy
    return response

"""Back office of images: list, upload, description, deletion, and the choice for the editor."""

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from amapress_py import db, settings, web
from amapress_py.accounts.access import requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.errors import NotFound
from amapress_py.i18n import _, _l
from amapress_py.media import queries, services
from amapress_py.media.forms import AltForm, UploadForm
from amapress_py.media.pictures import written_anew
from amapress_py.media.queries import ImageRow
from amapress_py.media.rules import MOST_REQUEST_BYTES, BadImage, TooHeavy

MENU = (Entry(_l("Site"), _l("Images"), "media_admin.images"),)
LONGEST_SEARCH = 100
CHOICES = 12  # images a page of the choice

bp = Blueprint("media_admin", __name__, url_prefix="/admin/images")
only_admins = requires(Role.ADMIN)
web.take_large_files(bp, lambda: MOST_REQUEST_BYTES, "upload")


@bp.errorhandler(RequestEntityTooLarge)
def refuse_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say how heavy an image may be; the form itself could not be read."""
    refusal = TooHeavy()
    if _wants_json():
        return jsonify(error=str(refusal)), refusal.status
    return web.too_large(str(refusal))


def _wants_json() -> bool:
    kinds = ["text/html", "application/json"]
    return request.accept_mimetypes.best_match(kinds) == "application/json"


def _wanted() -> str:
    return web.clean_text(request.args.get("q", ""), LONGEST_SEARCH)


def _image(media_id: int) -> ImageRow:
    row = queries.image(db.session(), media_id)
    if row is None:
        raise NotFound(_("Cette image n’existe plus."))
    return row


@bp.get("/")
@only_admins
def images() -> ResponseReturnValue:
    """List images: search, paging, upload."""
    return _list(UploadForm(), 200)


def _list(form: UploadForm, status: int) -> ResponseReturnValue:
    session = db.session()
    found, paging = queries.images(session, _wanted(), web.asked_page())
    page = render_template(
        "admin/media/images.html",
        images=[(row, queries.pages_with(session, row.key)) for row in found],
        paging=paging,
        wanted=_wanted(),
        form=form,
        logo_key=settings.current().logo_key,
    )
    return page, status


@bp.post("/")
@only_admins
def upload() -> ResponseReturnValue:
    """Keep an image; the editor asks for JSON."""
    form = UploadForm()
    status = 422
    if form.validate_on_submit():
        try:
            return _kept(form)
        except BadImage as refusal:
            form.file.errors = [str(refusal)]
            status = refusal.status
    if _wants_json():
        errors = [str(error) for one in form for error in one.errors]
        return jsonify(error=" ".join(errors)), status
    return _list(form, status)


def _kept(form: UploadForm) -> ResponseReturnValue:
    """Read the image first: the transaction is short."""
    picture = written_anew(form.file.data.read())
    name = form.file.data.filename or ""
    with db.transaction() as session:
        media = services.keep(session, viewer().person_id, picture, name, form.alt.data)
        media_id = media.id
    row = _image(media_id)
    if _wants_json():
        alt = form.alt.data or row.alt
        about = {"src": row.url, "alt": alt, "width": row.width, "height": row.height}
        return jsonify(about), 201
    flash(_("L’image est enregistrée. Vous pouvez maintenant l’insérer dans une page."), "success")
    return redirect(url_for(".images"), 303)


@bp.get("/choisir")
@only_admins
def choose() -> ResponseReturnValue:
    """Show images to choose from: a piece of the editor's page, or a page when opened alone."""
    found, paging = queries.images(db.session(), _wanted(), web.asked_page(), CHOICES)
    page = render_template(
        "admin/media/choose.html",
        images=found,
        paging=paging,
        wanted=_wanted(),
        form=UploadForm(),
        is_alone=request.headers.get("Sec-Fetch-Dest") == "document",
    )
    return page, 200, {"Vary": "Sec-Fetch-Dest"}


@bp.get("/<int:media_id>")
@only_admins
def image(media_id: int) -> ResponseReturnValue:
    """Show an image, where it is used and what it says."""
    row = _image(media_id)
    return _screen(row, AltForm(data={"alt": row.alt, "decorative": not row.alt}), 200)


def _screen(row: ImageRow, form: AltForm, status: int) -> ResponseReturnValue:
    page = render_template(
        "admin/media/image.html",
        image=row,
        pages=queries.pages_with(db.session(), row.key),
        is_logo=settings.current().logo_key == row.key,
        form=form,
    )
    return page, status


@bp.post("/<int:media_id>")
@only_admins
def describe(media_id: int) -> ResponseReturnValue:
    """Change the alternative text."""
    row = _image(media_id)
    form = AltForm()
    if not form.validate_on_submit():
        return _screen(row, form, 422)
    with db.transaction() as session:
        services.describe(session, media_id, form.alt.data)
    flash(_("Le texte alternatif est enregistré."), "success")
    return redirect(url_for(".image", media_id=media_id), 303)


@bp.get("/<int:media_id>/supprimer")
@only_admins
def ask_deletion(media_id: int) -> ResponseReturnValue:
    """Ask once more."""
    return render_template("admin/media/delete.html", image=_image(media_id))


@bp.post("/<int:media_id>/supprimer")
@only_admins
def delete(media_id: int) -> ResponseReturnValue:
    """Delete an image that nothing shows."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            services.delete(session, media_id)
        flash(_("L’image est supprimée."), "success")
        return redirect(url_for(".images"), 303)
    return redirect(url_for(".image", media_id=media_id), 303)

"""Back office: all pages out, pages in after a report of what that would change."""

from urllib.parse import urlencode

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from amapress_py import clock, db, web
from amapress_py.accounts.access import requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.errors import DomainError
from amapress_py.i18n import _, _l, ngettext
from amapress_py.transfer import export, plan, services
from amapress_py.transfer.forms import UploadForm
from amapress_py.transfer.models import Upload
from amapress_py.transfer.parcel import LONGEST_NAME, MOST_UPLOAD, TooBig
from amapress_py.transfer.plan import Act, Choices, Plan
from amapress_py.transfer.services import SiteChanged

MENU = (Entry(_l("Site"), _l("Exporter / importer"), "transfer_admin.index"),)
MOST_CHOICES = 1_000

bp = Blueprint("transfer_admin", __name__, url_prefix="/admin/pages/echange")
only_admins = requires(Role.ADMIN)
web.take_large_files(bp, lambda: MOST_UPLOAD, "upload")


@bp.errorhandler(RequestEntityTooLarge)
def refuse_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say how heavy a file may be; the form itself could not be read."""
    return web.too_large(str(TooBig()))


@bp.get("/")
@only_admins
def index() -> ResponseReturnValue:
    """Offer both ways."""
    return _screen(UploadForm())


def _screen(form: UploadForm, status: int = 200) -> ResponseReturnValue:
    return render_template("admin/transfer/index.html", form=form), status


@bp.get("/exporter")
@only_admins
def export_pages() -> Response:
    """Send all pages as files in one ZIP."""
    response = make_response(export.as_bytes(db.session()))
    name = f"pages-{clock.today():%Y%m%d}.zip"
    response.headers["Content-Type"] = "application/zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@bp.post("/importer")
@only_admins
def upload() -> ResponseReturnValue:
    """Keep a file and lead to its report."""
    form = UploadForm()
    if not form.validate_on_submit():
        return _screen(form, 422)
    name = web.clean_text(form.file.data.filename or "", LONGEST_NAME)
    content = form.file.data.read()
    images = form.images.data.read() if form.images.data else b""
    try:
        parcel = services.parcel_of(name, content, images)
        findings = services.examined(db.session(), parcel)
    except DomainError as refusal:
        form.file.errors = [str(refusal)]
        return _screen(form, 422)
    with db.transaction() as session:
        token = services.keep_upload(session, name, content, images, findings, viewer().person_id)
    return _to_report(token, Choices(replaces=form.replaces.data))


@bp.get("/importer/<token>")
@only_admins
def report(token: str) -> ResponseReturnValue:
    """Show what an import would change."""
    kept = services.upload(db.session(), token, viewer().person_id)
    choices = _choices(request.args)
    return render_template(
        "admin/transfer/report.html",
        upload=kept,
        choices=choices,
        plan=_plan(kept, choices),
        Act=Act,
        sentence=_sentence,
        badges=BADGES,
    )


BADGES = {
    Act.NEW: "open",
    Act.CHANGED: "requested",
    Act.UNCHANGED: "closed",
    Act.KEPT: "exchanged",
    Act.REFUSED: "cancelled",
    Act.LEFT: "closed",
}


def _plan(kept: Upload, choices: Choices) -> Plan:
    parcel = services.parcel_of(kept.name, kept.content, kept.images)
    return plan.make(db.session(), parcel, choices, kept.findings)


@bp.post("/importer/<token>")
@only_admins
def apply(token: str) -> ResponseReturnValue:
    """Import what the report said, or show the report of other choices."""
    kept = services.upload(db.session(), token, viewer().person_id)
    choices = _choices(request.form)
    if "revoir" in request.form:
        return _to_report(token, choices)
    parcel = services.parcel_of(kept.name, kept.content, kept.images)
    findings, shown = dict(kept.findings), request.form.get("rapport", "")
    try:
        with db.transaction() as session:
            done = services.apply(session, parcel, choices, findings, shown, viewer().person_id)
    except SiteChanged as changed:
        flash(str(changed), "info")
        return _to_report(token, choices)
    flash(_sentence(done, is_done=True), "success")
    return _to_report(token, choices)


@bp.post("/importer/<token>/oublier")
@only_admins
def forget(token: str) -> ResponseReturnValue:
    """Forget a file: nothing is imported."""
    services.upload(db.session(), token, viewer().person_id)
    with db.transaction() as session:
        services.forget(session, token)
    flash(_("Rien n’a été importé."), "info")
    return redirect(url_for(".index"), 303)


def _to_report(token: str, choices: Choices) -> ResponseReturnValue:
    query = [("remplacer", "oui")] if choices.replaces else []
    query += [("a-la-place", f"{key}:{page}") for key, page in choices.chosen.items()]
    address = url_for(".report", token=token)
    return redirect(f"{address}?{urlencode(query)}" if query else address, 303)


def _choices(values: MultiDict[str, str]) -> Choices:
    """Read choices from a form or an address; nonsense is none."""
    chosen = {}
    for one in values.getlist("a-la-place")[:MOST_CHOICES]:
        key, _colon, page = one.partition(":")
        if key.isdecimal() and page.isdecimal() and len(key) < 20 and len(page) < 10:
            chosen[key] = int(page)
    return Choices(replaces=bool(values.get("remplacer")), chosen=chosen)


def _sentence(found: Plan, is_done: bool = False) -> str:
    """Return "6 pages nouvelles, 1 page modifiée" with what happens to them."""
    new, changed = found.count(Act.NEW), found.count(Act.CHANGED)
    parts = [
        ngettext("%(n)s page nouvelle", "%(n)s pages nouvelles", new),
        ngettext("%(n)s page modifiée", "%(n)s pages modifiées", changed),
    ]
    what = ", ".join(part for part, number in zip(parts, (new, changed), strict=True) if number)
    if is_done:
        return _("C’est importé : %(what)s.", what=what)
    return what

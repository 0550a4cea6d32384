"""Back office: a list of persons pasted or sent, shown line by line, then enrolled."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from amapress_py import db, web
from amapress_py.accounts.access import requires
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.exchange import bulk, lists
from amapress_py.exchange.bulk import FATES, Fate
from amapress_py.exchange.forms import ListForm
from amapress_py.exchange.lists import BadList, Entry
from amapress_py.exchange.steps import Actor
from amapress_py.i18n import _, ngettext

MOST_REQUEST_BYTES = lists.MOST_BYTES + 100_000  # the form around the file
MOST_KEPT_BYTES = 4_000_000  # the list comes back in the form that confirms
BADGES = {
    Fate.CREATED: "open",
    Fate.ENROLLED: "open",
    Fate.ALREADY: "closed",
    Fate.REFUSED: "requested",
}

bp = Blueprint("bulk_admin", __name__, url_prefix="/admin/intermittents/import")
managers = requires(Role.INTERMITTENT_MANAGER)
web.take_large_files(bp, lambda: MOST_REQUEST_BYTES, "show")


@bp.url_value_preprocessor
def take_lists(endpoint: str | None, _values: object) -> None:
    """Let a list through on its way back from its preview."""
    if endpoint == f"{bp.name}.confirm" and viewer().can_manage_exchange:
        request.max_content_length = request.max_form_memory_size = MOST_KEPT_BYTES


@bp.errorhandler(RequestEntityTooLarge)
def refuse_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say how heavy a list may be; the form itself could not be read."""
    return web.too_large(_("Cette liste dépasse 2 Mo : coupez-la en deux. Rien n’a été changé."))


@bp.get("")
@managers
def ask() -> ResponseReturnValue:
    """Ask for a list."""
    return _asked(ListForm(formdata=None))


def _asked(form: ListForm, status: int = 200) -> ResponseReturnValue:
    page = render_template("admin/exchange/import.html", form=form)
    return page, status


@bp.post("")
@managers
def show() -> ResponseReturnValue:
    """« Voir ce qui se passera »: nothing is written."""
    form = ListForm()
    if not form.validate():
        return _asked(form, 422)
    content = form.fichier.data.read() if form.fichier.data else b""
    try:
        entries = lists.of_file(content) if content else lists.of_text(form.liste.data or "")
    except BadList as refusal:
        (form.fichier if content else form.liste).errors = [str(refusal)]
        return _asked(form, 422)
    return _preview(entries)


def _preview(entries: Sequence[Entry]) -> str:
    kept = bulk.packed(entries, viewer().person_id)
    if len(kept) > MOST_KEPT_BYTES - 100_000:
        raise BadList(_("Cette liste est trop longue. Coupez-la en deux."))
    found = bulk.plan(db.session(), entries)
    return render_template(
        "admin/exchange/import_preview.html",
        plan=found,
        kept=kept,
        fates=FATES,
        badges=BADGES,
        counts=[(fate, len(found.of(fate))) for fate in Fate],
        errors=found.of(Fate.REFUSED),
    )


@bp.post("/confirmer")
@managers
def confirm() -> ResponseReturnValue:
    """« Inscrire n personnes »: exactly what was shown, or nothing and what it would be now."""
    entries = bulk.unpacked(request.form.get("liste", ""), viewer().person_id)
    shown = request.form.get("apercu", "")
    try:
        with db.transaction() as session:
            count = bulk.apply(session, Actor.of(viewer()), entries, shown)
    except bulk.ListChanged as refusal:
        flash(str(refusal), "error")
        return _preview(entries), refusal.status
    said = ngettext(
        "%(n)d personne est inscrite et reçoit un courriel de bienvenue.",
        "%(n)d personnes sont inscrites et reçoivent chacune un courriel de bienvenue.",
        count,
    )
    flash(said, "success")
    return redirect(url_for("exchange_admin.intermittents"), 303)

"""The buttons of “État du site” that mend pages; administrators only."""

from flask import Blueprint, abort, flash, request, url_for
from flask.typing import ResponseReturnValue

from amapress_py import db, web
from amapress_py.accounts.access import requires
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.cms import repair
from amapress_py.i18n import _

bp = Blueprint("cms_repair", __name__, url_prefix="/admin/pages")


@bp.post("/recreer")
@requires(Role.ADMIN)
def recreate() -> ResponseReturnValue:
    """Make a page of the installation anew."""
    name = web.clean_text(request.form.get("fichier", ""), 200)
    with web.refusals_to_flash():
        with db.transaction() as session:
            repair.recreate(session, name)
        flash(_("La page est de nouveau là."), "success")
    return web.back_to_page(url_for("cms_admin.pages"))


@bp.post("/<int:page_id>/reparer")
@requires(Role.ADMIN)
def mend(page_id: int) -> ResponseReturnValue:
    """Do to a page what the button says."""
    wanted = repair.ACTS.get(request.form.get("quoi", ""))
    if wanted is None:
        abort(400)
    with web.refusals_to_flash():
        with db.transaction() as session:
            repair.act(session, page_id, wanted, viewer().person_id)
        flash(_("C’est réparé."), "success")
    return web.back_to_page(url_for("cms_admin.pages"))

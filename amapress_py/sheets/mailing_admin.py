"""Back office: the addresses of a group, to copy or to write to."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from amapress_py import db, web
from amapress_py.accounts import accesses
from amapress_py.accounts.access import requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.login import viewer
from amapress_py.errors import NotAllowed
from amapress_py.i18n import _, _l
from amapress_py.sheets import mailing

MENU = (
    Entry(_l("Personnes"), _l("Listes d’adresses"), "mailing.lists", frozenset(mailing.WRITERS)),
)

bp = Blueprint("mailing", __name__, url_prefix="/admin/adresses")


@bp.get("")
@requires(*mailing.WRITERS)
def lists() -> ResponseReturnValue:
    """Show the addresses of a group; 403 for one that is none of the viewer's business."""
    session = db.session()
    choices = mailing.choices(session, viewer())
    group = web.clean_text(request.args.get("groupe", ""), 40)
    label = mailing.label_of(choices, group)
    if group and label is None:
        raise NotAllowed
    if group:
        accesses.note(viewer().person_id, _("Liste d’adresses"), label)
    return render_template(
        "admin/sheets/mailing.html",
        choices=choices,
        group=group,
        label=label,
        found=mailing.addresses(session, group) if group else None,
    )

"""What a household sees of its membership: the receipt of what it paid."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from amapress_py import db, web
from amapress_py.accounts.login import viewer
from amapress_py.errors import NotFound
from amapress_py.i18n import _
from amapress_py.membership import queries

bp = Blueprint("membership", __name__, url_prefix="/adhesions")


@bp.get("/recus/<int:receipt_id>")
def receipt(receipt_id: int) -> ResponseReturnValue:
    """Show one's own household a receipt to print."""
    session = db.session()
    event, period = queries.receipt(session, receipt_id)
    if event.household_id != viewer().household_id:
        raise NotFound(_("Ce reçu n’existe pas."))
    return render_template(
        "admin/membership/receipt.html",
        event=event,
        period=period,
        name=queries.names(session, [event.household_id]).get(event.household_id, "?"),
        back=web.page_of_tag("mes-infos"),
    )

"""Back office: what is printed for a day."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from amapress_py import db
from amapress_py.accounts.access import requires
from amapress_py.accounts.models import Role
from amapress_py.deliveries.admin import READERS
from amapress_py.deliveries.queries import delivery as find_delivery
from amapress_py.errors import NotFound
from amapress_py.exchange.rules import OFFER_LABELS
from amapress_py.sheets import queries

bp = Blueprint("sheets_admin", __name__, url_prefix="/admin")


@bp.get("/distributions/<int:delivery_id>/emargement")
@requires(Role.ADMIN, *READERS)
def sign_in_sheet(delivery_id: int) -> ResponseReturnValue:
    """Show the sign-in sheet (feuille d’émargement) of a day, ready to print."""
    session = db.session()
    delivery = find_delivery(session, delivery_id)
    if delivery is None:
        raise NotFound
    return render_template(
        "admin/sheets/sign_in_sheet.html",
        delivery=delivery,
        sheet=queries.sign_in_sheet(session, delivery),
        labels=OFFER_LABELS,
    )

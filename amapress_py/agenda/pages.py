"""Pages of members about distributions."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from amapress_py import db, web
from amapress_py.accounts.login import viewer
from amapress_py.agenda import days
from amapress_py.exchange.instructions import content, total

CEDE = "echanger-paniers-list"
GIVEN = "amapien-paniers-intermittents"
TAKEN = "intermittent-paniers"
BOOK = "les-paniers-intermittents"
DUTY = "inscription-distrib"
CALENDAR = "calendrier-contrats"

bp = Blueprint("days", __name__)


@bp.get("/distributions/<int:delivery_id>")
def day(delivery_id: int) -> ResponseReturnValue:
    """Show a distribution: one's own basket, when and where, who helps, what is handed out."""
    return render_template(
        "agenda/day.html",
        day=days.page(db.session(), viewer(), delivery_id),
        content=content,
        total=total,
        cede_url=web.page_of_tag(CEDE),
        given_url=web.page_of_tag(GIVEN),
        taken_url=web.page_of_tag(TAKEN),
        book_url=web.page_of_tag(BOOK),
        duty_url=web.page_of_tag(DUTY),
        calendar_url=web.page_of_tag(CALENDAR),
    )

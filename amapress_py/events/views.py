"""An event as everybody may open it, and as an appointment to keep."""

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from amapress_py import db, web
from amapress_py.accounts.access import log_in_first, public
from amapress_py.accounts.login import viewer
from amapress_py.errors import NotFound
from amapress_py.events import letters, queries, rules
from amapress_py.events.models import Event
from amapress_py.events.queries import Occasion
from amapress_py.i18n import _

LIST = "evenements"
ICS = "text/calendar; charset=utf-8"

bp = Blueprint("events", __name__, url_prefix=letters.PATH)


@bp.get("/<int:event_id>")
@public
def event(event_id: int) -> ResponseReturnValue:
    """Show one event; visitors log in first, unless it is public."""
    found = _visible(event_id)
    if found is None:
        return log_in_first(
            _("Cet événement est réservé aux amapiens connectés : connectez-vous d’abord."),
            web.current_path(),
        )
    return render_template(
        "events/event.html",
        event=found,
        list_url=web.page_of_tag(LIST),
        may_manage=rules.may_manage(viewer(), found.kind, found.owner),
    )


@bp.get("/<int:event_id>.ics")
@public
def appointment(event_id: int) -> ResponseReturnValue:
    """Give an event as a file for a calendar."""
    found = _visible(event_id)
    if found is None:
        return log_in_first(
            _("Cet événement est réservé aux amapiens connectés : connectez-vous d’abord."),
            web.current_path(),
        )
    row = db.session().get_one(Event, event_id)
    response = Response(letters.appointment(row, cancelled=found.is_cancelled), content_type=ICS)
    response.headers.set("Content-Disposition", "attachment", filename=f"evenement-{found.id}.ics")
    return response


def _visible(event_id: int) -> Occasion | None:
    """Return an event that the viewer may see; None: log in first; raise NotFound."""
    found = queries.occasion(db.session(), event_id)
    if not viewer().is_connected:
        return found if found is not None and found.is_public and found.is_shown else None
    if found is None:
        raise NotFound(_("Cet événement n’existe plus."))
    if not found.is_shown and not rules.may_manage(viewer(), found.kind, found.owner):
        raise NotFound(_("Cet événement n’existe plus."))
    return found

"""The screen “État du site”: what is wrong, each with a button that mends it."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from amapress_py import db
from amapress_py.accounts.access import requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.models import Role
from amapress_py.checks import Level
from amapress_py.health import queries
from amapress_py.i18n import _l

MENU = (Entry(_l("Site"), _l("État du site"), "health_admin.report"),)
SHOWN = 8  # findings of one check; the others are folded

bp = Blueprint("health_admin", __name__, url_prefix="/admin/etat")


@bp.get("")
@requires(Role.ADMIN)
def report() -> ResponseReturnValue:
    """Show what is wrong, what is odd, and what is well."""
    found = queries.report(db.session())
    return render_template(
        "admin/health/report.html",
        report=found,
        parts=[
            (Level.REQUIRED, found.wrong(Level.REQUIRED)),
            (Level.ADVISED, found.wrong(Level.ADVISED)),
        ],
        shown=SHOWN,
    )

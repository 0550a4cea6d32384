"""Back office: who read or took away which list of persons; administrators only."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from amapress_py import db, web
from amapress_py.accounts import accesses
from amapress_py.accounts.access import requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.models import Role
from amapress_py.i18n import _l

MENU = (Entry(_l("Personnes"), _l("Journal des accès"), "accesses.journal"),)

bp = Blueprint("accesses", __name__, url_prefix="/admin/journal-des-acces")


@bp.get("")
@requires(Role.ADMIN)
def journal() -> ResponseReturnValue:
    """Show the journal, the latest first."""
    session = db.session()
    paging = web.Paging(web.asked_page(), accesses.count(session))
    found = accesses.lines(session, paging.offset, paging.size)
    return render_template("admin/accounts/accesses.html", lines=found, paging=paging)

"""The button that saves the site now; administrators only."""

from flask import Blueprint, current_app, flash, url_for
from flask.typing import ResponseReturnValue

from amapress_py import db, web
from amapress_py.accounts.access import requires
from amapress_py.accounts.models import Role
from amapress_py.backup import services
from amapress_py.i18n import _

bp = Blueprint("backup_admin", __name__, url_prefix="/admin/sauvegarde")


@bp.post("")
@requires(Role.ADMIN)
def save() -> ResponseReturnValue:
    """Write a backup where the others lie."""
    db.session().rollback()  # it reads the database by itself
    with web.refusals_to_flash():
        try:
            path = services.make_backup(current_app._get_current_object())  # type: ignore[attr-defined]
        except OSError as error:
            current_app.logger.exception("No backup could be written")
            flash(_("La sauvegarde n’a pas pu être écrite : %(why)s", why=error.strerror), "error")
        else:
            flash(_("Le site est sauvegardé : %(file)s.", file=path.name), "success")
    return web.back_to_page(url_for("admin.index"))

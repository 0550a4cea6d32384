"""The screen of the menu: as visitors see it, with buttons; administrators only."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from amapress_py import db, web
from amapress_py.accounts.access import requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.cms import listing, menu_services, queries
from amapress_py.cms.menu_services import Move
from amapress_py.cms.models import PageState
from amapress_py.cms.rules import audience_sentence
from amapress_py.i18n import _, _l, search_key

MENU = (Entry(_l("Site"), _l("Menu"), "cms_menu.menu"),)
MOST_LABEL = 200  # characters, as the column

bp = Blueprint("cms_menu", __name__, url_prefix="/admin/menu")
only_admins = requires(Role.ADMIN)


@bp.get("")
@only_admins
def menu() -> ResponseReturnValue:
    """Show the whole menu as a tree, and the pages that are not in it."""
    viewer()  # its one statement brings the version of the site along
    pages = queries.site_pages(db.session())
    others = [row for row in pages.rows if not row.in_menu]
    return render_template(
        "admin/cms/menu.html",
        nodes=pages.menu,
        others=sorted(others, key=lambda row: (search_key(row.title), row.path)),
        Move=Move,
        State=PageState,
        state_of=listing.state_of,
        audience_sentence=audience_sentence,
        most_label=MOST_LABEL,
    )


@bp.post("/<int:page_id>/deplacer")
@only_admins
def move(page_id: int) -> ResponseReturnValue:
    """Move a line one step."""
    queries.page(db.session(), page_id)
    asked = request.form.get("vers", "")
    if asked not in set(Move):
        flash(_("Dites où déplacer cette page : rien n’a été changé."), "error")
        return _back(page_id)
    with web.refusals_to_flash(), db.transaction() as session:
        menu_services.move(session, page_id, Move(asked))
    return _back(page_id)


@bp.post("/<int:page_id>/nom")
@only_admins
def rename(page_id: int) -> ResponseReturnValue:
    """Give a line another name."""
    queries.page(db.session(), page_id)
    typed = request.form.get("nom")
    if typed is None:
        flash(_("Rien n’a été changé."), "info")
        return _back(page_id)
    label = " ".join(web.clean_text(typed, MOST_LABEL).split())
    with web.refusals_to_flash():
        with db.transaction() as session:
            menu_services.rename(session, page_id, label)
        flash(_("Le nom dans le menu est enregistré."), "success")
    return _back(page_id)


@bp.post("/<int:page_id>/retirer")
@only_admins
def remove(page_id: int) -> ResponseReturnValue:
    """Take a line out of the menu; the page stays on the site."""
    row = queries.page(db.session(), page_id)
    with web.refusals_to_flash():
        with db.transaction() as session:
            menu_services.remove(session, page_id)
        flash(
            _("« %(title)s » n’est plus dans le menu ; la page reste.", title=row.title), "success"
        )
    return redirect(url_for(".menu"), 303)


@bp.post("/ajouter")
@only_admins
def add() -> ResponseReturnValue:
    """Put a page into the menu."""
    asked = request.form.get("page", "")
    if not (asked.isdecimal() and len(asked) < web.LONGEST_PAGE):
        flash(_("Choisissez d’abord la page à ajouter."), "error")
        return redirect(url_for(".menu"), 303)
    row = queries.page(db.session(), int(asked))
    with web.refusals_to_flash():
        with db.transaction() as session:
            menu_services.add(session, row.id)
        flash(_("« %(title)s » est dans le menu.", title=row.title), "success")
    return _back(row.id)


def _back(page_id: int) -> ResponseReturnValue:
    return redirect(url_for(".menu", _anchor=f"page-{page_id}"), 303)

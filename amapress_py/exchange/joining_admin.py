"""Back office: the address of the public way in, its QR, its poster; made, renewed, shut."""

import secrets

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from amapress_py import db, settings, web
from amapress_py.accounts.access import requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.models import Role
from amapress_py.errors import NotFound
from amapress_py.exchange.admin import GROUP, MANAGERS
from amapress_py.i18n import _, _l

MENU = (Entry(GROUP, _l("Inscription publique"), "joining_admin.show", MANAGERS),)
KEY_BYTES = 18

bp = Blueprint("joining_admin", __name__, url_prefix="/admin/inscription-publique")
managers = requires(Role.INTERMITTENT_MANAGER)


def _address() -> str:
    """Return the address of the public page; nothing while it is shut."""
    key = settings.current().joining_key
    return web.absolute(url_for("joining.ask", key=key)) if key else ""


def _qr(address: str, scale: int) -> str:
    """Return an address as a QR, an image that needs no further request."""
    return str(segno.make(address, error="m").svg_data_uri(scale=scale, border=2))


@bp.get("")
@managers
def show() -> ResponseReturnValue:
    """Show the address, or that there is none."""
    address = _address()
    qr = _qr(address, 5) if address else ""
    return render_template("admin/exchange/joining.html", address=address, qr=qr)


@bp.get("/affiche")
@managers
def poster() -> ResponseReturnValue:
    """Show a page to print: for the stand, the town hall, the market."""
    address = _address()
    if not address:
        raise NotFound(_("La page d’inscription publique est fermée : ouvrez-la d’abord."))
    qr = _qr(address, 9)
    return render_template("admin/exchange/poster.html", address=address, qr=qr)


@bp.post("")
@managers
def renew() -> ResponseReturnValue:
    """Open the page at a new address; the old one is dead."""
    was_open = bool(settings.current().joining_key)
    if was_open and not request.form.get("confirme"):
        return render_template(
            "admin/exchange/joining_confirm.html", url=url_for(".renew"), shuts=False
        )
    with db.transaction() as session:
        settings.save(session, {"joining_key": secrets.token_urlsafe(KEY_BYTES)})
    if was_open:
        flash(_("L’adresse est changée : l’ancienne ne mène plus nulle part."), "success")
    else:
        flash(_("La page d’inscription publique est ouverte."), "success")
    return redirect(url_for(".show"), 303)


@bp.post("/fermer")
@managers
def shut() -> ResponseReturnValue:
    """Shut the page."""
    if settings.current().joining_key and not request.form.get("confirme"):
        return render_template(
            "admin/exchange/joining_confirm.html", url=url_for(".shut"), shuts=True
        )
    with db.transaction() as session:
        settings.save(session, {"joining_key": ""})
    flash(_("La page d’inscription publique est fermée."), "success")
    return redirect(url_for(".show"), 303)

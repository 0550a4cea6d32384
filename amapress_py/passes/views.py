"""« Quelqu’un vient à ma place »: the member's page, and the friend's, who has no account."""

import segno
from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from amapress_py import clock, db, web
from amapress_py.accounts.access import public
from amapress_py.accounts.login import viewer
from amapress_py.deliveries.queries import delivery as find_delivery
from amapress_py.errors import DomainError, NotFound
from amapress_py.exchange.instructions import what_to_say
from amapress_py.i18n import _
from amapress_py.passes import queries, services
from amapress_py.passes.forms import PassForm
from amapress_py.passes.models import BasketPass

bp = Blueprint("passes", __name__)


def _address(one: BasketPass) -> str:
    return web.absolute(url_for("passes.show", token=one.token))


def _qr(one: BasketPass) -> str:
    """Return the friend's address as a QR, an image that needs no further request."""
    return str(segno.make(_address(one), error="m").svg_data_uri(scale=5, border=2))


@bp.get("/a-ma-place/<int:delivery_id>")
def choose(delivery_id: int) -> ResponseReturnValue:
    """Show the household's pass for a delivery, or ask who comes."""
    return _page(PassForm(formdata=None), delivery_id)


def _page(form: PassForm, delivery_id: int, status: int = 200) -> ResponseReturnValue:
    session, household_id = db.session(), viewer().household_id
    delivery = find_delivery(session, delivery_id)
    if delivery is None:
        raise NotFound(_("Cette distribution n’existe plus."))
    live = queries.live_pass(session, household_id, delivery_id)
    page = render_template(
        "passes/choose.html",
        form=form,
        delivery=delivery,
        meeting=queries.meeting(delivery),
        lines=queries.kept_lines(session, household_id, delivery_id),
        live=live,
        address=_address(live) if live else "",
        qr=_qr(live) if live else "",
        is_over=clock.now() >= delivery.ends_at,
    )
    return page, status


@bp.post("/a-ma-place/<int:delivery_id>")
def make(delivery_id: int) -> ResponseReturnValue:
    """« Faire un laissez-passer »."""
    form = PassForm()
    if not form.validate():
        return _page(form, delivery_id, 422)
    who = viewer()
    try:
        with db.transaction() as session:
            services.make_pass(
                session,
                who.person_id,
                who.household_id,
                delivery_id,
                name=form.nom.data,
                phone=form.telephone.data or "",
            )
    except NotFound:
        raise
    except DomainError as refusal:
        form.form_errors.append(str(refusal))
        return _page(form, delivery_id, refusal.status)
    flash(_("Le laissez-passer est prêt : envoyez-le, ou montrez le code."), "success")
    return redirect(url_for(".choose", delivery_id=delivery_id), 303)


@bp.post("/a-ma-place/<int:delivery_id>/annuler/<int:pass_id>")
def revoke(delivery_id: int, pass_id: int) -> ResponseReturnValue:
    """« Annuler le laissez-passer »."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            services.revoke_pass(session, viewer().household_id, pass_id)
        flash(
            _("Le laissez-passer est annulé : le code et le lien ne valent plus rien."), "success"
        )
    return redirect(url_for(".choose", delivery_id=delivery_id), 303)


@bp.get("/passe/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """Show the friend where, when, what, in whose name, and the code."""
    session = db.session()
    found = queries.pass_of_token(session, token)
    if found is None:
        raise NotFound(_("Ce laissez-passer n’est plus valable."))
    lines = queries.kept_lines(session, found.household_id, found.delivery_id)
    owner = " / ".join(one.short_name for one in found.household.persons if one.is_active)
    return render_template(
        "passes/show.html",
        one=found,
        owner=owner,
        sentences=what_to_say(queries.meeting(found.delivery), lines, owner, pays=False),
        lines=lines,
        qr=_qr(found),
    )

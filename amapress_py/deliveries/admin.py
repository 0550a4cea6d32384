"""Back office: places (lieux) and deliveries (distributions)."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from amapress_py import clock, db, web
from amapress_py.accounts.access import requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.forms import Form
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.deliveries import queries, services
from amapress_py.deliveries.baskets import baskets
from amapress_py.deliveries.forms import DeliveryForm, FilterForm, PlaceForm
from amapress_py.deliveries.models import Delivery, Place
from amapress_py.errors import DomainError, NotAllowed, NotFound
from amapress_py.i18n import _, _l

READERS = (Role.REFERENT, Role.INTERMITTENT_MANAGER)
MENU = (
    Entry(_l("Distributions"), _l("Distributions"), "deliveries_admin.deliveries",
          frozenset(READERS)),
    Entry(_l("Distributions"), _l("Lieux"), "deliveries_admin.places"),
)  # fmt: skip

bp = Blueprint("deliveries_admin", __name__, url_prefix="/admin")


def saved(form: Form, act: Callable[[Session], object]) -> bool:
    """Act in one transaction if the form is right; a refusal is told on the form."""
    if not form.validate_on_submit():
        return False
    try:
        with db.transaction() as session:
            act(session)
    except (NotAllowed, NotFound):
        raise
    except DomainError as refusal:
        form.form_errors.append(str(refusal))
        return False
    return True


@bp.get("/lieux")
@requires(Role.ADMIN)
def places() -> ResponseReturnValue:
    """List the places."""
    listing = web.Listing.asked("lieux", ("nom", "heures"))
    session = db.session()
    return render_template(
        "admin/deliveries/places.html",
        listing=listing,
        paging=web.Paging(listing.page, queries.count_places(session, listing)),
        places=queries.places(session, listing),
    )


@bp.get("/lieux/nouveau")
@requires(Role.ADMIN)
def new_place() -> ResponseReturnValue:
    """Show the form of a new place."""
    return render_template("admin/deliveries/place.html", form=PlaceForm(), place=None)


@bp.post("/lieux/nouveau")
@requires(Role.ADMIN)
def create_place() -> ResponseReturnValue:
    """Add a place."""
    form = PlaceForm()
    if not saved(form, lambda session: services.create_place(session, viewer(), form.values())):
        return render_template("admin/deliveries/place.html", form=form, place=None), 422
    flash(_("Le lieu est enregistré."), "success")
    return redirect(url_for(".places"), 303)


@bp.get("/lieux/<int:place_id>")
@requires(Role.ADMIN)
def place(place_id: int) -> ResponseReturnValue:
    """Show the form of a place."""
    found = _place(place_id)
    return render_template("admin/deliveries/place.html", form=PlaceForm(obj=found), place=found)


@bp.post("/lieux/<int:place_id>")
@requires(Role.ADMIN)
def change_place(place_id: int) -> ResponseReturnValue:
    """Change a place, and the hours of its coming deliveries."""
    form = PlaceForm()
    if not saved(
        form, lambda session: services.change_place(session, viewer(), place_id, form.values())
    ):
        found = _place(place_id)
        return render_template("admin/deliveries/place.html", form=form, place=found), 422
    flash(_("Le lieu est enregistré."), "success")
    return redirect(url_for(".places"), 303)


@bp.post("/lieux/<int:place_id>/supprimer")
@requires(Role.ADMIN)
def delete_place(place_id: int) -> ResponseReturnValue:
    """Delete a place that nothing refers to."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            services.delete_place(session, viewer(), place_id)
        flash(_("Le lieu est supprimé."), "success")
    return redirect(url_for(".places"), 303)


@bp.get("/distributions")
@requires(*READERS)
def deliveries() -> ResponseReturnValue:
    """List the deliveries of a place and a period; by default those to come."""
    listing = web.Listing.asked("distributions", ("date", "lieu"))
    session = db.session()
    form = _filters(session)
    narrow = form.narrowing()
    rows = queries.deliveries(session, narrow, listing)
    return render_template(
        "admin/deliveries/deliveries.html",
        form=form,
        listing=listing,
        paging=web.Paging(listing.page, queries.count_deliveries(session, narrow)),
        deliveries=rows,
        counts=baskets().basket_counts(session, [row.id for row in rows]),
    )


@bp.get("/distributions/<int:delivery_id>")
@requires(*READERS)
def delivery(delivery_id: int) -> ResponseReturnValue:
    """Show a delivery and its baskets; an admin may correct it."""
    found = _delivery(delivery_id)
    form = DeliveryForm(obj=found)
    form.substitute_place_id.data = found.substitute_place_id or 0
    return _delivery_page(found, form)


@bp.post("/distributions/<int:delivery_id>")
@requires(Role.ADMIN)
def correct_delivery(delivery_id: int) -> ResponseReturnValue:
    """Set a delivery's own hours, substitute place and note."""
    found = _delivery(delivery_id)
    form = DeliveryForm()
    _offer_places(form, found)
    if not saved(
        form,
        lambda session: services.correct_delivery(
            session, viewer(), delivery_id, form.correction()
        ),
    ):
        return _delivery_page(_delivery(delivery_id), form), 422
    flash(_("La distribution est enregistrée."), "success")
    return redirect(url_for(".delivery", delivery_id=delivery_id), 303)


def _delivery_page(found: Delivery, form: DeliveryForm) -> str:
    session = db.session()
    if form.substitute_place_id.choices is None:
        _offer_places(form, found)
    return render_template(
        "admin/deliveries/delivery.html",
        delivery=found,
        form=form,
        baskets=baskets().basket_summaries(session, found.id),
    )


def _offer_places(form: DeliveryForm, found: Delivery) -> None:
    others = [one for one in queries.place_choices(db.session()) if one[0] != found.place_id]
    form.substitute_place_id.choices = [(0, _("Aucun : au lieu habituel")), *others]


def _filters(session: Session) -> FilterForm:
    form = FilterForm(request.args, du=clock.today(), lieu=0)
    form.lieu.choices = [(0, _("Tous les lieux")), *queries.place_choices(session)]
    return form


def _place(place_id: int) -> Place:
    found = db.session().get(Place, place_id)
    if found is None:
        raise NotFound
    return found


def _delivery(delivery_id: int) -> Delivery:
    found = queries.delivery(db.session(), delivery_id)
    if found is None:
        raise NotFound
    return found

"""Back office: producers and their catalogues."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from amapress_py import db, web
from amapress_py.accounts.access import requires
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.contracts import catalogue, office_queries, rules
from amapress_py.contracts.forms import BILLINGS, ProducerForm, ProductForm
from amapress_py.contracts.models import Producer, Product
from amapress_py.deliveries.admin import saved
from amapress_py.errors import NotAllowed, NotFound
from amapress_py.i18n import _

bp = Blueprint("producers", __name__)


@bp.get("/producteurs")
@requires(Role.REFERENT)
def producers() -> ResponseReturnValue:
    """List the producers in the viewer's scope."""
    listing = web.Listing.asked("producteurs", ("nom",))
    rows, total = office_queries.producers(db.session(), viewer(), listing)
    return render_template(
        "admin/contracts/producers.html",
        listing=listing,
        paging=web.Paging(listing.page, total),
        producers=rows,
    )


@bp.get("/producteurs/nouveau")
@requires(Role.ADMIN)
def new_producer() -> ResponseReturnValue:
    """Show the form of a new producer."""
    return render_template("admin/contracts/producer.html", form=ProducerForm(), producer=None)


@bp.post("/producteurs/nouveau")
@requires(Role.ADMIN)
def create_producer() -> ResponseReturnValue:
    """Add a producer; his catalogue comes next."""
    form = ProducerForm()
    made: list[Producer] = []
    if not saved(
        form,
        lambda session: made.append(
            catalogue.create_producer(session, viewer(), form.name.data, form.presentation.data)
        ),
    ):
        return render_template("admin/contracts/producer.html", form=form, producer=None), 422
    flash(_("Le producteur est enregistré. Ajoutez maintenant ses produits."), "success")
    return redirect(url_for(".producer", producer_id=made[0].id), 303)


@bp.get("/producteurs/<int:producer_id>")
@requires(Role.REFERENT)
def producer(producer_id: int) -> ResponseReturnValue:
    """Show a producer with the catalogue."""
    found = _producer(producer_id)
    return _producer_page(found, ProducerForm(obj=found), ProductForm(formdata=None))


@bp.post("/producteurs/<int:producer_id>")
@requires(Role.REFERENT)
def change_producer(producer_id: int) -> ResponseReturnValue:
    """Change a producer's name and presentation."""
    found = _producer(producer_id)
    form = ProducerForm()
    if not saved(
        form,
        lambda session: catalogue.change_producer(
            session, viewer(), producer_id, form.name.data, form.presentation.data
        ),
    ):
        return _producer_page(found, form, ProductForm(formdata=None)), 422
    flash(_("Le producteur est enregistré."), "success")
    return redirect(url_for(".producer", producer_id=producer_id), 303)


@bp.post("/producteurs/<int:producer_id>/produits")
@requires(Role.REFERENT)
def create_product(producer_id: int) -> ResponseReturnValue:
    """Add a product to the catalogue."""
    found = _producer(producer_id)
    form = ProductForm()
    if not saved(
        form,
        lambda session: catalogue.create_product(session, viewer(), producer_id, form.values()),
    ):
        return _producer_page(found, ProducerForm(formdata=None, obj=found), form), 422
    flash(_("Le produit est ajouté."), "success")
    return redirect(url_for(".producer", producer_id=producer_id) + "#produits", 303)


@bp.get("/produits/<int:product_id>")
@requires(Role.REFERENT)
def product(product_id: int) -> ResponseReturnValue:
    """Show the form of a product."""
    found = _product(product_id)
    return render_template("admin/contracts/product.html", form=ProductForm(obj=found), one=found)


@bp.post("/produits/<int:product_id>")
@requires(Role.REFERENT)
def change_product(product_id: int) -> ResponseReturnValue:
    """Change a product of the catalogue."""
    found = _product(product_id)
    form = ProductForm()
    if not saved(
        form, lambda session: catalogue.change_product(session, viewer(), product_id, form.values())
    ):
        return render_template("admin/contracts/product.html", form=form, one=found), 422
    flash(_("Le produit est enregistré."), "success")
    return redirect(url_for(".producer", producer_id=found.producer_id) + "#produits", 303)


@bp.post("/produits/<int:product_id>/supprimer")
@requires(Role.REFERENT)
def delete_product(product_id: int) -> ResponseReturnValue:
    """Delete a product that no contract has."""
    producer_id = _product(product_id).producer_id
    with web.refusals_to_flash():
        with db.transaction() as session:
            catalogue.delete_product(session, viewer(), product_id)
        flash(_("Le produit est supprimé."), "success")
    return redirect(url_for(".producer", producer_id=producer_id) + "#produits", 303)


def _producer_page(found: Producer, form: ProducerForm, product_form: ProductForm) -> str:
    return render_template(
        "admin/contracts/producer.html",
        form=form,
        product_form=product_form,
        producer=found,
        products=office_queries.catalogue(db.session(), found.id),
        billings=BILLINGS,
    )


def _producer(producer_id: int) -> Producer:
    found = db.session().get(Producer, producer_id)
    if found is None:
        raise NotFound
    if not rules.may_edit(viewer(), found.id):
        raise NotAllowed
    return found


def _product(product_id: int) -> Product:
    found = db.session().get(Product, product_id)
    if found is None:
        raise NotFound
    _producer(found.producer_id)
    return found

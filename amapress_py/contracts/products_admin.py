"""Back office: the products of a contract, their prices, order and days."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from amapress_py import db, web
from amapress_py.accounts.access import requires
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.contracts import office_queries, readiness, rules, services, wizard
from amapress_py.contracts import products as contract_products
from amapress_py.contracts.models import Contract, ContractProduct
from amapress_py.contracts.product_forms import fill_products, products_form
from amapress_py.contracts.queries import Rows
from amapress_py.contracts.scope import editable_contract
from amapress_py.deliveries.admin import saved
from amapress_py.errors import NotFound
from amapress_py.i18n import _

bp = Blueprint("products", __name__)


@bp.get("/contrats/<int:contract_id>/produits")
@requires(Role.REFERENT)
def products(contract_id: int) -> ResponseReturnValue:
    """Show a contract's products, and what may join them."""
    found = editable_contract(contract_id)
    rows, form = _form(found, formdata=None, version=found.version)
    fill_products(form, rows)
    return _page(found, rows, form)


@bp.post("/contrats/<int:contract_id>/produits")
@requires(Role.REFERENT)
def change_products(contract_id: int) -> ResponseReturnValue:
    """Set prices, order and days, and add products."""
    found = editable_contract(contract_id)
    rows, form = _form(found)

    def act(session: Session) -> None:
        terms, new = form.terms(), form.new()
        if new:
            services.locked_unsigned(session, viewer(), contract_id)
        contract_products.change_products(session, viewer(), contract_id, form.seen, terms, new)

    if not saved(form, act):
        return _page(editable_contract(contract_id), rows, form), 422
    flash(_("Les produits et les prix sont enregistrés."), "success")
    return wizard.onward(contract_id, readiness.PRODUCTS)


@bp.post("/contrats/<int:contract_id>/produits/<int:contract_product_id>/retirer")
@requires(Role.REFERENT)
def remove_product(contract_id: int, contract_product_id: int) -> ResponseReturnValue:
    """Take a product out of the contract."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            product = session.get(ContractProduct, contract_product_id)
            if product is None or product.contract_id != contract_id:
                raise NotFound
            services.locked_unsigned(session, viewer(), contract_id)
            contract_products.remove_product(session, viewer(), contract_id, contract_product_id)
        flash(_("Le produit est retiré du contrat."), "success")
    return redirect(url_for(".products", contract_id=contract_id), 303)


def _form(found: Contract, **values: Any) -> tuple[Rows, Any]:
    """Return the contract's products, and the form about them and about what may join them."""
    session = db.session()
    rows = office_queries.contract_products(session, found.id)
    there = {one.product_id for one in rows}
    catalogue = office_queries.catalogue(session, found.producer_id)
    kind = products_form(rows, [one for one in catalogue if one.id not in there])
    return rows, kind(**values)


def _page(found: Contract, rows: Rows, form: Any) -> str:
    session = db.session()
    bars = office_queries.bars(session, found.id)
    return render_template(
        "admin/contracts/products.html",
        contract=found,
        products=rows,
        crossed={one.id: sum(key == one.id for _date, key in bars) for one in rows},
        changed={one.id: one.last_cents if one.last_cents != one.cents else None for one in rows},
        form=form,
        is_signed=office_queries.count_signed(session, found.id) > 0,
        most=rules.MOST_PRODUCTS,
        trail=wizard.trail(found, readiness.PRODUCTS),
    )

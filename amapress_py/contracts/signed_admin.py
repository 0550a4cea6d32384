"""Back office: signed contracts (contrats signés)."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from amapress_py import clock, db, web
from amapress_py.accounts.access import requires
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.contracts import queries, rules, signing
from amapress_py.contracts.forms import fill_quantities, price_text, signed_form
from amapress_py.contracts.models import Contract, ContractState, Subscription
from amapress_py.contracts.queries import GridCell
from amapress_py.deliveries.admin import saved
from amapress_py.errors import NotAllowed, NotFound
from amapress_py.i18n import _

ORDERS = ("noms", "contrat", "lieu", "debut")

bp = Blueprint("signed", __name__)


@bp.get("/contrats-signes")
@requires(*rules.SEES_CONTRACTS)
def signed() -> ResponseReturnValue:
    """List the signed contracts in the viewer's scope."""
    return _list_page(None)


@bp.get("/contrats/<int:contract_id>/signes")
@requires(*rules.SEES_CONTRACTS)
def of_contract(contract_id: int) -> ResponseReturnValue:
    """List who signed a contract."""
    return _list_page(queries.contract(db.session(), viewer(), contract_id))


@bp.get("/contrats/<int:contract_id>/signes/nouveau")
@requires(*rules.SEES_CONTRACTS)
def choose_household(contract_id: int) -> ResponseReturnValue:
    """Ask for whom a signed contract is added."""
    session = db.session()
    found = _open_contract(contract_id)
    listing = web.Listing.asked("foyers", ("noms",))
    rows, total = queries.who_may_sign(session, contract_id, listing)
    return render_template(
        "admin/contracts/choose_household.html",
        contract=found,
        listing=listing,
        paging=web.Paging(listing.page, total),
        households=[row.household_id for row in rows],
        persons=queries.fetchers(session, [row.household_id for row in rows]),
    )


@bp.get("/contrats/<int:contract_id>/signes/nouveau/<int:household_id>")
@requires(*rules.SEES_CONTRACTS)
def new_signed(contract_id: int, household_id: int) -> ResponseReturnValue:
    """Show the form of a new signed contract."""
    found = _open_contract(contract_id)
    cells = queries.grid_cells(db.session(), contract_id)
    days = [cell.date for cell in cells] or [clock.today()]
    form = signed_form(found.kind, cells)(
        starts_on=max(days[0], min(clock.today(), days[-1])), ends_on=days[-1]
    )
    return _form_page(found, household_id, cells, form)


@bp.post("/contrats/<int:contract_id>/signes/nouveau/<int:household_id>")
@requires(*rules.SEES_CONTRACTS)
def sign(contract_id: int, household_id: int) -> ResponseReturnValue:
    """Enter a signed contract."""
    found = _open_contract(contract_id)
    cells = queries.grid_cells(db.session(), contract_id)
    form = signed_form(found.kind, cells)()
    _offer_places(form, found)
    if not saved(
        form,
        lambda session: signing.sign(session, viewer(), contract_id, household_id, form.terms()),
    ):
        return _form_page(found, household_id, cells, form), 422
    flash(_("Le contrat signé est enregistré."), "success")
    return redirect(url_for(".of_contract", contract_id=contract_id), 303)


@bp.get("/contrats-signes/<int:subscription_id>")
@requires(Role.REFERENT)
def edit_signed(subscription_id: int) -> ResponseReturnValue:
    """Show the form of a signed contract."""
    found = _editable(subscription_id)
    kind = found.contract.kind
    cells = queries.grid_cells(db.session(), found.contract_id, found.id)
    form = signed_form(kind, cells)(
        version=found.version,
        place_id=found.place_id,
        starts_on=found.starts_on,
        ends_on=found.ends_on,
    )
    fill_quantities(form, kind, cells)
    return _form_page(found.contract, found.household_id, cells, form, found)


@bp.post("/contrats-signes/<int:subscription_id>")
@requires(Role.REFERENT)
def change_signed(subscription_id: int) -> ResponseReturnValue:
    """Correct a signed contract."""
    found = _editable(subscription_id)
    cells = queries.grid_cells(db.session(), found.contract_id, found.id)
    form = signed_form(found.contract.kind, cells)()
    _offer_places(form, found.contract)
    if not saved(
        form,
        lambda session: signing.change(session, viewer(), subscription_id, form.seen, form.terms()),
    ):
        return _form_page(found.contract, found.household_id, cells, form, found), 422
    flash(_("Le contrat signé est enregistré."), "success")
    return redirect(url_for(".of_contract", contract_id=found.contract_id), 303)


@bp.post("/contrats-signes/<int:subscription_id>/supprimer")
@requires(Role.REFERENT)
def delete_signed(subscription_id: int) -> ResponseReturnValue:
    """Delete a signed contract on which nothing hangs."""
    contract_id = _editable(subscription_id).contract_id
    with web.refusals_to_flash():
        with db.transaction() as session:
            signing.delete_signed(session, viewer(), subscription_id)
        flash(_("Le contrat signé est supprimé."), "success")
        return redirect(url_for(".of_contract", contract_id=contract_id), 303)
    return redirect(url_for(".edit_signed", subscription_id=subscription_id), 303)


def _list_page(contract: Contract | None) -> str:
    session = db.session()
    listing = web.Listing.asked("signes", ORDERS)
    rows, total = queries.signed(session, viewer(), listing, contract.id if contract else None)
    return render_template(
        "admin/contracts/signed.html",
        contract=contract,
        may_edit={row.id: rules.may_edit(viewer(), row.producer_id) for row in rows},
        is_open=contract is not None and contract.state is ContractState.OPEN,
        listing=listing,
        paging=web.Paging(listing.page, total),
        signed=rows,
        persons=queries.fetchers(session, {row.household_id for row in rows}),
        totals=queries.signed_totals(session, [row.id for row in rows]),
    )


def _open_contract(contract_id: int) -> Contract:
    found = queries.contract(db.session(), viewer(), contract_id)
    if found.state is not ContractState.OPEN:
        raise rules.NotOpen
    return found


def _editable(subscription_id: int) -> Subscription:
    found = queries.subscription(db.session(), viewer(), subscription_id)
    if not rules.may_edit(viewer(), found.contract.producer_id):
        raise NotAllowed
    return found


def _offer_places(form: Any, contract: Contract) -> None:
    form.place_id.choices = [(place.id, place.name) for place in contract.places]


def _form_page(
    contract: Contract,
    household_id: int,
    cells: Sequence[GridCell],
    form: Any,
    found: Subscription | None = None,
) -> str:
    persons = queries.fetchers(db.session(), [household_id]).get(household_id)
    if persons is None:
        raise NotFound
    if form.place_id.choices is None:
        _offer_places(form, contract)
    return render_template(
        "admin/contracts/signed_form.html",
        contract=contract,
        subscription=found,
        persons=persons,
        form=form,
        products=_products(cells),
        rows=queries.by_date(cells),
    )


def _products(cells: Sequence[GridCell]) -> dict[int, tuple[str, str]]:
    """Return name and price (the latest) of each product."""
    return {one.product_id: (one.product, price_text(one.price_cents)) for one in cells}

"""Back office: contracts (contrats vierges), their dates, products and crossed-out cells."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from amapress_py import db, web
from amapress_py.accounts.access import requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.contracts import (
    copying,
    mass_admin,
    producers_admin,
    queries,
    rules,
    services,
    signed_admin,
)
from amapress_py.contracts.forms import (
    AddProductForm,
    BarsForm,
    ContractForm,
    CopyForm,
    DatesForm,
    SeriesForm,
    fill_products,
    products_form,
)
from amapress_py.contracts.models import Contract, ContractState, DateKind
from amapress_py.deliveries.admin import saved
from amapress_py.deliveries.queries import place_choices
from amapress_py.errors import NotAllowed
from amapress_py.i18n import _, _l, ngettext

GROUP = _l("Référent")
MENU = (
    Entry(GROUP, _l("Gestion des contrats vierges"), "contracts_admin.contracts",
          frozenset(rules.SEES_CONTRACTS)),
    Entry(GROUP, _l("Gestion des contrats signés"), "contracts_admin.signed.signed",
          frozenset(rules.SEES_CONTRACTS)),
    Entry(GROUP, _l("Gestion des produits"), "contracts_admin.producers.producers",
          frozenset({Role.REFERENT})),
)  # fmt: skip

bp = Blueprint("contracts_admin", __name__, url_prefix="/admin")
bp.register_blueprint(producers_admin.bp)
bp.register_blueprint(signed_admin.bp)
bp.register_blueprint(mass_admin.bp)


@bp.get("/contrats")
@requires(*rules.SEES_CONTRACTS)
def contracts() -> ResponseReturnValue:
    """List the contracts in the viewer's scope."""
    listing = web.Listing.asked("contrats", ("nom", "producteur"))
    wanted = request.args.get("etat", "")
    state = ContractState(wanted) if wanted in {one.value for one in rules.STATES} else None
    rows, total = queries.contracts(db.session(), viewer(), listing, state)
    return render_template(
        "admin/contracts/contracts.html",
        listing=listing,
        paging=web.Paging(listing.page, total),
        contracts=rows,
        state=state,
        states=rules.STATES,
        kinds=rules.KINDS,
        may_create=viewer().has_role(Role.ADMIN, Role.REFERENT),
    )


@bp.get("/contrats/nouveau")
@requires(Role.REFERENT)
def new_contract() -> ResponseReturnValue:
    """Show the form of a new contract."""
    return _new_contract_page(_contract_form(ContractForm()))


@bp.post("/contrats/nouveau")
@requires(Role.REFERENT)
def create_contract() -> ResponseReturnValue:
    """Begin a contract; its dates and products come next."""
    form = _contract_form(ContractForm())
    made: list[Contract] = []
    if not saved(
        form,
        lambda session: made.append(
            services.create_contract(session, viewer(), form.producer_id.data, form.values())
        ),
    ):
        return _new_contract_page(form), 422
    flash(_("Le contrat est créé. Ajoutez ses dates, puis ses produits."), "success")
    return redirect(url_for(".contract", contract_id=made[0].id), 303)


@bp.get("/contrats/<int:contract_id>")
@requires(*rules.SEES_CONTRACTS)
def contract(contract_id: int) -> ResponseReturnValue:
    """Show what a contract is made of, and what comes next."""
    session = db.session()
    found = queries.contract(session, viewer(), contract_id)
    days = queries.contract_dates(session, contract_id)
    dates = [one for one in days if one.kind is DateKind.DELIVERY]
    return render_template(
        "admin/contracts/contract.html",
        contract=found,
        dates=dates,
        products=queries.contract_products(session, contract_id),
        signed=queries.count_signed(session, contract_id),
        kinds=rules.KINDS,
        states=rules.STATES,
        may_edit=rules.may_edit(viewer(), found.producer_id),
    )


@bp.get("/contrats/<int:contract_id>/modifier")
@requires(Role.REFERENT)
def edit_contract(contract_id: int) -> ResponseReturnValue:
    """Show the form of a contract's header."""
    found = _editable(contract_id)
    form = ContractForm(obj=found, kind=found.kind.value)
    form.place_ids.data = [place.id for place in found.places]
    return _edit_page(found, _contract_form(form, found))


@bp.post("/contrats/<int:contract_id>/modifier")
@requires(Role.REFERENT)
def change_contract(contract_id: int) -> ResponseReturnValue:
    """Change a contract's header."""
    found = _editable(contract_id)
    form = _contract_form(ContractForm(), found)
    if not saved(
        form,
        lambda session: services.change_contract(
            session, viewer(), contract_id, form.seen, form.values()
        ),
    ):
        return _edit_page(_editable(contract_id), form), 422
    flash(_("Le contrat est enregistré."), "success")
    return redirect(url_for(".contract", contract_id=contract_id), 303)


@bp.get("/contrats/<int:contract_id>/creer-a-partir")
@requires(Role.REFERENT)
def new_copy(contract_id: int) -> ResponseReturnValue:
    """Ask for name and first date of next season's contract."""
    found = _editable(contract_id)
    form = CopyForm()
    days = copying.shifted(found)
    if days:
        form.first.data = days[0]
        form.name.data = copying.proposed_name(db.session(), found.label, days)
    return render_template("admin/contracts/copy.html", contract=found, form=form)


@bp.post("/contrats/<int:contract_id>/creer-a-partir")
@requires(Role.REFERENT)
def copy_contract(contract_id: int) -> ResponseReturnValue:
    """Make next season's contract."""
    found = _editable(contract_id)
    form = CopyForm()
    made: list[Contract] = []
    if not saved(
        form,
        lambda session: made.append(
            copying.copy_contract(session, viewer(), contract_id, form.name.data, form.first.data)
        ),
    ):
        return render_template("admin/contracts/copy.html", contract=found, form=form), 422
    flash(_("Le contrat est créé. Vérifiez ses dates, puis ses produits."), "success")
    return redirect(url_for(".contract", contract_id=made[0].id), 303)


@bp.post("/contrats/<int:contract_id>/etat")
@requires(Role.REFERENT)
def set_state(contract_id: int) -> ResponseReturnValue:
    """Open, archive or take back a contract."""
    wanted = request.form.get("etat", "")
    with web.refusals_to_flash():
        if wanted not in {one.value for one in rules.STATES}:
            raise rules.Stale
        with db.transaction() as session:
            services.set_state(session, viewer(), contract_id, ContractState(wanted))
        flash(
            _("Le contrat est maintenant : %(state)s.", state=rules.STATES[ContractState(wanted)]),
            "success",
        )
    return redirect(url_for(".contract", contract_id=contract_id), 303)


@bp.post("/contrats/<int:contract_id>/supprimer")
@requires(Role.REFERENT)
def delete_contract(contract_id: int) -> ResponseReturnValue:
    """Delete a contract that nobody signed."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            services.delete_contract(session, viewer(), contract_id)
        flash(_("Le contrat est supprimé."), "success")
        return redirect(url_for(".contracts"), 303)
    return redirect(url_for(".contract", contract_id=contract_id), 303)


@bp.get("/contrats/<int:contract_id>/dates")
@requires(Role.REFERENT)
def dates(contract_id: int) -> ResponseReturnValue:
    """Show a contract's dates, and how to add some."""
    return _dates_page(_editable(contract_id), SeriesForm(), DatesForm())


@bp.post("/contrats/<int:contract_id>/dates/serie")
@requires(Role.REFERENT)
def add_series(contract_id: int) -> ResponseReturnValue:
    """Add dates every one or two weeks."""
    return _add_dates(contract_id, SeriesForm())


@bp.post("/contrats/<int:contract_id>/dates/liste")
@requires(Role.REFERENT)
def add_list(contract_id: int) -> ResponseReturnValue:
    """Add dates one by one."""
    return _add_dates(contract_id, DatesForm())


@bp.post("/contrats/<int:contract_id>/dates/<int:date_id>/retirer")
@requires(Role.REFERENT)
def remove_date(contract_id: int, date_id: int) -> ResponseReturnValue:
    """Take a date out."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            services.remove_date(session, viewer(), contract_id, date_id)
        flash(_("La date est retirée."), "success")
    return redirect(url_for(".dates", contract_id=contract_id), 303)


@bp.get("/contrats/<int:contract_id>/produits")
@requires(Role.REFERENT)
def products(contract_id: int) -> ResponseReturnValue:
    """Show a contract's products, prices and order."""
    return _products_page(_editable(contract_id))


@bp.post("/contrats/<int:contract_id>/produits")
@requires(Role.REFERENT)
def change_products(contract_id: int) -> ResponseReturnValue:
    """Set prices and order."""
    found = _editable(contract_id)
    form = products_form(queries.contract_products(db.session(), contract_id))()
    if not saved(
        form,
        lambda session: services.change_products(
            session, viewer(), contract_id, form.seen, form.terms()
        ),
    ):
        return _products_page(found, form), 422
    flash(_("Les produits et les prix sont enregistrés."), "success")
    return redirect(url_for(".products", contract_id=contract_id), 303)


@bp.post("/contrats/<int:contract_id>/produits/ajouter")
@requires(Role.REFERENT)
def add_product(contract_id: int) -> ResponseReturnValue:
    """Put a product of the catalogue in the contract."""
    found = _editable(contract_id)
    form = AddProductForm()
    _offer_products(form, found)
    if not saved(
        form,
        lambda session: services.add_product(
            session, viewer(), contract_id, form.product_id.data, form.cents()
        ),
    ):
        return _products_page(found, add_form=form), 422
    flash(_("Le produit est ajouté au contrat."), "success")
    return redirect(url_for(".products", contract_id=contract_id), 303)


@bp.post("/contrats/<int:contract_id>/produits/<int:contract_product_id>/retirer")
@requires(Role.REFERENT)
def remove_product(contract_id: int, contract_product_id: int) -> ResponseReturnValue:
    """Take a product out of the contract."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            services.remove_product(session, viewer(), contract_id, contract_product_id)
        flash(_("Le produit est retiré du contrat."), "success")
    return redirect(url_for(".products", contract_id=contract_id), 303)


@bp.get("/contrats/<int:contract_id>/dates-barrees")
@requires(Role.REFERENT)
def bars(contract_id: int) -> ResponseReturnValue:
    """Show the grid of dates and products with the crossed-out cells."""
    return _bars_page(_editable(contract_id), BarsForm())


@bp.post("/contrats/<int:contract_id>/dates-barrees")
@requires(Role.REFERENT)
def set_bars(contract_id: int) -> ResponseReturnValue:
    """Cross out the ticked cells, and no other."""
    found = _editable(contract_id)
    form = BarsForm()
    if not saved(
        form,
        lambda session: services.set_bars(
            session, viewer(), contract_id, form.seen, form.crossed()
        ),
    ):
        return _bars_page(found, form, ticked=set(form.cells.data or [])), 422
    flash(_("Les dates barrées sont enregistrées."), "success")
    return redirect(url_for(".contract", contract_id=contract_id), 303)


def _editable(contract_id: int) -> Contract:
    found = queries.contract(db.session(), viewer(), contract_id)
    if not rules.may_edit(viewer(), found.producer_id):
        raise NotAllowed
    return found


def _contract_form(form: ContractForm, found: Contract | None = None) -> ContractForm:
    session = db.session()
    form.place_ids.choices = place_choices(session)
    if found is None:
        form.producer_id.choices = queries.producer_choices(session, viewer())
    else:
        del form.producer_id  # a contract stays with its producer
    return form


def _new_contract_page(form: ContractForm) -> str:
    return render_template("admin/contracts/contract_form.html", form=form, contract=None)


def _edit_page(found: Contract, form: ContractForm) -> str:
    return render_template("admin/contracts/contract_form.html", form=form, contract=found)


def _add_dates(contract_id: int, form: SeriesForm | DatesForm) -> ResponseReturnValue:
    found = _editable(contract_id)
    added: list[int] = []

    def act(session: Session) -> None:
        added.append(services.add_dates(session, viewer(), contract_id, form.days()))

    if not saved(form, act):
        series = form if isinstance(form, SeriesForm) else SeriesForm(formdata=None)
        single = form if isinstance(form, DatesForm) else DatesForm(formdata=None)
        return _dates_page(found, series, single), 422
    flash(ngettext("%(n)s date ajoutée.", "%(n)s dates ajoutées.", added[0]), "success")
    return redirect(url_for(".dates", contract_id=contract_id), 303)


def _dates_page(found: Contract, series: SeriesForm, single: DatesForm) -> str:
    return render_template(
        "admin/contracts/dates.html",
        contract=found,
        dates=queries.contract_dates(db.session(), found.id),
        series=series,
        single=single,
    )


def _offer_products(form: AddProductForm, found: Contract) -> None:
    session = db.session()
    there = {one.product_id for one in queries.contract_products(session, found.id)}
    catalogue = queries.catalogue(session, found.producer_id)
    form.product_id.choices = [(one.id, one.name) for one in catalogue if one.id not in there]


def _products_page(
    found: Contract, form: Any = None, add_form: AddProductForm | None = None
) -> str:
    session = db.session()
    rows = queries.contract_products(session, found.id)
    if form is None:
        form = products_form(rows)(formdata=None, version=found.version)
        fill_products(form, rows)
    if add_form is None:
        add_form = AddProductForm(formdata=None)
        _offer_products(add_form, found)
    return render_template(
        "admin/contracts/products.html",
        contract=found,
        products=rows,
        form=form,
        add_form=add_form,
    )


def _bars_page(found: Contract, form: BarsForm, ticked: set[str] | None = None) -> str:
    cells = queries.grid_cells(db.session(), found.id)
    if ticked is None:
        form.version.data = found.version
        ticked = {f"{one.date_id}-{one.product_id}" for one in cells if one.is_barred}
    return render_template(
        "admin/contracts/bars.html",
        contract=found,
        form=form,
        products={one.product_id: one.product for one in cells},
        rows=queries.by_date(cells),
        ticked=ticked,
    )

"""Back office: contracts (contrats vierges), the first step and the summary of each."""

from collections.abc import Collection

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from amapress_py import clock, db, settings, web
from amapress_py.accounts.access import requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.contracts import (
    bars_admin,
    copying,
    dates_admin,
    mass_admin,
    office_queries,
    producers_admin,
    products_admin,
    queries,
    readiness,
    rules,
    services,
    signed_admin,
    signing_screen,
    states_admin,
    terms_admin,
    wizard,
)
from amapress_py.contracts.forms import ContractForm, CopyForm
from amapress_py.contracts.models import Contract, ContractState, DateKind
from amapress_py.contracts.naming import proposed_name
from amapress_py.contracts.scope import editable_contract
from amapress_py.contracts.terms_forms import AgreedForm
from amapress_py.deliveries.admin import saved
from amapress_py.deliveries.queries import place_choices
from amapress_py.i18n import _, _l

GROUP = _l("Référent")
MENU = (
    Entry(GROUP, _l("Gestion des contrats vierges"), "contracts_admin.contracts",
          frozenset(rules.SEES_CONTRACTS)),
    Entry(GROUP, _l("Gestion des contrats signés"), "contracts_admin.signed.signed",
          frozenset(rules.SEES_SIGNED)),
    Entry(GROUP, _l("Gestion des produits"), "contracts_admin.producers.producers",
          frozenset({Role.REFERENT})),
    Entry(GROUP, _l("Contrats archivés"), "contracts_admin.archived",
          frozenset(rules.SEES_CONTRACTS)),
)  # fmt: skip

bp = Blueprint("contracts_admin", __name__, url_prefix="/admin")
bp.register_blueprint(producers_admin.bp)
bp.register_blueprint(signed_admin.bp)
bp.register_blueprint(mass_admin.bp)
bp.register_blueprint(dates_admin.bp)
bp.register_blueprint(terms_admin.bp)
bp.register_blueprint(products_admin.bp)
bp.register_blueprint(bars_admin.bp)
bp.register_blueprint(states_admin.bp)


@bp.get("/contrats")
@requires(*rules.SEES_CONTRACTS)
def contracts() -> ResponseReturnValue:
    """List the contracts in the viewer's scope; those that are archived only if asked for."""
    wanted = request.args.get("etat", "")
    state = ContractState(wanted) if wanted in {one.value for one in rules.STATES} else None
    return _list([state] if state else rules.CURRENT, state)


@bp.get("/contrats-archives")
@requires(*rules.SEES_CONTRACTS)
def archived() -> ResponseReturnValue:
    """List the archived contracts."""
    return _list([ContractState.ARCHIVED], None, is_archive=True)


def _list(
    states: Collection[ContractState], state: ContractState | None, is_archive: bool = False
) -> ResponseReturnValue:
    listing = web.Listing.asked("contrats", ("nom", "producteur"))
    rows, total = office_queries.contracts(db.session(), viewer(), listing, states)
    return render_template(
        "admin/contracts/contracts.html",
        listing=listing,
        paging=web.Paging(listing.page, total),
        contracts=rows,
        state=state,
        states=rules.STATES,
        kinds=rules.KINDS,
        is_archive=is_archive,
        may_create=not is_archive and viewer().has_role(Role.ADMIN, Role.REFERENT),
    )


@bp.get("/contrats/nouveau")
@requires(Role.REFERENT)
def new_contract() -> ResponseReturnValue:
    """Show the form of a new contract; an only place is the one."""
    form = _contract_form(ContractForm())
    if len(form.place_ids.choices) == 1:
        form.place_ids.data = [form.place_ids.choices[0][0]]
    return _form_page(form)


@bp.post("/contrats/nouveau")
@requires(Role.REFERENT)
def create_contract() -> ResponseReturnValue:
    """Begin a contract; its dates come next."""
    form = _contract_form(ContractForm())
    made: list[Contract] = []
    if not saved(
        form,
        lambda session: made.append(
            services.create_contract(session, viewer(), form.producer_id.data, form.values())
        ),
    ):
        return _form_page(form), 422
    flash(
        _("Le contrat « %(name)s » est créé. Ses dates, maintenant.", name=made[0].name), "success"
    )
    return redirect(wizard.next_url(made[0].id, readiness.HEADER), 303)


@bp.get("/contrats/<int:contract_id>")
@requires(*rules.SEES_CONTRACTS)
def contract(contract_id: int) -> ResponseReturnValue:
    """Show what a contract is made of, what is missing, and what comes next."""
    session = db.session()
    found, signed, is_last = office_queries.contract_at_a_glance(session, viewer(), contract_id)
    days = office_queries.contract_dates(session, contract_id)
    products = office_queries.contract_products(session, contract_id)
    bars = office_queries.bars(session, contract_id)
    dates = {one.id: one.date for one in days if one.kind is DateKind.DELIVERY}
    grid = rules.Grid(dates, [one.id for one in products], bars)
    prices = {one.id: (one.name, one.cents or 0) for one in products}
    lacks = readiness.lacks(found.kind, found.places, grid)
    return render_template(
        "admin/contracts/contract.html",
        contract=found,
        dates=list(dates.values()),
        open_dates=len(readiness.open_dates(grid)),
        products=products,
        signed=signed,
        is_last=is_last,
        lacks=[(one.text, wizard.url_of(found, one.step)) for one in lacks],
        oddities=[] if lacks else readiness.oddities(grid, prices, found.deadline),
        trail=wizard.trail(found, wizard.SUMMARY),
        kinds=rules.KINDS,
        states=rules.STATES,
        asks_producer=settings.current().producer_validates,
        agreed_form=AgreedForm(formdata=None, day=clock.today(), by=found.producer.name),
        may_edit=rules.may_edit(viewer(), found.producer_id),
    )


@bp.get("/contrats/<int:contract_id>/modifier")
@requires(Role.REFERENT)
def edit_contract(contract_id: int) -> ResponseReturnValue:
    """Show the form of a contract's header."""
    found = editable_contract(contract_id)
    form = ContractForm(obj=found, kind=found.kind.value)
    form.place_ids.data = [place.id for place in found.places]
    return _form_page(_contract_form(form, found), found)


@bp.post("/contrats/<int:contract_id>/modifier")
@requires(Role.REFERENT)
def change_contract(contract_id: int) -> ResponseReturnValue:
    """Change a contract's header; the dates come next."""
    found = editable_contract(contract_id)
    form = _contract_form(ContractForm(), found)
    kind = None if "kind" in form else found.kind
    if not saved(
        form,
        lambda session: services.change_contract(
            session, viewer(), contract_id, form.seen, form.values(kind)
        ),
    ):
        return _form_page(form, editable_contract(contract_id)), 422
    flash(_("Le contrat est enregistré."), "success")
    return wizard.onward(contract_id, readiness.HEADER)


@bp.route("/contrats/<int:contract_id>/tester", methods=["GET", "POST"])
@requires(Role.REFERENT)
def try_out(contract_id: int) -> ResponseReturnValue:
    """Show the member's screens of signing, whatever the state; nothing is kept."""
    editable_contract(contract_id)
    back = url_for(".contract", contract_id=contract_id)
    session = db.session()
    if all(one.is_barred for one in queries.grid_cells(session, contract_id)):
        flash(_("Ajoutez d’abord des dates et des produits à ce contrat."), "error")
        return redirect(back, 303)
    return signing_screen.trial(session, contract_id, back=back)


@bp.get("/contrats/<int:contract_id>/creer-a-partir")
@requires(Role.REFERENT)
def new_copy(contract_id: int) -> ResponseReturnValue:
    """Ask for name and first date of next season's contract."""
    found = editable_contract(contract_id)
    form = CopyForm()
    days = copying.shifted(found)
    if days:
        form.first.data = days[0]
        form.name.data = proposed_name(db.session(), found.label, days)
    return render_template("admin/contracts/copy.html", contract=found, form=form)


@bp.post("/contrats/<int:contract_id>/creer-a-partir")
@requires(Role.REFERENT)
def copy_contract(contract_id: int) -> ResponseReturnValue:
    """Make next season's contract."""
    found = editable_contract(contract_id)
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


def _contract_form(form: ContractForm, found: Contract | None = None) -> ContractForm:
    session = db.session()
    form.place_ids.choices = place_choices(session)
    if found is None:
        form.producer_id.choices = office_queries.producer_choices(session, viewer())
    else:
        del form.producer_id  # a contract stays with its producer
        if office_queries.count_signed(session, found.id):
            del form.kind
    return form


def _form_page(form: ContractForm, found: Contract | None = None) -> str:
    return render_template(
        "admin/contracts/contract_form.html",
        form=form,
        contract=found,
        kinds=rules.KINDS,
        helps={kind.value: text for kind, text in rules.KIND_HELPS.items()},
        trail=wizard.trail(found, readiness.HEADER),
    )

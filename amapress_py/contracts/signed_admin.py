"""Back office: signed contracts (contrats signés)."""

from collections.abc import Callable, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from amapress_py import clock, db, web
from amapress_py.accounts.access import requires
from amapress_py.accounts.login import viewer
from amapress_py.contracts import (
    joker_rules,
    office_queries,
    own_queries,
    queries,
    rules,
    signing,
    signing_rules,
    waiting,
    waiting_queries,
)
from amapress_py.contracts.models import Contract, ContractState, Subscription
from amapress_py.contracts.queries import GridCell
from amapress_py.contracts.signing_forms import Quantities, SignedForm
from amapress_py.contracts.signing_screen import FILL, SUM_UP
from amapress_py.errors import DomainError, NotAllowed, NotFound
from amapress_py.i18n import _

ORDERS = ("noms", "contrat", "lieu", "debut")

bp = Blueprint("signed", __name__)


@bp.get("/contrats-signes")
@requires(*rules.SEES_SIGNED)
def signed() -> ResponseReturnValue:
    """List the signed contracts in the viewer's scope."""
    return _list_page(None)


@bp.get("/contrats/<int:contract_id>/signes")
@requires(*rules.SEES_SIGNED)
def of_contract(contract_id: int) -> ResponseReturnValue:
    """List who signed a contract; its coordinateur reads it."""
    found = db.session().get(Contract, contract_id)
    if found is None:
        raise NotFound
    if not rules.may_look(viewer(), found.producer_id, found.id):
        raise NotAllowed
    return _list_page(found)


@bp.get("/contrats/<int:contract_id>/signes/nouveau")
@requires(*rules.SEES_CONTRACTS)
def choose_household(contract_id: int) -> ResponseReturnValue:
    """Ask for whom a signed contract is added."""
    session = db.session()
    found = _open_contract(contract_id)
    listing = web.Listing.asked("foyers", ("noms",))
    rows, total = office_queries.who_may_sign(session, contract_id, listing)
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
    form = SignedForm(
        place_id=own_queries.usual_place(db.session(), household_id),
        starts_on=max(days[0], min(clock.today(), days[-1])),
        ends_on=days[-1],
    )
    return _form_page(found, household_id, Quantities(found.kind, cells), form)


@bp.post("/contrats/<int:contract_id>/signes/nouveau/<int:household_id>")
@requires(*rules.SEES_CONTRACTS)
def sign(contract_id: int, household_id: int) -> ResponseReturnValue:
    """Enter a signed contract."""
    found = _open_contract(contract_id)
    quantities, form = _sent(found, queries.grid_cells(db.session(), contract_id))
    if request.form.get("etape") in (FILL, SUM_UP):
        return _form_page(found, household_id, quantities, form)

    made: list[int] = []

    def act(session: Session) -> None:
        terms = form.terms(quantities)
        made[:] = [
            signing.sign(
                session, viewer(), contract_id, household_id, terms, anyway=form.anyway.data
            ).id
        ]

    if not _saved(form, quantities, act):
        return _form_page(found, household_id, quantities, form), 422
    _flash(_("Le contrat signé est enregistré."), household_id)
    if joker_rules.rules_of(found).least:  # the page says how many are missing
        return redirect(url_for("occasions.show", subscription_id=made[0]), 303)
    return redirect(url_for(".of_contract", contract_id=contract_id), 303)


@bp.get("/contrats-signes/<int:subscription_id>")
@requires(*rules.SEES_CONTRACTS)
def edit_signed(subscription_id: int) -> ResponseReturnValue:
    """Show the form of a signed contract."""
    found = office_queries.subscription(db.session(), viewer(), subscription_id)
    cells = queries.grid_cells(db.session(), found.contract_id, found.id)
    form = SignedForm(
        version=found.version,
        place_id=found.place_id,
        starts_on=found.starts_on,
        ends_on=found.ends_on,
    )
    usual = own_queries.usual(db.session(), found.contract, found, cells)
    quantities = Quantities(found.contract.kind, cells, usual=usual)
    return _form_page(found.contract, found.household_id, quantities, form, found)


@bp.post("/contrats-signes/<int:subscription_id>")
@requires(*rules.SEES_CONTRACTS)
def change_signed(subscription_id: int) -> ResponseReturnValue:
    """Correct a signed contract."""
    found = office_queries.subscription(db.session(), viewer(), subscription_id)
    cells = queries.grid_cells(db.session(), found.contract_id, found.id)
    quantities, form = _sent(found.contract, cells)
    if request.form.get("etape") in (FILL, SUM_UP):
        return _form_page(found.contract, found.household_id, quantities, form, found)

    def act(session: Session) -> None:
        terms = form.terms(quantities)
        signing.change(
            session, viewer(), subscription_id, form.seen, terms, anyway=form.anyway.data
        )

    if not _saved(form, quantities, act):
        return _form_page(found.contract, found.household_id, quantities, form, found), 422
    _flash(_("Le contrat signé est enregistré."), found.household_id)
    return redirect(url_for(".of_contract", contract_id=found.contract_id), 303)


@bp.post("/contrats-signes/<int:subscription_id>/supprimer")
@requires(*rules.SEES_CONTRACTS)
def delete_signed(subscription_id: int) -> ResponseReturnValue:
    """Delete a signed contract on which nothing hangs."""
    found = office_queries.subscription(db.session(), viewer(), subscription_id)
    contract_id, household_id = found.contract_id, found.household_id
    with web.refusals_to_flash():
        with db.transaction() as session:
            signing.delete_signed(session, viewer(), subscription_id)
        _flash(_("Le contrat signé est supprimé."), household_id)
        return redirect(url_for(".of_contract", contract_id=contract_id), 303)
    return redirect(url_for(".edit_signed", subscription_id=subscription_id), 303)


# ----- Who waits


@bp.get("/contrats/<int:contract_id>/liste-d-attente")
@requires(*rules.SEES_CONTRACTS)
def waiting_list(contract_id: int) -> ResponseReturnValue:
    """List who waits for a place or a product of a contract, in order."""
    session = db.session()
    found = office_queries.contract(session, viewer(), contract_id)
    rows = waiting_queries.listed(session, contract_id)
    return render_template(
        "admin/contracts/waiting.html",
        contract=found,
        entries=rows,
        contacts=office_queries.contacts(session, {row.household_id for row in rows}),
    )


@bp.post("/liste-d-attente/<int:entry_id>/retirer")
@requires(*rules.SEES_CONTRACTS)
def stop_waiting(entry_id: int) -> ResponseReturnValue:
    """Take a household off the list."""
    contract_id = waiting_queries.contract_of(db.session(), entry_id)
    office_queries.contract(db.session(), viewer(), contract_id)
    with db.transaction() as session:
        waiting.remove(session, viewer(), entry_id)
    flash(_("Ce foyer n’est plus sur la liste d’attente."), "success")
    return redirect(url_for(".waiting_list", contract_id=contract_id), 303)


def _flash(what: str, household_id: int) -> None:
    """Say what was done, and whether the household reads of it."""
    contact = office_queries.contacts(db.session(), [household_id]).get(household_id)
    if contact is None or contact.emails:
        flash(_("%(what)s Le foyer reçoit un courriel.", what=what), "success")
        return
    phones = ", ".join(contact.phones) or _("numéro inconnu")
    flash(
        _("%(what)s Sans adresse mail, ce foyer est à prévenir par téléphone : %(phones)s.",
          what=what, phones=phones),
        "success",
    )  # fmt: skip


def _list_page(contract: Contract | None) -> str:
    session = db.session()
    listing = web.Listing.asked("signes", ORDERS)
    sees_contracts = viewer().is_admin or viewer().has_role(*rules.SEES_CONTRACTS)
    may_choose = contract is None and sees_contracts
    rows, total = office_queries.signed(
        session, viewer(), listing, contract.id if contract else None
    )
    return render_template(
        "admin/contracts/signed.html",
        contract=contract,
        sees_contracts=sees_contracts,
        choices=office_queries.open_contracts(session, viewer()) if may_choose else [],
        may_edit={row.id: rules.may_read(viewer(), row.producer_id) for row in rows},
        may_add=contract is not None and rules.may_read(viewer(), contract.producer_id),
        may_change=contract is not None and rules.may_edit(viewer(), contract.producer_id),
        is_open=contract is not None and contract.state is ContractState.OPEN,
        listing=listing,
        paging=web.Paging(listing.page, total),
        signed=rows,
        persons=queries.fetchers(session, {row.household_id for row in rows}),
        totals=queries.signed_totals(session, [row.id for row in rows]),
    )


def _open_contract(contract_id: int) -> Contract:
    found = office_queries.contract(db.session(), viewer(), contract_id)
    if found.state is not ContractState.OPEN:
        raise rules.NotOpen
    return found


def _sent(contract: Contract, cells: Sequence[GridCell]) -> tuple[Quantities, SignedForm]:
    """Return what was typed."""
    quantities, form = Quantities(contract.kind, cells), SignedForm()
    quantities.read(request.form)
    if request.form.get("etape") == FILL:
        quantities.fill_all(request.form)
    form.choose(contract)
    return quantities, form


def _saved(form: SignedForm, quantities: Quantities, act: Callable[[Session], object]) -> bool:
    """Act in one transaction if all is right; a refusal is told on the form."""
    is_right = form.validate()
    form.form_errors.extend(quantities.errors)
    if not is_right or quantities.errors:
        return False
    try:
        with db.transaction() as session:
            act(session)
    except (NotAllowed, NotFound):
        raise
    except signing_rules.Full as refusal:
        form.form_errors.append(
            _("%(why)s Pour passer outre, cochez la case au bas du formulaire.", why=refusal)
        )
        form.is_full = True
        return False
    except DomainError as refusal:
        form.form_errors.append(str(refusal))
        return False
    return True


def _form_page(
    contract: Contract,
    household_id: int,
    quantities: Quantities,
    form: SignedForm,
    found: Subscription | None = None,
) -> str:
    persons = queries.fetchers(db.session(), [household_id]).get(household_id)
    if persons is None:
        raise NotFound
    form.choose(contract)
    skipped = own_queries.jokers(db.session(), found.id if found else None)
    outside = {key for key, day in quantities.dates.items() if not form.covers(day)}
    return render_template(
        "admin/contracts/signed_form.html",
        contract=contract,
        total=quantities.total(skipped | outside),
        skipped=sorted(skipped),
        days={key: day.isoformat() for key, day in quantities.dates.items()},
        subscription=found,
        persons=persons,
        form=form,
        quantities=quantities,
    )

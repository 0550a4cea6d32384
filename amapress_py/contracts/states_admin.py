"""Back office: the life of a contract, from the producer's agreement to the archives."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from amapress_py import db, web
from amapress_py.accounts.access import requires
from amapress_py.accounts.forms import several_lines
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.contracts import office_queries, rules, states, validation
from amapress_py.contracts.models import Contract, ContractState
from amapress_py.contracts.scope import editable_contract
from amapress_py.contracts.terms_forms import AgreedForm, EraseForm
from amapress_py.deliveries.admin import saved
from amapress_py.i18n import _, ngettext

MOST_REASON = 500

bp = Blueprint("states", __name__)


@bp.post("/contrats/<int:contract_id>/etat")
@requires(Role.REFERENT)
def set_state(contract_id: int) -> ResponseReturnValue:
    """Open, archive or take back a contract."""
    editable_contract(contract_id)
    wanted = request.form.get("etat", "")
    reason = several_lines(request.form.get("motif"))[:MOST_REASON]
    with web.refusals_to_flash():
        if wanted not in {one.value for one in rules.STATES if one is not ContractState.SUBMITTED}:
            raise rules.Stale
        state = ContractState(wanted)
        with db.transaction() as session:
            states.set_state(session, viewer(), contract_id, state, reason)
        flash(_("Le contrat est maintenant : %(state)s.", state=rules.STATES[state]), "success")
    return _back(contract_id)


@bp.post("/contrats/<int:contract_id>/envoyer-au-producteur")
@requires(Role.REFERENT)
def submit(contract_id: int) -> ResponseReturnValue:
    """Ask the producer to agree, by a mail with his link."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            written = validation.submit(session, viewer(), contract_id)
        if written:
            flash(
                ngettext(
                    "Le producteur reçoit un courriel avec un lien pour valider.",
                    "Le producteur reçoit %(n)s courriels avec un lien pour valider.",
                    written,
                ),
                "success",
            )
        else:
            flash(
                _("Le contrat attend le producteur, dont le site n’a aucune adresse : appelez-le, "
                  "puis notez sa réponse."),
                "info",
            )  # fmt: skip
    return _back(contract_id)


@bp.post("/contrats/<int:contract_id>/valide")
@requires(Role.REFERENT)
def agreed(contract_id: int) -> ResponseReturnValue:
    """Note that the producer agreed."""
    form = AgreedForm()
    editable_contract(contract_id)
    if saved(
        form,
        lambda session: validation.note(
            session, viewer(), contract_id, form.day.data, form.by.data
        ),
    ):
        flash(_("La validation est notée."), "success")
    else:
        errors = [f"{form[name].label.text} : {' '.join(map(str, form.errors[name]))}"
                  for name in form.errors if name in form]  # fmt: skip
        flash(" ".join([*errors, *map(str, form.form_errors)]), "error")
    return _back(contract_id)


@bp.post("/contrats/<int:contract_id>/supprimer")
@requires(Role.REFERENT)
def delete_contract(contract_id: int) -> ResponseReturnValue:
    """Delete a contract that nobody signed."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            states.delete_unsigned(session, viewer(), contract_id)
        flash(_("Le contrat est supprimé."), "success")
        return redirect(url_for("contracts_admin.contracts"), 303)
    return _back(contract_id)


@bp.get("/contrats/<int:contract_id>/effacer")
@requires(Role.REFERENT)
def ask_erase(contract_id: int) -> ResponseReturnValue:
    """Ask for the name of an archived contract that is to go for good."""
    found = editable_contract(contract_id)
    states.check_erasable(found)
    return _erase_page(found, EraseForm())


@bp.post("/contrats/<int:contract_id>/effacer")
@requires(Role.REFERENT)
def erase_contract(contract_id: int) -> ResponseReturnValue:
    """Delete an archived contract with all that was signed."""
    found = editable_contract(contract_id)
    states.check_erasable(found)
    form = EraseForm()
    if not saved(
        form,
        lambda session: states.erase_contract(session, viewer(), contract_id, form.name.data),
    ):
        return _erase_page(editable_contract(contract_id), form), 422
    flash(_("Le contrat est supprimé définitivement."), "success")
    return redirect(url_for("contracts_admin.archived"), 303)


def _erase_page(found: Contract, form: EraseForm) -> str:
    signed = office_queries.count_signed(db.session(), found.id)
    return render_template("admin/contracts/erase.html", contract=found, form=form, signed=signed)


def _back(contract_id: int) -> ResponseReturnValue:
    return redirect(url_for("contracts_admin.contract", contract_id=contract_id), 303)

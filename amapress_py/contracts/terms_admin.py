"""Back office: deadline, jokers and quota of a contract; how it is paid."""

from flask import Blueprint, flash, render_template
from flask.typing import ResponseReturnValue

from amapress_py import db
from amapress_py.accounts.access import requires
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.contracts import office_queries, readiness, rules, terms, wizard
from amapress_py.contracts.models import Contract
from amapress_py.contracts.scope import editable_contract
from amapress_py.contracts.terms_forms import LimitsForm, PaymentsForm
from amapress_py.deliveries.admin import saved
from amapress_py.i18n import _

bp = Blueprint("terms", __name__)


@bp.get("/contrats/<int:contract_id>/inscription")
@requires(Role.REFERENT)
def limits(contract_id: int) -> ResponseReturnValue:
    """Show deadline, jokers and quota."""
    found = editable_contract(contract_id)
    form = LimitsForm(obj=found)
    is_signed = _fit(form, found)
    form.fill(found)
    return _limits_page(found, form, is_signed)


@bp.post("/contrats/<int:contract_id>/inscription")
@requires(Role.REFERENT)
def set_limits(contract_id: int) -> ResponseReturnValue:
    """Set deadline, jokers and quota."""
    found = editable_contract(contract_id)
    form = LimitsForm()
    is_signed = _fit(form, found)
    if not saved(
        form,
        lambda session: terms.set_limits(
            session, viewer(), contract_id, form.seen, form.limits(found)
        ),
    ):
        return _limits_page(editable_contract(contract_id), form, is_signed), 422
    flash(_("C’est enregistré."), "success")
    return wizard.onward(contract_id, readiness.LIMITS)


@bp.get("/contrats/<int:contract_id>/paiements")
@requires(Role.REFERENT)
def payments(contract_id: int) -> ResponseReturnValue:
    """Show how the contract is paid; one date a month is proposed."""
    found = editable_contract(contract_id)
    form = PaymentsForm(obj=found)
    form.fit(found)
    session = db.session()
    days = terms.payment_dates(session, contract_id)
    is_proposed = not days and found.has_payments
    form.show(terms.proposed_payment_dates(session, contract_id) if is_proposed else days)
    return _payments_page(found, form, is_proposed)


@bp.post("/contrats/<int:contract_id>/paiements")
@requires(Role.REFERENT)
def set_payments(contract_id: int) -> ResponseReturnValue:
    """Set how the contract is paid."""
    found = editable_contract(contract_id)
    form = PaymentsForm()
    form.fit(found)
    if not saved(
        form,
        lambda session: terms.set_payments(
            session, viewer(), contract_id, form.seen, form.payments()
        ),
    ):
        return _payments_page(found, form), 422
    flash(_("C’est enregistré."), "success")
    return wizard.onward(contract_id, wizard.PAYMENTS)


def _fit(form: LimitsForm, found: Contract) -> bool:
    """Ask what the contract has; return whether somebody signed it."""
    is_signed = office_queries.count_signed(db.session(), found.id) > 0
    form.fit(found, is_signed)
    return is_signed


def _limits_page(found: Contract, form: LimitsForm, is_signed: bool) -> str:
    return render_template(
        "admin/contracts/limits.html",
        contract=found,
        form=form,
        is_signed=is_signed,
        has_jokers=found.kind in rules.HAS_JOKERS,
        trail=wizard.trail(found, readiness.LIMITS),
    )


def _payments_page(found: Contract, form: PaymentsForm, is_proposed: bool = False) -> str:
    return render_template(
        "admin/contracts/payments.html",
        contract=found,
        form=form,
        is_proposed=is_proposed,
        trail=wizard.trail(found, wizard.PAYMENTS),
    )

"""The life of a contract: sent to the producer, opened, archived, and back; gone for good."""

import datetime as dt
from collections.abc import Callable

from flask import Flask, current_app
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from amapress_py import clock, db, settings
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import rules
from amapress_py.contracts.models import (
    Contract,
    ContractDate,
    ContractState,
    Joker,
    Subscription,
    SubscriptionLine,
    Swap,
)
from amapress_py.contracts.queries import basket_statement
from amapress_py.contracts.readiness import lacks
from amapress_py.contracts.services import delete_contract, load_grid, locked_contract
from amapress_py.i18n import _, search_key, short_date

FORGET = "amapress_forget_contract"
Forget = Callable[[Session, int], object]


def plug_forget(app: Flask, forget: Forget) -> None:
    """Say what a higher domain deletes of a contract that goes for good: its signing sessions."""
    app.extensions[FORGET] = forget


def _forget(session: Session, contract_id: int) -> None:
    forget: Forget | None = current_app.extensions.get(FORGET)
    if forget is not None:
        forget(session, contract_id)


def delete_unsigned(session: Session, viewer: Viewer, contract_id: int) -> None:
    """Delete a contract that nobody signed, with its signing sessions; raise InUse."""
    locked_contract(session, viewer, contract_id)
    _forget(session, contract_id)
    delete_contract(session, viewer, contract_id)


def set_state(
    session: Session, viewer: Viewer, contract_id: int, state: ContractState, reason: str = ""
) -> None:
    """Open, archive or take back a contract; raise WrongState, Refused or InUse.

    Where the AMAP wants the producer's agreement, opening without it needs a reason, which stays.
    """
    contract = locked_contract(session, viewer, contract_id)
    check_move(contract, state)
    if state is ContractState.OPEN:
        check_ready(session, contract)
        contract.unvalidated_reason = _reason(contract, reason)
    elif state is ContractState.ARCHIVED:
        _check_delivered(session, contract)
    elif state is ContractState.DRAFT:  # what the producer agreed to may change now
        contract.validated_on, contract.validated_by = None, ""
        contract.unvalidated_reason = ""
    contract.state = state


def check_move(contract: Contract, state: ContractState) -> None:
    """Raise WrongState unless the table of states has this step."""
    if (contract.state, state) not in rules.TRANSITIONS:
        raise rules.WrongState(
            _("Ce contrat est « %(state)s » : ce n’est pas possible.",
              state=rules.STATES[contract.state])
        )  # fmt: skip


def check_ready(session: Session, contract: Contract) -> None:
    """Raise Refused with all that is missing."""
    missing = lacks(contract.kind, contract.places, load_grid(session, contract))
    if missing:
        raise rules.Refused(" ".join(one.text for one in missing))


def _reason(contract: Contract, typed: str) -> str:
    """Return why a contract is opened without the producer; "" if nobody needs to know."""
    if contract.validated_on is not None or not settings.current().producer_validates:
        return ""
    reason = typed or contract.unvalidated_reason  # an archived contract is opened again
    if not reason:
        raise rules.Refused(
            _("Le producteur n’a pas encore validé ce contrat : dites pourquoi vous l’activez "
              "quand même.")
        )  # fmt: skip
    return reason


def _check_delivered(session: Session, contract: Contract) -> None:
    last = _last_basket(session, contract)
    if last is not None and last >= clock.today():
        raise rules.InUse(
            _(
                "Des paniers restent à livrer jusqu’au %(day)s : archivez le contrat après.",
                day=short_date(last),
            )
        )


def _last_basket(session: Session, contract: Contract) -> dt.date | None:
    baskets = basket_statement().where(Contract.id == contract.id).order_by(None)
    last: dt.date | None = session.scalar(baskets.with_only_columns(func.max(ContractDate.date)))
    return last


def check_erasable(contract: Contract) -> None:
    """Raise WrongState unless the contract is archived."""
    if contract.state is not ContractState.ARCHIVED:
        raise rules.WrongState(
            _("Seul un contrat archivé peut être supprimé définitivement : archivez-le d’abord.")
        )


def erase_contract(session: Session, viewer: Viewer, contract_id: int, name: str) -> None:
    """Delete an archived contract with all that was signed, once its name is typed.

    Raise Refused for another name, InUse where baskets were exchanged or cheques are kept.
    """
    contract = locked_contract(session, viewer, contract_id)
    check_erasable(contract)
    if search_key(name) != contract.sort_key:
        raise rules.Refused(_("Tapez le nom du contrat, tel qu’il est écrit ci-dessus."))
    used = rules.InUse(
        _("Des paniers de ce contrat ont été échangés, ou des chèques y sont attachés : leur "
          "histoire reste. Laissez ce contrat dans les contrats archivés.")
    )  # fmt: skip
    signed = select(Subscription.id).where(Subscription.contract_id == contract_id)
    with db.unless_keys_forbid(session, used):
        _forget(session, contract_id)
        for rows in (
            delete(Swap).where(Swap.subscription_id.in_(signed)),
            delete(Joker).where(Joker.subscription_id.in_(signed)),
            delete(SubscriptionLine).where(SubscriptionLine.subscription_id.in_(signed)),
            delete(Subscription).where(Subscription.contract_id == contract_id),
        ):
            session.execute(rows, execution_options={"synchronize_session": False})
    session.expire_all()
    delete_contract(session, viewer, contract_id)

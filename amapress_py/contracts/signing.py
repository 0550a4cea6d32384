"""What is done to signed contracts (contrats signés)."""

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from amapress_py import db
from amapress_py.accounts.models import Household
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import rules
from amapress_py.contracts.claims import Cell, claims
from amapress_py.contracts.models import (
    Contract,
    ContractState,
    Joker,
    Subscription,
    SubscriptionLine,
)
from amapress_py.contracts.rules import Terms
from amapress_py.contracts.services import load_grid
from amapress_py.errors import NotAllowed, NotFound
from amapress_py.i18n import _


def sign(
    session: Session, viewer: Viewer, contract_id: int, household_id: int, terms: Terms
) -> Subscription:
    """Enter a household's signed contract; raise AlreadySigned, NotOpen, Refused."""
    contract = _contract(session, contract_id)
    if not rules.may_read(viewer, contract.producer_id):
        raise NotAllowed
    if contract.state is not ContractState.OPEN:
        raise rules.NotOpen
    if session.get(Household, household_id) is None:
        raise NotFound
    same = select(Subscription.id).where(
        Subscription.contract_id == contract_id, Subscription.household_id == household_id
    )
    if session.scalar(same) is not None:
        raise rules.AlreadySigned
    lines = rules.lines(contract.kind, load_grid(session, contract), terms)
    subscription = Subscription(
        contract_id=contract_id, household_id=household_id, signed_by_id=viewer.person_id
    )
    _fill(subscription, contract, terms)
    session.add(subscription)
    session.flush()
    _write_lines(session, subscription, lines)
    return subscription


def change(
    session: Session, viewer: Viewer, subscription_id: int, version: int, terms: Terms
) -> None:
    """Correct a signed contract; raise Stale, Refused, or Ceded below what is offered."""
    subscription, contract = _editable(session, viewer, subscription_id)
    if subscription.version != version:
        raise rules.Stale
    grid = load_grid(session, contract)
    lines = rules.lines(contract.kind, grid, terms)
    ceded = claims().ceded(session, subscription_id)
    if ceded and terms.place_id != subscription.place_id:
        raise rules.Ceded(
            _(
                "Un panier est proposé dans l’espace intermittents : le lieu ne peut pas changer. "
                "Annulez d’abord l’échange."
            )
        )
    rules.check_ceded(lines, ceded, grid)
    _fill(subscription, contract, terms)
    flag_modified(subscription, "starts_on")  # a change of lines alone is a new version too
    _write_lines(session, subscription, lines)


def delete_signed(session: Session, viewer: Viewer, subscription_id: int) -> None:
    """Delete a signed contract with its lines; raise InUse if a basket was ever offered."""
    _editable(session, viewer, subscription_id)
    used = rules.InUse(
        _(
            "Des paniers de ce contrat signé ont été proposés dans l’espace intermittents : il ne "
            "peut pas être supprimé. Mettez plutôt une date de fin."
        )
    )
    with db.unless_keys_forbid(session, used):
        for rows in (
            delete(SubscriptionLine).where(SubscriptionLine.subscription_id == subscription_id),
            delete(Joker).where(Joker.subscription_id == subscription_id),
            delete(Subscription).where(Subscription.id == subscription_id),
        ):
            session.execute(rows)


def _contract(session: Session, contract_id: int) -> Contract:
    contract = db.locked(session, Contract, contract_id)
    if contract is None:
        raise NotFound
    return contract


def _editable(
    session: Session, viewer: Viewer, subscription_id: int
) -> tuple[Subscription, Contract]:
    """Lock the contract, then the signed one: dates and lines stay as they are meanwhile."""
    contract_id = session.scalar(
        select(Subscription.contract_id).where(Subscription.id == subscription_id)
    )
    contract = _contract(session, contract_id or 0)
    if not rules.may_edit(viewer, contract.producer_id):
        raise NotAllowed
    subscription = db.locked(session, Subscription, subscription_id)
    if subscription is None:
        raise NotFound
    return subscription, contract


def _fill(subscription: Subscription, contract: Contract, terms: Terms) -> None:
    if terms.place_id not in {place.id for place in contract.places}:
        raise rules.Refused(_("Choisissez un des lieux de ce contrat."))
    subscription.place_id = terms.place_id
    subscription.starts_on, subscription.ends_on = terms.starts_on, terms.ends_on


def _write_lines(session: Session, subscription: Subscription, lines: Mapping[Cell, int]) -> None:
    session.flush()
    session.execute(
        delete(SubscriptionLine).where(SubscriptionLine.subscription_id == subscription.id)
    )
    session.add_all(
        SubscriptionLine(
            subscription_id=subscription.id,
            contract_date_id=date_id,
            contract_product_id=product_id,
            quantity=quantity,
        )
        for (date_id, product_id), quantity in lines.items()
    )
    session.flush()

"""What is done to signed contracts (contrats signés) by the office, at any time.

What a household does for itself, within the rules of the contract, is in `own_signing`.
"""

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from amapress_py import clock, db
from amapress_py.accounts.models import Household
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import (
    jokers,
    letters,
    own_queries,
    queries,
    rules,
    swap_rules,
    waiting,
)
from amapress_py.contracts.claims import Cell, claims
from amapress_py.contracts.models import (
    Contract,
    Joker,
    Subscription,
    SubscriptionLine,
    Swap,
)
from amapress_py.contracts.rules import Grid, Terms
from amapress_py.contracts.services import load_grid
from amapress_py.contracts.summary import summary
from amapress_py.errors import NotAllowed, NotFound
from amapress_py.i18n import _, short_date


def sign(
    session: Session,
    viewer: Viewer,
    contract_id: int,
    household_id: int,
    terms: Terms,
    *,
    anyway: bool = False,
) -> Subscription:
    """Enter a household's signed contract; raise AlreadySigned, NotOpen, Refused.

    Where a quota is reached raise Full, unless it is passed over knowingly (`anyway`).
    """
    contract = locked_contract(session, contract_id)
    if not rules.may_read(viewer, contract.producer_id):
        raise NotAllowed
    own_queries.window(contract, queries.grid_cells(session, contract_id)).check_open()
    if session.get(Household, household_id) is None:
        raise NotFound
    if signed_by(session, contract_id, household_id) is not None:
        raise rules.AlreadySigned
    grid = load_grid(session, contract)
    lines = rules.lines(contract.kind, grid, terms)
    if not anyway:
        room = waiting.room(session, contract)
        room.check_place(household_id)
        room.check_products(household_id, {}, lines, grid.dates)
    subscription = add(session, viewer, contract, household_id, terms, lines)
    letters.signed(session, "signed", contract, subscription, viewer)
    return subscription


def change(
    session: Session,
    viewer: Viewer,
    subscription_id: int,
    version: int,
    terms: Terms,
    *,
    anyway: bool = False,
) -> None:
    """Correct a signed contract; raise Stale, Refused, Ceded below what is offered, or Full."""
    subscription, contract = _editable(session, viewer, subscription_id)
    if subscription.version != version:
        raise rules.Stale
    grid = load_grid(session, contract)
    lines = rules.lines(contract.kind, grid, terms)
    before = lines_of(session, subscription_id)
    if not anyway:
        room = waiting.room(session, contract, subscription_id)
        room.check_products(subscription.household_id, before, lines, grid.dates)
    lines = replace(session, contract, subscription, terms, lines, before, grid)
    jokers.write_at_signing(session, contract, subscription, lines, None, viewer.person_id)
    letters.signed(session, "signed_changed", contract, subscription, viewer)
    waiting.tell(session, contract)


def delete_signed(session: Session, viewer: Viewer, subscription_id: int) -> None:
    """Delete a signed contract with its lines; raise InUse if a basket was ever offered."""
    subscription, contract = _editable(session, viewer, subscription_id)
    remove(session, viewer, contract, subscription)


# ----- What the office and households do alike; the contract is locked


def locked_contract(session: Session, contract_id: int) -> Contract:
    """Return a contract, locked; raise NotFound."""
    contract = db.locked(session, Contract, contract_id)
    if contract is None:
        raise NotFound
    return contract


def signed_by(session: Session, contract_id: int, household_id: int) -> int | None:
    """Return the key of what a household signed of a contract, or None."""
    return session.scalar(
        select(Subscription.id).where(
            Subscription.contract_id == contract_id, Subscription.household_id == household_id
        )
    )


def lines_of(session: Session, subscription_id: int) -> dict[Cell, int]:
    """Return the quantities of a signed contract."""
    rows = session.execute(
        select(
            SubscriptionLine.contract_date_id,
            SubscriptionLine.contract_product_id,
            SubscriptionLine.quantity,
        ).where(SubscriptionLine.subscription_id == subscription_id)
    )
    return {(date_id, product_id): quantity for date_id, product_id, quantity in rows}


def add(
    session: Session,
    viewer: Viewer,
    contract: Contract,
    household_id: int,
    terms: Terms,
    lines: Mapping[Cell, int],
) -> Subscription:
    """Write a new signed contract; who signed waits no longer for a place."""
    subscription = Subscription(
        contract_id=contract.id, household_id=household_id, signed_by_id=viewer.person_id
    )
    _fill(subscription, contract, terms)
    session.add(subscription)
    session.flush()
    _write_lines(session, subscription, lines)
    waiting.forget(session, contract, household_id)
    _forget_products(session, contract, household_id, {}, lines)
    return subscription


def replace(
    session: Session,
    contract: Contract,
    subscription: Subscription,
    terms: Terms,
    lines: Mapping[Cell, int],
    before: Mapping[Cell, int],
    grid: Grid,
) -> dict[Cell, int]:
    """Put other lines in the place of those of before, and return them; raise Ceded, InUse.

    A delivery that is taken on another date (livraison décalée) has to come back first; where
    that is over, what was fetched stays.
    """
    lines = _after_swaps(session, contract, subscription, terms, lines, before, grid)
    ceded = claims().ceded(session, subscription.id)
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
    _forget_products(session, contract, subscription.household_id, before, lines)
    return lines


def _after_swaps(
    session: Session,
    contract: Contract,
    subscription: Subscription,
    terms: Terms,
    lines: Mapping[Cell, int],
    before: Mapping[Cell, int],
    grid: Grid,
) -> dict[Cell, int]:
    """Return the lines with those of past swaps as they are; raise InUse for one to come."""
    found, today = dict(lines), clock.today()
    for one in own_queries.swaps(session, subscription.id):
        days = [grid.dates.get(key, today) for key in (one.from_date_id, one.to_date_id)]
        if min(days) >= today:
            raise rules.InUse(
                _(
                    "La livraison du %(day)s est décalée : annulez d’abord ce décalage, puis "
                    "changez les quantités.",
                    day=short_date(days[0]),
                )
            )
        if not all(terms.starts_on <= day <= terms.ends_on for day in days):
            session.delete(one)  # nothing of it is left to show
        elif contract.kind not in rules.BY_DATE:
            found = swap_rules.kept(found, before, (one.from_date_id, one.to_date_id))
    return found


def remove(
    session: Session, viewer: Viewer, contract: Contract, subscription: Subscription
) -> None:
    """Delete a signed contract, tell the household, and whom its place waits for."""
    used = rules.InUse(
        _(
            "Des paniers de ce contrat signé ont été proposés dans l’espace intermittents : il ne "
            "peut pas être supprimé. Le référent peut lui mettre une date de fin."
        )
    )
    said, key, household_id = (
        summary(session, contract, subscription),
        subscription.id,
        subscription.household_id,
    )
    with db.unless_keys_forbid(session, used):
        for rows in (
            delete(SubscriptionLine).where(SubscriptionLine.subscription_id == key),
            delete(Joker).where(Joker.subscription_id == key),
            delete(Swap).where(Swap.subscription_id == key),
            delete(Subscription).where(Subscription.id == key),
        ):
            session.execute(rows)
    letters.deleted(session, contract, said, household_id, viewer)
    waiting.tell(session, contract)


def _editable(
    session: Session, viewer: Viewer, subscription_id: int
) -> tuple[Subscription, Contract]:
    """Lock the contract, then the signed one: dates and lines stay as they are meanwhile."""
    contract_id = session.scalar(
        select(Subscription.contract_id).where(Subscription.id == subscription_id)
    )
    contract = locked_contract(session, contract_id or 0)
    if not rules.may_read(viewer, contract.producer_id):
        raise NotAllowed
    subscription = db.locked(session, Subscription, subscription_id)
    if subscription is None:
        raise NotFound
    return subscription, contract


def _forget_products(
    session: Session,
    contract: Contract,
    household_id: int,
    before: Mapping[Cell, int],
    lines: Mapping[Cell, int],
) -> None:
    """Who gets more of a product waits for it no longer."""
    for product_id in {cell[1] for cell, n in lines.items() if n > before.get(cell, 0)}:
        waiting.forget(session, contract, household_id, product_id)


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

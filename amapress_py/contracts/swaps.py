"""What is done to « livraisons décalées »: the lines of a signed contract move within a week.

Locks are taken in the order contract, delivery, signed contract, as mass operations take them.
"""

import datetime as dt
from collections.abc import Iterable, Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from amapress_py import clock
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import joker_rules, jokers, queries, swap_rules, waiting
from amapress_py.contracts.claims import Cell, claims
from amapress_py.contracts.joker_rules import TooLateForJoker
from amapress_py.contracts.jokers import Held, locked
from amapress_py.contracts.models import ContractDate, Joker, Subscription, SubscriptionLine, Swap
from amapress_py.contracts.swap_rules import NotSwapped, OtherPrice, Proposal, Standing
from amapress_py.errors import NotFound
from amapress_py.i18n import _, long_date, short_date
from amapress_py.money import Cents


def swap(
    session: Session,
    viewer: Viewer,
    subscription_id: int,
    date_id: int,
    other_id: int,
    wanted: Mapping[int, int],
    difference: Cents,
) -> Proposal:
    """Take a delivery on another date of its week, for a difference in price agreed to (cents).

    `wanted` says which product is taken for which.  Raise NotSwapped, OtherPrice, MembersMayNot,
    TooLateForJoker, or Full where a product of that day is sold out.
    """
    held = locked(session, viewer, subscription_id, date_id)
    cells = queries.grid_cells(session, held.contract.id, subscription_id)
    found = swap_rules.proposal(
        cells, date_id, other_id, standing(session, held.signed), clock.today(), wanted
    )
    _check_rights(held, min(found.given_up, found.taken))
    if found.difference != difference:
        raise OtherPrice(found.difference)
    moves = [((date_id, old), (other_id, new), n) for old, new, n in found.lines]
    before = {(one.date_id, one.product_id): one.quantity for one in cells if one.quantity}
    after = swap_rules.moved(before, moves)
    room = waiting.room(session, held.contract, subscription_id)
    days = {one.date_id: one.date for one in cells}
    room.check_products(held.signed.household_id, before, after, days)
    _write(session, subscription_id, before, after)
    session.add(
        Swap(
            subscription_id=subscription_id,
            from_date_id=date_id,
            to_date_id=other_id,
            lines=found.lines,
            set_at=clock.now(),
            set_by_id=viewer.person_id,
        )
    )
    _changed(session, viewer, held, "delivery_swapped", found.given_up, found.taken)
    return found


def undo(session: Session, viewer: Viewer, subscription_id: int, swap_id: int) -> None:
    """Take the delivery on its own date again; raise NotSwapped, TooLateForJoker."""
    row = session.get(Swap, swap_id)
    if row is None or row.subscription_id != subscription_id:
        raise NotFound
    held = locked(session, viewer, subscription_id, row.to_date_id)
    row = session.get(Swap, swap_id, populate_existing=True)
    own = session.get(ContractDate, row.from_date_id) if row else None
    if row is None or own is None:
        raise NotFound
    taken, given_up = held.date.date, own.date
    _check_rights(held, min(given_up, taken))
    cells = queries.grid_cells(session, held.contract.id, subscription_id)
    before = {(one.date_id, one.product_id): one.quantity for one in cells if one.quantity}
    moves = [
        ((row.to_date_id, new), (row.from_date_id, old), quantity)
        for old, new, quantity in row.lines
    ]
    _check_undo(session, held, row, before, moves)
    if min(given_up, taken) < clock.today():
        raise NotSwapped(_("Le %(day)s est passé.", day=short_date(min(given_up, taken))))
    _write(session, subscription_id, before, swap_rules.moved(before, moves))
    session.delete(row)
    _changed(session, viewer, held, "delivery_swapped_back", taken, given_up)


def standing(session: Session, signed: Subscription) -> Standing:
    """Return what is known of a signed contract's deliveries besides its quantities."""
    skipped = select(Joker.contract_date_id).where(Joker.subscription_id == signed.id)
    swapped = select(Swap.from_date_id, Swap.to_date_id).where(Swap.subscription_id == signed.id)
    return Standing(
        signed.starts_on,
        signed.ends_on,
        frozenset(session.scalars(skipped)),
        frozenset(date_id for date_id, _product in claims().ceded(session, signed.id)),
        [(old, new) for old, new in session.execute(swapped)],
    )


def _check_rights(held: Held, day: dt.date) -> None:
    """Members do it where the contract says so, as long as a joker could still be set."""
    if held.is_office:
        return
    if not held.contract.members_swap:
        raise swap_rules.MembersMayNot
    delay = held.contract.joker_delay_days
    if not joker_rules.is_in_time(day, delay, clock.today()):
        raise TooLateForJoker(joker_rules.last_day(day, delay))


def _check_undo(
    session: Session,
    held: Held,
    row: Swap,
    before: Mapping[Cell, int],
    moves: Iterable[tuple[Cell, Cell, int]],
) -> None:
    ceded = claims().ceded(session, held.signed.id)
    for cell, _own, quantity in moves:
        if before.get(cell, 0) < quantity:
            raise NotSwapped(
                _("Ce contrat signé a changé depuis : corrigez les quantités à la main.")
            )
        if before[cell] - quantity < ceded.get(cell, 0):
            raise NotSwapped(
                _(
                    "Le panier du %(day)s est proposé dans l’espace intermittents : annulez "
                    "d’abord l’échange.",
                    day=short_date(held.date.date),
                )
            )
    if row.to_date_id in standing(session, held.signed).jokers:
        raise NotSwapped(
            _("Un joker est posé le %(day)s : retirez-le d’abord.", day=short_date(held.date.date))
        )


def _write(
    session: Session, subscription_id: int, before: Mapping[Cell, int], after: Mapping[Cell, int]
) -> None:
    """Replace the cells that differ."""
    for cell in before.keys() | after.keys():
        if before.get(cell) == after.get(cell):
            continue
        key = {
            "subscription_id": subscription_id,
            "contract_date_id": cell[0],
            "contract_product_id": cell[1],
        }
        session.execute(delete(SubscriptionLine).filter_by(**key))
        if cell in after:
            session.add(SubscriptionLine(**key, quantity=after[cell]))
    session.flush()


def _changed(
    session: Session, viewer: Viewer, held: Held, event: str, given_up: dt.date, taken: dt.date
) -> None:
    flag_modified(held.signed, "starts_on")
    session.flush()
    jokers.tell(session, viewer, held, event, day=long_date(given_up), new_day=long_date(taken))

"""What a household does for itself: sign a contract, change it, delete it while that is allowed.

Everything that the page showed is checked again: state, last day, grid and prices, version.
"""

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy.orm import Session

from amapress_py import clock, db
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import (
    conditions,
    joker_rules,
    jokers,
    letters,
    own_queries,
    queries,
    rules,
    signing,
    signing_rules,
    waiting,
)
from amapress_py.contracts.models import Contract, Subscription
from amapress_py.contracts.queries import GridCell
from amapress_py.contracts.rules import Grid
from amapress_py.contracts.signing_rules import Order, Window
from amapress_py.errors import DomainError, NotFound
from amapress_py.i18n import _, short_date


class AlreadyDelivered(DomainError):
    """What was delivered, or is about to be, is not undone by a click."""


def sign(session: Session, viewer: Viewer, contract_id: int, order: Order) -> Subscription:
    """Sign a contract for one's household, or change what it signed (`order.version`).

    Raise NotOpen, TooLate, AlreadySigned, Stale, Changed, Refused, Ceded, Full, or what the
    AMAP asks of those who sign.
    """
    contract = signing.locked_contract(session, contract_id)
    key = signing.signed_by(session, contract_id, viewer.household_id)
    if key is None and order.version:
        raise signing_rules.Gone
    if key is not None and not order.version:
        raise rules.AlreadySigned
    signed = db.locked(session, Subscription, key) if key is not None else None
    cells = queries.grid_cells(session, contract_id, key)
    window = own_queries.window(contract, cells)
    if signed is None:
        window.check_sign(clock.today())
        lacking = conditions.refusal(session, viewer.household_id)
        if lacking is not None:
            raise lacking
    else:
        window.check_change(clock.today())
        if signed.version != order.version:
            raise rules.Stale
    if own_queries.digest(contract, cells) != order.digest:
        raise signing_rules.Changed
    return _write(session, viewer, contract, signed, cells, window, order)


def _write(
    session: Session,
    viewer: Viewer,
    contract: Contract,
    signed: Subscription | None,
    cells: Sequence[GridCell],
    window: Window,
    order: Order,
) -> Subscription:
    today = clock.today()
    grid = grid_of(cells)
    locked = {key for key, day in grid.dates.items() if window.is_locked(day, today)}
    terms = order.terms(*period(window, grid, locked, signed))
    before = {(one.date_id, one.product_id): one.quantity for one in cells if one.quantity}
    lines = signing_rules.own_lines(contract.kind, grid, terms, before, locked)
    room = waiting.room(session, contract, signed.id if signed else 0)
    if signed is None:
        room.check_place(viewer.household_id)
    room.check_products(viewer.household_id, before, lines, grid.dates)
    if signed is None:
        signed = signing.add(session, viewer, contract, viewer.household_id, terms, lines)
        event = "signed"
    else:
        lines = signing.replace(session, contract, signed, terms, lines, before, grid)
        event = "signed_changed"
    there = own_queries.jokers(session, signed.id)
    chosen = (set(order.jokers) - locked) | (there & locked)
    chooses = signing_rules.chooses_jokers(joker_rules.rules_of(contract))
    jokers.write_at_signing(
        session, contract, signed, lines, chosen if chooses else None, viewer.person_id, today=today
    )
    letters.signed(session, event, contract, signed, viewer)
    waiting.tell(session, contract)
    return signed


def delete(session: Session, viewer: Viewer, contract_id: int, version: int) -> None:
    """Delete what one's household signed; raise TooLate, Stale, AlreadyDelivered, InUse."""
    contract = signing.locked_contract(session, contract_id)
    key = signing.signed_by(session, contract_id, viewer.household_id)
    signed = db.locked(session, Subscription, key) if key is not None else None
    if signed is None:
        raise NotFound(_("Votre foyer n’a pas signé ce contrat, ou il est déjà supprimé."))
    cells = queries.grid_cells(session, contract_id, signed.id)
    window = own_queries.window(contract, cells)
    window.check_change(clock.today())
    if signed.version != version:
        raise rules.Stale
    near = [one.date for one in cells if one.quantity and window.is_locked(one.date, clock.today())]
    if near:
        raise AlreadyDelivered(
            _(
                "La livraison du %(day)s est passée, ou trop proche : ce contrat ne se supprime "
                "plus. Voyez avec le référent de ce contrat.",
                day=short_date(near[0]),
            )
        )
    signing.remove(session, viewer, contract, signed)


def grid_of(cells: Sequence[GridCell]) -> Grid:
    """Return what a contract delivers, from its cells."""
    return Grid(
        {one.date_id: one.date for one in cells},
        {one.product_id for one in cells},
        {(one.date_id, one.product_id) for one in cells if one.is_barred},
    )


def period(
    window: Window, grid: Grid, locked: Collection[int], signed: Subscription | None
) -> tuple[dt.date, dt.date]:
    """Return from which day to which an order holds: who joins late begins with what is free."""
    if signed is not None:
        return signed.starts_on, signed.ends_on
    free = sorted(day for key, day in grid.dates.items() if key not in locked)
    if window.first is None or window.last is None or not free:
        raise rules.NotOpen
    begun = any(window.first == grid.dates[key] for key in locked)
    return (free[0] if begun else window.first), window.last

"""Making and revoking passes; nobody is told, the member hands the pass on himself."""

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from amapress_py import clock, db
from amapress_py.deliveries.models import Delivery
from amapress_py.deliveries.services import locked_delivery
from amapress_py.errors import NotAllowed, NotFound
from amapress_py.passes import queries, refusals, rules
from amapress_py.passes.models import BasketPass


def make_pass(
    session: Session,
    person_id: int,
    household_id: int,
    delivery_id: int,
    *,
    name: str,
    phone: str = "",
) -> BasketPass:
    """Let somebody fetch a household's basket; a pass made before is revoked.

    Raise NotFound, DeliveryOver or NothingToFetch.
    """
    delivery = locked_delivery(session, delivery_id)
    if clock.now() >= delivery.ends_at:
        raise refusals.DeliveryOver
    if not queries.kept_lines(session, household_id, delivery_id):
        raise refusals.NothingToFetch
    before = queries.live_pass(session, household_id, delivery_id)
    if before is not None:
        before.revoked_at = clock.now()
    codes = select(BasketPass.code).where(BasketPass.delivery_id == delivery_id)
    made = BasketPass(
        household_id=household_id,
        delivery_id=delivery_id,
        made_by_id=person_id,
        name=name,
        phone=phone,
        code=rules.new_code(set(session.scalars(codes))),
        made_at=clock.now(),
    )
    session.add(made)
    session.flush()
    return made


def revoke_pass(session: Session, household_id: int, pass_id: int) -> BasketPass:
    """Take a pass back; its address and its code are worth nothing from now on."""
    found = db.locked(session, BasketPass, pass_id)
    if found is None:
        raise NotFound
    if found.household_id != household_id:
        raise NotAllowed
    if found.revoked_at is None:
        found.revoked_at = clock.now()
    return found


def follow(session: Session, moves: Mapping[date, date | None], place_ids: Collection[int]) -> int:
    """Carry passes to the new day of deliveries that moved; return how many.

    A pass stays while something is left to fetch on the old day, and where the household has one
    for the new day already.
    """
    found = session.scalars(
        select(BasketPass)
        .join(Delivery, Delivery.id == BasketPass.delivery_id)
        .where(
            Delivery.date.in_(list(moves)),
            Delivery.place_id.in_(place_ids),
            BasketPass.revoked_at.is_(None),
        )
        .order_by(BasketPass.id)
        .with_for_update(of=BasketPass)
    ).all()
    moved = 0
    for one in found:
        here = one.delivery
        there = session.scalar(
            select(Delivery).where(
                Delivery.date == moves[here.date], Delivery.place_id == here.place_id
            )
        )
        if (
            there is None
            or queries.kept_lines(session, one.household_id, here.id)
            or not queries.kept_lines(session, one.household_id, there.id)
            or queries.live_pass(session, one.household_id, there.id) is not None
        ):
            continue
        codes = select(BasketPass.code).where(BasketPass.delivery_id == there.id)
        taken = set(session.scalars(codes))
        if one.code in taken:
            one.code = rules.new_code(taken)
        one.delivery = there
        session.flush()
        moved += 1
    return moved


def forget_passes(session: Session) -> int:
    """Delete the passes of deliveries that are long over (the daily job); return how many."""
    over = select(Delivery.id).where(Delivery.ends_at <= clock.now() - rules.KEPT)
    gone = session.execute(delete(BasketPass).where(BasketPass.delivery_id.in_(over)))
    return int(gone.rowcount)  # type: ignore[attr-defined]

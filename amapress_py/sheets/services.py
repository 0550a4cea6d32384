"""What is done at a delivery: a basket is ticked, a sheet is printed."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.deliveries.services import locked_delivery
from amapress_py.errors import NotFound
from amapress_py.sheets import documents
from amapress_py.sheets.documents import Row
from amapress_py.sheets.models import Fetched, SheetPrint
from amapress_py.sheets.queries import sign_in_sheet


def tick(
    session: Session, person_id: int, delivery_id: int, key: tuple[int, int], *, fetched: bool
) -> Row:
    """Note that a basket was fetched, or that it was not; repeating is harmless.

    `key` is (household, offer); raise NotFound for what is no basket of the sheet.
    """
    delivery = locked_delivery(session, delivery_id)
    row = next(
        (
            one
            for one in documents.rows(sign_in_sheet(session, delivery))
            if (one.household_id, one.offer_id) == key and one.is_basket
        ),
        None,
    )
    if row is None:
        raise NotFound
    found = session.scalar(
        select(Fetched).where(
            Fetched.delivery_id == delivery_id,
            Fetched.household_id == key[0],
            Fetched.offer_id == key[1],
        )
    )
    if fetched and found is None:
        session.add(
            Fetched(
                delivery_id=delivery_id,
                household_id=key[0],
                offer_id=key[1],
                at=clock.now(),
                by_id=person_id,
            )
        )
    elif not fetched and found is not None:
        session.delete(found)
    return row


def print_sheet(session: Session, person_id: int, delivery_id: int) -> SheetPrint:
    """Give a sheet its number and keep what stands on it, to tell later what changed."""
    delivery = locked_delivery(session, delivery_id)
    last = session.scalar(
        select(func.max(SheetPrint.number)).where(SheetPrint.delivery_id == delivery_id)
    )
    made = SheetPrint(
        delivery_id=delivery_id,
        number=(last or 0) + 1,
        lines=documents.stored(documents.rows(sign_in_sheet(session, delivery))),
        printed_at=clock.now(),
        printed_by_id=person_id,
    )
    session.add(made)
    session.flush()
    return made

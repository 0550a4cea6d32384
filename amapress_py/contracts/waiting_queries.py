"""Who waits for a place in a contract, or for a product of it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from amapress_py.contracts.models import ContractProduct, Product, WaitingEntry
from amapress_py.errors import NotFound

Rows = Sequence[Row[*tuple[Any, ...]]]


def listed(session: Session, contract_id: int) -> Rows:
    """Return (id, household_id, product, asked_at, told_at), who came first before others."""
    return session.execute(
        select(
            WaitingEntry.id,
            WaitingEntry.household_id,
            Product.name.label("product"),
            WaitingEntry.asked_at,
            WaitingEntry.told_at,
        )
        .outerjoin(ContractProduct, ContractProduct.id == WaitingEntry.contract_product_id)
        .outerjoin(Product, Product.id == ContractProduct.product_id)
        .where(WaitingEntry.contract_id == contract_id)
        .order_by(WaitingEntry.id)
    ).all()


def contract_of(session: Session, entry_id: int) -> int:
    """Return the contract that somebody waits for; raise NotFound."""
    found = session.scalar(select(WaitingEntry.contract_id).where(WaitingEntry.id == entry_id))
    if found is None:
        raise NotFound
    return found

"""Names of contracts: proposed from the short name and the dates."""

import datetime as dt
from collections.abc import Collection, Iterator
from itertools import count, islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py.contracts.models import Contract
from amapress_py.i18n import search_key


def proposed_name(
    session: Session, label: str, days: Collection[dt.date], own_id: int | None = None
) -> str:
    """Return "Légumes 2026", "Pommes 2026-2027"; with the first month, then a number, if taken."""
    prefix = search_key(label)
    taken = set(
        session.scalars(
            select(Contract.sort_key).where(
                Contract.sort_key.startswith(prefix, autoescape=True), Contract.id != (own_id or 0)
            )
        )
    )
    return next(name for name in _candidates(label, days) if search_key(name) not in taken)


def is_proposal(name: str, label: str, days: Collection[dt.date]) -> bool:
    """Tell whether a name is one that was proposed for these days, not one that somebody chose."""
    plain, with_month = islice(_candidates(label, days), 2)
    return name in (plain, with_month) or name.startswith(f"{with_month} (")


def _candidates(label: str, days: Collection[dt.date]) -> Iterator[str]:
    first, last = min(days), max(days)
    years = str(first.year) if first.year == last.year else f"{first.year}-{last.year}"
    yield f"{label} {years}"
    with_month = f"{label} {first:%Y-%m}"
    yield with_month
    for number in count(2):
        yield f"{with_month} ({number})"

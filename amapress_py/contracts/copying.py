"""« Créer à partir de »: next season's contract from this one, without what was signed."""

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import rules, shelf
from amapress_py.contracts.book import crossed_by_rules
from amapress_py.contracts.models import (
    Bar,
    Contract,
    ContractDate,
    ContractPrice,
    ContractProduct,
    PaymentDate,
)
from amapress_py.contracts.services import locked_contract, sync_deliveries
from amapress_py.contracts.terms import payment_dates
from amapress_py.i18n import WEEKDAYS, _, search_key

YEAR = dt.timedelta(weeks=52)
COPIED = (
    *shelf.JOKER_RULES,
    *("members_swap", "lock_days", "most_signed"),
    *("has_payments", "payee", "most_cheques", "payment_terms"),
)  # never what the producer agreed to


def shifted(contract: Contract, by: dt.timedelta = YEAR) -> list[dt.date]:
    """Return the contract's days later, in order."""
    return sorted(one.date + by for one in contract.dates)


def copy_contract(
    session: Session, viewer: Viewer, source_id: int, name: str, first: dt.date
) -> Contract:
    """Begin a contract like another, from another first day; raise Refused, NameTaken.

    Its crossed-out cells are those that the products' rules make on the new days, and those that
    were crossed by hand.
    """
    source = locked_contract(session, viewer, source_id)
    if not source.dates:
        raise rules.Refused(_("Ce contrat n’a pas encore de dates."))
    old = min(one.date for one in source.dates)
    by = first - old
    if by.days % 7:
        raise rules.Refused(
            _(
                "La première date doit être un %(weekday)s, comme dans ce contrat.",
                weekday=WEEKDAYS[old.weekday()],
            )
        )
    same = select(Contract.id).where(Contract.sort_key == search_key(name))
    if session.scalar(same.limit(1)) is not None:
        raise rules.NameTaken
    contract = Contract(
        producer_id=source.producer_id,
        name=name,
        label=source.label,
        kind=source.kind,
        deadline=source.deadline + by if source.deadline else None,
        presentation=source.presentation,
        places=list(source.places),
        **{column: getattr(source, column) for column in COPIED},
    )
    with db.unless_keys_forbid(session, rules.NameTaken()):
        session.add(contract)
    _copy_cells(session, source, contract, by)
    session.add_all(
        PaymentDate(contract_id=contract.id, date=day + by)
        for day in payment_dates(session, source_id)
    )
    days = {one.date + by for one in source.dates}
    sync_deliveries(session, days, [place.id for place in contract.places])
    return contract


def _copy_cells(session: Session, source: Contract, contract: Contract, by: dt.timedelta) -> None:
    """Copy dates, products and prices, and cross cells out."""
    book = shelf.load(session, source)
    dates = {
        one.id: ContractDate(contract_id=contract.id, date=one.date + by, kind=one.kind)
        for one in source.dates
    }
    products = {
        one.id: ContractProduct(
            contract_id=contract.id,
            product_id=one.product_id,
            position=one.position,
            weekday=one.weekday,
            weeks=one.weeks,
            most_a_date=one.most_a_date,
            prices=[
                ContractPrice(from_date=price.from_date + by, cents=one.prices[-1].cents)
                for price in one.prices[
                    :1
                ]  # the season begins with the price of the last one's end
            ],
        )
        for one in source.products
    }
    session.add_all([*dates.values(), *products.values()])
    session.flush()
    by_hand = book.bars - set(crossed_by_rules(book.deliveries, book.items))
    days = {key: day + by for key, day in book.deliveries.items()}
    session.add_all(
        Bar(contract_date_id=dates[date_id].id, contract_product_id=products[item_id].id)
        for date_id, item_id in by_hand | set(crossed_by_rules(days, book.items))
    )
    session.flush()
    session.refresh(contract, ["dates", "products"])

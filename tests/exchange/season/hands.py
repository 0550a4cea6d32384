"""In whose hands each line of a basket is: the offers, and the sign-in sheet."""

from collections import Counter, defaultdict

from sqlalchemy.orm import Session

from amapress_py.deliveries.models import Delivery
from amapress_py.exchange.rules import OfferState
from amapress_py.sheets import documents
from amapress_py.sheets.queries import Item, sign_in_sheet
from tests.exchange.season.amap import Amap
from tests.exchange.season.books import Books
from tests.exchange.season.journal import Journal

Line = tuple[str, str]  # contract, product


def check_lines(books: Books) -> None:
    """Check that live offers hold no more of a line than there is, each of one household."""
    there = {
        (one.subscription_id, one.contract_date_id, one.contract_product_id): one
        for one in books.lines
    }
    held: Counter[tuple[int, int, int]] = Counter()
    items = books.items()
    for offer in books.live_offers():
        assert items[offer.id]
        for item in items[offer.id]:
            key = (item.subscription_id, item.contract_date_id, item.contract_product_id)
            held[key] += item.quantity
            assert there[key].household_id == offer.household_id
            assert there[key].delivery_id == offer.delivery_id
    for key, quantity in held.items():
        assert quantity <= there[key].quantity


def check_sheet(
    session: Session, amap: Amap, journal: Journal, books: Books, delivery_id: int
) -> None:
    """Check that the sheet has each line once, with who takes it."""
    sheet = sign_in_sheet(session, session.get_one(Delivery, delivery_id))
    baskets: defaultdict[int, Counter[Line]] = defaultdict(Counter)
    for one in books.lines:
        if one.delivery_id == delivery_id:
            baskets[one.household_id][one.contract_label, one.product_label] += one.quantity
    shown = {line.household_id: line for line in sheet.lines}
    assert len(shown) == len(sheet.lines)
    assert set(baskets) <= set(shown)
    offers = [
        journal.offers[row.id]
        for row in books.rows["basket_offer"]
        if row.delivery_id == delivery_id and row.state is not OfferState.CANCELLED
    ]
    handed = {one.offer_id: one for line in sheet.lines for one in line.handed}
    assert set(handed) == {one.id for one in offers if one.taker}
    waiting = [one for one in offers if one.state in (OfferState.OPEN, OfferState.REQUESTED)]
    assert len(sheet.waiting) == len(waiting)
    jokers = _jokers(books, delivery_id)
    for household_id, line in shown.items():
        given = [item for one in line.handed for item in one.items]
        assert _count([*line.kept, *given]) == baskets[household_id]
        assert set(line.jokers) == jokers[household_id]
        assert not jokers[household_id] & {one.contract for one in (*line.kept, *given)}
    for offer in offers:
        if offer.taker:
            taker = amap.by_id[offer.taker.person_id]
            assert handed[offer.id].taker == f"{taker.first_name} {taker.last_name}"
            assert handed[offer.id].phone == taker.phone
    _check_rows(documents.rows(sheet), baskets)


def _check_rows(rows: list[documents.Row], baskets: dict[int, Counter[Line]]) -> None:
    """Check that the printed rows are for each basket, each in one person's hands."""
    assert len({row.key for row in rows}) == len(rows)
    assert {row.household_id for row in rows if row.is_basket} == {
        key for key, lines in baskets.items() if lines
    }


def _count(items: list[Item]) -> Counter[Line]:
    found: Counter[Line] = Counter()
    for one in items:
        found[one.contract, one.product] += one.quantity
    return found


def _jokers(books: Books, delivery_id: int) -> defaultdict[int, set[str]]:
    """Return, by household, the contracts that it skips on that day though it would get some."""
    delivery = books.by_id("delivery")[delivery_id]
    signed = books.by_id("subscription")
    barred = {(row.contract_date_id, row.contract_product_id) for row in books.rows["bar"]}
    lines = {
        (row.subscription_id, row.contract_date_id)
        for row in books.rows["subscription_line"]
        if (row.contract_date_id, row.contract_product_id) not in barred
    }
    days, labels = books.by_id("contract_date"), books.by_id("contract")
    found: defaultdict[int, set[str]] = defaultdict(set)
    for row in books.rows["joker"]:
        one, day = signed[row.subscription_id], days[row.contract_date_id].date
        if (
            (row.subscription_id, row.contract_date_id) in lines
            and day == delivery.date
            and one.place_id == delivery.place_id
            and one.starts_on <= day <= one.ends_on
        ):
            found[one.household_id].add(labels[one.contract_id].label)
    return found

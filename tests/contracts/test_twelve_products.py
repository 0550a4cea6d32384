"""The contract of twelve products in a database: rules fill its grid, three households sign."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import queries, rules, services, shelf, signing
from amapress_py.contracts.models import Bar, Contract
from amapress_py.contracts.operations import ChangeRules
from tests.contracts.october import EIGHT, TWELVE, october
from tests.contracts.season import Season
from tests.factories import Make


@pytest.fixture
def twelve(session: Session, make: Make, admin: Viewer) -> Season:
    """Make the contract; "Jours de livraison des produits" fills the grid."""
    prices = {item.name: 1000 if item.name.startswith("Petit") else 1800 for item in TWELVE}
    contract = make.contract(products=prices, dates=EIGHT)
    made = Season(session, contract, {}, {}, {one.date: one.id for one in contract.dates})
    wanted = {
        one.id: (item.weekday, item.weeks)
        for one, item in zip(contract.products, TWELVE, strict=True)
    }
    made.apply(admin, ChangeRules(wanted))
    return made


def sign(made: Season, make: Make, admin: Viewer, *numbers: int) -> int:
    """Sign for one of each of some products, numbered as in the contract."""
    products = made.session.get_one(Contract, made.contract.id).products
    wanted = {products[number - 1].id: 1 for number in numbers}
    terms = rules.Terms(made.contract.places[0].id, EIGHT[0], EIGHT[-1], wanted)
    household = make.person().household_id
    with db.transaction() as own:
        return signing.sign(own, admin, made.contract.id, household, terms).id


def test_twelve_products_three_households(
    session: Session, twelve: Season, make: Make, admin: Viewer
) -> None:
    x = sign(twelve, make, admin, 1)
    y = sign(twelve, make, admin, 8)
    z = sign(twelve, make, admin, 5, 11)

    assert session.scalar(select(func.count()).select_from(Bar)) == 64
    totals = queries.signed_totals(session, [x, y, z])
    assert [totals[key].cents for key in (x, y, z)] == [4000, 3600, 4000]
    book = shelf.load(session, twelve.contract)
    days: dict[int, list[int]] = {}
    for key, date_id, _item in sorted(book.quantities):
        days.setdefault(key, []).append(book.deliveries[date_id].day)
    assert sorted(days[y]) == [4, 18]
    assert sorted(days[z]) == [1, 11, 15, 25]
    small, large = ([0] * 8 for _size in range(2))
    for (_key, date_id, item_id), quantity in book.quantities.items():
        sizes = small if book.items[item_id].name.startswith("Petit") else large
        sizes[EIGHT.index(book.deliveries[date_id])] += quantity
    assert small == [2, 0, 1, 1, 2, 0, 1, 1]
    assert large == [0, 1, 0, 0, 0, 1, 0, 0]


def test_new_dates_are_crossed_by_the_rules(
    session: Session, twelve: Season, admin: Viewer
) -> None:
    with db.transaction() as own:
        services.add_dates(own, admin, twelve.contract.id, [october(29)])  # Tuesday, week 44

    book = shelf.load(session, session.get_one(Contract, twelve.contract.id))
    date_id = book.date_id(october(29))
    left = {item.name for key, item in book.items.items() if (date_id, key) not in book.bars}
    assert left == {
        "Petit Panier Mardi",
        "Grand Panier Mardi",
        "Petit Panier Mardi semaine Paire",
        "Grand Panier Mardi semaine Paire",
    }

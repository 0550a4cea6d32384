"""The contract of twelve products in a database: rules fill its grid, three households sign."""

import datetime as dt

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Person
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import queries, rules, services, shelf, signing
from amapress_py.contracts.book import crossed_by_rules
from amapress_py.contracts.models import Bar, Contract, ContractState
from amapress_py.contracts.operations import ChangeRules
from tests.back_office import submit
from tests.conftest import BrowserFactory
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


def test_next_season_is_made_from_this_one(
    session: Session, twelve: Season, make: Make, admin: Viewer, browse: BrowserFactory
) -> None:
    sign(twelve, make, admin, 1)
    session.get_one(Contract, twelve.contract.id).name = "Légumes 2019"
    session.commit()
    browser = browse(session.get_one(Person, admin.person_id))
    page = f"/admin/contrats/{twelve.contract.id}/creer-a-partir"
    fields = {
        str(one["name"]): str(one["value"])
        for one in browser.visit(page).select("main form input[name]")
    }
    assert (fields["name"], fields["first"]) == ("Légumes 2020", "2020-09-29")

    assert submit(browser, page, name="Légumes 2020", first="2020-09-28").status_code == 422
    assert submit(browser, page, name="Légumes 2019", first="2020-09-29").status_code == 422
    assert submit(browser, page, name="Légumes 2020", first="2020-09-29").status_code == 303

    made = session.scalars(select(Contract).where(Contract.name == "Légumes 2020")).one()
    book = shelf.load(session, made)
    later = [day + dt.timedelta(weeks=52) for day in EIGHT]
    assert later[0] == dt.date(2020, 9, 29)
    assert list(book.deliveries.values()) == later
    assert [item.name for item in book.items.values()] == [item.name for item in TWELVE]
    assert book.bars == set(crossed_by_rules(book.deliveries, book.items))
    assert {book.price(key, later[0]) for key in book.items} == {1000, 1800}
    assert (made.state, book.signed) == (ContractState.DRAFT, {})


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

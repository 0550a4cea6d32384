"""How many sheets a week a producer gets: one for each day on which something is delivered."""

import datetime as dt

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts.models import Contract
from amapress_py.contracts.operations import ChangeRules
from amapress_py.deliveries.models import Delivery
from amapress_py.sheets.producer_queries import loads, producer_sheet
from tests.contracts.october import EIGHT, FIRST, FOURTH, SECOND, THIRD, TWELVE
from tests.contracts.season import Season, season
from tests.factories import Make

SEPTEMBER = dt.datetime(2019, 9, 15, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def september(clock: time_machine.Traveller) -> None:
    clock.move_to(SEPTEMBER)


def sheets(session: Session) -> dict[dt.date, dict[str, int]]:
    """Return, for each sheet, how many of which product."""
    keys = session.scalars(select(Delivery.id).order_by(Delivery.date)).all()
    return {one.date: dict(one.goods) for one in loads(session, keys, None)}


def test_two_products_and_jokers_make_one_sheet_a_week(session: Session, make: Make) -> None:
    autumn = season(session, make, days=(FIRST, SECOND, THIRD, FOURTH), held=())

    assert sheets(session) == {
        FIRST: {"PP": 1, "GP": 2},
        SECOND: {"PP": 2, "GP": 2},
        THIRD: {"PP": 2, "GP": 2},
        FOURTH: {"PP": 2, "GP": 1},  # D has a joker
    }
    last = session.scalars(select(Delivery.id).where(Delivery.date == FOURTH)).one()
    sheet = producer_sheet(session, last, autumn.contract.producer_id)
    assert [len(sheet.orders), len(sheet.jokers)] == [3, 1]


def test_four_products_on_two_days_make_two_sheets_a_week(
    session: Session, make: Make, admin: Viewer
) -> None:
    four = TWELVE[:4]
    contract = make.contract(products={one.name: 1000 for one in four}, dates=EIGHT)
    made = Season(session, contract, {}, {}, {})
    rules = {
        one.id: (item.weekday, item.weeks)
        for one, item in zip(contract.products, four, strict=True)
    }
    made.apply(admin, ChangeRules(rules))
    contract = session.get_one(Contract, contract.id)
    make.subscription(make.person().household, contract, (1, 0, 1, 0))
    make.subscription(make.person().household, contract, (0, 2, 0, 1))

    assert sheets(session) == {
        day: {"Petit Panier Mardi": 1, "Grand Panier Mardi": 2}
        if day.weekday() == 1
        else {"Petit Panier Vendredi": 1, "Grand Panier Vendredi": 1}
        for day in EIGHT
    }

"""The grid of crossed-out cells: fills that save nothing, and the way without scripts."""

import datetime as dt

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py.accounts.models import Role
from amapress_py.contracts import fills, rules
from amapress_py.contracts.models import Bar
from amapress_py.contracts.rules import Grid
from tests.back_office import submit
from tests.conftest import BrowserFactory
from tests.factories import Make

TUESDAY, FRIDAY, LATER = dt.date(2019, 10, 1), dt.date(2019, 10, 4), dt.date(2019, 10, 8)
GRID = Grid({1: TUESDAY, 2: FRIDAY, 3: LATER}, [7, 8], set())  # weeks 40, 40, 41
ALL = {(date, product) for date in GRID.dates for product in GRID.products}


@pytest.mark.parametrize(
    ("act", "when", "product", "expected"),
    [
        ("barrer", "", 0, ALL),
        ("barrer", "jour-1", 0, {(1, 7), (1, 8), (3, 7), (3, 8)}),
        ("barrer", "jour-4", 8, {(2, 8)}),
        ("barrer", "even", 0, {(1, 7), (1, 8), (2, 7), (2, 8)}),
        ("barrer", "odd", 7, {(3, 7)}),
        ("ligne-2", "", 0, {(2, 7), (2, 8)}),
        ("colonne-7", "", 0, {(1, 7), (2, 7), (3, 7)}),
    ],
)
def test_a_fill_crosses_and_frees(
    act: str, when: str, product: int, expected: set[tuple[int, int]]
) -> None:
    assert fills.filled(GRID, set(), act, when, product) == expected
    back = act if "-" in act else "retablir"
    assert fills.filled(GRID, expected, back, when, product) == set()


@pytest.mark.parametrize(
    ("act", "when", "product"),
    [
        ("ligne-9", "", 0),
        ("colonne-", "", 0),
        ("rien", "", 0),
        ("barrer", "jour-9", 0),
        ("barrer", "demain", 0),
        ("barrer", "", 99),
    ],
)
def test_a_strange_fill_is_refused(act: str, when: str, product: int) -> None:
    with pytest.raises(rules.Stale):
        fills.filled(GRID, set(), act, when, product)


def test_without_scripts_a_button_fills_and_saves_nothing(
    session: Session, make: Make, browse: BrowserFactory
) -> None:
    contract = make.contract(products={"Petit": 1000, "Grand": 1800}, dates=[TUESDAY, FRIDAY])
    boss = browse(make.person(roles=[Role.ADMIN]))
    path = f"/admin/contrats/{contract.id}/dates-barrees"
    small = contract.products[0].id
    kept = f"{contract.dates[1].id}-{contract.products[1].id}"
    typed = {"version": contract.version, "produit": small, "quand": "", "cells": [kept]}

    filled = submit(boss, path, remplir="barrer", **typed)
    assert filled.status_code == 200
    page = BeautifulSoup(filled.text, "html.parser")
    ticked = [one["value"] for one in page.select("td input[checked]")]
    assert ticked == [f"{contract.dates[0].id}-{small}", f"{contract.dates[1].id}-{small}", kept]
    assert len(page.select(".remark.none:not([hidden])")) == 1
    assert "rien n’est encore enregistré" in page.text
    assert session.scalars(select(Bar)).all() == []
    assert submit(boss, path, remplir="ligne-x", **typed).status_code == 422
    saved = submit(boss, path, version=contract.version, cells=ticked)

    assert saved.status_code == 303
    assert len(session.scalars(select(Bar)).all()) == 3
    assert submit(boss, path, version=1, cells=[]).status_code == 422  # the old tab

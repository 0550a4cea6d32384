"""The list of families at any date, derived from the contracts that were live."""

import datetime as dt
from io import BytesIO

import openpyxl
import pytest
from flask import Flask
from sqlalchemy.orm import Session

from amapress_py.accounts import administration
from amapress_py.accounts.models import HouseholdStay, Role, Scope
from amapress_py.contracts.models import Contract, Subscription
from amapress_py.sheets import families
from tests.back_office import MOST_STATEMENTS, counted, viewer_of
from tests.conftest import BrowserFactory
from tests.factories import Make

pytestmark = pytest.mark.usefixtures("clock")
PAGE = "/admin/familles"


@pytest.fixture
def contract(make: Make) -> Contract:
    return make.contract("Légumes", dates=[make.thursday(-20), make.thursday(20)])


def count(session: Session, day: dt.date) -> tuple[int, int]:
    """Return how many families and how many persons there were on a day."""
    found = families.families(session, day)
    return len(found), families.persons(found)


def signed(session: Session, household_id: int) -> Subscription:
    return session.query(Subscription).filter_by(household_id=household_id).one()


def test_a_family_ends_the_day_after_its_contract_and_the_past_stays(
    session: Session, make: Make, contract: Contract
) -> None:
    """Worked case S: A, and B with two persons."""
    make.member("A", contract)
    b = make.member("B", contract)
    make.person("Ben", household=b.household)
    today, last = make.thursday(-1), make.thursday(2)
    assert count(session, today) == (2, 3)

    signed(session, b.household_id).ends_on = last
    session.commit()

    assert count(session, last) == (2, 3)
    assert count(session, last + dt.timedelta(days=1)) == (1, 1)
    assert count(session, today) == (2, 3)
    assert count(session, make.thursday(21)) == (0, 0)


def test_who_leaves_a_household_was_there_before(
    session: Session, make: Make, contract: Contract
) -> None:
    anna = make.member("Anna", contract)
    paul = make.person("Paul", household=anna.household)
    for stay in session.query(HouseholdStay):
        stay.since = make.thursday(-10)
    session.commit()
    admin = viewer_of(session, make.person(roles=[Role.ADMIN]))
    administration.leave_household(session, paul.id, admin.person_id)
    session.commit()
    today = make.thursday(-1) + dt.timedelta(days=3)

    assert count(session, today - dt.timedelta(days=1)) == (1, 2)
    assert count(session, today) == (1, 1)
    (family,) = families.families(session, make.thursday(-20))  # before anybody's file
    assert len(family.persons) == 2


def test_each_sees_the_families_of_his_contracts(
    session: Session, make: Make, contract: Contract, browse: BrowserFactory
) -> None:
    bread = make.contract("Pain", dates=[make.thursday(-1), make.thursday(5)])
    anna = make.member("Anna", contract)
    make.subscription(anna.household, bread)
    make.member("Bruno", bread)
    referent = make.person("Renée")
    make.grant(referent, Role.REFERENT, Scope.PRODUCER, contract.producer_id)
    treasurer = browse(make.person(roles=[Role.TREASURER]))

    every = treasurer.visit(PAGE).get_text()
    own = browse(referent).visit(PAGE).get_text()
    of_bread = treasurer.visit(f"{PAGE}?le=2026-11-22&contrat={bread.id}").get_text()
    not_his = browse(referent).visit(f"{PAGE}?contrat={bread.id}").get_text()

    assert "Bruno" in every
    assert bread.name in every
    for text in (own, not_his):
        assert "Anna" in text
        assert "Bruno" not in text
        assert bread.name not in text
    assert "Bruno" in of_bread
    assert contract.name not in of_bread.split("Familles")[1]
    assert "n’avait de contrat" in treasurer.visit(f"{PAGE}?le=2031-01-01").get_text()
    treasurer.visit(f"{PAGE}?le=demain&contrat=x")


def test_it_comes_as_workbook_and_pdf(
    make: Make, contract: Contract, browse: BrowserFactory
) -> None:
    anna = make.member("=Anna", contract)
    make.person("Paul", household=anna.household)
    office = browse(make.person(roles=[Role.ADMIN]))

    book = openpyxl.load_workbook(BytesIO(office.client.get(f"{PAGE}/liste.xlsx").data))
    pdf = office.client.get(f"{PAGE}/liste.pdf?le=2026-11-22&contrat={contract.id}")

    page = book.worksheets[0]
    assert str(page["A5"].value).startswith("=Anna Nom")
    assert page["A5"].data_type == "s"
    assert page["B5"].value == 2
    assert pdf.data.startswith(b"%PDF-")


def test_it_costs_the_same_however_many_families(
    app: Flask, make: Make, contract: Contract, browse: BrowserFactory
) -> None:
    office = browse(make.person(roles=[Role.ADMIN]))
    office.visit(PAGE)
    costs = []
    for more in (1, 25):
        for _one in range(more):
            make.member(contract=contract)
        with counted(app) as said:
            page = office.visit(PAGE)
        costs.append(len(said))

    assert costs[0] == costs[1] <= MOST_STATEMENTS
    assert len(page.select("tbody tr")) == 20

"""Late joiners and jokers at a date, with the numbers of autumn 2019, and their screen."""

import datetime as dt

import pytest
import time_machine
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Role, Scope
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import jokers, reports
from amapress_py.contracts.models import Bar, Contract, Joker
from amapress_py.contracts.operations import ChangeRules
from tests.back_office import MOST_STATEMENTS, counted
from tests.conftest import Browser, BrowserFactory
from tests.contracts.october import EIGHT, FOURTH, SECOND, THIRD, TWELVE, october
from tests.contracts.season import Season, season
from tests.factories import Make

SEPTEMBER = dt.datetime(2019, 9, 15, 12, tzinfo=dt.UTC)


@pytest.fixture
def autumn(session: Session, make: Make, clock: time_machine.Traveller) -> Season:
    clock.move_to(SEPTEMBER)
    return season(session, make)


def named(autumn: Season, keys: list[int]) -> str:
    names = {autumn.signed[name].id: name for name in autumn.signed}
    return "".join(sorted(names[key] for key in keys))


def late(autumn: Season, day: dt.date) -> str:
    autumn.session.rollback()
    found = reports.late_joiners(autumn.session, autumn.contract.id, autumn.dates[day])
    return named(autumn, found)


def skipping(autumn: Season, day: dt.date) -> str:
    autumn.session.rollback()
    return named(autumn, reports.jokers_at(autumn.session, autumn.dates[day]))


def test_who_arrives_is_told_at_the_first_basket_alone(autumn: Season) -> None:
    assert late(autumn, THIRD) == "C"
    assert late(autumn, FOURTH) == ""
    assert late(autumn, SECOND) == ""


def test_who_starts_between_two_deliveries_arrives_at_the_next(autumn: Season) -> None:
    autumn.signed["C"].starts_on = october(12)
    autumn.session.commit()

    assert (late(autumn, THIRD), late(autumn, FOURTH)) == ("C", "")


def test_who_arrives_and_skips_the_first_basket_arrives_all_the_same(
    autumn: Season, make: Make
) -> None:
    date = next(one for one in autumn.contract.dates if one.date == THIRD)
    make.joker(autumn.signed["C"], date)

    assert (late(autumn, THIRD), skipping(autumn, THIRD)) == ("C", "C")


def test_jokers_of_a_date(autumn: Season) -> None:
    assert skipping(autumn, FOURTH) == "D"
    assert skipping(autumn, THIRD) == ""


def test_a_crossed_date_has_no_joker_and_nobody_arrives_there(
    autumn: Season, session: Session
) -> None:
    for day in (THIRD, FOURTH):
        session.add_all(
            Bar(contract_date_id=autumn.dates[day], contract_product_id=one.id)
            for one in autumn.contract.products
        )
    session.commit()

    assert (skipping(autumn, FOURTH), late(autumn, THIRD)) == ("", "")


def test_who_has_not_arrived_yet_has_no_joker(autumn: Season, session: Session) -> None:
    session.add(Joker(subscription_id=autumn.signed["C"].id, contract_date_id=autumn.dates[SECOND]))
    session.commit()

    assert skipping(autumn, SECOND) == ""


def test_a_tuesday_member_is_in_no_report_of_a_friday(
    session: Session, make: Make, admin: Viewer, clock: time_machine.Traveller
) -> None:
    clock.move_to(SEPTEMBER)
    contract = make.contract(products={one.name: 1000 for one in TWELVE}, dates=EIGHT)
    made = Season(session, contract, {}, {}, {one.date: one.id for one in contract.dates})
    wanted = {
        one.id: (item.weekday, item.weeks)
        for one, item in zip(contract.products, TWELVE, strict=True)
    }
    made.apply(admin, ChangeRules(wanted))
    contract = session.get_one(Contract, contract.id)
    made.signed["T"] = make.subscription(make.person().household, contract, (1,))
    made.signed["L"] = make.subscription(make.person().household, contract, (0, 0, 1))
    made.signed["L"].starts_on = october(15)  # a Tuesday; the first basket is on Friday 18
    session.add_all(
        Joker(subscription_id=made.signed["T"].id, contract_date_id=made.dates[day])
        for day in (october(8), october(11))
    )
    session.commit()

    assert (skipping(made, october(8)), skipping(made, october(11))) == ("T", "")
    assert (late(made, october(15)), late(made, october(18))) == ("", "L")


# ----- The screen


@pytest.fixture
def office(autumn: Season, make: Make, browse: BrowserFactory) -> Browser:
    person = make.person("Rita")
    make.grant(person, Role.REFERENT, Scope.PRODUCER, autumn.contract.producer_id)
    return browse(person)


def test_the_screen_names_people_with_addresses_to_copy(autumn: Season, office: Browser) -> None:
    path = f"/admin/contrats/{autumn.contract.id}/rapports"

    page = office.visit(f"{path}?date={autumn.dates[FOURTH]}")
    told = page.select_one("#adresses-jokers")
    assert told is not None
    assert told.text == autumn.persons["D"].email
    assert "Personne n’arrive à cette date" in page.text

    page = office.visit(f"{path}?date={autumn.dates[THIRD]}")
    told = page.select_one("#adresses-arrivees")
    assert told is not None
    assert told.text == autumn.persons["C"].email
    assert office.visit(f"{path}?date=%00", status=404)
    with counted(office.client.application) as said:
        page = office.visit(path)  # the next delivery: the second
    assert len(said) <= MOST_STATEMENTS, said
    assert "vendredi 11 octobre 2019" in page.select("main .lead")[0].text


def test_who_has_too_many_jokers_is_told(autumn: Season, office: Browser, admin: Viewer) -> None:
    autumn.session.rollback()
    with db.transaction() as own:
        jokers.set_joker(own, admin, autumn.signed["D"].id, autumn.dates[THIRD], over=True)

    page = office.visit(f"/admin/contrats/{autumn.contract.id}/rapports")

    told = page.select_one("#regles")
    assert told is not None
    assert "2 jokers" in told.text

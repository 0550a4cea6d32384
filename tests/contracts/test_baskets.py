"""The one definition of a basket, and what lists make of it."""

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from amapress_py.contracts import queries
from amapress_py.contracts.models import Bar, Contract
from amapress_py.contracts.queries import SignedTotal
from tests.factories import Make


@pytest.fixture
def contract(make: Make) -> Contract:
    return make.contract(
        products={"1/2 Panier": 1000, "Panier": 1800},
        dates=[make.thursday(), make.thursday(1)],
        places=[make.place(), make.place()],
    )


def labels(session: Session, make: Make, contract: Contract, date: dt.date) -> list[str]:
    """Return what is fetched on a day at the contract's first place."""
    delivery = make.delivery(date, contract.places[0])
    return [line.label for line in queries.basket_lines(session, [delivery.id])]


def test_a_basket_is_the_lines_of_a_day(session: Session, make: Make, contract: Contract) -> None:
    make.subscription(make.person().household, contract, [1, 2])

    assert labels(session, make, contract, make.thursday()) == [
        "1/2 Panier",
        "2\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}Panier",
    ]


def test_a_barred_cell_is_not_delivered(session: Session, make: Make, contract: Contract) -> None:
    make.subscription(make.person().household, contract, [1, 1])
    session.add(
        Bar(contract_date_id=contract.dates[0].id, contract_product_id=contract.products[0].id)
    )
    session.commit()

    assert labels(session, make, contract, make.thursday()) == ["Panier"]
    assert labels(session, make, contract, make.thursday(1)) == ["1/2 Panier", "Panier"]


def test_a_joker_takes_the_whole_contract_away_that_day(
    session: Session, make: Make, contract: Contract
) -> None:
    signed = make.subscription(make.person().household, contract, [1, 1])
    make.joker(signed, contract.dates[0])

    assert labels(session, make, contract, make.thursday()) == []
    assert labels(session, make, contract, make.thursday(1)) == ["1/2 Panier", "Panier"]
    assert queries.signed_totals(session, [signed.id]) == {signed.id: SignedTotal(1, 2800)}


def test_nothing_comes_before_the_start_or_after_the_end(
    session: Session, make: Make, contract: Contract
) -> None:
    signed = make.subscription(make.person().household, contract)
    signed.starts_on = make.thursday() + dt.timedelta(days=1)
    session.commit()
    assert labels(session, make, contract, make.thursday()) == []
    assert labels(session, make, contract, make.thursday(1)) == ["1/2 Panier"]

    signed.starts_on = signed.ends_on = make.thursday()
    session.commit()
    assert labels(session, make, contract, make.thursday()) == ["1/2 Panier"]
    assert labels(session, make, contract, make.thursday(1)) == []


def test_two_places_on_one_day_are_two_baskets(
    session: Session, make: Make, contract: Contract
) -> None:
    first, second = contract.places
    bread = make.contract("Pain", products={"Boule": 400}, places=[second])
    household = make.person().household
    make.subscription(household, contract, place=first)
    make.subscription(household, bread, place=second)
    here, there = (make.delivery(make.thursday(), place).id for place in (first, second))

    lines = queries.basket_lines(session, [here, there])

    assert {line.delivery_id: line.product_label for line in lines} == {
        here: "1/2 Panier",
        there: "Boule",
    }
    assert queries.basket_counts(session, [here, there]) == {here: 1, there: 1}


def test_two_contracts_at_one_place_are_one_basket(
    session: Session, make: Make, contract: Contract
) -> None:
    bread = make.contract("Pain", products={"Boule": 400}, places=contract.places)
    anna = make.person("Anna")
    make.subscription(anna.household, contract)
    make.subscription(anna.household, bread)
    delivery = make.delivery(make.thursday(), contract.places[0])

    summary, *others = queries.basket_summaries(session, delivery.id)

    assert not others
    assert summary.names == anna.name
    assert [one.split("\N{NO-BREAK SPACE}: ")[0] for one in summary.contents] == ["Légumes", "Pain"]


def test_baskets_are_sorted_without_accents(
    session: Session, make: Make, contract: Contract
) -> None:
    for last_name in ("Zola", "Étienne", "eluard", "Durand"):
        person = make.person()
        person.last_name = last_name
        session.commit()
        make.subscription(person.household, contract)
    delivery = make.delivery(make.thursday(), contract.places[0])

    names = [one.names.split()[-1] for one in queries.basket_summaries(session, delivery.id)]

    assert names == ["Durand", "eluard", "Étienne", "Zola"]


def test_a_shared_basket_names_all_who_share_it(
    session: Session, make: Make, contract: Contract
) -> None:
    anna = make.person("Anna")
    paul = make.person("Paul", household=anna.household)
    gone = make.person("Parti", household=anna.household)
    gone.is_active = False
    session.commit()

    persons = queries.fetchers(session, [anna.household_id])[anna.household_id]

    assert [one.name for one in persons] == [anna.name, paul.name]
    assert persons[0].phones == (anna.phone,)

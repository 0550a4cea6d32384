"""The page of one distribution, for each of those who may read it."""

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session

from amapress_py import clock as clocks
from amapress_py import db
from amapress_py.accounts.models import Person, Role, Scope
from amapress_py.cms import seed
from amapress_py.contracts.models import Bar, Contract, ContractState, Subscription, Swap
from amapress_py.duty import roster
from amapress_py.duty import services as duty
from amapress_py.duty.models import DutySeat
from amapress_py.exchange import services as exchange
from amapress_py.exchange.steps import Actor
from amapress_py.passes import services as passes
from tests.back_office import MOST_STATEMENTS, counted
from tests.conftest import BrowserFactory
from tests.factories import Make


@pytest.fixture(autouse=True)
def _pages(session: Session, clock: object) -> None:
    with db.transaction() as current:
        seed.seed(current)
    session.autoflush = True


@pytest.fixture
def contract(make: Make) -> Contract:
    return make.contract(
        "Légumes",
        products={"Panier": 1000, "Œufs": 300},
        dates=[make.thursday(week) for week in range(3)],
        places=[make.place("Salle des Tilleuls")],
    )


@pytest.fixture
def anna(make: Make, contract: Contract) -> Person:
    person = make.person("Anna")
    make.subscription(person.household, contract, (2, 1))
    return person


def words(page: BeautifulSoup, part: str = "main") -> str:
    found = page.select_one(part)
    assert found is not None
    return " ".join(found.text.split())


def address(make: Make, person: Person) -> str:
    return f"/distributions/{make.coming_delivery(person).id}"


def seated(make: Make, session: Session, person: Person) -> None:
    """Give somebody the first of two seats at every distribution."""
    season = roster.PeriodValues(
        "Hiver", clocks.today(), make.thursday(9), "Aide\nAide", 2, 0, True
    )
    treasurer = make.person("Thérèse", roles=[Role.TREASURER])
    period = roster.save_period(session, treasurer.id, None, season)
    roster.fill(session, treasurer.id, period)
    session.commit()
    seat = session.query(DutySeat).order_by(DutySeat.id).first()
    assert seat is not None
    duty.take(session, person.id, seat.id)
    session.commit()


def test_ones_own_basket_comes_first_then_what_all_may_know(
    browse: BrowserFactory, make: Make, anna: Person, contract: Contract
) -> None:
    bruno = make.person("Bruno")
    make.subscription(bruno.household, contract, (1, 0))

    page = browse(anna).visit(address(make, anna))

    assert [title.text for title in page.select("main h2")] == [
        "Mon panier", "De permanence", "Où\xa0?", "Ce qui est distribué",
    ]  # fmt: skip
    assert words(page, "h1") == "Jeudi 26 novembre 2026"
    assert "de 18 h 30 à 20 h, Salle des Tilleuls" in words(page, ".lead")
    basket = words(page, "#mon-panier")
    assert [line.text for line in page.select("#mon-panier li")] == [
        "Légumes\xa0: 2\xa0×\xa0Panier", "Légumes\xa0: Œufs",
    ]  # fmt: skip
    assert "Prix de ce panier : 23,00 €" in basket
    totals = [[cell.text for cell in row.select("td")] for row in page.select(".quantities tr")]
    assert totals[1:] == [["Légumes\xa0: Panier", "3"], ["Légumes\xa0: Œufs", "1"]]
    assert "Bruno" not in page.text
    assert "1 rue du Marché" in words(page, "#lieu")


def test_previous_and_next_are_those_of_the_same_place(
    browse: BrowserFactory, make: Make, anna: Person
) -> None:
    make.contract("Pain", dates=[make.thursday(), make.thursday(1)])
    browser = browse(anna)
    first = browser.visit(address(make, anna))
    assert first.select_one("[rel=prev]") is None

    link = first.select_one("[rel=next]")
    assert link is not None
    second = browser.visit(str(link["href"]))
    back = second.select_one("[rel=prev]")

    assert words(second, "h1") == "Jeudi 3 décembre 2026"
    assert "Salle des Tilleuls" in words(second, ".lead")
    assert back is not None
    assert back["href"] == address(make, anna)


def test_jokers_moved_baskets_and_friends_are_told(
    browse: BrowserFactory, make: Make, anna: Person, contract: Contract, session: Session
) -> None:
    signed = session.query(Subscription).one()
    bread = make.contract("Pain", dates=[make.thursday(), make.thursday(1)], places=contract.places)
    make.subscription(anna.household, bread)
    make.joker(signed, contract.dates[0])
    moved = session.query(Subscription).filter_by(contract_id=bread.id).one()
    session.add(
        Swap(
            subscription_id=moved.id,
            from_date_id=bread.dates[1].id,
            to_date_id=bread.dates[0].id,
            lines=[],
        )
    )
    session.commit()
    delivery = make.coming_delivery(anna)
    with db.transaction() as current:
        passes.make_pass(
            current, anna.id, anna.household_id, delivery.id, name="Zoé", phone="0600000000"
        )

    basket = words(browse(anna).visit(f"/distributions/{delivery.id}"), "#mon-panier")

    assert "Joker : Légumes. Ce panier n’est pas livré." in basket
    assert "2 × Panier" not in basket
    assert "Décalé : Pain, le panier de jeudi 3 décembre 2026." in basket
    assert "Zoé vient à votre place." in basket
    page = browse(anna).visit(f"/distributions/{delivery.id + 1}")
    assert "Décalé : Pain, à prendre jeudi 26 novembre 2026." in words(page, "#mon-panier")


def test_a_ceded_basket_is_told_to_both_sides_and_to_nobody_else(
    browse: BrowserFactory, make: Make, anna: Person, contract: Contract
) -> None:
    offer = make.offer(anna)
    bruno, carole = make.intermittent("Bruno"), make.member("Carole", contract)
    path = address(make, anna)
    assert "pas encore réservé" in words(browse(anna).visit(path), "#mon-panier")
    request = make.request(offer, bruno)
    with db.transaction() as current:
        exchange.accept_request(current, Actor.of(anna), request.id)

    given = browse(anna).visit(path)
    taken = browse(bruno).visit(path)

    assert f"Cédé à {bruno.short_name}" in words(given, "#mon-panier")
    assert "Rien à prendre pour vous" in words(given, "#mon-panier")
    assert bruno.phone not in given.text
    assert f"Panier de {anna.short_name}, que vous prenez" in words(taken, "#mon-panier")
    assert f"À payer à {anna.short_name} : 23,00 €." in words(taken, "#mon-panier")
    assert anna.phone not in taken.text
    other = browse(carole).visit(path).text
    assert "Anna" not in other
    assert "Bruno" not in other


def test_telephones_of_duty_are_for_those_who_are_there_that_day_and_for_roles(
    browse: BrowserFactory, make: Make, anna: Person, contract: Contract, session: Session
) -> None:
    seated(make, session, anna)
    path = address(make, anna)
    manager = make.person("Irène", roles=[Role.INTERMITTENT_MANAGER])

    stranger = words(browse(make.member("Carole", contract)).visit(path), "#permanence")
    own = words(browse(anna).visit(path), "#permanence")
    office = words(browse(manager).visit(path), "#permanence")

    assert f"Aide : {anna.short_name} Aide : place libre" in stranger
    assert anna.phone not in stranger
    assert anna.last_name not in stranger
    assert f"{anna.name}, {anna.phone} (vous)" in own
    assert anna.phone in office


def test_roles_get_links_to_their_sheets(
    browse: BrowserFactory, make: Make, anna: Person, contract: Contract
) -> None:
    referent, producer = make.person("Rémi"), make.person("Paule")
    make.grant(referent, Role.REFERENT, Scope.PRODUCER, contract.producer_id)
    make.grant(producer, Role.PRODUCER, Scope.PRODUCER, contract.producer_id)
    path = address(make, anna)

    def tools(person: Person) -> list[str]:
        return [link.text for link in browse(person).visit(path).select(".page-tools a")]

    assert tools(anna) == []
    assert tools(referent) == ["Feuille d’émargement", "Feuilles des producteurs"]
    assert tools(producer) == ["Feuilles des producteurs"]
    for person in (referent, producer):
        for link in browse(person).visit(path).select(".page-tools a"):
            browse(person).visit(str(link["href"]))


def test_a_day_on_which_all_is_crossed_out_does_not_take_place(
    browse: BrowserFactory, make: Make, anna: Person, contract: Contract, session: Session
) -> None:
    session.add_all(
        Bar(contract_date_id=contract.dates[1].id, contract_product_id=one.id)
        for one in contract.products
    )
    session.commit()
    first = browse(anna).visit(address(make, anna))
    link = first.select_one("[rel=next]")

    page = browse(anna).visit(f"/distributions/{make.coming_delivery(anna).id + 1}")

    assert "Cette distribution n’a pas lieu" in page.text
    assert link is not None
    assert words(browse(anna).visit(str(link["href"])), "h1") == "Jeudi 10 décembre 2026"


def test_what_a_draft_promises_is_shown_to_the_collectif_alone(
    browse: BrowserFactory, make: Make, session: Session
) -> None:
    contract = make.contract()
    contract.state = ContractState.DRAFT
    session.commit()
    delivery = make.delivery(make.thursday(), contract.places[0])

    browse(make.person()).visit(f"/distributions/{delivery.id}", status=404)
    browse(make.person()).visit("/distributions/999999", status=404)
    browse(make.person(roles=[Role.ADMIN])).visit(f"/distributions/{delivery.id}")


def test_few_statements_however_many_baskets(
    app: Flask, browse: BrowserFactory, make: Make, anna: Person, contract: Contract,
    session: Session,
) -> None:  # fmt: skip
    browser, path = browse(anna), address(make, anna)
    counts = []
    for more in (1, 12):
        for _ in range(more):
            make.member(contract=contract)
        browser.visit(path)
        with counted(app) as said:
            browser.visit(path)
        counts.append(len(said))

    assert counts[0] == counts[1] <= MOST_STATEMENTS

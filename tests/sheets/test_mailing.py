"""Mailing lists: whose addresses, for whom, and links that mail programs take."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from amapress_py.accounts.models import PersonAddress, Role, Scope
from amapress_py.exchange import services as exchange
from amapress_py.exchange.steps import Actor
from amapress_py.mail.outbox import Recipient
from amapress_py.sheets import mailing
from amapress_py.sheets.mailing import LONGEST, MailingList
from tests.back_office import MOST_STATEMENTS, counted, viewer_of
from tests.conftest import BrowserFactory
from tests.factories import Make

pytestmark = pytest.mark.usefixtures("clock")
PAGE = "/admin/adresses"


def first_names(session: Session, group: str) -> list[str]:
    return sorted({one.name.split()[0] for one in mailing.addresses(session, group).addresses})


def test_each_group_holds_who_belongs_to_it(session: Session, make: Make) -> None:
    vegetables, bread = make.contract("Légumes"), make.contract("Pain")
    anna, bruno = make.member("Anna", vegetables), make.member("Bruno", bread)
    session.add(PersonAddress(person_id=anna.id, email="anna.bis@test.example"))
    make.member("Denis", bread, email=None)
    ines = make.intermittent("Ines")
    make.person("Théo", email="theo@test.example", roles=[Role.TREASURER])
    offer = make.offer(bruno)
    exchange.accept_request(session, Actor.of(bruno), make.request(offer, ines).id)
    session.commit()
    delivery = make.coming_delivery(bruno).id

    assert first_names(session, "membres") == ["Anna", "Bruno"]
    assert first_names(session, "intermittents") == ["Ines"]
    assert first_names(session, f"contrat:{vegetables.id}") == ["Anna"]
    assert first_names(session, f"lieu:{bread.places[0].id}") == ["Bruno"]
    assert first_names(session, f"distribution:{delivery}") == ["Bruno", "Ines"]
    assert first_names(session, "role:treasurer") == ["Théo"]
    assert first_names(session, f"permanence:{delivery}") == []
    found = mailing.addresses(session, "membres")
    assert found.persons == 3
    assert "anna.bis@test.example" in found.text
    assert [name.split()[0] for name, _phone in found.without] == ["Denis"]


def test_each_is_offered_his_groups_alone(
    session: Session, make: Make, browse: BrowserFactory
) -> None:
    vegetables, bread = make.contract("Légumes"), make.contract("Pain")
    make.member("Anna", vegetables)
    make.member("Bruno", bread)
    people = {
        "referent": make.person(),
        "coordinator": make.person(),
        "manager": make.person(roles=[Role.INTERMITTENT_MANAGER]),
        "treasurer": make.person(roles=[Role.TREASURER]),
    }
    make.grant(people["referent"], Role.REFERENT, Scope.PRODUCER, vegetables.producer_id)
    make.grant(people["coordinator"], Role.COORDINATOR, Scope.CONTRACT, bread.id)

    offered = {
        name: {
            value
            for of in mailing.choices(session, viewer_of(session, person)).values()
            for value, _label in of
        }
        for name, person in people.items()
    }

    assert offered["referent"] == {f"contrat:{vegetables.id}"}
    assert offered["coordinator"] == {f"contrat:{bread.id}"}
    assert {"membres", "intermittents"} <= offered["manager"]
    assert "role:admin" not in offered["manager"]
    assert {"membres", "role:admin", f"contrat:{bread.id}"} <= offered["treasurer"]
    assert "intermittents" not in offered["treasurer"]
    browser = browse(people["referent"])
    browser.visit(f"{PAGE}?groupe=membres", status=403)
    browser.visit(f"{PAGE}?groupe=contrat:{bread.id}", status=403)
    shown = browser.visit(f"{PAGE}?groupe=contrat:{vegetables.id}")
    assert "anna" in shown.select_one("#adresses").text  # type: ignore[union-attr]
    assert "bruno" not in shown.get_text().lower()


def test_links_are_short_enough_and_safe() -> None:
    many = [Recipient(f"adherent{one}+liste&co@exemple.fr", "A") for one in range(200)]

    links = MailingList(200, many).mailtos

    assert sum(count for count, _url in links) == 200
    assert all(len(url) <= LONGEST + 20 for _count, url in links)
    assert all("&" not in url and "+" not in url for _count, url in links)
    assert MailingList().mailtos == []


def test_it_costs_the_same_however_many_people(
    app: Flask, make: Make, browse: BrowserFactory
) -> None:
    contract = make.contract()
    office = browse(make.person(roles=[Role.ADMIN]))
    address = f"{PAGE}?groupe=contrat:{contract.id}"
    office.visit(address)
    costs = []
    for more in (1, 5):
        for _one in range(more):
            make.member(contract=contract)
        with counted(app) as said:
            office.visit(address)
        costs.append(len(said))

    assert costs[0] == costs[1] <= MOST_STATEMENTS

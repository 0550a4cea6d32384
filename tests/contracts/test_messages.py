"""« Écrire aux adhérents du contrat »: who may, who reads it, once; it stays on the page."""

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from amapress_py.accounts.models import Person, PersonAddress, Role, Scope
from amapress_py.contracts import messages
from amapress_py.contracts.models import Contract, ContractMessage, Subscription
from amapress_py.mail.models import OutboxMail
from tests.back_office import MOST_STATEMENTS, counted, submit
from tests.conftest import BrowserFactory
from tests.factories import Make

pytestmark = pytest.mark.usefixtures("clock")
WORDS = {"objet": "Pas de tomates", "texte": "La grêle.\n\nMerci de votre patience."}


@pytest.fixture
def contract(make: Make) -> Contract:
    return make.contract("Légumes")


@pytest.fixture
def coordinator(make: Make, contract: Contract) -> Person:
    person = make.person("Colette")
    make.grant(person, Role.COORDINATOR, Scope.CONTRACT, contract.id)
    return person


def page(contract: Contract) -> str:
    return f"/admin/messages/{contract.id}"


def written(session: Session) -> list[OutboxMail]:
    session.rollback()
    return list(session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def test_it_goes_to_every_household_of_the_contract_once(
    session: Session, make: Make, contract: Contract, coordinator: Person, browse: BrowserFactory
) -> None:
    anna = make.member("Anna", contract)
    make.person("Paul", household=anna.household, email="paul@test.example")
    session.add(PersonAddress(person_id=anna.id, email="anna.bis@test.example"))
    session.commit()
    make.member("Denis", contract, email=None)
    make.member("Bruno", make.contract("Pain"))
    office = browse(coordinator)

    shown = submit(office, page(contract), **WORDS, action="apercu")
    assert shown.status_code == 200
    assert "Envoyer à 1 foyer" in shown.text
    assert "La grêle." in shown.text
    assert "Denis" in shown.text  # by telephone
    assert not written(session)
    sent = submit(office, page(contract), **WORDS, action="envoyer")
    again = submit(office, page(contract), **WORDS, action="envoyer")

    assert (sent.status_code, again.status_code) == (303, 409)
    assert "vient d’être envoyé" in again.text
    mails = written(session)
    assert sorted(one.to_address for one in mails) == sorted(
        [str(anna.email), "anna.bis@test.example", "paul@test.example"]
    )
    assert mails[0].reply_to == coordinator.email
    assert mails[0].subject == f"{contract.name} : Pas de tomates"
    assert "La grêle." in mails[0].text
    (kept,) = messages.of_contract(session, contract.id)
    assert (kept.subject, kept.readers, kept.sent_by) == ("Pas de tomates", 1, coordinator.name)
    assert "Pas de tomates" in office.visit(page(contract)).get_text()


def test_who_left_is_not_written_to(session: Session, make: Make, contract: Contract) -> None:
    stays, left = make.member("Anna", contract), make.member("Bruno", contract)

    def end(person: Person) -> None:
        session.execute(
            update(Subscription)
            .where(Subscription.household_id == person.household_id)
            .values(starts_on=dt.date(2025, 1, 1), ends_on=dt.date(2025, 2, 1))
        )

    end(left)
    assert [one.address for one in messages.readers(session, contract.id).addresses] == [
        stays.email
    ]
    end(stays)  # it is over for all
    assert messages.readers(session, contract.id).households == 2


def test_wrong_words_and_other_peoples_contracts_are_refused(
    session: Session, make: Make, contract: Contract, coordinator: Person, browse: BrowserFactory
) -> None:
    make.member("Anna", contract)
    other = make.contract("Pain")
    referent = make.person("Renée")
    make.grant(referent, Role.REFERENT, Scope.PRODUCER, contract.producer_id)

    empty = submit(browse(coordinator), page(contract), objet="Sans texte", action="envoyer")
    assert empty.status_code == 422
    assert "Sans texte" in empty.text
    for person, which, status in (
        (coordinator, other, 403),
        (referent, other, 403),
        (make.member("Bruno", contract), contract, 403),
        (make.person(roles=[Role.TREASURER]), contract, 403),
        (referent, contract, 303),
        (make.person(roles=[Role.ADMIN]), other, 409),  # nobody signed it
    ):
        words = {**WORDS, "objet": f"De {person.first_name}"}
        answer = submit(browse(person), page(which), **words, action="envoyer")
        assert answer.status_code == status, person.first_name
    assert session.scalars(select(ContractMessage.subject)).all() == ["De Renée"]
    listed = browse(coordinator).visit("/admin/messages").get_text()
    assert contract.name in listed
    assert other.name not in listed


def test_the_page_costs_the_same_however_many_read_it(
    app: Flask, make: Make, contract: Contract, coordinator: Person, browse: BrowserFactory
) -> None:
    office = browse(coordinator)
    office.visit(page(contract))  # settings and pages are read once
    costs = []
    for more in (1, 4):
        for _one in range(more):
            make.member(contract=contract)
        with counted(app) as said:
            office.visit(page(contract))
        costs.append(len(said))

    assert costs[0] == costs[1] <= MOST_STATEMENTS

"""The producer's sheet leaves by mail, once, some days before each delivery."""

import datetime as dt
import re
from email import message_from_bytes

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import settings
from amapress_py.accounts.models import Person, PersonAddress, Role, Scope
from amapress_py.clock import at
from amapress_py.contracts.models import Contract
from amapress_py.mail import messages
from amapress_py.mail.models import OutboxMail
from amapress_py.sheets import jobs, letters
from amapress_py.sheets.models import UnmailedProducer
from tests.conftest import BrowserFactory
from tests.factories import Make
from tests.sheets.days import a_day_later, two_days_before

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def contract(make: Make) -> Contract:
    contract = make.contract(products={"Petit panier": 1000})
    make.member("Anna", contract)
    return contract


@pytest.fixture
def farmer(make: Make, contract: Contract) -> Person:
    person = make.person("Pierre")
    make.grant(person, Role.PRODUCER, Scope.PRODUCER, contract.producer_id)
    return person


def work(app: Flask, session: Session) -> list[OutboxMail]:
    """Let the worker do its minute, and return every mail there is."""
    session.rollback()
    jobs.mail_producers(app)
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def test_it_leaves_once_two_days_before(
    app: Flask,
    session: Session,
    contract: Contract,
    farmer: Person,
    clock: time_machine.Traveller,
    browse: BrowserFactory,
) -> None:
    session.add(PersonAddress(person_id=farmer.id, email="ferme@test.example"))
    session.commit()
    early = two_days_before(contract) - dt.timedelta(minutes=1)
    late = two_days_before(contract)

    clock.move_to(early)
    assert work(app, session) == []
    clock.move_to(late)
    work(app, session)
    mails = work(app, session)

    assert [one.to_address for one in mails] == [farmer.email, "ferme@test.example"]
    assert "1\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}Petit panier" in mails[0].text
    link = re.search(r"http://localhost(/livraison/\S+)", mails[0].text)
    assert link is not None
    assert "Anna" in browse(None).visit(link[1]).get_text()


def test_the_sheet_is_attached(
    app: Flask,
    session: Session,
    contract: Contract,
    farmer: Person,
    clock: time_machine.Traveller,
) -> None:
    clock.move_to(two_days_before(contract))
    (mail,) = work(app, session)

    message = message_from_bytes(messages.mime(mail).as_bytes(policy=messages.WIRE))

    (part,) = [one for one in message.walk() if one.get_content_type() == "application/pdf"]
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert content.startswith(b"%PDF-")
    assert re.fullmatch(r"livraison-[a-z0-9-]+\.pdf", part.get_filename() or "")
    assert message.get_content_type() == "multipart/mixed"


def test_it_leaves_again_when_the_date_moved(
    app: Flask,
    session: Session,
    contract: Contract,
    farmer: Person,
    clock: time_machine.Traveller,
) -> None:
    clock.move_to(two_days_before(contract))
    assert len(work(app, session)) == 1
    a_day_later(session, contract)
    assert len(work(app, session)) == 1

    clock.shift(dt.timedelta(days=1))
    assert len(work(app, session)) == 2


def test_nothing_leaves_without_reader_basket_or_wish(
    app: Flask,
    session: Session,
    make: Make,
    contract: Contract,
    clock: time_machine.Traveller,
) -> None:
    clock.move_to(two_days_before(contract))
    assert work(app, session) == []  # nobody is the producer

    person = make.person("Pierre")
    make.grant(person, Role.PRODUCER, Scope.PRODUCER, contract.producer_id)
    person.email, address = None, person.email
    session.commit()
    assert letters.due(session) == []  # nor is the sheet made each minute for nobody

    person.email = address
    session.add(UnmailedProducer(producer_id=contract.producer_id))
    session.commit()
    assert work(app, session) == []

    session.delete(session.get_one(UnmailedProducer, contract.producer_id))
    settings.save(session, {"producer_mail_days": 0})
    session.commit()
    assert work(app, session) == []

    settings.save(session, {"producer_mail_days": 1})
    session.commit()
    assert work(app, session) == []

    settings.save(session, {"producer_mail_days": 2})
    clock.move_to(at(contract.dates[0].date, dt.time(21)))
    assert work(app, session) == []  # it is over


def test_the_referent_stops_it_for_one_producer(
    session: Session, make: Make, contract: Contract, browse: BrowserFactory
) -> None:
    delivery = make.delivery(contract.dates[0].date, contract.places[0])
    person = make.person("Renée")
    make.grant(person, Role.REFERENT, Scope.PRODUCER, contract.producer_id)
    page = f"/admin/distributions/{delivery.id}/producteurs"
    address = f"{page}/{contract.producer_id}/courriel"
    referent = browse(person)

    assert "2 jours avant" in referent.visit(page).get_text()
    stopped = referent.post(address, page=page)
    assert "ne partent pas par courriel" in stopped.get_text()
    again = referent.post(address, {"envoyer": "1"}, page=page)
    assert "2 jours avant" in again.get_text()
    session.rollback()
    assert session.scalars(select(UnmailedProducer)).all() == []

"""Events: who creates, announces, holds and cancels them; whom that tells."""

import datetime as dt
from email import message_from_bytes
from email.message import Message

import pytest
import time_machine
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock as clocks
from amapress_py.accounts.models import Person, PersonAddress, Role, Scope
from amapress_py.contracts.models import Contract, ContractState
from amapress_py.events.models import Event, EventKind
from amapress_py.mail import messages
from amapress_py.mail.models import OutboxMail
from tests.back_office import MOST_STATEMENTS, counted, submit
from tests.conftest import BrowserFactory
from tests.factories import Make

pytestmark = pytest.mark.usefixtures("clock")
ADMIN = "/admin/evenements"
NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture
def contract(make: Make) -> Contract:
    return make.contract("Légumes", products={"Petit panier": 1000})


@pytest.fixture
def referent(make: Make, contract: Contract) -> Person:
    person = make.person("Renée")
    make.grant(person, Role.REFERENT, Scope.PRODUCER, contract.producer_id)
    return person


def typed(kind: EventKind, day: dt.date, **other: object) -> dict[str, object]:
    usual = {
        "version": "0",
        "genre": kind.value,
        "contrat": "0",
        "titre": "",
        "date": day.isoformat(),
        "debut": "18:00",
        "fin": "20:00",
        "lieu": "Salle des Tilleuls",
        "note": "",
    }
    return {**usual, **other}


def event(session: Session) -> Event:
    session.rollback()
    session.expire_all()
    return session.scalars(select(Event).order_by(Event.id.desc())).first()  # type: ignore[return-value]


def mails(session: Session) -> list[OutboxMail]:
    session.rollback()
    return list(session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def appointment(mail: OutboxMail) -> Calendar:
    message: Message = message_from_bytes(messages.mime(mail).as_bytes(policy=messages.WIRE))
    (part,) = [one for one in message.walk() if one.get_content_type() == "text/calendar"]
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return Calendar.from_ical(content)


def test_a_referent_creates_announces_and_holds_a_signing_session(
    session: Session, make: Make, contract: Contract, referent: Person, browse: BrowserFactory
) -> None:
    last_year = make.contract("Légumes", producer=contract.producer)
    before = make.member("Bernard", last_year)
    for one in last_year.dates:
        one.date -= dt.timedelta(days=365)
    session.commit()
    member = make.member("Anna", make.contract("Pain"))
    session.add(PersonAddress(person_id=member.id, email="anna.bis@test.example"))
    session.commit()
    signed = make.member("Claire", contract)
    make.member("Denis", contract, email=None)
    make.person("Étranger")
    office = browse(referent)

    values = typed(EventKind.SIGNING, make.thursday(), contrat=contract.id)
    assert submit(office, f"{ADMIN}/nouveau", **values).status_code == 303
    made = event(session)
    assert made.title == f"Permanence de signature{NBSP}: {contract.name}"
    page = office.visit(f"{ADMIN}/{made.id}/annoncer")
    assert "4 adresses mail" in page.get_text()
    assert not mails(session)
    for _again in range(2):
        submit(office, f"{ADMIN}/{made.id}/annoncer", version=made.version)

    written = mails(session)
    assert sorted(one.to_address for one in written) == sorted(
        filter(None, [before.email, member.email, signed.email, "anna.bis@test.example"])
    )
    assert "chéquier" in written[0].text
    (appointed,) = appointment(written[0]).walk("VEVENT")
    assert appointed["SUMMARY"] == made.title
    assert appointed.decoded("DTSTART") == clocks.at(make.thursday(), dt.time(18))
    waiting = office.visit(f"{ADMIN}/{made.id}/tenir").get_text()
    assert "Bernard" in waiting
    assert "Anna" in waiting
    assert "Claire" not in waiting
    assert "Claire" in office.visit(f"{ADMIN}/{made.id}/tenir?voir=signes").get_text()


def test_a_moved_or_cancelled_event_tells_those_who_were_told(
    session: Session, make: Make, browse: BrowserFactory
) -> None:
    office = browse(make.person(roles=[Role.ADMIN]))
    member = make.member("Anna")
    values = typed(EventKind.PARTY, make.thursday(), titre="Fête", public="y")
    submit(office, f"{ADMIN}/nouveau", **values)
    made = event(session)
    submit(office, f"{ADMIN}/{made.id}/annoncer", version=made.version)
    make.member("Bruno")  # comes too late to have been told
    made = event(session)

    stale = submit(office, f"{ADMIN}/{made.id}/modifier", **values)
    note = {**values, "version": made.version, "note": "Un plat à partager"}
    submit(office, f"{ADMIN}/{made.id}/modifier", **note)
    assert len(mails(session)) == 1
    later = {**note, "version": event(session).version, "debut": "19:00"}
    submit(office, f"{ADMIN}/{made.id}/modifier", **later)
    for _again in range(2):
        submit(office, f"{ADMIN}/{made.id}/annuler", version=event(session).version)

    assert stale.status_code == 422
    assert "quelqu’un a fait une modification" in stale.text
    _first, moved, gone = mails(session)
    assert {moved.to_address, gone.to_address} == {member.email}
    assert "de 19\u00a0h à 20\u00a0h" in moved.text
    assert gone.subject.startswith("Annulé")
    assert appointment(gone)["METHOD"] == "CANCEL"
    (was,), (then,) = appointment(moved).walk("VEVENT"), appointment(gone).walk("VEVENT")
    assert was["UID"] == then["UID"]
    assert int(str(was["SEQUENCE"])) < int(str(then["SEQUENCE"]))
    visitor = browse(None)
    assert "annulé" in visitor.visit(f"/evenement/{made.id}").get_text()


def test_what_cannot_be_announced_says_why(
    session: Session,
    make: Make,
    contract: Contract,
    referent: Person,
    browse: BrowserFactory,
    clock: time_machine.Traveller,
) -> None:
    make.member("Anna", contract)
    session.get_one(Contract, contract.id).state = ContractState.DRAFT
    session.commit()
    office = browse(referent)
    values = typed(EventKind.SIGNING, make.thursday(), contrat=contract.id)
    submit(office, f"{ADMIN}/nouveau", **values)
    made = event(session)
    address = f"{ADMIN}/{made.id}/annoncer"

    assert "n’est pas actif" in office.visit(address).get_text()
    assert "n’est pas actif" in office.post(address, {"version": made.version}).get_text()
    session.get_one(Contract, contract.id).state = ContractState.OPEN
    session.commit()
    clock.move_to(clocks.at(make.thursday(), dt.time(20)))
    office = browse(referent)
    assert "est passé" in office.post(address, {"version": made.version}).get_text()
    assert not mails(session)


def test_each_creates_what_is_his(
    session: Session, make: Make, contract: Contract, referent: Person, browse: BrowserFactory
) -> None:
    other = make.contract("Pain")
    coordinator, treasurer = make.person("Colette"), make.person(roles=[Role.TREASURER])
    make.grant(coordinator, Role.COORDINATOR, Scope.CONTRACT, other.id)
    day = make.thursday()
    signing, fees = EventKind.SIGNING, EventKind.FEES

    for person, kind, key, status in (
        (referent, signing, contract.id, 303),
        (referent, signing, other.id, 422),  # no choice of his
        (referent, fees, 0, 422),
        (coordinator, signing, other.id, 303),
        (coordinator, signing, contract.id, 422),
        (treasurer, fees, 0, 303),
        (treasurer, signing, contract.id, 422),
        (make.person(roles=[Role.ADMIN]), signing, 0, 422),
        (make.person(roles=[Role.ADMIN]), EventKind.VISIT, 0, 303),
    ):
        answer = submit(browse(person), f"{ADMIN}/nouveau", **typed(kind, day, contrat=key))
        assert answer.status_code == status, (person.first_name, kind)
    collection = session.scalars(select(Event).where(Event.kind == fees)).one()
    for act in ("annoncer", "annuler"):
        address = f"{ADMIN}/{collection.id}/{act}"
        assert submit(browse(referent), address, version=1).status_code == 403


def test_what_was_typed_wrong_is_kept(session: Session, make: Make, browse: BrowserFactory) -> None:
    office = browse(make.person(roles=[Role.ADMIN]))
    yesterday = clocks.today() - dt.timedelta(days=1)

    past = submit(office, f"{ADMIN}/nouveau", **typed(EventKind.VISIT, yesterday))
    hours = typed(EventKind.VISIT, make.thursday(), debut="21:00", titre="Chez Luc")
    backwards = submit(office, f"{ADMIN}/nouveau", **hours)

    assert "Ce jour est passé." in past.text
    assert "L’heure de fin doit être après" in backwards.text
    assert "Chez Luc" in backwards.text
    assert session.scalar(select(Event.id)) is None


def test_connected_persons_open_it_and_visitors_log_in_first(
    session: Session, make: Make, browse: BrowserFactory, contract: Contract
) -> None:
    submit(
        browse(make.person(roles=[Role.ADMIN])),
        f"{ADMIN}/nouveau",
        **typed(EventKind.SIGNING, make.thursday(), contrat=contract.id, titre="Signer"),
    )
    made = event(session)
    person = browse(make.person())

    assert "Salle des Tilleuls" in person.visit(f"/evenement/{made.id}").get_text()
    file = person.client.get(f"/evenement/{made.id}.ics")
    assert [str(one["SUMMARY"]) for one in Calendar.from_ical(file.data).walk("VEVENT")] == [
        "Signer"
    ]
    for address in (f"/evenement/{made.id}", f"/evenement/{made.id}.ics", "/evenement/9999"):
        assert browse(None).client.get(address).status_code == 303
    session.get_one(Contract, contract.id).state = ContractState.DRAFT
    session.commit()
    person.visit(f"/evenement/{made.id}", status=404)


def test_lists_cost_the_same_however_long(
    app: Flask, session: Session, make: Make, contract: Contract, browse: BrowserFactory
) -> None:
    office = browse(make.person(roles=[Role.ADMIN]))
    submit(
        office,
        f"{ADMIN}/nouveau",
        **typed(EventKind.SIGNING, make.thursday(), contrat=contract.id),
    )
    made = event(session)
    addresses = (ADMIN, f"{ADMIN}/{made.id}/tenir", f"{ADMIN}/{made.id}/annoncer")
    office.visit(addresses[-1])  # texts of mails are read once
    costs = []
    for more in (1, 5):
        for _one in range(more):
            make.member(contract=make.contract("Pain"))
            submit(office, f"{ADMIN}/nouveau", **typed(EventKind.VISIT, make.thursday()))
        for address in addresses:
            with counted(app) as said:
                office.visit(address)
            costs.append(len(said))

    assert costs[:3] == costs[3:]
    assert max(costs) <= MOST_STATEMENTS


def test_a_deleted_contract_takes_its_sessions_along_and_tells_who_was_called(
    session: Session, make: Make, contract: Contract, referent: Person, browse: BrowserFactory
) -> None:
    make.member("Anna", make.contract("Pain"))
    office = browse(referent)
    values = typed(EventKind.SIGNING, make.thursday(), contrat=contract.id)
    submit(office, f"{ADMIN}/nouveau", **values)
    made, key = event(session), contract.id
    submit(office, f"{ADMIN}/{made.id}/annoncer", version=made.version)

    answer = submit(office, f"/admin/contrats/{key}/supprimer")

    assert answer.status_code == 303
    assert session.get(Contract, key) is None
    assert session.scalars(select(Event)).all() == []
    assert [one.event for one in mails(session)] == ["events/announced", "events/cancelled"]

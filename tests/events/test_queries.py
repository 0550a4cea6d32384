"""Which events come, for whom."""

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from amapress_py import clock as clocks
from amapress_py.accounts.models import Role, Scope
from amapress_py.accounts.viewer import VISITOR
from amapress_py.contracts.models import Contract, ContractState
from amapress_py.events import queries
from amapress_py.events.models import Event, EventKind
from tests.back_office import viewer_of
from tests.factories import Make

pytestmark = pytest.mark.usefixtures("clock")


def add(session: Session, kind: EventKind, day: dt.date, **values: object) -> Event:
    about = {"title": str(kind), "place": "Salle", "opens": dt.time(18), "closes": dt.time(20)}
    made = Event(kind=kind, date=day, **{**about, **values})
    session.add(made)
    session.commit()
    return made


def test_visitors_see_public_events_and_connected_persons_all(session: Session, make: Make) -> None:
    person = viewer_of(session, make.person())
    add(session, EventKind.PARTY, make.thursday(1), is_public=True)
    add(session, EventKind.COMMITTEE, make.thursday())
    add(session, EventKind.VISIT, make.thursday(2), cancelled_at=clocks.now())
    add(session, EventKind.VISIT, clocks.today() - dt.timedelta(days=1), is_public=True)

    assert [one.kind for one in queries.coming(session, VISITOR)] == [EventKind.PARTY]
    assert [one.kind for one in queries.coming(session, person)] == [
        EventKind.COMMITTEE,
        EventKind.PARTY,
    ]
    everything = queries.between(session, public_only=False, with_cancelled=True)
    assert [one.is_cancelled for one in everything] == [False, False, True]
    assert everything[0].when == "jeudi 26 novembre 2026, de 18\u00a0h à 20\u00a0h"


def test_sessions_of_a_contract_are_those_to_come(session: Session, make: Make) -> None:
    contract, other = make.contract("Légumes"), make.contract("Pain")
    today = clocks.today()
    for day, hours in ((today, (7, 8)), (today, (18, 20)), (make.thursday(), (18, 20))):
        opens, closes = map(dt.time, hours)
        add(session, EventKind.SIGNING, day, contract_id=contract.id, opens=opens, closes=closes)
    add(session, EventKind.SIGNING, today, contract_id=other.id, is_public=True)

    found = queries.sessions_of(session, [contract.id])
    public = queries.sessions_of(session, [contract.id, other.id], public_only=True)

    assert [one.date for one in found[contract.id]] == [today, make.thursday()]
    assert list(public) == [other.id]


def test_a_draft_is_not_told_by_its_session(session: Session, make: Make) -> None:
    contract = make.contract()
    session.get_one(Contract, contract.id).state = ContractState.DRAFT
    add(session, EventKind.SIGNING, make.thursday(), contract_id=contract.id, is_public=True)

    assert queries.coming(session, VISITOR) == []
    assert queries.coming(session, viewer_of(session, make.person())) == []


def test_each_lists_what_he_manages(session: Session, make: Make) -> None:
    contract, other = make.contract("Légumes"), make.contract("Pain")
    people = {role: make.person() for role in (Role.REFERENT, Role.COORDINATOR, Role.TREASURER, "")}
    make.grant(people[Role.REFERENT], Role.REFERENT, Scope.PRODUCER, contract.producer_id)
    make.grant(people[Role.COORDINATOR], Role.COORDINATOR, Scope.CONTRACT, other.id)
    make.grant(people[Role.TREASURER], Role.TREASURER)
    add(session, EventKind.SIGNING, make.thursday(), title="L", contract_id=contract.id)
    add(session, EventKind.SIGNING, make.thursday(), title="P", contract_id=other.id)
    add(session, EventKind.FEES, make.thursday(), title="F")
    add(session, EventKind.PARTY, make.thursday(), title="X")

    told = {
        role: "".join(
            one.title for one in queries.managed(session, viewer_of(session, person), past=False)
        )
        for role, person in people.items()
    }

    assert told == {Role.REFERENT: "L", Role.COORDINATOR: "P", Role.TREASURER: "F", "": ""}

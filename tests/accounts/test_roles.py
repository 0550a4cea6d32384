from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts import administration, refusals, roles
from amapress_py.accounts.models import Grant, Person, Role, Scope
from amapress_py.errors import DomainError, NotAllowed, NotFound
from tests.accounts.conftest import Known, look_again
from tests.factories import Make

FARMS = {1: "Ferme du Bois", 2: "Le Rucher"}


@pytest.fixture(autouse=True)
def plugged(app: Flask) -> None:
    roles.plug_scopes(app, Scope.PRODUCER, lambda _session: FARMS.items())
    roles.plug_scopes(app, Scope.CONTRACT, lambda _session: [(7, "Légumes")])


def held(session: Session, person: Person) -> list[tuple[str, str, int]]:
    grants = session.scalars(select(Grant).where(Grant.person_id == person.id).order_by(Grant.id))
    return [(one.role, one.scope, one.scope_id) for one in grants]


@pytest.mark.parametrize(
    ("role", "scope", "scope_id"),
    [
        (Role.ADMIN, "", 0),
        (Role.INTERMITTENT_MANAGER, "", 0),
        (Role.TREASURER, "", 0),
        (Role.REFERENT, "", 0),
        (Role.REFERENT, "producer", 2),
        (Role.COORDINATOR, "contract", 7),
        (Role.PRODUCER, "producer", 1),
    ],
)
def test_a_role_is_given_once(
    session: Session, admin: Person, make: Make, role: Role, scope: str, scope_id: int
) -> None:
    anna = make.person()
    for _time in range(2):
        administration.give_role(session, anna.id, admin.id, role, scope, scope_id)
        session.flush()

    assert held(session, anna) == [(role, scope, scope_id)]


@pytest.mark.parametrize(
    ("role", "scope", "scope_id"),
    [
        (Role.ADMIN, "producer", 1),
        (Role.TREASURER, "", 5),
        (Role.REFERENT, "contract", 7),
        (Role.REFERENT, "producer", 99),
        (Role.COORDINATOR, "", 0),
        (Role.PRODUCER, "", 0),
        (Role.REFERENT, "nonsense", 1),
        (Role.COORDINATOR, "place", 7),
    ],
)
def test_a_role_that_makes_no_sense_is_refused(
    session: Session, admin: Person, make: Make, role: Role, scope: str, scope_id: int
) -> None:
    anna = make.person()

    with pytest.raises(refusals.UnknownRole):
        administration.give_role(session, anna.id, admin.id, role, scope, scope_id)
    assert held(session, anna) == []


def test_roles_are_told_in_a_sentence(session: Session) -> None:
    known = roles.scope_choices(session)

    assert roles.told(Role.REFERENT, "producer", 2, known) == (
        "référente ou référent de\N{NO-BREAK SPACE}: Le Rucher"
    )
    assert "tous les producteurs" in roles.told(Role.REFERENT, "", 0, known)
    assert "disparu" in roles.told(Role.REFERENT, "producer", 9, known)
    assert roles.told(Role.TREASURER, "", 0, known) == "trésorière ou trésorier"


def test_every_choice_that_is_offered_may_be_given(
    session: Session, admin: Person, make: Make
) -> None:
    anna = make.person()
    offered = roles.choices(roles.scope_choices(session))
    values = [value for group in offered.values() for value, _sentence in group]

    for value in values:
        chosen = roles.read_choice(value)
        assert chosen is not None
        administration.give_role(session, anna.id, admin.id, *chosen)
        session.flush()

    assert len(held(session, anna)) == len(values) == 9


@pytest.mark.parametrize("text", ["", "admin", "admin:", "admin::x", "king::0", "admin::-1", "\0"])
def test_a_garbled_choice_is_none(text: str) -> None:
    assert roles.read_choice(text) is None


def test_only_administrators_give_and_take(session: Session, make: Make, admin: Person) -> None:
    anna = make.person(roles=[role for role in Role if role is not Role.ADMIN])
    victim = make.person()
    grant = make.grant(victim, Role.TREASURER)
    acts: list[Callable[[], None]] = [
        lambda: administration.give_role(session, anna.id, anna.id, Role.ADMIN),
        lambda: administration.remove_role(session, victim.id, grant.id, anna.id),
        lambda: administration.deactivate(session, victim.id, anna.id),
        lambda: administration.reactivate(session, victim.id, anna.id),
        lambda: administration.join_household(session, victim.id, anna.id, admin.id),
        lambda: administration.leave_household(session, victim.id, anna.id),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act()


def test_a_role_is_taken_away_once(session: Session, make: Make, admin: Person) -> None:
    anna, bruno = make.person(), make.person()
    grant = make.grant(anna, Role.REFERENT)

    with pytest.raises(NotFound):
        administration.remove_role(session, bruno.id, grant.id, admin.id)
    administration.remove_role(session, anna.id, grant.id, admin.id)
    assert held(session, anna) == []
    with pytest.raises(NotFound):
        administration.remove_role(session, anna.id, grant.id, admin.id)


def test_an_administrator_does_not_lock_himself_out(
    session: Session, make: Make, admin: Person
) -> None:
    make.person(roles=[Role.ADMIN])
    own = session.scalars(select(Grant).where(Grant.person_id == admin.id)).one()

    with pytest.raises(refusals.OwnAccess):
        administration.remove_role(session, admin.id, own.id, admin.id)
    with pytest.raises(refusals.OwnAccess):
        administration.deactivate(session, admin.id, admin.id)


def test_an_inactive_administrator_is_nobody(session: Session, known: Known, make: Make) -> None:
    first, second = known("Anna", Role.ADMIN), known("Bruno", Role.ADMIN)
    administration.deactivate(session, second.id, first.id)
    session.flush()

    with pytest.raises(NotAllowed):
        administration.deactivate(session, first.id, second.id)
    with pytest.raises(NotAllowed):
        administration.give_role(session, make.person().id, second.id, Role.ADMIN)


@pytest.mark.parametrize("_round", range(3))
def test_two_administrators_cannot_remove_each_other_at_once(
    app: Flask, session: Session, known: Known, _round: int
) -> None:
    first, second = known("Anna", Role.ADMIN), known("Bruno", Role.ADMIN)
    grants = {one.person_id: one.id for one in session.scalars(select(Grant))}
    session.rollback()

    def attempt(pair: tuple[int, int], takes_role: bool) -> bool:
        victim, by = pair
        try:
            with app.app_context(), db.transaction() as writing:
                if takes_role:
                    administration.remove_role(writing, victim, grants[victim], by)
                else:
                    administration.deactivate(writing, victim, by)
        except DomainError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        pairs = [(first.id, second.id), (second.id, first.id)]
        done = list(pool.map(attempt, pairs, [True, False]))

    look_again(session)
    left = session.scalars(
        select(Person.id).join(Grant).where(Grant.role == Role.ADMIN, Person.is_active)
    ).all()
    assert sum(done) == 1
    assert len(left) == 1

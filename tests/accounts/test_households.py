from datetime import date

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py.accounts import administration, refusals, services
from amapress_py.accounts.models import Household, HouseholdStay, Person
from amapress_py.errors import DomainError, NotFound
from tests.factories import Make

TODAY = date(2026, 11, 22)


def stays(session: Session, person: Person) -> list[tuple[int, date, date | None]]:
    session.flush()
    rows = session.scalars(
        select(HouseholdStay).where(HouseholdStay.person_id == person.id).order_by(HouseholdStay.id)
    )
    return [(row.household_id, row.since, row.until) for row in rows]


def test_a_new_person_has_a_household_of_his_own(
    session: Session, clock: time_machine.Traveller
) -> None:
    person = services.create_person(
        session, email=" New@Amap.test", first_name="Élodie", last_name="Dupré", phone="06"
    )

    assert person.email == "new@amap.test"
    assert person.sort_key == "dupre elodie"
    assert session.get(Household, person.household_id)
    assert stays(session, person) == [(person.household_id, TODAY, None)]


def test_two_persons_do_not_share_an_address(session: Session, make: Make) -> None:
    make.person(email="anna@amap.test")

    with pytest.raises(refusals.EmailTaken):
        services.create_person(session, email="ANNA@amap.test", first_name="A", last_name="B")


def test_a_bad_address_is_a_value_error(session: Session) -> None:
    with pytest.raises(ValueError, match="adresse"):
        services.create_person(session, email="no", first_name="A", last_name="B")


def test_many_persons_have_no_address(session: Session) -> None:
    for email in ("", None, ""):
        person = services.create_person(session, email=email, first_name="A", last_name="B")
        assert person.email is None


def test_who_joins_a_household_keeps_his_past(
    session: Session, make: Make, admin: Person, clock: time_machine.Traveller
) -> None:
    anna, bruno = make.person(), make.person()
    before = anna.household_id
    clock.shift(3 * 86400)

    administration.join_household(session, anna.id, admin.id, bruno.id)

    assert anna.household_id == bruno.household_id
    assert stays(session, anna) == [
        (before, TODAY, date(2026, 11, 25)),
        (bruno.household_id, date(2026, 11, 25), None),
    ]
    with pytest.raises(DomainError, match="partagent déjà"):
        administration.join_household(session, anna.id, admin.id, bruno.id)


def test_who_leaves_gets_a_household_of_his_own(
    session: Session, make: Make, admin: Person
) -> None:
    anna = make.person()
    bruno = make.person(household=anna.household)

    administration.leave_household(session, bruno.id, admin.id)

    assert bruno.household_id != anna.household_id
    assert len(stays(session, bruno)) == 2
    with pytest.raises(DomainError, match="avec personne"):
        administration.leave_household(session, anna.id, admin.id)


def test_moving_twice_a_day_works(session: Session, make: Make, admin: Person) -> None:
    anna, bruno = make.person(), make.person()
    home = anna.household

    administration.join_household(session, anna.id, admin.id, bruno.id)
    session.flush()
    administration.leave_household(session, anna.id, admin.id)

    assert [until is None for _id, _since, until in stays(session, anna)] == [False, False, True]
    assert anna.household_id not in (home.id, bruno.household_id)


def test_contracts_are_not_left_behind(
    session: Session, make: Make, admin: Person, clock: time_machine.Traveller
) -> None:
    anna, bruno = make.person(), make.person()
    make.subscription(anna.household, make.contract(dates=[TODAY], products={"Panier": 1000}))

    with pytest.raises(refusals.ContractsLeftBehind):
        administration.join_household(session, anna.id, admin.id, bruno.id)

    administration.join_household(session, bruno.id, admin.id, anna.id)
    assert bruno.household_id == anna.household_id


def test_a_closed_account_does_not_move(session: Session, make: Make, admin: Person) -> None:
    anna, bruno = make.person(), make.person()
    administration.deactivate(session, anna.id, admin.id)
    session.flush()

    with pytest.raises(refusals.Inactive):
        administration.join_household(session, anna.id, admin.id, bruno.id)
    with pytest.raises(NotFound):
        administration.join_household(session, anna.id, admin.id, 999)

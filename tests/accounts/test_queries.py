from collections.abc import Sequence

import pytest
from sqlalchemy.orm import Session

from amapress_py.accounts import queries
from amapress_py.accounts.models import Household, Person, PersonAddress, Role
from amapress_py.mail.outbox import Recipient
from tests.factories import Make


def found(session: Session, wanted: str) -> list[str]:
    rows = queries.persons(session, wanted, None, "", 0, 100)
    assert queries.count_persons(session, wanted, None, "") == len(rows)
    return [row.first_name for row in rows]


def named(session: Session, rows: Sequence[tuple[str, str, str, str]]) -> None:
    for first_name, last_name, email, phone in rows:
        session.add(
            Person(
                household=Household(),
                first_name=first_name,
                last_name=last_name,
                email=email or None,
                phone=phone,
            )
        )
    session.commit()


def test_mail_goes_to_every_address_of_active_persons(session: Session, make: Make) -> None:
    anna, bruno, gone = make.person("Anna", email="anna@amap.test"), make.person(), make.person()
    nowhere = make.person(email=None)
    gone.is_active = False
    session.add_all(
        PersonAddress(person_id=person.id, email=email)
        for person, email in [(anna, "anna2@amap.test"), (nowhere, "n@amap.test")]
    )
    session.commit()

    to = queries.recipients(session, [anna.id, bruno.id, gone.id, nowhere.id, 999])

    assert set(to) == {anna.id, bruno.id}
    assert to[anna.id] == [
        Recipient("anna@amap.test", anna.name, anna.id),
        Recipient("anna2@amap.test", anna.name, anna.id),
    ]
    assert queries.recipients(session, []) == {}


def test_the_adults_of_a_household_are_its_active_persons(session: Session, make: Make) -> None:
    anna = make.person()
    bruno = make.person(household=anna.household)
    gone = make.person(household=anna.household)
    gone.is_active = False
    make.person()
    session.commit()

    assert queries.household_adults(session, anna.household_id) == [anna.id, bruno.id]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("", ["Zoé", "Élodie", "Chloé"]),
        ("elodie", ["Élodie"]),
        ("DUPRE elo", ["Élodie"]),
        ("dupré", ["Élodie"]),
        ("oeuvrard", ["Chloé"]),
        ("o’c", ["Chloé"]),
        ("O'C", ["Chloé"]),
        ("zoe@amap", ["Zoé"]),
        ("0612345678", ["Élodie"]),
        ("06 12 34", ["Élodie"]),
        ("06.12.34.56.78", ["Élodie"]),
        ("%", []),
        ("_", ["Zoé"]),
        ("\\", []),
        ("x" * 1000, []),
        ("🥕", []),
        ("zoe elodie", []),
    ],
)
def test_persons_are_found_without_accents(session: Session, wanted: str, names: list[str]) -> None:
    named(
        session,
        [
            ("Élodie", "Dupré", "elo@amap.test", "06 12 34 56 78"),
            ("Zoé", "Barré", "zoe@amap.test", "chez sa mère_"),
            ("Chloé", "Œuvrard O’Connor", "", ""),
        ],
    )

    assert found(session, wanted) == names


def test_filters_narrow_the_list(session: Session, make: Make) -> None:
    make.person("Anna", roles=[Role.ADMIN, Role.REFERENT])
    make.person("Bruno", email=None)
    gone = make.person("Chloe")
    gone.is_active = False
    ready = make.person("David")
    ready.password_hash = "x"
    session.commit()

    def listed(role: Role | None = None, state: str = "") -> list[str]:
        rows = queries.persons(session, "", role, state, 0, 100)
        assert queries.count_persons(session, "", role, state) == len(rows)
        return [row.first_name for row in rows]

    assert listed() == ["Anna", "Bruno", "David"]
    assert listed(Role.REFERENT) == ["Anna"]
    assert listed(Role.TREASURER) == []
    assert listed(state="sans-adresse") == ["Bruno"]
    assert listed(state="jamais-connectees") == ["Anna"]
    assert listed(state="inactives") == ["Chloe"]
    assert listed(state="nonsense") == ["Anna", "Bruno", "David"]


def test_somebody_is_found_by_the_address_he_types(session: Session, make: Make) -> None:
    anna = make.person("Anna", email="anna@amap.test")

    assert queries.person_by_email(session, " ANNA@amap.test ") is anna
    assert queries.person_by_email(session, "nobody@amap.test") is None
    assert queries.person_by_email(session, "no address \0") is None

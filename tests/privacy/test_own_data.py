"""« Mes données »: all of one's own and nothing of others; erased, but for what the law keeps."""

import datetime as dt
from io import BytesIO

import openpyxl
import pytest
from sqlalchemy.orm import Session

from amapress_py import clock as clocks
from amapress_py.accounts import passwords
from amapress_py.accounts.models import Person, PersonAddress, Role
from amapress_py.duty import roster, services
from amapress_py.duty.models import DutySeat
from amapress_py.mail.models import OutboxMail
from amapress_py.membership.models import Membership, MembershipPeriod
from amapress_py.membership.rules import MembershipState
from amapress_py.passes.models import BasketPass
from tests.back_office import submit
from tests.conftest import BrowserFactory
from tests.factories import Make

pytestmark = pytest.mark.usefixtures("clock")
SECRET = "trois mots bien choisis"


@pytest.fixture
def anna(make: Make, session: Session) -> Person:
    """Anna signed, has a joker, a pass, a membership, a seat of duty, and offers a basket."""
    contract = make.contract("Légumes", dates=[make.thursday(n) for n in range(4)])
    anna = make.person("Anna")
    signed = make.subscription(anna.household, contract)
    make.joker(signed, contract.dates[3])
    make.offer(anna, "Servez-vous")
    delivery = make.delivery(make.thursday(), contract.places[0])
    today = clocks.today()
    period = MembershipPeriod(name="2026-2027", starts_on=today, ends_on=make.thursday(40))
    session.add(period)
    session.flush()
    session.add_all(
        [
            BasketPass(
                household_id=anna.household_id,
                delivery_id=delivery.id,
                made_by_id=anna.id,
                name="Tante Lucie",
                code="K7P4",
            ),
            Membership(
                period_id=period.id,
                household_id=anna.household_id,
                state=MembershipState.RECEIVED,
                cents=1500,
            ),
            PersonAddress(person_id=anna.id, email="anna.bis@test.example"),
        ]
    )
    boss = make.person("Thérèse", roles=[Role.TREASURER])
    season = roster.PeriodValues("Hiver", today, make.thursday(9), "Aide", 2, 0, True)
    roster.fill(session, boss.id, roster.save_period(session, boss.id, None, season))
    session.flush()
    services.take(session, anna.id, session.query(DutySeat).order_by(DutySeat.id).all()[2].id)
    session.commit()
    return anna


def test_the_file_holds_all_of_ones_own_and_nothing_of_others(
    make: Make, anna: Person, browse: BrowserFactory
) -> None:
    contract = make.contract("Pain")
    make.member("Bruno", contract)
    mine = browse(anna)

    page = mine.visit("/mon-profil/mes-donnees").get_text()
    book = openpyxl.load_workbook(BytesIO(mine.client.get("/mon-profil/mes-donnees.xlsx").data))

    assert "anna.bis@test.example" in page
    assert book.sheetnames == [
        "Moi",
        "Contrats signés",
        "Ce que mon foyer a commandé",
        "Jokers",
        "Paniers proposés",
        "Laissez-passer",
        "Permanences",
        "Adhésions",
        "Courriels encore gardés",
    ]
    said = "\n".join(
        str(cell) for one in book for row in one.values for cell in row if cell is not None
    )
    for word in ("Servez-vous", "Tante Lucie", "2026-2027", "15,00", "Aide", "Légumes"):
        assert word in said, word
    assert "Bruno" not in said
    assert "Pain" not in said
    assert mine.client.get("/mon-profil/mes-donnees.pdf").data.startswith(b"%PDF-")


def test_nobody_leaves_while_others_count_on_him(
    session: Session, make: Make, anna: Person, browse: BrowserFactory
) -> None:
    anna.password_hash = passwords.hashed(SECRET)
    session.commit()
    mine = browse(anna)

    wrong = submit(mine, "/mon-profil/effacer", current="autre chose")
    early = submit(mine, "/mon-profil/effacer", current=SECRET)

    assert (wrong.status_code, early.status_code) == (422, 422)
    assert "un contrat en cours, une permanence à venir, un panier proposé" in early.text
    assert session.get_one(Person, anna.id).is_active


@pytest.mark.parametrize("has_signed", [True, False])
def test_who_leaves_is_forgotten_but_for_the_name_on_what_was_signed(
    session: Session, make: Make, browse: BrowserFactory, has_signed: bool
) -> None:
    contract = make.contract("Légumes")
    bruno = make.person("Bruno")
    if has_signed:
        signed = make.subscription(bruno.household, contract)
        signed.starts_on = signed.ends_on = clocks.today() - dt.timedelta(days=30)
    bruno.password_hash = passwords.hashed(SECRET)
    session.add(PersonAddress(person_id=bruno.id, email="bruno.bis@test.example"))
    session.commit()
    mine = browse(bruno)

    answer = submit(mine, "/mon-profil/effacer", current=SECRET)

    assert answer.status_code == 303
    found = session.get_one(Person, bruno.id)
    assert (found.email, found.phone, found.address, found.is_active) == (None, "", "", False)
    assert found.first_name == ("Bruno" if has_signed else "Personne effacée")
    assert session.query(PersonAddress).count() == 0
    assert session.query(OutboxMail).count() == 0
    assert mine.client.get("/mon-profil").status_code == 303  # to the log-in page


def test_an_administrator_erases_for_who_asked(
    session: Session, make: Make, browse: BrowserFactory
) -> None:
    boss, carla = make.person("Odile", roles=[Role.ADMIN]), make.person("Carla")
    office = browse(boss)

    submit(office, f"/admin/personnes/{carla.id}/effacer")
    submit(office, f"/admin/personnes/{boss.id}/effacer")

    assert session.get_one(Person, carla.id).email is None
    assert session.get_one(Person, boss.id).is_active

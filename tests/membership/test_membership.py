"""Memberships: noted, taken back, asked for before a basket."""

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import db, settings
from amapress_py.accounts.models import Person, Role
from amapress_py.errors import NotAllowed
from amapress_py.exchange import alerts, enrolment
from amapress_py.exchange import services as exchange
from amapress_py.exchange.models import Alert, Turn
from amapress_py.exchange.refusals import EnrolmentReserved, MembershipNeeded
from amapress_py.exchange.steps import Actor
from amapress_py.membership import checks, queries, refusals, rules, services
from amapress_py.membership.models import Membership
from amapress_py.membership.queries import Totals
from amapress_py.membership.rules import MembershipState, Standing
from amapress_py.membership.services import Note, PeriodValues
from tests.back_office import MOST_STATEMENTS, counted, submit
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make
from tests.shortcodes.pages import prose, write

pytestmark = pytest.mark.usefixtures("clock")

TODAY = dt.date(2026, 11, 22)
PROMISE = Note(MembershipState.PROMISED, 1500)
PAID = Note(MembershipState.RECEIVED, 2000, "Chèque", TODAY)
SEASON = PeriodValues("2026-2027", dt.date(2026, 9, 1), dt.date(2027, 8, 31), 1000, 2000)


@pytest.fixture
def treasurer(make: Make) -> Person:
    return make.person("Thérèse", roles=[Role.TREASURER])


@pytest.fixture
def period(session: Session, treasurer: Person) -> int:
    key = services.save_period(session, treasurer.id, None, SEASON)
    session.commit()
    return key


@pytest.fixture
def anna(make: Make) -> Person:
    return make.person("Anna")


@pytest.fixture
def office(treasurer: Person, browse: BrowserFactory) -> Browser:
    return browse(treasurer)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((0, 0, 0), Standing.NOT_ASKED),
        ((1, 0, 0), Standing.NONE),
        ((1, 0, 1), Standing.PROMISED),
        ((1, 1, 0), Standing.MEMBER),
        ((2, 1, 1), Standing.MEMBER),
    ],
)
def test_what_a_household_is(counts: tuple[int, int, int], expected: Standing) -> None:
    assert rules.standing(*counts) is expected
    assert expected.is_enough is (expected in (Standing.MEMBER, Standing.NOT_ASKED))


def test_a_promise_then_a_receipt_then_both_taken_back(
    session: Session, treasurer: Person, period: int, anna: Person
) -> None:
    home = anna.household_id

    def standing() -> Standing:
        return queries.standing(session, home)

    assert standing() is Standing.NONE
    promised = services.note(session, treasurer.id, period, home, PROMISE)
    assert standing() is Standing.PROMISED
    received = services.note(session, treasurer.id, period, home, PAID)
    assert standing() is Standing.MEMBER
    assert queries.totals(session) == {period: Totals(received=1, received_cents=2000)}
    with pytest.raises(refusals.AlreadyReceived):
        services.note(session, treasurer.id, period, home, PAID)

    services.undo(session, treasurer.id, period, home, received)
    assert standing() is Standing.PROMISED
    kept = session.scalars(select(Membership)).one()
    assert (kept.cents, kept.received_on, kept.means) == (1500, None, "")
    with pytest.raises(refusals.NothingToUndo):
        services.undo(session, treasurer.id, period, home, received)
    services.undo(session, treasurer.id, period, home, promised)
    session.flush()

    assert standing() is Standing.NONE
    assert queries.totals(session) == {}
    assert len(queries.history(session, period, home)) == 2
    again = services.note(session, treasurer.id, period, home, PAID)
    assert again > received  # no number of a receipt is given twice


def test_only_a_period_of_today_counts(
    session: Session, treasurer: Person, period: int, anna: Person, clock: object
) -> None:
    services.note(session, treasurer.id, period, anna.household_id, PAID)

    assert queries.standing(session, None) is Standing.NONE
    clock.move_to(dt.datetime(2027, 9, 1, 12, tzinfo=dt.UTC))  # type: ignore[attr-defined]
    assert queries.standing(session, anna.household_id) is Standing.NOT_ASKED


def test_less_than_the_minimum_and_who_is_no_treasurer_are_refused(
    session: Session, treasurer: Person, period: int, anna: Person
) -> None:
    with pytest.raises(refusals.TooLittle, match="10,00"):
        services.note(
            session, treasurer.id, period, anna.household_id, Note(MembershipState.RECEIVED, 999)
        )
    for act in (
        lambda: services.note(session, anna.id, period, anna.household_id, PAID),
        lambda: services.undo(session, anna.id, period, anna.household_id, 1),
        lambda: services.save_period(session, anna.id, None, SEASON),
        lambda: services.delete_period(session, anna.id, period),
    ):
        with pytest.raises(NotAllowed):
            act()


def require(**values: bool) -> None:
    with db.transaction() as session:
        settings.save(session, dict(values))


def test_a_basket_asks_for_a_membership_if_the_setting_says_so(
    session: Session, make: Make, treasurer: Person, period: int, anna: Person
) -> None:
    offer = make.offer()
    session.rollback()
    require(membership_to_ask=True)

    with pytest.raises(MembershipNeeded, match="Il faut avoir adhéré"):
        exchange.request_basket(session, Actor.of(anna), offer.id)
    session.rollback()
    services.note(session, treasurer.id, period, anna.household_id, PROMISE)
    session.commit()
    with pytest.raises(MembershipNeeded, match="pas encore reçue"):
        exchange.request_basket(session, Actor.of(anna), offer.id)
    session.rollback()
    services.note(session, treasurer.id, period, anna.household_id, PAID)
    session.commit()

    assert exchange.request_basket(session, Actor.of(anna), offer.id).person_id == anna.id


def test_no_turn_is_given_to_who_could_not_ask(
    session: Session, make: Make, treasurer: Person, period: int
) -> None:
    make.intermittent("Bruno")
    paid = make.intermittent("Chloé")
    services.note(session, treasurer.id, period, paid.household_id, PAID)
    offer = make.offer()
    session.rollback()
    require(membership_to_ask=True, fair_turn=True)

    with db.transaction() as current:
        alerts.write_alert(current, current.scalars(select(Alert.id)).one())

    turn = session.scalars(select(Turn).where(Turn.offer_id == offer.id)).one()
    assert turn.person_id == paid.id


def test_joining_asks_for_a_membership_but_a_responsable_may_enrol(
    session: Session, make: Make, treasurer: Person, period: int, anna: Person
) -> None:
    member, irene = make.member("Marc"), make.person("Irène")
    require(membership_to_join=True)

    with pytest.raises(MembershipNeeded):
        enrolment.enrol_me(session, Actor.of(anna))
    with pytest.raises(MembershipNeeded):
        enrolment.confirm_enrolment(session, anna.id, anna.id)
    with pytest.raises(EnrolmentReserved):
        enrolment.enrol_other(session, Actor.of(member), email="x@test.example")
    enrolment.enrol_other(session, Actor.of(irene, is_manager=True), email=anna.email or "")


def test_where_no_period_runs_nobody_is_kept_out_and_the_site_says_so(
    app: Flask, session: Session, anna: Person, make: Make
) -> None:
    offer = make.offer()
    session.rollback()
    assert list(checks.running(session)) == []
    session.rollback()
    require(membership_to_ask=True)

    exchange.request_basket(session, Actor.of(anna), offer.id)
    with app.test_request_context():
        (finding,) = checks.running(session)
    assert "aucune période" in finding.text


def test_check_adhesion_hides_the_button_and_says_why(
    session: Session, make: Make, treasurer: Person, period: int, browse: BrowserFactory
) -> None:
    anna = make.person("Anna")
    offer = make.offer()
    session.rollback()
    write("[les-paniers-intermittents check_adhesion=yes]")
    button = f"form[action='/paniers/{offer.id}/demander']"

    shown = prose(browse(anna))
    assert shown.select_one(button) is None
    assert "Il faut avoir adhéré" in shown.text
    session.rollback()
    services.note(session, treasurer.id, period, anna.household_id, PAID)
    session.commit()
    assert prose(browse(anna)).select_one(button) is not None
    write("[les-paniers-intermittents]", "Sans")
    other = browse(make.person("Bruno"))
    assert prose(other, "/sans").select_one(button) is not None
    require(membership_to_ask=True)
    assert prose(other, "/sans").select_one(button) is None


# ----- The screens


def test_a_treasurer_makes_a_period_and_notes_what_came(
    session: Session, make: Make, browse: BrowserFactory, office: Browser, anna: Person
) -> None:
    made = submit(
        office,
        "/admin/adhesions/nouvelle",
        nom="2026-2027",
        du="2026-09-01",
        au="2027-08-31",
        minimum="10",
        conseil="20,00",
    )
    assert made.status_code == 303
    assert "20,00" in office.visit("/admin/adhesions").text
    (found, _totals) = queries.periods(session)[0]
    home = f"/admin/adhesions/{found.id}/foyer/{anna.household_id}"
    session.rollback()
    assert office.visit(home).select_one("#montant")["value"] == "20,00"  # type: ignore[index]

    few = submit(office, home, etat="received", montant="9,99", recue_le="2026-11-22")
    assert few.status_code == 422
    assert "10,00" in few.text
    noted = submit(
        office, home, etat="received", montant="25", moyen="Chèque", recue_le="2026-11-20"
    )

    assert noted.status_code == 303
    listed = office.visit(f"/admin/adhesions/{found.id}?etat=received&q-foyers=anna")
    assert "25,00" in listed.text
    assert "20/11/2026" in listed.text
    link = office.visit(home).select_one("a[href*='/recus/']")
    assert link is not None
    receipt = office.visit(str(link["href"]))
    for told in ("Reçu d’adhésion n°", anna.last_name, "25,00", "vendredi 20 novembre 2026"):
        assert told in receipt.text
    write("[mes-infos]")
    own = browse(session.get_one(Person, anna.id))
    assert "reçue le vendredi 20 novembre 2026" in prose(own).text
    paper = prose(own).select_one("a[href*='/recus/']")
    assert paper is not None
    assert "25,00" in own.visit(str(paper["href"])).text
    assert browse(make.person()).client.get(str(paper["href"])).status_code == 404
    assert submit(office, f"/admin/adhesions/{found.id}/supprimer").status_code == 303
    assert len(queries.periods(session)) == 1
    session.rollback()

    number = str(link["href"]).rpartition("/")[2]
    for _twice in range(2):
        submit(office, f"{home}/annuler", note=number)
    assert "annulé le" in office.visit(home).text
    assert "ce reçu ne vaut plus" in office.visit(f"/admin/adhesions/recus/{number}").text
    assert "Aucune" in office.visit(f"/admin/adhesions/{found.id}?etat=none").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"etat": "paid"},
        {"montant": "beaucoup"},
        {"montant": "-5"},
        {"montant": "NaN"},
        {"montant": "9" * 30},
        {"montant": ""},
        {"recue_le": ""},
        {"recue_le": "2027-01-01"},
        {"recue_le": "0001-01-01"},
        {"moyen": "troc\0"},
    ],
)
def test_what_makes_no_sense_is_told(
    office: Browser, period: int, anna: Person, session: Session, wrong: dict[str, object]
) -> None:
    good = {"etat": "received", "montant": "20", "moyen": "", "recue_le": "2026-11-22"}

    answer = submit(
        office, f"/admin/adhesions/{period}/foyer/{anna.household_id}", **{**good, **wrong}
    )

    assert answer.status_code == 422
    assert queries.totals(session) == {}


@pytest.mark.parametrize(
    "wrong",
    [{"nom": ""}, {"au": "2026-08-31"}, {"conseil": "5"}, {"minimum": "x"}, {"nom": "x" * 61}],
)
def test_a_period_that_makes_no_sense_is_told(
    office: Browser, session: Session, wrong: dict[str, object]
) -> None:
    good = {"nom": "A", "du": "2026-09-01", "au": "2027-08-31", "minimum": "10", "conseil": "20"}

    assert submit(office, "/admin/adhesions/nouvelle", **{**good, **wrong}).status_code == 422
    assert queries.periods(session) == []


def test_two_periods_of_one_name_are_refused_and_an_unused_one_goes(
    office: Browser, period: int, session: Session
) -> None:
    same = {"nom": SEASON.name, "du": "2027-09-01", "au": "2028-08-31", "minimum": 0, "conseil": 0}

    assert "porte déjà ce nom" in submit(office, "/admin/adhesions/nouvelle", **same).text
    changed = submit(office, f"/admin/adhesions/{period}/modifier", **{**same, "nom": "27"})
    assert changed.status_code == 303
    assert "27" in office.visit(f"/admin/adhesions/{period}/modifier").text
    submit(office, f"/admin/adhesions/{period}/supprimer")
    assert queries.periods(session) == []


@pytest.mark.parametrize("role", [None, Role.INTERMITTENT_MANAGER, Role.REFERENT])
def test_who_is_no_treasurer_sees_nothing(
    make: Make, browse: BrowserFactory, period: int, role: Role | None
) -> None:
    other = browse(make.person(roles=[role] if role else []))

    for path in ("", f"/{period}", "/recus/1", "/nouvelle"):
        assert other.client.get(f"/admin/adhesions{path}").status_code == 403


def test_the_list_takes_few_statements_and_the_same_for_many(
    app: object, make: Make, office: Browser, period: int
) -> None:
    def statements() -> int:
        with counted(app) as said:  # type: ignore[arg-type]
            office.visit(f"/admin/adhesions/{period}")
        return len(said)

    statements()  # settings and menu are read once
    few = statements()
    for _ in range(25):
        make.person()

    assert statements() == few <= MOST_STATEMENTS

"""The screens of duty: members', treasurers', documents, calendars, the sign-in sheet."""

import datetime as dt
from collections import Counter
from io import BytesIO

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py.accounts.models import Person, Role, Scope
from amapress_py.contracts.models import Contract
from amapress_py.duty import queries, services, tokens
from amapress_py.duty.models import DutyPeriod, DutySeat, DutySwap
from tests.back_office import MOST_STATEMENTS, counted, submit
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make
from tests.shortcodes.pages import prose, write

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def anna(make: Make, contract: Contract) -> Person:
    return make.member("Anna", contract)


@pytest.fixture
def bruno(make: Make, contract: Contract) -> Person:
    return make.member("Bruno", contract)


@pytest.fixture
def office(treasurer: Person, browse: BrowserFactory) -> Browser:
    return browse(treasurer)


def plain(text: str) -> str:
    return " ".join(text.split())


def test_a_member_enrols_from_the_page(
    session: Session, seats: list[DutySeat], anna: Person, browse: BrowserFactory
) -> None:
    write("[inscription-distrib]")
    browser = browse(anna)
    before = prose(browser)
    assert "il reste 2 permanences à choisir pour votre foyer" in plain(before.text)
    forms = [str(form["action"]) for form in before.select("form.action")]
    assert forms[0] == f"/permanences/places/{seats[0].id}/prendre"

    after = browser.post(forms[0], page="/essai")

    assert "Merci, vous êtes inscrit" in after.text
    first = after.select_one("tbody tr")
    assert first is not None
    assert "Responsable : vous" in plain(first.text)
    assert "Me désinscrire" in first.text
    assert "Me faire remplacer" in first.text
    browser.post(f"/permanences/places/{seats[0].id}/rendre", page="/essai")
    session.expire_all()
    assert seats[0].person_id is None


def test_who_owes_nothing_more_sees_no_button(
    session: Session, seats: list[DutySeat], anna: Person, make: Make, browse: BrowserFactory
) -> None:
    write("[inscription-distrib]")
    for number in (0, 2):
        services.take(session, anna.id, seats[number].id)
    session.commit()
    shown = prose(browse(anna)).text
    assert "merci, votre foyer a toutes ses permanences" in shown
    assert "Je m’inscris" not in shown
    assert "Je m’inscris" not in prose(browse(make.intermittent())).text


def test_a_member_says_that_he_cannot(
    session: Session, seats: list[DutySeat], anna: Person, browse: BrowserFactory
) -> None:
    write("[inscription-distrib]")
    browser = browse(anna)
    path = f"/permanences/distributions/{seats[0].delivery_id}/absence"
    assert "Vous ne pouvez pas ce jour-là" in browser.post(path, {"absent": 1}, "/essai").text
    assert "Vous ne pouvez pas ce jour-là" not in browser.post(path, {"absent": 0}, "/essai").text


def test_the_list_shows_who_is_on_duty(
    session: Session, seats: list[DutySeat], anna: Person, bruno: Person, browse: BrowserFactory
) -> None:
    write("[liste-inscription-distrib show_title=oui max_dates=2]")
    services.take(session, anna.id, seats[0].id)
    session.commit()
    shown = prose(browse(bruno))
    assert len(shown.select("li")) == 2
    assert anna.short_name in shown.text
    assert anna.last_name not in shown.text


def test_a_passage_for_who_is_on_duty(
    session: Session,
    anna: Person,
    bruno: Person,
    seats: list[DutySeat],
    browse: BrowserFactory,
) -> None:
    write('[display-if role="on_duty"]Les clés[/display-if]', "Un")
    write("[display-if-responsable-distrib]Les clés[/display-if-responsable-distrib]", "Deux")
    services.take(session, anna.id, seats[0].id)  # in four days
    services.take(session, bruno.id, seats[2].id)  # in eleven
    session.commit()
    for path in ("/un", "/deux"):
        assert "Les clés" in prose(browse(anna), path).text
        assert "Les clés" not in prose(browse(bruno), path).text


def test_another_answers_by_the_link_without_logging_in(
    session: Session, seats: list[DutySeat], anna: Person, bruno: Person, browse: BrowserFactory
) -> None:
    services.take(session, anna.id, seats[0].id)
    session.commit()
    page = browse(anna).visit(f"/permanences/places/{seats[0].id}/remplacer")
    assert bruno.short_name in page.text
    assert bruno.last_name not in page.text
    browse(bruno).visit(f"/permanences/places/{seats[0].id}/remplacer", 403)
    submit(browse(anna), f"/permanences/places/{seats[0].id}/passer", personne=bruno.id)
    write("[inscription-distrib]")
    assert "vous demande de prendre sa place" in prose(browse(bruno)).text
    assert "Vous attendez la réponse" in prose(browse(anna)).text
    token = tokens.swap_token(session.scalars(select(DutySwap)).one())
    visitor = browse()
    assert anna.short_name in visitor.visit(f"/permanences/reponse/{token}").text
    session.expire_all()
    assert seats[0].person_id == anna.id  # a GET changes nothing

    answered = visitor.client.post(f"/permanences/reponse/{token}/oui")

    assert "C’est entendu" in answered.text
    session.rollback()
    session.expire_all()
    assert seats[0].person_id == bruno.id
    visitor.visit(f"/permanences/reponse/{token}", 404)


@pytest.mark.parametrize("role", [None, Role.REFERENT, Role.INTERMITTENT_MANAGER])
def test_only_treasurers_and_administrators_manage(
    make: Make,
    contract: Contract,
    seats: list[DutySeat],
    browse: BrowserFactory,
    role: Role | None,
) -> None:
    person = make.person()
    if role is Role.REFERENT:
        make.grant(person, role, Scope.PRODUCER, contract.producer_id)
    elif role is not None:
        make.grant(person, role)
    browser, key = browse(person), seats[0].period_id
    for path in ("", "/nouvelle", f"/{key}", f"/{key}/bilan", f"/{key}/planning.pdf"):
        browser.visit(f"/admin/permanences{path}", 403)
    assert submit(browser, f"/admin/permanences/{key}/remplir").status_code == 403
    if role is not None:
        assert "Permanences" not in browser.visit("/admin/").select_one(".office-nav").text  # type: ignore[union-attr]


def test_a_treasurer_makes_a_period_from_nothing(
    session: Session, make: Make, contract: Contract, office: Browser
) -> None:
    form = {
        "nom": "Hiver",
        "du": make.thursday(),
        "au": make.thursday(3),
        "places": "Responsable\nAide",
        "nombre": 1,
        "limite": 2,
        "ouverte": "y",
    }
    wrong = office.client.post(
        "/admin/permanences/nouvelle",
        data={"csrf_token": office.token(), **form, "au": "2020-01-01", "places": "\n"},
    )
    assert wrong.status_code == 422
    assert "La période finit avant de commencer." in wrong.text
    assert submit(office, "/admin/permanences/nouvelle", **form).status_code == 303
    period = session.scalars(select(DutyPeriod)).one()
    path = f"/admin/permanences/{period.id}"
    assert "Ajouter 4 distributions" in office.visit(path).text
    submit(office, f"{path}/remplir")
    page = office.visit(path)
    assert len(page.select("tbody tr")) == 4
    assert "8 places, 8 libres" in plain(page.text)
    again = office.client.post(
        "/admin/permanences/nouvelle", data={"csrf_token": office.token(), **form}
    )
    assert again.status_code == 422
    assert "Une autre période porte déjà ce nom." in again.text


def test_a_treasurer_places_somebody_and_frees_the_seat(
    session: Session, seats: list[DutySeat], anna: Person, office: Browser
) -> None:
    seat = seats[0]
    path = f"/admin/permanences/{seat.period_id}"
    submit(office, f"{path}/places/{seat.id}/placer", personne=anna.id)
    assert seat.person_id == anna.id
    date = office.visit(f"{path}/dates/{seat.delivery_id}")
    assert anna.phone in date.text
    assert f"{path}/places/{seat.id}/liberer" in {str(f["action"]) for f in date.select("form")}
    submit(office, f"{path}/places/{seat.id}/liberer")
    assert seat.person_id is None
    submit(office, f"{path}/dates/{seat.delivery_id}/places", role="=Accueil")
    assert "=Accueil" in office.visit(f"{path}/dates/{seat.delivery_id}").text
    office.visit(f"{path}/dates/999999", 404)


def test_the_preview_is_applied(
    session: Session, seats: list[DutySeat], anna: Person, bruno: Person, office: Browser
) -> None:
    path = f"/admin/permanences/{seats[0].period_id}/automatique"
    page = office.visit(path)
    assert "4 sur 8" in plain(page.text)  # two households, two turns each
    assert "il n’y a plus personne" in page.text
    mark = page.find("input", {"name": "planning"})
    assert mark is not None
    assert not session.scalars(select(DutySeat).where(DutySeat.person_id.is_not(None))).all()

    submit(office, path, planning=mark["value"])

    held = session.scalars(select(DutySeat.person_id).where(DutySeat.person_id.is_not(None)))
    assert Counter(held) == {anna.id: 2, bruno.id: 2}
    stale = office.post(path, {"planning": mark["value"]})
    assert "Quelque chose a changé" in stale.text


def test_the_summary_tells_who_owes_how_many(
    session: Session, seats: list[DutySeat], anna: Person, bruno: Person, office: Browser
) -> None:
    services.take(session, anna.id, seats[0].id)
    session.commit()
    path = f"/admin/permanences/{seats[0].period_id}/bilan"
    assert "2 foyers n’ont pas encore" in office.visit(path).text
    submit(office, f"{path}/{anna.household_id}", nombre="1")
    submit(office, f"{path}/{bruno.household_id}", nombre="-5")
    assert "1 foyer n’a pas encore" in office.visit(path).text


def test_the_documents(
    session: Session, seats: list[DutySeat], anna: Person, office: Browser
) -> None:
    anna.last_name = "=1+1"
    services.take(session, anna.id, seats[0].id)
    session.commit()
    path = f"/admin/permanences/{seats[0].period_id}"
    book = load_workbook(BytesIO(office.client.get(f"{path}/planning.xlsx").data))
    planning, summary = book["Planning"], book["Bilan"]
    assert planning["E4"].value == "Anna =1+1"
    assert planning["E4"].data_type == "s"
    assert planning["E14"].value == "=COUNTA(E4:E11)"
    assert summary["D4"].value == "=MAX(0,B4-C4)"
    assert office.client.get(f"{path}/planning.pdf").data.startswith(b"%PDF")
    assert "Anna =1+1" in office.visit(f"{path}/imprimer").text
    assert "Inscription" in office.visit(f"{path}/journal").text


def test_the_sign_in_sheet_names_who_is_on_duty(
    session: Session, seats: list[DutySeat], anna: Person, make: Make, browse: BrowserFactory
) -> None:
    services.take(session, anna.id, seats[0].id)
    session.commit()
    admin = browse(make.person(roles=[Role.ADMIN]))
    path = f"/admin/distributions/{seats[0].delivery_id}/emargement"
    said = f"De permanence : {anna.name} (Responsable, {anna.phone})"
    assert said in plain(admin.visit(path).text)
    submit(admin, f"{path}/imprimer")
    assert said in plain(admin.visit(f"{path}/1").text)
    assert admin.client.get(f"{path}/1.pdf").data.startswith(b"%PDF")
    book = load_workbook(BytesIO(admin.client.get(f"{path}.xlsx").data))
    assert plain(str(book.worksheets[0]["A2"].value)) == said


def test_the_personal_calendar_has_the_turns_of_the_household(
    session: Session, seats: list[DutySeat], anna: Person, browse: BrowserFactory
) -> None:
    services.take(session, anna.id, seats[0].id)
    session.commit()
    browser = browse(anna)
    submit(browser, "/agenda/adresse")
    token = session.connection().exec_driver_sql("SELECT token FROM calendar_key").scalar()
    text = browser.client.get(f"/agenda/{token}.ics").text.replace("\r\n ", "")
    assert f"permanence-{seats[0].delivery_id}-{anna.id}@" in text
    assert "Permanence AMAP : Responsable" in text.replace("\N{NO-BREAK SPACE}", " ")


def test_pages_take_few_statements_however_long(
    app: Flask,
    session: Session,
    make: Make,
    contract: Contract,
    seats: list[DutySeat],
    anna: Person,
    office: Browser,
    browse: BrowserFactory,
) -> None:
    write("[inscription-distrib]")
    key = seats[0].period_id
    admin = f"/admin/permanences/{key}"
    pages = [(browse(anna), "/essai")] + [
        (office, path)
        for path in (
            "/admin/permanences",
            admin,
            f"{admin}/automatique",
            f"{admin}/bilan",
            f"{admin}/imprimer",
            f"{admin}/journal",
            f"{admin}/dates/{seats[0].delivery_id}",
        )
    ]

    def count() -> list[int]:
        found = []
        for browser, path in pages:
            browser.visit(path)
            with counted(app) as said:
                browser.visit(path)
            found.append(len(said))
        return found

    few = count()
    for seat in seats[::2]:
        services.take(session, make.member(contract=contract).id, seat.id)
    session.commit()
    assert count() == few
    assert max(few) <= MOST_STATEMENTS, few


def test_a_delivery_that_was_moved_is_told(
    session: Session, contract: Contract, seats: list[DutySeat], anna: Person, office: Browser
) -> None:
    services.take(session, anna.id, seats[0].id)
    contract.dates[0].date += dt.timedelta(days=60)
    session.commit()
    day = queries.day(session, seats[0].period_id, seats[0].delivery_id)
    assert not day.is_held
    path = f"/admin/permanences/{seats[0].period_id}"
    assert "aucun panier ce jour-là" in office.visit(path).text
    assert services.remind(session) == 0

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py.accounts import roles
from amapress_py.accounts.models import Grant, Household, Person, Scope
from amapress_py.mail import outbox
from amapress_py.web import PAGE_SIZE
from tests.accounts.conftest import CountSql, Known, Submit, look_again
from tests.conftest import BrowserFactory
from tests.factories import Make

LIST = "/admin/personnes/"
FILE = {"first_name": "Élodie", "last_name": "Dupré", "email": "elo@amap.test", "phone": "06"}


def people(session: Session, number: int) -> None:
    session.add_all(
        Person(household=Household(), first_name=f"P{n:03}", last_name="Nom") for n in range(number)
    )
    session.commit()


def by_name(session: Session, first_name: str) -> Person:
    look_again(session)
    return session.scalars(select(Person).where(Person.first_name == first_name)).one()


def test_the_list_is_searched_and_paged(
    session: Session, admin: Person, browse: BrowserFactory
) -> None:
    people(session, 60)
    browser = browse(admin)

    first = browser.visit(LIST)
    last = browser.visit(f"{LIST}?page=4")
    searched = browser.visit(f"{LIST}?q=p059")

    assert "61 personnes" in first.text
    assert len(first.select("#personnes tbody tr")) == PAGE_SIZE
    assert len(last.select("#personnes tbody tr")) == 61 - 3 * PAGE_SIZE
    assert [row.a.text for row in searched.select("#personnes tbody tr") if row.a] == ["Nom P059"]
    assert "Personne ne correspond" in browser.visit(f"{LIST}?q=zzz").text


@pytest.mark.parametrize(
    "query",
    ["page=99999", "page=-1", "page=x", "role=king", "etat=x", "q=%F0%9F", "q=" + "x" * 5000],
)
def test_strange_questions_are_answered(admin: Person, browse: BrowserFactory, query: str) -> None:
    browse(admin).visit(f"{LIST}?{query}")


def test_the_list_asks_the_same_few_questions_at_any_size(
    session: Session, admin: Person, browse: BrowserFactory, make: Make, count_sql: CountSql
) -> None:
    browser = browse(admin)
    browser.visit(LIST)
    counts = []
    for number in (20, 500):
        people(session, number)
        with count_sql() as statements:
            browser.visit(LIST)
        counts.append(len([one for one in statements if one.startswith("SELECT")]))

    assert counts[0] == counts[1] <= 6


def test_a_person_is_added_and_invited(
    session: Session, admin: Person, browse: BrowserFactory, submit: Submit
) -> None:
    page = f"{LIST}nouvelle"
    response = submit(browse(admin), page, page, **FILE, invite="y", other_phone="07")

    person = by_name(session, "Élodie")
    assert response.location == f"{LIST}{person.id}"
    assert (person.email, person.phone, person.other_phone) == ("elo@amap.test", "06", "07")
    (mail,) = outbox.pending(session)
    assert (mail.event, mail.person_id) == ("accounts/invitation", person.id)
    assert "Jeanne" in mail.text


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"email": "jeanne@amap.test"}, "se connecte déjà"),
        ({"email": "", "invite": "y"}, "n’a pas d’adresse"),
        ({"email": "x"}, "n’est pas valable"),
        ({"email": "x" * 300 + "@amap.test"}, "n’est pas valable"),
        ({"last_name": ""}, "À remplir"),
        ({"first_name": "\0\u202e"}, "À remplir"),
        ({"last_name": "é" * 101}, "100 signes"),
        ({"address": "é" * 10_000}, "500 signes"),
    ],
)
def test_a_refused_person_is_not_added_and_stays_typed(
    session: Session,
    admin: Person,
    browse: BrowserFactory,
    submit: Submit,
    changed: dict[str, str],
    message: str,
) -> None:
    page = f"{LIST}nouvelle"

    response = submit(browse(admin), page, page, **{**FILE, "phone": "06 99 88", **changed})

    assert response.status_code == 422
    assert message in response.text
    assert "06 99 88" in response.text
    look_again(session)
    assert session.scalars(select(Person.id)).all() == [admin.id]
    assert not outbox.pending(session)


def test_a_file_is_corrected_and_a_new_address_told_to_the_old(
    session: Session, admin: Person, known: Known, browse: BrowserFactory, submit: Submit
) -> None:
    anna = known("Anna")
    theirs = browse(anna)
    path = f"{LIST}{anna.id}"

    submit(browse(admin), path, path, **FILE)

    person = by_name(session, "Élodie")
    assert (person.id, person.email) == (anna.id, "elo@amap.test")
    assert theirs.client.get("/mon-profil").status_code == 303
    (mail,) = outbox.pending(session)
    assert (mail.event, mail.to_address) == ("accounts/email_changed", "anna@amap.test")


def test_an_address_of_another_is_refused(
    session: Session, admin: Person, known: Known, browse: BrowserFactory, submit: Submit
) -> None:
    anna = known("Anna")
    path = f"{LIST}{anna.id}"

    response = submit(browse(admin), path, path, **{**FILE, "email": "jeanne@amap.test"})

    assert response.status_code == 422
    assert "se connecte déjà" in response.text
    assert by_name(session, "Anna").last_name == anna.last_name


def test_an_account_is_closed_and_opened_again(
    session: Session, admin: Person, known: Known, browse: BrowserFactory, submit: Submit
) -> None:
    anna = known("Anna")
    theirs, path = browse(anna), f"{LIST}{anna.id}"
    browser = browse(admin)

    submit(browser, f"{path}/desactiver", path)
    assert not by_name(session, "Anna").is_active
    assert theirs.client.get("/mon-profil").status_code == 303
    assert "désactivé" in browser.visit(path).text

    submit(browser, f"{path}/reactiver", path)
    assert by_name(session, "Anna").is_active
    assert theirs.client.get("/mon-profil").status_code == 303  # the old session stays closed


def test_a_refusal_is_told_on_the_file(
    session: Session, admin: Person, browse: BrowserFactory, submit: Submit
) -> None:
    path = f"{LIST}{admin.id}"
    browser = browse(admin)

    submit(browser, f"{path}/desactiver", path)

    assert "ses propres droits" in browser.visit(path).text
    assert by_name(session, "Jeanne").is_active
    assert "Désactiver" not in browser.visit(path).text


def test_roles_are_given_and_taken_on_the_file(
    app: Flask,
    session: Session,
    admin: Person,
    known: Known,
    browse: BrowserFactory,
    submit: Submit,
) -> None:
    roles.plug_scopes(app, Scope.PRODUCER, lambda _session: [(3, "Ferme du Bois")])
    anna = known("Anna")
    path, browser = f"{LIST}{anna.id}", browse(admin)
    option = browser.visit(path).find("option", string=lambda text: "Ferme du Bois" in (text or ""))
    assert option is not None

    submit(browser, f"{path}/roles", path, role=option["value"])
    page = browser.visit(path)
    assert "Anna est référente ou référent de\N{NO-BREAK SPACE}: Ferme du Bois" in page.text
    assert "Référent" in browser.visit(LIST).text

    (grant,) = session.scalars(select(Grant).where(Grant.person_id == anna.id))
    submit(browser, f"{path}/roles/{grant.id}/retirer", path)
    assert "n’a pas de rôle particulier" in browser.visit(path).text


@pytest.mark.parametrize("role", ["", "king::0", "referent:producer:99", "admin:x:1", "\0", "🥕"])
def test_a_forged_role_is_refused(
    session: Session,
    admin: Person,
    known: Known,
    browse: BrowserFactory,
    submit: Submit,
    role: str,
) -> None:
    anna = known("Anna")
    path, browser = f"{LIST}{anna.id}", browse(admin)

    assert submit(browser, f"{path}/roles", path, role=role).status_code == 303
    assert "ne peut pas être donné" in browser.visit(path).text
    look_again(session)
    assert not session.scalars(select(Grant).where(Grant.person_id == anna.id)).all()


def test_households_are_shared_and_left_on_the_file(
    session: Session, admin: Person, known: Known, browse: BrowserFactory, submit: Submit
) -> None:
    anna, bruno = known("Anna"), known("Bruno")
    path, browser = f"{LIST}{anna.id}", browse(admin)

    form = browser.visit(f"{path}/foyer?q=bruno").select_one(".card form")
    assert form is not None
    submit(browser, str(form["action"]), path)
    assert "Bruno" in browser.visit(path).text
    assert by_name(session, "Anna").household_id == by_name(session, "Bruno").household_id

    submit(browser, f"{path}/foyer/quitter", path)
    assert by_name(session, "Anna").household_id != by_name(session, "Bruno").household_id
    assert "Foyers d’avant" in browser.visit(path).text
    assert bruno.id


def test_what_people_typed_is_escaped(
    session: Session, admin: Person, known: Known, browse: BrowserFactory
) -> None:
    anna = known("Anna")
    anna.first_name, anna.phone = "<script>alert(1)</script>", "\"'><b>"
    session.commit()

    for path in (LIST, f"{LIST}{anna.id}", f"{LIST}{anna.id}/foyer?q=<script>"):
        text = str(browse(admin).client.get(path).text)
        assert "<script>alert" not in text
        assert "<b>" not in text


def test_an_old_tab_does_not_bring_back_a_former_address(
    session: Session, admin: Person, browse: BrowserFactory, make: Make
) -> None:
    person = make.person("Élodie")
    url, browser = f"{LIST}{person.id}", browse(admin)
    field = browser.visit(url).select_one("input[name=seen]")
    assert field is not None
    old = {**FILE, "email": "", "seen": field["value"]}
    browser.post(url, {**old, "email": "neuve@amap.test"}, url)

    told = browser.client.post(url, data={**old, "csrf_token": browser.token(url), "phone": "07"})

    assert told.status_code == 409
    assert "La fiche dit maintenant : « neuve@amap.test »." in told.text.replace("\xa0", " ")
    assert by_name(session, "Élodie").email == "neuve@amap.test"

import re

import pytest
import time_machine
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts import passwords, refusals, rules, services, tokens
from amapress_py.accounts.models import Person
from amapress_py.accounts.tokens import Purpose
from amapress_py.mail import outbox
from amapress_py.mail.models import OutboxMail
from tests.accounts.conftest import PASSWORD, Known, Submit, look_again
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make

NEW = "trois mots retenus"
PAGE = "/mot-de-passe-oublie"


def mails(session: Session) -> list[OutboxMail]:
    look_again(session)
    return outbox.pending(session)


def link_in(mail: OutboxMail) -> str:
    found = re.search(r"http://localhost(/compte/mot-de-passe/\S+)", mail.text)
    assert found is not None
    return found[1]


def choose(submit: Submit, browser: Browser, link: str, new: str = NEW) -> int:
    return submit(browser, link, PAGE, new=new, again=new).status_code


def test_an_invitation_opens_an_account_once(
    session: Session, make: Make, browse: BrowserFactory, submit: Submit
) -> None:
    person = make.person("Anna", email="anna@amap.test")
    with db.transaction() as writing:
        services.invite(writing, person.id, by="Jeanne M.")
    (mail,) = mails(session)
    link = link_in(mail)
    browser = browse()

    assert mail.to_address == "anna@amap.test"
    assert "Jeanne M." in mail.text
    assert "anna@amap.test" in browser.visit(link).text
    assert choose(submit, browser, link) == 303
    assert browser.client.get("/mon-profil").status_code == 200

    look_again(session)
    assert passwords.is_right(session.get_one(Person, person.id).password_hash, NEW)
    assert browse().client.get(link).status_code == 410
    assert choose(submit, browse(), link, "another password") == 410


def test_opening_a_link_changes_nothing(
    session: Session, known: Known, browse: BrowserFactory
) -> None:
    anna = known("Anna")
    stamp = anna.stamp
    link = f"/compte/mot-de-passe/{tokens.make(Purpose.RESET, anna)}"

    for _time in range(3):  # mail scanners follow links
        browse().visit(link)

    look_again(session)
    assert session.get_one(Person, anna.id).stamp == stamp


def test_a_reset_ends_sessions_and_the_old_password(
    session: Session, known: Known, browse: BrowserFactory, submit: Submit
) -> None:
    thief = browse(known("Anna"))
    browser = browse()
    assert submit(browser, PAGE, PAGE, email="Anna@amap.test").status_code == 303
    (mail,) = mails(session)

    assert choose(submit, browser, link_in(mail)) == 303

    assert thief.client.get("/mon-profil").status_code == 303
    assert [one.event for one in mails(session)][1:] == ["accounts/password_changed"]
    for password, status in ((PASSWORD, 422), (NEW, 303)):
        response = submit(
            browse(), "/connexion", "/connexion", email="anna@amap.test", password=password
        )
        assert response.status_code == status


def test_the_invitation_of_an_active_account_ends_with_its_stamp(
    session: Session, known: Known, browse: BrowserFactory, submit: Submit
) -> None:
    anna = known("Anna")
    link = f"/compte/mot-de-passe/{tokens.make(Purpose.ACTIVATE, anna)}"
    browse().visit(link)  # still a reset

    reset = f"/compte/mot-de-passe/{tokens.make(Purpose.RESET, anna)}"
    assert choose(submit, browse(), reset) == 303

    assert browse().client.get(link).status_code == 410


def test_an_expired_link_leads_to_a_new_one(
    known: Known, browse: BrowserFactory, submit: Submit, clock: time_machine.Traveller
) -> None:
    link = f"/compte/mot-de-passe/{tokens.make(Purpose.RESET, known('Anna'))}"
    clock.shift(2 * 3600 + 1)

    page = browse().visit(link, status=410)

    assert "n’est plus valable" in page.text
    assert page.select_one(f"a[href='{PAGE}']")
    assert choose(submit, browse(), link) == 410


@pytest.mark.parametrize("token", ["x", "a.b", "🥕", "x" * 5000, "%F0%9F"])
def test_a_garbled_link_is_told(browse: BrowserFactory, token: str) -> None:
    browse().visit(f"/compte/mot-de-passe/{token}", status=410)


@pytest.mark.parametrize(
    ("new", "again", "message"),
    [
        ("court", "court", "Au moins 10 signes"),
        ("", "", "À remplir"),
        (NEW, NEW + "!", "différents"),
        ("x" * 201, "x" * 201, "200 signes au maximum"),
    ],
)
def test_a_refused_password_changes_nothing(
    session: Session,
    known: Known,
    browse: BrowserFactory,
    submit: Submit,
    new: str,
    again: str,
    message: str,
) -> None:
    anna = known("Anna")
    link = f"/compte/mot-de-passe/{tokens.make(Purpose.RESET, anna)}"

    response = submit(browse(), link, link, new=new, again=again)

    assert response.status_code == 422
    assert message in response.text
    look_again(session)
    assert passwords.is_right(session.get_one(Person, anna.id).password_hash, PASSWORD)


def test_asking_says_the_same_whoever_asks(
    session: Session, known: Known, browse: BrowserFactory, submit: Submit
) -> None:
    known("Anna")
    gone = known("Bruno")
    gone.is_active = False
    session.commit()

    answers = set()
    for email in ("anna@amap.test", "bruno@amap.test", "nobody@amap.test"):
        browser = browse()
        response = submit(browser, PAGE, PAGE, email=email)
        shown = browser.visit("/connexion").select_one(".message")
        assert shown is not None
        answers.add((response.status_code, response.location, shown.text))

    assert len(answers) == 1
    assert [one.to_address for one in mails(session)] == ["anna@amap.test"]


def test_asking_often_is_slowed_down_for_known_and_unknown_alike(
    session: Session, known: Known, browse: BrowserFactory, submit: Submit
) -> None:
    known("Anna")
    for email in ("anna@amap.test", "nobody@amap.test"):
        statuses = [
            submit(browse(), PAGE, PAGE, email=email).status_code
            for _time in range(rules.RESET_PER_ADDRESS.tries + 1)
        ]
        assert statuses == [303] * rules.RESET_PER_ADDRESS.tries + [429]

    assert len(mails(session)) == rules.RESET_PER_ADDRESS.tries


def test_one_place_cannot_ask_for_everybody(
    session: Session,
    known: Known,
    browse: BrowserFactory,
    submit: Submit,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rules, "RESET_PER_IP", rules.Limit(2, 900))
    persons = [known(name) for name in ("Anna", "Bruno", "Chloe")]

    statuses = [submit(browse(), PAGE, PAGE, email=person.email).status_code for person in persons]

    assert statuses == [303, 303, 429]
    assert len(mails(session)) == 2


def test_who_never_had_a_password_may_ask_for_one(
    session: Session, make: Make, browse: BrowserFactory, submit: Submit
) -> None:
    make.person("Anna", email="anna@amap.test")

    submit(browse(), PAGE, PAGE, email="anna@amap.test")

    assert choose(submit, browse(), link_in(mails(session)[0])) == 303


@pytest.mark.parametrize("email", ["", "anna", "a" * 500 + "@amap.test", "\0", "🥕@amap.test"])
def test_asking_with_no_address_is_refused(
    browse: BrowserFactory, submit: Submit, email: str
) -> None:
    assert submit(browse(), PAGE, PAGE, email=email).status_code == 422


def test_inviting_needs_an_address_and_an_open_account(session: Session, make: Make) -> None:
    nowhere = make.person(email=None)
    closed = make.person()
    closed.is_active = False
    session.commit()

    with pytest.raises(refusals.NoAddress):
        services.invite(session, nowhere.id, by="Jeanne")
    with pytest.raises(refusals.Inactive):
        services.invite(session, closed.id, by="Jeanne")
    assert not outbox.pending(session)

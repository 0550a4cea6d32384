"""« Nous contacter »: from the form to the mail, by visitors and by members."""

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from amapress_py import db, settings
from amapress_py.accounts.models import Role
from amapress_py.cms import contact, seed
from amapress_py.mail.models import OutboxMail
from tests.conftest import BrowserFactory
from tests.factories import Make
from tests.shortcodes.pages import notices, prose, write

WRITTEN = {
    "nom": "Zoé Petit",
    "email": "zoe@test.example",
    "sujet": "Un panier ?",
    "message": "Bonjour,\n\nY a-t-il de la place ?",
}
FORM = "/ecrire-a-l-amap"


@pytest.fixture(autouse=True)
def site(session: Session) -> None:
    with db.transaction() as current:
        seed.seed(current)
        settings.save(current, {"contact_email": "bureau@amap.example"})
    write("[nous-contacter]")


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    return app.test_client()


def mails(session: Session) -> list[OutboxMail]:
    session.rollback()
    found = select(OutboxMail).where(OutboxMail.event == "cms/contact").order_by(OutboxMail.id)
    return list(session.scalars(found))


def fields(answer: TestResponse) -> dict[str, str]:
    form = BeautifulSoup(answer.data, "html.parser").select_one(f"form[action='{FORM}']")
    assert form is not None
    return {
        str(one["name"]): one.text.strip() if one.name == "textarea" else str(one.get("value", ""))
        for one in form.select("[name]")
    }


def test_a_visitors_message_is_mailed(visitor: FlaskClient, session: Session) -> None:
    assert fields(visitor.get("/essai")).keys() == {*WRITTEN, contact.TRAP}

    answer = visitor.post(FORM, data=WRITTEN)

    assert answer.status_code == 303
    assert "votre message est parti" in visitor.get(answer.location).text
    (mail,) = mails(session)
    assert (mail.to_address, mail.reply_to) == ("bureau@amap.example", "zoe@test.example")
    assert " ".join(mail.subject.split()) == "Un panier ? – Zoé Petit"
    assert "Y a-t-il de la place" in mail.text
    assert "sans être connecté" in mail.text


def test_a_visitor_gets_no_token_and_no_cookie(visitor: FlaskClient) -> None:
    shown = visitor.get("/essai")
    answers = [shown, visitor.get(FORM), visitor.post(FORM, data={}), visitor.get(f"{FORM}/merci")]
    answers.append(visitor.post(FORM, data=WRITTEN))

    for answer in answers:
        assert "csrf_token" not in answer.text
        assert "Set-Cookie" not in answer.headers
    assert shown.headers["Cache-Control"].startswith("public")


def test_a_refused_message_is_not_lost(visitor: FlaskClient, session: Session) -> None:
    typed = {**WRITTEN, "email": "zoe"}

    answer = visitor.post(FORM, data=typed)

    assert answer.status_code == 422
    assert {name: fields(answer)[name] for name in typed} == typed
    assert mails(session) == []


@pytest.mark.parametrize("field", WRITTEN)
def test_nothing_may_be_missing_or_endless(
    visitor: FlaskClient, session: Session, field: str
) -> None:
    for value in ("", " \r\n\t", "x" * 5001):
        assert visitor.post(FORM, data={**WRITTEN, field: value}).status_code == 422
    assert mails(session) == []


@pytest.mark.parametrize("field", WRITTEN)
def test_no_header_can_be_smuggled_in(visitor: FlaskClient, session: Session, field: str) -> None:
    bad = "zoe@test.example\r\nBcc: toto@test.example"
    visitor.post(FORM, data={**WRITTEN, field: bad})

    for mail in mails(session):
        assert "\n" not in mail.subject + mail.reply_to + mail.to_name + mail.to_address
        assert mail.reply_to == "zoe@test.example"
        assert mail.headers == {}


def test_markup_stays_text(visitor: FlaskClient, session: Session) -> None:
    bad = "<script>alert(1)</script> https://evil.example/a [menu] {{ 7*7 }}"
    visitor.post(FORM, data={**WRITTEN, "message": bad, "nom": bad[:90], "sujet": bad[:90]})

    (mail,) = mails(session)
    assert "<script" not in mail.html
    assert 'href="https://evil' not in mail.html
    assert "{{ 7*7 }}" in mail.text


def test_a_program_that_fills_in_everything_is_thanked_and_ignored(
    visitor: FlaskClient, session: Session
) -> None:
    answer = visitor.post(FORM, data={**WRITTEN, contact.TRAP: "https://spam.example"})

    assert answer.location == f"{FORM}/merci"
    assert mails(session) == []


def test_too_many_messages_from_one_machine(visitor: FlaskClient, session: Session) -> None:
    for _number in range(contact.PER_ADDRESS):
        assert visitor.post(FORM, data=WRITTEN).status_code == 303

    answer = visitor.post(FORM, data=WRITTEN)

    assert answer.status_code == 429
    assert fields(answer)["sujet"] == WRITTEN["sujet"]
    assert len(mails(session)) == contact.PER_ADDRESS
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert visitor.post(FORM, data=WRITTEN, environ_overrides=elsewhere).status_code == 303


def test_too_many_messages_in_all(visitor: FlaskClient, session: Session) -> None:
    for number in range(contact.IN_ALL):
        visitor.post(FORM, data=WRITTEN, environ_overrides={"REMOTE_ADDR": f"192.0.2.{number}"})

    last = {"REMOTE_ADDR": "198.51.100.1"}
    answer = visitor.post(FORM, data=WRITTEN, environ_overrides=last)

    assert answer.status_code == 429
    assert len(mails(session)) == contact.IN_ALL


def test_a_connected_person_need_not_say_who_he_is(
    browse: BrowserFactory, make: Make, session: Session
) -> None:
    person = make.person("Anna")
    anna = browse(person)
    shown = prose(anna)
    assert person.name in shown.text
    assert {str(one["name"]) for one in shown.select("[name]")} == {
        "csrf_token", "sujet", "message", contact.TRAP,
    }  # fmt: skip

    page = anna.post(FORM, {"sujet": "A", "message": "B", "email": "x@y.fr"}, page="/essai")

    assert "votre message est parti" in page.text
    (mail,) = mails(session)
    assert mail.reply_to == person.email
    assert person.name in mail.subject
    assert "sans être connecté" not in mail.text


def test_who_has_no_address_gives_one(browse: BrowserFactory, make: Make, session: Session) -> None:
    person = make.person("Odile", email=None)
    written: dict[str, object] = {
        "sujet": "A",
        "message": "B",
        "email": "voisine@test.example",
    }

    browse(person).post(FORM, written, page="/essai")

    assert mails(session)[0].reply_to == "voisine@test.example"


def test_nothing_is_sent_in_somebodys_name_without_his_token(
    browse: BrowserFactory, make: Make, session: Session
) -> None:
    anna = browse(make.person("Anna"))

    answer = anna.client.post(FORM, data={"sujet": "Gagné", "message": "Cliquez"})

    assert answer.status_code == 400
    assert fields(answer)["sujet"] == "Gagné"
    assert fields(answer)["csrf_token"]
    assert mails(session) == []
    again = anna.client.post(FORM, data=fields(answer))
    assert again.status_code == 303
    assert len(mails(session)) == 1


def test_without_an_address_visitors_get_another_way_and_editors_are_told(
    browse: BrowserFactory, make: Make, session: Session
) -> None:
    with db.transaction() as current:
        settings.save(current, {"contact_email": "", "exchange_email": "mit@amap.example"})

    shown = prose(browse())

    assert shown.select("form") == []
    assert shown.select_one("a[href='mailto:mit@amap.example']") is not None
    assert "adresse de contact" in notices(browse(make.person(roles=[Role.ADMIN])))[0]
    assert browse().client.post(FORM, data=WRITTEN).status_code == 409
    assert mails(session) == []


def test_hostile_input_is_no_error(visitor: FlaskClient, session: Session) -> None:
    for bad in ("\0", "\ud800", "🥕\u202e", "%s%n", "[" * 900, "9" * 400):
        data = {name: bad.encode("utf-8", "surrogatepass") for name in WRITTEN}
        assert visitor.post(FORM, data=data).status_code in (303, 400, 422)

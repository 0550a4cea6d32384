import re

import pytest
from sqlalchemy.orm import Session

from amapress_py import settings
from amapress_py.accounts import rules
from amapress_py.accounts.models import Person, new_stamp
from tests.accounts.conftest import PASSWORD, Known, Submit, look_again
from tests.conftest import Browser, BrowserFactory

WRONG = "L’adresse ou le mot de passe n’est pas le bon."


def log_in(
    submit: Submit, browser: Browser, email: str, password: str = PASSWORD, suite: str = ""
) -> tuple[int, str, str]:
    response = submit(
        browser, "/connexion", "/connexion", email=email, password=password, suite=suite
    )
    return response.status_code, response.location or "", response.text


def is_connected(browser: Browser) -> bool:
    return browser.client.get("/mon-profil").status_code == 200


def test_who_knows_the_password_is_connected(
    known: Known, browse: BrowserFactory, submit: Submit
) -> None:
    known("Anna")
    browser = browse()

    assert log_in(submit, browser, " ANNA@amap.test ")[:2] == (303, "/")
    assert is_connected(browser)


def test_one_comes_back_to_the_page_asked_for(
    known: Known, browse: BrowserFactory, submit: Submit
) -> None:
    known("Anna")
    browser = browse()

    page = browser.visit("/mon-profil?a=b")
    suite = page.select_one("input[name=suite]")

    assert suite is not None
    assert "réservée aux amapiens connectés" in page.text
    assert log_in(submit, browser, "anna@amap.test", suite=str(suite["value"]))[1] == (
        "/mon-profil?a=b"
    )


@pytest.mark.parametrize(
    "suite",
    ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)", "x", "/\n"],
)
def test_nobody_is_sent_to_another_site(
    known: Known, browse: BrowserFactory, submit: Submit, suite: str
) -> None:
    known("Anna")

    assert log_in(submit, browse(), "anna@amap.test", suite=suite)[:2] == (303, "/")


def test_a_refusal_does_not_tell_who_exists(
    known: Known, session: Session, browse: BrowserFactory, submit: Submit
) -> None:
    known("Anna")
    gone = known("Bruno")
    gone.is_active = False
    new = known("Chloe")
    new.password_hash = None
    session.commit()
    browser = browse()

    answers = {
        re.sub(r'value="[^"]*"', "", log_in(submit, browser, email, password)[2])
        for email, password in [
            ("anna@amap.test", "not-her-password"),
            ("nobody@amap.test", PASSWORD),
            ("no address", PASSWORD),
            ("bruno@amap.test", PASSWORD),
            ("chloe@amap.test", PASSWORD),
        ]
    }

    assert len(answers) == 1
    assert WRONG in answers.pop()
    assert not is_connected(browser)


def test_a_refused_form_keeps_the_address_and_not_the_password(
    browse: BrowserFactory, submit: Submit
) -> None:
    status, _location, text = log_in(submit, browse(), "anna@amap.test", "a-secret-typed")

    assert status == 422
    assert 'value="anna@amap.test"' in text
    assert "a-secret-typed" not in text


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("", ""),
        ("a" * 100_000, PASSWORD),
        ("anna@amap.test", "x" * 100_000),
        ("🥕\u202e\0", "\0🥕\u202e"),
        ("anna@amap.test\r\nX: y", PASSWORD),
    ],
)
def test_bad_input_is_refused_in_french(
    known: Known, browse: BrowserFactory, submit: Submit, email: str, password: str
) -> None:
    known("Anna")
    browser = browse()

    status, _location, text = log_in(submit, browser, email, password)

    assert status == 422
    assert "au maximum" in text or "À remplir" in text or WRONG in text
    assert not is_connected(browser)


def test_ten_megabytes_are_too_much(browse: BrowserFactory, submit: Submit) -> None:
    response = submit(browse(), "/connexion", "/connexion", email="a" * 10_000_000)

    assert response.status_code == 413
    assert "trop gros" in response.text


def test_guessing_one_address_is_slowed_down_for_known_and_unknown_alike(
    known: Known, browse: BrowserFactory, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "LOG_IN_PER_ADDRESS", rules.Limit(3, 900))
    known("Anna")
    browser = browse()

    for email in ("anna@amap.test", "nobody@amap.test"):
        for _try in range(rules.LOG_IN_PER_ADDRESS.tries):
            assert log_in(submit, browser, email, "wrong")[0] == 422
        status, _location, text = log_in(submit, browser, email, PASSWORD)
        assert status == 429
        assert "Trop d’essais" in text
    assert not is_connected(browser)


def test_guessing_from_one_place_is_slowed_down(
    known: Known, browse: BrowserFactory, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    known("Anna")
    monkeypatch.setattr(rules, "LOG_IN_PER_IP", rules.Limit(3, 900))
    browser = browse()

    for number in range(3):
        assert log_in(submit, browser, f"p{number}@amap.test", "wrong")[0] == 422

    assert log_in(submit, browser, "anna@amap.test")[0] == 429


def test_a_right_password_forgives_the_wrong_ones(
    known: Known, browse: BrowserFactory, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "LOG_IN_PER_ADDRESS", rules.Limit(3, 900))
    known("Anna")
    for _round in range(2):
        for _try in range(rules.LOG_IN_PER_ADDRESS.tries - 1):
            log_in(submit, browse(), "anna@amap.test", "wrong")
        assert log_in(submit, browse(), "anna@amap.test")[0] == 303


def test_the_session_changes_at_log_in(
    known: Known, browse: BrowserFactory, submit: Submit
) -> None:
    known("Anna")
    browser = browse()
    token = browser.token("/connexion")
    with browser.client.session_transaction() as cookie:
        cookie["planted"] = "by a visitor"

    log_in(submit, browser, "anna@amap.test")

    with browser.client.session_transaction() as cookie:
        assert "planted" not in cookie
    stale = browser.client.post("/deconnexion", data={"csrf_token": token})
    assert stale.status_code == 400
    assert is_connected(browser)


def test_logging_out_closes_the_session(
    known: Known, browse: BrowserFactory, submit: Submit
) -> None:
    browser = browse(known("Anna"))

    assert browser.client.get("/deconnexion").status_code == 405
    assert submit(browser, "/deconnexion", "/mon-profil").status_code == 303
    assert not is_connected(browser)


def test_who_is_connected_need_not_log_in(known: Known, browse: BrowserFactory) -> None:
    response = browse(known("Anna")).client.get("/connexion?suite=/mon-profil")

    assert (response.status_code, response.location) == (303, "/mon-profil")


def test_a_new_stamp_or_a_closed_account_ends_the_session(
    known: Known, session: Session, browse: BrowserFactory
) -> None:
    anna, bruno = known("Anna"), known("Bruno")
    browsers = browse(anna), browse(bruno)
    assert all(map(is_connected, browsers))

    anna.stamp = new_stamp()
    bruno.is_active = False
    session.commit()

    assert not any(map(is_connected, browsers))


@pytest.mark.parametrize("kept", ["", ":", "x:y", "1", "999999:x", "1:\0", "²:x"])
def test_a_strange_session_is_a_visitor(browse: BrowserFactory, kept: str) -> None:
    browser = browse()
    with browser.client.session_transaction() as cookie:
        cookie["_user_id"] = kept

    assert not is_connected(browser)


def test_an_old_tab_is_told_that_nothing_changed(
    known: Known, session: Session, browse: BrowserFactory
) -> None:
    anna = known("Anna")
    browser = browse(anna)
    token = browser.token()
    with browser.client.session_transaction() as cookie:
        cookie.pop("_user_id")

    response = browser.client.post(
        "/mon-profil",
        data={"csrf_token": token, "first_name": "Autre", "last_name": "Nom"},
        headers={"Referer": "http://localhost/mon-profil"},
    )

    assert response.status_code == 303
    assert response.location == "/connexion?suite=/mon-profil"
    assert "rien n’a été changé" in browser.visit("/connexion").text
    look_again(session)
    assert session.get_one(Person, anna.id).first_name == "Anna"


def test_the_intermittents_address_shows_to_who_wants_their_space(
    session: Session, browse: BrowserFactory
) -> None:
    wanted = "/connexion?suite=/espace-intermittents/reserver"
    assert "intermittents@amap.test" not in browse().visit(wanted).text

    settings.save(session, {"exchange_email": "intermittents@amap.test"})
    session.commit()

    page = browse().visit(wanted)
    assert "Adresse de l’espace intermittents" in page.text
    assert page.select_one("a[href='mailto:intermittents@amap.test']")
    assert "intermittents@amap.test" not in browse().visit("/connexion?suite=/contact").text


def test_a_form_without_its_token_changes_nothing(known: Known, browse: BrowserFactory) -> None:
    known("Anna")
    browser = browse()

    response = browser.client.post(
        "/connexion", data={"email": "anna@amap.test", "password": PASSWORD}
    )

    assert response.status_code == 400
    assert not is_connected(browser)

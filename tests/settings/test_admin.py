import dataclasses

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import settings
from amapress_py.accounts.models import Person, Role
from amapress_py.settings.models import Setting
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make

PAGE = "/admin/reglages/"


@pytest.fixture
def admin(make: Make) -> Person:
    return make.person("Jeanne", roles=[Role.ADMIN])


def form_of(browser: Browser) -> dict[str, object]:
    """Return what the screen shows, as a browser would send it."""
    page = browser.visit(PAGE)
    sent: dict[str, object] = {}
    for field in page.select("main form input[name]"):
        if field.get("type") != "checkbox" or field.has_attr("checked"):
            sent[str(field["name"])] = field.get("value", "")
    for text in page.select("main form textarea"):
        sent[str(text["name"])] = text.get_text().removeprefix("\r\n")
    for select_field in page.select("main form select"):
        chosen = select_field.select_one("option[selected]")
        sent[str(select_field["name"])] = chosen["value"] if chosen else ""
    return sent


def stored(session: Session) -> dict[str, str]:
    session.rollback()
    session.expire_all()
    return {row.key: row.value for row in session.scalars(select(Setting))}


def test_every_setting_has_a_field_with_its_value(admin: Person, browse: BrowserFactory) -> None:
    browser = browse(admin)
    names = {
        one.name
        for one in dataclasses.fields(settings.Settings)
        if one.metadata["section"] not in settings.ELSEWHERE
        and one.default is not False  # a box that is not ticked is not sent
    }

    assert set(form_of(browser)) == names | {"csrf_token", "seen"}
    assert form_of(browser)["cede_deadline_hours"] == "24"


def test_school_holidays_are_periods(
    session: Session, admin: Person, browse: BrowserFactory
) -> None:
    browser = browse(admin)
    typed = "Toussaint : 17/10/2026 – 01/11/2026\nNoël du 19/12/2026 au 03/01/2027"

    wrong = browser.client.post(PAGE, data={**form_of(browser), "school_holidays": "en octobre"})
    right = browser.client.post(PAGE, data={**form_of(browser), "school_holidays": typed})

    assert (wrong.status_code, "en octobre" in wrong.text) == (422, True)
    assert right.status_code == 303
    assert "Toussaint" in stored(session)["school_holidays"]


def test_saving_what_is_shown_changes_nothing(
    session: Session, admin: Person, browse: BrowserFactory
) -> None:
    browser = browse(admin)

    response = browser.client.post(PAGE, data=form_of(browser))

    assert (response.status_code, stored(session)) == (303, {})


def test_settings_are_kept_and_shown_everywhere(
    app: Flask, session: Session, admin: Person, browse: BrowserFactory
) -> None:
    browser = browse(admin)
    changed = {
        "mail_sender_name": " AMAP de  la Fontaine🥕 ",
        "exchange_email": "Intermittents@Amap.test",
        "cede_deadline_hours": "48",
    }
    sent = {k: v for k, v in form_of(browser).items() if k != "allow_amapiens"}  # unticked

    assert browser.client.post(PAGE, data={**sent, **changed}).status_code == 303

    with app.app_context():
        now = settings.current()
    assert now.mail_sender_name == "AMAP de la Fontaine🥕"
    assert now.exchange_email == "intermittents@amap.test"
    assert now.cede_deadline_hours == 48
    assert now.allow_amapiens is False
    assert "sont enregistrés" in browser.visit(PAGE).text
    assert set(stored(session)) == {*changed, "allow_amapiens"}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("mails_per_minute", "\0\u202e", "Un nombre entier de 0 à 6000"),
        ("mail_sender_name", "x" * 201, "200 signes"),
        ("mail_sender_name", "x" * 500_000, "200 signes"),
        ("contact_email", "nobody", "n’est pas valable"),
        ("exchange_email", "a@b", "n’est pas valable"),
        ("cede_deadline_hours", "", "Un nombre entier de 0 à 720"),
        ("cede_deadline_hours", "-1", "Un nombre entier de 0 à 720"),
        ("cede_deadline_hours", "1.5", "Un nombre entier de 0 à 720"),
        ("cede_deadline_hours", "9" * 5000, "Un nombre entier de 0 à 720"),
        ("embed_sites", "www.mairie.fr", "écrivez seulement « https://www.mairie.fr »"),
        ("embed_sites", "https://a.fr/agenda?x=1", "écrivez seulement « https://a.fr »"),
        ("embed_sites", "https://a.fr\nn'importe quoi", "n’est pas l’adresse d’un site"),
        ("embed_sites", "https://a.fr; script-src *", "n’est pas l’adresse d’un site"),
        ("embed_sites", "https://*.fr", "n’est pas l’adresse d’un site"),
        ("embed_sites", "https://moi:secret@a.fr", "n’est pas l’adresse d’un site"),
        ("embed_sites", "javascript:alert(1)", "n’est pas l’adresse d’un site"),
        ("embed_sites", "https://[::", "n’est pas l’adresse d’un site"),
        ("embed_sites", "\n".join(f"https://a{n}.fr" for n in range(51)), "50 sites au plus"),
        ("embed_sites", "https://a.fr\n" * 400, "2000 signes"),
        ("mails_per_minute", "6001", "Un nombre entier de 0 à 6000"),
        ("mails_per_minute", "🥕", "Un nombre entier de 0 à 6000"),
    ],
)
def test_a_refused_setting_changes_nothing_and_keeps_what_was_typed(
    session: Session,
    admin: Person,
    browse: BrowserFactory,
    name: str,
    value: str,
    message: str,
) -> None:
    browser = browse(admin)
    sent = {**form_of(browser), "announce_interval_hours": "37", name: value}

    response = browser.client.post(PAGE, data=sent)

    assert response.status_code == 422
    assert message in response.text
    assert 'value="37"' in response.text
    assert stored(session) == {}


def test_too_much_at_once_is_refused(
    session: Session, admin: Person, browse: BrowserFactory
) -> None:
    browser = browse(admin)

    response = browser.client.post(
        PAGE, data={**form_of(browser), "mail_sender_name": "x" * 10_000_000}
    )

    assert response.status_code == 413
    assert stored(session) == {}


def test_sites_are_kept_as_browsers_write_them(
    app: Flask, session: Session, admin: Person, browse: BrowserFactory
) -> None:
    browser = browse(admin)
    typed = " https://WWW.Mairie.fr/ \n\nhttp://localhost:8080\nhttps://été.fr:443\nhttp://localhost:8080"

    sent = {**form_of(browser), "embed_sites": typed}
    assert browser.client.post(PAGE, data=sent).status_code == 303

    with app.app_context():
        kept = settings.current().embed_sites
    assert kept.splitlines() == [
        "https://www.mairie.fr",
        "http://localhost:8080",
        "https://xn--t-9fab.fr",
    ]
    assert form_of(browser)["embed_sites"] == kept


def test_an_old_tab_changes_only_what_was_changed_in_it(
    session: Session, admin: Person, browse: BrowserFactory
) -> None:
    browser = browse(admin)
    old = form_of(browser)
    browser.client.post(
        PAGE, data={**old, "cede_deadline_hours": "48", "exchange_email": "la@sienne.test"}
    )

    left = browser.client.post(PAGE, data={**old, "contact_email": "ici@amap.test"})
    told = browser.client.post(PAGE, data={**old, "exchange_email": "la@mienne.test"})

    assert left.status_code == 303
    assert stored(session).keys() == {"cede_deadline_hours", "exchange_email", "contact_email"}
    assert told.status_code == 409
    assert "Changé aussi par quelqu’un d’autre : « la@sienne.test »." in told.text.replace(
        "\xa0", " "
    )
    assert 'value="la@mienne.test"' in told.text
    assert 'value="48"' in told.text
    assert stored(session)["exchange_email"] == '"la@sienne.test"'

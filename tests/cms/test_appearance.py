"""The screen of the appearance: choose, look, keep; refuse what cannot be read."""

import io
import json
from urllib.parse import parse_qsl, urlsplit

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from PIL import Image
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from amapress_py import db, settings
from amapress_py.accounts.models import Person
from amapress_py.cms.models import Page
from amapress_py.settings.models import Setting
from tests.cms.conftest import MakePage
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make

PAGE = "/admin/apparence"
PICTURE = "/admin/apparence/apercu"


@pytest.fixture
def browser(admin: Person, browse: BrowserFactory) -> Browser:
    return browse(admin)


def form_of(page: BeautifulSoup) -> dict[str, object]:
    """Return what a screen shows, as a browser would send it without files."""
    sent: dict[str, object] = {}
    for field in page.select("main form input[name]"):
        kind = field.get("type")
        if kind != "file" and (kind != "radio" or field.has_attr("checked")):
            sent[str(field["name"])] = field.get("value", "")
    return sent


def send(browser: Browser, status: int = 303, /, **changes: object) -> BeautifulSoup:
    sent = {**form_of(browser.visit(PAGE)), **changes}
    response = browser.client.post(PAGE, data={k: v for k, v in sent.items() if v is not None})
    assert response.status_code == status, response.text[-3000:]
    return BeautifulSoup(response.data, "html.parser")


def stored(session: Session) -> dict[str, object]:
    session.rollback()
    session.expire_all()
    return {row.key: json.loads(row.value) for row in session.scalars(select(Setting))}


def logo() -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGBA", (300, 200), "#00800080").save(file, "PNG")
    file.seek(0)
    return file


def picture(page: BeautifulSoup) -> dict[str, str]:
    """Return what the frame of a screen asks for."""
    frame = page.select_one("iframe")
    assert frame is not None
    assert frame["sandbox"] == ["allow-same-origin"]  # no scripts
    return dict(parse_qsl(urlsplit(str(frame["src"])).query, keep_blank_values=True))


def test_saving_what_is_shown_changes_nothing(session: Session, browser: Browser) -> None:
    send(browser)

    assert stored(session) == {}


def test_name_theme_and_colours_are_kept_and_seen_at_once(
    app: Flask, session: Session, browser: Browser, make_page: MakePage
) -> None:
    make_page("Recettes")
    changes = {
        "site_name": "  AMAP de  la Fontaine🥕",
        "tagline": "Paniers",
        "theme": "contraste",
        "contraste.brand": "#112244",
    }

    send(browser, **changes)

    assert stored(session) == {
        "site_name": "AMAP de la Fontaine🥕",
        "tagline": "Paniers",
        "theme": "contraste",
        "theme_colours": '{"contraste": {"brand": "#112244"}}',
    }
    visitor = app.test_client()
    page = BeautifulSoup(visitor.get("/recettes").data, "html.parser")
    address = str(page.select("link[rel=stylesheet]")[-1]["href"])
    assert "AMAP de la Fontaine🥕" in page.text
    assert "?" not in address
    assert "--brand:#112244;" in visitor.get(address).text
    assert page.select_one("meta[name=theme-color]")["content"] == "#000000"  # type: ignore[index]
    assert "L’apparence du site est enregistrée" in browser.visit(PAGE).text


def test_each_theme_keeps_its_colours(session: Session, browser: Browser) -> None:
    send(browser, **{"default.brand": "#204080"})
    send(browser, **{"theme": "contraste", "contraste.brand": "#112244"})
    send(browser, theme="default")

    assert json.loads(str(stored(session)["theme_colours"])) == {
        "contraste": {"brand": "#112244"},
        "default": {"brand": "#204080"},
    }
    send(browser, **{"theme": "default", "default.brand": "#2d6440"})
    assert stored(session)["theme_colours"] == '{"contraste": {"brand": "#112244"}}'


def test_the_theme_of_others_is_not_checked(session: Session, browser: Browser) -> None:
    send(browser, **{"contraste.brand": "nonsense"})

    assert stored(session) == {}


@pytest.mark.parametrize(
    "colour",
    [
        "red",
        "red;}body{display:none",
        "url(https://evil.example/x)",
        "#2d644",
        "#fff;}*{color:red",
        "#" + "a" * 10_000,
        "expression(alert(1))",
        "</style><script>alert(1)</script>",
        "\0",
        "",
        "🥕",
    ],
)
def test_a_hostile_colour_is_refused(session: Session, browser: Browser, colour: str) -> None:
    page = send(browser, 422, **{"default.brand": colour, "tagline": "Paniers"})

    error = page.select_one("#couleur-default-brand-error")
    assert error is not None
    assert "# et six signes" in error.text
    assert stored(session) == {}
    assert "Paniers" in str(page.select_one("#tagline"))
    assert "evil" not in picture(page)["default.brand"]
    assert not page.find_all("script", string=True)


def test_a_colour_that_cannot_be_read_names_the_pair_and_a_better_one(
    session: Session, browser: Browser
) -> None:
    page = send(browser, 422, **{"default.brand": "#88cc88"})

    error = page.select_one("#couleur-default-brand-error")
    assert error is not None
    assert "Texte blanc des boutons" in error.text
    assert "le contraste est de 1,9, il en faut 4,5" in error.text
    take = page.select_one(".better button")
    assert take is not None
    assert stored(session) == {}

    sent = {**form_of(page), "action": take["value"]}
    tried = BeautifulSoup(browser.client.post(PAGE, data=sent).data, "html.parser")
    assert "Rien n’est encore enregistré" in tried.text
    assert stored(session) == {}

    assert browser.client.post(PAGE, data=form_of(tried)).status_code == 303
    better = str(take["value"]).partition("=")[2]
    assert better in error.text
    assert stored(session) == {"theme_colours": json.dumps({"default": {"brand": better}})}


def test_two_colours_that_hide_each_other_are_refused(session: Session, browser: Browser) -> None:
    send(browser, 422, **{"default.brand-soft": "#1d4730"})
    send(browser, 422, **{"default.paper": "#000000"})
    send(browser, 422, **{"theme": "contraste", "contraste.brand": "#2d6440"})  # 6.9: not 7

    assert stored(session) == {}


def test_back_to_the_colours_of_the_theme(session: Session, browser: Browser) -> None:
    send(browser, **{"default.brand": "#204080", "contraste.brand": "#112244"})

    page = send(browser, 200, action="couleurs-du-theme")

    assert picture(page)["default.brand"] == "#2d6440"
    assert "theme_colours" in stored(session)
    browser.client.post(PAGE, data=form_of(page))
    assert stored(session) == {}


@pytest.mark.parametrize("theme", ["../../etc", "absent", "", "\0", "default/../contraste", None])
def test_a_theme_that_is_not_there_is_refused(
    session: Session, browser: Browser, theme: str | None
) -> None:
    page = send(browser, 422, theme=theme)

    assert page.select_one("#theme-error") is not None
    assert stored(session) == {}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("site_name", "", "À remplir"),
        ("site_name", "\0\u202e", "À remplir"),
        ("site_name", "x" * 201, "200 signes"),
        ("tagline", "x" * 500_000, "200 signes"),
    ],
)
def test_a_refused_name_changes_nothing(
    session: Session, browser: Browser, name: str, value: str, message: str
) -> None:
    page = send(browser, 422, **{name: value, "default.brand": "#204080"})

    assert message in page.text
    assert picture(page)["default.brand"] == "#204080"
    assert stored(session) == {}


@pytest.mark.parametrize("action", ["nonsense", "prendre", "prendre x=y", "prendre =", "🥕" * 5000])
def test_a_button_that_is_not_there_saves_nothing(
    session: Session, browser: Browser, action: str
) -> None:
    send(browser, 200, action=action, tagline="Paniers")

    assert stored(session) == {}


def test_a_logo_is_tried_then_kept_then_taken_away(
    app: Flask, session: Session, browser: Browser, make_page: MakePage
) -> None:
    make_page("Recettes")
    visitor = app.test_client()

    tried = send(browser, 200, logo=(logo(), "Mon logo.PNG"), action="apercu")
    shown = tried.select_one(".logo-now img")
    assert shown is not None
    address = str(shown["src"])
    assert picture(tried)["logo_key"] in address
    assert visitor.get(address).status_code == 404  # not kept yet
    assert address in browser.client.get(PICTURE, query_string=picture(tried)).text

    assert browser.client.post(PAGE, data=form_of(tried)).status_code == 303
    assert stored(session) == {"logo_key": picture(tried)["logo_key"]}
    assert visitor.get(address).mimetype == "image/png"
    assert f'src="{address}"' in visitor.get("/recettes").text

    without = send(browser, 200, action="sans-logo")
    assert without.select_one(".logo-now") is None
    browser.client.post(PAGE, data=form_of(without))
    assert stored(session) == {}
    assert address not in visitor.get("/recettes").text


def test_a_logo_may_be_sent_and_kept_at_once(session: Session, browser: Browser) -> None:
    send(browser, logo=(logo(), "logo.png"), tagline="Paniers")

    assert set(stored(session)) == {"logo_key", "tagline"}


@pytest.mark.parametrize(
    "content", [b"", b"<svg xmlns='x' onload='alert(1)'/>", b"\x89PNG\r\n\x1a\n", b"MZ" * 1000]
)
def test_what_is_no_image_is_no_logo(session: Session, browser: Browser, content: bytes) -> None:
    page = send(browser, 422, logo=(io.BytesIO(content), "logo.png"), tagline="Paniers")

    assert page.select_one("#logo-error") is not None
    assert "Paniers" in str(page.select_one("#tagline"))
    assert stored(session) == {}


def test_too_heavy_an_upload_is_refused_in_words(session: Session, browser: Browser) -> None:
    file = FileStorage(io.BytesIO(b"x" * 17_000_000), "logo.png")
    boundary, body = encode_multipart({**form_of(browser.visit(PAGE)), "logo": file})
    kind = f"multipart/form-data; boundary={boundary}"

    answer = browser.client.post(PAGE, data=body, content_type=kind)

    assert answer.status_code == 413
    assert "15 Mo" in answer.text


@pytest.mark.parametrize("key", ["../../x", "f" * 32, "x" * 5000])
def test_a_logo_that_is_not_there_is_none(session: Session, browser: Browser, key: str) -> None:
    send(browser, logo_key=key)

    assert stored(session) == {}


def test_the_picture_shows_what_is_not_kept(
    app: Flask, seeded: Session, session: Session, browser: Browser
) -> None:
    before = stored(session)
    asked = {
        "theme": "contraste",
        "site_name": "AMAP d’essai",
        "tagline": "<b>Essai</b>",
        "contraste.brand": "#112244",
        "contraste.accent": "red;}body{",
    }

    answer = browser.client.get(PICTURE, query_string=asked)

    page = BeautifulSoup(answer.data, "html.parser")
    style = str(page.select("link[rel=stylesheet]")[-1]["href"])
    assert answer.status_code == 200
    assert "AMAP d’essai" in page.text
    assert "&lt;b&gt;Essai" in answer.text
    assert "Une AMAP, ce sont des familles" in page.text
    assert "Se connecter" in page.text  # as a visitor
    assert "Modifier cette page" not in page.text
    assert not page.find_all("script")
    assert page.body is not None
    assert page.body.has_attr("inert")
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "private, no-store"
    css = app.test_client().get(style).text
    assert "--brand:#112244;" in css
    assert "--accent:#8a1f00;" in css
    assert stored(session) == before
    assert "AMAP d’essai" not in app.test_client().get("/").text


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"theme": "../../etc"},
        {"theme": "absent", "site_name": "x" * 100_000},
        {"default.brand": "url(//evil.example)", "logo_key": "../../x"},
        {"site_name": "\u202e", "logo_key": "f" * 32},
    ],
)
def test_a_strange_picture_is_the_present_one(
    session: Session, browser: Browser, asked: dict[str, str]
) -> None:
    answer = browser.client.get(PICTURE, query_string=asked)

    assert answer.status_code == 200
    assert "evil" not in answer.text
    assert len(answer.text) < 20_000


def test_a_home_page_that_visitors_do_not_see_is_not_in_the_picture(
    seeded: Session, browser: Browser
) -> None:
    assert "des familles" in browser.client.get(PICTURE).text

    with db.transaction() as current:
        settings.touch(current)
        current.execute(update(Page).where(Page.path == "").values(audience="connected"))

    assert "des familles" not in browser.client.get(PICTURE).text


def test_a_message_is_for_the_screen_not_for_the_picture(
    session: Session, browser: Browser
) -> None:
    browser.client.post(PAGE, data=form_of(browser.visit(PAGE)))

    assert "est enregistrée" not in browser.client.get(PICTURE).text
    assert "est enregistrée" in browser.visit(PAGE).text


def test_a_stored_theme_that_is_gone_is_shown_as_the_default_one(
    session: Session, browser: Browser
) -> None:
    with db.transaction() as current:
        settings.save(current, {"theme": "partie", "theme_colours": "[1"})

    page = browser.visit(PAGE)

    assert picture(page)["theme"] == "default"


def test_one_screen_takes_few_statements(
    session: Session, browser: Browser, make: Make, statements: list[str]
) -> None:
    browser.visit(PAGE)
    statements.clear()
    browser.visit(PAGE)

    assert len(statements) <= 6

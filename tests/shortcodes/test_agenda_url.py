import re

from flask import Flask

from tests.back_office import counted
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make
from tests.shortcodes.pages import prose, write


def address(browser: Browser) -> str:
    found = prose(browser).select_one("#adresse-agenda")
    assert found is not None
    link = prose(browser).select_one("a[href^='webcal:']")
    assert link is not None
    assert link.text == "S’abonner"
    assert str(link["href"]) == found.text.replace("http://", "webcal://")
    return found.text


def test_visitors_get_the_public_calendar(app: Flask, browse: BrowserFactory) -> None:
    write("[agenda-url]")

    assert address(browse()) == "http://localhost/agenda.ics"
    assert prose(browse()).select("form") == []
    answer = app.test_client().get("/essai")
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"].startswith("public")


def test_a_person_makes_and_changes_an_address(browse: BrowserFactory, make: Make) -> None:
    write("[agenda-url]")
    anna = browse(make.person("Anna"))
    assert address(anna) == "http://localhost/agenda.ics"

    page = anna.post("/agenda/adresse", page="/essai")

    assert "Votre adresse d’agenda est prête" in page.text
    first = address(anna)
    assert re.fullmatch(r"http://localhost/agenda/[\w-]{43}\.ics", first)
    anna.post("/agenda/adresse", page="/essai")
    assert address(anna) != first
    assert browse().client.get(first).status_code == 404
    assert browse().client.get(address(anna)).status_code == 200


def test_looking_makes_no_address(app: Flask, browse: BrowserFactory, make: Make) -> None:
    write("[agenda-url]")
    anna = browse(make.person("Anna"))
    anna.visit("/essai")

    with counted(app) as said:
        anna.visit("/essai")

    assert all(one.startswith("SELECT") or one == "ROLLBACK" for one in said), said
    assert len(said) <= 3

from flask import Flask

from tests.conftest import BrowserFactory
from tests.factories import Make
from tests.shortcodes.pages import prose, write


def test_a_visitor_logs_in_and_comes_back(browse: BrowserFactory) -> None:
    write("[connexion]")

    first, second = prose(browse()).select("a")

    assert first.text == "Se connecter"
    assert first["href"] == "/connexion?suite=/essai"
    assert second.text == "Mot de passe oublié\N{NO-BREAK SPACE}?"
    assert second["href"] == "/mot-de-passe-oublie"


def test_a_visitor_gets_no_token_and_no_cookie(app: Flask) -> None:
    write("[connexion]")

    answer = app.test_client().get("/essai")

    assert "csrf_token" not in answer.text
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"].startswith("public")


def test_a_connected_person_is_greeted_and_logs_out(browse: BrowserFactory, make: Make) -> None:
    write("[connexion]")
    anna = browse(make.person("Anna"))

    shown = prose(anna)

    assert "Bonjour Anna" in " ".join(shown.text.split())
    assert shown.select_one("a[href='/mon-profil']") is not None
    form = shown.select_one("form[method=post][action='/deconnexion']")
    assert form is not None
    assert "Se connecter" not in prose(anna).text
    anna.post("/deconnexion", page="/essai")
    assert "Se connecter" in prose(anna).text

"""Child themes: what is found where, what is served, and what happens when one is broken."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session

from amapress_py import db, settings
from amapress_py.config import Config
from tests.cms.conftest import MakePage
from tests.cms.test_theme import choose, forget_own_shortcodes, write

ROOT = Path(__file__).parents[2]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Make an AMAP's own folder for themes."""
    folder = tmp_path / "own"
    write(folder / "themes/ferme/theme.toml", 'title = "Ferme"\nparent = "contraste"')
    return folder


@pytest.fixture
def config(config: Config, own: Path) -> Config:
    return replace(config, site_folder=own)


@pytest.fixture
def own_app(app: Flask) -> Iterator[Flask]:
    yield app
    forget_own_shortcodes()


def stylesheets(app: Flask, path: str = "/recettes") -> list[str]:
    page = BeautifulSoup(app.test_client().get(path).data, "html.parser")
    return [str(link["href"]) for link in page.select("link[rel=stylesheet]")]


def text_of(app: Flask, address: str) -> str:
    with app.test_client().get(address) as answer:
        assert answer.status_code == 200
        return answer.get_data(as_text=True)


def test_the_default_theme_is_one_stylesheet(
    own_app: Flask, session: Session, make_page: MakePage
) -> None:
    make_page("Recettes")

    (style,) = stylesheets(own_app)

    assert style.startswith("/theme/default/")
    assert style.endswith("/style.css")


def test_each_parent_adds_its_style_then_come_the_colours(
    own_app: Flask, own: Path, session: Session, make_page: MakePage
) -> None:
    write(own / "themes/ferme/static/theme.css", "h1 { color: teal }")
    make_page("Recettes")
    choose("ferme")

    style, contraste, ferme, colours = stylesheets(own_app)

    assert style.startswith("/theme/ferme/")  # its own, or a parent's
    assert contraste.startswith("/theme/contraste/")
    assert contraste.endswith("/theme.css")
    assert text_of(own_app, ferme) == "h1 { color: teal }"
    assert "--brand:#003a70;" in text_of(own_app, colours)
    for address in (style, contraste, ferme, colours):
        with own_app.test_client().get(address) as answer:
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert "Set-Cookie" not in answer.headers


def test_a_file_of_the_same_name_replaces_the_parents(
    own_app: Flask, own: Path, session: Session, make_page: MakePage
) -> None:
    write(own / "themes/ferme/static/style.css", "ours")
    write(own / "themes/contraste/static/theme.css", "our copy of its parent")
    make_page("Recettes")
    choose("ferme")

    style, contraste, _colours = stylesheets(own_app)

    assert text_of(own_app, style) == "ours"
    assert text_of(own_app, contraste) == "our copy of its parent"


def test_a_template_may_extend_the_one_it_replaces(
    own_app: Flask, own: Path, session: Session, make_page: MakePage
) -> None:
    write(
        own / "themes/ferme/templates/layout.html",
        '{% extends "default:layout.html" %}\n'
        "{% block footer %}{{ super() }}<p>Bio</p>{% endblock %}",
    )
    make_page("Recettes")
    choose("ferme")

    answer = own_app.test_client().get("/recettes").text

    assert "<p>Bio</p>" in answer
    assert "Haut de page" in answer
    assert "Soupe" in answer


def test_a_theme_replaces_the_template_of_a_shortcode(
    own_app: Flask, own: Path, session: Session, make_page: MakePage
) -> None:
    write(own / "themes/ferme/templates/adresse.html", "<b>chez {{ address }}</b>")
    make_page("Recettes", "<p>[adresse-contact]</p>")
    with db.transaction() as current:
        settings.save(current, {"contact_email": "a@b.fr", "theme": "ferme"})

    assert "<b>chez a@b.fr</b>" in own_app.test_client().get("/recettes").text


@pytest.mark.parametrize(
    ("name", "template"),
    [
        ("page.html", "{% block main %} never closed"),
        ("page.html", "{{ page.title | no_such_filter }}"),
        ("page.html", "{{ nothing.at.all }}"),
        ("page.html", "{{ 1 / 0 }}"),
        ("page.html", '{% extends "page.html" %}'),
        ("page.html", '{% extends "no-such.html" %}'),
        ("page.html", '{% extends "../../../etc/passwd" %}'),
        ("layout.html", '{% include "no-such.html" %}'),
        ("layout.html", '{{ url_for("no.such.route") }}'),
        ("macros.html", "{% macro"),
    ],
)
def test_a_broken_template_never_takes_the_site_down(
    own_app: Flask,
    own: Path,
    session: Session,
    make_page: MakePage,
    caplog: pytest.LogCaptureFixture,
    name: str,
    template: str,
) -> None:
    write(own / "themes/ferme/templates" / name, template)
    make_page("Recettes")
    choose("ferme")
    client = own_app.test_client()

    for path, status in (("/recettes", 200), ("/connexion", 200), ("/rien-ici", 404)):
        answer = client.get(path)
        assert answer.status_code == status
        assert "<!doctype html>" in answer.text
    assert "Soupe" in client.get("/recettes").text
    assert "ferme" in caplog.text


def test_bytes_that_are_no_text_are_no_template(
    own_app: Flask, own: Path, session: Session, make_page: MakePage
) -> None:
    write(own / "themes/ferme/templates/page.html", "")
    (own / "themes/ferme/templates/page.html").write_bytes(b"\xff\xfe")
    make_page("Recettes")
    choose("ferme")

    assert "Soupe" in own_app.test_client().get("/recettes").text


def test_a_broken_copy_of_the_default_theme_does_not_either(
    own_app: Flask, own: Path, session: Session, make_page: MakePage
) -> None:
    write(own / "themes/default/templates/layout.html", "{{ nothing.at.all }}")
    make_page("Recettes")

    answer = own_app.test_client().get("/recettes")

    assert answer.status_code == 200
    assert "Soupe" in answer.text


def test_two_themes_never_share_an_address(
    own_app: Flask, own: Path, session: Session, make_page: MakePage
) -> None:
    write(own / "themes/ferme/static/logo.svg", "<svg/>")

    assert text_of(own_app, "/theme/ferme/0/logo.svg") == "<svg/>"
    assert text_of(own_app, "/theme/default/0/logo.svg") != "<svg/>"


@pytest.mark.parametrize(
    "path",
    [
        "/theme/absent/0/style.css",
        "/theme/../default/0/style.css",
        "/theme/%2e%2e/0/style.css",
        "/theme/ferme/0/../theme.toml",
        "/theme/ferme/0/%2e%2e/theme.toml",
        "/theme/absent/couleurs-0.css",
        "/theme/..%2fdefault/couleurs-0.css",
    ],
)
def test_nothing_else_is_served(own_app: Flask, session: Session, path: str) -> None:
    assert own_app.test_client().get(path).status_code == 404


def test_colours_in_an_address_are_colours_or_nothing(own_app: Flask, session: Session) -> None:
    hostile = "red;}body{background:url(//evil.example)"
    address = "/theme/default/couleurs-0.css"

    answer = own_app.test_client().get(address, query_string={"c-brand": hostile, "c-evil": "fff"})

    assert answer.mimetype == "text/css"
    assert "--brand:#2d6440;" in answer.text
    assert "evil" not in answer.text
    assert answer.headers["Cache-Control"] == "public, no-cache"


def test_the_theme_of_the_documentation_works(
    own_app: Flask, own: Path, session: Session, make_page: MakePage
) -> None:
    told = (ROOT / "docs/developing.md").read_text("utf-8")
    section = told.partition("\n## Un thème\n")[2].partition("\n## ")[0]
    files = {"toml": "theme.toml", "css": "static/theme.css", "html": "templates/layout.html"}
    for kind, file in files.items():
        (content,) = re.findall(rf"```{kind}\n(.*?)```", section, re.DOTALL)
        write(own / "themes/marche" / file, content)
    make_page("Recettes")
    choose("marche")

    page = own_app.test_client().get("/recettes").text
    _style, more, colours = stylesheets(own_app)

    assert "<p>Paniers bio depuis 2003</p>" in page
    assert "Haut de page" in page
    assert "font-size: 3rem" in text_of(own_app, more)
    assert "--brand:#1f6b3a;" in text_of(own_app, colours)

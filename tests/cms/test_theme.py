from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from amapress_py import db, settings
from amapress_py.app import create_app
from amapress_py.config import Config
from tests.cms.conftest import MakePage


def write(file: Path, content: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, "utf-8")


def forget_own_shortcodes() -> None:
    package = import_module("amapress_py.shortcodes")
    del package.__path__[1:]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Make an AMAP's own folder with a theme, a template and a shortcode."""
    folder = tmp_path / "own"
    write(folder / "themes/bleu/theme.toml", 'title = "Bleu"')
    write(folder / "themes/bleu/templates/page.html", "bleu {{ page.title }} {{ asset('a.txt') }}")
    write(folder / "themes/bleu/static/a.txt", "bleu")
    write(folder / "themes/default/static/b.txt", "ours")
    write(folder / "shortcodes/templates/adresse.html", "chez {{ address }}")
    write(
        folder / "shortcodes/notre_cloche.py",
        "from amapress_py.engine import NoAttributes, shortcode\n\n\n"
        "@shortcode('notre-cloche', NoAttributes, 'Cloche', audience='everybody')\n"
        "def render(context, attributes):\n    return 'ding & dong'\n",
    )
    return folder


@pytest.fixture
def config(config: Config, own: Path) -> Config:
    return replace(config, site_folder=own)


@pytest.fixture
def own_app(app: Flask) -> Iterator[Flask]:
    yield app
    forget_own_shortcodes()


def choose(theme: str) -> None:
    with db.transaction() as current:
        settings.save(current, {"theme": theme})


def test_a_chosen_theme_comes_first_at_once(
    own_app: Flask, session: Session, make_page: MakePage
) -> None:
    make_page("Recettes")
    client = own_app.test_client()
    assert "<!doctype html>" in client.get("/recettes").text

    choose("bleu")
    assert client.get("/recettes").text.startswith("bleu Recettes /theme/")

    choose("default")
    assert "<!doctype html>" in client.get("/recettes").text


@pytest.mark.parametrize("theme", ["absent", "../../etc", "", "/", "\x00"])
def test_a_theme_that_is_not_there_is_the_default_one(
    own_app: Flask, session: Session, make_page: MakePage, theme: str
) -> None:
    make_page("Recettes")

    choose(theme)

    assert "<!doctype html>" in own_app.test_client().get("/recettes").text


def test_the_amaps_own_shortcodes_and_templates_come_first(
    own_app: Flask, session: Session, make_page: MakePage
) -> None:
    make_page("Recettes", "<p>[notre-cloche] [adresse-contact]</p>")
    with db.transaction() as current:
        settings.save(current, {"contact_email": "a@b.fr"})

    answer = own_app.test_client().get("/recettes")

    assert "ding &amp; dong" in answer.text
    assert "chez a@b.fr" in answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"  # it is no public_cache


def test_static_files_are_kept_for_long_under_an_address_of_their_content(
    own_app: Flask, session: Session
) -> None:
    client = own_app.test_client()
    with own_app.test_request_context():
        address = own_app.jinja_env.globals["asset"]("b.txt")  # type: ignore[operator]

    with client.get(address) as answer:
        assert answer.get_data(as_text=True) == "ours"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in answer.headers
    with client.get("/theme/default/0/b.txt") as other:
        assert other.get_data(as_text=True) == "ours"
        assert "immutable" not in other.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    ["../templates/page.html", "%2e%2e/theme.toml", "/etc/passwd", "absent.css", "..%5cx", "%00"],
)
def test_nothing_else_is_served(own_app: Flask, session: Session, path: str) -> None:
    assert own_app.test_client().get(f"/theme/default/x/{path}").status_code == 404


def test_every_template_compiles(app: Flask, session: Session) -> None:
    for name in app.jinja_env.list_templates():
        if name.endswith((".html", ".txt")):
            app.jinja_env.get_template(name)


def test_a_page_without_a_database_is_an_error_page(app: Flask, session: Session) -> None:
    with app.extensions["amapress_engine"].begin() as connection:
        connection.execute(text("DROP TABLE site_version"))

    answer = app.test_client().get("/")

    assert answer.status_code == 500
    assert "<h1>" in answer.text


def test_two_shortcodes_of_one_tag_stop_the_start(config: Config, own: Path) -> None:
    from amapress_py.config import ConfigurationError

    write(
        own / "shortcodes/double.py",
        "from amapress_py.engine import NoAttributes, shortcode\n\n\n"
        "@shortcode('display-if', NoAttributes, 'x')\n"
        "def render(context, attributes):\n    return ''\n",
    )

    with pytest.raises(ConfigurationError, match="Deux shortcodes"):
        create_app(config)
    forget_own_shortcodes()

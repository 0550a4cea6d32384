import pytest
from flask import Flask

from amapress_py.accounts.models import Role
from amapress_py.cms.models import PageState
from tests.back_office import counted
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make
from tests.shortcodes.pages import notices, prose, write

SECRET = "[display-if role=admin]la clé est sous le pot[/display-if]"


@pytest.fixture
def section() -> str:
    """Make a section: a public page, a protected one, a draft, one below the first."""
    top = write("[page-liste]", "Recettes")
    soup = write(f"<p>De la soupe, {SECRET} &amp; du pain.</p>", "Soupe", parent_id=top.id)
    write("<p>Au four</p>", "Gratin", parent_id=top.id, audience="member", position=-1)
    write("<p>À finir</p>", "Tarte", parent_id=top.id, state=PageState.DRAFT)
    write("<p>Froide</p>", "Gaspacho", parent_id=soup.id)
    return "/recettes"


def titles(browser: Browser, path: str) -> list[str]:
    return [link.text for link in prose(browser, path).select("a")]


def test_each_sees_the_pages_for_him(browse: BrowserFactory, make: Make, section: str) -> None:
    assert titles(browse(), section) == ["Soupe"]
    assert titles(browse(make.member()), section) == ["Gratin", "Soupe"]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("", ["Gratin", "Soupe"]),
        ("ordre=titre", ["Gratin", "Soupe"]),
        ("ordre=date", ["Gratin", "Soupe"]),
        ("nombre=1", ["Gratin"]),
        ("nombre=-3", ["Gratin", "Soupe"]),
    ],
)
def test_order_and_number(
    browse: BrowserFactory, make: Make, section: str, parameters: str, expected: list[str]
) -> None:
    write(f"[page-liste sous=recettes {parameters}]")

    shown = titles(browse(make.member()), "/essai")

    assert sorted(shown) == sorted(expected)
    if "date" not in parameters:
        assert shown == expected


def test_an_extract_says_nothing_that_is_protected(
    app: Flask, browse: BrowserFactory, make: Make, section: str
) -> None:
    write("[page-liste sous=recettes extrait=oui]")

    shown = prose(browse()).text

    assert "De la soupe, & du pain." in " ".join(shown.split())
    assert "clé" not in shown
    assert "Au four" not in shown
    assert "clé" not in prose(browse(make.person(roles=[Role.ADMIN]))).text


def test_extracts_are_read_once(
    app: Flask, browse: BrowserFactory, make: Make, section: str
) -> None:
    write("[page-liste sous=recettes]", "Sans")
    write("[page-liste sous=recettes extrait=oui]", "Avec")
    anna = browse(make.person())
    said = {}
    for path in ("/sans", "/avec"):
        anna.visit(path)
        with counted(app) as statements:
            anna.visit(path)
        said[path] = len([one for one in statements if one.startswith("SELECT")])

    assert said["/avec"] == said["/sans"]


def test_an_editor_is_told_of_a_page_that_is_none(browse: BrowserFactory, make: Make) -> None:
    write("[page-liste sous='nulle/part']")

    (told,) = notices(browse(make.person(roles=[Role.ADMIN])))

    assert "il n’y a pas de page « nulle/part »" in " ".join(told.split())

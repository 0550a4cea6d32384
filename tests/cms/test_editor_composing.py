"""Shortcodes written by a form: whatever is typed comes out of the text as it went in."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from amapress_py.accounts.models import Person
from amapress_py.cms.clean import clean
from amapress_py.cms.composing import compose
from amapress_py.engine import Param, parser, shortcode
from amapress_py.engine.parser import compile as compiled
from tests.conftest import Browser, BrowserFactory


@dataclass(frozen=True)
class Attributes:
    texte: Annotated[str, Param("Texte", aliases=("mot",))] = "rien"
    nombre: Annotated[int, Param("Nombre")] = 3
    grand: Annotated[bool, Param("Grand")] = False
    jour: Annotated[date | None, Param("Jour")] = None
    vue: Annotated[Literal["me", "other"], Param("Vue")] = "me"


@shortcode("essai", Attributes, "Essai", aliases=["test-essai"])
def essai(context: Any, attributes: Attributes) -> str:
    return ""


def read(code: str) -> Attributes:
    """Return what a renderer gets of a code that was saved in a page."""
    calls: list[parser.Call] = []
    text = clean(f"<p>{code}</p>")

    def note(call: parser.Call) -> str:
        calls.append(call)
        return "•"

    assert compiled(text, essai.names).render(note) == "<p>•</p>", text
    return essai.read("essai", calls[0].attributes)[0]


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=60))
def test_any_text_survives_quoting_cleaning_and_parsing(text: str) -> None:
    code = compose(essai, "", {"texte": text}).code

    wanted = text.strip()
    assert read(code).texte.replace("\u200b", "") == wanted.replace("\u200b", "") or (
        wanted in ("rien",)
    )


@pytest.mark.parametrize(
    ("code", "typed", "wanted"),
    [
        ("", {}, "[essai]"),
        ("", {"texte": "rien", "nombre": "3", "grand": "non", "vue": "me"}, "[essai]"),
        ("", {"nombre": "4", "grand": "oui"}, "[essai nombre=4 grand=oui]"),
        ("", {"texte": "deux mots"}, '[essai texte="deux mots"]'),
        ("", {"jour": "2026-10-01", "vue": "other"}, "[essai jour=2026-10-01 vue=other]"),
        ("[essai nombre=4]", {"nombre": "3"}, "[essai]"),
        ("[essai nombre=4]", {"nombre": "5"}, "[essai nombre=5]"),
        # What did not change stays as it was written, also what is nonsense or as by default.
        ("[essai grand=1  nombre='3']", {}, "[essai grand=1 nombre='3']"),
        ("[essai grand=1]", {"grand": "oui"}, "[essai grand=1]"),
        ("[essai grand=yes]", {"grand": "non"}, "[essai]"),
        ("[essai nombre=abc]", {"nombre": "abc"}, "[essai nombre=abc]"),
        ('[test-essai mot="a &amp; b"]', {"texte": "a & b"}, '[test-essai mot="a &amp; b"]'),
        ("[test-essai mot=a]", {"texte": "b"}, "[test-essai mot=b]"),
        ("[essai inconnu=1 libre 'x y' nombre=4]", {"nombre": "5"},
         "[essai inconnu=1 libre 'x y' nombre=5]"),
        ("[essai nombre=4 /]", {"nombre": "5"}, "[essai nombre=5 /]"),
        ("[autre nombre=4]", {}, "[essai]"),
        ("pas un code", {}, "[essai]"),
    ],
)  # fmt: skip
def test_only_what_differs_is_written(code: str, typed: dict[str, str], wanted: str) -> None:
    shown = {field.name: field.value for field in compose(essai, code, None).fields}

    assert compose(essai, code, {**shown, **typed}).code == wanted


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"nombre": "quatre"}, "nombre entier"),
        ({"vue": "them"}, "me, other"),
        ({"jour": "demain"}, "2026-10-01"),
        ({"texte": "x" * 1001}, "1000 signes"),
        ({"grand": "peut-être"}, "oui"),
    ],
)
def test_what_does_not_fit_is_told(typed: dict[str, str], sentence: str) -> None:
    composition = compose(essai, "", typed)

    assert sentence in composition.errors[0]


@pytest.fixture
def editor(browse: BrowserFactory, admin: Person) -> Browser:
    return browse(admin)


URL = "/admin/pages/shortcode/les-paniers-intermittents"


def test_the_page_composes_without_scripts(editor: Browser) -> None:
    form = editor.visit(URL).select_one("#shortcode-form")
    assert form is not None
    assert form.select_one("[name='p-contrat_nom']") is not None

    page = editor.visit(f"{URL}?composer=1&p-contrat_nom=Pain+%26+%22sel%22&p-show_waiting=oui")

    code = page.select_one("#code")
    assert code is not None
    assert code.text == (
        '[les-paniers-intermittents contrat_nom="Pain &#38; &#34;sel&#34;" show_waiting=oui]'
    )


def test_a_code_of_a_text_is_shown_with_what_is_unknown(editor: Browser) -> None:
    page = editor.visit(f"{URL}?code=%5Bles-paniers-intermittents+lieu%3DVanves+couleur%3Drose%5D")

    field = page.select_one("[name='p-lieu']")
    assert field is not None
    assert field["value"] == "Vanves"
    assert "couleur=rose" in page.text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?code=" + "x" * 5000, 422),
        ("?composer=1&p-contrat_nom=" + "x" * 2000, 422),
        ("?code=%00", 404),
        ("?code=%5Bles-paniers-intermittents+%3Cscript%3E%5D", 200),
        ("?composer=1&p-inconnu=1", 200),
    ],
)
def test_bad_codes_are_told(editor: Browser, query: str, status: int) -> None:
    answer = editor.client.get(URL + query)

    assert answer.status_code == status
    page = BeautifulSoup(answer.data, "html.parser")
    assert page.select("main script") == []


def test_an_unknown_shortcode_is_not_found(editor: Browser) -> None:
    editor.visit("/admin/pages/shortcode/rien", 404)

from time import process_time

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from amapress_py.accounts.models import Person
from amapress_py.accounts.viewer import VISITOR
from amapress_py.cms import search
from amapress_py.cms.models import PageState
from amapress_py.cms.plain import Block, Kind, blocks
from amapress_py.web import PAGE_SIZE
from tests.cms.conftest import MakePage
from tests.conftest import BrowserFactory
from tests.factories import Make


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    return app.test_client()


def look(client: FlaskClient, wanted: str, page: int = 1) -> BeautifulSoup:
    answer = client.get("/recherche", query_string={"q": wanted, "page": page})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    return BeautifulSoup(answer.data, "html.parser")


def titles(page: BeautifulSoup) -> list[str]:
    return [hit.text for hit in page.select(".hits h2")]


def test_all_words_are_found_without_accents_case_and_ligatures(
    visitor: FlaskClient, make_page: MakePage
) -> None:
    make_page("Cuisine", "<h2>Les ŒUFS</h2><p>Une <b>p</b>ensée pour l’Été, ex æquo</p>")
    make_page("Pain", "<p>Des oeufs au four</p>")

    assert titles(look(visitor, "oeufs ETE")) == ["Cuisine"]
    assert titles(look(visitor, "œufs")) == ["Cuisine", "Pain"]
    assert titles(look(visitor, "pensee")) == ["Cuisine"]
    assert titles(look(visitor, "aequo")) == ["Cuisine"]
    assert titles(look(visitor, "« pain » , oeufs")) == ["Pain"]


def test_title_and_menu_label_count_and_come_first(
    visitor: FlaskClient, make_page: MakePage
) -> None:
    make_page("À propos", "<p>Nos légumes</p>")
    make_page("Légumes", "<p>De saison</p>")
    make_page("Courgettes", menu_label="Légumes d’été")

    assert titles(look(visitor, "legumes")) == ["Courgettes", "Légumes", "À propos"]


def test_an_excerpt_shows_the_found_words_marked(visitor: FlaskClient, make_page: MakePage) -> None:
    filler = " ".join(f"mot{number}" for number in range(200))
    make_page("Soupe", f"<p>{filler} potiron &lt;b&gt; {filler} châtaignes.</p><p>{filler}</p>")

    hit = look(visitor, "CHATAIGNE potiron").select_one(".hits li")

    assert hit is not None
    assert [one.text for one in hit.select("mark")] == ["potiron", "châtaignes"]
    assert "<b>" in hit.text
    assert hit.select("b") == []
    assert len(hit.text) < 800
    assert "…" in hit.text


def test_protected_draft_and_coming_pages_are_found_by_nobody_who_may_not_see_them(
    visitor: FlaskClient, browse: BrowserFactory, make: Make, admin: Person, make_page: MakePage
) -> None:
    hidden: dict[str, dict[str, object]] = {
        "Membres": {"audience": "member"},
        "Connectés": {"audience": "connected"},
        "Brouillon": {"state": PageState.DRAFT},
        "Ouverte": {},
    }
    for title, more in hidden.items():
        make_page(title, "<p>secret</p>", **more)

    assert titles(look(visitor, "secret")) == ["Ouverte"]
    assert titles(look(browse(make.person()).client, "secret")) == ["Connectés", "Ouverte"]
    assert titles(look(browse(admin).client, "secret")) == ["Connectés", "Membres", "Ouverte"]


def test_what_shortcodes_hold_is_neither_found_nor_shown(
    browse: BrowserFactory, admin: Person, make_page: MakePage
) -> None:
    make_page(
        "Recettes",
        '<p>Soupe [display-if role="admin"]<em>trésor</em>[/display-if] à l’oignon</p>'
        "<p>[display-if-logged]</p><p>trésor</p><p>[/display-if-logged]</p>"
        '<p><a href="/x" title="trésor">lien</a> [les-paniers-intermittents lieu="trésor"]</p>',
        menu_label="Recettes [display-if-logged]trésor[/display-if-logged]",
    )
    client = browse(admin).client

    assert titles(look(client, "tresor")) == []
    assert titles(look(client, "lieu")) == []
    shown = look(client, "oignon").select_one(".hits")
    assert shown is not None
    assert "trésor" not in shown.text
    assert "[" not in shown.text


def test_empty_and_vain_searches_say_what_to_do(visitor: FlaskClient, make_page: MakePage) -> None:
    make_page("Recettes")

    assert "Écrivez un ou plusieurs mots" in look(visitor, "  ").text
    assert "au moins une lettre" in look(visitor, "« ! »").text
    vain = look(visitor, "introuvable")
    assert "Aucune page" in vain.text
    login = vain.select_one(".empty a")
    assert login is not None
    assert "recherche" in str(login["href"])


def test_blocks_are_kept_apart_and_no_break_spaces_kept(
    visitor: FlaskClient, make_page: MakePage
) -> None:
    make_page(
        "Recettes", "<h2>Soupe</h2><p>Mange-la\u00a0! Chaude.</p><ul><li>un</li><li>deux</li></ul>"
    )

    hit = look(visitor, "mange-la").select(".hits p")[-1]

    assert hit.text == "Soupe · Mange-la\u00a0! Chaude. un · deux"
    assert hit.select("mark")[0].text == "Mange-la"


def test_many_hits_are_paged(visitor: FlaskClient, make_page: MakePage) -> None:
    for number in range(PAGE_SIZE + 3):
        make_page(f"Panier {number}")

    assert len(titles(look(visitor, "panier"))) == PAGE_SIZE
    assert len(titles(look(visitor, "panier", 2))) == 3
    assert len(titles(look(visitor, "panier", 99))) == 3


@pytest.mark.parametrize(
    "hostile",
    ["<script>alert(1)</script>", "%", "'; DROP TABLE page; --", "\u202e\x01", "x" * 10_000,
     " ".join("abcdefghijklmnop"), "\\", "👩‍🌾", "((((", "́"],
)  # fmt: skip
def test_hostile_words_are_words(visitor: FlaskClient, make_page: MakePage, hostile: str) -> None:
    make_page("Recettes <b>", f"<p>{'mot ' * 50}</p>")

    assert look(visitor, hostile).select("main script, main b") == []


def test_a_revision_is_read_once_and_all_in_one_statement(
    visitor: FlaskClient, make_page: MakePage, statements: list[str]
) -> None:
    for number in range(5):
        make_page(f"Panier {number}", "<p>tomates</p>")
    look(visitor, "rien")
    statements.clear()

    look(visitor, "tomates")

    assert not [one for one in statements if "page_revision.body" in one]
    changed = make_page("Panier six", "<p>tomates</p>")
    statements.clear()
    assert len(titles(look(visitor, "tomates"))) == 6
    assert len([one for one in statements if "body" in one]) == 1
    assert len(statements) <= 6
    assert changed.id


def test_a_text_of_200_kb_is_searched_quickly(
    session: Session, app: Flask, make_page: MakePage
) -> None:
    make_page("Long", "<p>" + " ".join(f"été{n % 5000}" for n in range(19_000)) + "</p>")
    with app.test_request_context("/"):
        search.find(session, VISITOR, "ete4999")  # reads it
        start = process_time()
        found = search.find(session, VISITOR, "ete4999 ete17")
        hits = found.hits(session, 0, 10)
        took = process_time() - start

    assert [text for text, is_found in hits[0].excerpt if is_found][:1] == ["été17"]
    assert took < 0.5


def test_blocks_are_what_a_reader_would_name() -> None:
    html = (
        "<h2>Titre</h2><p>Un <b>g</b>ras,<br>puis</p>[un-shortcode a='1']\n<ul><li>a</li>"
        '<li><p>b</p></li></ul><table><tr><td>c</td></tr></table><a href="/x?a=1&amp;b">lien</a>'
    )

    assert blocks(html) == [
        Block(Kind.HEADING, "Titre"),
        Block(Kind.TEXT, "Un gras, puis"),
        Block(Kind.SHORTCODE, "[un-shortcode a='1']"),
        Block(Kind.ITEM, "a"),
        Block(Kind.ITEM, "b"),
        Block(Kind.CELL, "c"),
        Block(Kind.TEXT, "lien"),
    ]
    assert blocks(html, with_targets=True)[-1].text == "lien (→ /x?a=1&b)"

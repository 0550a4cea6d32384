"""The screen of the menu."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock, db
from amapress_py.accounts.models import Person
from amapress_py.accounts.viewer import VISITOR
from amapress_py.cms import menu, menu_services, queries
from amapress_py.cms.menu_services import Move
from amapress_py.cms.models import Page, PageState
from amapress_py.cms.queries import MenuNode
from tests.cms.conftest import MakePage
from tests.conftest import Browser, BrowserFactory

MENU = "/admin/menu"


@pytest.fixture
def editor(browse: BrowserFactory, admin: Person) -> Browser:
    return browse(admin)


@pytest.fixture
def four(make_page: MakePage) -> dict[str, int]:
    """Make Un, Deux (with Trois below it) and Quatre, all in the menu."""
    one = make_page("Un", in_menu=True, position=3)
    two = make_page("Deux", in_menu=True, position=3)
    three = make_page("Trois", in_menu=True, parent_id=two.id)
    four = make_page("Quatre", in_menu=True, position=5)
    return {page.title: page.id for page in (one, two, three, four)}


def drawn(nodes: tuple[MenuNode, ...]) -> str:
    """Return the menu as "Un Deux(Trois) Quatre"."""
    return " ".join(
        node.label + (f"({drawn(node.children)})" if node.children else "") for node in nodes
    )


def now(session: Session) -> str:
    session.rollback()
    return drawn(queries.present_pages(session).menu)


def move(page_id: int, *steps: Move) -> None:
    for step in steps:
        with db.transaction() as current:
            menu_services.move(current, page_id, step)


@pytest.mark.parametrize(
    ("title", "steps", "menu"),
    [
        ("Deux", [Move.UP], "Deux(Trois) Un Quatre"),
        ("Un", [Move.UP], "Un Deux(Trois) Quatre"),
        ("Un", [Move.DOWN], "Deux(Trois) Un Quatre"),
        ("Quatre", [Move.DOWN], "Un Deux(Trois) Quatre"),
        ("Un", [Move.UNDER], "Un Deux(Trois) Quatre"),
        ("Deux", [Move.UNDER], "Un(Deux(Trois)) Quatre"),
        ("Quatre", [Move.UNDER], "Un Deux(Trois Quatre)"),
        ("Quatre", [Move.UNDER, Move.UP, Move.OUT], "Un Deux(Trois) Quatre"),
        ("Trois", [Move.OUT], "Un Deux Trois Quatre"),
        ("Trois", [Move.OUT, Move.OUT, Move.UP, Move.UP], "Trois Un Deux Quatre"),
        ("Deux", [Move.UNDER, Move.UNDER, Move.OUT], "Un Deux(Trois) Quatre"),
    ],
)
def test_a_line_moves_with_what_is_below_it(
    session: Session, four: dict[str, int], title: str, steps: list[Move], menu: str
) -> None:
    move(four[title], *steps)

    assert now(session) == menu


def test_the_address_stays_wherever_a_page_stands(session: Session, four: dict[str, int]) -> None:
    move(four["Trois"], Move.OUT)
    move(four["Deux"], Move.UNDER)

    session.rollback()
    paths = {row.title: row.path for row in session.execute(select(Page.title, Page.path))}
    assert paths == {"Un": "un", "Deux": "deux", "Trois": "deux/trois", "Quatre": "quatre"}


def test_who_is_taken_out_leaves_his_place_to_those_below(
    session: Session, four: dict[str, int]
) -> None:
    with db.transaction() as current:
        menu_services.remove(current, four["Deux"])
    assert now(session) == "Un Trois Quatre"

    with db.transaction() as current:
        menu_services.add(current, four["Deux"])
    assert now(session) == "Un Quatre Deux(Trois)"


def test_a_page_whose_parent_is_not_in_the_menu_moves_too(
    session: Session, four: dict[str, int], make_page: MakePage
) -> None:
    between = make_page("Entre", parent_id=four["Un"])
    below = make_page("Dessous", parent_id=between.id, in_menu=True)
    assert now(session) == "Un(Dessous) Deux(Trois) Quatre"

    move(below.id, Move.OUT)

    assert now(session) == "Un Dessous Deux(Trois) Quatre"


def test_drafts_and_protected_pages_stand_in_the_tree_marked(
    editor: Browser, make_page: MakePage
) -> None:
    make_page("Ébauche", in_menu=True, state=PageState.DRAFT)
    make_page("Réservée", in_menu=True, audience="member")

    lines = editor.visit(MENU).select(".menu-tree li")

    assert [bool(line.select(".badge")) for line in lines] == [True, False]
    assert "un contrat en cours" in lines[1].text


def test_a_scheduled_page_is_in_the_menu_from_its_hour_on(
    session: Session, make_page: MakePage
) -> None:
    hour = clock.now() + timedelta(days=2)
    above = make_page("Fête", in_menu=True, state=PageState.SCHEDULED, publish_at=hour)
    make_page("Programme", in_menu=True, parent_id=above.id)

    def shown() -> list[str]:
        return [str(one.label) for one in menu.entries(session, VISITOR, "/")]

    with clock.imagined(hour + timedelta(hours=1)):
        assert shown() == ["Fête"]
    assert shown() == ["Programme"]


def test_the_screen_moves_renames_adds_and_removes(
    editor: Browser, session: Session, four: dict[str, int], make_page: MakePage
) -> None:
    five = make_page("Cinq <b>")

    answer = editor.client.post(
        f"{MENU}/{four['Quatre']}/deplacer",
        data={"csrf_token": editor.token(MENU), "vers": "monter"},
    )
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{MENU}#page-{four['Quatre']}"
    editor.post(f"{MENU}/{four['Un']}/nom", {"nom": " Premier\n [x] "}, MENU)
    editor.post(f"{MENU}/ajouter", {"page": five.id}, MENU)
    told = editor.post(f"{MENU}/{four['Trois']}/retirer", page=MENU)

    assert "la page reste" in told.text
    assert now(session) == "Premier [x] Quatre Deux Cinq <b>"
    assert told.select(".menu-tree b") == []
    offered = [one.text for one in told.select("#page option")]
    assert offered[1:] == ["Trois (/deux/trois)"]
    editor.post(f"{MENU}/{four['Un']}/nom", {"nom": ""}, MENU)
    assert now(session) == "Un Quatre Deux Cinq <b>"


@pytest.mark.parametrize(
    ("path", "data", "status"),
    [
        ("/99/deplacer", {"vers": "monter"}, 404),
        ("/99/nom", {"nom": "x"}, 404),
        ("/99/retirer", {}, 404),
        ("/ajouter", {"page": "99"}, 404),
        ("/ajouter", {"page": "9" * 5000}, 303),
        ("/ajouter", {"page": "²"}, 303),
        ("/1/deplacer", {"vers": "nulle part"}, 303),
        ("/1/nom", {"nom": "x" * 5000 + "\x00\u202e"}, 303),
    ],
)
def test_nonsense_changes_nothing_else(
    editor: Browser, four: dict[str, int], path: str, data: dict[str, str], status: int
) -> None:
    answer = editor.client.post(MENU + path, data={"csrf_token": editor.token(MENU), **data})

    assert answer.status_code == status
    assert len(editor.visit(MENU).select(".menu-tree li")) == 4


def test_a_line_that_somebody_took_out_is_said_to_be_gone(
    editor: Browser, four: dict[str, int]
) -> None:
    editor.post(f"{MENU}/{four['Un']}/retirer", page=MENU)

    told = editor.post(f"{MENU}/{four['Un']}/deplacer", {"vers": "descendre"}, MENU)

    assert "n’est plus dans le menu" in told.text


def test_editors_who_move_at_once_lose_no_page(
    app: Flask, session: Session, four: dict[str, int]
) -> None:
    session.rollback()
    moves = [(four["Un"], Move.DOWN), (four["Deux"], Move.UNDER), (four["Quatre"], Move.UP),
             (four["Trois"], Move.OUT)]  # fmt: skip
    start = Barrier(len(moves))

    def act(page_id: int, step: Move) -> None:
        with app.app_context():
            start.wait()
            db.retried(lambda: move(page_id, step))

    with ThreadPoolExecutor(len(moves)) as crowd:
        for done in [crowd.submit(act, *one) for one in moves]:
            done.result()

    titles = sorted(now(session).replace("(", " ").replace(")", " ").split())
    assert titles == ["Deux", "Quatre", "Trois", "Un"]
    positions = list(session.scalars(select(Page.position)))
    assert sorted(positions) == [10, 20, 30, 40]


def test_the_screen_takes_one_statement(
    editor: Browser, make_page: MakePage, statements: list[str]
) -> None:
    for number in range(25):
        make_page(f"Page {number}", in_menu=bool(number % 2))
    editor.visit(MENU)
    statements.clear()

    editor.visit(MENU)

    assert len(statements) == 1


def test_a_label_that_shows_the_menu_does_not_show_itself(
    editor: Browser, make_page: MakePage
) -> None:
    make_page("Un", in_menu=True, menu_label="Tout : [menu]")
    make_page("Deux", in_menu=True, menu_label="Encore [menu] et [menu]")

    page = editor.visit("/un")

    labels = [one.get_text(" ", strip=True) for one in page.select(".site-nav > ul > li")]
    assert labels[0].count("[menu]") == 3


def test_an_empty_menu_says_what_to_do(editor: Browser) -> None:
    page: BeautifulSoup = editor.visit(MENU)

    assert "Le menu est vide" in page.text
    assert "Écrire une nouvelle page" in page.text

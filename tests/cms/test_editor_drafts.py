"""What is typed and not saved: kept, offered again, and told to who is at the same page."""

from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from amapress_py.accounts.models import Person, Role
from amapress_py.cms import jobs
from amapress_py.cms.models import PageDraft
from tests.cms.conftest import MakePage
from tests.cms.test_editing import NEW, fields, send
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make

pytestmark = pytest.mark.usefixtures("clock")  # before anybody logs in

JSON = {"Accept": "application/json"}


@pytest.fixture
def editor(browse: BrowserFactory, admin: Person) -> Browser:
    return browse(admin)


@pytest.fixture
def other(browse: BrowserFactory, make: Make) -> Browser:
    return browse(make.person("Jeanne", roles=[Role.ADMIN]))


def keep(browser: Browser, page_id: int, **values: object) -> TestResponse:
    data = {"csrf_token": browser.token(), "revision": "0", **values}
    return browser.client.post(f"/admin/pages/{page_id}/brouillon", data=data, headers=JSON)


def drafts(session: Session) -> list[PageDraft]:
    session.rollback()
    return list(session.scalars(select(PageDraft)))


def test_what_is_typed_is_kept_and_the_page_stays(
    editor: Browser, make_page: MakePage, clock: time_machine.Traveller
) -> None:
    page = make_page("Recettes", "<p>Soupe</p>")

    answer = keep(editor, page.id, title="À table", body="<p>Tar", revision=page.revision_id)

    assert answer.json == {
        "saved": "Brouillon gardé à 9\u00a0h.",
        "others": [],
        "newer": "",
    }
    assert "Soupe" in editor.visit("/recettes").text
    screen = editor.visit(f"/admin/pages/{page.id}")
    assert fields(screen)["body"] == "<p>Soupe</p>"
    assert "Vous avez un brouillon de cette page" in screen.text
    again = editor.visit(f"/admin/pages/{page.id}?brouillon=1")
    assert (fields(again)["title"], fields(again)["body"]) == ("À table", "<p>Tar")


@pytest.mark.parametrize("kind", ["new", "old"])
def test_a_draft_is_kept_resumed_saved_without_scripts(
    editor: Browser, make_page: MakePage, session: Session, kind: str
) -> None:
    page = make_page("Recettes")
    page_id = 0 if kind == "new" else page.id
    path = NEW if kind == "new" else f"/admin/pages/{page_id}"
    typed = {**fields(editor.visit(path)), "title": "Tartes", "body": "<p>Tarte</p>"}

    answer = editor.client.post(
        f"/admin/pages/{page_id}/brouillon", data=typed, follow_redirects=True
    )

    screen = BeautifulSoup(answer.data, "html.parser")
    assert "Votre brouillon est gardé" in screen.text
    assert fields(screen)["body"] == "<p>Tarte</p>"
    assert send(editor.client, f"{path}?brouillon=1").status_code == 303
    assert drafts(session) == []
    assert "Vous avez un brouillon" not in editor.visit(path).text


def test_a_draft_is_thrown_away(editor: Browser, make_page: MakePage, session: Session) -> None:
    page = make_page()
    keep(editor, page.id, title="x", body="y")

    told = editor.post(f"/admin/pages/{page.id}/brouillon/jeter")

    assert "Votre brouillon est jeté" in told.text
    assert drafts(session) == []


def test_who_only_looks_never_replaces_what_he_typed(
    editor: Browser, make_page: MakePage, session: Session
) -> None:
    page = make_page()
    keep(editor, page.id, title="x", body="y")
    keep(editor, page.id, presence="looks")
    keep(editor, page.id, presence="leaves")

    assert [draft.body for draft in drafts(session)] == ["y"]


def test_two_editors_are_told_of_each_other(
    editor: Browser,
    other: Browser,
    make_page: MakePage,
    clock: time_machine.Traveller,
    session: Session,
) -> None:
    page = make_page("Recettes", "<p>Soupe</p>")
    path = f"/admin/pages/{page.id}"
    seen = page.revision_id
    keep(other, page.id, presence="looks", revision=seen)

    assert "Jeanne" in editor.visit(path).select_one("#autres").text  # type: ignore[union-attr]
    answer = keep(editor, page.id, title="x", body="y", revision=seen)
    assert answer.json is not None
    assert [told.split()[0] for told in answer.json["others"]] == ["Jeanne"]

    send(other.client, path, body="<p>Tarte</p>")
    later = keep(editor, page.id, title="x", body="y", revision=seen).json
    assert later is not None
    assert later["newer"].startswith("Jeanne")
    assert "a enregistré cette page à 9\u00a0h" in later["newer"]
    assert later["others"] == []

    keep(other, page.id, presence="looks")
    clock.shift(timedelta(minutes=11))
    assert editor.visit(path).select_one("#autres p") is None
    keep(other, page.id, presence="looks")
    keep(other, page.id, presence="leaves")
    assert editor.visit(path).select_one("#autres p") is None


def test_both_texts_stand_side_by_side(
    editor: Browser, other: Browser, make_page: MakePage
) -> None:
    page = make_page("Recettes", "<p>Soupe</p>\n<p>Pain</p>")
    path = f"/admin/pages/{page.id}"
    opened = fields(editor.visit(path))
    send(other.client, path, body="<p>Tarte</p>\n<p>Pain</p>")

    answer = editor.client.post(path, data={**opened, "body": "<p>Gratin</p>\n<p>Pain</p>"})

    rows = BeautifulSoup(answer.data, "html.parser").select(".compared tbody tr")
    cells = [[cell.text for cell in row.select("td")] for row in rows]
    assert cells == [
        ["Enregistré\u00a0:<p>Tarte</p>", "Le vôtre\u00a0:<p>Gratin</p>"],
        ["<p>Pain</p>", "<p>Pain</p>"],
    ]


def test_a_late_message_brings_no_saved_text_back(
    editor: Browser, make_page: MakePage, session: Session
) -> None:
    page = make_page("Recettes", "<p>Soupe</p>")
    seen = page.revision_id
    send(editor.client, f"/admin/pages/{page.id}", body="<p>Tarte</p>")

    keep(editor, page.id, title="x", body="<p>Tar", revision=seen)

    assert drafts(session) == []


def test_old_drafts_are_forgotten(
    app: Flask,
    editor: Browser,
    make_page: MakePage,
    session: Session,
    clock: time_machine.Traveller,
) -> None:
    old, young = make_page("Un"), make_page("Deux")
    keep(editor, old.id, title="x", body="alt")
    clock.shift(timedelta(days=20))
    keep(editor, young.id, title="x", body="neu")
    clock.shift(timedelta(days=11))

    jobs.forget_drafts(app)

    assert [draft.body for draft in drafts(session)] == ["neu"]


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"body": "x" * 2_000_000}, 413),
        ({"body": "x" * 300_000}, 200),
        ({"title": "x" * 5000, "body": "y"}, 200),
        ({"title": "\0", "body": "\0\u202e👩‍🌾"}, 200),
        ({"revision": "9" * 40, "body": "y"}, 200),
        ({"revision": "-1", "body": "y"}, 200),
        ({"presence": "x" * 500, "body": "y"}, 200),
        ({}, 200),
        ({"csrf_token": "forged"}, 400),
    ],
)
def test_any_input_gets_a_sensible_answer(
    editor: Browser, make_page: MakePage, values: dict[str, object], status: int
) -> None:
    page = make_page()

    answer = keep(editor, page.id, **values)

    assert answer.status_code == status
    assert answer.mimetype == "application/json"
    assert answer.json
    assert status == 200 or answer.json["error"]


def test_an_unknown_page_has_no_draft(editor: Browser, session: Session) -> None:
    assert keep(editor, 999).status_code == 404
    assert keep(editor, 999).json == {"error": "Cette page n’existe plus."}
    assert drafts(session) == []


def test_drafts_are_for_admins(browse: BrowserFactory, make: Make, make_page: MakePage) -> None:
    page = make_page()
    browser = browse(make.person(roles=[Role.REFERENT]))

    assert keep(browser, page.id).status_code == 403


def test_the_screen_costs_few_statements(
    editor: Browser, make_page: MakePage, statements: list[str]
) -> None:
    page = make_page()
    editor.visit(f"/admin/pages/{page.id}")
    statements.clear()
    editor.visit(f"/admin/pages/{page.id}")

    assert len(statements) <= 4

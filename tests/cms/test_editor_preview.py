"""The preview: any role, any hour, and nothing of it is kept."""

import pytest
import time_machine
from bs4 import BeautifulSoup
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from amapress_py.accounts.models import Person
from amapress_py.cms import queries
from amapress_py.cms.samples import READERS
from tests.cms.conftest import MakePage
from tests.cms.test_editing import NEW, send
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make

pytestmark = pytest.mark.usefixtures("clock")  # before anybody logs in

OFFERS = "<p>[les-paniers-intermittents]</p>"


@pytest.fixture
def editor(browse: BrowserFactory, admin: Person) -> Browser:
    return browse(admin)


def preview(editor: Browser, **values: object) -> TestResponse:
    data = {"csrf_token": editor.token(NEW), "title": "Essai", **values}
    return editor.client.post("/admin/pages/apercu", data=data)


def test_every_reader_gets_a_preview(editor: Browser) -> None:
    for reader in READERS:
        answer = preview(editor, body=f"<p>Bonjour</p>{OFFERS}", reader=reader)
        assert answer.status_code == 200, reader
        assert "Bonjour" in answer.text
        assert '<base target="_blank">' in answer.text


def test_a_list_is_that_of_the_imagined_hour(
    editor: Browser, make: Make, clock: time_machine.Traveller
) -> None:
    """On Sunday the basket of Thursday is to be had; on Thursday night it is too late."""
    make.offer(make.member("Anna"))
    values = {"body": OFFERS, "reader": "intermittent"}

    now = preview(editor, **values)
    later = preview(editor, **values, look_day="2026-11-26", look_time="23:00")

    def rows(answer: TestResponse) -> int:
        return len(BeautifulSoup(answer.data, "html.parser").select(".prose tbody tr"))

    assert rows(now) > 0
    assert rows(later) == 0
    assert rows(preview(editor, **values)) == rows(now)


def test_another_hour_leaves_no_trace(
    editor: Browser, session: Session, make_page: MakePage, clock: time_machine.Traveller
) -> None:
    """A page that is published tomorrow is not found today by who looked at tomorrow."""
    send(
        editor.client, NEW, title="Demain", body="[echanger-paniers-list]", in_menu="y",
        state="scheduled", publish_day="2026-11-23", publish_time="08:00",
    )  # fmt: skip
    preview(editor, body="[bouton vers=/demain]", look_day="2026-11-24")

    assert queries.site_pages(session).holders == {}
    visitor = Browser(editor.client.application)
    assert "Demain" not in visitor.visit("/", 404).text
    visitor.visit("/demain", 404)


@pytest.mark.parametrize(
    ("protection", "reader", "sentence"),
    [
        ({"is_protected": "y"}, "visitor", "il arrive à la page de connexion"),
        ({"is_protected": "y"}, "member", "Bonjour"),
        ({"is_protected": "y", "audience": "referent"}, "member", "réservée à"),
        ({"is_protected": "y", "audience": "referent"}, "referent", "Bonjour"),
        ({"audience": "referent"}, "visitor", "Bonjour"),
        ({"is_protected": "y", "audience": "kings" * 100}, "member", "réservée à"),
    ],
)
def test_the_protection_on_the_screen_counts(
    editor: Browser, protection: dict[str, str], reader: str, sentence: str
) -> None:
    answer = preview(editor, body="<p>Bonjour</p>", reader=reader, **protection)

    assert sentence in answer.text


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"look_day": "31/02/2026"}, 422),
        ({"look_day": "0001-01-01"}, 422),
        ({"look_day": "9999-12-31", "look_time": "23:59"}, 422),
        ({"look_time": "25:00"}, 422),
        ({"look_day": "\0"}, 422),
        ({"look_day": "23/11/2026"}, 200),
        ({"body": "x" * 200_001}, 422),
        ({"body": "x" * 2_000_000}, 413),
        ({"title": "x" * 5000}, 200),
        ({"reader": "<script>"}, 200),
    ],
)
def test_bad_input_is_told(editor: Browser, values: dict[str, object], status: int) -> None:
    answer = preview(editor, **values)

    assert answer.status_code == status
    assert "<script>alert" not in answer.text


def test_a_preview_takes_no_message_away(editor: Browser) -> None:
    token = editor.token(NEW)
    with editor.client.session_transaction() as cookie:
        cookie["_flashes"] = [("info", "Bonne nouvelle")]

    shown = editor.client.post(
        "/admin/pages/apercu", data={"csrf_token": token, "reader": "member"}
    )

    assert "Bonne nouvelle" not in shown.text
    assert "Bonne nouvelle" in editor.visit(NEW).text

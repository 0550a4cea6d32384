"""Options of the screen: the hour of publication, a changed address."""

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py.accounts.models import Person
from amapress_py.cms.models import Page, PageState
from tests.cms.conftest import MakePage
from tests.cms.test_editing import NEW, fields, send
from tests.conftest import Browser, BrowserFactory

pytestmark = pytest.mark.usefixtures("clock")  # before anybody logs in

WAITS = {"title": "Fête", "body": "x", "state": "scheduled"}


@pytest.fixture
def editor(browse: BrowserFactory, admin: Person) -> Browser:
    return browse(admin)


def test_a_page_waits_for_its_hour(
    editor: Browser, browse: BrowserFactory, session: Session, clock: time_machine.Traveller
) -> None:
    send(editor.client, NEW, **WAITS, publish_day="2026-11-23", publish_time="19:30")

    page = session.scalars(select(Page)).one()
    assert page.state is PageState.SCHEDULED
    assert page.publish_at is not None
    assert page.publish_at.isoformat() == "2026-11-23T18:30:00+00:00"
    shown = fields(editor.visit(f"/admin/pages/{page.id}"))
    assert (shown["publish_day"], shown["publish_time"]) == ("2026-11-23", "19:30")
    browse().visit("/fete", 404)
    clock.move_to("2026-11-23T19:30:00+01:00")
    browse().visit("/fete")
    # An hour that has passed is no obstacle to who corrects a word later.
    assert send(editor.client, f"/admin/pages/{page.id}", body="y").status_code == 303


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"publish_day": ""}, "quel jour"),
        ({"publish_day": "2026-11-23", "publish_time": ""}, "quelle heure"),
        ({"publish_day": "2026-11-21"}, "Cette heure est passée"),
        ({"publish_day": "30/02/2027"}, "une date comme"),
        ({"publish_day": "2026-11-23", "publish_time": "25:00"}, "une heure comme"),
        ({"publish_day": "9999-12-31", "publish_time": "23:59"}, "trop lointaine"),
        ({"publish_day": "0001-01-01"}, "trop lointaine"),
    ],
)
def test_a_wrong_hour_is_told(
    editor: Browser, clock: time_machine.Traveller, values: dict[str, str], sentence: str
) -> None:
    answer = send(editor.client, NEW, **WAITS, **values)

    assert answer.status_code == 422
    assert sentence in answer.text


def test_a_changed_address_is_told(editor: Browser, make_page: MakePage) -> None:
    page = make_page("Recettes")
    path = f"/admin/pages/{page.id}"
    assert "l’ancienne adresse mènera à la nouvelle" in editor.visit(path).text

    send(editor.client, path, path="cuisine")

    assert "/recettes, mène à la nouvelle" in editor.visit("/cuisine").text
    assert "Recettes" in editor.visit("/recettes").text

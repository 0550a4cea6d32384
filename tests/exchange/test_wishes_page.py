"""« Mes alertes », connected and by the link of a mail."""

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py.accounts.models import Person
from amapress_py.exchange import queries
from amapress_py.exchange.models import IntermittentEnrolment
from amapress_py.exchange.rules import ALL_WISHES, Pace, Wishes
from tests.conftest import BrowserFactory
from tests.factories import Make

pytestmark = pytest.mark.usefixtures("clock")
PAGE = "/intermittents/mes-alertes"


@pytest.fixture
def bruno(make: Make) -> Person:
    """Bruno may choose between two contracts at two places."""
    bruno = make.intermittent("Bruno")
    make.contract("Légumes", places=[make.place("Tilleuls")])
    make.contract("Pain", places=[make.place("École")])
    return bruno


def link(session: Session, person: Person) -> str:
    token = session.scalar(
        select(IntermittentEnrolment.token).where(IntermittentEnrolment.person_id == person.id)
    )
    return f"/intermittents/alertes/{token}"


def kept(session: Session, person: Person) -> Wishes:
    session.rollback()
    return queries.wishes_of(session, person.id)


EVERYTHING = {
    "rythme": "at_once",
    "jours": ["0", "1", "2", "3", "4", "5", "6"],
    "contrats": ["legumes", "pain"],
    "lieux": ["1", "2"],
}


def test_all_is_ticked_at_first_and_all_means_all(
    session: Session, browse: BrowserFactory, bruno: Person
) -> None:
    page = browse(bruno).visit(PAGE)
    ticked = {str(one["value"]) for one in page.select("main input[type=checkbox][checked]")}
    assert ticked == {"0", "1", "2", "3", "4", "5", "6", "legumes", "pain"}
    assert page.select_one("input[name=rythme][checked]")["value"] == "at_once"  # type: ignore[index]

    done = browse(bruno).post(PAGE, dict(EVERYTHING), page=PAGE)

    assert "Vos choix sont enregistrés" in done.get_text()
    assert kept(session, bruno) == ALL_WISHES


def test_by_the_link_of_a_mail_without_a_password(
    session: Session, browse: BrowserFactory, bruno: Person
) -> None:
    path = link(session, bruno)
    page = browse(None).visit(path)
    assert "Bruno" not in page.get_text()

    answer = browse(None).client.post(
        path,
        data={**EVERYTHING, "rythme": "digest", "contrats": "pain", "pause": "2026-12-24"},
        follow_redirects=True,
    )

    assert "Vos choix sont enregistrés" in answer.text
    assert kept(session, bruno) == Wishes(
        Pace.DIGEST, contracts=frozenset({"pain"}), paused_until=dt.date(2026, 12, 24)
    )
    back = browse(bruno).visit(PAGE)
    assert [str(one["value"]) for one in back.select("input[name=contrats][checked]")] == ["pain"]


@pytest.mark.parametrize(
    "data",
    [
        {"rythme": "at_once"},
        {**EVERYTHING, "rythme": "hourly"},
        {**EVERYTHING, "jours": []},
        {**EVERYTHING, "jours": ["9"]},
        {**EVERYTHING, "contrats": ["<script>"]},
        {**EVERYTHING, "contrats": []},
        {**EVERYTHING, "lieux": ["999"]},
        {**EVERYTHING, "pause": "hier"},
    ],
)
def test_what_makes_no_sense_changes_nothing(
    session: Session, browse: BrowserFactory, bruno: Person, data: dict[str, object]
) -> None:
    answer = browse(None).client.post(link(session, bruno), data=data)

    assert answer.status_code == 422
    assert "Rien n’est enregistré" in answer.text
    assert kept(session, bruno) == ALL_WISHES


def test_no_enrolment_no_preferences(
    session: Session, browse: BrowserFactory, make: Make, bruno: Person
) -> None:
    assert browse(make.person()).client.get(PAGE).status_code == 303
    assert browse(None).client.get("/intermittents/alertes/forged").status_code == 404
    assert browse(None).client.post("/intermittents/alertes/forged").status_code == 404

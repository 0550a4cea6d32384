"""“État du site”: who sees it, what it costs, and what happens when a check breaks."""

import logging
import time
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from amapress_py import clock, settings
from amapress_py.accounts.models import Person, Role
from amapress_py.checks import Check, Finding, Level
from amapress_py.cms.models import Page, PageRevision, PageState
from amapress_py.health import queries
from tests.back_office import counted
from tests.conftest import BrowserFactory
from tests.factories import Make
from tests.health.conftest import SCREEN, Screen
from tests.site.reader import plain

MOST_STATEMENTS = 9  # right after a change: settings and pages are read anew
MANY = 300


def test_all_is_well(screen: Screen) -> None:
    assert screen.told() == []
    assert "Tout va bien." in plain(screen.page().get_text(" "))
    assert "Les courriels partent" in screen.well()
    assert not screen.browser.visit("/admin/").select(".message.error")


@pytest.mark.parametrize("role", [None, Role.INTERMITTENT_MANAGER, Role.REFERENT, Role.TREASURER])
def test_it_is_for_administrators_alone(
    well: Person, make: Make, browse: BrowserFactory, role: Role | None
) -> None:
    person = make.person(roles=[role] if role else [])

    browse(person).visit(SCREEN, 403)


def test_the_index_tells_administrators_of_what_is_obligatory(
    screen: Screen, session: Session, make: Make, browse: BrowserFactory
) -> None:
    page = session.scalars(select(Page).where(Page.path == "espace-intermittents/absence")).one()
    page.audience = ""
    settings.touch(session)
    session.commit()

    message = screen.browser.visit("/admin/").select_one(".message.error")

    assert message is not None
    assert "Une chose obligatoire ne va pas." in message.get_text()
    assert [one["href"] for one in message.select("a")] == [SCREEN]
    referent = browse(make.person(roles=[Role.REFERENT]))
    assert not referent.visit("/admin/").select(".message")


def test_a_check_that_breaks_is_told_and_logged(
    screen: Screen, app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_session: Session) -> Iterator[Finding]:
        yield Finding("Ceci ne compte pas.")
        raise ZeroDivisionError

    app.extensions[queries.CHECKS] += (Check("broken", "Rien ne casse", Level.REQUIRED, broken),)

    with caplog.at_level(logging.ERROR):
        text = plain(screen.page().get_text(" "))

    assert "N’a pas pu être vérifié Rien ne casse" in text
    assert "Tout va bien." not in text
    assert "Ceci ne compte pas." not in text
    assert "The check broken broke" in caplog.text


def test_a_check_that_breaks_the_transaction_stops_no_other(screen: Screen, app: Flask) -> None:
    def broken(session: Session) -> Iterator[Finding]:
        session.connection().exec_driver_sql("SELECT * FROM nothing")
        yield Finding("")

    first = Check("broken", "Rien ne casse", Level.REQUIRED, broken)
    app.extensions[queries.CHECKS] = (first, *app.extensions[queries.CHECKS])

    assert "Les courriels partent" in screen.well()


def add_pages(session: Session, count: int) -> None:
    """Add pages of a usual length, each with links."""
    link = '<p>Voir <a href="/contact">ici</a> et <a href="/rien">là</a>.</p>'
    body = f"<h2>Titre</h2>{'<p>Des mots, et encore des mots.</p>' * 80}{link}[bouton vers=contact]"
    first = session.scalar(select(Page.id).order_by(Page.id.desc()).limit(1)) or 0
    rows = range(first + 1, first + 1 + count)
    session.execute(
        insert(Page),
        [
            {"id": n, "path": f"p-{n}", "title": f"P {n}", "state": PageState.PUBLISHED}
            | {"revision_id": 10_000 + n}
            for n in rows
        ],
    )
    session.execute(
        insert(PageRevision),
        [
            {"id": 10_000 + n, "page_id": n, "title": f"P {n}", "body": body}
            | {"created_at": clock.now()}
            for n in rows
        ],
    )
    settings.touch(session)
    session.commit()


def statements(app: Flask, screen: Screen) -> int:
    with counted(app) as said:
        screen.page()
    return len(said)


def test_many_pages_take_no_more_statements_and_little_time(
    screen: Screen, app: Flask, session: Session
) -> None:
    few = statements(app, screen)
    add_pages(session, MANY)
    many = statements(app, screen)
    begun = time.process_time()
    found = screen.told()

    assert time.process_time() - begun < 2  # well under one second on a quiet machine
    assert sum("« /rien » ne mène nulle part" in one for one in found) == MANY
    assert few == many <= MOST_STATEMENTS


def test_more_of_a_kind_are_folded(screen: Screen, session: Session) -> None:
    add_pages(session, 20)

    page = screen.page()

    fold = page.select_one("details.panel")
    assert fold is not None
    assert plain(fold.select_one("summary").get_text()) == "Et 12 autres du même genre"  # type: ignore[union-attr]
    assert len(fold.select("li")) == 12

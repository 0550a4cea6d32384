"""Pages to visit: the seeds, and pages made for one test."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Person, Role
from amapress_py.cms import seed, services
from amapress_py.cms.models import Page
from amapress_py.cms.services import Draft
from tests.factories import Make

MakePage = Callable[..., Page]


@pytest.fixture
def make_page(session: Session) -> MakePage:
    """`make_page("Titre", "<p>texte</p>", audience=…)` saves a page as an editor would."""

    def make(title: str = "Recettes", body: str = "<p>Soupe</p>", **more: object) -> Page:
        with db.transaction() as current:
            return services.save_page(current, None, Draft(title, body, **more), 0)  # type: ignore[arg-type]

    return make


@pytest.fixture
def seeded(session: Session) -> Session:
    """Give the pages that a new site starts with."""
    with db.transaction() as current:
        seed.seed(current)
    return session


@pytest.fixture
def admin(make: Make) -> Person:
    return make.person("Agnès", roles=[Role.ADMIN])


@pytest.fixture
def statements(app: Flask) -> list[str]:
    """Collect the SQL statements from now on."""
    from sqlalchemy import event

    found: list[str] = []

    @event.listens_for(app.extensions["amapress_engine"], "before_cursor_execute")
    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN", "COMMIT")):
            found.append(statement)

    return found

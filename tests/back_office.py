"""What tests of back-office screens share: viewers, posted forms, counted statements."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from amapress_py import db
from amapress_py.accounts.models import Person
from amapress_py.accounts.viewer import Viewer, load
from tests.conftest import Browser

MOST_STATEMENTS = 6


def viewer_of(session: Session, person: Person) -> Viewer:
    """Return a person as services see him."""
    found = load(session, person.id)
    assert found is not None
    return found


def submit(browser: Browser, path: str, **data: object) -> TestResponse:
    """Send a form, follow nothing; the test's session sees afterwards what was committed."""
    response = browser.client.post(path, data={"csrf_token": browser.token(), **data})
    db.session().rollback()
    db.session().expire_all()
    return response


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """Keep the statements that are sent to the database meanwhile."""
    said: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_others: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            said.append(statement)

    engine = app.extensions["amapress_engine"]
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)

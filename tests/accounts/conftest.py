"""Persons with a password, forms sent without following where they lead, counted statements."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from amapress_py.accounts import passwords
from amapress_py.accounts.models import Person, Role
from tests.conftest import Browser
from tests.factories import Make

PASSWORD = "demo-panier"

Known = Callable[..., Person]
Submit = Callable[..., TestResponse]
CountSql = Callable[[], AbstractContextManager[list[str]]]


@cache
def password_hash() -> str:
    return passwords.hashed(PASSWORD)


def look_again(session: Session) -> None:
    """Forget what was read, to see what requests have written."""
    session.rollback()
    session.expire_all()


@pytest.fixture
def known(make: Make, session: Session) -> Known:
    """`known("Anna")` makes a person who logs in with PASSWORD."""

    def make_known(first_name: str, *roles: Role) -> Person:
        person = make.person(first_name, email=f"{first_name.lower()}@amap.test", roles=roles)
        person.password_hash = password_hash()
        session.commit()
        return person

    return make_known


@pytest.fixture
def admin(known: Known) -> Person:
    return known("Jeanne", Role.ADMIN)


@pytest.fixture
def submit() -> Submit:
    """`submit(browser, path, page, name=value)` sends a form of `page`; follows nothing."""

    def send(browser: Browser, path: str, page: str, **data: object) -> TestResponse:
        return browser.client.post(path, data={"csrf_token": browser.token(page), **data})

    return send


@pytest.fixture
def count_sql(app: Flask) -> CountSql:
    """Keep what is asked of the database meanwhile."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        said: list[str] = []

        def note(_c: object, _cursor: object, statement: str, *_others: object) -> None:
            said.append(statement)

        engine = app.extensions["amapress_engine"]
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield said
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return counting

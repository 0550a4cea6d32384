import pytest
from flask import Flask
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Person, Role
from amapress_py.cms import services
from amapress_py.cms.services import Draft
from tests.conftest import BrowserFactory
from tests.factories import Make

ROLES = (
    "logged", "not_logged", "intermittent", "not_intermittent", "member", "no_contract", "admin",
    "intermittent_manager", "referent", "treasurer", "producer", "coordinator",
)  # fmt: skip


@pytest.fixture
def page(session: Session) -> str:
    body = "".join(f"[display-if role={role}]@{role};[/display-if]" for role in ROLES)
    body += "[display-if-logged]@short;[/display-if-logged]"
    body += "[display-if-not-logged]@none;[/display-if-not-logged]"
    body += "[display-if-intermittent]@mit;[/display-if-intermittent]"
    body += "[display-if role='member, intermittent']@any;[/display-if]"
    with db.transaction() as current:
        services.save_page(current, None, Draft("Essai", body), 0)
    return "/essai"


def shown(browse: BrowserFactory, path: str, person: Person | None) -> set[str]:
    prose = browse(person).visit(path).select_one(".prose")
    assert prose is not None
    return {word.removeprefix("@") for word in prose.text.strip().split(";") if word}


def test_a_visitor_is_not_logged(browse: BrowserFactory, page: str) -> None:
    assert shown(browse, page, None) == {"not_logged", "none"}


def test_a_member(browse: BrowserFactory, make: Make, page: str) -> None:
    assert shown(browse, page, make.member()) == {
        "logged", "short", "member", "not_intermittent", "any",
    }  # fmt: skip


def test_an_intermittent_without_contract(browse: BrowserFactory, make: Make, page: str) -> None:
    assert shown(browse, page, make.intermittent()) == {
        "logged", "short", "intermittent", "no_contract", "mit", "any",
    }  # fmt: skip


@pytest.mark.parametrize("role", list(Role))
def test_a_holder_of_a_role(browse: BrowserFactory, make: Make, page: str, role: Role) -> None:
    person = make.person(roles=[role])

    assert shown(browse, page, person) == {
        "logged", "short", "no_contract", "not_intermittent", role.value,
    }  # fmt: skip


def test_what_is_not_shown_is_not_worked_out(
    app: Flask, session: Session, browse: BrowserFactory, make: Make
) -> None:
    body = "[display-if role=admin][echanger-paniers-list][/display-if]"
    with db.transaction() as current:
        services.save_page(current, None, Draft("Essai", body), 0)

    assert shown(browse, "/essai", make.person()) == set()

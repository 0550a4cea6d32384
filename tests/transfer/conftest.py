"""Sites to export from and to import into."""

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Person, Role
from amapress_py.cms import seed, services
from amapress_py.cms.models import Page
from amapress_py.cms.services import Draft
from amapress_py.transfer import plan
from amapress_py.transfer import services as transfer
from amapress_py.transfer.plan import Choices, Plan
from tests.factories import Make

SAMPLE = Path(__file__).parent / "pages.wxr.xml"

MakePage = Callable[..., Page]
Look = Callable[..., Plan]


@pytest.fixture
def admin(make: Make) -> Person:
    return make.person("Agnès", roles=[Role.ADMIN])


@pytest.fixture
def make_page(session: Session) -> MakePage:
    """`make_page("Titre", "<p>texte</p>", audience=…)` saves a page as an editor would."""

    def make(title: str = "Recettes", body: str = "<p>Soupe</p>", **more: object) -> Page:
        with db.transaction() as current:
            return services.save_page(current, None, Draft(title, body, **more), 0)  # type: ignore[arg-type]

    return make


@pytest.fixture
def seeded(session: Session) -> Session:
    with db.transaction() as current:
        seed.seed(current)
    return session


@pytest.fixture
def look(app: Flask, session: Session) -> Look:
    """`look("pages.zip", content)` is the report of an import."""

    def look(
        name: str, content: bytes, choices: Choices | None = None, images: bytes = b""
    ) -> Plan:
        session.rollback()
        parcel = transfer.parcel_of(name, content, images)
        findings = transfer.examined(session, parcel)
        return plan.make(session, parcel, choices or Choices(), findings)

    return look


@pytest.fixture
def bring(app: Flask, session: Session, look: Look) -> Look:
    """`bring("pages.zip", content)` imports what the report says, and returns it."""

    def bring(
        name: str, content: bytes, choices: Choices | None = None, images: bytes = b""
    ) -> Plan:
        shown = look(name, content, choices, images)
        parcel = transfer.parcel_of(name, content, images)
        findings = transfer.examined(session, parcel)
        with db.transaction() as current:
            return transfer.apply(current, parcel, choices or Choices(), findings, shown.digest, 0)

    return bring


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """Return a ZIP."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def acts(found: Plan) -> dict[str, str]:
    """Return what happens to each page, by title."""
    return {line.title: line.act.value for line in found.lines}

"""Images drawn in the test itself, and administrators who upload them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image, ImageDraw
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from amapress_py import db
from amapress_py.accounts.models import Person, Role
from amapress_py.cms import services as pages
from amapress_py.cms.models import Page
from amapress_py.cms.services import Draft
from amapress_py.media import services
from amapress_py.media.models import Media
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make

SCREEN = "/admin/images/"
JSON = {"Accept": "application/json"}
MakePage = Callable[..., Page]


def drawn(mode: str = "RGB", size: tuple[int, int] = (60, 40), shade: int = 0) -> Image.Image:
    """Return a drawing that no other `shade` gives."""
    image = Image.new("RGB", size, (30 + 8 * shade % 200, 120, 13 * shade % 256))
    ImageDraw.Draw(image).line((0, 0, size[0], size[1]), fill=(250, 240, 10), width=3)
    return image if mode == "RGB" else image.convert(mode)


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """Return an image as a file of that kind."""
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@dataclass
class Uploader:
    """An administrator's browser."""

    browser: Browser
    token: str

    @property
    def client(self) -> FlaskClient:
        return self.browser.client

    def send(
        self,
        data: bytes,
        name: str = "photo.jpg",
        *,
        kind: str = "image/jpeg",
        json: bool = True,
        **fields: Any,
    ) -> TestResponse:
        """Send a file as the editor's dialog does, or as the screen does."""
        file = FileStorage(BytesIO(data), name, content_type=kind)
        return self.submit({"alt": "Un dessin", "file": file, **fields}, json=json)

    def submit(self, fields: Mapping[str, Any], *, json: bool = True) -> TestResponse:
        """Send a form with whatever fields."""
        boundary, body = encode_multipart(MultiDict({"csrf_token": self.token, **fields}))
        kind = f"multipart/form-data; boundary={boundary}"
        headers = JSON if json else {}
        return self.client.post(SCREEN, data=body, content_type=kind, headers=headers)


@pytest.fixture
def admin(make: Make) -> Person:
    return make.person("Agnès", roles=[Role.ADMIN])


@pytest.fixture
def uploader(admin: Person, browse: BrowserFactory) -> Uploader:
    browser = browse(admin)
    return Uploader(browser, browser.token(SCREEN))


@pytest.fixture
def store(session: Session) -> Callable[..., Media]:
    """`store(shade=7)` keeps an image as an editor would."""

    def keep(
        data: bytes = b"", name: str = "dessin.jpg", alt: str = "Un dessin", shade: int = 0
    ) -> Media:
        with db.transaction() as current:
            return services.store(current, 0, data or encoded(drawn(shade=shade)), name, alt)

    return keep


@pytest.fixture
def make_page(session: Session) -> MakePage:
    """`make_page("Titre", "<p>texte</p>", audience=…)` saves a page as an editor would."""

    def make(title: str = "Recettes", body: str = "<p>Soupe</p>", **more: Any) -> Page:
        with db.transaction() as current:
            return pages.save_page(current, None, Draft(title, body, **more), 0)

    return make


@pytest.fixture
def count(session: Session) -> Callable[[], int]:
    """Count the images that are there."""

    def number() -> int:
        session.rollback()
        return session.scalar(select(func.count()).select_from(Media)) or 0

    return number


@pytest.fixture
def statements(session: Session) -> list[str]:
    """Collect the SQL statements from now on."""
    found: list[str] = []

    @event.listens_for(db.engine(), "before_cursor_execute")
    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN", "COMMIT")):
            found.append(statement)

    return found

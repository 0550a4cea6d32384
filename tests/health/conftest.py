"""A site on which all is well, and somebody who reads and presses what “État du site” shows."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from amapress_py import clock, db, migrate, settings
from amapress_py.accounts.models import Person, Role
from amapress_py.cms import seed
from amapress_py.config import Config
from amapress_py.settings.models import Beat
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make
from tests.site.reader import plain

SCREEN = "/admin/etat"
Machine = Callable[..., None]


@dataclass
class Screen:
    """“État du site” as an administrator sees it."""

    browser: Browser

    def page(self) -> BeautifulSoup:
        return self.browser.visit(SCREEN)

    def told(self, part: str = ".findings") -> list[str]:
        """Return the sentences of what is wrong."""
        return [plain(one.get_text(" ")) for one in self.page().select(f"{part} > li > p")]

    def required(self) -> list[str]:
        return self.told(".findings-required .findings")

    def well(self) -> list[str]:
        found = self.page().select("details.panel > ul:not(.findings) > li")
        return [plain(one.get_text(" ")) for one in found]

    def line(self, sentence: str) -> Tag:
        """Return the line of what begins so."""
        for one in self.page().select(".findings > li"):
            if plain(one.get_text(" ")).startswith(sentence):
                return one
        raise AssertionError(f"{sentence!r} is not among {self.told()}")

    def press(self, sentence: str, label: str) -> str:
        """Press a button of a line, and return the message on the page one comes back to."""
        form = self.form(sentence, label)
        found = self.send(form)
        return plain(found.select_one(".message").get_text(" "))  # type: ignore[union-attr]

    def form(self, sentence: str, label: str) -> Tag:
        for form in self.line(sentence).select("form"):
            button = form.select_one("button")
            if button is not None and plain(button.get_text(" ")).startswith(label):
                return form
        raise AssertionError(f"no button {label!r}")

    def send(self, form: Tag) -> BeautifulSoup:
        values = {str(one["name"]): str(one["value"]) for one in form.select("input")}
        return self.browser.post(str(form["action"]), dict(values), page=SCREEN)

    def link(self, sentence: str, label: str) -> str:
        """Return where a link of a line leads; there must be something."""
        for one in self.line(sentence).select("a"):
            if plain(one.get_text(" ")).startswith(label):
                self.browser.visit(str(one["href"]))
                return str(one["href"])
        raise AssertionError(f"no link {label!r}")


@pytest.fixture
def machine(app: Flask) -> Machine:
    """`machine(demo=True)` changes what the machine sets."""

    def change(**values: object) -> None:
        config: Config = app.extensions["amapress_config"]
        app.extensions["amapress_config"] = replace(config, **values)  # type: ignore[arg-type]

    return change


@pytest.fixture
def well(app: Flask, session: Session, make: Make, clock: object, machine: Machine) -> Person:
    """Make a site on which nothing is wrong; return an administrator."""
    machine(base_url="https://amap.example.org", mail_from="amap@example.org")
    set_up(session)
    admin = make.person("Agathe", roles=[Role.ADMIN])
    make.person("Alice", roles=[Role.ADMIN])
    make.intermittent("Inès")
    make.delivery(make.thursday(), make.place())
    return admin


def set_up(session: Session) -> None:
    """Install pages, settings, tables and signs of life."""
    with db.transaction() as current:
        seed.seed(current)
        settings.save(
            current,
            {"contact_email": "contact@amap.test", "exchange_email": "intermittents@amap.test"},
        )
        beat(current, "worker")
        beat(current, "backup")
        current.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        version = {"version": migrate.newest()}
        current.execute(text("INSERT INTO alembic_version VALUES (:version)"), version)


def beat(session: Session, name: str) -> None:
    session.merge(Beat(name=name, at=clock.now()))


@pytest.fixture
def screen(well: Person, browse: BrowserFactory) -> Screen:
    return Screen(browse(well))

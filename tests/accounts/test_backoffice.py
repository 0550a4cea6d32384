import pytest
from bs4 import BeautifulSoup
from flask import Flask

from amapress_py.accounts import backoffice
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.models import Role
from tests.accounts.conftest import Known
from tests.conftest import BrowserFactory

ENTRIES = [
    Entry("Espace", "Les échanges", "accounts.forgotten", frozenset({Role.INTERMITTENT_MANAGER})),
    Entry("Site", "Les réglages", "settings_admin.edit"),
    Entry("Espace", "Les personnes", "accounts_admin.persons"),
]


@pytest.fixture(autouse=True)
def entries(app: Flask) -> None:
    app.extensions[backoffice.ENTRIES] = backoffice.in_groups(ENTRIES)


def labels(page: BeautifulSoup, where: str) -> list[str]:
    return [link.text for link in page.select(f"{where} li a")]


def test_an_administrator_sees_all_in_groups(known: Known, browse: BrowserFactory) -> None:
    page = browse(known("Jeanne", Role.ADMIN)).visit("/admin/")

    assert labels(page, ".cards") == ["Les échanges", "Les personnes", "Les réglages"]
    assert labels(page, ".office-nav") == labels(page, ".cards")
    assert [title.text for title in page.select(".cards h2")] == ["Espace", "Site"]


def test_others_see_what_their_roles_open(known: Known, browse: BrowserFactory) -> None:
    manager = browse(known("Anna", Role.INTERMITTENT_MANAGER)).visit("/admin/")
    treasurer = browse(known("Bruno", Role.TREASURER)).visit("/admin/")

    assert labels(manager, ".cards") == ["Les échanges"]
    assert labels(treasurer, ".cards") == []


def test_who_has_no_role_has_no_back_office(known: Known, browse: BrowserFactory) -> None:
    browser = browse(known("Anna"))

    browser.visit("/admin/", status=403)
    assert "Administration" not in browser.visit("/mon-profil").text


def test_the_present_screen_is_marked(known: Known, browse: BrowserFactory) -> None:
    page = browse(known("Jeanne", Role.ADMIN)).visit("/admin/personnes/nouvelle")

    assert [one.text for one in page.select(".office-nav [aria-current]")] == ["Les personnes"]

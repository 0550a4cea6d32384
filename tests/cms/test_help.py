"""The help screen: every shortcode, its preview as a reader, the pages that use it."""

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Role
from amapress_py.cms import seed
from amapress_py.cms.render import registered
from amapress_py.cms.samples import READERS
from tests.back_office import counted
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make
from tests.shortcodes.pages import write

HELP = "/admin/shortcodes"


@pytest.fixture
def admin(session: Session, make: Make, browse: BrowserFactory) -> Browser:
    with db.transaction() as current:
        seed.seed(current)
    return browse(make.person("Agnès", roles=[Role.ADMIN]))


def listed(admin: Browser, asked: str = "") -> list[str]:
    return [str(one["id"]) for one in admin.visit(f"{HELP}?q={asked}").select("details.panel")]


def test_every_shortcode_is_explained(app: Flask, admin: Browser) -> None:
    page = admin.visit(HELP)

    for item in registered().registry:
        one = page.find("details", id=item.tag)
        assert one is not None, item.tag
        text = one.text
        assert all(f"[{name}]" in text for name in item.names)
        assert str(item.title) in text
        for parameter in item.parameters:
            assert parameter.name in text
            assert str(parameter.help) in text
            assert all(choice in text for choice in parameter.choices)
        frame = one.find("iframe")
        assert frame is not None
        assert frame.has_attr("sandbox")
        assert not frame["sandbox"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("un bouton vers", ["bouton"]),
        ("[next-distrib-deliv]", ["prochaines-distributions"]),
        ("SOUS-PAGES", ["menu", "page-liste"]),
        ("rien du tout", []),
    ],
)
def test_search(admin: Browser, asked: str, expected: list[str]) -> None:
    assert listed(admin, asked) == expected


def test_the_pages_that_use_one_are_linked(admin: Browser) -> None:
    write("[display-if-logged][les-paniers-intermittents-count][/display-if-logged]")
    write("<p>[[agenda-url]] rien</p>", "Échappé")
    page = admin.visit(HELP)

    def users(tag: str) -> list[str]:
        return [
            str(link["href"])
            for link in page.select(f"details[id='{tag}'] dl.facts dd:last-of-type a")
        ]

    assert "/essai" in users("les-paniers-intermittents-count")
    assert users("les-paniers-intermittents") == ["/espace-intermittents/reserver"]
    assert "/echappe" not in users("agenda-url")
    assert users("bouton") == []
    write("[bouton vers=contact]", "Nouvelle")
    page = admin.visit(HELP)
    assert users("bouton") == ["/nouvelle"]


def test_every_example_can_be_seen_by_every_reader(app: Flask, admin: Browser) -> None:
    for item in registered().registry:
        for kind in READERS:
            with counted(app) as said:
                answer = admin.client.get(f"{HELP}/{item.tag}/apercu?lecteur={kind}")
            assert answer.status_code == 200, (item.tag, kind)
            assert "shortcode-error" not in answer.text, (item.tag, kind)
            assert "sandbox" in answer.headers["Content-Security-Policy"]
            assert all(one.startswith(("SELECT", "ROLLBACK")) for one in said), (item.tag, said)


def test_a_preview_is_what_that_reader_sees(admin: Browser) -> None:
    def seen(kind: str) -> str:
        page = admin.client.get(f"{HELP}/connexion/apercu?lecteur={kind}")
        return " ".join(BeautifulSoup(page.data, "html.parser").text.split())

    assert "Se connecter" in seen("visitor")
    assert "Bonjour Camille" in seen("member")
    assert "Se connecter" in seen("n’importe qui")
    nothing = admin.client.get(f"{HELP}/mes-infos/apercu?lecteur=visitor").text
    assert "Ce lecteur ne voit rien à cet endroit." in nothing


def test_an_unknown_one_is_not_found(admin: Browser) -> None:
    assert admin.client.get(f"{HELP}/rien/apercu").status_code == 404


def test_few_statements(app: Flask, admin: Browser) -> None:
    admin.visit(HELP)
    with counted(app) as said:
        admin.visit(HELP)

    assert len([one for one in said if one.startswith("SELECT")]) <= 6

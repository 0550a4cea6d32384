"""What editors are told about the shortcodes of a page."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Role
from amapress_py.cms import notices, queries, seed
from amapress_py.cms.render import registered
from amapress_py.engine import NoAttributes, Registry, shortcode
from tests.conftest import BrowserFactory
from tests.factories import Make
from tests.shortcodes.pages import notices as shown
from tests.shortcodes.pages import write

CONNECTED = "connected"
IF_LOGGED = "[display-if-logged]{}[/display-if-logged]"


def said(body: str, audience: str = "") -> list[str]:
    return [" ".join(text.split()) for text in notices.of(body, audience)]


@pytest.fixture(autouse=True)
def _request(app: Flask, session: Session) -> None:
    """Open the application."""


@pytest.mark.parametrize(
    ("body", "audience"),
    [
        ("[mes-infos]", CONNECTED),
        (IF_LOGGED.format("[mes-infos]"), ""),
        ("[display-if role=member][echanger-paniers-list][/display-if]", ""),
        ("[prochaines-distributions nombre=2][connexion][menu]", ""),
        ("[bouton vers=contact texte=A] [bouton vers=a]B[/bouton]", ""),
        ("[[mes-infos]] [[display-if role=rien]]", ""),
        ("[display-if role=admin]Chut[/display-if]", "member"),
        ('<a href="[intermittent-desinscription-href]">Partir</a>', "intermittent"),
        ("[note] (voir [1]) [/note", ""),
    ],
)
def test_nothing_is_said_of_what_is_right(body: str, audience: str) -> None:
    assert said(body, audience) == []


@pytest.mark.parametrize(
    ("body", "audience", "expected"),
    [
        ("[mes-truc x=1]", "", "[mes-truc] : shortcode inconnu."),
        ("[menu niveau=1]", "", "« niveau » n’est pas un paramètre de [menu]"),
        ("[menu niveaux=un]", "", "La valeur « un » de « niveaux » n’est pas utilisée"),
        ("[menu]x[/menu]", "", "[menu] n’entoure rien"),
        ("[display-if role=member]x", "", "[display-if] n’est pas refermé"),
        ("[display-if-logged /]x", "", "[display-if-logged] n’est pas refermé"),
        ("[mes-infos]", "", "[mes-infos] ne montre rien aux visiteurs"),
        (
            "[display-if role=not_logged]x[/display-if]",
            CONNECTED,
            "[display-if] ne montre son passage à aucun lecteur",
        ),
        (
            "[display-if-not-logged][mes-infos][/display-if-not-logged]",
            "",
            "[mes-infos] ne montre rien aux visiteurs",
        ),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(body: str, audience: str, expected: str) -> None:
    (sentence,) = said(body, audience)

    assert sentence.startswith(expected)


@shortcode("pour-responsables", NoAttributes, "Essai", audience="exchange_manager")
def for_managers(context: object, attributes: NoAttributes) -> str:
    return ""


@pytest.mark.parametrize("audience", ["member", CONNECTED, ""])
def test_a_shortcode_for_other_readers_than_the_page(
    monkeypatch: pytest.MonkeyPatch, audience: str
) -> None:
    every = Registry([*registered().registry, for_managers])
    monkeypatch.setattr(registered(), "registry", every)

    (sentence,) = said("[pour-responsables]", audience)

    assert sentence.startswith(
        "[pour-responsables] n’est que pour : responsables des intermittents. Les autres"
    )
    for own in ("intermittent_manager", "admin"):
        assert said("[pour-responsables]", own) == []


def test_each_thing_is_said_once() -> None:
    assert len(said("[mes-infos][mes-infos] [menu x=1][menu x=1]")) == 2


def test_the_pages_of_a_new_site_are_in_order(session: Session) -> None:
    with db.transaction() as current:
        seed.seed(current)
    for row in queries.site_pages(session).rows:
        body = queries.body(session, row.revision_id)
        assert said(body, row.audience) == [], row.path


def test_an_editor_reads_it_on_the_page_and_nobody_else(browse: BrowserFactory, make: Make) -> None:
    write("[mes-infos]")

    (sentence,) = shown(browse(make.person(roles=[Role.ADMIN])))

    assert "ne montre rien aux visiteurs" in sentence
    assert shown(browse()) == []
    assert shown(browse(make.person())) == []


def test_a_page_full_of_brackets_takes_no_time() -> None:
    for body in ("[display-if role=member]" * 8000, "[menu x=" * 20000, "[[menu]" * 20000):
        assert len(said(body)) <= 2


def test_an_editor_reads_it_beside_the_text_he_writes(browse: BrowserFactory, make: Make) -> None:
    page = write("[mes-infos][mes-truc x=1]")
    agnes = browse(make.person(roles=[Role.ADMIN]))

    told = [line.text for line in agnes.visit(f"/admin/pages/{page.id}").select(".notices li")]

    assert len(told) == 2
    assert "shortcode inconnu" in told[0]
    assert "ne montre rien aux visiteurs" in told[1]

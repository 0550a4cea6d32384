"""[mes-contrats], [inscription-en-ligne], [contrats-ouverts]."""

import datetime as dt

from flask import Flask
from sqlalchemy.orm import Session

from amapress_py import clock as clocks
from amapress_py.contracts.models import ContractState
from amapress_py.events.models import Event, EventKind
from tests.back_office import MOST_STATEMENTS, counted
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make
from tests.shortcodes.pages import prose, write


def links(browser: Browser, words: str) -> list[str]:
    """Return the addresses of the links that begin with some words."""
    found = prose(browser).select("a")
    return [str(one["href"]) for one in found if one.text.startswith(words)]


def test_own_contracts_come_first_then_what_is_open_then_what_is_over(
    session: Session, browse: BrowserFactory, make: Make
) -> None:
    own, to_sign, draft = make.contract("Légumes"), make.contract("Pain"), make.contract("Miel")
    over = make.contract("Œufs", dates=[clocks.today() - dt.timedelta(days=9)])
    draft.state = ContractState.DRAFT
    anna = make.member("Anna", own)
    make.subscription(anna.household, over)
    write("[mes-contrats]")

    browser = browse(anna)
    shown = prose(browser)

    names = [one.text for one in shown.select(".card :is(h2, h3), details li a")]
    assert names == [own.name, to_sign.name, over.name]
    assert "1 livraison : 10,00 €" in " ".join(shown.text.split())
    assert links(browser, "Modifier") == [f"/contrats/{own.id}/signer"]
    assert links(browser, "Signer ce contrat") == [f"/contrats/{to_sign.id}/signer"]


def test_parameters_leave_out(browse: BrowserFactory, make: Make) -> None:
    over = make.contract("Œufs", dates=[clocks.today() - dt.timedelta(days=9)])
    open_one = make.contract("Pain")
    anna = make.person("Anna")
    make.subscription(anna.household, over)
    write("[mes-contrats montrer_ouverts=no montrer_passes=no]")

    shown = prose(browse(anna)).text

    assert over.name not in shown
    assert open_one.name not in shown


def test_what_can_be_signed_has_its_button_and_what_is_full_its_list(
    session: Session, browse: BrowserFactory, make: Make
) -> None:
    bread, honey = make.contract("Pain"), make.contract("Miel")
    honey.most_signed = 1
    make.member("Marc", honey)
    write("[inscription-en-ligne]")
    browser = browse(make.person())

    assert links(browser, "Signer ce contrat") == [f"/contrats/{bread.id}/signer"]
    assert links(browser, "M’inscrire sur la liste") == [f"/contrats/{honey.id}"]
    write("[inscription-en-ligne contrat_nom=MIEL]", "Autre")
    assert bread.name not in prose(browser, "/autre").text


def test_everybody_reads_what_is_open_and_public_sessions(
    session: Session, browse: BrowserFactory, make: Make
) -> None:
    bread = make.contract("Pain", dates=[make.thursday(2), make.thursday(3)])
    closed = make.contract("Œufs")
    closed.deadline = clocks.today() - dt.timedelta(days=1)
    day, hours = make.thursday(), (dt.time(18), dt.time(19))
    for place, is_public in (("Préau", True), ("Chez Rémi", False)):
        session.add(
            Event(
                kind=EventKind.SIGNING, title="", date=day, opens=hours[0], closes=hours[1],
                place=place, note="", is_public=is_public, contract_id=bread.id,
            )
        )  # fmt: skip
    session.commit()
    write("[contrats-ouverts]")

    visitor = prose(browse()).text
    assert bread.name in visitor
    assert closed.name not in visitor
    assert "Inscription jusqu’au mercredi 9 décembre 2026 inclus" in visitor
    assert ("Préau" in visitor, "Chez Rémi" in visitor) == (True, False)
    assert "Chez Rémi" in prose(browse(make.person())).text
    framed = browse().client.get("/embed/contrats-ouverts").text
    assert bread.name in framed
    assert "Chez Rémi" not in framed


def test_many_contracts_take_no_more_statements(
    app: Flask, session: Session, browse: BrowserFactory, make: Make
) -> None:
    anna = make.person("Anna")
    for _number in range(2):
        make.subscription(anna.household, make.contract())
    write("[mes-contrats]")
    write("[contrats-ouverts]", "Autre")
    browser = browse(anna)

    def statements(path: str) -> int:
        browser.visit(path)
        with counted(app) as said:
            browser.visit(path)
        return len(said)

    before = [statements(path) for path in ("/essai", "/autre")]
    for _number in range(8):
        make.subscription(anna.household, make.contract())
        make.contract()

    assert [statements(path) for path in ("/essai", "/autre")] == before
    assert max(before) <= MOST_STATEMENTS

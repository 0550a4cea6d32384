import datetime as dt

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from amapress_py import clock as clocks
from amapress_py import db
from amapress_py.exchange import services
from amapress_py.exchange.steps import Actor
from amapress_py.i18n import long_date
from tests.back_office import counted
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make
from tests.shortcodes.pages import prose, write


def lines(browser: Browser) -> list[str]:
    return [" ".join(line.text.split()) for line in prose(browser).select("li")]


@pytest.fixture
def thursdays(make: Make) -> list[dt.date]:
    return [make.thursday(week) for week in range(4)]


def test_day_hours_place_and_address(
    browse: BrowserFactory, make: Make, thursdays: list[dt.date]
) -> None:
    make.contract(dates=thursdays, places=[make.place("Salle des Tilleuls")])
    write("[prochaines-distributions]")

    shown = lines(browse())

    assert len(shown) == 3
    assert shown[0] == (
        f"{long_date(thursdays[0])}, de 18 h 30 à 20 h Salle des Tilleuls, 1 rue du Marché"
    )


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [("nombre=1", 1), ("nombre=0", 1), ("nombre=99", 8), ("lieu=tilleuls nombre=9", 4),
     ("lieu=Préau nombre=9", 4), ("lieu=rien", 0)],
)  # fmt: skip
def test_how_many_and_where(
    browse: BrowserFactory,
    make: Make,
    thursdays: list[dt.date],
    parameters: str,
    expected: int,
) -> None:
    make.contract(dates=thursdays, places=[make.place("Tilleuls"), make.place("Préau")])
    write(f"[next-distrib-deliv {parameters}]")

    assert len(lines(browse())) == expected
    assert ("Aucune distribution" in prose(browse()).text) == (expected == 0)


def test_one_that_goes_on_still_counts_and_one_that_is_over_does_not(
    browse: BrowserFactory, make: Make, clock: time_machine.Traveller, thursdays: list[dt.date]
) -> None:
    make.contract(dates=thursdays[:1])
    write("[prochaines-distributions]")

    clock.move_to(clocks.at(thursdays[0], dt.time(19)))
    assert len(lines(browse())) == 1
    clock.move_to(clocks.at(thursdays[0], dt.time(20)))
    assert lines(browse()) == []


def test_a_member_sees_his_basket_and_nobody_elses(
    browse: BrowserFactory, make: Make, thursdays: list[dt.date]
) -> None:
    place = make.place()
    vegetables = make.contract("Légumes", dates=thursdays[:2], places=[place])
    bread = make.contract("Pain", dates=thursdays[:1], places=[place], products={"Boule": 350})
    anna, bruno = make.member("Anna", vegetables), make.member("Bruno", vegetables)
    make.subscription(bruno.household, bread, (2,))
    make.contract(dates=[thursdays[2]], places=[place])
    write("[prochaines-distributions]")

    first, second, third = lines(browse(anna))

    assert first.endswith("Votre panier : Légumes : 1/2 Panier")
    assert second.endswith("Votre panier : Légumes : 1/2 Panier")
    assert third.endswith("Vous n’avez pas de panier à cette distribution.")
    assert lines(browse(bruno))[0].endswith("Votre panier : Légumes : 1/2 Panier, Pain : 2 × Boule")
    assert "panier" not in lines(browse())[0]
    assert "panier" not in lines(browse(make.person()))[0]


def test_a_ceded_basket_is_not_to_be_fetched(
    browse: BrowserFactory, make: Make, session: Session, thursdays: list[dt.date]
) -> None:
    anna = make.member("Anna", make.contract(dates=thursdays[:2]))
    offer = make.offer(anna)
    write("[prochaines-distributions]")

    first, second = lines(browse(anna))

    assert "Votre panier est proposé à d’autres, ou cédé." in first
    assert "Votre panier : " in second
    with db.transaction() as current:
        services.cancel_offer(current, Actor.of(anna), offer.id, "")
    assert "Votre panier : " in lines(browse(anna))[0]


def test_one_statement_with_baskets_or_without(
    app: Flask, browse: BrowserFactory, make: Make, thursdays: list[dt.date]
) -> None:
    anna = make.member("Anna", make.contract(dates=thursdays))
    write("[prochaines-distributions]")
    write("<p>Rien</p>", "Rien")
    for person in (anna, make.person()):
        browser, said = browse(person), {}
        for path in ("/rien", "/essai"):
            browser.visit(path)
            with counted(app) as statements:
                browser.visit(path)
            said[path] = len([one for one in statements if one.startswith("SELECT")])
        assert said["/essai"] == said["/rien"] + 1


def test_connected_persons_follow_a_date_to_its_page(browse: BrowserFactory, make: Make) -> None:
    contract = make.contract()
    write("[prochaines-distributions]")
    anna = browse(make.member("Anna", contract))

    link = prose(anna).select_one("li a")

    assert link is not None
    assert long_date(make.thursday()).capitalize() in anna.visit(str(link["href"])).text
    assert prose(browse()).select("a") == []

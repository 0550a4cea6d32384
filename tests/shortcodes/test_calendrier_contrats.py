import datetime as dt

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from amapress_py.contracts.models import Bar, Contract, ContractDate, DateKind, Subscription
from amapress_py.events.models import Event, EventKind
from tests.back_office import MOST_STATEMENTS, counted
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make
from tests.shortcodes.pages import prose, write


def shown(browser: Browser, query: str = "") -> dict[str, str]:
    """Return what the calendar says, by month and day."""
    found = {}
    for month in prose(browser, f"/essai{query}").select(".month"):
        title = month.select_one("h2")
        assert title is not None
        for day in month.select(".days > li:not(.idle)"):
            name, _sep, text = " ".join(day.text.split()).partition(" ")
            number, _sep, text = text.partition(" ")
            found[f"{name} {number} {title.text}"] = text
    return found


@pytest.fixture
def contract(make: Make) -> Contract:
    return make.contract(
        "Légumes",
        dates=[make.thursday(week) for week in range(5)],
        places=[make.place("Tilleuls")],
    )


def test_visitors_read_which_baskets_come_on_which_day(
    browse: BrowserFactory, contract: Contract
) -> None:
    write("[calendrier-contrats]")

    page = browse().visit("/essai")

    assert [title.text for title in page.select(".month h2")] == ["Novembre 2026", "Décembre 2026"]
    assert shown(browse()) == {
        "jeudi 26 Novembre 2026": "Légumes 18 h 30, Tilleuls",
        "jeudi 3 Décembre 2026": "Légumes 18 h 30, Tilleuls",
        "jeudi 10 Décembre 2026": "Légumes 18 h 30, Tilleuls",
        "jeudi 17 Décembre 2026": "Légumes 18 h 30, Tilleuls",
        "jeudi 24 Décembre 2026": "Légumes 18 h 30, Tilleuls",
    }
    assert page.select(".month a") == []
    assert len(page.select(".days > li")) == 30 + 31


def test_ones_own_are_marked_with_jokers_exchanges_and_links(
    browse: BrowserFactory, make: Make, contract: Contract, session: Session
) -> None:
    anna, bruno = make.member("Anna", contract), make.intermittent("Bruno")
    signed = session.query(Subscription).one()
    make.joker(signed, contract.dates[1])
    make.offer(anna)
    write("[calendrier-contrats]")

    days = list(shown(browse(anna)).values())

    assert days[0].endswith("Panier cédé ou proposé")
    assert days[1].endswith("Joker : Légumes")
    assert days[2].endswith("Votre panier")
    assert "Votre panier" not in str(shown(browse(bruno)))
    link = prose(browse(anna)).select_one(".stop a")
    assert link is not None
    assert "Mon panier" in browse(anna).visit(str(link["href"])).text


def test_crossed_dates_and_holidays_are_shown_as_such(
    browse: BrowserFactory, make: Make, contract: Contract, session: Session
) -> None:
    session.add(
        Bar(
            contract_date_id=contract.dates[1].id,
            contract_product_id=contract.products[0].id,
        )
    )
    rest = ContractDate(contract_id=contract.id, date=make.thursday(5), kind=DateKind.HOLIDAY)
    session.add(rest)
    session.commit()
    write("[calendrier-contrats]")

    days = shown(browse())

    assert days["jeudi 3 Décembre 2026"] == "Légumes pas de livraison"
    assert days["jeudi 31 Décembre 2026"] == "Légumes vacances du producteur"


def test_public_events_are_for_all_and_the_others_for_connected_persons(
    browse: BrowserFactory, make: Make, session: Session
) -> None:
    for title, is_public in (("Fête des récoltes", True), ("Réunion", False)):
        session.add(
            Event(
                kind=EventKind.PARTY,
                title=title,
                date=make.thursday(),
                opens=dt.time(19),
                closes=dt.time(22),
                place="Préau",
                is_public=is_public,
            )
        )
    session.commit()
    write("[calendrier-contrats]")

    assert shown(browse())["jeudi 26 Novembre 2026"] == "Fête des récoltes 19 h, Préau"
    assert "Réunion" in shown(browse(make.person()))["jeudi 26 Novembre 2026"]
    write("[calendrier-contrats evenements=non]", title="Sans")
    assert "Fête" not in prose(browse(), "/sans").text


def test_parameters_narrow_and_the_address_turns_the_leaves(
    browse: BrowserFactory, make: Make, contract: Contract
) -> None:
    bread = make.contract("Pain", dates=[make.thursday(1)], places=contract.places)
    anna = make.member("Anna", bread)
    write("[calendrier-contrats mois=1 contrat_nom='legum' lieu=TILLEULS]")
    write("[calendrier-contrats miens=oui]", title="Miens")

    assert list(shown(browse())) == ["jeudi 26 Novembre 2026"]
    page = prose(browse(), "/essai?mois=2026-12")
    assert "Pain" not in page.text
    assert [one["href"] for one in page.select(".neighbours a")] == [
        "?mois=2026-11",
        "?mois=2027-01",
    ]
    for nonsense in ("2026-13", "1999-01", "9999-12", "x" * 999, "２０２６-12", "-1", "2026--1"):
        browse().visit(f"/essai?mois={nonsense}")
    mine = prose(browse(anna), "/miens")
    assert [stop.text.split()[0] for stop in mine.select(".stop")] == ["Légumes,"]
    assert "Votre panier" in mine.text


def test_few_statements_however_many_contracts(
    app: Flask, browse: BrowserFactory, make: Make, contract: Contract
) -> None:
    anna = browse(make.member("Anna", contract))
    write("[calendrier-contrats mois=12]")
    counts = []
    for more in (1, 8):
        for _ in range(more):
            make.contract(dates=[make.thursday(week) for week in range(6)], places=contract.places)
        anna.visit("/essai")
        with counted(app) as said:
            anna.visit("/essai")
        counts.append(len(said))

    assert counts[0] == counts[1] <= MOST_STATEMENTS

"""The screens of "Modifier en masse…": asked, shown, applied, undone; without JavaScript."""

import datetime as dt

import pytest
import time_machine
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from amapress_py.accounts.models import Role, Scope
from amapress_py.contracts.mass_admin import LABELS
from amapress_py.contracts.models import Bar, ContractDate, Joker, Operation, Product
from tests.back_office import MOST_STATEMENTS, counted, submit
from tests.conftest import Browser, BrowserFactory
from tests.contracts.october import FIRST, FOURTH, SECOND, THIRD, october
from tests.contracts.season import Season, season
from tests.factories import Make

SEPTEMBER = dt.datetime(2019, 9, 15, 12, tzinfo=dt.UTC)


@pytest.fixture
def autumn(session: Session, make: Make, clock: time_machine.Traveller) -> Season:
    clock.move_to(SEPTEMBER)
    made = season(session, make)
    session.add(Product(producer_id=made.contract.producer_id, name="Courge"))
    session.commit()
    return made


@pytest.fixture
def office(autumn: Season, make: Make, browse: BrowserFactory) -> Browser:
    person = make.person("Rita")
    make.grant(person, Role.REFERENT, Scope.PRODUCER, autumn.contract.producer_id)
    return browse(person)


def address(autumn: Season, operation: str = "") -> str:
    return f"/admin/contrats/{autumn.contract.id}/en-masse" + (operation and f"/{operation}")


def chosen(autumn: Season, operation: str) -> list[tuple[str, str]]:
    """Return what a référent chooses on one of the screens."""
    dates, (pp, gp) = autumn.dates, [one.id for one in autumn.contract.products]
    squash = autumn.session.scalar(select(Product.id).where(Product.name == "Courge"))
    choices: dict[str, list[tuple[str, object]]] = {
        "deplacer": [("date_id", dates[FOURTH]), ("day", "2019-10-04")],
        "vacances": [("slots", dates[FIRST]), ("real", dates[FOURTH])],
        "barrer": [("date_ids", dates[SECOND]), ("date_ids", dates[THIRD]), ("item_ids", pp)],
        "retablir": [("date_ids", dates[SECOND]), ("usual", "y")],
        "annuler": [("date_id", dates[FOURTH])],
        "supprimer": [("date_ids", dates[FIRST])],
        "ajouter": [("dates", "01/11/2019 08/11/2019"), ("kind", "delivery"), ("usual", "y")],
        "prix": [("item_id", pp), ("since", "2019-10-18"), ("price", "12")],
        "jokers": [("least", 1), ("most", 2), ("mode", "libre"), ("delay", 4)],
        "jours": [
            *((f"day_{key}", 4) for key in (pp, gp)),
            (f"weeks_{pp}", "odd"),
            (f"weeks_{gp}", ""),
        ],
        "ajouter-produit": [("product_id", squash), ("price", "3,50"), ("day", -1), ("weeks", "")],
        "retirer-produit": [("item_id", gp)],
        "ordre": [(f"place_{pp}", 2), (f"place_{gp}", 1)],
        "heures": [
            ("delivery", f"2019-10-25/{autumn.contract.places[0].id}"),
            ("opens", "17:00"),
            ("closes", "18:30"),
            ("place", 0),
        ],
    }
    moving = [("jokers", "drop"), ("outside", "drop")]
    asked = [*choices[operation], *(moving if operation in {"deplacer", "vacances"} else [])]
    return [("apercu", "1"), *((name, str(value)) for name, value in asked)]


def query(pairs: list[tuple[str, str]]) -> str:
    return "?" + "&".join(f"{name}={value}" for name, value in pairs)


def ways(page: BeautifulSoup) -> list[dict[str, list[str]]]:
    """Return the hidden fields of each "Appliquer"."""
    forms = page.select('main form[method="post"]')
    found = []
    for form in forms:
        fields: dict[str, list[str]] = {}
        for one in form.select("input[type=hidden]"):
            fields.setdefault(str(one["name"]), []).append(str(one["value"]))
        found.append(fields)
    return found


@pytest.mark.parametrize("operation", sorted(set(LABELS) - {"retablir"}))
def test_each_operation_is_shown_applied_and_undone(
    autumn: Season, office: Browser, operation: str
) -> None:
    before = autumn.state()
    shown = office.visit(address(autumn, operation) + query(chosen(autumn, operation)))
    assert autumn.state() == before  # a look changes nothing
    fields = ways(shown)[0]

    answer = submit(office, address(autumn, operation), **fields)

    assert answer.status_code == 303, answer.text
    assert autumn.state() != before
    journal = office.visit(address(autumn))
    assert journal.find(string="Annuler cette opération")
    key = autumn.session.scalars(select(Operation.id)).one()
    submit(office, f"{address(autumn)}/annuler/{key}")
    assert autumn.state() == before
    assert "Annulée le" in office.visit(address(autumn)).text


def test_crossed_dates_are_given_back(autumn: Season, office: Browser) -> None:
    before = autumn.state()
    for operation in ("barrer", "retablir"):
        shown = office.visit(address(autumn, operation) + query(chosen(autumn, "barrer")))
        assert submit(office, address(autumn, operation), **ways(shown)[0]).status_code == 303

    assert autumn.state() == before


@pytest.mark.parametrize("operation", ["deplacer", "annuler"])
def test_the_next_delivery_is_the_one_that_is_shown_first(
    autumn: Season, office: Browser, clock: time_machine.Traveller, operation: str
) -> None:
    clock.move_to(SEPTEMBER + dt.timedelta(days=30))

    shown = office.visit(address(autumn, operation)).select_one("option[selected]")

    assert shown is not None
    assert shown.text == "vendredi 18 octobre 2019"


def test_a_price_that_changed_is_told_with_the_one_before(autumn: Season, office: Browser) -> None:
    fields = ways(office.visit(address(autumn, "prix") + query(chosen(autumn, "prix"))))[0]
    submit(office, address(autumn, "prix"), **fields)

    for screen in ("", "/produits"):
        page = office.visit(f"/admin/contrats/{autumn.contract.id}{screen}")
        assert "puis 12,00\N{NO-BREAK SPACE}€" in page.text


def test_both_methods_stand_side_by_side(autumn: Season, office: Browser) -> None:
    page = office.visit(address(autumn, "vacances") + query(chosen(autumn, "vacances")))

    one, two = page.select(".side-by-side > section")
    assert "Méthode 1" in one.text
    assert "Méthode 2" in two.text
    assert "18/10/2019 → 11/10/2019" in one.text  # C
    assert "25/10/2019 → 04/10/2019, panier non livré (−10,00\N{NO-BREAK SPACE}€)" in two.text
    assert "joker du 25/10/2019" in two.text
    assert [one["method"] for one in ways(page)] == [["1"], ["2"]]
    submit(office, address(autumn, "vacances"), **ways(page)[1])
    assert autumn.total("D") == 5400
    assert autumn.book.dates[autumn.dates[FOURTH]].date == FIRST


def test_a_taken_day_is_told_on_the_form(autumn: Season, office: Browser) -> None:
    asked = dict(chosen(autumn, "deplacer")) | {"day": "2019-10-11"}
    page = office.visit(address(autumn, "deplacer") + query(list(asked.items())))

    errors = page.select_one("#form-errors")
    assert errors is not None
    assert "11/10/2019" in errors.text
    assert not ways(page)


def test_a_changed_situation_is_shown_anew(autumn: Season, office: Browser) -> None:
    fields = ways(office.visit(address(autumn, "annuler") + query(chosen(autumn, "annuler"))))[0]
    joker = autumn.session.get_one(Joker, (autumn.signed["D"].id, autumn.dates[FOURTH]))
    autumn.session.delete(joker)
    autumn.session.commit()

    answer = submit(office, address(autumn, "annuler"), **fields)

    assert answer.status_code == 422
    assert "la situation a changé depuis cet aperçu" in answer.text
    assert not autumn.session.scalars(select(Operation.id)).all()


def test_addresses_are_there_to_copy(autumn: Season, office: Browser) -> None:
    page = office.visit(address(autumn, "annuler") + query(chosen(autumn, "annuler")))

    told = page.select_one(".addresses")
    assert told is not None
    assert {person.email for person in autumn.persons.values()} == set(told.text.split(", "))


@pytest.mark.parametrize("operation", [*sorted(LABELS), "rien", "%00", "🥕"])
def test_nonsense_is_told_and_changes_nothing(
    autumn: Season, office: Browser, operation: str
) -> None:
    before = autumn.state()
    wrong = {name: "x\x00🥕" for name, _value in (
        chosen(autumn, operation) if operation in LABELS else [])}  # fmt: skip

    status = 200 if operation in LABELS else 404
    page = address(autumn, operation)
    office.visit(page + query([("apercu", "1"), *wrong.items()]), status=status)
    answer = submit(office, page, **{**wrong, "digest": "x" * 5000})

    assert answer.status_code == (422 if operation in LABELS else 404)
    assert autumn.state() == before


@pytest.mark.parametrize(
    ("operation", "way_out"),
    [("vacances", "ajouter"), ("ajouter-produit", "producteurs"), ("heures", "")],
)
def test_a_screen_with_nothing_to_choose_says_what_to_do(
    autumn: Season, office: Browser, clock: time_machine.Traveller, operation: str, way_out: str
) -> None:
    session = autumn.session
    session.execute(delete(ContractDate).where(ContractDate.id == autumn.dates[FIRST]))
    session.execute(delete(Product).where(Product.name == "Courge"))
    session.commit()
    if operation == "heures":
        clock.move_to(SEPTEMBER + dt.timedelta(days=90))

    else:
        cells = [(autumn.dates[SECOND], one.id) for one in autumn.contract.products]
        session.add_all(Bar(contract_date_id=day, contract_product_id=one) for day, one in cells)
    session.commit()
    page = office.visit(address(autumn, operation))
    assert ("Si vous aviez barré 11/10/2019" in page.text) == (operation == "vacances")

    told = page.select_one("main .message.info")

    assert told is not None
    assert (way_out in str(told.a["href"])) if told.a else not way_out


@pytest.mark.parametrize("operation", ["deplacer", "ajouter-produit", "heures"])
def test_a_preview_takes_few_statements(
    app: Flask, autumn: Season, office: Browser, operation: str
) -> None:
    path = address(autumn, operation) + query(chosen(autumn, operation))
    office.visit(path)
    with counted(app) as said:
        office.visit(path)

    assert len(said) <= MOST_STATEMENTS, said


def test_reserved_days_are_added_on_the_screen(autumn: Season, office: Browser) -> None:
    asked = [("apercu", "1"), ("dates", "08/11/2019"), ("kind", "holiday")]
    fields = ways(office.visit(address(autumn, "ajouter") + query(asked)))[0]
    submit(office, address(autumn, "ajouter"), **fields)

    book = autumn.book
    assert book.date_id(october(39)) is not None
    assert len(book.deliveries) == 3


def test_other_contracts_of_a_delivery_are_told_and_stop_a_referent(
    autumn: Season, office: Browser, make: Make, browse: BrowserFactory
) -> None:
    bread = make.contract("Pain", dates=[FOURTH], places=autumn.contract.places)
    eve = make.member("Eve", bread)
    path = address(autumn, "heures")
    asked = chosen(autumn, "heures")

    page = office.visit(path + query(asked))

    assert f"{bread.name} (1 panier)" in page.text
    assert "demandez à un administrateur" in page.text
    assert not ways(page)
    digest = {**dict(asked), "digest": "x"}
    assert submit(office, path, **digest).status_code in {403, 422}
    page = browse(make.person(roles=[Role.ADMIN])).visit(path + query(asked))
    assert len(ways(page)) == 1
    told = page.select_one(".addresses")
    assert told is not None
    assert eve.email in told.text.split(", ")


def test_what_is_removed_is_told_with_amounts(autumn: Season, office: Browser) -> None:
    page = office.visit(
        address(autumn, "retirer-produit") + query(chosen(autumn, "retirer-produit"))
    )

    told = page.select_one(".told")
    assert told is not None
    assert "GP – retiré" in " ".join(told.text.split())
    assert "54,00\N{NO-BREAK SPACE}€ → 0,00\N{NO-BREAK SPACE}€" in told.text
    assert "mailto:?bcc=" in str(page)

"""The screens of places and deliveries."""

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from amapress_py.accounts.models import Person, Role
from amapress_py.deliveries.models import Delivery, Place
from amapress_py.web import PAGE_SIZE
from tests.back_office import MOST_STATEMENTS, counted, submit
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make

PLACE = {"name": "Salle des fêtes", "short_name": "salle", "opens": "18:30", "closes": "20:00"}


@pytest.fixture
def admin(make: Make, browse: BrowserFactory) -> Browser:
    return browse(make.person("Admin", roles=[Role.ADMIN]))


def test_an_admin_adds_changes_and_deletes_a_place(session: Session, admin: Browser) -> None:
    assert submit(admin, "/admin/lieux/nouveau", **PLACE).status_code == 303
    place = session.query(Place).one()
    assert admin.visit(f"/admin/lieux/{place.id}").find("input", {"value": "18:30"})

    changed = {**PLACE, "opens": "17:45", "directions": "Par la cour"}
    assert submit(admin, f"/admin/lieux/{place.id}", **changed).status_code == 303
    assert (place.opens, place.directions) == (dt.time(17, 45), "Par la cour")

    assert submit(admin, f"/admin/lieux/{place.id}/supprimer").status_code == 303
    assert session.query(Place).count() == 0


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": ""}, "À remplir."),
        ({"name": "x" * 121}, "signes au maximum"),
        ({"opens": "25:61"}, "Ce n’est pas une heure"),
        ({"opens": ""}, "À remplir."),
        ({"closes": "18:00"}, "après l’heure de début"),
    ],
)
def test_a_refused_place_is_shown_again_with_what_was_typed(
    session: Session, admin: Browser, wrong: dict[str, str], told: str
) -> None:
    response = submit(admin, "/admin/lieux/nouveau", **{**PLACE, "address": "1 rue 🥕", **wrong})

    assert response.status_code == 422
    assert told in response.text
    assert "1 rue 🥕" in response.text
    assert session.query(Place).count() == 0


def test_a_place_in_use_says_why_it_stays(session: Session, make: Make, admin: Browser) -> None:
    place = make.delivery(make.thursday(), make.place("Préau")).place

    page = admin.post(f"/admin/lieux/{place.id}/supprimer", page="/admin/lieux")

    assert "ne peut pas être supprimé" in page.text
    assert "Préau" in page.text


def test_places_are_searched_without_accents(make: Make, admin: Browser) -> None:
    make.place("École"), make.place("Mairie")

    page = admin.visit("/admin/lieux?q-lieux=ECOLE")

    assert "École" in page.text
    assert "Mairie" not in page.text


def test_the_list_shows_coming_deliveries_by_place_and_period(make: Make, admin: Browser) -> None:
    school, hall = make.place("École"), make.place("Halle")
    make.delivery(dt.date(2020, 1, 2), school)
    make.delivery(make.thursday(), school)
    make.delivery(make.thursday(1), hall)

    rows = [row.text for row in admin.visit("/admin/distributions").select("tbody tr")]
    assert ["École" in rows[0], "Halle" in rows[1], len(rows)] == [True, True, 2]
    narrowed = f"/admin/distributions?lieu={school.id}&du=2019-12-31&au=2020-12-31"
    rows = [row.text for row in admin.visit(narrowed).select("tbody tr")]
    assert len(rows) == 1
    assert "02/01/2020" in rows[0]


@pytest.mark.parametrize(
    "query", ["lieu=99999999999999999999", "lieu=x", "du=jamais", "du=", "page-distributions=x"]
)
def test_a_strange_filter_is_no_error(make: Make, admin: Browser, query: str) -> None:
    make.delivery(make.thursday(), make.place())

    assert admin.visit(f"/admin/distributions?{query}").select("tbody tr")


def test_a_delivery_is_corrected(session: Session, make: Make, admin: Browser) -> None:
    delivery = make.delivery(make.thursday(), make.place(opens="18:30"))
    other = make.place("Halle")
    path = f"/admin/distributions/{delivery.id}"

    wrong = submit(admin, path, opens="23:00", substitute_place_id=0, note="Gardez ce texte")
    assert (wrong.status_code, "Gardez ce texte" in wrong.text) == (422, True)
    right = submit(admin, path, opens="17:00", substitute_place_id=other.id, note="Fête")
    assert right.status_code == 303

    assert (delivery.real_opens, delivery.real_place.name) == (dt.time(17), "Halle")
    assert "Fête" in admin.visit(path).text


def test_a_delivery_shows_its_baskets(make: Make, admin: Browser) -> None:
    anna = make.member("Anna")
    delivery = make.coming_delivery(anna)

    page = admin.visit(f"/admin/distributions/{delivery.id}")

    assert anna.name in page.text
    assert "Légumes : 1/2 Panier" in page.text.replace("\N{NO-BREAK SPACE}", " ")


def test_lists_ask_a_constant_number_of_statements(app: Flask, make: Make, admin: Browser) -> None:
    contract = make.contract(dates=[make.thursday(week) for week in range(30)])
    for _one in range(3):
        make.member(contract=contract)
    first = admin.visit("/admin/distributions").select_one("tbody a")
    assert first is not None

    for path in ("/admin/lieux", "/admin/distributions", str(first["href"])):
        with counted(app) as statements:
            page = admin.visit(path)
        assert len(statements) <= MOST_STATEMENTS, statements
        assert len(page.select("tbody tr")) <= PAGE_SIZE


@pytest.mark.parametrize("role", [None, *Role])
def test_who_sees_and_who_changes(
    session: Session, make: Make, browse: BrowserFactory, role: Role | None
) -> None:
    delivery: Delivery = make.delivery(make.thursday(), make.place())
    person: Person = make.person(roles=[role] if role else [])
    browser = browse(person)
    reads = role in (Role.ADMIN, Role.REFERENT, Role.INTERMITTENT_MANAGER)
    is_admin = role is Role.ADMIN

    def status(path: str) -> int:
        return browser.client.get(f"/admin{path}").status_code

    def posted(path: str, **data: object) -> int:
        data = {"csrf_token": browser.token(), **data}
        return browser.client.post(f"/admin{path}", data=data).status_code

    assert status("/distributions") == (200 if reads else 403)
    assert status(f"/distributions/{delivery.id}") == (200 if reads else 403)
    for path in ("/lieux", "/lieux/nouveau", f"/lieux/{delivery.place_id}"):
        assert status(path) == (200 if is_admin else 403)
    changed = 303 if is_admin else 403
    assert posted(f"/distributions/{delivery.id}", substitute_place_id=0) == changed
    assert posted(f"/lieux/{delivery.place_id}", **PLACE) == changed
    assert posted(f"/lieux/{delivery.place_id}/supprimer") == changed
    assert posted("/lieux/nouveau", **{**PLACE, "name": "B", "short_name": "b"}) == changed


@pytest.mark.parametrize("path", ["lieux/0", "lieux/99999999999999999999", "distributions/12345"])
def test_an_unknown_id_is_not_found(admin: Browser, path: str) -> None:
    admin.visit(f"/admin/{path}", status=404)


@pytest.mark.parametrize(
    ("latitude", "longitude", "kept"),
    [
        ("48,8534", "2.3488", (48.8534, 2.3488)),
        (" −12.5° ", "-180", (-12.5, -180)),
        ("", "", (None, None)),
    ],
)
def test_the_point_on_a_map_is_typed_with_a_comma_or_a_point(
    session: Session,
    admin: Browser,
    latitude: str,
    longitude: str,
    kept: tuple[float | None, float | None],
) -> None:
    pin = {"latitude": latitude, "longitude": longitude}

    assert submit(admin, "/admin/lieux/nouveau", **PLACE, **pin).status_code == 303

    place = session.query(Place).one()
    assert (place.latitude, place.longitude) == kept
    shown = admin.visit(f"/admin/lieux/{place.id}").select_one("#latitude")
    assert shown is not None
    assert shown["value"] == ("" if kept[0] is None else str(kept[0]).replace(".", ","))


@pytest.mark.parametrize(
    ("latitude", "longitude", "told"),
    [
        ("48,8534", "", "ou aucune des deux"),
        ("", "2,3", "ou aucune des deux"),
        ("90,1", "2", "entre −90 et 90"),
        ("48", "nan", "entre −180 et 180"),
        ("48 N", "1e1", "entre −90 et 90"),
        ("１２", "9" * 400, "entre −180 et 180"),
    ],
)
def test_half_a_point_or_none_on_this_earth_is_refused(
    session: Session, admin: Browser, latitude: str, longitude: str, told: str
) -> None:
    pin = {"latitude": latitude, "longitude": longitude}

    response = submit(admin, "/admin/lieux/nouveau", **PLACE, **pin)

    assert response.status_code == 422
    assert told in response.text
    assert f'value="{latitude}"' in response.text
    assert session.query(Place).count() == 0

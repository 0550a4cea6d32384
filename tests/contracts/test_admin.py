"""The screens of producers, contracts and signed contracts."""

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.accounts.models import Role, Scope
from amapress_py.contracts.models import (
    Bar,
    Contract,
    ContractKind,
    ContractPrice,
    ContractState,
    Producer,
    Product,
    Subscription,
    SubscriptionLine,
)
from amapress_py.web import PAGE_SIZE
from tests.back_office import MOST_STATEMENTS, counted, submit
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make


@pytest.fixture
def boss(make: Make, browse: BrowserFactory) -> Browser:
    return browse(make.person("Admin", roles=[Role.ADMIN]))


@pytest.fixture
def referee(make: Make, browse: BrowserFactory, farm: Producer) -> Browser:
    """Return the browser of the farm's référent."""
    person = make.person("Jeanne")
    make.grant(person, Role.REFERENT, Scope.PRODUCER, farm.id)
    return browse(person)


def test_from_an_empty_amap_to_a_basket(session: Session, make: Make, boss: Browser) -> None:
    """An admin goes through every screen that a basket needs."""
    place, anna = make.place("École"), make.person("Anna")

    submit(boss, "/admin/producteurs/nouveau", name="Ferme du Lac")
    farm = session.query(Producer).one()
    submit(boss, f"/admin/producteurs/{farm.id}/produits", name="1/2 Panier", billing="unit")
    product = session.query(Product).one()
    header = {"name": "Légumes 2026", "label": "Légumes", "kind": "subscription"}
    assert boss.visit("/admin/contrats/nouveau").select_one("input[name=place_ids][checked]")
    submit(boss, "/admin/contrats/nouveau", producer_id=farm.id, place_ids=[place.id], **header)
    contract = session.query(Contract).one()
    path = f"/admin/contrats/{contract.id}"
    first, last = make.thursday(), make.thursday(3)
    submit(boss, f"{path}/dates/serie", first=first, last=last, weekdays=[3], every=2)
    submit(boss, f"{path}/dates/liste", dates=f"{last:%d/%m/%Y}")
    typed = {"version": contract.version, f"price_other_{product.id}": "10,00"}
    submit(boss, f"{path}/produits", **typed)
    submit(boss, f"{path}/etat", etat="open")
    signed = submit(
        boss,
        f"{path}/signes/nouveau/{anna.household_id}",
        place_id=place.id,
        starts_on=first,
        ends_on=last,
        **{f"quantity_{contract.products[0].id}": 2},
    )

    assert signed.status_code == 303
    page = boss.visit(f"{path}/signes")
    assert anna.name in page.text
    cells = [cell.text for cell in page.select("tbody td")]
    assert cells[-3:-1] == ["3", "60,00\N{NO-BREAK SPACE}€"]  # three dates, two half baskets each


def test_a_referent_sees_and_does_what_is_his(
    session: Session, make: Make, referee: Browser, farm: Producer
) -> None:
    own, other = make.contract("Légumes", producer=farm), make.contract("Pain")
    signed = make.subscription(make.person().household, other)
    bare = make.person().household_id

    lists = ("/admin/contrats", "/admin/producteurs", "/admin/contrats-signes")
    for path in lists:
        assert "Pain" not in referee.visit(path).select_one("main").text  # type: ignore[union-attr]
    assert own.name in referee.visit("/admin/contrats").text
    assert submit(referee, f"/admin/contrats/{own.id}/etat", etat="draft").status_code == 303
    assert own.state is ContractState.DRAFT

    for path in (
        f"contrats/{other.id}",
        f"contrats/{other.id}/modifier",
        f"contrats/{other.id}/dates",
        f"contrats/{other.id}/produits",
        f"contrats/{other.id}/dates-barrees",
        f"contrats/{other.id}/signes",
        f"contrats/{other.id}/signes/nouveau",
        f"contrats/{other.id}/signes/nouveau/{bare}",
        f"contrats-signes/{signed.id}",
        f"producteurs/{other.producer_id}",
        f"produits/{other.products[0].product_id}",
    ):
        referee.visit(f"/admin/{path}", status=403)


@pytest.mark.parametrize("role", [None, *Role])
def test_the_matrix_of_roles_and_routes(
    make: Make, browse: BrowserFactory, role: Role | None
) -> None:
    contract = make.contract()
    signed = make.subscription(make.person().household, contract)
    newcomer = make.person().household_id
    browser = browse(make.person(roles=[role] if role else []))  # a référent of all producers
    edits = role in (Role.ADMIN, Role.REFERENT)
    reads = edits or role is Role.TREASURER
    at = f"contrats/{contract.id}"

    def allowed(path: str) -> bool:
        status = browser.client.get(f"/admin/{path}").status_code
        assert status in (200, 403)
        return status == 200

    def acted(path: str) -> bool:
        data = {"csrf_token": browser.token()}
        status = browser.client.post(f"/admin/{path}", data=data).status_code
        assert status in (303, 422, 403)
        return status != 403

    for path in ("contrats", at, f"{at}/signes/nouveau", f"contrats-signes/{signed.id}"):
        assert allowed(path) is reads, path
    assert allowed(f"{at}/liste-d-attente") is reads
    for path in ("contrats-signes", f"{at}/signes"):
        assert allowed(path) is (reads or role is Role.COORDINATOR), path
    assert acted(f"contrats-signes/{signed.id}") is reads
    assert allowed(f"{at}/signes/nouveau/{newcomer}") is reads
    assert acted(f"{at}/signes/nouveau/{newcomer}") is reads
    for path in ("producteurs", f"{at}/modifier", f"{at}/dates", f"{at}/produits"):
        assert allowed(path) is edits, path
    for path in ("contrats/nouveau", f"{at}/dates-barrees"):
        assert allowed(path) is edits, path
    assert allowed("producteurs/nouveau") is (role is Role.ADMIN)
    product = contract.products[0]
    for path in (
        "contrats/nouveau",
        f"{at}/modifier",
        f"{at}/etat",
        f"{at}/dates/serie",
        f"{at}/dates/liste",
        f"{at}/dates/{contract.dates[0].id}/retirer",
        f"{at}/produits",
        f"{at}/dates/mois",
        f"{at}/dates/{contract.dates[0].id}/conge",
        f"{at}/inscription",
        f"{at}/paiements",
        f"{at}/valide",
        f"{at}/envoyer-au-producteur",
        f"{at}/supprimer",
        f"{at}/produits/{product.id}/retirer",
        f"producteurs/{contract.producer_id}",
        f"producteurs/{contract.producer_id}/produits",
        f"produits/{product.product_id}",
        f"produits/{product.product_id}/supprimer",
    ):
        assert acted(path) is edits, path
    assert acted("producteurs/nouveau") is (role is Role.ADMIN)


def test_a_treasurer_adds_and_corrects(make: Make, browse: BrowserFactory) -> None:
    contract = make.contract()
    signed = make.subscription(make.person().household, contract)
    treasurer = browse(make.person(roles=[Role.TREASURER]))

    page = treasurer.visit(f"/admin/contrats/{contract.id}/signes")
    choices = treasurer.visit("/admin/contrats-signes").select_one("details.panel")

    assert page.find("a", string="Ajouter un contrat signé")
    assert choices is not None
    assert choices.find("a", href=f"/admin/contrats/{contract.id}/signes/nouveau")
    assert page.find("a", href=f"/admin/contrats-signes/{signed.id}")


def test_the_office_sees_what_a_late_joiner_pays_and_which_jokers_are_missing(
    app: Flask, make: Make, browse: BrowserFactory, session: Session
) -> None:
    days = [make.thursday(week) for week in range(4)]
    contract = make.contract(products={"Petit": 1050}, dates=days)
    contract.joker_min = contract.joker_max = 1
    contract.products[0].prices.append(ContractPrice(from_date=days[3], cents=1100))
    session.commit()
    treasurer = browse(make.person(roles=[Role.TREASURER]))
    person = make.person(email=None)
    path = f"/admin/contrats/{contract.id}/signes/nouveau/{person.household_id}"
    typed = {"place_id": contract.places[0].id, "starts_on": days[2], "ends_on": days[3]}
    typed[f"quantity_{contract.products[0].id}"] = 2

    added_up = submit(treasurer, path, **typed, etape="calculer")
    assert "43,00" in added_up.text  # 2 × 10,50 and 2 × 11,00
    answer = submit(treasurer, path, **typed)
    page = treasurer.visit(answer.location)
    assert "il en manque 1" in page.text
    assert f"à prévenir par téléphone\N{NO-BREAK SPACE}: {person.phone}" in page.text
    signed = session.scalars(select(Subscription)).one()
    make.joker(signed, contract.dates[3])
    with counted(app) as said:
        form = treasurer.visit(f"/admin/contrats-signes/{signed.id}")
    assert form.select("[data-total]")[0].get_text() == "21,00\N{NO-BREAK SPACE}€"
    assert len(said) <= MOST_STATEMENTS, said


def test_a_coordinator_reads_his_contract_and_no_other(make: Make, browse: BrowserFactory) -> None:
    contract, other = make.contract(), make.contract()
    make.subscription(make.person("Anna").household, contract)
    make.subscription(make.person("Zoé").household, other)
    person = make.person()
    make.grant(person, Role.COORDINATOR, Scope.CONTRACT, contract.id)
    coordinator = browse(person)

    for path in ("contrats-signes", f"contrats/{contract.id}/signes"):
        page = coordinator.visit(f"/admin/{path}")
        assert "Anna" in page.text
        assert "Zoé" not in page.text
        assert not page.find("a", string="Ajouter un contrat signé")
    coordinator.visit(f"/admin/contrats/{other.id}/signes", status=403)


def test_the_quantities_of_each_date_are_a_grid(
    session: Session, make: Make, boss: Browser
) -> None:
    contract = make.contract(
        products={"Petit": 1000, "Grand": 1800}, dates=[make.thursday(), make.thursday(1)]
    )
    contract.kind = ContractKind.PER_DATE
    small, large = contract.products
    first, second = contract.dates
    session.add(Bar(contract_date_id=second.id, contract_product_id=large.id))
    session.commit()
    household = make.person().household_id
    path = f"/admin/contrats/{contract.id}/signes/nouveau/{household}"
    typed = {"place_id": contract.places[0].id, "starts_on": first.date, "ends_on": second.date}

    cells = boss.visit(path).select(".day input")
    assert len(cells) == 3  # the crossed-out cell has no field
    wrong = submit(boss, path, **typed, **{f"quantity_{first.id}_{small.id}": "deux"})
    assert (wrong.status_code, "deux" in wrong.text) == (422, True)
    empty = submit(boss, path, **typed)
    assert "au moins une quantité" in empty.text
    right = submit(boss, path, **typed, **{f"quantity_{second.id}_{small.id}": "3"})

    assert right.status_code == 303
    line = session.query(SubscriptionLine).one()
    assert (line.contract_date_id, line.contract_product_id, line.quantity) == (
        second.id,
        small.id,
        3,
    )


def test_a_signed_contract_is_corrected_or_deleted(
    session: Session, make: Make, boss: Browser
) -> None:
    contract = make.contract()
    signed = make.subscription(make.person().household, contract)
    path = f"/admin/contrats-signes/{signed.id}"
    page = boss.visit(path)
    version = page.find("input", {"name": "version"})["value"]  # type: ignore[index]
    typed = {
        "version": version,
        "place_id": signed.place_id,
        "starts_on": signed.starts_on,
        "ends_on": signed.ends_on,
        f"quantity_{contract.products[0].id}": 4,
    }

    assert submit(boss, path, **typed).status_code == 303
    assert session.query(SubscriptionLine).one().quantity == 4
    again = submit(boss, path, **typed)  # the old tab
    assert (again.status_code, "quelqu’un a fait une modification" in again.text) == (422, True)
    assert submit(boss, f"{path}/supprimer").status_code == 303
    assert session.query(Subscription).count() == 0


def test_an_offered_contract_says_why_it_stays(make: Make, boss: Browser) -> None:
    anna = make.member("Anna")
    make.offer(anna)
    signed = boss.visit("/admin/contrats-signes").select_one("tbody a")
    assert signed is not None

    page = boss.post(f"{signed['href']}/supprimer", page=str(signed["href"]))

    assert "proposés dans l’espace intermittents" in page.text


def test_boxes_cross_out_cells(session: Session, make: Make, boss: Browser) -> None:
    contract = make.contract()
    cell = f"{contract.dates[0].id}-{contract.products[0].id}"
    path = f"/admin/contrats/{contract.id}/dates-barrees"

    assert submit(boss, path, version=contract.version, cells=[cell]).status_code == 303
    assert boss.visit(path).find("input", {"value": cell, "checked": True})
    for wrong in ("1-", "x-y", "1-1-1", "9" * 30, "²-1"):
        assert submit(boss, path, version=contract.version, cells=[wrong]).status_code == 422
    assert session.query(Bar).count() == 1


@pytest.mark.parametrize(
    ("price", "told"),
    [
        ("", "À remplir."),
        ("   ", "Ce n’est pas un prix"),
        ("dix", "Ce n’est pas un prix"),
        ("-1", "Ce n’est pas un prix"),
        ("1e999999", "Ce n’est pas un prix"),
        ("10,005", "Ce n’est pas un prix"),
        ("99999999", "Ce n’est pas un prix"),
    ],
)
def test_a_wrong_price_is_told(make: Make, boss: Browser, price: str, told: str) -> None:
    contract = make.contract()
    product = contract.products[0].id
    path = f"/admin/contrats/{contract.id}/produits"
    data = {f"price_{product}": price, f"position_{product}": 1, "version": contract.version}

    response = submit(boss, path, **data)

    assert response.status_code == 422
    assert told in response.text


@pytest.mark.parametrize(
    "typed",
    [
        {"first": "2026-10-01", "last": "2026-09-01", "weekdays": [1]},
        {"first": "2026-10-01", "last": "2026-11-01"},
        {"first": "2026-10-01", "last": "2026-11-01", "weekdays": [7]},
        {"first": "2026-10-01", "last": "2026-10-02", "weekdays": [1]},
        {"first": "0001-01-01", "last": "2026-11-01", "weekdays": [1]},
        {"first": "2001-01-01", "last": "2099-12-31", "weekdays": [0, 1, 2, 3, 4, 5, 6]},
        {"first": "hier", "last": "demain", "weekdays": ["x"]},
        {},
    ],
)
def test_dates_that_make_no_sense_are_told(
    session: Session, make: Make, boss: Browser, typed: dict[str, object]
) -> None:
    contract = make.contract()

    response = submit(boss, f"/admin/contrats/{contract.id}/dates/serie", **{"every": 1, **typed})

    assert response.status_code == 422
    assert len(contract.dates) == 1


@pytest.mark.parametrize(
    "name", ["x" * 121, "\x00", "\u202e", "<script>alert(1)</script>", "Légumes 🥕"]
)
def test_any_name_is_kept_clean_or_refused(
    session: Session, make: Make, boss: Browser, farm: Producer, name: str
) -> None:
    place = make.place()
    header = {"label": "Légumes", "kind": "subscription", "place_ids": [place.id]}

    response = submit(boss, "/admin/contrats/nouveau", producer_id=farm.id, name=name, **header)

    assert response.status_code in (303, 422)
    if response.status_code == 303:
        assert session.query(Contract).one().name in (name, f"Légumes {clock.today().year}")
        assert "<script>alert" not in str(boss.visit("/admin/contrats"))


def test_lists_are_searched_and_paged(
    app: Flask, session: Session, make: Make, boss: Browser
) -> None:
    contract = make.contract()
    for number in range(30):
        person = make.person()
        person.last_name = f"Lefèvre{number:02d}"
        session.commit()
        make.subscription(person.household, contract)
    make.contract("Pain")
    detail = f"/admin/contrats/{contract.id}"

    for path in (
        "/admin/contrats",
        "/admin/producteurs",
        "/admin/contrats-signes",
        detail,
        f"{detail}/modifier",
        f"{detail}/dates",
        f"{detail}/produits",
        f"{detail}/dates-barrees",
        f"{detail}/signes",
        f"{detail}/signes/nouveau",
        f"{detail}/signes/nouveau/{make.person().household_id}",
        f"/admin/contrats-signes/{session.query(Subscription.id).limit(1).scalar()}",
    ):
        with counted(app) as statements:
            boss.visit(path)
        assert len(statements) <= MOST_STATEMENTS, (path, statements)

    first = boss.visit(f"{detail}/signes").select("tbody tr")
    second = boss.visit(f"{detail}/signes?page-signes=2").select("tbody tr")
    found = boss.visit(f"{detail}/signes?q-signes=LEFEVRE07").select("tbody tr")
    backwards = boss.visit(f"{detail}/signes?tri-signes=-noms").select("tbody tr")
    assert [len(rows) for rows in (first, second, found)] == [PAGE_SIZE, 30 - PAGE_SIZE, 1]
    assert ["Lefèvre00" in first[0].text, "Lefèvre29" in backwards[0].text] == [True, True]
    assert "Pain" in boss.visit("/admin/contrats?q-contrats=pain").select_one("tbody").text  # type: ignore[union-attr]
    assert boss.visit("/admin/contrats?q-contrats=%25").select("tbody tr") == []
    assert boss.visit("/admin/contrats?etat=archived").select("tbody tr") == []


def test_a_deadline_is_a_day(session: Session, make: Make, boss: Browser) -> None:
    contract = make.contract()
    path = f"/admin/contrats/{contract.id}/inscription"
    typed = {"version": contract.version, "deadline": "31/12/2026", "joker_mode": "libre"}

    assert submit(boss, path, **typed).status_code == 303

    assert contract.deadline == dt.date(2026, 12, 31)

"""A contract is made step by step, each saved and checked; the same screens change it later."""

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from amapress_py import db, settings
from amapress_py.accounts.models import Role, Scope
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import copying, shelf, terms
from amapress_py.contracts.models import (
    Bar,
    Contract,
    ContractDate,
    ContractKind,
    ContractPrice,
    ContractProduct,
    ContractState,
    DateKind,
    Producer,
    Product,
    Subscription,
)
from amapress_py.deliveries.models import Delivery
from tests.back_office import MOST_STATEMENTS, counted, submit
from tests.conftest import Browser, BrowserFactory
from tests.contracts.october import EIGHT, TWELVE
from tests.factories import Make

NAMED = "D’après ses dates, le contrat s’appelle"
ON = {"continuer": "1"}


@pytest.fixture
def boss(make: Make, browse: BrowserFactory, farm: Producer) -> Browser:
    """Return the browser of the farm's référent."""
    person = make.person("Jeanne")
    make.grant(person, Role.REFERENT, Scope.PRODUCER, farm.id)
    return browse(person)


def begin(boss: Browser, make: Make, farm: Producer, label: str = "Légumes") -> str:
    """Send the first step; return where the next is."""
    typed = {"producer_id": farm.id, "label": label, "kind": "subscription"}
    answer = submit(boss, "/admin/contrats/nouveau", place_ids=[make.place().id], **typed)
    assert answer.status_code == 303
    return answer.location


def step(boss: Browser, path: str, **typed: object) -> TestResponse:
    """Send a step with the version that its screen shows, and go on."""
    version = boss.visit(path).find("input", {"name": "version"})
    return submit(boss, path, version=version["value"] if version else "", **{**ON, **typed})


def shown(boss: Browser, path: str) -> dict[str, object]:
    """Return what the fields of the contract's products hold."""
    page = boss.visit(path)
    found: dict[str, object] = {
        str(one["name"]): one.get("value", "") for one in page.select("#produits-du-contrat input")
    }
    for one in page.select("#produits-du-contrat select"):
        chosen = one.select_one("option[selected]")
        found[str(one["name"])] = chosen["value"] if chosen else ""
    return found


def test_the_twelve_products_step_by_step(
    session: Session, make: Make, boss: Browser, farm: Producer
) -> None:
    dates = begin(boss, make, farm)
    contract = session.scalars(select(Contract)).one()
    at = f"/admin/contrats/{contract.id}"
    assert dates == f"{at}/dates"

    submit(boss, f"{dates}/serie", first=EIGHT[0], last=EIGHT[-1], weekdays=[1, 4], every=1)
    assert NAMED in boss.visit(dates).text
    assert contract.name == "Légumes 2019"
    typed = {"deadline": "2019-09-30", "joker_max": 1, "joker_mode": "libre", "joker_delay_days": 3}
    assert step(boss, f"{at}/inscription", **typed).location == f"{at}/produits"
    for four in (TWELVE[:4], TWELVE[4:8], TWELVE[8:]):
        rows = dict[str, object]()
        for n, item in enumerate(four, 1):
            weeks = item.weeks.value if item.weeks else ""
            rows |= {f"name_new_{n}": item.name, f"weekday_new_{n}": item.weekday,
                     f"weeks_new_{n}": weeks,
                     f"price_new_{n}": "10" if "Petit" in item.name else "18,00"}  # fmt: skip
        rows |= shown(boss, f"{at}/produits")
        assert step(boss, f"{at}/produits", **rows).status_code == 303
    grid = boss.visit(f"{at}/dates-barrees")
    crossed = grid.select("table.bars input[checked]")
    assert (len(grid.select("table.bars td")), len(crossed)) == (96, 64)
    assert "64 cases barrées sur 96" in grid.text
    assert len(grid.select(".remark.none:not([hidden])")) == 0
    paid = boss.visit(f"{at}/paiements")
    due = paid.select_one("#due")
    assert due is not None
    assert due.text.strip() == "01/10/2019"
    typed = {"has_payments": "y", "payee": farm.name, "most_cheques": 2, "due": "01/10/2019"}
    assert step(boss, f"{at}/paiements", **typed).location == at

    summary = boss.visit(at)
    assert not summary.select(".notices")  # nothing to check
    assert submit(boss, f"{at}/etat", etat="open").status_code == 303
    session.refresh(contract)
    assert contract.state is ContractState.OPEN
    book = shelf.load(session, contract)
    open_days = [sum((d, key) not in book.bars for d in book.deliveries) for key in book.items]
    assert [item.name for item in book.items.values()] == [item.name for item in TWELVE]
    assert open_days == [4] * 4 + [2] * 8
    assert list(book.deliveries.values()) == EIGHT
    assert (contract.joker_max, contract.joker_is_free, contract.joker_delay_days) == (1, True, 3)
    assert terms.payment_dates(session, contract.id) == [EIGHT[0]]


def test_a_name_is_made_of_label_and_dates(
    session: Session, make: Make, boss: Browser, farm: Producer
) -> None:
    first = begin(boss, make, farm, "Pommes")
    submit(boss, f"{first}/liste", dates="01/10/2026 07/01/2027")
    second = begin(boss, make, farm, "Pommes")
    submit(boss, f"{second}/liste", dates="08/10/2026 14/01/2027")
    third = begin(boss, make, farm, "Pommes")
    submit(boss, f"{third}/liste", dates="15/10/2026 21/01/2027")

    names = session.scalars(select(Contract.name).order_by(Contract.id)).all()
    assert names == ["Pommes 2026-2027", "Pommes 2026-10", "Pommes 2026-10 (2)"]


def test_a_name_that_somebody_chose_stays(
    session: Session, make: Make, boss: Browser, farm: Producer
) -> None:
    typed = {"producer_id": farm.id, "label": "Pommes", "name": "Verger", "kind": "per_date"}
    submit(boss, "/admin/contrats/nouveau", place_ids=[make.place().id], **typed)
    contract = session.scalars(select(Contract)).one()

    submit(boss, f"/admin/contrats/{contract.id}/dates/liste", dates="01/10/2026")

    assert contract.name == "Verger"


def test_a_name_that_is_wiped_out_is_proposed_again(
    session: Session, make: Make, boss: Browser, farm: Producer
) -> None:
    contract = make.contract(producer=farm, dates=[dt.date(2026, 10, 1)])
    typed = {"label": "Pain", "name": "", "kind": "per_date"}

    step(
        boss, f"/admin/contrats/{contract.id}/modifier", place_ids=[contract.places[0].id], **typed
    )

    session.refresh(contract)
    assert contract.name == "Pain 2026"


def test_a_fifth_thursday_says_which_months_lack_it(
    session: Session, make: Make, boss: Browser, farm: Producer
) -> None:
    dates = begin(boss, make, farm)

    submit(boss, f"{dates}/mois", first="2019-08-29", last="2020-04-30", rank=5, weekday=3)

    page = boss.visit(dates).text
    assert "pas de 5e jeudi : septembre 2019, novembre 2019, décembre 2019" in page
    found = session.scalars(select(ContractDate.date).order_by(ContractDate.date)).all()
    assert found[:2] == [dt.date(2019, 8, 29), dt.date(2019, 10, 31)]
    none = {"first": "2026-09-01", "last": "2026-09-30", "rank": 5, "weekday": 3}
    assert "Aucun jour de ce rang" in submit(boss, f"{dates}/mois", **none).text


def test_holidays_stand_beside_the_dates(
    session: Session, make: Make, boss: Browser, farm: Producer
) -> None:
    with db.transaction() as own:
        settings.save(own, {"school_holidays": "Toussaint : 17/10/2026 – 01/11/2026"})
    dates = begin(boss, make, farm)

    submit(boss, f"{dates}/liste", dates="22/10/2026 11/11/2026")

    rows = [row.text for row in boss.visit(dates).select("#dates-du-contrat tbody tr")]
    assert "S43" in rows[0]
    assert "vacances : Toussaint" in rows[0]
    assert "férié : 11 novembre" in rows[1]


def test_a_date_becomes_the_producers_holiday_and_a_delivery_again(
    session: Session, make: Make, boss: Browser, farm: Producer
) -> None:
    dates = begin(boss, make, farm)
    submit(boss, f"{dates}/liste", dates="06/10/2026 09/10/2026")
    at = dates.removesuffix("/dates")
    row = {"name_new_1": "Panier", "price_new_1": "10", "weekday_new_1": 1}
    step(boss, f"{at}/produits", **row)
    first, second = session.scalars(select(ContractDate).order_by(ContractDate.date))
    assert session.scalars(select(Bar.contract_date_id)).all() == [second.id]  # a Friday

    submit(boss, f"{dates}/{first.id}/conge")
    submit(boss, f"{dates}/{second.id}/conge")
    assert [first.kind, second.kind] == [DateKind.HOLIDAY] * 2
    assert session.scalars(select(Delivery.date)).all() == []
    assert session.scalars(select(Bar.contract_date_id)).all() == []
    submit(boss, f"{dates}/{second.id}/conge", livraison="1")

    assert second.kind is DateKind.DELIVERY
    assert session.scalars(select(Delivery.date)).all() == [dt.date(2026, 10, 9)]
    assert session.scalars(select(Bar.contract_date_id)).all() == [second.id]


def test_rules_cross_cells_and_those_crossed_by_hand_stay(
    session: Session, make: Make, boss: Browser, farm: Producer
) -> None:
    dates = begin(boss, make, farm)
    submit(boss, f"{dates}/liste", dates="06/10/2026 09/10/2026 13/10/2026 16/10/2026")
    at = dates.removesuffix("/dates")
    step(boss, f"{at}/produits", name_new_1="Panier", price_new_1="10")
    contract = session.scalars(select(Contract)).one()
    product = contract.products[0]
    days = [one.id for one in contract.dates]
    step(boss, f"{at}/dates-barrees", cells=[f"{days[0]}-{product.id}"])
    own = {f"price_{product.id}": "10", f"position_{product.id}": 1}

    def crossed() -> list[int]:
        return sorted(session.scalars(select(Bar.contract_date_id)))

    step(boss, f"{at}/produits", **own, **{f"weekday_{product.id}": 1})
    assert crossed() == [days[0], days[1], days[3]]  # by hand, and the Fridays
    step(boss, f"{at}/produits", **own, **{f"weeks_{product.id}": "even"})
    assert crossed() == [days[0], days[1]]  # week 41 is odd


def test_a_new_product_needs_name_and_price_and_joins_the_catalogue(
    session: Session, make: Make, boss: Browser, farm: Producer
) -> None:
    at = begin(boss, make, farm).removesuffix("/dates")

    nameless = step(boss, f"{at}/produits", price_new_1="10")
    priceless = step(boss, f"{at}/produits", name_new_1="Œufs")
    assert [nameless.status_code, priceless.status_code] == [422, 422]
    assert "Œufs" in priceless.text  # what was typed is kept
    step(boss, f"{at}/produits", name_new_1="Œufs", price_new_1="2,60")
    own = session.scalars(select(ContractProduct.id)).one()
    kept = {f"price_{own}": "2,60", f"position_{own}": 1}
    again = step(boss, f"{at}/produits", name_new_1="oeufs", price_new_1="3", **kept)

    assert "Ce nom est déjà pris" in again.text
    assert session.scalars(select(Product.name)).all() == ["Œufs"]


def test_wrong_limits_are_told_and_kept(
    session: Session, make: Make, boss: Browser, farm: Producer
) -> None:
    dates = begin(boss, make, farm)
    submit(boss, f"{dates}/liste", dates="06/10/2026 09/10/2026")
    path = dates.removesuffix("dates") + "inscription"

    upside_down = step(boss, path, joker_min=2, joker_max=1, joker_mode="libre")
    all_of_them = step(boss, path, joker_max=2, joker_mode="libre")
    fixed = step(boss, path, joker_max=1, joker_mode="fixe", most_signed=30)

    assert [upside_down.status_code, all_of_them.status_code] == [422, 422]
    assert 'value="2"' in upside_down.text
    assert "moins de jokers que de livraisons" in all_of_them.text
    assert fixed.status_code == 303
    contract = session.scalars(select(Contract)).one()
    assert (contract.joker_max, contract.joker_is_free, contract.most_signed) == (1, False, 30)


def test_only_an_abonnement_has_jokers(session: Session, make: Make, boss: Browser) -> None:
    contract = make.contract(producer=session.scalars(select(Producer)).first())
    contract.joker_max, contract.joker_is_free = 2, True
    session.commit()
    path = f"/admin/contrats/{contract.id}"
    typed = {"label": "Pain", "name": "Pain 2026", "place_ids": [contract.places[0].id]}

    assert step(boss, f"{path}/modifier", **typed, kind="prepaid").status_code == 303

    assert (contract.kind, contract.joker_max) == (ContractKind.PREPAID, 0)
    fields = {one["name"] for one in boss.visit(f"{path}/inscription").select("[name]")}
    assert "lock_days" in fields
    assert not {"joker_max", "members_swap"} & fields


def test_what_is_missing_is_a_list_of_links(
    session: Session, make: Make, boss: Browser, farm: Producer
) -> None:
    at = begin(boss, make, farm).removesuffix("/dates")

    page = boss.visit(at)

    links = [one["href"] for one in page.select("main .message li a")]
    assert links == [f"{at}/dates", f"{at}/produits"]
    assert not page.find("button", string="Activer le contrat")
    submit(boss, f"{at}/etat", etat="open")
    assert "Ajoutez au moins une date" in boss.visit(at).text


def test_a_prepaid_card_is_not_for_one_delivery(
    session: Session, make: Make, boss: Browser, farm: Producer
) -> None:
    contract = make.contract(producer=farm)
    contract.kind, contract.state = ContractKind.PREPAID, ContractState.DRAFT
    session.commit()
    at = f"/admin/contrats/{contract.id}"

    submit(boss, f"{at}/etat", etat="open")
    assert "a besoin de plusieurs livraisons" in boss.visit(at).text
    submit(boss, f"{at}/dates/liste", dates=f"{make.thursday(3):%d/%m/%Y}")
    submit(boss, f"{at}/etat", etat="open")

    assert contract.state is ContractState.OPEN


@pytest.mark.parametrize("kind", [ContractKind.PREPAID, ContractKind.PROVISION])
def test_a_card_and_an_account_know_no_instalments(
    session: Session, make: Make, boss: Browser, farm: Producer, kind: ContractKind
) -> None:
    contract = make.contract(producer=farm)
    at = f"/admin/contrats/{contract.id}"
    header = {"label": "Pain", "name": "Pain", "place_ids": [contract.places[0].id]}

    assert step(boss, f"{at}/modifier", kind=kind.value, **header).status_code == 303
    asked = {str(one["name"]) for one in boss.visit(f"{at}/paiements").select("main [name]")}
    assert asked.isdisjoint({"has_payments", "payee", "most_cheques", "due"})
    assert step(boss, f"{at}/paiements", payment_terms="En espèces").status_code == 303
    session.refresh(contract)
    assert (contract.has_payments, contract.payment_terms) == (False, "En espèces")

    step(boss, f"{at}/modifier", kind="per_date", **header)
    session.refresh(contract)
    assert contract.has_payments


def test_once_signed_only_header_and_payments_change_here(
    session: Session, make: Make, boss: Browser, farm: Producer
) -> None:
    contract = make.contract(producer=farm)
    make.subscription(make.person().household, contract)
    at, product = f"/admin/contrats/{contract.id}", contract.products[0].id
    version = contract.version

    for screen in ("dates", "produits", "dates-barrees"):
        page = boss.visit(f"{at}/{screen}")
        assert page.find("a", href=f"{at}/en-masse"), screen
    assert submit(boss, f"{at}/dates/liste", dates="01/10/2026").status_code == 422
    assert submit(boss, f"{at}/dates-barrees", version=version, cells=[]).status_code == 422
    new = {f"price_{product}": "10", f"position_{product}": 1, "name_new_1": "X", "price_new_1": 1}
    assert step(boss, f"{at}/produits", **new).status_code == 422
    session.add(ContractDate(contract_id=contract.id, date=make.thursday(9)))  # nobody's yet
    session.commit()
    empty = max(contract.dates, key=lambda one: one.date).id
    for way in (f"dates/{empty}/retirer", f"dates/{empty}/conge", f"produits/{product}/retirer"):
        submit(boss, f"{at}/{way}")
    dearer = {f"price_{product}": "11", f"position_{product}": 1}
    assert step(boss, f"{at}/produits", **dearer).status_code == 422
    session.refresh(contract)
    assert contract.version == version
    assert [one.kind for one in contract.dates] == [DateKind.DELIVERY] * 2
    assert "kind" not in {one["name"] for one in boss.visit(f"{at}/modifier").select("[name]")}
    header = {"label": "Autre", "name": "Autre", "place_ids": [contract.places[0].id]}
    assert step(boss, f"{at}/modifier", **header).status_code == 303
    paid = {"has_payments": "y", "most_cheques": 3, "due": "05/11/2026"}
    assert step(boss, f"{at}/paiements", **paid).status_code == 303
    assert step(boss, f"{at}/inscription", deadline="2026-12-31").status_code == 303

    session.refresh(contract)
    assert (contract.label, contract.kind, contract.most_cheques) == (
        "Autre",
        ContractKind.SUBSCRIPTION,
        3,
    )
    assert contract.deadline == dt.date(2026, 12, 31)


def test_payments_may_be_followed_elsewhere(
    session: Session, make: Make, boss: Browser, farm: Producer
) -> None:
    contract = make.contract(producer=farm)
    path = f"/admin/contrats/{contract.id}/paiements"

    assert step(boss, path, has_payments="y", most_cheques=0).status_code == 422
    assert step(boss, path, has_payments="y", most_cheques=1, due="hier").status_code == 422
    step(boss, path, has_payments="y", most_cheques=1, due="01/10/2026")
    step(boss, path, payment_terms="À la ferme", due="01/10/2026")

    session.refresh(contract)
    assert (contract.has_payments, contract.payment_terms) == (False, "À la ferme")
    assert terms.payment_dates(session, contract.id) == []


def test_a_copy_has_the_same_terms_but_not_the_producers_word(
    session: Session, make: Make, admin: Viewer
) -> None:
    contract = make.contract(dates=[dt.date(2026, 10, 1), dt.date(2026, 10, 8)])
    contract.most_signed, contract.members_swap, contract.payee = 30, True, "GAEC"
    contract.most_cheques, contract.payment_terms, contract.lock_days = 3, "Au marché", 4
    contract.products[0].most_a_date = 12
    contract.validated_on, contract.validated_by = dt.date(2026, 9, 1), "Paul"
    contract.unvalidated_reason = "Pressé"
    dearer = ContractPrice(from_date=dt.date(2026, 10, 8), cents=1250)
    contract.products[0].prices.append(dearer)
    session.commit()
    paid = terms.Payments(True, "GAEC", 3, "Au marché", [dt.date(2026, 10, 1)])
    with db.transaction() as own:
        terms.set_payments(own, admin, contract.id, contract.version, paid)

    with db.transaction() as own:
        made = copying.copy_contract(own, admin, contract.id, "Suite", dt.date(2027, 9, 30))

    assert (made.most_signed, made.members_swap, made.payee, made.lock_days) == (
        30,
        True,
        "GAEC",
        4,
    )
    assert (made.most_cheques, made.payment_terms) == (3, "Au marché")
    assert made.products[0].most_a_date == 12
    prices = [(one.from_date, one.cents) for one in made.products[0].prices]
    assert prices == [(dt.date(2027, 9, 30), 1250)]  # as the last season ended
    assert terms.payment_dates(session, made.id) == [dt.date(2027, 9, 30)]
    assert (made.validated_on, made.validated_by, made.unvalidated_reason) == (None, "", "")
    assert made.state is ContractState.DRAFT


def test_each_step_takes_few_statements(app: Flask, make: Make, boss: Browser) -> None:
    days = [make.thursday(n) for n in range(30)]
    contract = make.contract(
        products={f"Panier {n}": 1000 for n in range(12)},
        dates=days,
        producer=make.session.scalars(select(Producer)).first(),
    )
    at = f"/admin/contrats/{contract.id}"
    boss.visit(at)  # settings are kept

    for path in ("", "/modifier", "/dates", "/inscription", "/produits", "/dates-barrees",
                 "/paiements"):  # fmt: skip
        with counted(app) as statements:
            boss.visit(at + path)
        assert len(statements) <= MOST_STATEMENTS, (path, *statements)


def test_a_trial_shows_the_members_screens_and_keeps_nothing(
    app: Flask, session: Session, make: Make, boss: Browser, farm: Producer
) -> None:
    contract = make.contract(producer=farm, dates=[make.thursday(), make.thursday(1)])
    contract.state = ContractState.DRAFT
    session.commit()
    at = f"/admin/contrats/{contract.id}"

    assert boss.visit(at).find("a", href=f"{at}/tester")
    with counted(app) as statements:
        page = boss.visit(f"{at}/tester")
    assert len(statements) <= MOST_STATEMENTS, statements
    assert "C’est un essai" in page.text
    typed = {str(one["name"]): one.get("value", "") for one in page.select("form.signing input")}
    quantity = f"quantity_{contract.products[0].id}"
    assert quantity in typed, typed
    summed_up = submit(boss, f"{at}/tester", **{**typed, quantity: 2, "etape": "resumer"})
    assert (summed_up.status_code, "40,00\N{NO-BREAK SPACE}€" in summed_up.text) == (200, True)
    submit(boss, f"{at}/tester", **{**typed, quantity: 2, "etape": "signer"})

    assert session.scalars(select(Subscription.id)).all() == []
    missing = begin(boss, make, farm).replace("dates", "tester")
    assert submit(boss, missing).status_code == 303

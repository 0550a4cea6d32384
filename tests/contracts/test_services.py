"""Contracts: their dates make deliveries, their prices and cells protect what was signed."""

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Role
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import (
    catalogue,
    office_queries,
    products,
    queries,
    rules,
    services,
    states,
)
from amapress_py.contracts.catalogue import ProductValues
from amapress_py.contracts.models import (
    Bar,
    Contract,
    ContractKind,
    ContractPrice,
    ContractState,
    Producer,
    Product,
)
from amapress_py.contracts.products import ProductTerms
from amapress_py.contracts.services import ContractValues
from amapress_py.deliveries.models import Delivery, Place
from amapress_py.errors import NotAllowed, NotFound
from tests.back_office import viewer_of
from tests.factories import Make

OCTOBER = [dt.date(2026, 10, day) for day in (2, 9, 16, 23)]
KIND = ContractKind.SUBSCRIPTION


def deliveries(session: Session) -> set[tuple[dt.date, int]]:
    return {(d, p) for d, p in session.execute(select(Delivery.date, Delivery.place_id))}


def began(
    session: Session, viewer: Viewer, farm: Producer, *places: Place, name: str = "Légumes 2026"
) -> Contract:
    """Begin a contract at some places, without dates."""
    with db.transaction():
        values = ContractValues(name, "Légumes", KIND, [place.id for place in places])
        return services.create_contract(session, viewer, farm.id, values)


def test_a_contract_is_made_step_by_step_and_opened(
    session: Session, make: Make, referent: Viewer, farm: Producer
) -> None:
    contract = began(session, referent, farm, make.place())
    with pytest.raises(rules.Refused), db.transaction():  # nothing to deliver yet
        states.set_state(session, referent, contract.id, ContractState.OPEN)

    with db.transaction():
        product = catalogue.create_product(session, referent, farm.id, ProductValues("1/2 Panier"))
        products.add_product(session, referent, contract.id, product.id, 1000)
        assert services.add_dates(session, referent, contract.id, OCTOBER) == 4
        assert services.add_dates(session, referent, contract.id, OCTOBER) == 0
        states.set_state(session, referent, contract.id, ContractState.OPEN)

    assert contract.state is ContractState.OPEN
    assert [one.date for one in contract.dates] == OCTOBER
    price = session.execute(select(ContractPrice.from_date, ContractPrice.cents)).one()
    assert tuple(price) == (OCTOBER[0], 1000)


def test_an_earlier_date_has_a_price_too(session: Session, make: Make, admin: Viewer) -> None:
    contract = make.contract(dates=OCTOBER[1:])

    with db.transaction():
        services.add_dates(session, admin, contract.id, OCTOBER[:1])

    cells = queries.grid_cells(session, contract.id)
    assert [cell.price_cents for cell in cells] == [1000] * 4


def test_dates_make_deliveries_at_every_place(
    session: Session, make: Make, admin: Viewer, farm: Producer
) -> None:
    school, hall = make.place(), make.place()
    contract = began(session, admin, farm, school, hall)

    with db.transaction():
        services.add_dates(session, admin, contract.id, OCTOBER[:2])

    wanted = {(day, place.id) for day in OCTOBER[:2] for place in (school, hall)}
    assert deliveries(session) == wanted


def test_a_delivery_vanishes_with_the_last_contract_date(
    session: Session, make: Make, admin: Viewer, farm: Producer
) -> None:
    place = make.place()
    first = began(session, admin, farm, place)
    second = began(session, admin, farm, place, name="Pain 2026")
    with db.transaction():
        for contract in (first, second):
            services.add_dates(session, admin, contract.id, OCTOBER[:1])

    with db.transaction():
        services.remove_date(session, admin, first.id, first.dates[0].id)
    assert deliveries(session) == {(OCTOBER[0], place.id)}
    with db.transaction():
        services.remove_date(session, admin, second.id, second.dates[0].id)

    assert deliveries(session) == set()


def test_places_that_come_and_go_take_their_deliveries_along(
    session: Session, make: Make, admin: Viewer, farm: Producer
) -> None:
    school, hall = make.place(), make.place()
    contract = began(session, admin, farm, school)
    with db.transaction():
        services.add_dates(session, admin, contract.id, OCTOBER[:1])

    values = ContractValues("Légumes 2026", "Légumes", KIND, [hall.id])
    with db.transaction():
        services.change_contract(session, admin, contract.id, contract.version, values)

    assert deliveries(session) == {(OCTOBER[0], hall.id)}


def test_what_somebody_signed_stays(session: Session, make: Make, admin: Viewer) -> None:
    contract = make.contract(places=[make.place()])
    make.member(contract=contract)
    product, place = contract.products[0], contract.places[0]
    other = make.place()

    def header(kind: ContractKind = KIND, place_id: int = place.id) -> ContractValues:
        return ContractValues(contract.name, contract.label, kind, [place_id])

    attempts: list[Callable[[int], object]] = [
        lambda key: services.remove_date(session, admin, key, contract.dates[0].id),
        lambda key: products.remove_product(session, admin, key, product.id),
        lambda key: products.change_products(
            session, admin, key, contract.version, {product.id: ProductTerms(1, 1200)}
        ),
        lambda key: services.change_contract(
            session, admin, key, contract.version, header(place_id=other.id)
        ),
        lambda key: services.change_contract(
            session, admin, key, contract.version, header(ContractKind.PER_DATE)
        ),
        lambda key: states.set_state(session, admin, key, ContractState.ARCHIVED),
        lambda key: services.delete_contract(session, admin, key),
    ]
    for attempt in attempts:
        with pytest.raises(rules.InUse), db.transaction():
            attempt(contract.id)

    session.expire_all()
    assert contract.state is ContractState.OPEN
    assert [one.prices[0].cents for one in contract.products] == [1000]
    assert len(queries.basket_lines(session, session.scalars(select(Delivery.id)))) == 1


def test_order_and_prices_change_while_nobody_signed(
    session: Session, make: Make, admin: Viewer
) -> None:
    contract = make.contract(products={"Petit": 1000, "Grand": 1800})
    small, large = contract.products

    with db.transaction():
        terms = {small.id: ProductTerms(2, 1050), large.id: ProductTerms(1, 1800)}
        products.change_products(session, admin, contract.id, contract.version, terms)

    rows = office_queries.contract_products(session, contract.id)
    told = [(row.name, row.cents, row.last_cents) for row in rows]
    assert told == [("Grand", 1800, 1800), ("Petit", 1050, 1050)]


def test_an_unsigned_contract_is_deleted_with_all_it_has(
    session: Session, make: Make, admin: Viewer
) -> None:
    contract = make.contract()
    bar = Bar(contract_date_id=contract.dates[0].id, contract_product_id=contract.products[0].id)
    session.add(bar)
    session.commit()

    with db.transaction():
        services.delete_contract(session, admin, contract.id)

    assert session.scalars(select(Contract.id)).all() == []
    assert deliveries(session) == set()


def test_an_old_tab_changes_nothing(session: Session, make: Make, admin: Viewer) -> None:
    contract = make.contract()
    seen = contract.version
    with db.transaction():
        services.add_dates(session, admin, contract.id, [make.thursday(5)])
    values = ContractValues("Autre", "Autre", KIND, [contract.places[0].id])

    with pytest.raises(rules.Stale), db.transaction():
        services.change_contract(session, admin, contract.id, seen, values)
    with pytest.raises(rules.Stale), db.transaction():
        services.set_bars(session, admin, contract.id, seen, set())


def test_crossed_out_cells_are_exactly_those_ticked(
    session: Session, make: Make, admin: Viewer
) -> None:
    contract = make.contract(dates=OCTOBER)
    product = contract.products[0].id
    first, second = ((one.id, product) for one in contract.dates[:2])

    for cells in ({first}, {second}, set()):
        with db.transaction():
            services.set_bars(session, admin, contract.id, contract.version, cells)
        assert services.load_grid(session, contract).bars == cells

    with pytest.raises(rules.Stale), db.transaction():
        services.set_bars(session, admin, contract.id, contract.version, {(product, 10**6)})


def test_a_ceded_cell_is_not_crossed_out(session: Session, make: Make, admin: Viewer) -> None:
    contract = make.contract(dates=[make.thursday(), make.thursday(1)])
    make.offer(make.member(contract=contract))
    ceded, free = ((one.id, contract.products[0].id) for one in contract.dates)

    with pytest.raises(rules.Ceded), db.transaction():
        services.set_bars(session, admin, contract.id, contract.version, {ceded})
    session.expire_all()
    with db.transaction():
        services.set_bars(session, admin, contract.id, contract.version, {free})

    assert services.load_grid(session, contract).bars == {free}


def test_names_differ_beyond_accents_and_case(
    session: Session, make: Make, admin: Viewer, farm: Producer
) -> None:
    place = make.place()
    began(session, admin, farm, place)

    with pytest.raises(rules.NameTaken):
        began(session, admin, farm, place, name="LEGUMES  2026")
    with pytest.raises(rules.NameTaken), db.transaction():
        catalogue.create_producer(session, admin, "ferme des noyers")
    with db.transaction():
        catalogue.create_product(session, admin, farm.id, ProductValues("Œufs"))
    with pytest.raises(rules.NameTaken), db.transaction():
        catalogue.create_product(session, admin, farm.id, ProductValues("oeufs"))


def test_a_product_of_a_contract_is_not_deleted(
    session: Session, make: Make, admin: Viewer
) -> None:
    used = make.contract().products[0].product

    with pytest.raises(rules.InUse), db.transaction():
        catalogue.delete_product(session, admin, used.id)

    assert session.scalars(select(Product.id)).all() == [used.id]


def test_a_product_of_another_farm_is_unknown(
    session: Session, make: Make, admin: Viewer, farm: Producer
) -> None:
    contract, other = make.contract(producer=farm), make.contract("Pain")

    with pytest.raises(NotFound), db.transaction():
        products.add_product(session, admin, contract.id, other.products[0].product_id, 100)


@pytest.mark.parametrize("role", [None, *(role for role in Role if role is not Role.ADMIN)])
def test_nobody_else_touches_a_contract(
    session: Session, make: Make, farm: Producer, referent: Viewer, role: Role | None
) -> None:
    contract = make.contract()  # of another farm than the référent's
    someone = viewer_of(
        session, make.person(roles=[role] if role not in (None, Role.REFERENT) else [])
    )
    viewer = referent if role is Role.REFERENT else someone
    place_ids = [contract.places[0].id]
    key, product = contract.id, contract.products[0]
    values = ContractValues("Autre", "Autre", KIND, place_ids)
    attempts: list[Callable[[], object]] = [
        lambda: catalogue.create_producer(session, viewer, "Autre"),
        lambda: catalogue.change_producer(session, viewer, contract.producer_id, "Autre", ""),
        lambda: catalogue.create_product(
            session, viewer, contract.producer_id, ProductValues("Autre")
        ),
        lambda: catalogue.change_product(
            session, viewer, product.product_id, ProductValues("Autre")
        ),
        lambda: catalogue.delete_product(session, viewer, product.product_id),
        lambda: services.create_contract(session, viewer, contract.producer_id, values),
        lambda: services.change_contract(session, viewer, key, contract.version, values),
        lambda: states.set_state(session, viewer, key, ContractState.DRAFT),
        lambda: services.delete_contract(session, viewer, key),
        lambda: services.add_dates(session, viewer, key, OCTOBER),
        lambda: services.remove_date(session, viewer, key, contract.dates[0].id),
        lambda: products.add_product(session, viewer, key, product.product_id, 1),
        lambda: products.change_products(session, viewer, key, contract.version, {}),
        lambda: products.remove_product(session, viewer, key, product.id),
        lambda: services.set_bars(session, viewer, key, contract.version, set()),
    ]
    for attempt in attempts:
        with pytest.raises(NotAllowed), db.transaction():
            attempt()

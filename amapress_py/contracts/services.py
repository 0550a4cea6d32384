"""What is done to producers, their products and their contracts (contrats vierges)."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from amapress_py import clock, db
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import rules
from amapress_py.contracts.book import Item, crossed_by_rules
from amapress_py.contracts.claims import Cell, claims
from amapress_py.contracts.models import (
    Bar,
    Billing,
    Contract,
    ContractDate,
    ContractKind,
    ContractPrice,
    ContractProduct,
    ContractState,
    DateKind,
    Operation,
    Producer,
    Product,
    Subscription,
    SubscriptionLine,
    contract_place,
)
from amapress_py.deliveries import services as deliveries
from amapress_py.deliveries.models import Place
from amapress_py.errors import NotAllowed, NotFound
from amapress_py.i18n import _, ngettext, search_key, short_date
from amapress_py.money import Cents


@dataclass(frozen=True)
class ProductValues:
    """What the form of a catalogue product says."""

    name: str
    packaging: str = ""
    billing: Billing = Billing.UNIT


@dataclass(frozen=True)
class ContractValues:
    """What the form of a contract's header says."""

    name: str
    label: str
    kind: ContractKind
    place_ids: Collection[int]
    deadline: dt.date | None = None
    presentation: str = ""


@dataclass(frozen=True)
class ProductTerms:
    """Place in the order, and price of one, of a product in a contract."""

    position: int
    cents: Cents


# ----- Producers and their catalogue


def create_producer(
    session: Session, viewer: Viewer, name: str, presentation: str = ""
) -> Producer:
    """Add a producer; raise NameTaken."""
    if not viewer.is_admin:
        raise NotAllowed
    producer = Producer()
    _name_producer(session, producer, name, presentation)
    return producer


def change_producer(
    session: Session, viewer: Viewer, producer_id: int, name: str, presentation: str
) -> None:
    """Change a producer's name and presentation; raise NameTaken."""
    producer = editable_producer(session, viewer, producer_id)
    _name_producer(session, producer, name, presentation)


def create_product(
    session: Session, viewer: Viewer, producer_id: int, values: ProductValues
) -> Product:
    """Add a product to a producer's catalogue; raise NameTaken."""
    editable_producer(session, viewer, producer_id)
    product = Product(producer_id=producer_id)
    _name_product(session, product, values)
    return product


def change_product(
    session: Session, viewer: Viewer, product_id: int, values: ProductValues
) -> None:
    """Change a product of the catalogue; raise NameTaken."""
    product = _editable_product(session, viewer, product_id)
    _name_product(session, product, values)


def delete_product(session: Session, viewer: Viewer, product_id: int) -> None:
    """Delete a product that no contract has; raise InUse."""
    _editable_product(session, viewer, product_id)
    used = rules.InUse(_("Ce produit fait partie d’un contrat : il ne peut pas être supprimé."))
    with db.unless_keys_forbid(session, used):
        session.execute(delete(Product).where(Product.id == product_id))


def editable_producer(session: Session, viewer: Viewer, producer_id: int) -> Producer:
    """Return a producer, locked, that the viewer may act for; raise NotFound or NotAllowed."""
    producer = db.locked(session, Producer, producer_id)
    if producer is None:
        raise NotFound
    if not rules.may_edit(viewer, producer.id):
        raise NotAllowed
    return producer


def _editable_product(session: Session, viewer: Viewer, product_id: int) -> Product:
    product = session.get(Product, product_id)
    if product is None:
        raise NotFound
    editable_producer(session, viewer, product.producer_id)
    return product


def _name_producer(session: Session, producer: Producer, name: str, presentation: str) -> None:
    _check_name(session, Producer, producer.id, name)
    with db.unless_keys_forbid(session, rules.NameTaken()):
        producer.name, producer.presentation = name, presentation
        session.add(producer)


def _name_product(session: Session, product: Product, values: ProductValues) -> None:
    same = select(Product.name).where(
        Product.producer_id == product.producer_id, Product.id != (product.id or 0)
    )
    if search_key(values.name) in map(search_key, session.scalars(same)):
        raise rules.NameTaken
    with db.unless_keys_forbid(session, rules.NameTaken()):
        product.name, product.packaging = values.name, values.packaging
        product.billing = values.billing
        session.add(product)


def _check_name(
    session: Session, model: type[Producer] | type[Contract], own_id: int | None, name: str
) -> None:
    same = select(model.id).where(model.sort_key == search_key(name), model.id != (own_id or 0))
    if session.scalar(same.limit(1)):
        raise rules.NameTaken


# ----- Contracts


def create_contract(
    session: Session, viewer: Viewer, producer_id: int, values: ContractValues
) -> Contract:
    """Begin a contract, "En création"; raise NameTaken."""
    editable_producer(session, viewer, producer_id)
    contract = Contract(producer_id=producer_id, places=[])
    _fill(session, contract, values)
    return contract


def change_contract(
    session: Session, viewer: Viewer, contract_id: int, version: int, values: ContractValues
) -> None:
    """Change the header; kind and used places stay once somebody signed. Raise Stale, InUse."""
    contract = locked_contract(session, viewer, contract_id, version)
    before = {place.id for place in contract.places}
    lost = before - set(values.place_ids)
    if values.kind is not contract.kind and _count_signed(session, contract):
        raise rules.InUse(_("Des contrats sont signés : le type de contrat ne change plus."))
    if lost and _is_signed_at(session, contract, lost):
        raise rules.InUse(_("Des contrats sont signés à un lieu que vous retirez."))
    _fill(session, contract, values)
    days = [one.date for one in contract.dates]
    sync_deliveries(session, days, before ^ set(values.place_ids))


def set_state(session: Session, viewer: Viewer, contract_id: int, state: ContractState) -> None:
    """Open, archive or take back a contract; raise InUse while that makes no sense."""
    contract = locked_contract(session, viewer, contract_id)
    if state is ContractState.OPEN and not (
        contract.places and contract.dates and contract.products
    ):
        raise rules.InUse(
            _("Il faut au moins un lieu, une date et un produit avant d’activer le contrat.")
        )
    last = _last_basket(session, contract) if state is ContractState.ARCHIVED else None
    if last is not None and last >= clock.today():
        raise rules.InUse(
            _(
                "Des paniers restent à livrer jusqu’au %(day)s : archivez le contrat après.",
                day=short_date(last),
            )
        )
    contract.state = state


def delete_contract(session: Session, viewer: Viewer, contract_id: int) -> None:
    """Delete a contract that nobody signed, with its dates and prices; raise InUse."""
    contract = locked_contract(session, viewer, contract_id)
    days = [one.date for one in contract.dates]
    places = {place.id for place in contract.places}
    used = rules.InUse(_("Des contrats sont signés : archivez ce contrat plutôt."))
    own_products = select(ContractProduct.id).where(ContractProduct.contract_id == contract_id)
    with db.unless_keys_forbid(session, used):
        for rows in (
            delete(Bar).where(Bar.contract_product_id.in_(own_products)),
            delete(ContractPrice).where(ContractPrice.contract_product_id.in_(own_products)),
            delete(ContractProduct).where(ContractProduct.contract_id == contract_id),
            delete(ContractDate).where(ContractDate.contract_id == contract_id),
            delete(Operation).where(Operation.contract_id == contract_id),
            delete(contract_place).where(contract_place.c.contract_id == contract_id),
            delete(Contract).where(Contract.id == contract_id),
        ):
            session.execute(rows, execution_options={"synchronize_session": False})
    session.expire_all()
    sync_deliveries(session, days, places)


def locked_contract(
    session: Session, viewer: Viewer, contract_id: int, version: int | None = None
) -> Contract:
    """Return a contract, locked, that the viewer may change; with `version`, as he saw it."""
    contract = db.locked(session, Contract, contract_id)
    if contract is None:
        raise NotFound
    if not rules.may_edit(viewer, contract.producer_id):
        raise NotAllowed
    if version is not None and contract.version != version:
        raise rules.Stale
    return contract


def _fill(session: Session, contract: Contract, values: ContractValues) -> None:
    _check_name(session, Contract, contract.id, values.name)
    places = session.scalars(select(Place).where(Place.id.in_(values.place_ids))).all()
    if not places or len(places) != len(set(values.place_ids)):
        raise rules.Refused(_("Choisissez au moins un lieu."))
    with db.unless_keys_forbid(session, rules.NameTaken()):
        contract.name, contract.label = values.name, values.label
        contract.kind, contract.deadline = values.kind, values.deadline
        contract.presentation = values.presentation
        contract.places = list(places)
        session.add(contract)


# ----- Dates, and the deliveries they make


def add_dates(session: Session, viewer: Viewer, contract_id: int, days: Iterable[dt.date]) -> int:
    """Add days of delivery and return how many are new; signed contracts don't change."""
    contract = locked_contract(session, viewer, contract_id)
    new = sorted(set(days) - {one.date for one in contract.dates})
    if len(contract.dates) + len(new) > rules.MOST_DATES:
        raise rules.Refused(
            ngettext(
                "Un contrat a %(n)s date au plus.",
                "Un contrat a %(n)s dates au plus.",
                rules.MOST_DATES,
            )
        )
    added = [ContractDate(contract_id=contract_id, date=day) for day in new]
    session.add_all(added)
    session.flush()
    _cross_by_rules(session, contract, added)
    _touch(session, contract)
    _price_from_first_date(session, contract)
    sync_deliveries(session, new, [place.id for place in contract.places])
    return len(new)


def _cross_by_rules(session: Session, contract: Contract, dates: Collection[ContractDate]) -> None:
    """Cross out, on new dates, the products whose weekday or weeks they are not."""
    items = {
        one.id: Item(one.product.name, one.position, one.weekday, one.weeks)
        for one in contract.products
    }
    session.add_all(
        Bar(contract_date_id=date_id, contract_product_id=item_id)
        for date_id, item_id in crossed_by_rules({one.id: one.date for one in dates}, items)
    )


def remove_date(session: Session, viewer: Viewer, contract_id: int, date_id: int) -> None:
    """Take a day out of a contract, with its crossed-out cells; raise InUse if one signed it."""
    contract = locked_contract(session, viewer, contract_id)
    date = session.get(ContractDate, date_id)
    if date is None or date.contract_id != contract_id:
        raise NotFound
    used = rules.InUse(
        _(
            "Des paniers sont prévus le %(day)s : cette date ne peut pas être retirée.",
            day=short_date(date.date),
        )
    )
    with db.unless_keys_forbid(session, used):
        session.execute(delete(Bar).where(Bar.contract_date_id == date_id))
        session.execute(delete(ContractDate).where(ContractDate.id == date_id))
    _touch(session, contract)
    sync_deliveries(session, [date.date], [place.id for place in contract.places])


def sync_deliveries(
    session: Session, days: Collection[dt.date], place_ids: Collection[int]
) -> None:
    """Make the deliveries that contracts' dates now point to, drop those they left."""
    for place_id in sorted(place_ids):
        deliveries.locked_place(session, place_id)
    wanted = {
        (day, place_id)
        for day, place_id in session.execute(
            select(ContractDate.date, contract_place.c.place_id)
            .join(contract_place, contract_place.c.contract_id == ContractDate.contract_id)
            .where(
                ContractDate.kind == DateKind.DELIVERY,
                ContractDate.date.in_(days),
                contract_place.c.place_id.in_(place_ids),
            )
        )
    }
    for day in sorted(days):
        for place_id in sorted(place_ids):
            if (day, place_id) in wanted:
                deliveries.ensure(session, day, place_id)
            else:
                deliveries.drop_if_idle(session, day, place_id)


# ----- Products, prices, crossed-out cells


def add_product(
    session: Session, viewer: Viewer, contract_id: int, product_id: int, cents: Cents
) -> ContractProduct:
    """Put a product of the producer's catalogue last in a contract, at a price."""
    contract = locked_contract(session, viewer, contract_id)
    product = session.get(Product, product_id)
    if product is None or product.producer_id != contract.producer_id:
        raise NotFound
    if any(one.product_id == product_id for one in contract.products):
        raise rules.InUse(_("Ce produit fait déjà partie du contrat."))
    last = max((one.position for one in contract.products), default=0)
    added = ContractProduct(contract_id=contract_id, product_id=product_id, position=last + 1)
    added.prices = [ContractPrice(from_date=_first_day(contract), cents=cents)]
    session.add(added)
    _touch(session, contract)
    return added


def change_products(
    session: Session,
    viewer: Viewer,
    contract_id: int,
    version: int,
    terms: Mapping[int, ProductTerms],
) -> None:
    """Set order and prices; a price stays once somebody signed for it. Raise Stale, InUse."""
    contract = locked_contract(session, viewer, contract_id, version)
    for product in contract.products:
        if product.id not in terms:
            continue
        new = terms[product.id]
        product.position = new.position
        if product.prices[0].cents != new.cents:
            _check_unsigned(session, product)
            product.prices[0].cents = new.cents
    _touch(session, contract)


def remove_product(
    session: Session, viewer: Viewer, contract_id: int, contract_product_id: int
) -> None:
    """Take a product out of a contract; raise InUse if somebody signed for it."""
    contract = locked_contract(session, viewer, contract_id)
    product = next((one for one in contract.products if one.id == contract_product_id), None)
    if product is None:
        raise NotFound
    used = rules.InUse(
        _("« %(name)s » est dans des contrats signés : il ne peut pas être retiré.",
          name=product.product.name)
    )  # fmt: skip
    with db.unless_keys_forbid(session, used):
        for rows in (
            delete(Bar).where(Bar.contract_product_id == contract_product_id),
            delete(ContractPrice).where(ContractPrice.contract_product_id == contract_product_id),
            delete(ContractProduct).where(ContractProduct.id == contract_product_id),
        ):
            session.execute(rows)
    _touch(session, contract)


def set_bars(
    session: Session, viewer: Viewer, contract_id: int, version: int, cells: Collection[Cell]
) -> None:
    """Cross out exactly these cells; raise Ceded for one that is offered to somebody."""
    contract = locked_contract(session, viewer, contract_id, version)
    grid = load_grid(session, contract)
    known = {(date_id, product_id) for date_id in grid.dates for product_id in grid.products}
    if not known.issuperset(cells):
        raise rules.Stale
    crossed = set(cells) - set(grid.bars)
    _check_not_ceded(session, grid, crossed)
    session.execute(delete(Bar).where(Bar.contract_date_id.in_(grid.dates)))
    session.add_all(Bar(contract_date_id=date, contract_product_id=one) for date, one in cells)
    _touch(session, contract)


def load_grid(session: Session, contract: Contract) -> rules.Grid:
    """Return the dates, products and crossed-out cells of a contract."""
    dates = {one.id: one.date for one in contract.dates if one.kind is DateKind.DELIVERY}
    bars = session.execute(
        select(Bar.contract_date_id, Bar.contract_product_id)
        .join(ContractDate, ContractDate.id == Bar.contract_date_id)
        .where(ContractDate.contract_id == contract.id)
    )
    cells = {(date_id, product_id) for date_id, product_id in bars}
    return rules.Grid(dates, [one.id for one in contract.products], cells)


def _check_not_ceded(session: Session, grid: rules.Grid, cells: Collection[Cell]) -> None:
    signed = session.scalars(
        select(Subscription.id)
        .where(
            exists().where(
                SubscriptionLine.subscription_id == Subscription.id,
                SubscriptionLine.contract_date_id.in_({date_id for date_id, _one in cells}),
            )
        )
        .order_by(Subscription.id)
        .with_for_update()  # nobody cedes these baskets meanwhile
    ).all()
    for subscription_id in signed:
        ceded = claims().ceded(session, subscription_id)
        rules.check_ceded({}, {cell: n for cell, n in ceded.items() if cell in cells}, grid)


def _check_unsigned(session: Session, product: ContractProduct) -> None:
    signed = select(SubscriptionLine.subscription_id).where(
        SubscriptionLine.contract_product_id == product.id
    )
    if session.scalar(signed.limit(1)) is not None:
        raise rules.InUse(
            _(
                "« %(name)s » est dans des contrats signés : son prix ne change plus.",
                name=product.product.name,
            )
        )


def _first_day(contract: Contract) -> dt.date:
    return min((one.date for one in contract.dates), default=clock.today())


def _price_from_first_date(session: Session, contract: Contract) -> None:
    """Let each first price hold from the first date, also when an earlier one was added."""
    first = _first_day(contract)
    for product in contract.products:
        if product.prices and product.prices[0].from_date > first:
            product.prices[0].from_date = first
    session.flush()


def _touch(session: Session, contract: Contract) -> None:
    """Give the contract a new version: what hangs on it changed."""
    flag_modified(contract, "name")
    session.flush()
    session.refresh(contract, ["dates", "products"])


def _count_signed(session: Session, contract: Contract) -> int:
    signed = select(func.count()).where(Subscription.contract_id == contract.id)
    return session.scalar(signed) or 0


def _is_signed_at(session: Session, contract: Contract, place_ids: Collection[int]) -> bool:
    signed = select(Subscription.id).where(
        Subscription.contract_id == contract.id, Subscription.place_id.in_(place_ids)
    )
    return session.scalar(signed.limit(1)) is not None


def _last_basket(session: Session, contract: Contract) -> dt.date | None:
    dates: Any = (
        select(func.max(ContractDate.date))
        .join(SubscriptionLine, SubscriptionLine.contract_date_id == ContractDate.id)
        .where(ContractDate.contract_id == contract.id)
    )
    last: dt.date | None = session.scalar(dates)
    return last

"""What is done to producers, their products and their contracts (contrats vierges)."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from amapress_py import clock, db
from amapress_py.accounts.models import Grant, Scope
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
    ContractMessage,
    ContractPrice,
    ContractProduct,
    ContractState,
    DateKind,
    Operation,
    PaymentDate,
    Producer,
    Product,
    Subscription,
    SubscriptionLine,
    WaitingEntry,
    Weeks,
    contract_place,
)
from amapress_py.contracts.naming import is_proposal, proposed_name
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
    presentation: str = ""


@dataclass(frozen=True)
class ProductTerms:
    """Place in the order, price of one, days and most a date of a product in a contract."""

    position: int
    cents: Cents
    weekday: int | None = None  # Monday is 0; none: every day
    weeks: Weeks | None = None
    most_a_date: int | None = None


@dataclass(frozen=True)
class NewProduct:
    """A product to put in a contract: one of the catalogue, or a name that joins the catalogue."""

    product: int | str
    cents: Cents
    weekday: int | None = None
    weeks: Weeks | None = None


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
    """Begin a contract, "En création"; without a name it gets one. Raise NameTaken."""
    producer = editable_producer(session, viewer, producer_id)
    contract = Contract(producer_id=producer_id, places=[], payee=producer.name)
    name = values.name or proposed_name(session, values.label, [clock.today()])
    _fill(session, contract, replace(values, name=name))
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
            delete(PaymentDate).where(PaymentDate.contract_id == contract_id),
            delete(WaitingEntry).where(WaitingEntry.contract_id == contract_id),
            delete(ContractMessage).where(ContractMessage.contract_id == contract_id),
            delete(Operation).where(Operation.contract_id == contract_id),
            delete(Grant).where(Grant.scope == Scope.CONTRACT, Grant.scope_id == contract_id),
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


def locked_unsigned(session: Session, viewer: Viewer, contract_id: int) -> Contract:
    """Return a contract, locked, that nobody signed yet; raise HasSigned."""
    contract = locked_contract(session, viewer, contract_id)
    if _count_signed(session, contract):
        raise rules.HasSigned
    return contract


def _fill(session: Session, contract: Contract, values: ContractValues) -> None:
    _check_name(session, Contract, contract.id, values.name)
    places = session.scalars(select(Place).where(Place.id.in_(values.place_ids))).all()
    if not places or len(places) != len(set(values.place_ids)):
        raise rules.Refused(_("Choisissez au moins un lieu."))
    with db.unless_keys_forbid(session, rules.NameTaken()):
        contract.name, contract.label = values.name, values.label
        contract.kind = values.kind
        if contract.kind not in rules.HAS_JOKERS:
            contract.joker_min = contract.joker_max = contract.joker_delay_days = 0
            contract.joker_is_free = contract.members_swap = False
        contract.presentation = values.presentation
        contract.places = list(places)
        session.add(contract)


# ----- Dates, and the deliveries they make


def add_dates(session: Session, viewer: Viewer, contract_id: int, days: Iterable[dt.date]) -> int:
    """Add days of delivery and return how many are new; signed contracts don't change."""
    contract = locked_contract(session, viewer, contract_id)
    known = {one.date for one in contract.dates}
    new = sorted(set(days) - known)
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
    _name_by_dates(session, contract, known)
    return len(new)


def _name_by_dates(session: Session, contract: Contract, before: Collection[dt.date]) -> None:
    """Let a name that was proposed follow the dates, until the contract is known to members."""
    days = [one.date for one in contract.dates] or [clock.today()]
    old = before or [clock.today()]
    if contract.state is ContractState.DRAFT and is_proposal(contract.name, contract.label, old):
        contract.name = proposed_name(session, contract.label, days, contract.id)
        session.flush()


def _cross_by_rules(session: Session, contract: Contract, dates: Collection[ContractDate]) -> None:
    """Cross out, on new dates, the products whose weekday or weeks they are not."""
    items = {one.id: _item(one) for one in contract.products}
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
    day, known = date.date, [one.date for one in contract.dates]
    with db.unless_keys_forbid(session, used):
        session.execute(delete(Bar).where(Bar.contract_date_id == date_id))
        session.execute(delete(ContractDate).where(ContractDate.id == date_id))
    _touch(session, contract)
    sync_deliveries(session, [day], [place.id for place in contract.places])
    _name_by_dates(session, contract, known)


def set_date_kind(
    session: Session, viewer: Viewer, contract_id: int, date_id: int, kind: DateKind
) -> None:
    """Make a date the producer's holiday, or a delivery again; raise InUse if one signed it."""
    contract = locked_contract(session, viewer, contract_id)
    date = session.get(ContractDate, date_id)
    if date is None or date.contract_id != contract_id:
        raise NotFound
    line = select(SubscriptionLine.subscription_id).where(
        SubscriptionLine.contract_date_id == date_id
    )
    if session.scalar(line.limit(1)) is not None:
        raise rules.HasSigned
    date.kind = kind
    session.execute(delete(Bar).where(Bar.contract_date_id == date_id))
    if kind is DateKind.DELIVERY:
        _cross_by_rules(session, contract, [date])
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
    added = _add_product(session, contract, NewProduct(product_id, cents))
    _touch(session, contract)
    return added


def _add_product(session: Session, contract: Contract, new: NewProduct) -> ContractProduct:
    if isinstance(new.product, str):
        product = Product(producer_id=contract.producer_id)
        _name_product(session, product, ProductValues(new.product))
    else:
        found = session.get(Product, new.product)
        if found is None or found.producer_id != contract.producer_id:
            raise NotFound
        product = found
    there = session.scalars(
        select(ContractProduct).where(ContractProduct.contract_id == contract.id)
    ).all()
    if any(one.product_id == product.id for one in there):
        raise rules.InUse(_("Ce produit fait déjà partie du contrat."))
    if len(there) >= rules.MOST_PRODUCTS:
        raise rules.Refused(_("Un contrat a %(n)s produits au plus.", n=rules.MOST_PRODUCTS))
    added = ContractProduct(
        contract_id=contract.id,
        product_id=product.id,
        position=max((one.position for one in there), default=0) + 1,
        weekday=new.weekday,
        weeks=new.weeks,
        prices=[ContractPrice(from_date=_first_day(contract), cents=new.cents)],
    )
    session.add(added)
    session.flush()
    _follow_rules(session, contract, {added.id: None})
    return added


def change_products(
    session: Session,
    viewer: Viewer,
    contract_id: int,
    version: int,
    terms: Mapping[int, ProductTerms],
    new: Sequence[NewProduct] = (),
) -> None:
    """Set order, prices, days and quotas, and add products at the end; raise Stale, InUse.

    A price stays once somebody signed for it.  Days that change cross cells out anew; those that
    were crossed by hand stay crossed.
    """
    contract = locked_contract(session, viewer, contract_id, version)
    changed: dict[int, Item | None] = {}
    for product in contract.products:
        if product.id not in terms:
            continue
        wanted = terms[product.id]
        product.position, product.most_a_date = wanted.position, wanted.most_a_date
        if product.prices[0].cents != wanted.cents:
            _check_unsigned(session, product)
            product.prices[0].cents = wanted.cents
        if (product.weekday, product.weeks) != (wanted.weekday, wanted.weeks):
            _check_unsigned(session, product)
            changed[product.id] = _item(product)
            product.weekday, product.weeks = wanted.weekday, wanted.weeks
    session.flush()
    _follow_rules(session, contract, changed)
    for one in new:
        _add_product(session, contract, one)
    _touch(session, contract)


def _item(product: ContractProduct) -> Item:
    return Item(product.product.name, product.position, product.weekday, product.weeks)


def _follow_rules(session: Session, contract: Contract, before: Mapping[int, Item | None]) -> None:
    """Cross cells out by the rules that products have now; `before` are those they had."""
    dates = {one.id: one.date for one in contract.dates if one.kind is DateKind.DELIVERY}
    now = {
        one.id: _item(one)
        for one in session.scalars(
            select(ContractProduct).where(ContractProduct.id.in_(list(before)))
        )
    }
    old = {key: item for key, item in before.items() if item is not None}
    is_of_these = Bar.contract_product_id.in_(list(before))
    crossed = {
        (date_id, item_id)
        for date_id, item_id in session.execute(
            select(Bar.contract_date_id, Bar.contract_product_id).where(is_of_these)
        )
    }
    by_hand = crossed - set(crossed_by_rules(dates, old))
    session.execute(delete(Bar).where(is_of_these))
    session.add_all(
        Bar(contract_date_id=date_id, contract_product_id=item_id)
        for date_id, item_id in by_hand | set(crossed_by_rules(dates, now))
    )
    session.flush()


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

"""What is done to contracts (contrats vierges): header, dates, crossed-out cells."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from amapress_py import clock, db
from amapress_py.accounts.models import Grant, Scope
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import rules
from amapress_py.contracts.book import Item, crossed_by_rules
from amapress_py.contracts.catalogue import check_name, editable_producer
from amapress_py.contracts.claims import Cell, claims
from amapress_py.contracts.models import (
    Bar,
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
    Subscription,
    SubscriptionLine,
    WaitingEntry,
    contract_place,
)
from amapress_py.contracts.naming import is_proposal, proposed_name
from amapress_py.deliveries import services as deliveries
from amapress_py.deliveries.models import Place
from amapress_py.deliveries.watcher import watcher
from amapress_py.errors import NotAllowed, NotFound
from amapress_py.i18n import _, ngettext, short_date


@dataclass(frozen=True)
class ContractValues:
    """What the form of a contract's header says."""

    name: str
    label: str
    kind: ContractKind
    place_ids: Collection[int]
    presentation: str = ""


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
    if not values.name:
        days = [one.date for one in contract.dates] or [clock.today()]
        name = proposed_name(session, values.label, days, contract_id)
        values = replace(values, name=name)
    before = {place.id for place in contract.places}
    lost = before - set(values.place_ids)
    if values.kind is not contract.kind and _count_signed(session, contract):
        raise rules.InUse(_("Des contrats sont signés : le type de contrat ne change plus."))
    if lost and _is_signed_at(session, contract, lost):
        raise rules.InUse(_("Des contrats sont signés à un lieu que vous retirez."))
    _fill(session, contract, values)
    days = [one.date for one in contract.dates]
    _tell_given_up(session, viewer, days, lost)
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
    _tell_given_up(session, viewer, days, places)
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
    check_name(session, Contract, contract.id, values.name)
    places = session.scalars(select(Place).where(Place.id.in_(values.place_ids))).all()
    if not places or len(places) != len(set(values.place_ids)):
        raise rules.Refused(_("Choisissez au moins un lieu."))
    with db.unless_keys_forbid(session, rules.NameTaken()):
        contract.name, contract.label = values.name, values.label
        had_cheques = contract.id is None or contract.kind in rules.WITH_CHEQUES
        contract.kind = values.kind
        if contract.kind not in rules.HAS_JOKERS:
            contract.joker_min = contract.joker_max = contract.joker_delay_days = 0
            contract.joker_is_free = contract.members_swap = False
        if (contract.kind in rules.WITH_CHEQUES) != had_cheques:
            contract.has_payments = not had_cheques
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
    touch(session, contract)
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


def item_of(product: ContractProduct) -> Item:
    """Return a product as rules know it: its name, and on which days it comes."""
    return Item(product.product.name, product.position, product.weekday, product.weeks)


def _cross_by_rules(session: Session, contract: Contract, dates: Collection[ContractDate]) -> None:
    """Cross out, on new dates, the products whose weekday or weeks they are not."""
    items = {one.id: item_of(one) for one in contract.products}
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
    touch(session, contract)
    places = [place.id for place in contract.places]
    _tell_given_up(session, viewer, [day], places)
    sync_deliveries(session, [day], places)
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
    touch(session, contract)
    places = [place.id for place in contract.places]
    _tell_given_up(session, viewer, [date.date], places)
    sync_deliveries(session, [date.date], places)


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


def _tell_given_up(
    session: Session, viewer: Viewer, days: Iterable[dt.date], place_ids: Collection[int]
) -> None:
    """Tell who counts on these deliveries, wherever no contract delivers any more."""
    session.flush()
    watcher().deliveries_moved(session, dict.fromkeys(days), place_ids, viewer.person_id)


# ----- Crossed-out cells


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
    touch(session, contract)
    days = {grid.dates[date_id] for date_id, _product in crossed}
    _tell_given_up(session, viewer, days, [place.id for place in contract.places])


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


def first_day(contract: Contract) -> dt.date:
    """Return the first date of a contract; today if it has none."""
    return min((one.date for one in contract.dates), default=clock.today())


def _price_from_first_date(session: Session, contract: Contract) -> None:
    """Let each first price hold from the first date, also when an earlier one was added."""
    first = first_day(contract)
    for product in contract.products:
        if product.prices and product.prices[0].from_date > first:
            product.prices[0].from_date = first
    session.flush()


def touch(session: Session, contract: Contract) -> None:
    """Give the contract a new version: what hangs on it changed.

    What the producer agreed to is no longer what will be opened: he is asked again.
    """
    if contract.state in rules.IN_THE_MAKING:
        contract.validated_on, contract.validated_by = None, ""
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

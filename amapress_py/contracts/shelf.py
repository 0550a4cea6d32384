"""A contract's book, read from the database in one statement, and changes written to it."""

import datetime as dt
import json
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import (
    Date,
    Enum,
    Integer,
    Select,
    String,
    Table,
    Time,
    and_,
    bindparam,
    cast,
    insert,
    literal,
    null,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from amapress_py.contracts.book import (
    Book,
    Day,
    Hours,
    Item,
    JokerRules,
    Line,
    Signed,
    Skip,
    SwapKey,
    Swapped,
    Where,
)
from amapress_py.contracts.changes import Change, Changes, renumbered
from amapress_py.contracts.claims import Cell
from amapress_py.contracts.models import (
    Bar,
    Contract,
    ContractDate,
    ContractPrice,
    ContractProduct,
    DateKind,
    Joker,
    Product,
    Subscription,
    SubscriptionLine,
    Swap,
    Weeks,
    contract_place,
)
from amapress_py.db import UtcDateTime
from amapress_py.deliveries import services as deliveries
from amapress_py.deliveries.models import Delivery
from amapress_py.money import Cents

# table: its model, the columns of its key, those of its value
TABLES: Mapping[str, tuple[Any, tuple[str, ...], tuple[str, ...]]] = {
    "line": (
        SubscriptionLine,
        ("subscription_id", "contract_date_id", "contract_product_id"),
        ("quantity",),
    ),
    "joker": (Joker, ("subscription_id", "contract_date_id"), ("set_by_id", "set_at")),
    "swap": (
        Swap,
        ("subscription_id", "from_date_id", "to_date_id"),
        ("lines", "set_by_id", "set_at"),
    ),
    "bar": (Bar, ("contract_date_id", "contract_product_id"), ()),
    "price": (ContractPrice, ("contract_product_id", "from_date"), ("cents",)),
    "item": (ContractProduct, ("id",), ("position", "weekday", "weeks")),
    "product": (ContractProduct, ("id",), ("product_id", "most_a_date")),
    "signed": (Subscription, ("id",), ("starts_on", "ends_on")),
    "date": (ContractDate, ("id",), ("date", "kind")),
}
JOKER_RULES = ("joker_min", "joker_max", "joker_is_free", "joker_delay_days")
COLUMNS: Mapping[str, Any] = {
    **dict.fromkeys("abcdn", Integer()),
    **dict.fromkeys(("first", "last"), Date()),
    **dict.fromkeys(("word", "more"), String()),
    "instant": UtcDateTime(),
    **dict.fromkeys(("opens", "closes"), Time()),
}


def load(session: Session, contract: Contract) -> Book:
    """Return a contract with all that was signed, as the database holds it now."""
    dates: dict[int, Day] = {}
    items: dict[int, Item] = {}
    prices: dict[tuple[int, dt.date], Cents] = {}
    bars: set[Cell] = set()
    signed: dict[int, Signed] = {}
    jokers: dict[Skip, tuple[int | None, str]] = {}
    swaps: dict[SwapKey, Swapped] = {}
    hours: dict[Where, Hours] = {}
    shared: set[Where] = set()
    lines: dict[Line, int] = {}
    session.flush()
    for row in session.connection().execute(_statement(contract.id)).all():
        if row[0] == "line":  # nearly all of them
            lines[row[1], row[2], row[3]] = row[5]
            continue
        what, a, b, c, d, n, first, last, word, more, instant, opens, closes = row
        if what == "date":
            dates[a] = Day(first, DateKind(word))
        elif what == "item":
            items[a] = Item(word, n, b, Weeks(more) if more else None, c, d)
        elif what == "price":
            prices[a, first] = n
        elif what == "bar":
            bars.add((a, b))
        elif what == "signed":
            signed[a] = Signed(b, first, last, c)
        elif what == "swap":
            moved = tuple((old, new, n) for old, new, n in json.loads(word))
            swaps[a, b, c] = Swapped(moved, n, instant.isoformat())
        elif what == "hours":
            hours[first, a] = Hours(opens, closes, b, more)
        elif what == "shared":
            shared.add((first, a))
        else:
            jokers[a, b] = (c, instant.isoformat())
    rules = JokerRules(*(getattr(contract, name) for name in JOKER_RULES))
    return Book(
        dates, items, prices, frozenset(bars), signed, lines, jokers, rules, swaps, hours,
        frozenset(shared),
    )  # fmt: skip


def _statement(contract_id: int) -> Any:
    """Select every row of a contract; a column that a row has not is null."""
    dates = select(ContractDate.id).where(ContractDate.contract_id == contract_id)
    items = select(ContractProduct.id).where(ContractProduct.contract_id == contract_id)
    mine = select(Subscription.id).where(Subscription.contract_id == contract_id)
    date, item, price, line = ContractDate, ContractProduct, ContractPrice, SubscriptionLine
    one = Subscription
    places = select(contract_place.c.place_id).where(contract_place.c.contract_id == contract_id)
    hours = (
        _row(
            "hours",
            a=Delivery.place_id,
            b=Delivery.substitute_place_id,
            first=Delivery.date,
            more=Delivery.note,
            opens=Delivery.opens,
            closes=Delivery.closes,
        )
        .join_from(Delivery, date, date.date == Delivery.date)
        .join(
            contract_place,
            and_(
                contract_place.c.contract_id == date.contract_id,
                contract_place.c.place_id == Delivery.place_id,
            ),
        )
        .where(
            date.contract_id == contract_id,
            date.kind == DateKind.DELIVERY,
            or_(
                Delivery.note != "",
                Delivery.opens.is_not(None),
                Delivery.closes.is_not(None),
                Delivery.substitute_place_id.is_not(None),
            ),
        )
    )
    return union_all(
        _row("date", a=date.id, first=date.date, word=cast(date.kind, String)).where(
            date.contract_id == contract_id
        ),
        _row(
            "item",
            a=item.id,
            b=item.weekday,
            c=item.product_id,
            d=item.most_a_date,
            n=item.position,
            word=Product.name,
            more=cast(item.weeks, String),
        )
        .join_from(item, Product)
        .where(item.contract_id == contract_id),
        _row("price", a=price.contract_product_id, n=price.cents, first=price.from_date).where(
            price.contract_product_id.in_(items)
        ),
        _row("bar", a=Bar.contract_date_id, b=Bar.contract_product_id).where(
            Bar.contract_date_id.in_(dates)
        ),
        _row(
            "signed",
            a=one.id,
            b=one.household_id,
            c=one.place_id,
            first=one.starts_on,
            last=one.ends_on,
        ).where(one.contract_id == contract_id),
        _row(
            "line",
            a=line.subscription_id,
            b=line.contract_date_id,
            c=line.contract_product_id,
            n=line.quantity,
        ).where(line.subscription_id.in_(mine)),
        _row(
            "joker",
            a=Joker.subscription_id,
            b=Joker.contract_date_id,
            c=Joker.set_by_id,
            instant=Joker.set_at,
        ).where(Joker.subscription_id.in_(mine)),
        _row(
            "swap",
            a=Swap.subscription_id,
            b=Swap.from_date_id,
            c=Swap.to_date_id,
            n=Swap.set_by_id,
            word=cast(Swap.lines, String),
            instant=Swap.set_at,
        ).where(Swap.subscription_id.in_(mine)),
        hours,
        _row("shared", a=contract_place.c.place_id, first=date.date)
        .join_from(date, contract_place, contract_place.c.contract_id == date.contract_id)
        .where(
            date.contract_id != contract_id,
            date.kind == DateKind.DELIVERY,
            contract_place.c.place_id.in_(places),
            hours.correlate(None).exists(),  # nothing else asks for it
        ),
    )


def _row(what: str, **columns: Any) -> Select[*tuple[Any, ...]]:
    return select(
        literal(what).label("what"),
        *(
            columns.get(name, cast(null(), kind)).label(f"col_{name}")
            for name, kind in COLUMNS.items()
        ),
    )


def write(session: Session, contract: Contract, changes: Changes) -> Changes:
    """Write changes; return them with the keys that new dates got.

    A date or a product that comes back keeps its key, unless another took it meanwhile.
    """
    changes = renumbered(
        changes, _write_dates(session, contract, changes), _add_items(session, contract, changes)
    )
    for name in ("line", "joker", "swap", "bar", "price", "date", "item"):
        _delete(session, name, [one for one in changes if one[0][0] == name and one[2] is None])
    for name in ("item", "signed", "price", "bar", "line", "joker", "swap"):
        of_table = [one for one in changes if one[0][0] == name and one[2] is not None]
        if name != "item":  # those are there already
            _insert(session, name, [one for one in of_table if one[1] is None])
        _update(session, name, [one for one in of_table if one[1] is not None])
    for key, _before, after in changes:
        if key == ("jokers",) and after is not None:
            for column, value in zip(JOKER_RULES, after, strict=True):
                setattr(contract, column, value)
    _write_hours(session, contract, [one for one in changes if one[0][0] == "hours"])
    _renew_versions(session, {one[0][1] for one in changes if one[0][0] in _OF_SIGNED})
    session.flush()
    session.expire_all()
    return changes


_OF_SIGNED = ("signed", "line", "joker", "swap")


def _write_dates(session: Session, contract: Contract, changes: Changes) -> dict[int, int]:
    """Add and move dates; return the keys of those that could not have theirs."""
    ours = [one for one in changes if one[0][0] == "date" and one[2] is not None]
    moved = [one for one in ours if one[1] is not None]
    for number, (key, _before, _after) in enumerate(moved):  # two may change places
        aside = dt.date.min + dt.timedelta(days=number)
        session.execute(
            update(ContractDate).where(ContractDate.id == key[1]).values(date=aside),
            execution_options={"synchronize_session": False},
        )
    _update(session, "date", moved)
    ids: dict[int, int] = {}
    for key, before, after in ours:
        if before is not None or after is None:
            continue
        date_id = key[1]
        date = ContractDate(contract_id=contract.id, **_values("date", after))
        if date_id > 0 and session.get(ContractDate, date_id) is None:
            date.id = date_id
        session.add(date)
        session.flush()
        if date.id != date_id:
            ids[date_id] = date.id
    return ids


def _add_items(session: Session, contract: Contract, changes: Changes) -> dict[int, int]:
    """Add products; return the keys of those that could not have theirs."""
    ids: dict[int, int] = {}
    new = [(key, after) for key, before, after in changes if before is None and after is not None]
    products = {key[1]: after for key, after in new if key[0] == "product"}
    for item_id, after in ((key[1], after) for key, after in new if key[0] == "item"):
        item = ContractProduct(
            contract_id=contract.id,
            **_values("item", after),
            **_values("product", products[item_id]),
        )
        if item_id > 0 and session.get(ContractProduct, item_id) is None:
            item.id = item_id
        session.add(item)
        session.flush()
        if item.id != item_id:
            ids[item_id] = item.id
    return ids


def _write_hours(session: Session, contract: Contract, changes: Changes) -> None:
    """Set, or take back, what differs at deliveries; whoever hangs on one is told.

    A delivery that the contract has left is dropped, or stays as it is.
    """
    days = select(ContractDate.date).where(
        ContractDate.contract_id == contract.id, ContractDate.kind == DateKind.DELIVERY
    )
    ours = set(session.scalars(days)) if changes else set()
    for (_hours, said, place_id), _before, after in changes:
        day = dt.date.fromisoformat(said)
        if day not in ours:
            continue
        opens, closes, substitute_id, note = after or (None, None, None, "")
        deliveries.set_correction(
            session,
            deliveries.ensure(session, day, place_id),
            deliveries.Correction(
                opens and dt.time.fromisoformat(opens),
                closes and dt.time.fromisoformat(closes),
                substitute_id,
                note,
            ),
        )


def _delete(session: Session, name: str, changes: Collection[Change]) -> None:
    model, keys, _values_of = TABLES[name]
    table: Table = model.__table__
    statement = table.delete().where(*(table.c[key] == bindparam(f"key_{key}") for key in keys))
    if changes:
        session.connection().execute(statement, [_key(name, one) for one in changes])


def _insert(session: Session, name: str, changes: Collection[Change]) -> None:
    model, keys, _values_of = TABLES[name]
    rows = [
        {**{key: _key(name, one)[f"key_{key}"] for key in keys}, **_values(name, one[2])}
        for one in changes
    ]
    if rows:
        session.connection().execute(insert(model.__table__), rows)


def _update(session: Session, name: str, changes: Collection[Change]) -> None:
    model, keys, columns = TABLES[name]
    table: Table = model.__table__
    statement = (
        table.update()
        .where(*(table.c[key] == bindparam(f"key_{key}") for key in keys))
        .values({column: bindparam(f"new_{column}") for column in columns})
    )
    rows = [
        _key(name, one) | {f"new_{column}": v for column, v in _values(name, one[2]).items()}
        for one in changes
    ]
    if rows:
        session.connection().execute(statement, rows)


def _key(name: str, change: Change) -> dict[str, Any]:
    model, keys, _values_of = TABLES[name]
    return {
        f"key_{key}": _python(model, key, value)
        for key, value in zip(keys, change[0][1:], strict=True)
    }


def _values(name: str, value: list[Any] | None) -> dict[str, Any]:
    model, _keys, columns = TABLES[name]
    return {
        column: _python(model, column, one)
        for column, one in zip(columns, value or [], strict=True)
    }


def _python(model: Any, column: str, value: Any) -> Any:
    """Return what a column holds for what JSON kept."""
    kind = model.__table__.c[column].type
    if value is None:
        return None
    if isinstance(kind, UtcDateTime):
        return dt.datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return dt.date.fromisoformat(value)
    if isinstance(kind, Enum) and kind.enum_class is not None:
        return kind.enum_class(value)
    return value


def _renew_versions(session: Session, subscription_ids: Collection[int]) -> None:
    """Let forms of signed contracts that were open before be refused."""
    session.execute(
        update(Subscription)
        .where(Subscription.id.in_(subscription_ids))
        .values(version=Subscription.version + 1),
        execution_options={"synchronize_session": False},
    )

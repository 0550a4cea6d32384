"""What is done to the products of a contract: prices, order, days and quotas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import rules
from amapress_py.contracts.book import Item, crossed_by_rules
from amapress_py.contracts.catalogue import ProductValues, name_product
from amapress_py.contracts.models import (
    Bar,
    Contract,
    ContractPrice,
    ContractProduct,
    DateKind,
    Product,
    Weeks,
)
from amapress_py.contracts.services import (
    first_day,
    item_of,
    locked_contract,
    locked_unsigned,
    touch,
)
from amapress_py.errors import NotFound
from amapress_py.i18n import _
from amapress_py.money import Cents


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


def add_product(
    session: Session, viewer: Viewer, contract_id: int, product_id: int, cents: Cents
) -> ContractProduct:
    """Put a product of the producer's catalogue last in a contract, at a price."""
    contract = locked_contract(session, viewer, contract_id)
    added = _add_product(session, contract, NewProduct(product_id, cents))
    touch(session, contract)
    return added


def _add_product(session: Session, contract: Contract, new: NewProduct) -> ContractProduct:
    if isinstance(new.product, str):
        product = Product(producer_id=contract.producer_id)
        name_product(session, product, ProductValues(new.product))
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
        prices=[ContractPrice(from_date=first_day(contract), cents=new.cents)],
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

    Prices, order and days stay once somebody signed: HasSigned.  Days that change cross cells out
    anew; those that were crossed by hand stay crossed.
    """
    contract = locked_contract(session, viewer, contract_id, version)
    changed: dict[int, Item | None] = {}
    for product in contract.products:
        if product.id not in terms:
            continue
        wanted = terms[product.id]
        product.most_a_date = wanted.most_a_date
        old = (product.position, product.prices[0].cents, product.weekday, product.weeks)
        if old == (wanted.position, wanted.cents, wanted.weekday, wanted.weeks):
            continue
        locked_unsigned(session, viewer, contract_id)
        product.position, product.prices[0].cents = wanted.position, wanted.cents
        if (product.weekday, product.weeks) != (wanted.weekday, wanted.weeks):
            changed[product.id] = item_of(product)
            product.weekday, product.weeks = wanted.weekday, wanted.weeks
    session.flush()
    _follow_rules(session, contract, changed)
    for one in new:
        _add_product(session, contract, one)
    touch(session, contract)


def _follow_rules(session: Session, contract: Contract, before: Mapping[int, Item | None]) -> None:
    """Cross cells out by the rules that products have now; `before` are those they had."""
    dates = {one.id: one.date for one in contract.dates if one.kind is DateKind.DELIVERY}
    now = {
        one.id: item_of(one)
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
    touch(session, contract)

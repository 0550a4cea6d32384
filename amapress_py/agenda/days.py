"""The page of one distribution: one's own basket first, then what everybody there may know."""

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session, aliased

from amapress_py import clock, db
from amapress_py.accounts.models import Role
from amapress_py.accounts.viewer import Viewer
from amapress_py.agenda import queries
from amapress_py.agenda.queries import DELIVERY, HOUSEHOLD, KNOWN, Given, Line, Taken
from amapress_py.agenda.remarks import Helper, Remarks, remarks
from amapress_py.contracts.models import (
    Contract,
    ContractDate,
    ContractProduct,
    Product,
    Subscription,
    SubscriptionLine,
)
from amapress_py.contracts.queries import Statement, basket_statement, is_named, price_on_date
from amapress_py.deliveries.models import Delivery
from amapress_py.errors import NotFound
from amapress_py.exchange.instructions import total
from amapress_py.i18n import _
from amapress_py.money import Cents

READERS = (Role.ADMIN, Role.REFERENT, Role.INTERMITTENT_MANAGER)  # of the sign-in sheet
PRODUCERS = (Role.ADMIN, Role.REFERENT, Role.TREASURER, Role.PRODUCER)  # of the producers' sheets
Neighbour = aliased(Delivery)


@dataclass(frozen=True)
class Content:
    """How many of a product are handed out, whoever fetches them."""

    contract_label: str
    product_label: str
    quantity: int


@dataclass
class DayPage:
    """All that the page shows to one viewer."""

    delivery: Delivery
    is_held: bool  # a contract delivers there that day
    previous_id: int | None  # at the same place
    next_id: int | None
    contents: list[Content]
    lines: list[Line]
    given: list[Given]
    taken: list[Taken]
    remarks: Remarks
    viewer: Viewer

    @property
    def kept(self) -> list[Line]:
        """What the household still fetches itself."""
        return queries.kept(self.lines)

    @property
    def price_cents(self) -> Cents:
        """What the kept lines cost."""
        return total(self.kept)

    @property
    def is_empty_handed(self) -> bool:
        """Tell that the viewer has nothing to do with that day."""
        notes = (self.remarks.jokers, self.remarks.away, self.remarks.coming)
        return not (self.lines or self.given or self.taken or any(notes))

    @property
    def is_over(self) -> bool:
        """Tell whether it has ended."""
        return clock.now() >= self.delivery.ends_at

    @property
    def own_seats(self) -> list[Helper]:
        """The seats of the viewer's household."""
        mine = self.viewer.household_id
        return [one for one in self.remarks.helpers if one.household_id == mine]

    @property
    def shows_contacts(self) -> bool:
        """Tell whether the viewer reads full names and telephones of who is on duty.

        Those who have to call one another: who is on duty that day, and who holds the sheet.
        """
        is_there = any(one.person_id == self.viewer.person_id for one in self.remarks.helpers)
        return is_there or self.viewer.has_role(*READERS)

    @property
    def reads_sheet(self) -> bool:
        """Tell whether the viewer opens the sign-in sheet."""
        return self.viewer.has_role(*READERS)

    @property
    def reads_producers(self) -> bool:
        """Tell whether the viewer opens the producers' sheets (those of his own)."""
        return self.viewer.has_role(*PRODUCERS)


def page(session: Session, viewer: Viewer, delivery_id: int) -> DayPage:
    """Return the page of a distribution (five statements); raise NotFound.

    A date that only contracts in preparation have is known to the collectif alone.
    """
    row = session.execute(_statement(), {"delivery_id": delivery_id}).first()
    if row is None or (row[2] and not row[1] and not viewer.has_role(*READERS)):
        raise NotFound(_("Cette distribution n’existe pas, ou n’existe plus."))
    delivery, _is_known, is_held, before, after = row
    household_id, first = viewer.household_id, delivery.date
    given = queries.given(session, household_id, first, delivery_id).get(delivery_id, [])
    contents, lines = _contents(session, household_id, delivery_id, given)
    return DayPage(
        delivery=delivery,
        is_held=is_held,
        previous_id=before,
        next_id=after,
        contents=contents,
        lines=lines,
        given=given,
        taken=queries.taken(session, household_id, first, delivery_id),
        remarks=remarks(session, household_id, first, delivery_id).get(delivery_id) or Remarks(),
        viewer=viewer,
    )


@lru_cache(maxsize=1)
def _statement() -> Statement:
    """Select a distribution: whether it is known, and held; those before and after."""
    return select(
        Delivery,
        is_named(*KNOWN),
        is_named(),
        _neighbour(later=False),
        _neighbour(later=True),
    ).where(Delivery.id == DELIVERY)


def _neighbour(*, later: bool) -> ColumnElement[int | None]:
    """Select the next or the previous distribution at the same place."""
    day = Neighbour.date
    held = is_named(*KNOWN, at=Neighbour)
    return (
        select(Neighbour.id)
        .where(
            Neighbour.place_id == Delivery.place_id,
            day > Delivery.date if later else day < Delivery.date,
            held,
        )
        .order_by(day if later else day.desc())
        .limit(1)
        .correlate(Delivery)
        .scalar_subquery()
    )


def _contents(
    session: Session, household_id: int, delivery_id: int, given: list[Given]
) -> tuple[list[Content], list[Line]]:
    """Return what is handed out in all, and the household's own lines (one statement)."""
    values = {"household_id": household_id, "delivery_id": delivery_id}
    contents: list[Content] = []
    lines: list[Line] = []
    for date_id, product_id, contract, product, quantity, own, cents in db.read(
        session, _lines(), values
    ):
        contents.append(Content(contract, product, int(quantity)))
        if own:
            held = queries.held_of(given, (date_id, product_id))
            lines.append(Line(contract, product, int(own), held, cents))
    return contents, lines


@lru_cache(maxsize=1)
def _lines() -> Statement:
    """Select what is handed out by product, and how much of it is the household's."""
    is_own = Subscription.household_id == HOUSEHOLD
    return (
        basket_statement()
        .with_only_columns(
            ContractDate.id,
            ContractProduct.id,
            Contract.label,
            Product.name,
            func.sum(SubscriptionLine.quantity),
            func.sum(case((is_own, SubscriptionLine.quantity), else_=0)),
            func.coalesce(price_on_date(), 0),
        )
        .where(Delivery.id == DELIVERY)
        .group_by(
            *(ContractDate.id, ContractDate.date, ContractProduct.id, ContractProduct.position),
            *(Contract.id, Contract.label, Contract.sort_key, Product.id, Product.name),
        )
    )

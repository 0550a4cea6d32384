"""What is asked about memberships."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, false, func, select
from sqlalchemy.orm import Session, aliased

from amapress_py import clock
from amapress_py.accounts import queries as accounts_queries
from amapress_py.accounts.models import Household, Person
from amapress_py.errors import NotFound
from amapress_py.i18n import _
from amapress_py.membership import rules
from amapress_py.membership.models import Membership, MembershipEvent, MembershipPeriod
from amapress_py.membership.rules import MembershipState, Standing
from amapress_py.money import Cents
from amapress_py.web import PAGE_SIZE, Listing

Rows = Sequence[Row[*tuple[Any, ...]]]
SORTS = ("noms", "date")
STATES = ("none", *MembershipState)
MOST_SHOWN = 3  # periods, to a household


def _running() -> ColumnElement[bool]:
    today = clock.today()
    return and_(MembershipPeriod.starts_on <= today, MembershipPeriod.ends_on >= today)


def standing(session: Session, household_id: int | None) -> Standing:
    """Return what a household is to the association today; None: a household that is not yet."""

    def count(state: MembershipState) -> ColumnElement[int]:
        return func.count().filter(Membership.state == state)

    row = session.execute(
        select(
            func.count(MembershipPeriod.id),
            count(MembershipState.RECEIVED),
            count(MembershipState.PROMISED),
        )
        .select_from(MembershipPeriod)
        .outerjoin(
            Membership,
            and_(
                Membership.period_id == MembershipPeriod.id,
                Membership.household_id == (household_id or 0),
            ),
        )
        .where(_running())
    ).one()
    return rules.standing(*row)


def is_running() -> Select[tuple[bool]]:
    """Ask whether some period holds today."""
    return select(exists().where(_running()))


def period(session: Session, period_id: int) -> MembershipPeriod:
    """Return a period; raise NotFound."""
    found = session.get(MembershipPeriod, period_id)
    if found is None:
        raise NotFound(_("Cette période n’existe plus."))
    return found


@dataclass(frozen=True)
class Totals:
    """How many memberships of a period there are, and what they come to."""

    promised: int = 0
    promised_cents: Cents = 0
    received: int = 0
    received_cents: Cents = 0


def periods(session: Session) -> list[tuple[MembershipPeriod, Totals]]:
    """Return every period with its totals, the latest first."""
    found = session.scalars(
        select(MembershipPeriod).order_by(
            MembershipPeriod.starts_on.desc(), MembershipPeriod.id.desc()
        )
    ).all()
    sums = totals(session)
    return [(one, sums.get(one.id, Totals())) for one in found]


def totals(session: Session) -> dict[int, Totals]:
    """Return the totals of each period that has memberships."""
    found: dict[int, dict[str, int]] = {}
    for key, state, count, cents in session.execute(
        select(Membership.period_id, Membership.state, func.count(), func.sum(Membership.cents))
        .group_by(Membership.period_id, Membership.state)
        .order_by(Membership.period_id)
    ):
        found.setdefault(key, {}).update({state: count, f"{state}_cents": cents})
    return {key: Totals(**values) for key, values in found.items()}


def households(session: Session, period_id: int, state: str, listing: Listing) -> tuple[Rows, int]:
    """Return a page of households with what is noted for a period, and how many there are.

    A row has household_id, state, cents, means, received_on; listed is who is active, or noted.
    """
    named = aliased(Person)
    first = (
        select(func.min(named.sort_key))
        .where(named.household_id == Household.id, named.is_active)
        .correlate(Household)
        .scalar_subquery()
    )
    found = (
        select(
            Household.id.label("household_id"),
            Membership.state,
            Membership.cents,
            Membership.means,
            Membership.received_on,
        )
        .outerjoin(
            Membership,
            and_(Membership.household_id == Household.id, Membership.period_id == period_id),
        )
        .where(*_narrowed(state, listing.words))
    )
    count = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    order: Any = Membership.received_on if listing.sort == "date" else first
    rows = session.execute(
        found.order_by(order.is_(None), order.desc() if listing.descending else order, Household.id)
        .limit(PAGE_SIZE)
        .offset((listing.page - 1) * PAGE_SIZE)
    ).all()
    return rows, count


def _narrowed(state: str, words: str) -> list[ColumnElement[bool]]:
    of_it = Person.household_id == Household.id
    who = exists().where(of_it, Person.is_active)
    conditions: list[ColumnElement[bool]] = [who | Membership.id.is_not(None)]
    if words:
        conditions.append(exists().where(of_it, accounts_queries.matches(words)))
    if state == "none":
        conditions.append(Membership.id.is_(None))
    elif state in list(MembershipState):
        conditions.append(Membership.state == state)
    return conditions


def names(session: Session, household_ids: Collection[int]) -> dict[int, str]:
    """Return the names of who shares each household, the active ones where there are any."""
    found: dict[int, list[tuple[bool, str]]] = {}
    rows = session.execute(
        select(
            Person.household_id,
            Person.first_name,
            Person.last_name,
            Person.email,
            Person.is_active,
        )
        .where(Person.household_id.in_(household_ids))
        .order_by(Person.sort_key, Person.id)
    )
    for key, first, last, email, is_active in rows:
        found.setdefault(key, []).append((is_active, f"{last} {first}".strip() or email or "?"))
    return {
        key: ", ".join([name for is_active, name in of if is_active] or [name for _a, name in of])
        for key, of in found.items()
    }


def history(session: Session, period_id: int, household_id: int) -> Rows:
    """Return (event, who noted it, who took it back) of a household, the latest first."""
    noted, undone = aliased(Person), aliased(Person)
    return session.execute(
        select(MembershipEvent, noted, undone)
        .join(noted, noted.id == MembershipEvent.noted_by_id)
        .outerjoin(undone, undone.id == MembershipEvent.undone_by_id)
        .where(MembershipEvent.period_id == period_id, MembershipEvent.household_id == household_id)
        .order_by(MembershipEvent.id.desc())
    ).all()


@dataclass(frozen=True)
class Own:
    """A period as a household sees it; no state: nothing promised yet."""

    name: str
    minimum_cents: Cents
    suggested_cents: Cents
    state: MembershipState | None
    cents: Cents | None
    received_on: date | None
    receipt_id: int | None


def own(session: Session, household_id: int, *, is_asked: bool) -> list[Own]:
    """Return a household's last memberships, and the periods of today if one is asked for."""
    noted = and_(
        MembershipEvent.period_id == MembershipPeriod.id,
        MembershipEvent.household_id == household_id,
        MembershipEvent.state == MembershipState.RECEIVED,
        MembershipEvent.undone_at.is_(None),
    )
    its = and_(Membership.period_id == MembershipPeriod.id, Membership.household_id == household_id)
    rows = session.execute(
        select(
            MembershipPeriod.name,
            MembershipPeriod.minimum_cents,
            MembershipPeriod.suggested_cents,
            Membership.state,
            Membership.cents,
            Membership.received_on,
            select(func.max(MembershipEvent.id)).where(noted).scalar_subquery(),
        )
        .outerjoin(Membership, its)
        .where(Membership.id.is_not(None) | (_running() if is_asked else false()))
        .order_by(MembershipPeriod.starts_on.desc(), MembershipPeriod.id.desc())
        .limit(MOST_SHOWN)
    )
    return [Own(*row) for row in rows]


def receipt(session: Session, number: int) -> tuple[MembershipEvent, MembershipPeriod]:
    """Return what a receipt is about; raise NotFound."""
    row = session.execute(
        select(MembershipEvent, MembershipPeriod)
        .join(MembershipPeriod, MembershipPeriod.id == MembershipEvent.period_id)
        .where(MembershipEvent.id == number, MembershipEvent.state == MembershipState.RECEIVED)
    ).first()
    if row is None:
        raise NotFound(_("Ce reçu n’existe pas."))
    return row[0], row[1]

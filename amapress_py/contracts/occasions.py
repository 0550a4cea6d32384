"""The deliveries of one signed contract: what is fetched, skipped, swapped, may still change."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, cast, literal, null, select, union_all
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.accounts.models import Person
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import joker_rules, rules
from amapress_py.contracts.book import JokerRules
from amapress_py.contracts.claims import claims
from amapress_py.contracts.models import Contract, Joker, Subscription, Swap
from amapress_py.contracts.office_queries import subscription
from amapress_py.contracts.queries import GridCell, by_date, grid_cells
from amapress_py.contracts.swap_rules import Standing, other_dates
from amapress_py.errors import NotFound
from amapress_py.i18n import counted
from amapress_py.money import Cents


@dataclass(frozen=True)
class Mark:
    """A joker or a swap: who did it, when; a swap has a key and another date."""

    by: str
    at: dt.datetime
    swap_id: int = 0
    other: dt.date | None = None


@dataclass(frozen=True)
class Occasion:
    """One delivery of a signed contract; what may be pressed is already worked out."""

    date_id: int
    day: dt.date
    contents: tuple[str, ...]
    cents: Cents  # what it costs without a joker
    is_past: bool
    joker: Mark | None
    went: Mark | None  # it is taken on `other` instead
    came: Mark | None  # with what was moved here from `other`
    is_ceded: bool
    last_day: dt.date | None  # until which a joker may change; None: no joker, or fixed
    may_set: bool
    may_remove: bool
    may_swap: bool
    may_undo_swap: bool


@dataclass(frozen=True)
class Occasions:
    """A signed contract's deliveries in order, and where its jokers stand."""

    signed: Subscription
    contract: Contract
    rules: JokerRules
    is_office: bool  # référent of the producer, trésorier, admin; else the household itself
    used: int
    deliveries: tuple[Occasion, ...]
    cells: Sequence[GridCell]
    standing: Standing

    @property
    def left(self) -> int:
        """How many jokers may still be set."""
        return max(self.rules.most - self.used, 0)

    @property
    def missing(self) -> int:
        """How many jokers are missing to the minimum."""
        return max(self.rules.least - self.used, 0)

    @property
    def too_many(self) -> int:
        """How many jokers there are beyond the maximum."""
        return max(self.used - self.rules.most, 0)

    @property
    def cents(self) -> Cents:
        """What the household pays for all of them."""
        return sum(one.cents for one in self.deliveries if one.joker is None)

    def find(self, date_id: int) -> Occasion:
        """Return a delivery; raise NotFound."""
        for one in self.deliveries:
            if one.date_id == date_id:
                return one
        raise NotFound


def occasions(session: Session, viewer: Viewer, subscription_id: int) -> Occasions:
    """Return the deliveries of a signed contract; raise NotFound, NotAllowed."""
    signed = subscription(session, viewer, subscription_id, or_own=True)
    contract = signed.contract
    is_office = rules.may_read(viewer, contract.producer_id)
    cells = grid_cells(session, contract.id, subscription_id)
    jokers, swaps = _marks(session, subscription_id)
    ceded = frozenset(cell[0] for cell in claims().ceded(session, subscription_id))
    days = {one.date_id: one.date for one in cells}
    standing = Standing(
        signed.starts_on,
        signed.ends_on,
        frozenset(jokers),
        ceded,
        [(old, new) for old, new, _mark in swaps],
    )
    terms = joker_rules.rules_of(contract)
    went = {old: _seen(mark, days.get(new)) for old, new, mark in swaps}
    came = {new: _seen(mark, days.get(old)) for old, new, mark in swaps}
    found = []
    for day, row in by_date(cells):
        date_id = row[0].date_id
        got = [one for one in row if one.quantity and not one.is_barred]
        is_covered = signed.starts_on <= day <= signed.ends_on
        if not ((got and is_covered) or date_id in went):
            continue
        in_time = joker_rules.is_in_time(day, terms.delay_days, clock.today())
        free = terms.most > 0 and (is_office or (terms.is_free and in_time))
        may_swap = is_office or (contract.members_swap and in_time)
        swapped = date_id in went or date_id in came
        others = [other for old, new, _m in swaps for other in (old, new) if date_id in (old, new)]
        earliest = min([day, *(days[other] for other in others if other in days)])
        undo_in_time = joker_rules.is_in_time(earliest, terms.delay_days, clock.today())
        found.append(
            Occasion(
                date_id,
                day,
                tuple(counted(one.quantity, one.product) for one in got),
                sum(one.quantity * (one.price_cents or 0) for one in got),
                day < clock.today(),
                jokers.get(date_id),
                went.get(date_id),
                came.get(date_id),
                date_id in ceded,
                joker_rules.last_day(day, terms.delay_days) if terms.is_free else None,
                free and bool(got) and date_id not in jokers and date_id not in ceded,
                free and date_id in jokers,
                may_swap
                and bool(got)
                and not swapped
                and date_id not in jokers
                and date_id not in ceded
                and day >= clock.today()
                and bool(other_dates(cells, date_id, standing, clock.today())),
                swapped
                and earliest >= clock.today()
                and (is_office or (contract.members_swap and undo_in_time)),
            )
        )
    return Occasions(signed, contract, terms, is_office, len(jokers), tuple(found), cells, standing)


def _marks(
    session: Session, subscription_id: int
) -> tuple[dict[int, Mark], list[tuple[int, int, Mark]]]:
    """Return the jokers by date, and the swaps as (date given up, date taken, mark)."""
    jokers = (
        select(
            literal("joker"),
            Joker.contract_date_id,
            cast(null(), Integer),
            cast(null(), Integer),
            Joker.set_at,
            Person.first_name,
            Person.last_name,
        )
        .outerjoin(Person, Person.id == Joker.set_by_id)
        .where(Joker.subscription_id == subscription_id)
    )
    swaps = (
        select(
            literal("swap"),
            Swap.from_date_id,
            Swap.to_date_id,
            Swap.id,
            Swap.set_at,
            Person.first_name,
            Person.last_name,
        )
        .outerjoin(Person, Person.id == Swap.set_by_id)
        .where(Swap.subscription_id == subscription_id)
    )
    skipped: dict[int, Mark] = {}
    moved: list[tuple[int, int, Mark]] = []
    rows: Any = session.execute(union_all(jokers, swaps))
    for kind, date_id, other_id, swap_id, at, first_name, last_name in rows:
        mark = Mark(f"{first_name or ''} {last_name or ''}".strip() or "?", at, swap_id or 0)
        if kind == "joker":
            skipped[date_id] = mark
        else:
            moved.append((date_id, other_id, mark))
    return skipped, moved


def _seen(mark: Mark, other: dt.date | None) -> Mark:
    return Mark(mark.by, mark.at, mark.swap_id, other)

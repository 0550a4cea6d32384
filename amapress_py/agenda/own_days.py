"""A household's coming distributions: what it fetches, what it skips, what it gave and took."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.agenda import queries
from amapress_py.agenda.queries import Day, Given, Line, Taken
from amapress_py.agenda.remarks import Remarks, remarks
from amapress_py.exchange.instructions import total
from amapress_py.money import Cents


@dataclass
class OwnDay:
    """One distribution, as a household lives it."""

    day: Day
    given: list[Given] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    remarks: Remarks = field(default_factory=Remarks)

    @property
    def price_cents(self) -> Cents:
        """What the kept lines cost."""
        return total(self.day.kept)


@dataclass
class ByProducer:
    """What a producer delivers to a household, distribution by distribution."""

    producer: str
    rows: list[tuple[OwnDay, list[Line]]] = field(default_factory=list)

    @property
    def price_cents(self) -> Cents:
        """What all of it costs."""
        return sum(total(lines) for _day, lines in self.rows)


def coming(session: Session, household_id: int) -> list[OwnDay]:
    """Return the distributions of today and later that are not over, in order (five statements).

    A day on which the household only has a joker, a friend or a seat of duty is there too.
    """
    today = clock.today()
    found = {
        day.id: OwnDay(day, given) for day, given in queries.baskets(session, household_id, today)
    }
    taken = queries.taken(session, household_id, today)
    noted = remarks(session, household_id, today)
    missing = {*noted, *(one.day.id for one in taken)} - found.keys()
    for day in queries.days_called(session, missing):
        found[day.id] = OwnDay(day)
    for one in taken:
        found[one.day.id].taken.append(one)
    for key, remark in noted.items():
        found[key].remarks = remark
    every = sorted(found.values(), key=lambda one: (one.day.starts_at, one.day.id))
    return [one for one in every if not one.day.is_over]


def by_producer(days: Iterable[OwnDay]) -> list[ByProducer]:
    """Return the kept lines by producer, each in order of dates."""
    found: dict[str, ByProducer] = {}
    for one in days:
        lines: dict[str, list[Line]] = {}
        for line in one.day.kept:
            lines.setdefault(line.producer, []).append(line)
        for name, some in lines.items():
            found.setdefault(name, ByProducer(name)).rows.append((one, some))
    return list(found.values())

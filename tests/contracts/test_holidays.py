"""The producer's holiday moves in the database: each row of the table, both ways, and back."""

from collections.abc import Sequence

import pytest
from sqlalchemy.orm import Session

from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts.holidays import plans
from amapress_py.contracts.models import DateKind
from amapress_py.contracts.operations import MoveDates
from tests.contracts.october import october
from tests.contracts.season import Season, season
from tests.factories import Make


def where(autumn: Season, names: dict[int, str]) -> str:
    """Return what the database holds on each day in order: "L1, L2, –"."""
    days = sorted((day.date, key) for key, day in autumn.book.dates.items())
    return ", ".join(names.get(key, "–") for _day, key in days)


@pytest.mark.parametrize(
    ("delivered", "held", "real", "start", "shifted", "swapped", "paid"),
    [
        ((11, 18, 25), (4,), (25,), "–, L1, L2, L3", "L1, L2, L3, –", "L3, L1, L2, –",
         (3000, 5400)),
        ((4, 11, 18), (25,), (4,), "L1, L2, L3, –", "–, L1, L2, L3", "–, L2, L3, L1",
         (3000, 5400)),
        ((18, 25, 32, 39), (4, 11), (32, 39), "–, –, L1, L2, L3, L4", "L1, L2, L3, L4, –, –",
         "L3, L4, L1, L2, –, –", (4000, 7200)),
    ],
    ids=["04/10 → 25/10", "25/10 → 04/10", "04+11/10 → 01+08/11"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["shift", "swap"])
def test_the_producers_holiday_moves_and_comes_back(
    session: Session,
    make: Make,
    admin: Viewer,
    delivered: Sequence[int],
    held: Sequence[int],
    real: Sequence[int],
    start: str,
    shifted: str,
    swapped: str,
    paid: tuple[int, int],
    method: str,
) -> None:
    autumn = season(session, make, [*map(october, delivered)], [*map(october, held)])
    names = {autumn.dates[october(day)]: f"L{number}" for number, day in enumerate(delivered, 1)}
    before = autumn.state()
    slots = [autumn.dates[october(day)] for day in held]
    both = plans(autumn.book, slots, [october(day) for day in real])
    moves = both.shift if method == "shift" else both.swap
    assert where(autumn, names) == start

    operation = autumn.apply(admin, MoveDates(moves))

    assert where(autumn, names) == (shifted if method == "shift" else swapped)
    assert (autumn.total("A"), autumn.total("B")) == paid
    kinds = [day.kind for day in autumn.book.dates.values()]
    assert kinds.count(DateKind.DELIVERY) == len(delivered)

    autumn.undo(admin, operation)

    assert autumn.state() == before

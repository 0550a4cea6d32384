"""What the figures ought to be, next to what they are."""

from collections.abc import Iterator, Sequence
from typing import Any

MOST_SQL = 6
MOST_TIMES_BARE = 4.0
MOST_TIMES_FLAT = 2.0
MOST_TIMES_BARE_CACHED = 1.25  # 80 % of the pages per second
MOST_ALERT_MS = 1000.0
HOME, LIST = "home, visitor", "bookable list"

Row = dict[str, Any]


def judge(sites: Sequence[Row], factors: Sequence[Row]) -> list[Row]:
    """Return each target with its limit, the figure, and whether it is met."""
    return [
        {"target": name, "limit": limit, "figure": round(figure, 2), "met": is_met}
        for name, limit, figure, is_met in (*_at_most(sites), *_quicker(factors))
    ]


def _at_most(sites: Sequence[Row]) -> Iterator[tuple[str, float, float, bool]]:
    small, large = _pages(sites[0]), _pages(sites[-1])
    rows = [
        ("most SQL of a page", MOST_SQL, max(one["sql"] for one in large.values())),
        (
            "SQL that grows with offers",
            0,
            max(large[name]["sql"] - small[name]["sql"] for name in small),
        ),
        (
            "slowest page, times bare",
            MOST_TIMES_BARE,
            max(one["ratio"] for one in small.values()),
        ),
        ("cached page, times bare", MOST_TIMES_BARE_CACHED, small[HOME]["ratio"]),
        (
            "list of the last site, times the first",
            MOST_TIMES_FLAT,
            large[LIST]["ratio"] / small[LIST]["ratio"],
        ),
        ("alert of the last site, ms", MOST_ALERT_MS, sites[-1]["alert"]["queued_ms"]),
    ]
    for name, limit, figure in rows:
        yield name, limit, figure, figure <= limit


def _quicker(factors: Sequence[Row]) -> Iterator[tuple[str, float, float, bool]]:
    for one in factors:
        yield f"{one['page']}, times quicker", one["aim"], one["times"], one["times"] >= one["aim"]


def _pages(site: Row) -> dict[str, Row]:
    return {one["page"]: one for one in site["pages"]}

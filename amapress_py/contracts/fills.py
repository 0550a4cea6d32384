"""Fill the grid of crossed-out cells: a row, a column, a day of the week, even or odd weeks."""

import datetime as dt
from collections.abc import Callable, Collection, Set

from amapress_py.contracts import rules
from amapress_py.contracts.book import weeks_of
from amapress_py.contracts.claims import Cell
from amapress_py.contracts.models import Weeks
from amapress_py.contracts.rules import Grid
from amapress_py.i18n import WEEKDAYS, _, _l

CROSS, UNCROSS = "barrer", "retablir"
ALWAYS, DAY = "", "jour-"  # "jour-1": Tuesdays
WEEKS = {Weeks.EVEN: _l("les semaines paires"), Weeks.ODD: _l("les semaines impaires")}
ROW, COLUMN = "ligne-", "colonne-"  # with the id of a date, of a product


def moments(days: Collection[dt.date]) -> list[tuple[str, str]]:
    """Return when a fill may apply, for these days: values and labels."""
    weekdays = sorted({day.weekday() for day in days})
    named = [(f"{DAY}{one}", _("les %(weekday)ss", weekday=WEEKDAYS[one])) for one in weekdays]
    parities = [(weeks.value, str(label)) for weeks, label in WEEKS.items()]
    return [(ALWAYS, _("à toutes les dates")), *(named if len(named) > 1 else ()), *parities]


def filled(
    grid: Grid, crossed: Set[Cell], act: str, when: str = ALWAYS, product: int = 0
) -> set[Cell]:
    """Return the crossed cells after a button of the grid; raise Stale for what is none.

    A row or a column that is wholly crossed is freed, any other is crossed.  `product` 0: all.
    """
    if act.startswith((ROW, COLUMN)):
        cells = _line(grid, act)
        return set(crossed) - cells if cells <= crossed else set(crossed) | cells
    chosen = _chosen(when)
    cells = {
        (date_id, one)
        for date_id, day in grid.dates.items()
        for one in grid.products
        if chosen(day) and product in (0, one)
    }
    if act not in (CROSS, UNCROSS) or product not in (0, *grid.products):
        raise rules.Stale
    return set(crossed) | cells if act == CROSS else set(crossed) - cells


def _line(grid: Grid, act: str) -> set[Cell]:
    """Return the cells of a whole row or column."""
    prefix = ROW if act.startswith(ROW) else COLUMN
    at = 0 if prefix == ROW else 1
    wanted = act.removeprefix(prefix)
    cells = {
        (date_id, one)
        for date_id in grid.dates
        for one in grid.products
        if str((date_id, one)[at]) == wanted
    }
    if not cells:
        raise rules.Stale
    return cells


def _chosen(when: str) -> Callable[[dt.date], bool]:
    if when == ALWAYS:
        return lambda _day: True
    weekday = when.removeprefix(DAY)
    if weekday != when and weekday in {str(one) for one in range(len(WEEKDAYS))}:
        return lambda day: str(day.weekday()) == weekday
    if when in {one.value for one in WEEKS}:
        return lambda day: weeks_of(day).value == when
    raise rules.Stale

"""Days of a season: ranks in a month, holidays, ISO weeks; pure."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

from amapress_py.contracts.rules import MOST_DATES
from amapress_py.i18n import MONTHS, _, _l
from amapress_py.settings.periods import Period

RANKS = {1: _l("1er"), 2: _l("2e"), 3: _l("3e"), 4: _l("4e"), 5: _l("5e")}
LONG_YEAR = 53  # weeks


def by_rank(
    first: dt.date, last: dt.date, rank: int, weekday: int
) -> tuple[list[dt.date], list[tuple[int, int]]]:
    """Return every "1er jeudi" from `first` to `last`, and the (year, month) that have none.

    Monday is 0.  Only a month that lies between the two days may lack its day.
    """
    found, lacking = list[dt.date](), list[tuple[int, int]]()
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month) and len(found) <= MOST_DATES:
        opening = dt.date(year, month, 1)
        day = opening + dt.timedelta(days=(weekday - opening.weekday()) % 7 + 7 * (rank - 1))
        if day.month != month:
            lacking.append((year, month))
        elif first <= day <= last:
            found.append(day)
        year, month = (year, month + 1) if month < len(MONTHS) else (year + 1, 1)
    return found, lacking


def month_names(months: Iterable[tuple[int, int]]) -> str:
    """Return "novembre 2026, février 2027"."""
    return ", ".join(f"{MONTHS[month - 1]} {year}" for year, month in months)


def one_a_month(days: Iterable[dt.date]) -> list[dt.date]:
    """Return the first day of each month that has one: when cheques can be handed over."""
    first: dict[tuple[int, int], dt.date] = {}
    for day in sorted(days):
        first.setdefault((day.year, day.month), day)
    return list(first.values())


@lru_cache(maxsize=64)
def public_holidays(year: int) -> Mapping[dt.date, Any]:
    """Return the public holidays of metropolitan France in a year, with their names."""
    easter = easter_sunday(year)
    fixed = {
        (1, 1): _l("jour de l’an"),
        (5, 1): _l("fête du Travail"),
        (5, 8): _l("8 mai"),
        (7, 14): _l("14 juillet"),
        (8, 15): _l("Assomption"),
        (11, 1): _l("Toussaint"),
        (11, 11): _l("11 novembre"),
        (12, 25): _l("Noël"),
    }
    moving = {1: _l("lundi de Pâques"), 39: _l("Ascension"), 50: _l("lundi de Pentecôte")}
    found = {easter + dt.timedelta(days=after): name for after, name in moving.items()}
    # Ascension may fall on 1 or 8 May: a day has one name.
    return found | {dt.date(year, month, day): name for (month, day), name in fixed.items()}


def easter_sunday(year: int) -> dt.date:
    """Return Easter Sunday (Gregorian calendar, Meeus's algorithm)."""
    golden, (century, rest) = year % 19, divmod(year, 100)
    leaps, century_rest = divmod(century, 4)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leaps - moon + 15) % 30
    weekday = (32 + 2 * century_rest + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return dt.date(year, month, day + 1)


def remarks(days: Iterable[dt.date], school: Collection[Period]) -> dict[dt.date, list[str]]:
    """Return what is particular about some days; nothing: absent."""
    found: dict[dt.date, list[str]] = {}
    for day in days:
        said = []
        if day in public_holidays(day.year):
            said.append(_("férié : %(name)s", name=public_holidays(day.year)[day]))
        said += [
            _("vacances : %(name)s", name=period.name) for period in school if period.covers(day)
        ]
        if is_beside_odd_week(day):
            said.append(_("S53 puis S01 : deux semaines impaires de suite"))
        if said:
            found[day] = said
    return found


def week_name(day: dt.date) -> str:
    """Return "S40", as farmers' calendars do."""
    return f"S{day.isocalendar().week:02d}"


def is_beside_odd_week(day: dt.date) -> bool:
    """Tell whether a day is in a week 53, or in the week 1 after it: two odd weeks in a row."""
    week = day.isocalendar().week
    return week == LONG_YEAR or (
        week == 1 and (day - dt.timedelta(days=7)).isocalendar().week == LONG_YEAR
    )

"""Periods with a name, one a line: « Toussaint : du 17/10/2026 au 01/11/2026 »."""

import datetime as dt
import re
from dataclasses import dataclass

MOST_PERIODS = 100
LONGEST_LINE = 200
DAY = r"(\d{1,2})/(\d{1,2})/(\d{4})"
LINE = re.compile(
    rf"(?P<name>.*?)[\s:,–-]*(?:du\s+)?{DAY}\s*(?:au|à|–|-)?\s*{DAY}\.?", re.IGNORECASE
)
SHOWN = 80  # characters of a line that is told to be wrong


@dataclass(frozen=True)
class Period:
    """Days from the first to the last, both included."""

    name: str
    first: dt.date
    last: dt.date

    def covers(self, day: dt.date) -> bool:
        """Tell whether a day belongs to it."""
        return self.first <= day <= self.last


def lines(text: str) -> list[str]:
    """Return the lines of a text that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def period(line: str) -> Period:
    """Read one line; raise ValueError with the line, cut to what can be shown."""
    found = LINE.fullmatch(line) if len(line) <= LONGEST_LINE else None
    if found is None:
        raise ValueError(line[:SHOWN])
    day, month, year, *end = map(int, found.groups()[1:])
    try:
        first, last = dt.date(year, month, day), dt.date(end[2], end[1], end[0])
    except ValueError as error:
        raise ValueError(line[:SHOWN]) from error
    if last < first or not found["name"]:
        raise ValueError(line[:SHOWN])
    return Period(found["name"], first, last)


def periods(text: str) -> list[Period]:
    """Return the periods of a list; a wrong line says nothing."""
    found = []
    for line in lines(text)[:MOST_PERIODS]:
        try:
            found.append(period(line))
        except ValueError:
            continue
    return found

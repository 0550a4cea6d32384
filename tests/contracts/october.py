"""The contracts of autumn 2019 that the worked cases are about."""

import datetime as dt
from collections.abc import Sequence

from amapress_py.contracts.book import Book, Day, Item, JokerRules, Signed
from amapress_py.contracts.models import DateKind, Weeks

PP, GP = 1, 2
A, B, C, D = 1, 2, 3, 4
HELD = 100  # keys of reserved days start here


def october(day: int) -> dt.date:
    """Return a day of October 2019; 32 is 1 November."""
    return dt.date(2019, 9, 30) + dt.timedelta(days=day)


FIRST, SECOND, THIRD, FOURTH = map(october, (4, 11, 18, 25))


def vegetables(
    deliveries: Sequence[dt.date], held: Sequence[dt.date] = (), *, members: str = "ABCD"
) -> Book:
    """Return "Légumes 2019"; L1, L2 and so on have the keys 1, 2 and so on.

    A has a small basket, B a large one, C a small one from 18/10, D a large one and a joker on
    25/10.
    """
    days = dict(enumerate(deliveries, 1))
    signed = {
        key: Signed(key, THIRD if key == C else deliveries[0], deliveries[-1])
        for name, key in (("A", A), ("B", B), ("C", C), ("D", D))
        if name in members
    }
    skipped = [key for key, day in days.items() if day == FOURTH and D in signed]
    return Book(
        dates={key: Day(day) for key, day in days.items()}
        | {HELD + n: Day(day, DateKind.HOLIDAY) for n, day in enumerate(held)},
        items={PP: Item("PP", 1), GP: Item("GP", 2)},
        prices={(PP, deliveries[0]): 1000, (GP, deliveries[0]): 1800},
        signed=signed,
        lines={
            (key, date_id, GP if key in (B, D) else PP): 1
            for key, one in signed.items()
            for date_id, day in days.items()
            if one.covers(day)
        },
        jokers={(D, key): (None, "2019-09-01T10:00:00+00:00") for key in skipped},
        joker_rules=JokerRules(0, 1, is_free=True, delay_days=3),
    )


def where(book: Book) -> str:
    """Return what stands on each day in order: "L1, L2, –, L3"."""
    days = sorted((day.date, key) for key, day in book.dates.items())
    return ", ".join("–" if key >= HELD else f"L{key}" for _day, key in days)


TUESDAY, FRIDAY = 1, 4
TWELVE = [
    Item(f"{size} Panier {day}{weeks}", 4 * round_ + 2 * second + large + 1, weekday, rule)
    for round_, (weeks, rule) in enumerate(
        (("", None), (" semaine Paire", Weeks.EVEN), (" semaine Impaire", Weeks.ODD))
    )
    for second, (day, weekday) in enumerate((("Mardi", TUESDAY), ("Vendredi", FRIDAY)))
    for large, size in enumerate(("Petit", "Grand"))
]
EIGHT = [october(day) for day in (1, 4, 8, 11, 15, 18, 22, 25)]

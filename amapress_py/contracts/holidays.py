"""The holiday assistant: the producer is away on other days than those he reserved."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from amapress_py.contracts import rules
from amapress_py.contracts.book import Book
from amapress_py.contracts.models import DateKind
from amapress_py.contracts.operations import Moves
from amapress_py.contracts.rules import Refused
from amapress_py.i18n import _, short_date


@dataclass(frozen=True)
class Plans:
    """Both ways to free the real holidays."""

    shift: Moves  # method 1: every delivery between moves
    swap: Moves  # method 2: only the deliveries of the new holidays move


def plans(book: Book, slot_ids: Collection[int], real: Collection[dt.date]) -> Plans:
    """Return both methods for reserved slots and real holidays; raise Refused."""
    slots = _slots(book, slot_ids)
    there = {day: key for key, day in book.deliveries.items()}
    planned, wanted = sorted(set(slots) - set(real)), sorted(set(real) - set(slots))
    if not wanted:
        raise Refused(_("Ces congés sont déjà ceux qui sont réservés."))
    for day in wanted:
        if day not in there:
            raise Refused(_("Le %(day)s n’est pas une date de livraison de ce contrat.",
                            day=short_date(day)))  # fmt: skip
    if len(wanted) != len(planned):
        raise Refused(
            _(
                "Autant de congés réels que de congés réservés : vous en avez choisi %(real)s pour "
                "%(slots)s.",
                real=len(set(real)),
                slots=len(slots),
            )
        )
    days = sorted((set(there) | set(planned)) - set(wanted))
    in_order = sorted(there.items())
    shift = {key: day for (old, key), day in zip(in_order, days, strict=True) if old != day}
    swap = {there[old]: day for old, day in zip(wanted, planned, strict=True)}
    return Plans(_ordered(book, shift), _ordered(book, swap))


def _slots(book: Book, slot_ids: Collection[int]) -> list[dt.date]:
    if not slot_ids:
        raise Refused(_("Choisissez au moins un congé réservé."))
    found = []
    for key in slot_ids:
        if key not in book.dates or book.dates[key].kind is not DateKind.HOLIDAY:
            raise rules.Stale
        found.append(book.dates[key].date)
    return found


def _ordered(book: Book, moves: dict[int, dt.date]) -> Sequence[tuple[int, dt.date]]:
    """Put moves in an order in which each finds its new day free."""
    taken = dict(book.deliveries)
    left, found = dict(sorted(moves.items(), key=lambda move: move[1])), []
    while left:
        key = next(key for key, day in left.items() if day not in taken.values())
        taken[key] = left.pop(key)
        found.append((key, taken[key]))
    return tuple(found)

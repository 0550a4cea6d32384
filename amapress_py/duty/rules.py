"""When a seat may be taken or left, and by whom; pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from amapress_py.duty import refusals
from amapress_py.i18n import _l

MOST_SEATS = 20  # of a date
MOST_DATES = 300  # of a period
MOST_ROLE = 60  # characters
MOST_OWED = 99
MOST_LOCK = 60  # days
DEFAULT_ROLES = (_l("Responsable de distribution"), _l("Aide"), _l("Aide"))


class SwapState(StrEnum):
    """Where it stands that somebody is asked to take a seat, or to exchange his own for it."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CANCELLED = "cancelled"  # taken back, or a seat of it has gone elsewhere


class Act(StrEnum):
    """What the journal tells."""

    FILLED = "filled"
    TOOK = "took"
    LEFT = "left"
    PLACED = "placed"
    FREED = "freed"
    PLANNED = "planned"
    ASKED = "asked"
    HANDED = "handed"
    SWAPPED = "swapped"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    SEAT_ADDED = "seat_added"
    SEAT_DELETED = "seat_deleted"
    DATE_DELETED = "date_deleted"
    MOVED = "moved"


ACT_LABELS = {
    Act.FILLED: _l("Dates ajoutées"),
    Act.TOOK: _l("Inscription"),
    Act.LEFT: _l("Désinscription"),
    Act.PLACED: _l("Inscription par un trésorier"),
    Act.FREED: _l("Désinscription par un trésorier"),
    Act.PLANNED: _l("Planning automatique"),
    Act.ASKED: _l("Demande de remplacement"),
    Act.HANDED: _l("Place passée à quelqu’un"),
    Act.SWAPPED: _l("Places échangées"),
    Act.DECLINED: _l("Remplacement refusé"),
    Act.WITHDRAWN: _l("Demande de remplacement retirée"),
    Act.SEAT_ADDED: _l("Place ajoutée"),
    Act.SEAT_DELETED: _l("Place supprimée"),
    Act.DATE_DELETED: _l("Date enlevée"),
    Act.MOVED: _l("Livraison déplacée"),
}


def last_day(day: date, lock_days: int) -> date:
    """Return the last day on which one may enrol for `day` or leave.

    Two full days before a Saturday: until Wednesday evening.
    """
    return day - timedelta(days=lock_days + 1)


@dataclass(frozen=True)
class Wish:
    """All that counts when somebody wants a seat for himself."""

    today: date
    day: date
    lock_days: int
    is_open: bool  # members may enrol in this period
    is_member: bool
    is_free: bool
    sits_that_day: bool
    held: int  # seats of the household in the period
    owed: int


def check_take(wish: Wish) -> None:
    """Raise the reason for which a seat may not be taken."""
    if not wish.is_open:
        raise refusals.NotOpen
    if not wish.is_member:
        raise refusals.MembersOnly
    if wish.sits_that_day:
        raise refusals.SitsAlready
    if not wish.is_free:
        raise refusals.SeatTaken
    if wish.today > last_day(wish.day, wish.lock_days):
        raise refusals.TooLate
    if wish.held >= wish.owed:
        raise refusals.Enough(wish.owed)


def check_leave(today: date, day: date, lock_days: int) -> None:
    """Raise TooLate once only a treasurer may free a seat."""
    if today > last_day(day, lock_days):
        raise refusals.TooLateToLeave


def roles_of(text: str) -> list[str]:
    """Return the seats of a date, one a line of what was typed."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]

"""What the demo is asked for, and the moments that follow from its day."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from amapress_py import clock
from amapress_py.errors import DomainError
from amapress_py.i18n import _

THURSDAY = 3
HANDS_FREE_DAYS = 3  # a Thursday that far is more than 48 h ahead until midnight
LEAST_MEMBERS, LEAST_INTERMITTENTS, LEAST_WEEKS = 10, 3, 8


class ImpossibleDemo(DomainError):
    """The figures asked for do not fit together."""


@dataclass(frozen=True)
class Plan:
    """How big, around which day; the same plan always makes the same AMAP.

    `members` counts households with a live contract, `offers` the baskets on offer to come,
    half of them free.
    """

    today: date
    members: int = 40
    intermittents: int = 3
    weeks: int = 52
    offers: int = 10
    seed: int = 1

    def __post_init__(self) -> None:
        least = {
            "members": LEAST_MEMBERS,
            "intermittents": LEAST_INTERMITTENTS,
            "weeks": LEAST_WEEKS,
            "offers": 0,
        }
        for name, number in least.items():
            if getattr(self, name) < number:
                raise ImpossibleDemo(
                    _("Il faut au moins %(number)s pour --%(name)s.", number=number, name=name)
                )

    def random(self, topic: str) -> Random:
        """Return the dice of one topic, so that a change in one leaves the others alone."""
        return Random(f"{self.seed}/{self.today}/{topic}")  # noqa: S311  no secret is drawn

    @property
    def midnight(self) -> datetime:
        """The instant before which everything in the demo happened."""
        return clock.at(self.today, time())

    @property
    def thursdays(self) -> list[date]:
        """The days of delivery: half of them before today, half from today on."""
        coming = self.today + timedelta((THURSDAY - self.today.weekday()) % 7)
        past = self.weeks // 2
        return [coming + timedelta(weeks=week) for week in range(-past, self.weeks - past)]

    @property
    def first_easy(self) -> date:
        """The first Thursday that is more than 48 h ahead all through today."""
        return next(day for day in self.thursdays if day >= self.today + timedelta(HANDS_FREE_DAYS))

    def before(self, dice: Random, nearest_days: int, farthest_days: int) -> datetime:
        """Return some daytime instant of the days before today."""
        day = self.today - timedelta(days=dice.randint(nearest_days, farthest_days))
        return clock.at(day, time(dice.randint(8, 21), dice.randrange(60)))

"""What a household may sign and change, until which day, and when there is no room left; pure."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from amapress_py.contracts import rules
from amapress_py.contracts.book import JokerRules
from amapress_py.contracts.claims import Cell
from amapress_py.contracts.models import ContractKind, ContractState
from amapress_py.contracts.rules import Grid, Terms
from amapress_py.errors import DomainError
from amapress_py.i18n import _, _l, long_date, ngettext, short_date

DAY = dt.timedelta(days=1)
LEAST_PREPAID = 2  # deliveries
PRIORITY_DAYS = 7  # during which a freed place is kept for who was told of it


class Changed(DomainError):
    """What is signed must be what was read: prices, dates, products."""

    message = _l(
        "Rien n’est enregistré : le contrat a changé depuis que cette page est affichée (prix, "
        "dates ou produits). Vérifiez ci-dessous, puis recommencez."
    )


class Gone(DomainError):
    """The signed contract was deleted meanwhile."""

    message = _l(
        "Rien n’est enregistré : votre contrat signé a été supprimé depuis que cette page est "
        "affichée. Vous pouvez le signer de nouveau."
    )


class TooLate(DomainError):
    """The last day is over; the référent may still."""


class Locked(rules.Refused):
    """A delivery that is too near to change."""


class Full(DomainError):
    """No place is left in the contract, or not enough of a product."""

    def __init__(self, message: str, product_id: int | None = None) -> None:
        super().__init__(message)
        self.product_id = product_id


@dataclass(frozen=True)
class Order:
    """What a member sends: the version and the digest are those of the page that he read."""

    place_id: int
    by_product: Mapping[int, int] = field(default_factory=dict)
    by_cell: Mapping[Cell, int] = field(default_factory=dict)
    jokers: Collection[int] = ()  # contract dates
    version: int = 0  # of the signed contract; 0: none yet
    digest: str = ""

    def terms(self, starts_on: dt.date, ends_on: dt.date) -> Terms:
        """Return the same with the days from which and to which it holds."""
        return Terms(self.place_id, starts_on, ends_on, self.by_product, self.by_cell)


@dataclass(frozen=True)
class Window:
    """Until when members sign and change a contract; `first` and `last` are its deliveries."""

    kind: ContractKind
    state: ContractState
    deadline: dt.date | None
    lock_days: int
    first: dt.date | None
    last: dt.date | None
    number: int

    @property
    def lock(self) -> dt.timedelta:
        """Full days before a delivery in which it does not change any more."""
        return dt.timedelta(days=self.lock_days if self.kind is ContractKind.PREPAID else 0)

    def is_locked(self, day: dt.date, today: dt.date) -> bool:
        """Tell whether a delivery stays as it is: too near, or over."""
        return today >= day - self.lock

    @property
    def last_day(self) -> dt.date | None:
        """The last day on which a member signs, to its end; None without any delivery.

        Without a deadline it is the eve of the first delivery: the farmer counts on what was
        signed. A prepaid card and a provision account may begin at any time.
        """
        if self.first is None or self.last is None:
            return None
        if self.deadline is not None:
            return min(self.deadline, self._latest(self.last))
        if self.kind in (ContractKind.PREPAID, ContractKind.PROVISION):
            return self._latest(self.last)
        return self._latest(self.first)

    @property
    def last_change(self) -> dt.date | None:
        """The last day on which a member changes what he signed."""
        if self.kind is ContractKind.PREPAID and self.last is not None:
            return self._latest(self.last)
        return self.last_day

    def _latest(self, day: dt.date) -> dt.date:
        return day - self.lock - DAY

    def check_sign(self, today: dt.date) -> None:
        """Raise NotOpen, Refused or TooLate if a member cannot sign today."""
        self.check_open()
        if self.last_day is None or today > self.last_day:
            raise TooLate(
                _(
                    "Les inscriptions à ce contrat sont closes depuis le %(day)s au soir. "
                    "Voyez avec le référent de ce contrat.",
                    day=long_date(self.last_day),
                )
                if self.last_day
                else _("Ce contrat n’a pas encore de date de livraison.")
            )

    def check_open(self) -> None:
        """Raise NotOpen or Refused if nobody signs this contract."""
        if self.state is not ContractState.OPEN:
            raise rules.NotOpen
        if self.kind is ContractKind.PREPAID and self.number < LEAST_PREPAID:
            raise rules.Refused(
                _(
                    "Une carte prépayée sert à plusieurs livraisons : avec une seule date, "
                    "ce contrat ne peut pas être signé."
                )
            )

    def check_change(self, today: dt.date) -> None:
        """Raise NotOpen or TooLate if a member cannot change today what he signed."""
        self.check_open()
        if self.last_change is None or today > self.last_change:
            raise TooLate(
                _(
                    "Ce contrat ne se modifie plus depuis le %(day)s au soir. "
                    "Voyez avec le référent de ce contrat.",
                    day=long_date(self.last_change or today),
                )
            )


def own_lines(
    kind: ContractKind,
    grid: Grid,
    terms: Terms,
    before: Mapping[Cell, int],
    locked: Collection[int],
) -> dict[Cell, int]:
    """Return the lines that a member gets; on locked dates those of before. Raise Refused."""
    if kind is ContractKind.PROVISION:
        return {}
    kept = {cell: quantity for cell, quantity in before.items() if cell[0] in locked}
    for cell, quantity in terms.by_cell.items():
        if cell[0] in locked and quantity != kept.get(cell, 0):
            raise Locked(
                _(
                    "La livraison du %(day)s est trop proche, ou passée : sa quantité ne change "
                    "plus. Vérifiez ci-dessous, puis recommencez.",
                    day=short_date(grid.dates[cell[0]]),
                )
            )
    free = replace(grid, dates={k: day for k, day in grid.dates.items() if k not in locked})
    wanted = {cell: n for cell, n in terms.by_cell.items() if cell[0] not in locked}
    found = kept | rules.chosen(kind, free, replace(terms, by_cell=wanted))
    if not found:
        raise rules.EmptySubscription
    return found


def chooses_jokers(jokers: JokerRules) -> bool:
    """Tell whether jokers are chosen when signing: all of them, or as many as it takes."""
    return jokers.most > 0 and (not jokers.is_free or jokers.least > 0)


def is_reserving(told_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Tell whether who waits still has a freed place kept, or will have."""
    return told_at is None or now - told_at < dt.timedelta(days=PRIORITY_DAYS)


def check_room(most: int | None, taken: int, ahead: int) -> None:
    """Raise Full unless a household more may sign; `ahead`: who waits and comes first."""
    if most is None or taken + ahead < most:
        return
    if taken < most:
        raise Full(
            _("La place qui s’est libérée est gardée pour qui l’attend depuis plus longtemps.")
        )
    raise Full(
        ngettext(
            "Ce contrat est complet : sa seule place est prise.",
            "Ce contrat est complet : ses %(n)s places sont prises.",
            most,
        )
    )


@dataclass(frozen=True)
class Limit:
    """How many of a product there are on one date, and who waits for one and comes first."""

    name: str
    most: int
    ahead: int = 0


def check_products(
    limits: Mapping[int, Limit],
    used: Mapping[Cell, int],
    before: Mapping[Cell, int],
    lines: Mapping[Cell, int],
    days: Mapping[int, dt.date],
) -> None:
    """Raise Full where more of a product is wanted than is left by others (`used`)."""
    for cell, quantity in sorted(lines.items(), key=lambda one: days[one[0][0]]):
        limit = limits.get(cell[1])
        if limit is None or quantity <= before.get(cell, 0):
            continue
        left = max(0, limit.most - used.get(cell, 0) - limit.ahead)
        if quantity > left:
            raise Full(
                _(
                    "Il n’y a plus assez de « %(name)s » le %(day)s : il en reste %(left)s.",
                    name=limit.name,
                    day=short_date(days[cell[0]]),
                    left=left,
                ),
                cell[1],
            )

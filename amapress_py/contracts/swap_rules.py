"""« Livraison décalée »: a household takes a delivery on another day of the same week."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from amapress_py.contracts.claims import Cell
from amapress_py.contracts.queries import GridCell
from amapress_py.contracts.rules import Stale
from amapress_py.errors import DomainError
from amapress_py.i18n import WEEKDAYS, _, _l, search_key, short_date
from amapress_py.money import Cents, euros

# What a name says of days and weeks; the rest is the product's family.
DAY_WORDS = {search_key(day) for day in WEEKDAYS} | {"semaine", "semaines", "sem", "du", "le"}
DAY_WORDS |= {"paire", "paires", "impaire", "impaires", "pair", "impair"}


class NotSwapped(DomainError):
    """Why a delivery can't be taken on another day."""


class MembersMayNot(DomainError):
    """The contract leaves it to the référent."""

    status = 403
    message = _l("Dans ce contrat, c’est le référent qui décale une livraison : demandez-lui.")


class OtherPrice(DomainError):
    """The difference that was agreed to is not the one of now."""

    status = 422

    def __init__(self, difference: Cents) -> None:
        super().__init__(
            _(
                "Rien n’est fait : la différence de prix est maintenant de %(euros)s. Vérifiez, "
                "puis confirmez.",
                euros=signed_euros(difference),
            )
        )


def signed_euros(cents: Cents) -> str:
    """Return "+2,00 €" or "−2,00 €"."""
    return f"{'−' if cents < 0 else '+'}{euros(abs(cents))}"


def family(name: str) -> str:
    """Return a product's name without days and weeks: "Petit Panier Mardi" -> "petit panier"."""
    words = search_key(name).replace("-", " ").split()
    return " ".join(word for word in words if word not in DAY_WORDS)


@dataclass(frozen=True)
class Choice:
    """What is given up on one date, and what may be taken for it on the other."""

    given: GridCell
    taken: GridCell
    options: tuple[GridCell, ...]  # the best match first

    @property
    def difference(self) -> Cents:
        """What it costs more (or less)."""
        per_one = (self.taken.price_cents or 0) - (self.given.price_cents or 0)
        return self.given.quantity * per_one


@dataclass(frozen=True)
class Proposal:
    """A delivery on another day: which products become which, and the difference in price."""

    given_up: dt.date
    taken: dt.date
    choices: tuple[Choice, ...]

    @property
    def difference(self) -> Cents:
        """What the household pays more (or less)."""
        return sum(one.difference for one in self.choices)

    @property
    def lines(self) -> list[list[int]]:
        """What a Swap keeps: product given up, product taken, quantity."""
        return [
            [one.given.product_id, one.taken.product_id, one.given.quantity] for one in self.choices
        ]


@dataclass(frozen=True)
class Standing:
    """What is known of a signed contract's deliveries besides its quantities."""

    starts_on: dt.date
    ends_on: dt.date
    jokers: frozenset[int] = frozenset()  # contract dates
    ceded: frozenset[int] = frozenset()
    swaps: Sequence[tuple[int, int]] = field(default=())  # dates given up and taken


def is_same_week(one: dt.date, other: dt.date) -> bool:
    """Tell whether two days are in one ISO week."""
    return one.isocalendar()[:2] == other.isocalendar()[:2]


def other_dates(
    cells: Iterable[GridCell], date_id: int, standing: Standing, today: dt.date
) -> list[int]:
    """Return the dates of the same week on which a delivery could be taken instead."""
    rows = _by_date(cells)
    here = _row(rows, date_id)[0]
    return [
        key
        for key, row in rows.items()
        if key != date_id
        and is_same_week(row[0].date, here.date)
        and row[0].date >= today
        and standing.starts_on <= row[0].date <= standing.ends_on
        and any(not one.is_barred for one in row)
    ]


def proposal(
    cells: Iterable[GridCell],
    date_id: int,
    other_id: int,
    standing: Standing,
    today: dt.date,
    wanted: Mapping[int, int] | None = None,
) -> Proposal:
    """Return what a swap would do; `wanted` says which product is taken for which.

    Without it: the product itself where it is delivered, else one of its family, else of its
    price.  Raise NotSwapped with the reason, or Stale.
    """
    rows = _by_date(cells)
    mine, there = _row(rows, date_id), _row(rows, other_id)
    old, new = mine[0].date, there[0].date
    _check(old, new, date_id, other_id, standing, today)
    given = [one for one in mine if one.quantity and not one.is_barred]
    if not given or not standing.starts_on <= old <= standing.ends_on:
        raise NotSwapped(_("Il n’y a pas de panier de ce contrat le %(day)s.", day=short_date(old)))
    open_cells = [one for one in there if not one.is_barred]
    if not open_cells or not standing.starts_on <= new <= standing.ends_on:
        raise NotSwapped(_("Rien n’est livré pour ce contrat signé le %(day)s.",
                           day=short_date(new)))  # fmt: skip
    return Proposal(old, new, tuple(_choice(one, open_cells, wanted or {}) for one in given))


def _check(
    old: dt.date, new: dt.date, date_id: int, other_id: int, standing: Standing, today: dt.date
) -> None:
    if date_id == other_id or not is_same_week(old, new):
        raise NotSwapped(
            _(
                "Le %(old)s et le %(new)s ne sont pas dans la même semaine.",
                old=short_date(old),
                new=short_date(new),
            )
        )
    if min(old, new) < today:
        raise NotSwapped(_("Le %(day)s est passé.", day=short_date(min(old, new))))
    for key, day in ((date_id, old), (other_id, new)):
        if key in standing.jokers:
            raise NotSwapped(
                _("Un joker est posé le %(day)s : retirez-le d’abord.", day=short_date(day))
            )
        if any(key in dates for dates in standing.swaps):
            raise NotSwapped(
                _(
                    "La livraison du %(day)s est déjà décalée : annulez d’abord ce changement.",
                    day=short_date(day),
                )
            )
    if date_id in standing.ceded:
        raise NotSwapped(
            _(
                "Le panier du %(day)s est proposé dans l’espace intermittents : annulez d’abord "
                "l’échange.",
                day=short_date(old),
            )
        )


def _choice(given: GridCell, there: Sequence[GridCell], wanted: Mapping[int, int]) -> Choice:
    def closeness(one: GridCell) -> tuple[bool, bool, Cents]:
        apart = abs((one.price_cents or 0) - (given.price_cents or 0))
        is_family = family(one.product) == family(given.product)
        return one.product_id != given.product_id, not is_family, apart

    options = sorted(there, key=closeness)
    chosen = wanted.get(given.product_id, options[0].product_id)
    taken = next((one for one in options if one.product_id == chosen), None)
    if taken is None:
        raise Stale
    return Choice(given, taken, tuple(options))


def _by_date(cells: Iterable[GridCell]) -> dict[int, list[GridCell]]:
    rows: dict[int, list[GridCell]] = {}
    for one in cells:
        rows.setdefault(one.date_id, []).append(one)
    return rows


def _row(rows: Mapping[int, list[GridCell]], date_id: int) -> list[GridCell]:
    if date_id not in rows:
        raise Stale
    return rows[date_id]


def kept(
    lines: Mapping[Cell, int], before: Mapping[Cell, int], date_ids: Collection[int]
) -> dict[Cell, int]:
    """Return lines in which some dates stay as they were before."""
    return {cell: n for cell, n in lines.items() if cell[0] not in date_ids} | {
        cell: n for cell, n in before.items() if cell[0] in date_ids
    }


def moved(lines: Mapping[Cell, int], swap: Iterable[tuple[Cell, Cell, int]]) -> dict[Cell, int]:
    """Return lines with quantities moved from a cell to another."""
    found = dict(lines)
    for old, new, quantity in swap:
        found[old] = found.get(old, 0) - quantity
        found[new] = found.get(new, 0) + quantity
    return {cell: quantity for cell, quantity in found.items() if quantity > 0}

"""What to tell the person who fetches a basket for somebody else."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from amapress_py.i18n import _, counted, hours, long_date
from amapress_py.money import Cents, euros


class Line(Protocol):
    """A line of a basket or of an offer's snapshot."""

    @property
    def contract_label(self) -> str: ...
    @property
    def product_label(self) -> str: ...
    @property
    def quantity(self) -> int: ...
    @property
    def price_cents(self) -> Cents: ...


@dataclass(frozen=True)
class Meeting:
    """When and where a delivery takes place; hours are on the wall of Paris."""

    date: dt.date
    opens: dt.time
    closes: dt.time
    place: str
    address: str = ""

    @property
    def when(self) -> str:
        """Return "jeudi 1er octobre 2026, de 18 h 30 à 20 h"."""
        return f"{long_date(self.date)}, {hours(self.opens, self.closes)}"

    @property
    def where(self) -> str:
        """Return the place with its address on one line."""
        address = ", ".join(filter(None, map(str.strip, self.address.splitlines())))
        return f"{self.place}, {address}" if address else self.place


def quantity(line: Line) -> str:
    """Return "1/2 Panier", or "2 × 1/2 Panier"."""
    return counted(line.quantity, line.product_label)


def content(line: Line) -> str:
    """Return "Légumes : 2 × 1/2 Panier"."""
    return f"{line.contract_label}\N{NO-BREAK SPACE}: {quantity(line)}"


def total(lines: Iterable[Line]) -> Cents:
    """Return what the lines cost together, in cents."""
    return sum(line.quantity * line.price_cents for line in lines)


def what_to_say(
    meeting: Meeting, lines: Iterable[Line], owner: str, *, pays: bool = True
) -> list[str]:
    """Return the sentences, filled from the delivery and the basket; `owner` is a name.

    A friend of the household pays nothing.
    """
    lines = list(lines)
    said = [
        _("Distribution : %(when)s.", when=meeting.when),
        _("Lieu : %(where)s.", where=meeting.where),
        _("Venez avec vos propres sacs."),
        _("Signez la feuille d’émargement au nom de %(owner)s.", owner=owner.removesuffix(".")),
        *(_("À prendre : %(content)s.", content=content(line)) for line in lines),
    ]
    if pays:
        said.append(_("À payer à %(owner)s : %(price)s.", owner=owner, price=euros(total(lines))))
    return said

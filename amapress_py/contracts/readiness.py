"""What a contract still lacks before it can be opened, and what looks odd in it; pure."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from amapress_py.contracts.families import Offered, differences
from amapress_py.contracts.models import ContractKind
from amapress_py.contracts.rules import Grid
from amapress_py.i18n import _, ngettext, short_date
from amapress_py.money import Cents

DATES, PRODUCTS, BARS, LIMITS, HEADER = "dates", "products", "bars", "limits", "header"


@dataclass(frozen=True)
class Lack:
    """Something that must be done first, and at which step."""

    step: str
    text: str


def lacks(kind: ContractKind, places: Collection[object], grid: Grid) -> list[Lack]:
    """Return what keeps a contract from being opened; nothing: it is ready."""
    found = []
    if not places:
        found.append(Lack(HEADER, _("Choisissez au moins un lieu de livraison.")))
    if not grid.dates:
        found.append(Lack(DATES, _("Ajoutez au moins une date de livraison.")))
    if not grid.products:
        found.append(Lack(PRODUCTS, _("Ajoutez au moins un produit, avec son prix.")))
    if grid.dates and grid.products and not open_dates(grid):
        found.append(Lack(BARS, _("Toutes les dates sont barrées : rien ne serait livré.")))
    elif kind is ContractKind.PREPAID and len(grid.dates) and len(open_dates(grid)) < 2:
        found.append(
            Lack(DATES, _("Une carte prépayée a besoin de plusieurs livraisons : pour une seule, "
                          "choisissez « Choix pour chaque date »."))
        )  # fmt: skip
    return found


def oddities(
    grid: Grid, products: Mapping[int, tuple[str, Cents]], deadline: dt.date | None
) -> list[str]:
    """Return what somebody should look at again; it keeps nobody from going on.

    `products` are names and prices by contract product.
    """
    open_days = [grid.dates[key] for key in open_dates(grid)]
    found = []
    crossed = [day for key, day in grid.dates.items() if grid.products and day not in open_days]
    if crossed and open_days:
        listed = ", ".join(map(short_date, sorted(crossed)))
        found.append(
            ngettext(
                "Tout est barré à une date, qui n’est donc pas une livraison : %(listed)s.",
                "Tout est barré à %(n)s dates, qui ne sont donc pas des livraisons : %(listed)s.",
                len(crossed),
                listed=listed,
            )
        )
    counts = {key: sum((date, key) not in grid.bars for date in grid.dates) for key in products}
    for key, (name, _cents) in products.items():
        if grid.dates and not counts[key]:
            found.append(_("« %(name)s » n’est livré à aucune date.", name=name))
    found += differences(
        Offered(name, cents, counts[key]) for key, (name, cents) in products.items()
    )
    if deadline is not None and open_days and deadline > min(open_days):
        found.append(
            _("On peut encore s’inscrire après la première livraison (le %(day)s).",
              day=short_date(min(open_days)))
        )  # fmt: skip
    return found


def open_dates(grid: Grid) -> list[int]:
    """Return the dates on which something is delivered; without products: all."""
    if not grid.products:
        return list(grid.dates)
    return [key for key in grid.dates if any((key, one) not in grid.bars for one in grid.products)]

"""Products of one family: the same basket on another day of the week.

« Petit Panier Mardi » and « Petit Panier Vendredi » are a family: a day alone tells them apart.
Its members should cost the same and come equally often.  « … semaine Paire » and « … semaine
Impaire » should cost the same as these, but come half as often, in some seasons once more.
What differs is told, never forbidden.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from amapress_py.i18n import WEEKDAYS, _, search_key
from amapress_py.money import Cents, euros

DAYS = frozenset({"", *(one for day in WEEKDAYS for one in (day, f"{day}s"))})
PARITIES = frozenset(
    {"semaine", "semaines", "paire", "paires", "pair", "impaire", "impaires", "impair"}
)


BETWEEN = re.compile(r"[\s(),.;:–—-]+")  # words of a name


@dataclass(frozen=True)
class Offered:
    """A product of a contract: what it costs, and how often it is delivered."""

    name: str
    cents: Cents
    deliveries: int


def family(name: str, with_parity: bool = True) -> str:
    """Return what a family's names have in common; without parity, even and odd weeks are one."""
    dropped = DAYS if with_parity else DAYS | PARITIES
    return " ".join(word for word in BETWEEN.split(search_key(name)) if word not in dropped)


def differences(products: Iterable[Offered]) -> list[str]:
    """Return a sentence for each family whose prices or numbers of deliveries differ."""
    offered = list(products)
    found = []
    for members in _families(offered, with_parity=False):
        if len({one.cents for one in members}) > 1:
            prices = _listed((one.name, euros(one.cents)) for one in members)
            found.append(
                _("Des prix différents dans une même famille : %(listed)s.", listed=prices)
            )
    for members in _families(offered, with_parity=True):
        if len({one.deliveries for one in members}) > 1:
            counts = _listed((one.name, str(one.deliveries)) for one in members)
            found.append(
                _("Des nombres de livraisons différents dans une même famille : %(listed)s.",
                  listed=counts)
            )  # fmt: skip
    return found


def _families(products: Iterable[Offered], with_parity: bool) -> Iterable[list[Offered]]:
    found: dict[str, list[Offered]] = {}
    for one in products:
        found.setdefault(family(one.name, with_parity), []).append(one)
    return found.values()


def _listed(pairs: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{name}\N{NO-BREAK SPACE}: {value}" for name, value in pairs)

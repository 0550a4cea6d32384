"""Products of one family: the same basket, but for the day of the week or the parity of the week.

« Petit Panier Mardi » and « Petit Panier Vendredi » are a family, for their names differ by a day
alone; so are « … semaine Paire » and « … semaine Impaire ».  Members of a family should cost the
same and come equally often: what differs is told, never forbidden.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from amapress_py.i18n import WEEKDAYS, _, search_key
from amapress_py.money import Cents, euros

DAYS = frozenset(one for day in WEEKDAYS for one in (day, f"{day}s"))
PARITIES = frozenset({"paire", "paires", "pair", "impaire", "impaires", "impair"})


@dataclass(frozen=True)
class Offered:
    """A product of a contract: what it costs, and how often it is delivered."""

    name: str
    cents: Cents
    deliveries: int


def family(name: str) -> str:
    """Return what a family's names have in common."""
    words = [word for word in search_key(name).split() if word not in DAYS]
    return " ".join("±" if word in PARITIES else word for word in words)


def differences(products: Iterable[Offered]) -> list[str]:
    """Return a sentence for each family whose prices or numbers of deliveries differ."""
    families: dict[str, list[Offered]] = {}
    for one in products:
        families.setdefault(family(one.name), []).append(one)
    found = []
    for members in families.values():
        if len({one.cents for one in members}) > 1:
            prices = _listed((one.name, euros(one.cents)) for one in members)
            found.append(
                _("Des prix différents dans une même famille : %(listed)s.", listed=prices)
            )
        if len({one.deliveries for one in members}) > 1:
            counts = _listed((one.name, str(one.deliveries)) for one in members)
            found.append(
                _("Des nombres de livraisons différents dans une même famille : %(listed)s.",
                  listed=counts)
            )  # fmt: skip
    return found


def _listed(pairs: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{name}\N{NO-BREAK SPACE}: {value}" for name, value in pairs)

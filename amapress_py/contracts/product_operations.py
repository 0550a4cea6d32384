"""Mass operations on a contract's products, and on the hours of one of its deliveries."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from amapress_py.contracts import rules
from amapress_py.contracts.book import Book, Hours, Item, crossed_by_rules
from amapress_py.contracts.models import Weeks
from amapress_py.contracts.operations import is_emptied
from amapress_py.contracts.rules import Refused
from amapress_py.i18n import _, hours, short_date
from amapress_py.money import Cents


@dataclass(frozen=True)
class AddProduct:
    """Add a product of the producer's catalogue, last in the list; nobody has it yet."""

    product_id: int
    name: str
    cents: Cents
    weekday: int | None = None  # Monday is 0
    weeks: Weeks | None = None

    def on(self, book: Book) -> Book:
        """Add it with its price from the first date; its rules cross cells out."""
        if any(one.product_id == self.product_id for one in book.items.values()):
            raise Refused(_("Ce produit fait déjà partie du contrat."))
        key = min([0, *book.items]) - 1
        last = max((one.position for one in book.items.values()), default=0)
        item = Item(self.name, last + 1, self.weekday, self.weeks, self.product_id)
        first = min((one.date for one in book.dates.values()), default=None)
        if first is None:
            raise Refused(_("Ajoutez d’abord les dates de livraison."))
        return replace(
            book,
            items={**book.items, key: item},
            prices={**book.prices, (key, first): self.cents},
            bars=book.bars | set(crossed_by_rules(book.deliveries, {key: item})),
        )

    def said(self, book: Book) -> str:
        """Name it."""
        return _("Produit ajouté : %(name)s", name=self.name)


@dataclass(frozen=True)
class RemoveProduct:
    """Take a product out of the contract, and of what was signed."""

    item_id: int
    today: dt.date

    def on(self, book: Book) -> Book:
        """Remove it; what was delivered already stays, so that is refused."""
        if self.item_id not in book.items:
            raise rules.Stale
        name = book.items[self.item_id].name
        if len(book.items) == 1:
            raise Refused(_("« %(name)s » est le seul produit de ce contrat.", name=name))
        past = [
            book.deliveries[date_id]
            for _key, date_id, item in book.quantities
            if item == self.item_id and book.deliveries[date_id] < self.today
        ]
        if past:
            raise Refused(
                _(
                    "« %(name)s » a été livré le %(day)s : il reste dans le contrat. Barrez-le aux "
                    "dates à venir (« Barrer des dates »).",
                    name=name,
                    day=short_date(max(past)),
                )
            )
        after = replace(
            book,
            items={key: one for key, one in book.items.items() if key != self.item_id},
            prices={key: n for key, n in book.prices.items() if key[0] != self.item_id},
            bars=frozenset(cell for cell in book.bars if cell[1] != self.item_id),
            lines={line: n for line, n in book.lines.items() if line[2] != self.item_id},
            swaps={
                key: one
                for key, one in book.swaps.items()
                if all(self.item_id not in line[:2] for line in one.lines)
            },
        )
        jokers = {k: one for k, one in book.jokers.items() if not is_emptied(book, after, k)}
        return replace(after, jokers=jokers)

    def said(self, book: Book) -> str:
        """Name it."""
        return _("Produit retiré : %(name)s", name=book.items[self.item_id].name)


@dataclass(frozen=True)
class ReorderProducts:
    """Show the products in another order."""

    places: Mapping[int, int]  # product: its place; two at one place stay as they were

    def on(self, book: Book) -> Book:
        """Give them new numbers, from 1."""
        if self.places.keys() != book.items.keys():
            raise rules.Stale
        before = book.ordered()
        order = sorted(before, key=lambda key: (self.places[key], before.index(key)))
        if order == before:
            raise Refused(_("C’est déjà l’ordre des produits."))
        items = {key: replace(book.items[key], position=n) for n, key in enumerate(order, 1)}
        return replace(book, items={key: items[key] for key in book.items})

    def said(self, book: Book) -> str:
        """Give the new order."""
        after = self.on(book)
        names = ", ".join(after.items[key].name for key in after.ordered())
        return _("Ordre des produits : %(names)s", names=names)


@dataclass(frozen=True)
class ChangeHours:
    """Other hours, or another place, for one delivery; nothing chosen: as usual."""

    day: dt.date
    place_id: int
    wanted: Hours
    places: Mapping[int, str] = field(default_factory=dict)  # names

    def on(self, book: Book) -> Book:
        """Change them; who gets what stays."""
        if self.day not in book.deliveries.values():
            raise rules.Stale
        if (self.wanted.opens is None) != (self.wanted.closes is None):
            raise Refused(_("Donnez les deux heures, ou aucune pour garder celles du lieu."))
        if self.wanted.opens and self.wanted.closes and self.wanted.closes <= self.wanted.opens:
            raise Refused(_("L’heure de fin doit être après l’heure de début."))
        if self.wanted.substitute_id == self.place_id:
            raise Refused(_("C’est déjà le lieu de cette distribution."))
        where = (self.day, self.place_id)
        now = book.hours.get(where, Hours())
        wanted = replace(self.wanted, note=now.note)
        if now == wanted:
            raise Refused(_("C’est déjà ainsi."))
        others = {key: one for key, one in book.hours.items() if key != where}
        changed = {} if wanted == Hours() else {where: wanted}
        return replace(book, hours={**others, **changed})

    def said(self, book: Book) -> str:
        """Name day, place and what changes."""
        return _(
            "Distribution du %(day)s, %(place)s : %(told)s",
            day=short_date(self.day),
            place=self.places.get(self.place_id, "?"),
            told=hours_told(self.wanted, self.places),
        )


def hours_told(wanted: Hours, places: Mapping[int, str]) -> str:
    """Return "de 18 h à 19 h, à Gymnase", or "comme d’habitude"."""
    told = []
    if wanted.opens and wanted.closes:
        told.append(hours(wanted.opens, wanted.closes))
    if wanted.substitute_id:
        told.append(_("lieu : %(place)s", place=places.get(wanted.substitute_id, "?")))
    if wanted.note:
        told.append(_("note : « %(note)s »", note=wanted.note))
    return ", ".join(told) or _("comme d’habitude")

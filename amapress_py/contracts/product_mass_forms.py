"""Forms of the mass operations about products, and about the hours of one delivery."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import SelectField
from wtforms.validators import Optional

from amapress_py import clock
from amapress_py.contracts import rules
from amapress_py.contracts.book import Book, Hours
from amapress_py.contracts.forms import price_field, whole_field
from amapress_py.contracts.mass_forms import (
    OperationForm,
    item_choices,
    rule_of,
    week_choices,
    weekday_choices,
)
from amapress_py.contracts.models import Product
from amapress_py.contracts.operations import Act
from amapress_py.contracts.product_operations import (
    AddProduct,
    ChangeHours,
    RemoveProduct,
    ReorderProducts,
    hours_told,
)
from amapress_py.deliveries.forms import Hour
from amapress_py.i18n import _, _l, long_date

ADD_PRODUCT, ORDER, HOURS = "ajouter-produit", "ordre", "heures"
TITLES = {
    ADD_PRODUCT: _l("Ajouter un produit"),
    ORDER: _l("Changer l’ordre des produits"),
    HOURS: _l("Changer les heures ou le lieu d’une livraison"),
}
HELPS = {
    ADD_PRODUCT: _l("Un produit du catalogue du producteur ; personne ne l’a encore commandé."),
    ORDER: _l("L’ordre dans lequel les adhérents et les feuilles montrent les produits."),
    HOURS: _l("Pour une distribution seulement ; qui a un échange ce jour-là est prévenu."),
}


class RemoveProductForm(OperationForm):
    """Take a product out."""

    title = _l("Retirer un produit")
    help = _l("Il sort du contrat et des contrats signés, dont le montant baisse.")
    item_id = SelectField(_l("Produit"), coerce=int)

    def fit(self, book: Book, gives_usual: bool) -> None:
        """Offer the products."""
        self.item_id.choices = item_choices(book)

    def act(self, book: Book) -> Act:
        """Remove it."""
        return RemoveProduct(self.item_id.data, clock.today())


def add_product_form(book: Book, catalogue: Iterable[Product]) -> type[OperationForm]:
    """Return a form that offers what the contract has not yet."""
    there = {one.product_id for one in book.items.values()}
    names = {one.id: one.name for one in catalogue if one.id not in there}

    class AddProductForm(OperationForm):
        product_id = SelectField(_l("Produit"), coerce=int, choices=lambda: list(names.items()))
        price: Any = price_field()
        day = SelectField(_l("Jour"), coerce=int, choices=weekday_choices, default=-1)
        weeks = SelectField(_l("Semaines"), choices=week_choices, default="")

        def act(self, book: Book) -> Act:
            """Add it."""
            weekday, weeks = rule_of(self.day.data, self.weeks.data)
            key = self.product_id.data
            return AddProduct(key, names[key], self.price.data, weekday, weeks)

    return AddProductForm


def order_form(book: Book) -> type[OperationForm]:
    """Return a form with a place in the list for each product."""

    class OrderForm(OperationForm):
        def act(self, book: Book) -> Act:
            """Sort them."""
            return ReorderProducts({key: self[f"place_{key}"].data or 0 for key in book.items})

    for place, key in enumerate(book.ordered(), 1):
        field = whole_field(book.items[key].name, rules.MOST_DATES)
        field.kwargs["default"] = place
        setattr(OrderForm, f"place_{key}", field)
    return OrderForm


def hours_form(
    book: Book,
    places: Mapping[int, str],
    held_at: Iterable[int],
) -> type[OperationForm]:
    """Return a form about one of the deliveries to come.

    `places` are all names, `held_at` the contract's own.
    """
    coming = [day for day in book.deliveries.values() if day >= clock.today()]
    offered = {f"{day.isoformat()}/{key}": (day, key) for day in coming for key in held_at}

    def told(day: dt.date, place_id: int) -> str:
        now = book.hours.get((day, place_id))
        words = f"{long_date(day)}, {places.get(place_id, '?')}"
        return words if now is None else f"{words} ({hours_told(now, places)})"

    class HoursForm(OperationForm):
        delivery = SelectField(
            _l("Livraison"), choices=lambda: [(key, told(*one)) for key, one in offered.items()]
        )
        opens = Hour(
            _l("Début"), [Optional()], description=_l("Vides : les heures habituelles du lieu.")
        )
        closes = Hour(_l("Fin"), [Optional()])
        place = SelectField(
            _l("Lieu, ce jour-là"),
            coerce=int,
            choices=lambda: [(0, _("le lieu habituel")), *places.items()],
            default=0,
        )

        def act(self, book: Book) -> Act:
            """Change them."""
            day, place_id = offered[self.delivery.data]
            wanted = Hours(self.opens.data, self.closes.data, self.place.data or None)
            return ChangeHours(day, place_id, wanted, places)

    return HoursForm

"""Forms about the products of a contract: prices, order, days, and the crossed-out cells."""

from collections.abc import Collection, Iterator
from typing import Any

from wtforms import SelectField, SelectMultipleField, StringField
from wtforms.validators import Optional

from amapress_py.accounts.forms import at_most, one_line
from amapress_py.contracts import fills, rules
from amapress_py.contracts.claims import Cell
from amapress_py.contracts.forms import (
    MOST_POSITION,
    TO_FILL,
    Euros,
    Versioned,
    price_field,
    whole_field,
)
from amapress_py.contracts.models import Product, Weeks
from amapress_py.contracts.products import NewProduct, ProductTerms
from amapress_py.contracts.queries import Rows
from amapress_py.i18n import WEEKDAYS, _, _l

BLANKS = range(1, 5)  # rows for products that the catalogue does not have yet
MOST_A_DATE = 9999
EVERY = ""
PRICE = {"inputmode": "decimal", "size": 8, "autocomplete": "off"}


def _weekday_field() -> SelectField:
    days = [(str(key), day) for key, day in enumerate(WEEKDAYS)]
    return SelectField(_l("Jour"), choices=lambda: [(EVERY, _("tous")), *days], default=EVERY)


def _weeks_field() -> SelectField:
    return SelectField(
        _l("Semaines"),
        choices=lambda: [
            (EVERY, _("toutes")),
            (Weeks.EVEN.value, _("paires")),
            (Weeks.ODD.value, _("impaires")),
        ],
        default=EVERY,
    )


class ProductRow:
    """The fields of one row: `kind` and `key` say which product they are about."""

    def __init__(self, form: Any, kind: str, key: int, name: str = "") -> None:
        self.form, self.kind, self.key, self.name = form, kind, key, name

    def field(self, what: str) -> Any:
        """Return one of the fields, or None if such a row has none."""
        name = f"{what}_{self.key}" if self.kind == "own" else f"{what}_{self.kind}_{self.key}"
        return self.form._fields.get(name)

    @property
    def is_wanted(self) -> bool:
        """Tell whether a product that is not in the contract yet is to join it."""
        name = self.field("name")
        return self.field("price").data is not None or bool(name and name.data)

    @property
    def rule(self) -> tuple[int | None, Weeks | None]:
        """Return on which weekday and in which weeks it comes."""
        weekday, weeks = self.field("weekday").data, self.field("weeks").data
        return int(weekday) if weekday else None, Weeks(weeks) if weeks else None


def products_form(products: Rows, others: Collection[Product]) -> Any:
    """Return a form for the products of a contract, those of the catalogue, and new ones."""

    class ProductsForm(Versioned):
        """One row for each product."""

        def own_rows(self) -> Iterator[ProductRow]:
            """Yield the rows of the contract's products."""
            for one in products:
                yield ProductRow(self, "own", one.id, one.name)

        def new_rows(self) -> Iterator[ProductRow]:
            """Yield the rows of what may join it."""
            for one in others:
                yield ProductRow(self, "other", one.id, one.name)
            for number in BLANKS:
                yield ProductRow(self, "new", number)

        def validate(self, extra_validators: Any = None) -> bool:
            """Ask for both name and price of a new product."""
            is_right: bool = super().validate(extra_validators)
            for row in self.new_rows():
                name, price = row.field("name"), row.field("price")
                if name is None or price.errors:
                    continue
                for one, other in ((name, price.data is not None), (price, bool(name.data))):
                    if other and one.data in (None, ""):
                        one.errors = [str(TO_FILL)]
                        is_right = False
            return is_right

        def terms(self) -> dict[int, ProductTerms]:
            """Return what was typed, by contract product."""
            return {
                row.key: ProductTerms(
                    row.field("position").data,
                    row.field("price").data,
                    *row.rule,
                    row.field("most").data or None,
                )
                for row in self.own_rows()
            }

        def new(self) -> list[NewProduct]:
            """Return the products that join the contract."""
            return [
                NewProduct(
                    row.field("name").data if row.kind == "new" else row.key,
                    row.field("price").data,
                    *row.rule,
                )
                for row in self.new_rows()
                if row.is_wanted
            ]

    for one in products:
        setattr(ProductsForm, f"price_{one.id}", price_field())
        setattr(ProductsForm, f"position_{one.id}", whole_field(_l("Ordre"), MOST_POSITION))
        setattr(ProductsForm, f"most_{one.id}", whole_field(_l("Au plus par date"), MOST_A_DATE))
        _add_rule(ProductsForm, str(one.id))
    for other in others:
        _add_optional(ProductsForm, f"other_{other.id}")
    for number in BLANKS:
        _add_optional(ProductsForm, f"new_{number}")
        name = StringField(
            _l("Nouveau produit"),
            [at_most(120)],
            filters=[one_line],
            render_kw={"maxlength": 120, "placeholder": _l("Nouveau produit")},
        )
        setattr(ProductsForm, f"name_new_{number}", name)
    return ProductsForm


def _add_optional(form: Any, key: str) -> None:
    setattr(form, f"price_{key}", Euros(_l("Prix (en euros)"), [Optional()], render_kw=PRICE))
    _add_rule(form, key)


def _add_rule(form: Any, key: str) -> None:
    setattr(form, f"weekday_{key}", _weekday_field())
    setattr(form, f"weeks_{key}", _weeks_field())


def fill_products(form: Any, products: Rows) -> None:
    """Show the present prices, order, days and quotas."""
    for row, one in zip(form.own_rows(), products, strict=True):
        row.field("price").data = one.cents
        row.field("position").data = one.position
        row.field("most").data = one.most_a_date
        row.field("weekday").data = EVERY if one.weekday is None else str(one.weekday)
        row.field("weeks").data = one.weeks.value if one.weeks else EVERY


class BarsForm(Versioned):
    """The crossed-out cells; each ticked box is "<date>-<product>"."""

    cells = SelectMultipleField(validate_choice=False)
    remplir = StringField()  # the button that fills, which saves nothing
    quand = SelectField(_l("Quand"), validate_choice=False, default=fills.ALWAYS)
    produit = SelectField(_l("Produit"), coerce=str, validate_choice=False, default="0")

    def crossed(self) -> set[Cell]:
        """Return the cells; raise Stale for what is no cell."""
        found = set()
        for box in self.cells.data or []:
            date_id, _dash, product_id = box.partition("-")
            if not (_is_key(date_id) and _is_key(product_id)):
                raise rules.Stale
            found.add((int(date_id), int(product_id)))
        return found

    def filled(self, grid: rules.Grid) -> set[Cell]:
        """Return the cells after the button that was pressed; raise Stale."""
        known = {(date_id, one) for date_id in grid.dates for one in grid.products}
        product = self.produit.data or "0"
        if not _is_key(product):
            raise rules.Stale
        when = self.quand.data or fills.ALWAYS
        crossed = self.crossed() & known
        return fills.filled(grid, crossed, self.remplir.data or "", when, int(product))


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 10

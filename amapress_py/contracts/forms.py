"""Forms about producers, contracts and signed contracts."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import (
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from amapress_py import money
from amapress_py.accounts.forms import Form, at_most, one_line, required
from amapress_py.contracts import rules
from amapress_py.contracts.claims import Cell
from amapress_py.contracts.models import Billing, ContractKind
from amapress_py.contracts.queries import GridCell, Rows
from amapress_py.contracts.rules import Terms
from amapress_py.contracts.services import ContractValues, ProductTerms, ProductValues
from amapress_py.deliveries.forms import Day, text_field
from amapress_py.i18n import WEEKDAYS, _, _l
from amapress_py.money import Cents

MOST_CENTS = 1_000_000
PRICE = re.compile(r"[\d\s.,€]{1,20}")
MOST_POSITION = 999
TO_FILL = _l("À remplir.")
BILLINGS = {Billing.UNIT: _l("À la pièce"), Billing.WEIGHT: _l("Au poids")}


class Euros(StringField):  # type: ignore[misc]  # WTForms has no types
    """A price typed as "10,50"; its data are cents."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return money.euros(self.data).removesuffix("\N{NO-BREAK SPACE}€") if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read euros; raise ValueError for anything else."""
        self.data = None
        if not valuelist or not valuelist[0]:
            return
        wrong = ValueError(_("Ce n’est pas un prix comme 10,50."))
        if not PRICE.fullmatch(valuelist[0]):
            raise wrong
        try:
            cents = money.parse_euros(valuelist[0])
        except ValueError as error:
            raise wrong from error
        if cents > MOST_CENTS:
            raise wrong
        self.data = cents


class Whole(IntegerField):  # type: ignore[misc]
    """A whole number; an empty field is 0."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read a number; raise ValueError for anything else."""
        self.data = 0
        try:
            if valuelist and valuelist[0].strip():
                self.data = int(valuelist[0])
        except ValueError as error:
            raise ValueError(_("Ce n’est pas un nombre entier.")) from error


class Ticks(SelectMultipleField):  # type: ignore[misc]
    """Several choices as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def _labelled(labels: Mapping[Any, Any]) -> list[tuple[str, str]]:
    return [(key.value, str(label)) for key, label in labels.items()]


def price_field() -> Euros:
    """Return a field for a price, which must be filled."""
    return Euros(
        _l("Prix (en euros)"),
        [InputRequired(TO_FILL)],
        render_kw={"inputmode": "decimal", "size": 8, "autocomplete": "off"},
    )


def whole_field(label: Any, most: int) -> Whole:
    """Return a field for a whole number up to `most`."""
    message = _l("Un nombre de 0 à %(max)s.")
    attributes = {"min": 0, "max": most, "inputmode": "numeric"}
    return Whole(label, [NumberRange(0, most, message)], render_kw=attributes)


def _version() -> HiddenField:
    return HiddenField(default="0")


class Versioned(Form):
    """A form that remembers which version of the thing it was made from."""

    version = _version()

    @property
    def seen(self) -> int:
        """Return the version, 0 (never a version) if it was tampered with."""
        typed = str(self.version.data)
        return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0


class ProducerForm(Form):
    """A producer."""

    name = StringField(
        _l("Nom"), [required(), at_most(120)], filters=[one_line], render_kw={"maxlength": 120}
    )
    presentation = text_field(_l("Présentation"), 5000)


class ProductForm(Form):
    """A product of a producer's catalogue."""

    name = StringField(
        _l("Nom"),
        [required(), at_most(120)],
        filters=[one_line],
        id="product_name",  # the producer's own form is on the same page
        description=_l("Un demi-panier est un produit : « 1/2 Panier »."),
        render_kw={"maxlength": 120},
    )
    packaging = StringField(
        _l("Conditionnement"), [at_most(120)], filters=[one_line], render_kw={"maxlength": 120}
    )
    billing = SelectField(_l("Facturation"), choices=lambda: _labelled(BILLINGS))

    def values(self) -> ProductValues:
        """Return what was typed."""
        return ProductValues(self.name.data, self.packaging.data, Billing(self.billing.data))


class ContractForm(Versioned):
    """The header of a producer's contract."""

    producer_id = SelectField(_l("Producteur"), coerce=int)
    name = StringField(
        _l("Nom du contrat"),
        [required(), at_most(120)],
        filters=[one_line],
        description=_l("Avec la saison, par exemple « Légumes 2026 »."),
        render_kw={"maxlength": 120},
    )
    label = StringField(
        _l("Nom court, dit aux amapiens"),
        [required(), at_most(120)],
        filters=[one_line],
        description=_l("Par exemple « Légumes »."),
        render_kw={"maxlength": 120},
    )
    kind = RadioField(
        _l("Type de contrat"),
        choices=lambda: _labelled(rules.KINDS),
        default=ContractKind.SUBSCRIPTION.value,
        description=_l(
            "Abonnement : la même quantité à chaque livraison, pour les légumes ou les œufs. "
            "Choix pour chaque date : une quantité par date, le plus souple."
        ),
    )
    place_ids = Ticks(_l("Lieux de livraison"), coerce=int)
    deadline = Day(
        _l("Date limite d’inscription"), [Optional()], description=_l("Jusqu’à la fin de ce jour.")
    )
    presentation = text_field(_l("Présentation"), 5000)

    def validate_place_ids(self, field: Any) -> None:
        """Ask for one place at least."""
        if not field.data:
            raise ValidationError(_("Choisissez au moins un lieu."))

    def values(self) -> ContractValues:
        """Return what was typed."""
        return ContractValues(
            name=self.name.data,
            label=self.label.data,
            kind=ContractKind(self.kind.data),
            place_ids=self.place_ids.data,
            deadline=self.deadline.data,
            presentation=self.presentation.data,
        )


class CopyForm(Form):
    """Next season's contract, from another one."""

    name = StringField(
        _l("Nom du contrat"),
        [required(), at_most(120)],
        filters=[one_line],
        render_kw={"maxlength": 120},
    )
    first = Day(_l("Première date"), [InputRequired(TO_FILL)])


class SeriesForm(Form):
    """Dates every one or two weeks."""

    first = Day(_l("Première date"), [InputRequired(TO_FILL)])
    last = Day(_l("Dernière date"), [InputRequired(TO_FILL)])
    weekdays = Ticks(_l("Jours"), coerce=int, choices=lambda: list(enumerate(WEEKDAYS)))
    every = RadioField(
        _l("Rythme"),
        coerce=int,
        choices=lambda: [(1, _("Toutes les semaines")), (2, _("Toutes les deux semaines"))],
        default=1,
    )

    def validate_last(self, field: Any) -> None:
        """Refuse an end before the beginning."""
        if self.first.data and field.data and field.data < self.first.data:
            raise ValidationError(_("La dernière date doit être après la première."))

    def validate_weekdays(self, field: Any) -> None:
        """Ask for one day at least."""
        if not field.data:
            raise ValidationError(_("Choisissez au moins un jour."))

    def days(self) -> list[dt.date]:
        """Return the dates."""
        return rules.repeated_dates(
            self.first.data, self.last.data, self.weekdays.data, self.every.data
        )


class DatesForm(Form):
    """Dates one by one."""

    dates = text_field(_l("Dates"), 5000, _l("Une par ligne, par exemple 04/10/2026."))

    def validate_dates(self, field: Any) -> None:
        """Refuse what is no date, and an empty list."""
        try:
            found = rules.parse_dates(field.data)
        except rules.Refused as refusal:
            raise ValidationError(str(refusal)) from refusal
        if not found:
            raise ValidationError(str(TO_FILL))

    def days(self) -> list[dt.date]:
        """Return the dates."""
        return rules.parse_dates(self.dates.data)


class AddProductForm(Form):
    """A product of the catalogue, with its price in this contract."""

    product_id = SelectField(_l("Produit"), coerce=int)
    price: Any = price_field()

    def cents(self) -> Cents:
        """Return the price, which validation asked for."""
        return int(self.price.data)


def products_form(products: Rows) -> Any:
    """Return a form with a price and a position for each product of a contract."""

    class ProductsForm(Versioned):
        def terms(self) -> dict[int, ProductTerms]:
            """Return what was typed, by contract product."""
            return {
                one.id: ProductTerms(self[f"position_{one.id}"].data, self[f"price_{one.id}"].data)
                for one in products
            }

    for one in products:
        setattr(ProductsForm, f"price_{one.id}", price_field())
        setattr(ProductsForm, f"position_{one.id}", whole_field(_l("Ordre"), MOST_POSITION))
    return ProductsForm


def fill_products(form: Any, products: Rows) -> None:
    """Show the present prices and order."""
    for one in products:
        form[f"price_{one.id}"].data = one.cents
        form[f"position_{one.id}"].data = one.position


class BarsForm(Versioned):
    """The crossed-out cells; each ticked box is "<date>-<product>"."""

    cells = SelectMultipleField(validate_choice=False)

    def crossed(self) -> set[Cell]:
        """Return the cells; raise Stale for what is no cell."""
        found = set()
        for box in self.cells.data or []:
            date_id, _dash, product_id = box.partition("-")
            if not (date_id.isdecimal() and product_id.isdecimal()) or len(box) > 20:
                raise rules.Stale
            found.add((int(date_id), int(product_id)))
        return found


class SignedForm(Versioned):
    """Place and period of a signed contract; its quantities are added by `signed_form`."""

    place_id = SelectField(_l("Lieu"), coerce=int)
    starts_on = Day(
        _l("Date de début"),
        [InputRequired(TO_FILL)],
        description=_l("Rien n’est livré avant ; pour qui arrive en cours de saison."),
    )
    ends_on = Day(_l("Date de fin"), [InputRequired(TO_FILL)])


def signed_form(kind: ContractKind, cells: Iterable[GridCell]) -> Any:
    """Return the form of a signed contract: a quantity by product, or by open cell."""
    if kind is ContractKind.PER_DATE:
        names = {_cell_name(cell): _l("Quantité") for cell in cells if not cell.is_barred}
    else:
        names = {f"quantity_{cell.product_id}": cell.product for cell in cells}

    class WithQuantities(SignedForm):
        def terms(self) -> Terms:
            """Return what was typed."""
            typed = {name: self[name].data for name in names}
            keys = {name: tuple(map(int, name.split("_")[1:])) for name in names}
            return Terms(
                place_id=self.place_id.data,
                starts_on=self.starts_on.data,
                ends_on=self.ends_on.data,
                by_product={k[0]: typed[n] for n, k in keys.items() if len(k) == 1},
                by_cell={(k[0], k[1]): typed[n] for n, k in keys.items() if len(k) == 2},
            )

    for name, label in names.items():
        setattr(WithQuantities, name, whole_field(label, rules.MOST_QUANTITY))
    return WithQuantities


def fill_quantities(form: Any, kind: ContractKind, cells: Iterable[GridCell]) -> None:
    """Show the present quantities; of an abonnement the latest that is not zero."""
    for cell in cells:
        name = _cell_name(cell) if kind is ContractKind.PER_DATE else f"quantity_{cell.product_id}"
        if name in form and (cell.quantity or form[name].data is None):
            form[name].data = cell.quantity


def _cell_name(cell: GridCell) -> str:
    return f"quantity_{cell.date_id}_{cell.product_id}"


def price_text(cents: Cents | None) -> str:
    """Return "10,00 €", or nothing for a product without a price."""
    return "" if cents is None else money.euros(cents)

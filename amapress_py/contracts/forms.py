"""Forms about producers, contracts and signed contracts."""

import re
from collections.abc import Mapping
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
from wtforms.validators import InputRequired, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from amapress_py import money
from amapress_py.accounts.forms import Form, at_most, one_line, required
from amapress_py.contracts import rules
from amapress_py.contracts.catalogue import ProductValues
from amapress_py.contracts.models import Billing, ContractKind
from amapress_py.contracts.services import ContractValues
from amapress_py.deliveries.forms import Day, text_field
from amapress_py.i18n import _, _l

MOST_CENTS = 1_000_000
PRICE = re.compile(r"[\d\s.,€]{1,20}")
MOST_POSITION = 999
LONGEST_LABEL = 100  # a name is a label with its season
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


def labelled(labels: Mapping[Any, Any]) -> list[tuple[str, str]]:
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
    billing = SelectField(_l("Facturation"), choices=lambda: labelled(BILLINGS))

    def values(self) -> ProductValues:
        """Return what was typed."""
        return ProductValues(self.name.data, self.packaging.data, Billing(self.billing.data))


class ContractForm(Versioned):
    """The header of a producer's contract."""

    producer_id = SelectField(_l("Producteur"), coerce=int)
    label = StringField(
        _l("Nom court, dit aux amapiens"),
        [required(), at_most(LONGEST_LABEL)],
        filters=[one_line],
        description=_l("Par exemple « Légumes »."),
        render_kw={"maxlength": LONGEST_LABEL},
    )
    name = StringField(
        _l("Nom du contrat"),
        [at_most(120)],
        filters=[one_line],
        description=_l(
            "Laissé vide, il est fait du nom court et des dates : « Légumes 2026 », « Pommes "
            "2026-2027 »."
        ),
        render_kw={"maxlength": 120},
    )
    kind = RadioField(
        _l("Type de contrat"),
        choices=lambda: labelled(rules.KINDS),
        default=ContractKind.SUBSCRIPTION.value,
    )
    place_ids = Ticks(_l("Lieux de livraison"), coerce=int)
    presentation = text_field(_l("Présentation"), 5000)

    def validate_place_ids(self, field: Any) -> None:
        """Ask for one place at least."""
        if not field.data:
            raise ValidationError(_("Choisissez au moins un lieu."))

    def values(self, kind: ContractKind | None = None) -> ContractValues:
        """Return what was typed; `kind` where that is not asked."""
        return ContractValues(
            name=self.name.data,
            label=self.label.data,
            kind=kind or ContractKind(self.kind.data),
            place_ids=self.place_ids.data,
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

"""Forms about places and deliveries."""

from typing import Any

from wtforms import DateField, SelectField, StringField, TextAreaField, TimeField
from wtforms.validators import InputRequired, Optional

from amapress_py import clock
from amapress_py.accounts.forms import Form, at_most, one_line, required, several_lines
from amapress_py.deliveries import maps, rules
from amapress_py.deliveries.queries import Narrowing
from amapress_py.deliveries.services import Correction, PlaceValues
from amapress_py.i18n import _, _l

USUAL = _l("Vide : l’heure habituelle du lieu.")


class Hour(TimeField):  # type: ignore[misc]  # WTForms has no types
    """A time of the day; an empty one is None."""

    def __init__(self, label: Any, validators: Any, **more: Any) -> None:
        super().__init__(label, validators, format=["%H:%M", "%H:%M:%S"], **more)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read "18:30"; a browser may add seconds."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_("Ce n’est pas une heure comme 18:30.")) from error


class Day(DateField):  # type: ignore[misc]
    """A date of the calendar, of this century; an empty one is None."""

    def __init__(self, label: Any, validators: Any, **more: Any) -> None:
        super().__init__(label, validators, format=["%Y-%m-%d", "%d/%m/%Y"], **more)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what a browser sends, or "04/10/2026" from one without a calendar."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_("Ce n’est pas une date comme 04/10/2026.")) from error
        if self.data is not None and not rules.is_of_our_time(self.data):
            raise ValueError(_("Cette date est trop lointaine."))


class Degrees(StringField):  # type: ignore[misc]
    """A latitude or a longitude, with a comma or a point; an empty one is None."""

    def __init__(self, label: Any, most: int, **more: Any) -> None:
        attributes = {"maxlength": 20, "inputmode": "decimal", "autocomplete": "off"}
        super().__init__(label, [Optional()], render_kw=attributes, **more)
        self.most = most

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else maps.degrees(self.data).replace(".", ",")

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read "48,8534"."""
        typed = one_line(valuelist[0]) if valuelist else ""
        self.data = None
        if not typed:
            return
        try:
            self.data = maps.read_degrees(typed, self.most)
        except ValueError as error:
            raise ValueError(
                _(
                    "Ce n’est pas un nombre comme 48,8534, entre −%(most)d et %(most)d.",
                    most=self.most,
                )
            ) from error


def _line(label: Any, most: int, description: Any = "") -> Any:
    return StringField(
        label,
        [required(), at_most(most)],
        filters=[one_line],
        description=description,
        render_kw={"maxlength": most, "autocomplete": "off"},
    )


def text_field(label: Any, most: int, description: Any = "", rows: int = 4) -> Any:
    """Return a field for a text of several lines, at most `most` long."""
    return TextAreaField(
        label,
        [at_most(most)],
        filters=[several_lines],
        description=description,
        render_kw={"maxlength": most, "rows": rows},
    )


class PlaceForm(Form):
    """A place and its usual hours."""

    name = _line(_l("Nom"), 120)
    short_name = _line(_l("Nom court"), 40, _l("Pour les tableaux et les titres."))
    opens = Hour(_l("Début de la distribution"), [InputRequired(_l("À remplir."))])
    closes = Hour(_l("Fin de la distribution"), [InputRequired(_l("À remplir."))])
    address = text_field(_l("Adresse"), 500, rows=3)
    directions = text_field(_l("Accès"), 5000, _l("Comment venir, où se garer, quelle porte…"))
    latitude = Degrees(_l("Latitude (facultatif)"), maps.NORTH)
    longitude = Degrees(
        _l("Longitude (facultatif)"),
        maps.EAST,
        description=_l(
            "Le point exact, pour le lien vers la carte. Sur openstreetmap.org, un clic droit puis"
            " « Afficher l’adresse » donne les deux nombres, par exemple 48,8534 et 2,3488."
        ),
    )

    def values(self) -> PlaceValues:
        """Return what was typed."""
        return PlaceValues(
            name=self.name.data,
            short_name=self.short_name.data,
            opens=self.opens.data,
            closes=self.closes.data,
            address=self.address.data,
            directions=self.directions.data,
            latitude=self.latitude.data,
            longitude=self.longitude.data,
        )


class DeliveryForm(Form):
    """What differs from the habits at one delivery."""

    opens = Hour(_l("Début, ce jour-là"), [Optional()], description=USUAL)
    closes = Hour(_l("Fin, ce jour-là"), [Optional()], description=USUAL)
    substitute_place_id = SelectField(_l("Lieu de remplacement"), coerce=int)
    note = text_field(_l("Note"), 2000, _l("Pour tous ceux qui viennent ce jour-là."))

    def correction(self) -> Correction:
        """Return what was typed."""
        return Correction(
            opens=self.opens.data,
            closes=self.closes.data,
            substitute_place_id=self.substitute_place_id.data or None,
            note=self.note.data,
        )


class FilterForm(Form):
    """Which deliveries to list; in the address, so without a token."""

    class Meta:
        """Reading needs no proof."""

        csrf = False

    lieu = SelectField(_l("Lieu"), coerce=int)
    du = Day(_l("Du"), [Optional()])
    au = Day(_l("Au"), [Optional()])

    def narrowing(self) -> Narrowing:
        """Return what was asked; a wrong value shows what is to come."""
        if not self.validate():
            return Narrowing(first=clock.today())
        return Narrowing(self.lieu.data or None, self.du.data, self.au.data)

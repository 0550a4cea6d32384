"""From what somebody typed about an event to typed values."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, SelectField, StringField, ValidationError
from wtforms.validators import InputRequired

from amapress_py import clock
from amapress_py.accounts.forms import at_most, one_line, required
from amapress_py.contracts.forms import Versioned
from amapress_py.deliveries.forms import Day, Hour, text_field
from amapress_py.events import rules
from amapress_py.events.models import Event, EventKind
from amapress_py.events.queries import MOST_TITLE
from amapress_py.events.services import EventValues
from amapress_py.i18n import _, _l

TO_FILL = _l("À remplir.")
Choices = Sequence[tuple[int, str]]


class EventForm(Versioned):
    """An event: what, when, where, for whom."""

    genre = SelectField(_l("Genre"), choices=list)
    contrat = SelectField(
        _l("Contrat à signer"),
        coerce=int,
        description=_l("Seulement pour une permanence de signature."),
    )
    titre = StringField(
        _l("Titre"),
        [at_most(MOST_TITLE)],
        filters=[one_line],
        description=_l("Vide : le genre, et le contrat."),
        render_kw={"maxlength": MOST_TITLE, "autocomplete": "off"},
    )
    date = Day(_l("Date"), [InputRequired(TO_FILL)])
    debut = Hour(_l("Début"), [InputRequired(TO_FILL)])
    fin = Hour(_l("Fin"), [InputRequired(TO_FILL)])
    lieu = StringField(
        _l("Lieu"),
        [required(), at_most(300)],
        filters=[one_line],
        description=_l("Nom et adresse."),
        render_kw={"maxlength": 300, "autocomplete": "off"},
    )
    note = text_field(_l("Note"), 2000, _l("Ce qu’il faut apporter, qui appeler…"))
    public = BooleanField(
        _l("Montrer aussi aux visiteurs du site"),
        description=_l("Sinon, seules les personnes connectées voient cet événement."),
    )

    stood_on: dt.date | None = None  # the day before the correction

    def fit(self, kinds: Sequence[EventKind], contracts: Choices, event: Event | None) -> None:
        """Offer what the viewer may choose."""
        self.stood_on = event.date if event else None
        self.genre.choices = [(one.value, str(rules.KINDS[one])) for one in kinds]
        self.contrat.choices = [(0, "—"), *contracts]

    def validate_date(self, field: Any) -> None:
        """Refuse a day that is over, unless the event stood there already."""
        if field.data is not None and field.data < clock.today() and field.data != self.stood_on:
            raise ValidationError(_("Ce jour est passé."))

    @classmethod
    def of(cls, event: Event) -> "EventForm":
        """Return the form of an event."""
        values: dict[str, Any] = {
            "version": str(event.version),
            "genre": event.kind.value,
            "contrat": event.contract_id or 0,
            "titre": event.title,
            "date": event.date,
            "debut": event.opens,
            "fin": event.closes,
            "lieu": event.place,
            "note": event.note,
            "public": event.is_public,
        }
        return cls(formdata=None, data=values)

    def values(self) -> EventValues:
        """Return what was typed."""
        return EventValues(
            kind=EventKind(self.genre.data),
            contract_id=self.contrat.data,
            title=self.titre.data,
            date=self.date.data,
            opens=self.debut.data,
            closes=self.fin.data,
            place=self.lieu.data,
            note=self.note.data,
            is_public=self.public.data,
        )

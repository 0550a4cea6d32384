"""The screen of a page."""

from datetime import datetime, time
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    Field,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import DataRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from amapress_py import clock, db, web
from amapress_py.accounts.forms import Form
from amapress_py.cms import links, meanwhile, queries
from amapress_py.cms.models import PageState
from amapress_py.cms.queries import PageRow, SitePages
from amapress_py.cms.rules import (
    CONNECTED,
    MOST_PATH,
    PAGE_AUDIENCES,
    audience_sentence,
    audience_words,
    checked_path,
)
from amapress_py.cms.services import Draft
from amapress_py.errors import DomainError
from amapress_py.i18n import _, _l, instant

MOST_TITLE = 200
STATES = {
    PageState.PUBLISHED: _l("Publiée"),
    PageState.SCHEDULED: _l("Programmée"),
    PageState.DRAFT: _l("Brouillon"),
}
YEARS = range(2000, 2100)


def _plain(text: str | None) -> str:
    return web.clean_text(text or "", web.MAX_FORM_BYTES)


class Day(DateField):  # type: ignore[misc]  # WTForms has no types
    """A date of our time; an empty one is None."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what a browser sends, or "04/10/2026" from one without a calendar."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_("Ce n’est pas une date comme 04/10/2026.")) from error
        if self.data is not None and self.data.year not in YEARS:
            raise ValueError(_("Cette date est trop lointaine."))


class Hour(TimeField):  # type: ignore[misc]
    """A time of the day; an empty one is None."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read "18:30"; a browser may add seconds."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_("Ce n’est pas une heure comme 18:30.")) from error


def day_field(label: Any, **more: Any) -> Any:
    """Return a field for a date that may be empty."""
    return Day(label, [Optional()], format=["%Y-%m-%d", "%d/%m/%Y"], **more)


def hour_field(label: Any, **more: Any) -> Any:
    """Return a field for a time that may be empty."""
    return Hour(label, [Optional()], format=["%H:%M", "%H:%M:%S"], **more)


def _one_line(text: str | None) -> str:
    """Return what is typed on one line; nothing, if nothing of it can be seen."""
    words = " ".join(_plain(text).split())
    return words if any(sign.isprintable() and sign != " " for sign in words) else ""


class PageForm(Form):
    """Text and protection in front; address, menu and state under "Options"."""

    title = StringField(
        _l("Titre"),
        filters=[_one_line],
        validators=[
            DataRequired(_l("Donnez un titre à la page.")),
            Length(max=MOST_TITLE, message=_l("Ce titre est trop long.")),
        ],
    )
    body = TextAreaField(_l("Texte"), filters=[_plain], render_kw={"rows": 24})
    revision = HiddenField(default="0")
    seen = HiddenField()  # what the screen showed beside the text; see meanwhile

    is_protected = BooleanField(_l("Amapiens connectés"))
    audience = SelectMultipleField(
        _l("Seulement pour"),
        description=_l("Rien de coché : toute personne connectée."),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    redirect_page = SelectField(_l("Rediriger les non connectés vers"), coerce=int)

    path = StringField(
        _l("Adresse"),
        description=_l("Laissez vide pour la tirer du titre."),
        filters=[_plain],
        validators=[Length(max=MOST_PATH, message=_l("Cette adresse est trop longue."))],
    )
    parent = SelectField(_l("Sous la page"), coerce=int)
    in_menu = BooleanField(_l("Dans le menu"))
    menu_label = StringField(
        _l("Titre dans le menu"),
        description=_l("Laissez vide pour le titre de la page."),
        filters=[_plain],
        validators=[Length(max=MOST_TITLE, message=_l("Ce titre est trop long."))],
    )
    position = IntegerField(
        _l("Ordre dans le menu"),
        description=_l("Les plus petits nombres d’abord. Laissez vide pour la fin du menu."),
        validators=[
            Optional(),
            NumberRange(-10_000, 10_000, message=_l("Un nombre entre −10 000 et 10 000.")),
        ],
    )
    state = SelectField(_l("État"), default=PageState.PUBLISHED, coerce=PageState)
    publish_day = day_field(
        _l("Publiée le"),
        description=_l("Pour une page programmée : jusque-là, vous seul la voyez."),
    )
    publish_time = hour_field(_l("à"), default=time(8))

    def __init__(self, pages: SitePages, row: PageRow | None = None, **values: Any) -> None:
        super().__init__(**values)
        self.row = row
        self.audience.choices = list(PAGE_AUDIENCES.items())
        self.state.choices = list(STATES.items())
        if row is not None:
            self.path.description = _(
                "Si vous la changez, l’ancienne adresse mènera à la nouvelle."
            )
        others = [one for one in pages.rows if row is None or one.id != row.id]
        below = pages.below(row.id) if row else set()
        self.parent.choices = [
            (0, _("(aucune)")),
            *((one.id, one.title) for one in others if one.id not in below),
        ]
        self.redirect_page.choices = [
            (0, _("la page de connexion")),
            *((one.id, one.title) for one in others if one.is_published and not one.audience),
        ]

    def validate_path(self, field: Field) -> None:
        """Refuse what is no path, and what the application itself answers."""
        if not field.data or (self.row is not None and self.row.path == field.data):
            return
        try:
            path = checked_path(field.data)
        except DomainError as refusal:
            raise ValidationError(str(refusal)) from refusal
        if not links.is_left_to_pages(path):
            raise ValidationError(_("Cette adresse est déjà prise par le site."))

    def validate_revision(self, field: Field) -> None:
        """Take an altered number for none: the service then refuses."""
        if not (field.data or "").isdecimal() or len(field.data) > 9:
            field.data = "0"

    def validate_state(self, field: Field) -> None:
        """Ask for an hour to come, of a page that waits for it."""
        if field.data is not PageState.SCHEDULED:
            return
        hour = self._publish_at()
        if hour is None:
            raise ValidationError(
                _("Dites à partir de quel jour et de quelle heure la page est publiée.")
            )
        if hour <= clock.now() and (self.row is None or hour != self.row.publish_at):
            raise ValidationError(
                _("Cette heure est passée : choisissez l’état « Publiée », ou une heure à venir.")
            )

    def _publish_at(self) -> datetime | None:
        day, hour = self.publish_day.data, self.publish_time.data
        return clock.at(day, hour) if day is not None and hour is not None else None

    def draft(self) -> Draft:
        """Return what was typed."""
        return Draft(
            title=self.title.data,
            body=self.body.data,
            path=self.path.data,
            parent_id=self.parent.data or None,
            in_menu=self.in_menu.data,
            menu_label=self.menu_label.data,
            position=self.position.data,
            state=self.state.data,
            publish_at=self._publish_at(),
            audience=self.chosen_audience(),
            redirect_page_id=self.redirect_page.data or None if self.is_protected.data else None,
            seen=meanwhile.read(self.seen.data or ""),
        )

    def chosen_audience(self) -> str:
        """Return for whom the page is: "", "connected", "member,referent"."""
        if not self.is_protected.data:
            return ""
        return ",".join(self.audience.data or []) or CONNECTED

    def tell(self, row: PageRow, disputed: list[str]) -> None:
        """Show the page's present settings, but those that this editor changed too, and say so."""
        typed, now = self.draft(), values_of(row, "")
        for name, fields in FIELDS.items():
            if name in disputed:
                sentence = _(
                    "Changé aussi par quelqu’un d’autre : « %(what)s ».", what=_said(name, row)
                )
                self[fields[-1]].errors = [*self[fields[-1]].errors, sentence]
            elif meanwhile.is_left(typed, typed.seen, name):
                for field in fields:
                    self[field].data = now.get(field, self[field].default)
        self.seen.data = now["seen"]


FIELDS = {  # of what editors set, the last of each says what is wrong
    "title": ("title",),
    "path": ("path",),
    "parent_id": ("parent",),
    "in_menu": ("in_menu",),
    "menu_label": ("menu_label",),
    "position": ("position",),
    "state": ("state",),
    "publish_at": ("publish_day", "publish_time"),
    "audience": ("is_protected", "audience"),
    "redirect_page_id": ("redirect_page",),
}


def values_of(row: PageRow, body: str) -> dict[str, Any]:
    """Return what the screen of an existing page shows first."""
    return {
        "title": row.title,
        "body": body,
        "revision": str(row.revision_id or 0),
        "seen": meanwhile.written(meanwhile.seen_of(row)),
        "is_protected": bool(row.audience),
        "audience": [word for word in audience_words(row.audience) if word in PAGE_AUDIENCES],
        "redirect_page": row.redirect_page_id or 0,
        "path": row.path,
        "parent": row.parent_id or 0,
        "in_menu": row.in_menu,
        "menu_label": row.menu_label,
        "position": row.position if row.in_menu else None,
        "state": row.state,
        **_instant_of(row),
    }


def _instant_of(row: PageRow) -> dict[str, Any]:
    if row.publish_at is None:
        return {}
    wall = clock.paris(row.publish_at)
    return {"publish_day": wall.date(), "publish_time": wall.time()}


def _said(name: str, row: PageRow) -> str:
    """Return what a page has by now, as its screen says it."""
    if name == "state":
        return str(STATES[row.state])
    if name == "audience":
        if row.audience == CONNECTED:
            return _("Amapiens connectés")
        return audience_sentence(row.audience) or _("tout le monde")
    if name == "publish_at":
        return instant(row.publish_at) if row.publish_at else "–"
    if name in ("parent_id", "redirect_page_id"):
        target = queries.site_pages(db.session()).by_id.get(getattr(row, name) or 0)
        return target.title if target else "–"
    return str(getattr(row, name) or "–")

"""The screen of a page."""

from typing import Any

from flask import current_app
from flask_wtf import FlaskForm
from werkzeug.routing import RequestRedirect
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from amapress_py import web
from amapress_py.cms.models import PageState
from amapress_py.cms.queries import PageRow, SitePages
from amapress_py.cms.rules import CONNECTED, MOST_PATH, PAGE_AUDIENCES, audience_words, checked_path
from amapress_py.cms.services import Draft
from amapress_py.errors import DomainError
from amapress_py.i18n import _, _l

MOST_TITLE = 200
STATES = {PageState.PUBLISHED: _l("Publiée"), PageState.DRAFT: _l("Brouillon")}


def _plain(text: str | None) -> str:
    return web.clean_text(text or "", web.MAX_FORM_BYTES)


class PageForm(FlaskForm):  # type: ignore[misc]
    """Text and protection in front; address, menu and state under "Options"."""

    title = StringField(
        _l("Titre"),
        filters=[_plain],
        validators=[
            InputRequired(_l("Donnez un titre à la page.")),
            Length(max=MOST_TITLE, message=_l("Ce titre est trop long.")),
        ],
    )
    body = TextAreaField(_l("Texte"), filters=[_plain], render_kw={"rows": 24})
    revision = HiddenField(default="0")

    is_protected = BooleanField(_l("Amapiens connectés"))
    audience = SelectMultipleField(
        _l("Seulement pour"),
        description=_l("Rien de coché : toute personne connectée."),
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
        default=0,
        description=_l("Les plus petits nombres d’abord."),
        validators=[
            Optional(),
            NumberRange(-10_000, 10_000, message=_l("Un nombre entre −10 000 et 10 000.")),
        ],
    )
    state = SelectField(_l("État"), default=PageState.PUBLISHED, coerce=PageState)

    def __init__(self, pages: SitePages, row: PageRow | None = None, **values: Any) -> None:
        super().__init__(**values)
        self.row = row
        self.audience.choices = list(PAGE_AUDIENCES.items())
        self.state.choices = list(STATES.items())
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
        if not _is_free(f"/{path}"):
            raise ValidationError(_("Cette adresse est déjà prise par le site."))

    def validate_revision(self, field: Field) -> None:
        """Take an altered number for none: the service then refuses."""
        if not (field.data or "").isdecimal() or len(field.data) > 9:
            field.data = "0"

    def draft(self) -> Draft:
        """Return what was typed."""
        return Draft(
            title=self.title.data,
            body=self.body.data,
            path=self.path.data,
            parent_id=self.parent.data or None,
            in_menu=self.in_menu.data,
            menu_label=self.menu_label.data,
            position=self.position.data or 0,
            state=self.state.data,
            audience=self._audience(),
            redirect_page_id=self.redirect_page.data or None if self.is_protected.data else None,
        )

    def _audience(self) -> str:
        if not self.is_protected.data:
            return ""
        return ",".join(self.audience.data or []) or CONNECTED


def _is_free(url: str) -> bool:
    """Tell whether the application leaves an address to the pages."""
    try:
        endpoint, _values = current_app.url_map.bind("").match(url)
    except RequestRedirect:
        return False
    return bool(endpoint == "cms.page")


def values_of(row: PageRow, body: str) -> dict[str, Any]:
    """Return what the screen of an existing page shows first."""
    return {
        "title": row.title,
        "body": body,
        "revision": str(row.revision_id or 0),
        "is_protected": bool(row.audience),
        "audience": [word for word in audience_words(row.audience) if word in PAGE_AUDIENCES],
        "redirect_page": row.redirect_page_id or 0,
        "path": row.path,
        "parent": row.parent_id or 0,
        "in_menu": row.in_menu,
        "menu_label": row.menu_label,
        "position": row.position,
        "state": row.state,
    }

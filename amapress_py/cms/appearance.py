"""The screen of the site's appearance: theme, name, logo, colours; administrators only.

Nothing is seen by others before "Enregistrer"; the frame of the screen shows how it would be.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField
from markupsafe import Markup
from werkzeug.exceptions import RequestEntityTooLarge
from wtforms import HiddenField, RadioField, StringField
from wtforms.validators import InputRequired

from amapress_py import db, settings, web
from amapress_py.accounts.access import requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.forms import Form, at_most, one_line, required
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.accounts.viewer import VISITOR
from amapress_py.cms import contrasts, look, menu, queries, render
from amapress_py.cms.colours import parsed
from amapress_py.cms.contrasts import Proposal, Reading
from amapress_py.cms.look import Look
from amapress_py.cms.manifest import Theme
from amapress_py.errors import DomainError
from amapress_py.i18n import _, _l

MENU = (Entry(_l("Site"), _l("Apparence"), "appearance.edit"),)
MOST_NAME = 200
TRY, NO_LOGO, RESET, TAKE = "apercu", "sans-logo", "couleurs-du-theme", "prendre"

bp = Blueprint("appearance", __name__, url_prefix="/admin")
only_admins = requires(Role.ADMIN)
web.take_large_files(bp, lambda: look.logos().most_bytes)


@bp.errorhandler(RequestEntityTooLarge)
def refuse_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say it in the words for images: the form itself could not be read."""
    return web.too_large(_("Ce logo est trop gros : 15 Mo au plus. Rien n’a été changé."))


def _line(label: Any, *checks: Any) -> StringField:
    attributes = {"maxlength": MOST_NAME, "autocomplete": "off"}
    return StringField(
        label, [*checks, at_most(MOST_NAME)], filters=[one_line], render_kw=attributes
    )


class AppearanceForm(Form):
    """All but the colours, which each theme has of its own."""

    site_name = _line(_l("Nom de l’AMAP"), required())
    tagline = _line(_l("Sous-titre"))
    theme = RadioField(_l("Thème"), validators=[InputRequired(_l("Choisissez un thème."))])
    logo = FileField(
        _l("Logo"),
        description=_l("JPEG, PNG ou WebP, 15 Mo au plus. Un fond transparent convient bien."),
    )
    logo_key = HiddenField()


@dataclass
class Palette:
    """The colours of one theme on the screen."""

    theme: Theme
    typed: dict[str, str]
    readings: list[Reading] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    proposals: dict[str, Proposal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Measure what is read on what."""
        self.readings = contrasts.readings(self.theme, self.colours)

    @property
    def colours(self) -> dict[str, str]:
        """What was typed; the theme's own where that is no colour."""
        values = {name: parsed(self.typed.get(name, "")) for name in self.theme.colours}
        return {name: values[name] or own for name, own in self.theme.colours.items()}

    @property
    def chosen(self) -> dict[str, str]:
        """The colours that are not the theme's own."""
        own = self.theme.colours
        return {name: value for name, value in self.colours.items() if value != own[name]}

    def label(self, name: str) -> str:
        """Return what a colour is for."""
        return self.theme.labels.get(name, name)

    def id(self, name: str) -> str:
        """Return the id of a colour's field."""
        return f"couleur-{self.theme.name}-{name}"

    def validate(self) -> bool:
        """Refuse what is no colour, and what could not be read."""
        for name in self.theme.colours:
            if parsed(self.typed.get(name, "")) is None:
                self.errors[name] = _("Une couleur s’écrit # et six signes, par exemple #2d6440.")
        if not self.errors:
            for one in contrasts.refused(self.theme, self.colours):
                self._refuse(one)
        return not self.errors

    def _refuse(self, one: Reading) -> None:
        better = contrasts.proposal(self.theme, self.colours, one.contrast)
        sides = (one.contrast.text, one.contrast.on)
        name = better.name if better else next(side for side in sides if side in self.chosen)
        if name in self.errors:
            return
        said = _(
            "%(where)s : le contraste est de %(ratio)s, il en faut %(least)s pour être lu.",
            where=one.contrast.where,
            ratio=_number(one.shown),
            least=_number(one.contrast.least),
        )
        if better:
            nearest = _(
                "La couleur la plus proche qui convient : %(colour)s.", colour=better.colour
            )
            said = f"{said} {nearest}"
            self.proposals[name] = better
        self.errors[name] = said


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0").replace(".", ",")


def _key(theme: Theme, colour: str) -> str:
    """Return the name of a colour's field."""
    return f"{theme.name}.{colour}"


def _palettes(sent: Mapping[str, str]) -> dict[str, Palette]:
    """Return the colours of every theme: as sent, else as chosen, else its own."""
    stored = settings.current().theme_colours
    found = {}
    for theme in look.themes().all():
        known = {**theme.colours, **look.chosen_colours(stored, theme)}
        typed = {name: sent.get(_key(theme, name), value)[:40] for name, value in known.items()}
        found[theme.name] = Palette(theme, typed)
    return found


def _form(palettes: Mapping[str, Palette], **values: Any) -> AppearanceForm:
    form = AppearanceForm(**values)
    form.theme.choices = [(name, one.theme.title) for name, one in palettes.items()]
    form.logo.render_kw = {"accept": look.logos().accepted}
    return form


@bp.get("/apparence")
@only_admins
def edit() -> ResponseReturnValue:
    """Show how the site looks."""
    palettes = _palettes({})
    in_use = replace(settings.current(), theme=look.current().theme.name)  # the default if gone
    return _screen(_form(palettes, obj=in_use), palettes)


@bp.post("/apparence")
@only_admins
def save() -> ResponseReturnValue:
    """Keep what was set; or, by the other buttons, show it without keeping it."""
    action, _space, about = request.form.get("action", "").partition(" ")
    palettes = _palettes(request.form)
    form = _form(palettes)
    palette = palettes.get(form.theme.data or "")
    if not _take_upload(form):
        return _screen(form, palettes, 422)
    if action:
        return _try(form, palettes, action, about)
    if not form.validate_on_submit() or palette is None or not palette.validate():
        return _screen(form, palettes, 422)
    with db.transaction() as session:
        settings.save(session, _values(form, palette, settings.read(session).theme_colours))
    flash(_("L’apparence du site est enregistrée."), "success")
    return redirect(url_for(".edit"), 303)


def _take_upload(form: AppearanceForm) -> bool:
    """Put a new logo among the images of the site; it is shown to nobody before it is saved."""
    if look.logos().url(db.session(), form.logo_key.data or "") is None:
        form.logo_key.data = ""
    sent = request.files.get("logo")
    if sent is None or not sent.filename:
        return True
    try:
        form.logo_key.data = look.logos().keep(viewer().person_id, sent.read(), sent.filename)
    except DomainError as refusal:
        form.logo.errors = [str(refusal)]
        return False
    return True


def _try(
    form: AppearanceForm, palettes: dict[str, Palette], action: str, about: str
) -> ResponseReturnValue:
    """Show the screen again with what was typed, and what a button changes of it."""
    name = form.theme.data or ""
    if action == NO_LOGO:
        form.logo_key.data = ""
    elif action == RESET and name in palettes:
        palettes[name] = Palette(palettes[name].theme, dict(palettes[name].theme.colours))
    elif action == TAKE and name in palettes:
        colour, _equals, value = about.partition("=")
        palettes[name] = Palette(palettes[name].theme, {**palettes[name].typed, colour: value})
    return _screen(form, palettes, is_tried=True)


def _values(form: AppearanceForm, palette: Palette, stored: str) -> dict[str, Any]:
    every = {**look.all_chosen(stored), palette.theme.name: palette.chosen}
    kept = {theme: those for theme, those in every.items() if those}
    return {
        "site_name": form.site_name.data,
        "tagline": form.tagline.data,
        "theme": palette.theme.name,
        "logo_key": form.logo_key.data,
        "theme_colours": json.dumps(kept, sort_keys=True) if kept else "",
    }


def _screen(
    form: AppearanceForm, palettes: dict[str, Palette], status: int = 200, is_tried: bool = False
) -> ResponseReturnValue:
    shown: dict[str, Any] = {
        _key(one.theme, name): value
        for one in palettes.values()
        for name, value in one.colours.items()
        if one.theme.name == form.theme.data
    }
    page = render_template(
        "admin/appearance/edit.html",
        form=form,
        palettes=palettes,
        is_tried=is_tried,
        wrong_colours=[
            (one.id(name), one.label(name), error)
            for one in palettes.values()
            for name, error in one.errors.items()
        ],
        logo_url=look.logos().url(db.session(), form.logo_key.data or ""),
        picture_url=url_for(
            ".picture",
            site_name=form.site_name.data or "",
            tagline=form.tagline.data or "",
            theme=form.theme.data or "",
            logo_key=form.logo_key.data or "",
            **shown,
        ),
        number=_number,
    )
    return page, status


@bp.get("/apparence/apercu")
@only_admins
def picture() -> ResponseReturnValue:
    """Show the home page as a visitor would see it; for the frame of the screen."""
    tried = _tried(request.args)
    g.viewer = VISITOR
    row = queries.site_pages(db.session()).by_path.get("")
    is_shown = row is not None and row.is_published and not row.audience
    with look.imagined(tried):
        body = render.page_body(row) if row is not None and is_shown else Markup()
        page = render_template(
            "page.html",
            page=row if is_shown else {"title": _("Accueil")},
            body=body or Markup("<p>{}</p>").format(_("Voici le texte d’une page.")),
            menu=menu.entries(db.session(), VISITOR, "/"),
            flashes_wanted=False,  # they are for the screen around
            is_picture=True,
        )
    response = make_response(page)
    response.headers["Content-Security-Policy"] = web.POLICY.format(ancestors="'self'")
    return response


def _tried(asked: Mapping[str, str]) -> Look:
    """Return the look that the address describes; the present one for what it does not say."""
    site = settings.current()
    theme = look.themes().find(asked.get("theme", "")) or look.current().theme
    palette = _palettes(asked).get(theme.name)
    colours = palette.colours if palette else dict(theme.colours)
    return Look(
        theme,
        name=one_line(asked.get("site_name"))[:MOST_NAME] or site.site_name,
        tagline=one_line(asked.get("tagline", site.tagline))[:MOST_NAME],
        logo_url=look.logos().url(db.session(), asked.get("logo_key", site.logo_key)),
        colours=colours,
        tried=colours,
    )

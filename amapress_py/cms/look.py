"""The look of the site: theme, name, logo and colours, as chosen or as tried in a preview."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from flask import Flask, current_app, g, has_app_context
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from amapress_py import db, settings
from amapress_py.accounts.login import viewer
from amapress_py.cms.colours import parsed
from amapress_py.cms.manifest import Theme, Themes
from amapress_py.settings import DEFAULTS, Settings

THEMES = "amapress_themes"
CHOSEN = "amapress_look"
LOGOS = "amapress_logos"


class Logos(Protocol):
    """What is asked of the part that keeps images."""

    most_bytes: int  # of a request
    accepted: str  # media types, for the file field

    def url(self, session: Session, key: str) -> str | None:
        """Return the address of a logo, None if the image is gone."""

    def keep(self, author_id: int, data: bytes, name: str) -> str:
        """Keep an upload and return its key; raise a DomainError that says what is wrong."""


@dataclass(frozen=True)
class Look:
    """What every page shows of the site; `tried` are colours that nobody has saved yet."""

    theme: Theme
    name: str
    tagline: str
    logo_url: str | None = None
    colours: Mapping[str, str] = field(default_factory=dict)  # of the theme, and chosen ones
    tried: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_stylesheet(self) -> bool:
        """Tell whether the colours are others than those in the default theme's style.css."""
        return len(self.theme.layers) > 1 or self.colours != themes().shipped_colours


def themes() -> Themes:
    """Return the themes that are there."""
    found: Themes = current_app.extensions[THEMES]
    return found


def plug_logos(app: Flask, logos: Logos) -> None:
    """Say who keeps images (they are not ours)."""
    app.extensions[LOGOS] = logos


def logos() -> Logos:
    """Return who keeps images."""
    found: Logos = current_app.extensions[LOGOS]
    return found


def chosen_colours(stored: str, theme: Theme) -> dict[str, str]:
    """Return the colours chosen for a theme; what no longer fits it is left out."""
    of_theme = all_chosen(stored).get(theme.name, {})
    values = {name: parsed(of_theme.get(name, "")) for name in theme.colours}
    return {name: value for name, value in values.items() if value}


def all_chosen(stored: str) -> dict[str, dict[str, str]]:
    """Read the setting `theme_colours`: colours by theme and name."""
    try:
        found = json.loads(stored or "{}")
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        theme: {name: value for name, value in those.items() if isinstance(value, str)}
        for theme, those in found.items()
        if isinstance(those, dict)
    }


def look_of(site: Settings) -> Look:
    """Return the look that the settings say."""
    theme = themes().get(site.theme)
    logo = logos().url(db.session(), site.logo_key) if site.logo_key else None
    colours = {**theme.colours, **chosen_colours(site.theme_colours, theme)}
    return Look(theme, site.site_name, site.tagline, logo, colours)


def plain() -> Look:
    """Return the look of a site that cannot ask its settings: the default theme as we ship it."""
    theme = themes().shipped()
    return Look(theme, DEFAULTS.site_name, DEFAULTS.tagline, None, theme.colours)


def current() -> Look:
    """Return the look of this request; made once per process and version of the site."""
    tried: Look | None = g.get("look") if has_app_context() else None
    if tried is not None:
        return tried
    try:
        viewer()  # its one statement brings the version of the site along
        site = settings.current()
        known: tuple[Settings, Look] | None = current_app.extensions.get(CHOSEN)
        if known is None or known[0] is not site or current_app.debug:
            known = current_app.extensions[CHOSEN] = (site, look_of(site))
    except SQLAlchemyError:
        return plain()
    return known[1]


@contextmanager
def imagined(look: Look) -> Iterator[None]:
    """Let the site look so meanwhile: for previews, and where a theme fails."""
    before = g.get("look")
    g.look = look
    try:
        yield
    finally:
        g.look = before


def stylesheet(colours: Mapping[str, str]) -> str:
    """Return the colours as custom properties."""
    return ":root{" + "".join(f"--{name}:{value};" for name, value in colours.items()) + "}\n"


def digest(text: str | bytes) -> str:
    """Return what changes with a content, for addresses that are kept for long."""
    data = text.encode() if isinstance(text, str) else text
    return hashlib.sha256(data).hexdigest()[:12]

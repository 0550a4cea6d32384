"""Which shortcodes other sites may show, with which parameters, and where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import url_for

from amapress_py import settings, web
from amapress_py.cms import render
from amapress_py.engine import Notice, Shortcode
from amapress_py.i18n import _

MOST_PARAMETERS = 50


@dataclass(frozen=True)
class Widget:
    """One use of an embeddable shortcode; `given` are the parameters that it takes, as typed."""

    shortcode: Shortcode[Any]
    given: Mapping[str, str]
    notices: Sequence[Notice] = ()

    @classmethod
    def asked(cls, tag: str, typed: Mapping[str, str]) -> Self | None:
        """Return what an address asks for, without what its shortcode does not know; else None."""
        shortcode = render.registered().registry.get(tag)
        if shortcode is None or not shortcode.embeddable:
            return None
        named = {name for one in shortcode.parameters for name in (one.name, *one.aliases)}
        known = {name: value for name, value in typed.items() if name in named}
        _attributes, notices = shortcode.read(shortcode.tag, dict(known.items()))
        refused = {notice.parameter for notice in notices}
        given = {name: value for name, value in known.items() if name not in refused}
        return cls(shortcode, given, notices)

    @property
    def path(self) -> str:
        """The path on this site, with its query."""
        path = url_for("embed.widget", tag=self.shortcode.tag)
        return f"{path}?{urlencode(self.given)}" if self.given else path

    @property
    def url(self) -> str:
        """The address that a frame shows."""
        return web.absolute(self.path)

    @property
    def title(self) -> str:
        """What the frame is called."""
        name = settings.current().site_name
        return _("%(widget)s – %(site)s", widget=str(self.shortcode.title), site=name)


def embeddable() -> list[Shortcode[Any]]:
    """Return the shortcodes that other sites may show, by tag."""
    every = render.registered().registry
    return sorted((one for one in every if one.embeddable), key=lambda one: one.tag)


def at(address: str) -> Widget | None:
    """Return the widget that has an address, None for any other address."""
    root = web.absolute(url_for("embed.widget", tag="-")).removesuffix("-")
    try:
        parts = urlsplit(address)
        query = dict(parse_qsl(parts.query, max_num_fields=MOST_PARAMETERS))
    except ValueError:
        return None
    if not f"{parts.scheme}://{parts.netloc}{parts.path}".startswith(root):
        return None
    return Widget.asked(address[len(root) :].partition("?")[0].partition("#")[0], query)

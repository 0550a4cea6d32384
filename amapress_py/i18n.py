"""French words: gettext with French as the key, plurals, dates; only importer of flask_babel."""

import re
import unicodedata
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, g, has_app_context
from flask_babel import Babel, get_translations, lazy_gettext
from jinja2.ext import Extension
from markupsafe import escape

from amapress_py import clock
from amapress_py.money import euros

SOURCE_LANGUAGE = "fr"
CATALOGUES = tuple((Path(__file__).parent / "translations").glob("*/LC_MESSAGES/*.mo"))
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip

WORD = re.compile(r"""\{\{ _\((?P<quote>["'])(?P<text>[^"'%{}\\]+)(?P=quote)\) \}\}""")

LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE"})

_l = lazy_gettext


def _catalogue() -> Any:
    """Return the request's catalogue, fetched once; None where French is all there is."""
    if not CATALOGUES or not has_app_context():
        return None
    if "catalogue" not in g:
        g.catalogue = get_translations()
    return g.catalogue


def _(text: str, **values: object) -> str:
    """Translate `text` (French is the key) and fill in `%(name)s`."""
    catalogue = _catalogue()
    translated = text if catalogue is None else catalogue.ugettext(text)
    return translated % values if values else translated


def ngettext(singular: str, plural: str, n: int, **values: object) -> str:
    """Translate a text that counts; in French 0 and 1 are singular."""
    translated = singular if n < 2 else plural
    catalogue = _catalogue()
    if catalogue is not None:
        told = catalogue.ungettext(singular, plural, n)
        translated = told if told not in (singular, plural) else translated
    return translated % {"n": n, **values}


@lru_cache(maxsize=4096)
def short_date(day: date) -> str:
    """Return "06/08/2020", as in tables."""
    return f"{day:%d/%m/%Y}"


@lru_cache(maxsize=4096)
def long_date(day: date) -> str:
    """Return "jeudi 1er octobre 2026", as in sentences."""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{WEEKDAYS[day.weekday()]} {number} {MONTHS[day.month - 1]} {day.year}"


def hour(value: time) -> str:
    """Return "18 h 30", or "18 h" on the hour, with no-break spaces."""
    minutes = f"\N{NO-BREAK SPACE}{value.minute:02d}" if value.minute else ""
    return f"{value.hour}\N{NO-BREAK SPACE}h{minutes}"


def times(quantity: int, name: str) -> str:
    """Return "2 × 1/2 Panier"."""
    return f"{quantity}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}{name}"


def counted(quantity: int, name: str) -> str:
    """Return "1/2 Panier" for one, "2 × 1/2 Panier" for several."""
    return name if quantity == 1 else times(quantity, name)


def hours(opens: time, closes: time) -> str:
    """Return "de 18 h à 19 h 30"."""
    return _("de %(opens)s à %(closes)s", opens=hour(opens), closes=hour(closes))


def instant(value: datetime) -> str:
    """Return "jeudi 1er octobre 2026 à 18 h 30", in Paris."""
    wall = clock.paris(value)
    return _("%(day)s à %(hour)s", day=long_date(wall.date()), hour=hour(wall.time()))


def short_instant(value: datetime) -> str:
    """Return "01/10/2026 18:30", in Paris, as in tables."""
    return f"{clock.paris(value):%d/%m/%Y %H:%M}"


class FrenchInPlace(Extension):
    """Write `{{ _("…") }}` into HTML templates as they are compiled, where French is all there is.

    A page asks for hundreds of words; with a catalogue each is looked up when the page is made.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Replace plain texts; what has a value to fill in stays a call."""
        if CATALOGUES or not (name or "").endswith(".html"):
            return source
        return WORD.sub(lambda found: str(escape(found["text"])), source)


def init_app(app: Flask) -> None:
    """Plug Flask-Babel in, and give templates the words above."""
    app.config.setdefault("BABEL_DEFAULT_LOCALE", SOURCE_LANGUAGE)
    Babel(app, default_timezone="Europe/Paris")
    app.jinja_env.globals.update(_=_, ngettext=ngettext)
    app.jinja_env.add_extension(FrenchInPlace)
    app.jinja_env.filters.update(
        euros=euros,
        short_date=short_date,
        long_date=long_date,
        hour=hour,
        instant=instant,
        short_instant=short_instant,
    )


def search_key(text: str) -> str:
    """Return `text` without accents and case, by which lists sort and search."""
    decomposed = unicodedata.normalize("NFKD", text.translate(LIGATURES))
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(bare.casefold().replace("’", "'").split())

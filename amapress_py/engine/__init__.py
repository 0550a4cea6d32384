"""Shortcodes for any Flask application: WordPress's rules, typed attributes, a Jinja filter."""

from amapress_py.engine.context import Context
from amapress_py.engine.extension import Shortcodes
from amapress_py.engine.paragraphs import autop, unautop
from amapress_py.engine.parameters import Notice, Param
from amapress_py.engine.parser import Compiled
from amapress_py.engine.registry import (
    BrokenShortcode,
    DuplicateTag,
    NoAttributes,
    Registry,
    Shortcode,
    discover,
    shortcode,
)

__all__ = [
    "BrokenShortcode",
    "Compiled",
    "Context",
    "DuplicateTag",
    "NoAttributes",
    "Notice",
    "Param",
    "Registry",
    "Shortcode",
    "Shortcodes",
    "autop",
    "discover",
    "shortcode",
    "unautop",
]

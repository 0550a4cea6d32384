"""Pages to HTML: the author's cleaned text with what the shortcodes made spliced in."""

from datetime import datetime
from typing import Any

from flask import Flask, current_app, g
from markupsafe import Markup, escape

from amapress_py import clock, db, engine, settings
from amapress_py.accounts.login import viewer
from amapress_py.cms import cache, extensions, queries
from amapress_py.cms.context import Context
from amapress_py.cms.queries import PageRow
from amapress_py.cms.rules import CONNECTED, may_see

SHORTCODES = "amapress_shortcodes"
COMPILED = "amapress_compiled"
MOST_COMPILED = 1000  # revisions kept per process
PROTOCOLS = frozenset({"http", "https", "mailto", "tel"})

Compiled = dict[tuple[int | None, datetime | None], engine.Compiled]


def _may_run(context: engine.Context, shortcode: engine.Shortcode[Any]) -> bool:
    """Check the audience; remember what makes the page depend on more than its text."""
    assert isinstance(context, Context)  # noqa: S101  for the type checker: it is made below
    if context.embedded:
        return shortcode.embeddable
    if not may_see(context.viewer, shortcode.audience or CONNECTED):
        return False
    if not shortcode.public_cache:
        context.renderers.add(shortcode.tag)
    return True


def registered() -> engine.Shortcodes:
    """Return the shortcodes of this application."""
    found: engine.Shortcodes = current_app.extensions[SHORTCODES]
    return found


def context(path: str | None = None, embedded: bool = False) -> Context:
    """Return the context of this request's page, made once."""
    if "page_context" not in g:
        g.page_context = Context(
            db.session(), viewer(), settings.current(), clock.now(), path or "/", embedded
        )
    found: Context = g.page_context
    return found


def page_body(row: PageRow) -> Markup:
    """Return what a page says to the viewer; it is compiled once per revision and process."""
    cache: Compiled = current_app.extensions[COMPILED]
    key = (row.revision_id, row.changed_at)
    if key not in cache:
        if len(cache) >= MOST_COMPILED:
            cache.clear()
        cache[key] = _compiled(queries.body(db.session(), row.revision_id))
    return registered().render(cache[key], context(row.url))


def text(cleaned: str, path: str) -> Markup:
    """Return what a cleaned text says to the viewer, as if it stood on the page at `path`."""
    return registered().render(_compiled(cleaned), context(path))


def _compiled(cleaned: str) -> engine.Compiled:
    """Compile a page's text; a shortcode alone in its paragraph takes the paragraph's place."""
    return registered().compile(engine.unautop(cleaned, registered().registry.tags))


def notices() -> list[str]:
    """Return what the page's shortcodes tell its editors."""
    return list(dict.fromkeys(notice.text for notice in context().notices))


def line(label: str) -> Markup:
    """Return a menu label whose shortcodes are filled in; one that shows a menu stays as it is."""
    if g.get("is_in_line"):
        return escape(label)
    g.is_in_line = True
    try:
        return registered().render(registered().compile(str(escape(label))), context())
    finally:
        g.is_in_line = False


def init_app(app: Flask) -> None:
    """Collect the shortcodes: ours, those of other packages, the AMAP's own."""
    app.extensions[SHORTCODES] = engine.Shortcodes(
        app,
        extensions.collect(app),
        context=context,
        allowed=_may_run,
        url_protocols=PROTOCOLS,
    )
    app.extensions[COMPILED] = {}
    cache.init_app(app)

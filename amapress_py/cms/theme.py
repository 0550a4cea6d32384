"""Themes: where templates and static files are found, and what every template may use."""

import logging
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    has_request_context,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from jinja2 import BaseLoader, Environment, Template, TemplateError, TemplateNotFound
from sqlalchemy.exc import SQLAlchemyError

from amapress_py import db, settings, web
from amapress_py.accounts.access import public
from amapress_py.accounts.login import viewer
from amapress_py.accounts.viewer import VISITOR
from amapress_py.cms import look, menu, queries
from amapress_py.cms.colours import parsed
from amapress_py.cms.look import Look
from amapress_py.cms.manifest import Theme, Themes, existing
from amapress_py.cms.rules import may_see
from amapress_py.i18n import SOURCE_LANGUAGE
from amapress_py.mail import rendering
from amapress_py.site import PACKAGE, site_folders, site_root

log = logging.getLogger(__name__)

A_YEAR = 365 * 24 * 3600
ADDRESSES = "amapress_asset_addresses"
STYLE = "style.css"  # a child theme that has one replaces its parent's
MORE_STYLE = "theme.css"  # what a theme adds to its parents' style
AT_THE_FOOT = ("contact", "mentions-legales")  # paths of pages
OURS = (site_root() / "themes", site_root() / "shortcodes", PACKAGE)

bp = Blueprint("theme", __name__, url_prefix="/theme/<name>")


class ThemeLoader(BaseLoader):
    """Find templates: the theme and its parents, then what shortcodes and the package bring.

    "default:page.html" is the template as the theme "default" has it, for themes that extend it.
    A template is read again when another theme is chosen, and in development when it changes.
    """

    def __init__(self, others: Iterable[Path], watch: bool) -> None:
        self.others = tuple(others)
        self.watch = watch

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        """Return text, file and the check that the text still is the right one."""
        theme = look.current().theme
        above, _colon, name = template.rpartition(":")
        for file in self._files(theme, name, above):
            text = _text_that_works(environment, name, file)
            if text is not None:
                return text, str(file), self._check(theme.key, file)
        raise TemplateNotFound(template)

    def _files(self, theme: Theme, name: str, above: str) -> Iterator[Path]:
        yield from theme.find("templates", name, above)
        for folder in self.others:
            yield from existing(folder, name)

    def _check(self, key: str, file: Path) -> Callable[[], bool]:
        if not self.watch:
            return lambda: look.current().theme.key == key
        changed = file.stat().st_mtime_ns
        return lambda: look.current().theme.key == key and _changed_at(file) == changed

    def list_templates(self) -> list[str]:
        """Return the names of all templates, for checks."""
        layers = look.current().theme.layers
        ours = (folder / "templates" for layer in layers for folder in layer.folders)
        return sorted(
            {
                str(file.relative_to(folder))
                for folder in (*ours, *self.others)
                for file in folder.rglob("*")
                if file.is_file()
            }
        )


def _text_that_works(environment: Environment, name: str, file: Path) -> str | None:
    """Return a template's text, None if it is a theme's and cannot be used: the next one is."""
    if _is_of_ours(file):
        return file.read_text("utf-8")
    try:
        text = file.read_text("utf-8")
        environment.compile(text, name, str(file))
    except (OSError, UnicodeDecodeError, TemplateError) as error:
        log.error("%s is left out: %s", file, error)
        return None
    return text


def _changed_at(file: Path) -> int:
    return file.stat().st_mtime_ns if file.exists() else 0


class ThemedTemplate(Template):
    """A template that fails within a theme is rendered by the default theme as we ship it."""

    def render(self, *args: Any, **kwargs: Any) -> str:
        """Render; raise what even the default theme cannot render."""
        values = dict(*args, **kwargs)
        try:
            return super().render(values)
        except Exception:
            if not self.name or _is_ours(look.current().theme):
                raise
            log.exception("theme %s: %s failed", look.current().theme.name, self.name)
        with look.imagined(look.plain()):
            again = self.environment.get_template(self.name)
            return again.render({**values, "site": _site()})


def _is_ours(theme: Theme) -> bool:
    return all(_is_of_ours(folder) for layer in theme.layers for folder in layer.folders)


def _is_of_ours(path: Path) -> bool:
    return any(path.is_relative_to(folder) for folder in OURS)


def _find_file(theme: Theme, path: str) -> Path | None:
    return next(theme.find("static", path), None)


@lru_cache(maxsize=500)
def _version(file: Path, _changed_at: int) -> str:
    return look.digest(file.read_bytes())


def asset(path: str, theme: str = "") -> str:
    """Return the address of a static file; it changes with the content, so caches keep it long.

    `theme`: one of the parents' own file. An empty address says that there is none.
    """
    known: dict[tuple[str, str, str, str], str] = current_app.extensions[ADDRESSES]
    using = look.current().theme
    key = (request.root_path, using.name, theme, path)
    if key not in known or current_app.debug:
        known[key] = _address(using, theme, path)
    return known[key]


def _address(using: Theme, theme: str, path: str) -> str:
    if theme:
        layer = next(one for one in using.layers if one.name == theme)
        files = (folder / "static" / path for folder in layer.folders)
        found = next((file for file in files if file.is_file()), None)
        if found is None:
            return ""
    else:
        found = _find_file(using, path)
    version = _version(found, _changed_at(found)) if found else "0"
    return url_for("theme.file", name=theme or using.name, version=version, path=path)


def stylesheets() -> list[str]:
    """Return the addresses of a page's stylesheets: style, what each theme adds, colours."""
    now = look.current()
    found = [asset(STYLE)]
    if now.has_stylesheet:
        found += filter(None, (asset(MORE_STYLE, one.name) for one in reversed(now.theme.layers)))
        found.append(_colours_address(now))
    return found


def _colours_address(now: Look) -> str:
    version = look.digest(look.stylesheet(now.colours))
    tried: dict[str, Any] = {f"c-{name}": value[1:] for name, value in now.tried.items()}
    return url_for("theme.colours", name=now.theme.name, version=version, **tried)


def _theme(name: str) -> Theme:
    found = look.themes().find(name)
    if found is None:
        abort(404)
    return found


def _kept(response: Response, is_asked_version: bool) -> Response:
    """Let caches keep for long what its address names; another version is asked again."""
    kept = f"public, max-age={A_YEAR}, immutable" if is_asked_version else "public, no-cache"
    response.headers["Cache-Control"] = kept
    return response


@bp.get("/<version>/<path:path>")
@public
def file(name: str, version: str, path: str) -> ResponseReturnValue:
    """Serve a static file; an address of another version gets today's file, not kept."""
    found = _find_file(_theme(name), path)
    if found is None:
        abort(404)
    response = send_file(found, conditional=True)
    return _kept(response, version == _version(found, _changed_at(found)))


@bp.get("/couleurs-<version>.css")
@public
def colours(name: str, version: str) -> ResponseReturnValue:
    """Serve the colours of a theme: the chosen ones, or those that a preview tries in the query."""
    theme = _theme(name)
    asked = {one: parsed(f"#{request.args.get(f'c-{one}', '')}") for one in theme.colours}
    tried = {one: value for one, value in asked.items() if value}
    chosen = tried or look.chosen_colours(settings.current().theme_colours, theme)
    text = look.stylesheet({**theme.colours, **chosen})
    return _kept(Response(text, mimetype="text/css"), version == look.digest(text))


def mail_colours() -> dict[str, str]:
    """Return the colours that mails wear."""
    return dict(look.current().colours)


def _wanted_page() -> str:
    """Return where a person goes after the log-in: as asked, else back to this page."""
    asked = request.args.get("suite", "")
    if asked and web.is_own_path(asked):
        return asked
    return request.path if request.endpoint == "cms.page" and request.path != "/" else ""


class Menu:
    """The viewer's menu, worked out only where a template walks through it."""

    def __iter__(self) -> Iterator[menu.Entry]:
        try:
            return iter(menu.entries(db.session(), viewer(), request.path))
        except SQLAlchemyError:
            return iter(())


class FootLinks:
    """Pages that everybody looks for at the foot, if they are there and the viewer may see them."""

    def __iter__(self) -> Iterator[tuple[str, str]]:
        try:
            pages = queries.site_pages(db.session()).by_path
        except SQLAlchemyError:
            return
        for row in filter(None, map(pages.get, AT_THE_FOOT)):
            if row.is_published and may_see(viewer(), row.audience):
                yield row.title, row.url


def _site() -> SimpleNamespace:
    now = look.current()
    colour = now.colours.get("brand-strong", "")
    return SimpleNamespace(name=now.name, tagline=now.tagline, logo_url=now.logo_url, colour=colour)


def _globals() -> dict[str, Any]:
    """Return what every template may use; of a database that is away only the names are lost."""
    if not has_request_context():
        return {"lang": SOURCE_LANGUAGE}
    try:
        who = viewer()
        settings.current()
    except SQLAlchemyError:
        db.session().rollback()
        who = VISITOR
    cookie = current_app.config["SESSION_COOKIE_NAME"]
    return {
        "lang": SOURCE_LANGUAGE,
        "site": _site(),
        "viewer": who,
        "menu": Menu(),
        "foot_links": FootLinks(),
        "login_url": url_for("accounts.login", suite=_wanted_page() or None),
        "flashes_wanted": cookie in request.cookies,
    }


def init_app(app: Flask) -> None:
    """Give the application its templates, static files and common variables."""
    with app.app_context():
        own = web.config().site_folder
    app.extensions[look.THEMES] = Themes(own)
    package = Path(app.root_path) / "templates"
    app.extensions[ADDRESSES] = {}
    shortcodes = [root / "templates" for root in site_folders("shortcodes", own)]
    app.jinja_env.loader = ThemeLoader([*shortcodes, package], watch=app.debug)
    app.jinja_env.template_class = ThemedTemplate
    app.jinja_env.auto_reload = True  # asks the loader's check, which is cheap
    app.jinja_env.globals["asset"] = asset
    app.jinja_env.globals["stylesheets"] = stylesheets
    app.context_processor(_globals)
    app.register_blueprint(bp)
    rendering.plug_colours(app, mail_colours)

"""Themes: where templates and static files are found, and what every template may use."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import (
    Blueprint,
    Flask,
    abort,
    current_app,
    has_app_context,
    has_request_context,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from jinja2 import BaseLoader, Environment, TemplateNotFound
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.security import safe_join

from amapress_py import db, settings, web
from amapress_py.accounts.access import public
from amapress_py.accounts.login import viewer
from amapress_py.accounts.viewer import VISITOR
from amapress_py.cms import menu
from amapress_py.i18n import SOURCE_LANGUAGE
from amapress_py.site import site_folders

DEFAULT = "default"
A_YEAR = 365 * 24 * 3600
FOLDERS = "amapress_theme_folders"
ADDRESSES = "amapress_asset_addresses"

bp = Blueprint("theme", __name__)


def chosen() -> str:
    """Return the name of the theme in use; the default one where no setting can be read."""
    if not has_app_context():
        return DEFAULT
    try:
        viewer()  # its one statement brings the version of the site along
        return settings.current().theme
    except SQLAlchemyError:
        return DEFAULT


class ThemeFolders:
    """The folders of themes, in order of search."""

    def __init__(self, own: Path | None) -> None:
        self.roots = tuple(site_folders("themes", own))

    @cache  # noqa: B019  one object per application
    def existing(self, part: str, theme: str) -> tuple[Path, ...]:
        """Return the folders called `part`: the chosen theme's, then the default one's.

        For each, the AMAP's own copy comes before ours.
        """
        names = dict.fromkeys((Path(theme).name, DEFAULT))
        every = (root / name / part for name in names for root in self.roots)
        return tuple(folder for folder in every if folder.is_dir())


class ThemeLoader(BaseLoader):
    """Find templates: theme first, then what shortcodes and the package bring.

    A template is read again when another theme is chosen, and in development when it changes.
    """

    def __init__(self, folders: ThemeFolders, others: Iterable[Path], watch: bool) -> None:
        self.folders = folders
        self.others = tuple(others)
        self.watch = watch

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        """Return text, file and the check that the text still is the right one."""
        theme = chosen()
        for folder in (*self.folders.existing("templates", theme), *self.others):
            name = safe_join(str(folder), template)
            if name is not None and Path(name).is_file():
                return Path(name).read_text("utf-8"), name, self._check(theme, Path(name))
        raise TemplateNotFound(template)

    def _check(self, theme: str, file: Path) -> Callable[[], bool]:
        if not self.watch:
            return lambda: chosen() == theme
        changed = file.stat().st_mtime_ns
        return lambda: chosen() == theme and _changed_at(file) == changed

    def list_templates(self) -> list[str]:
        """Return the names of all templates, for checks."""
        found = (*self.folders.existing("templates", DEFAULT), *self.others)
        return sorted(
            {
                str(file.relative_to(folder))
                for folder in found
                for file in folder.rglob("*")
                if file.is_file()
            }
        )


def _changed_at(file: Path) -> int:
    return file.stat().st_mtime_ns if file.exists() else 0


def _find_file(theme: str, path: str) -> Path | None:
    folders: ThemeFolders = current_app.extensions[FOLDERS]
    for folder in folders.existing("static", theme):
        name = safe_join(str(folder), path)
        if name is not None and Path(name).is_file():
            return Path(name)
    return None


@lru_cache(maxsize=500)
def _version(file: Path, _changed_at: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


def asset(path: str) -> str:
    """Return the address of a static file; it changes with the content, so caches keep it long."""
    known: dict[tuple[str, str, str], str] = current_app.extensions[ADDRESSES]
    key = (request.root_path, chosen(), path)
    if key not in known or current_app.debug:
        found = _find_file(key[1], path)
        version = _version(found, _changed_at(found)) if found else "0"
        known[key] = url_for("theme.file", version=version, path=path)
    return known[key]


@bp.get("/theme/<version>/<path:path>")
@public
def file(version: str, path: str) -> ResponseReturnValue:
    """Serve a static file; an address of another version gets today's file, not kept."""
    found = _find_file(chosen(), path)
    if found is None:
        abort(404)
    response = send_file(found, conditional=True)
    if version == _version(found, _changed_at(found)):
        response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    else:
        response.headers["Cache-Control"] = "public, no-cache"
    return response


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


def _globals() -> dict[str, Any]:
    """Return what every template may use; of a database that is away only the names are lost."""
    if not has_request_context():
        return {"lang": SOURCE_LANGUAGE}
    try:
        who, site = viewer(), settings.current()
    except SQLAlchemyError:
        db.session().rollback()
        who, site = VISITOR, settings.DEFAULTS
    cookie = current_app.config["SESSION_COOKIE_NAME"]
    return {
        "lang": SOURCE_LANGUAGE,
        "site": SimpleNamespace(name=site.site_name, tagline=site.tagline, logo_url=None),
        "viewer": who,
        "menu": Menu(),
        "login_url": url_for("accounts.login", suite=_wanted_page() or None),
        "flashes_wanted": cookie in request.cookies,
    }


def init_app(app: Flask) -> None:
    """Give the application its templates, static files and common variables."""
    with app.app_context():
        own = web.config().site_folder
    folders = app.extensions[FOLDERS] = ThemeFolders(own)
    package = Path(app.root_path) / "templates"
    app.extensions[ADDRESSES] = {}
    shortcodes = [root / "templates" for root in site_folders("shortcodes", own)]
    app.jinja_env.loader = ThemeLoader(folders, [*shortcodes, package], watch=app.debug)
    app.jinja_env.auto_reload = True  # asks the loader's check, which is cheap
    app.jinja_env.globals["asset"] = asset
    app.context_processor(_globals)
    app.register_blueprint(bp)

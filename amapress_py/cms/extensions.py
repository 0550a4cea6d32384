"""Shortcodes that others bring: the AMAP's own folder, and installed packages."""

import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader

from amapress_py import engine, web
from amapress_py.config import ConfigurationError
from amapress_py.engine import Registry, Shortcode
from amapress_py.i18n import _

PACKAGE = "amapress_py.shortcodes"


def collect(app: Flask) -> Sequence[Shortcode[Any]]:
    """Return every shortcode; raise ConfigurationError, in French, if one cannot be used."""
    with app.app_context():
        own: Path | None = web.config().site_folder
    if own is not None:
        _add_folder(own / "shortcodes")
    try:
        found = list(engine.discover(PACKAGE))
        Registry(found)  # refuses two with one name
    except engine.DuplicateTag as error:
        raise ConfigurationError(
            _(
                "Deux shortcodes s’appellent [%(tag)s] : dans %(sources)s. Renommez l’un des deux.",
                tag=error.tag,
                sources=_(" et dans ").join(error.sources),
            )
        ) from error
    except engine.BrokenShortcode as error:
        raise ConfigurationError(
            _(
                "Aucun shortcode ne vient de %(source)s : %(reason)s",
                source=error.source,
                reason=error.reason,
            )
        ) from error
    _add_templates(app, found)
    return found


def _add_folder(folder: Path) -> None:
    """Let the AMAP's own modules be found beside ours, unless they have the name of one."""
    package = import_module(PACKAGE)
    if str(folder) in package.__path__ or not folder.is_dir():
        return
    ours = {file.name for file in Path(package.__path__[0]).glob("[!_]*.py")}
    for file in sorted(folder.glob("[!_]*.py")):
        if file.name in ours:
            raise ConfigurationError(
                _("%(file)s porte le nom d’un de nos shortcodes : renommez-le.", file=file)
            )
    package.__path__.append(str(folder))


def _add_templates(app: Flask, shortcodes: Iterable[Shortcode[Any]]) -> None:
    """Look for templates in packages too, after all others: they replace none of ours."""
    folders = dict.fromkeys(
        folder
        for item in shortcodes
        if not item.source.startswith(f"{PACKAGE}.")
        if (folder := _templates_beside(item)) is not None
    )
    loader = app.jinja_env.loader
    if folders and isinstance(loader, BaseLoader):
        app.jinja_env.loader = ChoiceLoader([loader, FileSystemLoader(list(folders))])


def _templates_beside(item: Shortcode[Any]) -> Path | None:
    file = getattr(sys.modules.get(item.source), "__file__", None)
    folder = Path(file).parent / "templates" if file else None
    return folder if folder is not None and folder.is_dir() else None

"""What a theme says of itself in theme.toml, and where its files are looked for."""

import logging
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from werkzeug.security import safe_join

from amapress_py.cms import colours
from amapress_py.site import site_folders, site_root

log = logging.getLogger(__name__)

DEFAULT = "default"
MANIFEST = "theme.toml"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
PROPERTY = re.compile(r"[a-z][a-z0-9-]{0,39}")
READABLE = 4.5  # WCAG AA for text


class BrokenManifest(Exception):
    """A theme.toml that cannot be used, and why."""


@dataclass(frozen=True)
class Contrast:
    """Two colours of which one is read on the other: names of [colours], or "#rrggbb"."""

    text: str
    on: str
    least: float
    where: str  # "Texte blanc des boutons"


@dataclass(frozen=True)
class Manifest:
    """theme.toml."""

    name: str
    title: str
    description: str = ""
    parent: str = DEFAULT
    colours: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    contrasts: tuple[Contrast, ...] = ()


@dataclass(frozen=True)
class Layer:
    """One theme's own folders, the AMAP's copy first."""

    name: str
    folders: tuple[Path, ...]


@dataclass(frozen=True)
class Theme:
    """A theme with its parents: what it does not say itself, they say."""

    name: str
    title: str
    description: str
    layers: tuple[Layer, ...]  # the theme, its parents, the default one
    colours: Mapping[str, str]
    labels: Mapping[str, str]
    contrasts: tuple[Contrast, ...]

    @cached_property
    def key(self) -> str:
        """Return what two themes with the same files have in common."""
        return "|".join(str(folder) for layer in self.layers for folder in layer.folders)

    def find(self, part: str, path: str, above: str = "") -> Iterator[Path]:
        """Yield the files of that path in "templates" or "static"; `above`: from that theme on."""
        names = [layer.name for layer in self.layers]
        for layer in self.layers[names.index(above) if above in names else 0 :]:
            for folder in layer.folders:
                yield from existing(folder / part, path)


def existing(folder: Path, path: str) -> Iterator[Path]:
    """Yield the file at a path in a folder, nothing if it is not there or leads out."""
    file = safe_join(str(folder), path)
    if file is not None and Path(file).is_file():
        yield Path(file)


def is_name(text: str) -> bool:
    """Tell the name of a theme from anything that leads out of its folder."""
    return NAME.fullmatch(text) is not None


def read(file: Path) -> Manifest:
    """Read a manifest; raise BrokenManifest."""
    try:
        said = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:  # TOMLDecodeError and UnicodeDecodeError among them
        raise BrokenManifest(str(error)) from error
    name = file.parent.name
    stated = _texts(said, "colours")
    values = {key: colours.parsed(value) for key, value in stated.items()}
    wrong = [key for key, value in values.items() if value is None or not PROPERTY.fullmatch(key)]
    if wrong:
        raise BrokenManifest(f"[colours] {wrong[0]}: not name = #rrggbb")
    return Manifest(
        name=name,
        title=_text(said, "title", name),
        description=_text(said, "description", ""),
        parent=_text(said, "parent", DEFAULT),
        colours={key: value for key, value in values.items() if value},
        labels=_texts(said, "labels"),
        contrasts=tuple(_contrasts(said)),
    )


def _text(said: Mapping[str, Any], key: str, default: str) -> str:
    value = said.get(key, default)
    if not isinstance(value, str):
        raise BrokenManifest(f"{key}: not a text")
    return value


def _texts(said: Mapping[str, Any], key: str) -> dict[str, str]:
    table = said.get(key, {})
    if not isinstance(table, dict) or not all(isinstance(one, str) for one in table.values()):
        raise BrokenManifest(f"[{key}]: not a table of texts")
    return table


def _contrasts(said: Mapping[str, Any]) -> Iterator[Contrast]:
    rows = said.get("contrasts", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BrokenManifest("contrasts: not a list of tables")
    for row in rows:
        least = row.get("least", READABLE)
        if isinstance(least, bool) or not isinstance(least, int | float) or not 1 <= least <= 21:
            raise BrokenManifest("contrasts: least is no number from 1 to 21")
        text, on = _text(row, "text", ""), _text(row, "on", "")
        where = _text(row, "where", f"{text} / {on}")
        yield Contrast(colours.parsed(text) or text, colours.parsed(on) or on, float(least), where)


class Themes:
    """The themes that are there: the AMAP's own folder first, then ours."""

    def __init__(self, own: Path | None) -> None:
        self.roots = tuple(site_folders("themes", own))

    def all(self) -> list[Theme]:
        """Return the themes that work, the default one first."""
        files = (file for root in self.roots for file in root.glob(f"*/{MANIFEST}"))
        names = sorted(
            {file.parent.name for file in files}, key=lambda name: (name != DEFAULT, name)
        )
        return [theme for theme in map(self.find, names) if theme]

    def find(self, name: str) -> Theme | None:
        """Return a theme with its parents; None if it is not there or cannot be read."""
        first = self._manifest(name)
        if first is None:
            return None
        chain = list(self._chain(first))
        return _theme(chain, tuple(self._layer(one.name) for one in chain))

    def get(self, name: str) -> Theme:
        """Return a theme, or the default one in its place."""
        return self.find(name) or self.find(DEFAULT) or self.shipped()

    def shipped(self) -> Theme:
        """Return the default theme as we ship it, whatever an AMAP put before it."""
        folder = site_root() / "themes" / DEFAULT
        return _theme([read(folder / MANIFEST)], (Layer(DEFAULT, (folder,)),))

    @cached_property
    def shipped_colours(self) -> Mapping[str, str]:
        """Return the colours that the default theme's style.css has."""
        return self.shipped().colours

    def _layer(self, name: str) -> Layer:
        folders = (root / name for root in self.roots)
        return Layer(name, tuple(folder for folder in folders if folder.is_dir()))

    def _manifest(self, name: str) -> Manifest | None:
        if not is_name(name):
            return None
        for root in self.roots:
            file = root / name / MANIFEST
            if not file.is_file():
                continue
            try:
                return read(file)
            except BrokenManifest as error:
                log.error("theme %s: %s is left out: %s", name, file, error)
        return None

    def _chain(self, first: Manifest) -> Iterator[Manifest]:
        """Yield a theme's manifest, its parents', the default one's."""
        seen, last = set[str](), first
        while last.name != DEFAULT:
            yield last
            seen.add(last.name)
            parent = None if last.parent in seen else self._manifest(last.parent)
            if parent is None:
                why = "a loop" if last.parent in seen else "not there"
                log.error(
                    "theme %s: its parent %r is %s; %s instead",
                    last.name, last.parent[:60], why, DEFAULT,
                )  # fmt: skip
                parent = self._manifest(DEFAULT) or read(
                    site_root() / "themes" / DEFAULT / MANIFEST
                )
            last = parent
        yield last


def _theme(chain: list[Manifest], layers: tuple[Layer, ...]) -> Theme:
    first = chain[0]
    stated: dict[str, str] = {}
    labels: dict[str, str] = {}
    for manifest in reversed(chain):
        stated |= manifest.colours
        labels |= manifest.labels

    def is_colour(side: str) -> bool:
        return side in stated or side.startswith("#")

    named = next((one.contrasts for one in chain if one.contrasts), ())
    contrasts = tuple(one for one in named if is_colour(one.text) and is_colour(one.on))
    return Theme(first.name, first.title, first.description, layers, stated, labels, contrasts)

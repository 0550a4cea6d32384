"""An export of WordPress (WXR): XML to items, with the line of whatever is wrong."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from xml.parsers.expat import ErrorString, errors

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, XMLParser

from amapress_py.errors import DomainError
from amapress_py.i18n import _

VERSIONS = ("1.0", "1.1", "1.2")
MOST_ITEMS = 20_000
DEEPEST = 30
NAMESPACES = (
    (re.compile(r"\{http://wordpress\.org/export/[\d.]+/\}"), "wp:"),
    (re.compile(r"\{http://wordpress\.org/export/[\d.]+/excerpt/\}"), "excerpt:"),
    (re.compile(r"\{http://purl\.org/rss/1\.0/modules/content/\}"), "content:"),
    (re.compile(r"\{[^}]*\}"), "other:"),
)
REASONS = {
    errors.XML_ERROR_NO_ELEMENTS: "le fichier est vide ou coupé avant la fin",
    errors.XML_ERROR_UNCLOSED_TOKEN: "le fichier est coupé : une balise n’est pas finie",
    errors.XML_ERROR_UNCLOSED_CDATA_SECTION: "le fichier est coupé au milieu d’un texte",
    errors.XML_ERROR_TAG_MISMATCH: "une balise fermante ne correspond pas à celle qui est ouverte",
    errors.XML_ERROR_INVALID_TOKEN: "un caractère interdit, ou un autre encodage que celui annoncé",
    errors.XML_ERROR_PARTIAL_CHAR: "un caractère incomplet : l’encodage n’est pas celui annoncé",
    errors.XML_ERROR_UNKNOWN_ENCODING: "l’encodage annoncé est inconnu",
    errors.XML_ERROR_INCORRECT_ENCODING: "l’encodage n’est pas celui annoncé",
    errors.XML_ERROR_UNDEFINED_ENTITY: "une entité inconnue",
    errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT: "du texte suit la fin du document",
    errors.XML_ERROR_BAD_CHAR_REF: "un caractère interdit",
    errors.XML_ERROR_UNBOUND_PREFIX: "un préfixe de balise n’est pas déclaré",
}


class BadExport(DomainError):
    """The file is damaged, or no export of WordPress; says the line and why."""

    status = 422

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(
            _("Ligne %(line)s : %(reason)s. Rien n’a été importé.", line=line, reason=reason)
        )
        self.line = line


@dataclass
class Item:
    """A page, a post, an image, a line of a menu: whatever the old site held."""

    line: int
    texts: dict[str, str] = field(default_factory=dict)
    meta: dict[str, str] = field(default_factory=dict)
    menus: list[str] = field(default_factory=list)  # that a line of a menu stands in

    def text(self, name: str) -> str:
        """Return what stands in an element, without outer blanks."""
        return self.texts.get(name, "").strip()

    def number(self, name: str) -> int:
        """Return a whole number, 0 for none."""
        return whole(self.text(name))

    @property
    def id(self) -> int:
        """Its number on the old site."""
        return self.number("wp:post_id")

    @property
    def kind(self) -> str:
        """What it is, such as "page", "post", "attachment" or "nav_menu_item"."""
        return self.text("wp:post_type") or "post"

    @property
    def status(self) -> str:
        """Whether it is published, such as "publish", "draft" or "future"."""
        return self.text("wp:status") or "publish"

    @property
    def date(self) -> datetime | None:
        """Instant of its publication."""
        try:
            found = datetime.fromisoformat(self.text("wp:post_date_gmt"))
        except ValueError:
            return None
        return found.replace(tzinfo=UTC)


@dataclass
class Export:
    """An export: the addresses of the old site, and what it held."""

    title: str = ""
    addresses: list[str] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)

    def of_kind(self, kind: str) -> Iterator[Item]:
        """Yield the items of a kind."""
        return (item for item in self.items if item.kind == kind)


def whole(text: str) -> int:
    """Return a whole number of reasonable size, 0 for anything else."""
    bare = text.strip()
    return int(bare) if bare.isascii() and bare.isdecimal() and len(bare) < 16 else 0


def read(content: bytes) -> Export:
    """Read an export; raise BadExport."""
    reader = _Reader()
    parser = XMLParser(target=reader, forbid_dtd=True)
    reader.parser = parser.parser
    try:
        parser.feed(content)
        parser.close()
    except DefusedXmlException as error:
        reason = _("le fichier déclare un type de document ou des entités, ce qui est refusé")
        raise BadExport(reader.line, reason) from error
    except ParseError as error:
        raise BadExport(error.position[0], _reason(error, reader)) from error
    except (ValueError, LookupError) as error:  # an encoding that Python does not know
        raise BadExport(reader.line, _("l’encodage annoncé est inconnu")) from error
    return _checked(reader)


class _Reader:
    """Takes the parser's calls; keeps no tree."""

    def __init__(self) -> None:
        self.parser: Any = None
        self.export = Export()
        self.path: list[str] = []
        self.opened: list[int] = []  # the line of each element of the path
        self.said: list[str] = []
        self.version: tuple[int, str] | None = None
        self.item: Item | None = None
        self.meta_key = ""

    @property
    def line(self) -> int:
        return int(self.parser.CurrentLineNumber)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = _short(tag)
        if not self.path and name != "rss":
            raise BadExport(self.line, _("ce n’est pas un export de WordPress (WXR)"))
        self.path.append(name)
        self.opened.append(self.line)
        if len(self.path) > DEEPEST:
            raise BadExport(self.line, _("trop de niveaux d’imbrication"))
        self.said = []
        if self.path == ["rss", "channel", "item"]:
            self.item = Item(self.line)
            if len(self.export.items) >= MOST_ITEMS:
                raise BadExport(self.line, _("le fichier contient trop d’éléments"))
        if self.item is not None and name == "category" and attributes.get("domain") == "nav_menu":
            self.item.menus.append(attributes.get("nicename", ""))

    def data(self, text: str) -> None:
        self.said.append(text)

    def end(self, _tag: str) -> None:
        name = self.path.pop()
        self.opened.pop()
        text = "".join(self.said)
        self.said = []
        if self.item is not None:
            self._end_in_item(self.item, name, text)
        elif self.path == ["rss", "channel"]:
            self._end_in_channel(name, text.strip())

    def _end_in_item(self, item: Item, name: str, text: str) -> None:
        if len(self.path) == 2:
            self.export.items.append(item)
            self.item = None
        elif name == "wp:meta_key":
            self.meta_key = text.strip()
        elif name == "wp:meta_value" and self.path[-1] == "wp:postmeta":
            item.meta[self.meta_key] = text
        elif len(self.path) == 3:
            item.texts.setdefault(name, text)

    def _end_in_channel(self, name: str, text: str) -> None:
        if name == "wp:wxr_version":
            self.version = (self.line, text)
        elif name == "title":
            self.export.title = text
        elif name in ("link", "wp:base_site_url", "wp:base_blog_url") and text:
            self.export.addresses.append(text)

    def close(self) -> None:
        """End the reading."""


def _reason(error: ParseError, reader: _Reader) -> str:
    """Return what is wrong; the closing tag that lacks may be that of an element far above."""
    reason = str(REASONS.get(ErrorString(error.code), _("le XML est mal formé")))
    if ErrorString(error.code) == errors.XML_ERROR_TAG_MISMATCH and reader.path:
        opened = _("« %(name)s », ligne %(line)s", name=reader.path[-1], line=reader.opened[-1])
        reason = f"{reason} ({opened})"
    return reason


def _short(tag: str) -> str:
    for pattern, prefix in NAMESPACES:
        if (found := pattern.match(tag)) is not None:
            return prefix + tag[found.end() :]
    return tag


def _checked(reader: _Reader) -> Export:
    """Refuse another version, one number for two items, and pages that stand below themselves."""
    if reader.version is None:
        raise BadExport(reader.line, _("ce n’est pas un export de WordPress (WXR)"))
    line, version = reader.version
    if version not in VERSIONS:
        raise BadExport(
            line, _("la version %(version)s du format est inconnue", version=version[:20])
        )
    by_id: dict[int, Item] = {}
    for item in reader.export.items:
        if item.id in by_id and item.id:
            raise BadExport(
                item.line,
                _(
                    "le numéro %(number)s est déjà celui de l’élément de la ligne %(line)s",
                    number=item.id,
                    line=by_id[item.id].line,
                ),
            )
        by_id[item.id] = item
        if item.kind == "page" and not item.id:
            raise BadExport(item.line, _("une page n’a pas de numéro (wp:post_id)"))
    _check_parents(by_id)
    return reader.export


def _check_parents(by_id: dict[int, Item]) -> None:
    good: set[int] = set()
    for start in by_id.values():
        item, seen = start, set()
        while item.id not in good and item.number("wp:post_parent") in by_id:
            if item.id in seen:
                reason = _(
                    "la page « %(title)s » se trouve sous elle-même", title=item.text("title")[:100]
                )
                raise BadExport(item.line, reason)
            seen.add(item.id)
            item = by_id[item.number("wp:post_parent")]
        good |= seen

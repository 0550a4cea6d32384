"""A page as a file: TOML between two lines of +++, then HTML with shortcodes."""

import json
import tomllib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from amapress_py import clock
from amapress_py.cms.models import PageState
from amapress_py.cms.rules import CONNECTED

MARK = "+++"
INDEX = "index"
ENDING = ".html"


class BadFile(ValueError):
    """Text that is no page; says where and why, in French."""


@dataclass(frozen=True)
class PageFile:
    """What a file says about a page; keys that it leaves out have these defaults.

    Keys: title, path (default: the file's, without index and .html), parent (a path; default: the
    page whose path is one part shorter), menu, menu_label, order, state, publish_at, protected
    ("Amapiens connectés"), audience ("member,…"), redirect_to (a path) and former (paths).
    """

    name: str
    path: str
    title: str
    body: str
    parent: str | None = None  # None: not said; "": at the top
    in_menu: bool = False
    menu_label: str = ""
    order: int = 0
    state: PageState = PageState.PUBLISHED
    publish_at: datetime | None = None
    audience: str = ""
    redirect_to: str | None = None
    former: tuple[str, ...] = field(default=())

    @classmethod
    def read(cls, name: str, text: str) -> Self:
        """Read a file called `name` ("espace/reserver.html"); raise BadFile."""
        text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        start, mark, rest = text.partition(f"{MARK}\n")
        front, end, body = rest.partition(f"\n{MARK}\n")
        if not end and rest.endswith(f"\n{MARK}"):
            front, end = rest.removesuffix(f"\n{MARK}"), MARK
        if start.strip() or not mark or not end:
            raise BadFile(f"l’en-tête entre deux lignes {MARK} manque")
        try:
            about = _About(tomllib.loads(front))
        except tomllib.TOMLDecodeError as error:
            raise BadFile(
                f"l’en-tête entre les lignes {MARK} n’est pas du TOML ({error})"
            ) from error
        except RecursionError as error:
            raise BadFile("l’en-tête a trop de niveaux d’imbrication") from error
        page = cls(
            name=name,
            path=about.text("path", path_of_name(name)),
            title=about.text("title", "").strip(),
            body=body,
            parent=about.value("parent", str, None),
            in_menu=about.value("menu", bool, False),
            menu_label=about.text("menu_label", ""),
            order=about.value("order", int, 0),
            state=about.state(),
            publish_at=about.instant("publish_at"),
            audience=about.text("audience", CONNECTED if about.get("protected") else ""),
            redirect_to=about.value("redirect_to", str, None),
            former=about.texts("former"),
        )
        if not page.title:
            raise BadFile("le titre (title) manque")
        return page

    def text(self) -> str:
        """Write the file."""
        about: dict[str, Any] = {"title": self.title, "path": self.path}
        about |= {
            key: value
            for key, value in (
                ("parent", self.parent),
                ("menu", self.in_menu or None),
                ("menu_label", self.menu_label or None),
                ("order", self.order or None),
                ("state", None if self.state is PageState.PUBLISHED else self.state.value),
                ("publish_at", self.publish_at),
                ("audience", self.audience or None),
                ("redirect_to", self.redirect_to),
                ("former", self.former or None),
            )
            if value is not None
        }
        front = "".join(f"{key} = {_toml(value)}\n" for key, value in about.items())
        return f"{MARK}\n{front}{MARK}\n{self.body}\n"

    @property
    def above(self) -> str:
        """Path of the page that it stands under ("" for none)."""
        return self.path.rpartition("/")[0] if self.parent is None else self.parent


class _About:
    """The keys of a front matter, each with its type."""

    def __init__(self, found: dict[str, Any]) -> None:
        self.found = found

    def get(self, key: str) -> Any:
        return self.found.get(key)

    def value(self, key: str, kind: type, default: Any) -> Any:
        found = self.found.get(key, default)
        if found is not default and type(found) is not kind:
            raise BadFile(f"la clé « {key} » n’a pas une valeur qui convient")
        return found

    def text(self, key: str, default: str) -> str:
        found: str = self.value(key, str, default)
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        found = self.value(key, list, ())
        if not all(isinstance(one, str) for one in found):
            raise BadFile(f"la clé « {key} » n’a pas une valeur qui convient")
        return tuple(found)

    def state(self) -> PageState:
        try:
            return PageState(self.text("state", PageState.PUBLISHED))
        except ValueError as error:
            raise BadFile("la clé « state » est draft, scheduled ou published") from error

    def instant(self, key: str) -> datetime | None:
        found: datetime | None = self.value(key, datetime, None)
        if found is None or found.tzinfo is not None:
            return found
        return found.replace(tzinfo=clock.PARIS)


def path_of_name(name: str) -> str:
    """Return "espace" of "espace/index.html", "espace/reserver" of "espace/reserver.html"."""
    bare = name.removesuffix(ENDING)
    folder, _slash, last = bare.rpartition("/")
    return folder if last == INDEX else bare


def name_of_path(path: str) -> str:
    """Return the file's name for a page; the file says its path all the same."""
    if not path:
        return f"{INDEX}{ENDING}"
    return f"{path}-page{ENDING}" if path_of_name(f"{path}{ENDING}") != path else f"{path}{ENDING}"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):  # a JSON string is a TOML string, but for this sign
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return f"[{', '.join(map(_toml, value))}]"

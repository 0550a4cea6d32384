"""What people wrote, made safe: the only place of bleach."""

import re
from typing import Any

from bleach.html5lib_shim import getTreeWalker
from bleach.sanitizer import Cleaner

from amapress_py.errors import DomainError
from amapress_py.i18n import _
from amapress_py.web import CONTROL

MOST_BYTES = 200_000
MOST_LEVELS = 200
MOST_ATTRIBUTES = 100  # of one tag
MOST_MISPLACED = 500  # tags in a table but in none of its cells


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TAGS = _words(
    "a abbr b blockquote br caption cite code col colgroup dd del details dfn div dl dt em"
    " figcaption figure h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s section small span"
    " strong sub summary sup table tbody td tfoot th thead time tr u ul"
)
ATTRIBUTES = {
    "*": ["class", "id", "lang", "dir", "title", "aria-label"],
    "a": ["href", "hreflang", "rel", "name"],
    "blockquote": ["cite"],
    "col": ["span"],
    "colgroup": ["span"],
    "del": ["datetime"],
    "details": ["open"],
    "img": ["src", "alt", "width", "height", "loading"],
    "ins": ["datetime"],
    "ol": ["start", "type", "reversed"],
    "q": ["cite"],
    "td": ["colspan", "rowspan", "headers"],
    "th": ["colspan", "rowspan", "headers", "scope"],
    "time": ["datetime"],
}
PROTOCOLS = frozenset({"http", "https", "mailto", "tel"})
# Their content is no text: it goes with them.
RAW = ("script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title")

VOID = _words("area base br col embed hr img input link meta param source track wbr")
# An open one of these ends when the next of its kind begins.
OPTIONAL_END = _words("p li dt dd tr td th thead tbody tfoot option optgroup")
# After a wrong nesting the parser opens these again in each block that follows.
FORMATTING = _words("a b big code em font i nobr s small strike strong tt u")
# What stands in a table outside its cells is moved before it, which takes long.
TABLE = _words("table thead tbody tfoot tr")
IN_TABLE = TABLE | _words("caption col colgroup td th script style template")

TAG = re.compile(r"<(/?)([a-z][^\s/>]*+)", re.IGNORECASE)
ATTRIBUTE = re.compile(
    r"""[\s/]*+ =?[^\s/>=]*+ (?: \s*+ =\s*+ (?: "[^"]*+" | '[^']*+' | [^\s>"'][^\s>]*+ )?+ )?+""",
    re.VERBOSE,
)


class Walker(getTreeWalker("etree")):  # type: ignore[misc]  # a class made by a function
    """The parser's walker through its tree, without looking for each element among all others."""

    def __init__(self, tree: Any) -> None:
        super().__init__(tree)
        self.places: dict[Any, dict[Any, int]] = {}

    def getParentNode(self, node: Any) -> Any:  # noqa: N802  the library's name
        """Return the parent, with its place among its own siblings (counted once for all)."""
        if not isinstance(node, tuple) or node[3] == "text":
            return super().getParentNode(node)
        _element, _place, parents, _part = node
        parent = parents.pop()
        if not parents:
            return parent
        above = parents[-1]
        if above not in self.places:
            self.places[above] = {child: place for place, child in enumerate(above)}
        return parent, self.places[above][parent], parents, None


class TooBig(DomainError):
    """A text that cleaning would take too long over."""

    status = 422


def clean(text: str) -> str:
    """Return an editor's HTML with nothing but harmless tags; shortcodes stay.

    Raise TooBig beyond 200 kB or 200 levels: cleaning takes longer than the text grows.
    """
    bare = CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    size = len(bare.encode())
    if size > MOST_BYTES:
        raise TooBig(
            _(
                "Ce texte est trop long : %(size)s ko, pour %(most)s ko au plus.",
                size=-(-size // 1000),
                most=MOST_BYTES // 1000,
            )
        )
    bare = _without_raw(bare)
    _check_levels(bare)
    cleaner = Cleaner(TAGS, ATTRIBUTES, PROTOCOLS, strip=True, strip_comments=True)
    cleaner.walker = Walker
    cleaned: str = cleaner.clean(bare)
    return cleaned.strip()


def _without_raw(text: str) -> str:
    """Drop scripts, styles and the like with what is inside; bleach alone would leave it as text.

    One that never ends is left to bleach.
    """
    for name in RAW:
        opening = re.compile(rf"<{name}(?![^\s/>])", re.IGNORECASE)
        closing = re.compile(rf"</{name}(?![^\s/>])[^>]*+>?", re.IGNORECASE)
        kept, position = [], 0
        while start := opening.search(text, position):
            end = closing.search(text, start.end())
            if end is None:
                break
            kept.append(text[position : start.start()])
            position = end.end()
        text = "".join(kept) + text[position:]
    return text


def _check_levels(text: str) -> None:
    """Raise TooBig for a depth, or a number of attributes, that the parser would choke on."""
    levels = Levels()
    position = 0
    while tag := TAG.search(text, position):
        position, attributes = _skip_attributes(text, tag.end())
        levels.meet(tag[2].lower(), closes=bool(tag[1]))
        if levels.depth > MOST_LEVELS:
            raise TooBig(
                _(
                    "Ce texte a trop de niveaux d’imbrication : plus de %(most)s"
                    " (%(size)s ko). Vérifiez que chaque balise est fermée.",
                    most=MOST_LEVELS,
                    size=-(-len(text.encode()) // 1000),
                )
            )
        if levels.misplaced > MOST_MISPLACED:
            raise TooBig(
                _("Un tableau a trop de contenu en dehors de ses cases : vérifiez ses balises.")
            )
        if attributes > MOST_ATTRIBUTES:
            raise TooBig(
                _("Une balise a trop d’attributs : plus de %(most)s.", most=MOST_ATTRIBUTES)
            )


def _skip_attributes(text: str, position: int) -> tuple[int, int]:
    """Return the end of a tag, and how many attributes it has (a browser's way of reading)."""
    count = 0
    while position < len(text) and text[position] != ">":
        found = ATTRIBUTE.match(text, position)
        if found is None or found.end() == position:
            position += 1  # a lone quote
        else:
            position = found.end()
        count += 1
    return position + 1, count


class Levels:
    """How deep the tags of a text stand, counted as generously as the parser nests."""

    def __init__(self) -> None:
        self.open: list[str] = []
        self.counts: dict[str, int] = {}
        self.dangling = 0
        self.misplaced = 0

    @property
    def depth(self) -> int:
        """Open tags and those that would be opened again."""
        return len(self.open) + self.dangling

    def meet(self, name: str, closes: bool) -> None:
        """Take the next tag into account."""
        if closes:
            self._close(name)
            return
        if self.open and self.open[-1] in TABLE and name not in IN_TABLE:
            self.misplaced += 1
        if name in VOID:
            return
        if name in OPTIONAL_END and self.open and self.open[-1] == name:
            return
        self.open.append(name)
        self.counts[name] = self.counts.get(name, 0) + 1

    def _close(self, name: str) -> None:
        if not self.counts.get(name):
            if name in FORMATTING:
                self.dangling = max(0, self.dangling - 1)
            return
        while True:
            last = self.open.pop()
            self.counts[last] -= 1
            if last == name:
                return
            self.dangling += last in FORMATTING

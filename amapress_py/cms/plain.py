"""What a page says without its tags: paragraphs, headings, items; for searches and comparisons."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from html import unescape

from amapress_py import engine
from amapress_py.engine import parser

END = frozenset(".,:;!?…")
TAG = re.compile(r"""<(/?)([a-zA-Z][a-zA-Z0-9]*+)((?:[^<>"']++|"[^"]*+"|'[^']*+')*+)>""")
ATTRIBUTE = re.compile(r"""(href|src|alt)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)')""", re.IGNORECASE)
INLINE = re.compile(
    "a|abbr|b|cite|code|del|dfn|em|i|img|ins|kbd|mark|q|s|small|span|strong|sub|sup|time|u"
)
# A shortcode on a line of its own is a block of its own.
BESIDE_SHORTCODE = re.compile(r"\n\s*+(?=\[)|(?<=\])[^\S\n]*+\n")
BLANKS = re.compile(r"[ \t\n\r\f\v]++")  # a no-break space is none
SHORTCODE = re.compile(r"\[[^\[\]]++\]")


class Kind(StrEnum):
    """What a block is to its reader."""

    TEXT = "text"
    HEADING = "heading"
    ITEM = "item"
    CELL = "cell"
    SHORTCODE = "shortcode"


KINDS = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), Kind.HEADING),
    **dict.fromkeys(("li", "dt", "dd"), Kind.ITEM),
    **dict.fromkeys(("td", "th"), Kind.CELL),
}


@dataclass(frozen=True)
class Block:
    """A paragraph, a heading, an item of a list … without tags."""

    kind: Kind
    text: str


def blocks(html: str, *, with_targets: bool = False) -> list[Block]:
    """Return what cleaned HTML says, block by block; shortcodes stay as they are written.

    `with_targets`: where links lead and which images are shown stands beside them, in words.
    """
    return list(_Reader(with_targets).read(html))


def visible_text(cleaned: str, tags: tuple[str, ...]) -> str:
    """Return what a page says to everybody: without shortcodes and all that they enclose."""
    bare = parser.strip_shortcodes(engine.unautop(cleaned, tags), tags)
    said = [block.text for block in blocks(bare)]
    ended = [text if text[-1] in END else f"{text} ·" for text in said[:-1]]
    return " ".join([*ended, *said[-1:]])


class _Reader:
    """Collects the text between two tags that part blocks."""

    def __init__(self, with_targets: bool) -> None:
        self.with_targets = with_targets
        self.kind = Kind.TEXT
        self.parts: list[str] = []
        self.targets: list[str] = []

    def read(self, html: str) -> Iterator[Block]:
        position = 0
        for tag in TAG.finditer(html):
            self.parts.append(unescape(html[position : tag.start()]))
            position = tag.end()
            yield from self._meet(tag[2].lower(), tag[3], closes=bool(tag[1]))
        self.parts.append(unescape(html[position:]))
        yield from self._flush()

    def _meet(self, name: str, attributes: str, closes: bool) -> Iterator[Block]:
        if INLINE.fullmatch(name):
            if self.with_targets:
                self._note(name, attributes, closes)
        elif name == "br":
            self.parts.append("\n")
        else:
            yield from self._flush()
            if closes:
                self.kind = Kind.TEXT
            else:
                self.kind = KINDS.get(name, self.kind)

    def _note(self, name: str, attributes: str, closes: bool) -> None:
        found = {
            one[0].lower(): unescape(one[1] or one[2]) for one in ATTRIBUTE.findall(attributes)
        }
        if name == "img":
            shown = " ".join(filter(None, (found.get("alt"), found.get("src"))))
            self.parts.append(f" (image : {shown}) ")
        elif name == "a" and not closes:
            self.targets.append(found.get("href", ""))
        elif name == "a" and self.targets:
            self.parts.append(f" (→ {self.targets.pop()})")

    def _flush(self) -> Iterator[Block]:
        whole = "".join(self.parts)
        self.parts.clear()
        for piece in BESIDE_SHORTCODE.split(whole) if "[" in whole else (whole,):
            text = BLANKS.sub(" ", piece).strip(" ")
            if text.strip():
                is_call = SHORTCODE.fullmatch(text) is not None
                yield Block(Kind.SHORTCODE if is_call else self.kind, text)

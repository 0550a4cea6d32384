"""HTML as WordPress cuts it: elements of a text, and the attributes of a start tag."""

import re
from collections.abc import Iterator
from typing import NamedTuple

BLANKS = " \t\n\r\f\v"

ELEMENT = re.compile(
    r"(<(?:"
    r"!(?=--)(?:[^-]++|-(?!->))*+(?:-->)?"  # a comment, to its end or all the rest
    r"|!\[CDATA\[(?:[^\]]++|\](?!\]>))*+(?:\]\]>)?"  # the same for CDATA
    r"|[^>]*+>?"
    r"))"
)
WITHOUT_BRACKETS = re.compile(r"(?:[^<]++|<(?!!)[^>\[\]]*+>)*+")
START_TAG = re.compile(r"(<\s*+([a-zA-Z0-9]++)\s*+)([^>]*+)(>?)", re.ASCII)
ATTRIBUTE = re.compile(
    r"(?:[_a-zA-Z][-_a-zA-Z0-9:.]*+|\[\[?[^\[\]]++\]\]?)"  # a name, or a shortcode in its place
    r"(?:"
    r"""\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"']++(?:\s|\Z))"""
    r"|(?:\s|\Z)"
    r")\s*+",
    re.ASCII,
)


class StartTag(NamedTuple):
    """A start tag in pieces; `front`, `attributes` and `back` joined give it back."""

    name: str
    front: str
    attributes: list[str]
    back: str


def split_elements(text: str) -> list[str]:
    """Cut a text so that the items at odd places are elements and the others lie between."""
    return ELEMENT.split(text)


def elements_with_brackets(text: str) -> Iterator[tuple[int, str]]:
    """Yield the place of each element that holds a bracket, and the element."""
    position = 0
    while position < len(text):
        skipped = WITHOUT_BRACKETS.match(text, position)
        start = skipped.end() if skipped else position
        found = ELEMENT.match(text, start)
        if found is None:
            return
        position = found.end()
        if "[" in found[0] or "]" in found[0]:
            yield start, found[0]


def is_verbatim(element: str) -> bool:
    """Tell whether an element is a comment or CDATA, which nothing touches."""
    return element.startswith(("<!--", "<![CDATA["))


def split_start_tag(element: str) -> StartTag | None:
    """Return the pieces of a start tag; None for anything else, also for stray quotes."""
    found = START_TAG.fullmatch(element)
    if found is None:
        return None
    front, name, body, end = found.groups()
    kept = body.rstrip(BLANKS)
    kept = kept[:-1].rstrip(BLANKS) if kept.endswith("/") else body
    attributes = _split_attributes(kept)
    if attributes is None:
        return None
    return StartTag(name, front, attributes, body[len(kept) :] + end)


def _split_attributes(body: str) -> list[str] | None:
    """Return each attribute with the blanks after it; None when one is malformed."""
    attributes: list[str] = ATTRIBUTE.findall(body)
    return attributes if sum(map(len, attributes)) == len(body) else None

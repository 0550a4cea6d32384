"""From text to text and calls, by WordPress's rules: a text is compiled once, then only calls run.

What lies in a comment or in CDATA stays; a shortcode inside an HTML tag fills in an attribute; the
others stand in the text.  All of it takes time in proportion to the text.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Protocol

from amapress_py.engine.attributes import Attributes, parse_attributes
from amapress_py.engine.cleaning import clean_attribute
from amapress_py.engine.html import BLANKS, elements_with_brackets, is_verbatim, split_start_tag
from amapress_py.engine.matching import Match, Names, find_matches, seen_names
from amapress_py.engine.protocols import ADDRESS_ATTRIBUTES, TRIMMED, has_protocol_of

PLACE = "<"  # stands for an element that shortcodes fill in, while the text is matched
SHORTCODE_AS_ELEMENT = re.compile(r"<\s*+\[\[?[^\[\]]++\]", re.ASCII)

Run = Callable[["Call"], str]
Protocols = Collection[str] | None


class Node(Protocol):
    """What is known only when the calls run."""

    def render(self, run: Run, protocols: Protocols) -> str:
        """Return the text in its place."""
        ...


Pieces = tuple[str | Node, ...]


class Call:
    """A shortcode to run; `fixed` when nothing in it depends on other shortcodes."""

    __slots__ = ("_after", "_before", "_content", "attributes", "name")

    def __init__(
        self,
        name: str,
        attributes: Attributes | str,
        content: str | Callable[[], str] = "",
        brackets: tuple[bool, bool] = (False, False),
    ) -> None:
        self.name = name
        self.attributes = attributes
        self._content = content
        self._before = "[" * brackets[0]
        self._after = "]" * brackets[1]

    @property
    def content(self) -> str:
        """The text it encloses, not rendered."""
        return self._content if isinstance(self._content, str) else self._content()

    @property
    def fixed(self) -> bool:
        """Tell whether `content` is always the same text."""
        return isinstance(self._content, str)

    def render(self, run: Run, protocols: Protocols) -> str:
        """Run it, and keep an extra bracket beside it."""
        return f"{self._before}{run(self)}{self._after}"


class Compiled:
    """A text in pieces: strings, and calls that each rendering runs."""

    __slots__ = ("_hidden", "_pieces")

    def __init__(self, pieces: Pieces, hidden: bool) -> None:
        self._pieces = pieces
        self._hidden = hidden

    def render(self, run: Run, protocols: Protocols = None) -> str:
        """Run the calls in their places.

        With `protocols`, an address that a shortcode filled in and that has another one is emptied.
        """
        text = _filled(self._pieces, run, protocols)
        return text.replace("&#91;", "[").replace("&#93;", "]") if self._hidden else text


def compile(text: str, names: Sequence[str], ignore_html: bool = False) -> Compiled:
    """Find the shortcodes called `names` (in the order of their registration) in `text`.

    With `ignore_html`, those inside HTML tags stay as they are.
    """
    seen = seen_names(text, names) if "[" in text else []
    if not seen:
        return Compiled((text,), hidden=False)
    wanted = Names(seen)
    text = text.replace("&#91;", "&#091;").replace("&#93;", "&#093;")
    source = _read_elements(text, wanted, ignore_html)
    return Compiled(_pieces(source, find_matches(source.text, wanted)), hidden=True)


def do_shortcode(text: str, names: Sequence[str], run: Run, ignore_html: bool = False) -> str:
    """Replace the shortcodes of `text` by what `run` gives for them."""
    return compile(text, names, ignore_html).render(run)


def strip_shortcodes(text: str, names: Sequence[str]) -> str:
    """Take the shortcodes of `text` out, with what they enclose; those in HTML tags stay."""
    return compile(text, names, ignore_html=True).render(lambda _call: "")


def shortcode_names(text: str, names: Sequence[str]) -> list[str]:
    """Return the names of the shortcodes of `text` in order, each before those it encloses."""
    if "[" not in text:
        return []
    return [match.name for match in find_matches(text, Names(names), inside=True)]


def has_shortcode(text: str, name: str, names: Sequence[str]) -> bool:
    """Tell whether `text` holds the shortcode `name`, at any depth."""
    return name in names and name in shortcode_names(text, names)


class _Source:
    """A text to match, in which a sign stands for each element that shortcodes fill in."""

    def __init__(self, text: str, places: Sequence[int] = (), nodes: Sequence[Node] = ()) -> None:
        self.text = text
        self._places = places
        self._nodes = nodes

    def is_filled(self, start: int, end: int) -> bool:
        """Tell whether an element that shortcodes fill in lies between two offsets."""
        index = bisect_left(self._places, start)
        return index < len(self._places) and self._places[index] < end

    def cut(self, start: int, end: int) -> Pieces:
        """Return what lies between two offsets, with the elements back in their places."""
        if not self._places:
            return (self.text[start:end],) if start < end else ()
        pieces: list[str | Node] = []
        for index in range(bisect_left(self._places, start), bisect_left(self._places, end)):
            place = self._places[index]
            pieces += (self.text[start:place], self._nodes[index])
            start = place + len(PLACE)
        pieces.append(self.text[start:end])
        return tuple(piece for piece in pieces if piece != "")


class _LateCall:
    """A shortcode whose attributes or content hold elements that other shortcodes fill in."""

    def __init__(self, match: Match, attributes: Pieces, content: Pieces) -> None:
        self._match = match
        self._attributes = attributes
        self._content = content

    def render(self, run: Run, protocols: Protocols) -> str:
        return Call(
            self._match.name,
            parse_attributes(_filled(self._attributes, run, protocols)),
            lambda: _filled(self._content, run, protocols),
            (self._match.bracket_before, self._match.bracket_after),
        ).render(run, protocols)


class _Element:
    """An element that shortcodes fill in; brackets left in it are hidden from the others."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces

    def render(self, run: Run, protocols: Protocols) -> str:
        return _hide_brackets(_filled(self._pieces, run, protocols))


class _Attribute:
    """An attribute that shortcodes fill in; when it stands in quotes, it is cleaned."""

    def __init__(self, original: str, pieces: Pieces, element: str) -> None:
        self._original = original
        self._pieces = pieces
        self._element = element
        start = original.index("[")
        self._quoted = '"' in original[:start] or "'" in original[:start]
        name = original.partition("=")[0].strip(BLANKS)
        self._is_address = name.lower() in ADDRESS_ATTRIBUTES

    def render(self, run: Run, protocols: Protocols) -> str:
        filled = _filled(self._pieces, run, protocols)
        if self._quoted:
            cleaned = clean_attribute(filled, self._element)
            filled = cleaned if cleaned.strip(TRIMMED) else self._original
        if self._is_address and protocols is not None:
            return _with_protocol_of(filled, protocols)
        return filled


def _with_protocol_of(attribute: str, protocols: Collection[str]) -> str:
    """Return an attribute that holds an address, without its value if the protocol is wrong."""
    name, equals, value = attribute.partition("=")
    if has_protocol_of(value.strip(BLANKS).strip("\"'"), protocols):
        return attribute
    return f'{name}{equals}""{attribute[len(attribute.rstrip(BLANKS)) :]}'


def _filled(pieces: Pieces, run: Run, protocols: Protocols) -> str:
    """Join pieces, running their calls."""
    return "".join(
        [piece if isinstance(piece, str) else piece.render(run, protocols) for piece in pieces]
    )


def _read_elements(text: str, names: Names, ignore_html: bool) -> _Source:
    """Treat the elements that hold brackets: hide them, or note the shortcodes inside."""
    if "<" not in text:
        return _Source(text)
    parts: list[str] = []
    places, nodes = [], []
    position = length = 0
    for start, element in elements_with_brackets(text):
        treated = element if ignore_html else _element(element, names)
        if isinstance(treated, str):
            shown = _hide_brackets(treated)
        else:
            shown = PLACE
            places.append(length + start - position)
            nodes.append(treated)
        parts += (text[position:start], shown)
        length += start - position + len(shown)
        position = start + len(element)
    return _Source("".join((*parts, text[position:])), places, nodes)


def _element(element: str, names: Names) -> str | Node:
    """Return an element as it stays, or the shortcodes that it holds."""
    if is_verbatim(element) or "[" not in element or "]" not in element:
        return element
    tag = split_start_tag(element)
    pieces: Pieces = (element,)
    if tag is not None:
        filled = [
            _attribute(attribute, tag.name, names) if "[" in attribute else attribute
            for attribute in tag.attributes
        ]
        pieces = (tag.front, *filled, tag.back)
    elif SHORTCODE_AS_ELEMENT.match(element):
        pieces = _pieces(_Source(element), find_matches(element, names))
    texts = [piece for piece in pieces if isinstance(piece, str)]
    return "".join(texts) if len(texts) == len(pieces) else _Element(pieces)


def _attribute(attribute: str, element: str, names: Names) -> str | Node:
    """Return an attribute as it is, or the shortcodes that it holds."""
    matches = list(find_matches(attribute, names))
    if not matches:
        return attribute
    return _Attribute(attribute, _pieces(_Source(attribute), matches), element)


def _pieces(source: _Source, matches: Iterable[Match]) -> Pieces:
    """Cut a text at its shortcodes."""
    pieces: list[str | Node] = []
    position = 0
    for match in matches:
        pieces += source.cut(position, match.start)
        if match.escaped:
            pieces += source.cut(match.start + 1, match.end - 1)
        else:
            pieces.append(_call(source, match))
        position = match.end
    pieces += source.cut(position, len(source.text))
    return tuple(pieces)


def _call(source: _Source, match: Match) -> Node:
    """Return the call that a shortcode makes."""
    if source.is_filled(match.attributes_start, match.end):
        return _LateCall(
            match,
            source.cut(match.attributes_start, match.attributes_end),
            source.cut(match.content_start, match.content_end),
        )
    attributes = source.text[match.attributes_start : match.attributes_end]
    return Call(
        match.name,
        parse_attributes(attributes) if attributes else "",
        source.text[match.content_start : match.content_end],
        (match.bracket_before, match.bracket_after),
    )


def _hide_brackets(text: str) -> str:
    """Write brackets so that no shortcode begins or ends there; they come back at the end."""
    return text.replace("[", "&#91;").replace("]", "&#93;")

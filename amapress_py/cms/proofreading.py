"""What there is to check in a page's text: its shortcodes, its links, its images."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser

from amapress_py.cms import render
from amapress_py.engine.parser import Call
from amapress_py.i18n import _

MOST_DEPTH = 50  # shortcodes inside each other; what lies deeper stays text


@dataclass
class Reading:
    """What a text holds; `open_links` are for every reader of the page, outside any shortcode."""

    tags: set[str] = field(default_factory=set)  # of the shortcodes, not their aliases
    faults: dict[str, None] = field(default_factory=dict)  # sentences, each once, in order
    unknown: list[str] = field(default_factory=list)
    links: dict[str, None] = field(default_factory=dict)
    open_links: set[str] = field(default_factory=set)
    images: dict[str, None] = field(default_factory=dict)
    has_text: bool = False

    @property
    def is_empty(self) -> bool:
        """Tell a text in which there is nothing to see."""
        return not (self.has_text or self.tags or self.images)


def read(text: str) -> Reading:
    """Read a page's cleaned text without running any of its shortcodes."""
    reading = Reading()
    _Reader(reading, text).read(text)
    if "[" in text:
        reading.unknown = render.registered().unknown_tags(text)
    return reading


class _Reader:
    """Goes through a text, and through what its shortcodes enclose."""

    def __init__(self, reading: Reading, whole: str) -> None:
        self.reading = reading
        self.whole = whole
        self.shortcodes = render.registered()
        self.depth = 0

    def read(self, text: str) -> None:
        if "[" in text:
            text = self.shortcodes.compile(text).render(self._call)
        if "<" in text:
            elements = _Elements()
            elements.feed(text)
            elements.close()
            self.reading.links.update(dict.fromkeys(elements.links))
            self.reading.images.update(dict.fromkeys(elements.images))
            self.reading.has_text |= elements.has_text
            if not self.depth:
                self.reading.open_links.update(elements.links)
        else:
            self.reading.has_text |= bool(text.strip())

    def _call(self, call: Call) -> str:
        shortcode = self.shortcodes.registry.get(call.name)
        if shortcode is None:
            return ""
        self.reading.tags.add(shortcode.tag)
        _values, notices = shortcode.read(call.name, call.attributes)
        self._note(notice.text for notice in notices)
        if not call.content:
            closing = f"[/{call.name}]"
            if shortcode.enclosing and not shortcode.stands_alone and closing not in self.whole:
                text = _("[%(tag)s] n’est jamais fermé : il faut [/%(tag)s] à la fin du passage.")
                self._note([text % {"tag": call.name}])
        elif not shortcode.enclosing:
            text = _("[%(tag)s] n’entoure rien : le texte jusqu’à [/%(tag)s] n’est pas affiché.")
            self._note([text % {"tag": call.name}])
        elif self.depth < MOST_DEPTH:
            self.depth += 1
            self.read(call.content)
            self.depth -= 1
        return ""

    def _note(self, sentences: Iterable[str]) -> None:
        self.reading.faults.update(dict.fromkeys(sentences))


class _Elements(HTMLParser):
    """Collects links and images, and tells whether there is a word."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.images: list[str] = []
        self.has_text = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted, found = {"a": ("href", self.links), "img": ("src", self.images)}.get(
            tag, ("", self.links)
        )
        found.extend(value for name, value in attrs if name == wanted and value)

    def handle_data(self, data: str) -> None:
        self.has_text |= bool(data.strip())

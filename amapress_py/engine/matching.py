"""Where shortcodes stand in a text: WordPress's rules, in one pass over the text."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

NAME = r"[^<>&/\[\]\x00-\x20=]++"
SEEN = re.compile(rf"\[({NAME})")
CLOSING = re.compile(rf"\[/({NAME})\]")
FORBIDDEN_IN_NAME = re.compile(r"[<>&/\[\]\x00-\x20=]")
HEAD = re.compile(r"[\w-]*+", re.ASCII)
OPENING = re.compile(r"\[(\[?)([\w-]++)", re.ASCII)
OPENING_OF_ANY_NAME = re.compile(r"\[(\[?)([\w-]*+)", re.ASCII)
FOLLOWING = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def is_valid_name(name: str) -> bool:
    """Tell whether a shortcode may be registered under `name`."""
    return name.strip(" \t\n\r\0\x0b") != "" and FORBIDDEN_IN_NAME.search(name) is None


def seen_names(text: str, names: Sequence[str]) -> list[str]:
    """Return those of `names` that follow a bracket of `text`, in their own order."""
    seen = set(SEEN.findall(text))
    return [name for name in names if name in seen]


class Names:
    """Names to look for; the first one registered wins where several fit."""

    def __init__(self, names: Sequence[str]) -> None:
        self._by_head: dict[str, list[str]] = {}
        self._certain: set[str] = set()
        for name in names:
            found = HEAD.match(name)
            head = found[0] if found else ""
            self._by_head.setdefault(head, []).append(name)
            if name == head and self._by_head[head] == [name]:
                self._certain.add(name)
        self.opening = OPENING_OF_ANY_NAME if "" in self._by_head else OPENING

    def first(self, text: str, start: int, head: str) -> str | None:
        """Return the first name that stands at `start`, where `text` has the run `head`."""
        if head in self._certain:
            return head
        return next(self.candidates(text, start, head), None)

    def candidates(self, text: str, start: int, head: str) -> Iterator[str]:
        """Yield all the names that stand at `start`, where `text` has the run `head`."""
        for name in self._by_head.get(head, ()):
            end = start + len(name)
            if text.startswith(name, start) and text[end : end + 1] not in FOLLOWING:
                yield name


class Closings:
    """Where each `[/name]` of a text stands, read once when it is first asked."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts: dict[str, list[int]] | None = None if "[/" in text else {}

    def after(self, name: str, position: int) -> int:
        """Return the start of the first `[/name]` at or after `position`, or -1."""
        if self._starts is None:
            self._starts = {}
            for found in CLOSING.finditer(self._text):
                self._starts.setdefault(found[1], []).append(found.start())
        starts = self._starts.get(name)
        if starts is None:
            return -1
        index = bisect_left(starts, position)
        return starts[index] if index < len(starts) else -1


class Match(NamedTuple):
    """One shortcode: offsets in the text; `content_start` is -1 when it encloses nothing."""

    start: int
    end: int
    name: str
    attributes_start: int
    attributes_end: int
    content_start: int
    content_end: int
    bracket_before: bool
    bracket_after: bool

    @property
    def escaped(self) -> bool:
        """Tell whether it is written `[[name]]`: text, without its outer brackets."""
        return self.bracket_before and self.bracket_after


def find_matches(text: str, names: Names, inside: bool = False) -> Iterator[Match]:
    """Yield the shortcodes of `text` in order; with `inside`, also those of each content."""
    closings = Closings(text)
    search = names.opening.search
    position, limit = 0, len(text)
    outer: list[tuple[int, int]] = []
    while True:
        bracket = -1
        if (opening := search(text, position, limit)) is not None:
            start, position = opening.start(2), opening.end()
            name = names.first(text, start, opening[2])
            if name is None:
                continue
            bracket = text.find("]", start + len(name), limit)
        if opening is None or bracket < 0:
            if not outer:
                return
            position, limit = outer.pop()
            continue
        match = _whole_match(text, closings, opening, name or "", bracket, limit)
        position = match.end
        yield match
        if inside and match.content_start >= 0:
            outer.append((position, limit))
            position, limit = match.content_start, match.content_end


def _whole_match(
    text: str, closings: Closings, opening: re.Match[str], name: str, bracket: int, limit: int
) -> Match:
    """Return the shortcode whose opening tag ends at `bracket`, with what it encloses."""
    attributes_start = opening.start(2) + len(name)
    self_closing = bracket > attributes_start and text[bracket - 1] == "/"
    end, content_start, content_end = bracket + 1, -1, -1
    if not self_closing:
        closing = closings.after(name, end)
        if 0 <= closing < limit:
            content_start, content_end = end, closing
            end = closing + len(name) + 3
    bracket_after = end < limit and text[end] == "]"
    return Match(
        opening.start(),
        end + bracket_after,
        name,
        attributes_start,
        bracket - self_closing,
        content_start,
        content_end,
        opening[1] == "[",
        bracket_after,
    )

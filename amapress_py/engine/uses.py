"""How a text uses shortcodes, without running any: for those who write it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from amapress_py.engine.attributes import parse_attributes
from amapress_py.engine.matching import Match, Names, find_matches
from amapress_py.engine.parameters import Notice
from amapress_py.engine.registry import Registry, Shortcode


@dataclass(frozen=True)
class Use:
    """A shortcode of a text; `outer` are those that enclose it, the outermost first."""

    name: str  # as it is written: the tag or an alias
    shortcode: Shortcode[Any]
    attributes: Any
    notices: Sequence[Notice]
    is_closed: bool
    outer: tuple["Use", ...] = ()


def uses(text: str, registry: Registry) -> Iterator[Use]:
    """Yield the shortcodes of a text in order, each before those it encloses.

    What stands inside one that encloses nothing, or is written `[[tag]]`, never runs.
    """
    if "[" not in text:
        return
    open_uses: list[tuple[int, Use]] = []  # with the end of what they enclose
    silent_until = 0
    for match in find_matches(text, Names(registry.tags), inside=True):
        if match.start < silent_until:
            continue
        while open_uses and match.start >= open_uses[-1][0]:
            open_uses.pop()
        if match.escaped:
            silent_until = match.end
            continue
        found = _use(text, match, registry, tuple(use for _end, use in open_uses))
        yield found
        if match.content_start >= 0 and found.shortcode.enclosing:
            open_uses.append((match.content_end, found))
        else:
            silent_until = match.end


def _use(text: str, match: Match, registry: Registry, outer: tuple[Use, ...]) -> Use:
    shortcode = registry.get(match.name)
    assert shortcode is not None  # noqa: S101  for the type checker: the names are its own
    given = parse_attributes(text[match.attributes_start : match.attributes_end])
    attributes, notices = shortcode.read(match.name, given)
    is_closed = match.content_start >= 0
    if is_closed and not shortcode.enclosing:
        notices = [*notices, nothing_enclosed(match.name)]
    return Use(match.name, shortcode, attributes, notices, is_closed, outer)


def nothing_enclosed(tag: str) -> Notice:
    """Return what to say of a closing tag that closes nothing."""
    return Notice(tag, "", f"[{tag}] n’entoure rien : le texte jusqu’à [/{tag}] n’est pas affiché.")

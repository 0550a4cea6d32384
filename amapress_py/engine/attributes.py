"""Attributes of a shortcode: from the text between name and bracket to names and values."""

import re
from collections.abc import Iterable, Mapping

Attributes = dict[str | int, str]

WIDE_BLANKS = re.compile("[\u00a0\u200b]+")
ITEM = re.compile(
    r"""([\w-]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s'"]++))(?!\S)"""
    r"""|"([^"]*+)"(?!\S)|'([^']*+)'(?!\S)|(\S++)""",
    re.ASCII,
)
CANONICAL_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,18}", re.ASCII)
LARGEST_KEY = 2**63 - 1
SMALLEST_KEY = -(2**63)

BACKSLASHED = re.compile(r"\\(?:x([0-9A-Fa-f]{1,2})|([0-7]{1,3})|(.))", re.DOTALL)
LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
LONE_BYTES = re.compile("[\udc80-\udcff]+")


def parse_attributes(text: str) -> Attributes | str:
    """Return names (or positions) and values; a string when `text` holds no item at all.

    A byte that is no UTF-8, made by a backslash, comes out as a lone surrogate.
    """
    if not text.isascii():
        text = WIDE_BLANKS.sub(" ", text)
    items = ITEM.findall(text)
    if not items:
        return text.lstrip(" \t\n\r\0\x0b")
    return _collect(items)


def _collect(items: Iterable[tuple[str, ...]]) -> Attributes:
    """Give each item its key: a name, or the next position, as in a PHP array."""
    attributes: Attributes = {}
    position = 0
    for name, double, single, bare, double_alone, single_alone, word in items:
        if not name:
            value = double_alone or single_alone or word
            if value and position <= LARGEST_KEY:
                attributes[position] = _value(value)
                position += 1
        elif name != "0":
            key = _key(name.lower())
            attributes[key] = _value(double or single or bare)
            if isinstance(key, int) and key >= position:
                position = key + 1
    return attributes


def _key(name: str) -> str | int:
    """Return a name, as an integer where PHP would keep one."""
    if (
        name[0] in "-0123456789"
        and CANONICAL_INTEGER.fullmatch(name)
        and SMALLEST_KEY <= int(name) <= LARGEST_KEY
    ):
        return int(name)
    return name


def _value(raw: str) -> str:
    """Undo backslashes; a value that opens an HTML element without closing it is emptied."""
    value = strip_backslashes(raw) if "\\" in raw else raw
    return "" if value.rfind("<") > value.rfind(">") else value


def strip_backslashes(text: str) -> str:
    """Undo C-style escapes, whose codes are bytes of UTF-8."""
    return LONE_BYTES.sub(_join_bytes, BACKSLASHED.sub(_unescaped, text))


def _unescaped(found: re.Match[str]) -> str:
    """Return what one escape stands for; a byte above 127 as a lone surrogate."""
    hexadecimal, octal, letter = found.groups()
    if letter is not None:
        return LETTERS.get(letter, str(letter))
    code = int(hexadecimal, 16) if hexadecimal else int(octal, 8) & 0xFF
    return chr(code) if code < 0x80 else chr(0xDC00 + code)


def _join_bytes(found: re.Match[str]) -> str:
    """Return the characters that neighbouring bytes make together."""
    return found[0].encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")


def fill_defaults(
    defaults: Iterable[tuple[str | int, str]], attributes: Mapping[str | int, str] | str
) -> Attributes:
    """Return `defaults` with the values given for them, without any other name."""
    given: Mapping[str | int, str] = {0: attributes} if isinstance(attributes, str) else attributes
    keyed = ((_key(str(name)), default) for name, default in defaults)
    return {name: given.get(name, default) for name, default in keyed}

"""Protocols of addresses: what WordPress lets through, and a stricter set for what we make."""

import html
import re
from collections.abc import Collection

WORDPRESS_PROTOCOLS = frozenset(
    (
        *("http", "https", "ftp", "ftps", "mailto", "news", "irc", "irc6", "ircs", "gopher"),
        *("nntp", "feed", "telnet", "mms", "rtsp", "sms", "svn", "tel", "fax", "xmpp", "webcal"),
        "urn",
    )
)
ADDRESS_ATTRIBUTES = frozenset(
    (
        *("action", "archive", "background", "cite", "classid", "codebase", "data", "formaction"),
        *("href", "icon", "longdesc", "manifest", "poster", "profile", "src", "usemap", "xmlns"),
    )
)
ROUNDS = 6

TRIMMED = " \n\r\t\v\0"
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
ZEROS = re.compile(r"\\+0+")
OPEN_COLON = re.compile(r"(&#0*+58(?![;0-9])|&#x0*+3a(?![;a-f0-9]))", re.IGNORECASE | re.ASCII)
COLON = re.compile(r":|&#0*+58;|&#x0*+3a;|&colon;", re.IGNORECASE | re.ASCII)
DECIMAL = re.compile(r"&#([0-9]++);")
HEXADECIMAL = re.compile(r"&#[Xx]([0-9A-Fa-f]++);")
BLANK = re.compile(r"\s", re.ASCII)
IGNORED_BY_BROWSERS = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\ufeff]")


def without_bad_protocol(address: str) -> str:
    """Take unknown protocols off an HTML-escaped address, until there is none left."""
    address = without_nulls(address)
    for _round in range(ROUNDS):
        before = address
        address = _filtered_once(address)
        if address == before:
            return address
    return ""


def _filtered_once(address: str, count: int = 1) -> str:
    """Take one protocol off unless it is known; `feed:` may stand before another one."""
    address = OPEN_COLON.sub(r"\1;", address)
    parts = COLON.split(address, maxsplit=1)
    if len(parts) == 1 or "/?" in parts[0]:
        return address
    rest = parts[1].strip(TRIMMED)
    protocol = _known_protocol(parts[0])
    if protocol == "feed:":
        if count > 2:
            return ""
        rest = _filtered_once(rest, count + 1)
        if rest in ("", "0"):
            return rest
    return protocol + rest


def _known_protocol(text: str) -> str:
    """Return `text` as a protocol with its colon, or nothing."""
    text = HEXADECIMAL.sub(_hexadecimal_byte, DECIMAL.sub(_decimal_byte, text))
    protocol = without_nulls(BLANK.sub("", text)).lower()
    return f"{protocol}:" if protocol in WORDPRESS_PROTOCOLS else ""


def _decimal_byte(found: re.Match[str]) -> str:
    return _byte(int(found[1][-18:]))


def _hexadecimal_byte(found: re.Match[str]) -> str:
    return _byte(int(found[1][-15:], 16))


def _byte(code: int) -> str:
    """Return one byte as a character, as PHP's chr does."""
    return chr(code % 256)


def without_nulls(text: str) -> str:
    """Take out control characters and backslashed zeros."""
    return ZEROS.sub("", CONTROLS.sub("", text))


def has_protocol_of(address: str, allowed: Collection[str]) -> bool:
    """Tell whether an HTML-escaped address is relative or has one of the `allowed` protocols."""
    plain = IGNORED_BY_BROWSERS.sub("", html.unescape(address))
    protocol, colon, _rest = plain.partition(":")
    if not colon or any(mark in protocol for mark in "/?#"):
        return True
    return protocol.lower() in allowed

"""An attribute that a shortcode filled in, as WordPress's post filter lets it through."""

import re
from functools import lru_cache
from html.entities import name2codepoint

from amapress_py.engine.css import safe_style
from amapress_py.engine.html import BLANKS
from amapress_py.engine.protocols import ADDRESS_ATTRIBUTES, without_bad_protocol

EVERYWHERE = frozenset(
    (
        *("aria-describedby", "aria-details", "aria-label", "aria-labelledby", "aria-hidden"),
        *("class", "dir", "id", "lang", "style", "title", "role", "xml:lang"),
    )
)
CELL_GROUP = "align char charoff valign"
CELL = f"{CELL_GROUP} abbr axis bgcolor colspan headers height nowrap rowspan scope width"
MEDIA = "autoplay controls loop muted preload src"
ALIGNED = (
    "article aside caption details div figure figcaption footer h1 h2 h3 h4 h5 h6 header hgroup"
    " legend main nav p span section summary"
)
BARE = (
    "address abbr acronym b bdo big br cite code dd dfn dl dt em fieldset i kbd mark rb rp rt rtc"
    " ruby s samp small strike strong sub sup title tt u var"
)
OWN_ATTRIBUTES = {
    "a": "href rel rev name target",
    "area": "alt coords href nohref shape target",
    "audio": MEDIA,
    "blockquote": "cite",
    "button": "disabled name type value",
    "col": f"{CELL_GROUP} span width",
    "colgroup": f"{CELL_GROUP} span width",
    "del": "datetime",
    "details": "align open",
    "font": "color face size",
    "hr": "align noshade size width",
    "img": "alt align border height hspace loading longdesc vspace src usemap width",
    "ins": "datetime cite",
    "label": "for",
    "li": "align value",
    "map": "name",
    "menu": "type",
    "object": "type",
    "ol": "start type reversed",
    "pre": "width",
    "q": "cite",
    "table": "align bgcolor border cellpadding cellspacing rules summary width",
    "tbody": CELL_GROUP,
    "td": CELL,
    "textarea": "cols rows disabled name readonly",
    "tfoot": CELL_GROUP,
    "th": CELL,
    "thead": CELL_GROUP,
    "tr": f"{CELL_GROUP} bgcolor",
    "track": "default kind label src srclang",
    "ul": "type",
    "video": f"{MEDIA} height playsinline poster width",
}
ALLOWED = {
    **dict.fromkeys(BARE.split(), EVERYWHERE),
    **dict.fromkeys(ALIGNED.split(), EVERYWHERE | {"align"}),
    **{element: EVERYWHERE | set(names.split()) for element, names in OWN_ATTRIBUTES.items()},
}
KEPT = 2048  # what shortcodes fill in is often the same for everybody
LONGEST_KEPT = 500
OBJECT_TYPE = "application/pdf"

CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
SPECIAL = re.compile("[&<>\"']")
NAMED_ENTITY = re.compile(r"&amp;([A-Za-z]{2,8}[0-9]{0,2});")
DECIMAL_ENTITY = re.compile(r"&amp;#(0*[0-9]{1,7});")
HEXADECIMAL_ENTITY = re.compile(r"&amp;#[Xx](0*[0-9A-Fa-f]{1,6});")
EQUALS = re.compile(r"\s*=\s*", re.ASCII)
DATA_NAME = re.compile(r"data(?:-[a-z0-9_]+)+")
LONE_BYTE = re.compile("[\udc80-\udcff]")


def clean_attribute(attribute: str, element: str) -> str:
    """Return `name="value"` made harmless for `element`, with its blanks; or only these."""
    if len(attribute) <= LONGEST_KEPT:
        return _clean_kept(attribute, element)
    return _clean(attribute, element)


def _clean(attribute: str, element: str) -> str:
    """Clean an attribute, without looking whether that was done before."""
    attribute = CONTROLS.sub("", attribute)
    bare = attribute.strip(BLANKS)
    start = attribute.find(bare)
    blanks_before, blanks_after = attribute[:start], attribute[start + len(bare) :]
    name, *value = EQUALS.split(bare, maxsplit=1)
    quoted = _unquoted("".join(value))
    if quoted is None:
        return ""
    return blanks_before + _clean_pair(name, *quoted, element) + blanks_after


_clean_kept = lru_cache(KEPT)(_clean)


def _unquoted(value: str) -> tuple[str, str] | None:
    """Return the quote and what it holds; None when it is not closed."""
    quote = value[:1]
    if quote not in ('"', "'"):
        return '"', value
    return (quote, value[1:-1]) if value.endswith(quote) else None


def _clean_pair(name: str, quote: str, value: str, element: str) -> str:
    """Return the attribute with an escaped value, or nothing when it is not allowed."""
    value = escape_value(value)
    low = name.lower()
    if low in ADDRESS_ATTRIBUTES:
        value = without_bad_protocol(value)
    if not _is_allowed(name, element):
        return ""
    if low == "type" and element.lower() == "object" and value.lower() != OBJECT_TYPE:
        return ""
    if low == "style":
        value = safe_style(value)
        if value in ("", "0"):
            return ""
    return f"{name}={quote}{value}{quote}"


def _is_allowed(name: str, element: str) -> bool:
    """Tell whether an element may have an attribute."""
    allowed = ALLOWED.get(element.lower())
    if allowed is None:
        return False
    low = name.lower()
    return low in allowed or DATA_NAME.fullmatch(low) is not None


def escape_value(value: str) -> str:
    """Escape a value for HTML without escaping its entities twice."""
    if LONE_BYTE.search(value):
        return ""
    if SPECIAL.search(value) is None:
        return value
    value = value.replace("&", "&amp;")
    value = NAMED_ENTITY.sub(_named, value)
    value = DECIMAL_ENTITY.sub(_decimal, value)
    value = HEXADECIMAL_ENTITY.sub(_hexadecimal, value)
    value = value.replace("<", "&lt;").replace(">", "&gt;")
    return value.replace('"', "&quot;").replace("'", "&#039;")


def _named(found: re.Match[str]) -> str:
    """Give an entity of HTML 4 its ampersand back."""
    return f"&{found[1]};" if found[1] in name2codepoint else found[0]


def _decimal(found: re.Match[str]) -> str:
    """Give a number that is a character its ampersand back, in three digits at least."""
    digits = found[1]
    if digits == "0":
        return ""
    if not _is_character(int(digits[-8:])):
        return f"&amp;#{digits};"
    return f"&#{digits.lstrip('0').rjust(3, '0')};"


def _hexadecimal(found: re.Match[str]) -> str:
    """Give a hexadecimal number that is a character its ampersand back."""
    digits = found[1]
    if digits == "0":
        return ""
    if not _is_character(int(digits[-8:], 16)):
        return f"&amp;#x{digits};"
    return f"&#x{digits.lstrip('0')};"


def _is_character(code: int) -> bool:
    """Tell whether a code point may stand in XML."""
    return (
        code in (0x9, 0xA, 0xD)
        or 0x20 <= code <= 0xD7FF
        or 0xE000 <= code <= 0xFFFD
        or 0x10000 <= code <= 0x10FFFF
    )

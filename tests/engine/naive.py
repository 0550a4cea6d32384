"""The same rules as one would write them first: search, replace, search again; for comparison."""

import re
from collections.abc import Callable, Sequence

from amapress_py.engine.attributes import Attributes, parse_attributes
from amapress_py.engine.cleaning import clean_attribute

Handler = Callable[[str, Attributes | str, str], str]

ELEMENT = re.compile(r"<!(?=--).*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<[^>]*>?", re.DOTALL)
TAG = re.compile(r"<\s*([a-zA-Z0-9]+)\s*([^>]*?)(\s*/\s*)?(>?)", re.ASCII)
ATTRIBUTE = re.compile(
    r"""(?:[_a-zA-Z][-_a-zA-Z0-9:.]*|\[\[?[^\[\]]+\]\]?)"""
    r"""(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"']+(?:\s|\Z))|(?:\s|\Z))\s*""",
    re.ASCII,
)


def shortcode_pattern(names: Sequence[str]) -> re.Pattern[str]:
    """Return an expression for a whole shortcode: brackets, name, attributes, content."""
    any_name = "|".join(map(re.escape, names))
    return re.compile(
        rf"\[(\[?)({any_name})(?![A-Za-z0-9_-])([^\]]*?)(?:/\]|\](?:(.*?)\[/\2\])?)(\]?)",
        re.DOTALL,
    )


def do_shortcode(text: str, names: Sequence[str], handler: Handler) -> str:
    """Replace the shortcodes of `text`, element by element and then in the whole."""
    seen = re.findall(r"\[([^<>&/\[\]\x00-\x20=]+)", text)
    names = [name for name in names if name in seen]
    if not names:
        return text
    pattern = shortcode_pattern(names)

    def run(found: re.Match[str]) -> str:
        before, name, attributes, content, after = found.groups(default="")
        if before and after:
            return found[0][1:-1]
        return before + handler(name, parse_attributes(attributes), content) + after

    text = text.replace("&#91;", "&#091;").replace("&#93;", "&#093;")
    text = ELEMENT.sub(lambda found: hide(_element(found[0], pattern, run)), text)
    return pattern.sub(run, text).replace("&#91;", "[").replace("&#93;", "]")


def hide(element: str) -> str:
    """Write the brackets of an element so that they do not count."""
    return element.replace("[", "&#91;").replace("]", "&#93;")


def _element(element: str, pattern: re.Pattern[str], run: Callable[[re.Match[str]], str]) -> str:
    """Replace the shortcodes of an element."""
    if element.startswith(("<!--", "<![CDATA[")) or "[" not in element or "]" not in element:
        return element
    tag = TAG.fullmatch(element)
    items = ATTRIBUTE.findall(tag[2]) if tag else []
    if tag is None or "".join(items) != tag[2]:
        named = re.match(r"<\s*\[\[?[^\[\]]+\]", element, re.ASCII)
        return pattern.sub(run, element) if named else element
    replaced = (_attribute(item, tag[1], pattern, run) for item in items)
    start, end = tag.span(2)
    return element[:start] + "".join(replaced) + element[end:]


def _attribute(
    attribute: str, element: str, pattern: re.Pattern[str], run: Callable[[re.Match[str]], str]
) -> str:
    """Replace the shortcodes of an attribute; in quotes, what comes out is cleaned."""
    replaced, count = pattern.subn(run, attribute)
    if not count or not re.search("[\"']", attribute.partition("[")[0]):
        return replaced
    cleaned = clean_attribute(replaced, element)
    return cleaned if cleaned.strip(" \n\r\t\v\0") else attribute

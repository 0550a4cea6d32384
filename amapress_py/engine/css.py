"""The `style` attribute, as WordPress filters it."""

import re

from amapress_py.engine.protocols import TRIMMED, without_bad_protocol, without_nulls

SIDES = ("top", "right", "bottom", "left")
LOGICAL_SIDES = ("block-start", "block-end", "inline-start", "inline-end")
PROPERTIES = frozenset(
    (
        *("background", "background-color", "background-image", "background-position"),
        *("background-size", "background-attachment", "background-blend-mode"),
        *("border", "border-radius", "border-width", "border-color", "border-style"),
        *(f"border-{side}{part}" for side in SIDES for part in ("", "-color", "-style", "-width")),
        *(f"border-{row}-{side}-radius" for row in ("top", "bottom") for side in ("left", "right")),
        *("border-spacing", "border-collapse", "caption-side"),
        *("columns", "column-count", "column-fill", "column-gap", "column-rule", "column-span"),
        *("column-width", "color", "filter", "font", "font-family", "font-size", "font-style"),
        *("font-variant", "font-weight", "letter-spacing", "line-height", "text-align"),
        *("text-decoration", "text-indent", "text-transform"),
        *("height", "min-height", "max-height", "width", "min-width", "max-width"),
        *(f"{box}-{side}" for box in ("margin", "padding") for side in (*SIDES, *LOGICAL_SIDES)),
        *("margin", "padding"),
        *("flex", "flex-basis", "flex-direction", "flex-flow", "flex-grow", "flex-shrink"),
        *("flex-wrap", "gap", "row-gap", "grid-gap"),
        *(f"grid-{line}-{part}" for line in ("column", "row") for part in ("start", "end", "gap")),
        *("grid-template-columns", "grid-auto-columns", "grid-template-rows", "grid-auto-rows"),
        *(f"justify-{what}" for what in ("content", "items", "self")),
        *(f"align-{what}" for what in ("content", "items", "self")),
        *("clear", "cursor", "direction", "float", "list-style-type", "object-fit"),
        *("object-position", "overflow", "vertical-align"),
    )
)
WITH_URL = frozenset(("background", "background-image", "cursor"))
WITH_GRADIENT = frozenset(("background", "background-image"))

CUSTOM_PROPERTY = re.compile(r"--[a-zA-Z0-9_-]++")
URL = re.compile(r"url\([^)]++\)")
URL_PARTS = re.compile(r"""url\(\s*(["']?)(.*)\1\s*\)""", re.ASCII)
COLOR_FUNCTION = re.compile(r"rgba?\([^()]*+\)")
GRADIENT = re.compile(r"(?:repeating-)?(?:linear|radial|conic)-gradient\([^()]*+\)")
FUNCTION = re.compile(r"\b(?:var|calc|minmax|min|max|clamp)\(", re.ASCII)
UNSAFE = re.compile(r"[\\(&=}]|/\*")


def safe_style(style: str) -> str:
    """Return the declarations of `style` that are harmless, joined as they were."""
    style = without_nulls(style)
    style = style.replace("\n", "").replace("\r", "").replace("\t", "")
    kept = ""
    for declaration in style.strip(TRIMMED).split(";"):
        if declaration and _is_safe(declaration.strip(TRIMMED)):
            kept += (";" if kept else "") + declaration.strip(TRIMMED)
    return kept


def _is_safe(declaration: str) -> bool:
    """Tell whether a declaration has a known property and a value without tricks."""
    name, colon, value = declaration.partition(":")
    name = name.strip(TRIMMED)
    rest: str | None = declaration
    if colon:
        custom = CUSTOM_PROPERTY.fullmatch(name) is not None
        if not custom and name not in PROPERTIES:
            return False
        trimmed = value.strip(TRIMMED)
        if trimmed.startswith("url(") if custom else name in WITH_URL:
            rest = _without_urls(declaration, value)
        if rest is not None and ("-gradient(" in trimmed if custom else name in WITH_GRADIENT):
            rest = _without_gradient(rest, trimmed)
    return rest is not None and UNSAFE.search(_without_functions(rest)) is None


def _without_urls(declaration: str, value: str) -> str | None:
    """Take harmless `url(…)` out; None when one is empty or has a bad protocol."""
    for url in URL.findall(value[: value.rfind(")") + 1]):
        parts = URL_PARTS.fullmatch(url)
        address = parts[2].strip(TRIMMED) if parts else ""
        if address in ("", "0") or without_bad_protocol(address) != address:
            return None
    end = declaration.rfind(")") + 1
    return URL.sub("", declaration[:end]) + declaration[end:]


def _without_gradient(declaration: str, value: str) -> str:
    """Take a gradient out when it is the whole value."""
    if GRADIENT.fullmatch(COLOR_FUNCTION.sub("", value)):
        return declaration.replace(value, "")
    return declaration


def _without_functions(text: str) -> str:
    """Take out `calc(…)` and its like, with all that their parentheses hold."""
    closings = _closing_parentheses(text)
    kept = []
    position = 0
    while (found := FUNCTION.search(text, position)) is not None:
        closing = closings.get(found.end() - 1)
        if closing is None:
            kept.append(text[position : found.end()])
            position = found.end()
        else:
            kept.append(text[position : found.start()])
            position = closing + 1
    return "".join((*kept, text[position:]))


def _closing_parentheses(text: str) -> dict[int, int]:
    """Return where each parenthesis that is closed closes, by where it opens."""
    closings = {}
    opened = []
    for found in re.finditer(r"[()]", text):
        if found[0] == "(":
            opened.append(found.start())
        elif opened:
            closings[opened.pop()] = found.start()
    return closings

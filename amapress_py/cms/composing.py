"""A shortcode written by a form: from the code in a text to fields, and back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

from amapress_py.engine import Shortcode
from amapress_py.engine.attributes import WIDE_BLANKS, parse_attributes
from amapress_py.engine.extension import default_text
from amapress_py.engine.parameters import BadValue, Parameter
from amapress_py.i18n import _, _l
from amapress_py.web import CONTROL

MOST_CODE = 4000  # signs
MOST_VALUE = 1000  # signs, as the engine
NAME = re.compile(r"\[([\w-]+)", re.ASCII)
ITEM = re.compile(
    r"""([\w-]++)\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s'"]++)(?!\S)"""
    r"""|"[^"]*+"(?!\S)|'[^']*+'(?!\S)|\S++""",
    re.ASCII,
)
# What would end the value, or the shortcode, or be undone on the way to the reader.
ESCAPED = re.compile(r"[&<>\"\[\]\\\u00a0\u200b]")
BOOLEAN = "boolean"
YES_NO = (("oui", _l("oui")), ("non", _l("non")))


@dataclass
class Field:
    """One parameter in the form."""

    name: str
    type: str
    help: str
    default: str
    choices: list[tuple[str, str]]
    value: str
    error: str = ""


@dataclass
class Composition:
    """A shortcode with its fields; `kept` are attributes that it does not know, as they stand."""

    shortcode: Shortcode[Any]
    name: str  # as written: the tag, or an alias
    fields: list[Field]
    kept: list[str]
    code: str

    @property
    def errors(self) -> list[str]:
        """What can't be written."""
        return [field.error for field in self.fields if field.error]


def compose(shortcode: Shortcode[Any], code: str, typed: Mapping[str, str] | None) -> Composition:
    """Read the code of a text, and change what a form says (None: it was not sent yet)."""
    name, items = _read(shortcode, code)
    known = _by_name(shortcode)
    given = {known[key].name: value for key, _raw, value in items if key in known}
    fields = [
        _field(parameter, given.get(parameter.name), None if typed is None else typed)
        for parameter in shortcode.parameters
    ]
    kept = [raw for key, raw, _value in items if key not in known]
    composition = Composition(shortcode, name, fields, kept, code or f"[{shortcode.tag}]")
    if typed is not None and not composition.errors:
        composition.code = _written(shortcode, name, items, {f.name: f for f in fields}, code)
    return composition


def _by_name(shortcode: Shortcode[Any]) -> dict[str, Parameter]:
    return {name: one for one in shortcode.parameters for name in (one.name, *one.aliases)}


def _read(shortcode: Shortcode[Any], code: str) -> tuple[str, list[tuple[str, str, str]]]:
    """Return the name in a code and its attributes: name ("" without one), as written, value."""
    found = NAME.match(code)
    if found is None or found[1] not in shortcode.names or not code.endswith("]"):
        return shortcode.tag, []
    items = []
    inside = WIDE_BLANKS.sub(" ", code[found.end() : -1].removesuffix("/"))
    for item in ITEM.finditer(inside):
        value = parse_attributes(item[0])
        if isinstance(value, str) or not value:
            continue
        ((_key, text),) = value.items()
        items.append(((item[1] or "").lower(), item[0], unescape(text)))
    return found[1], items


def _field(parameter: Parameter, given: str | None, typed: Mapping[str, str] | None) -> Field:
    default = default_text(parameter.default)
    value = default if given is None else given
    if parameter.type == BOOLEAN and given is not None:
        value = _as_yes_or_no(parameter, given)
    field = Field(
        parameter.name, parameter.type, str(parameter.help), default, _choices(parameter), value
    )
    if typed is None:
        return field
    field.value = CONTROL.sub("", typed.get(parameter.name, value).replace("\n", " ")).strip()
    if field.value not in (default, value):
        field.error = _refusal(parameter, field.value)
    return field


def _as_yes_or_no(parameter: Parameter, given: str) -> str:
    """Return "oui" or "non" for the many words that mean so; another word stays."""
    try:
        return default_text(parameter.convert(given))
    except BadValue:
        return given


def _choices(parameter: Parameter) -> list[tuple[str, str]]:
    if parameter.type == BOOLEAN:
        return [(word, str(label)) for word, label in YES_NO]
    return [(word, word) for word in parameter.choices]


def _refusal(parameter: Parameter, value: str) -> str:
    if len(value) > MOST_VALUE:
        return _("%(name)s : %(most)s signes au plus.", name=parameter.name, most=MOST_VALUE)
    try:
        parameter.convert(value)
    except BadValue as error:
        return _("%(name)s : %(why)s.", name=parameter.name, why=str(error))
    return ""


def _written(
    shortcode: Shortcode[Any],
    name: str,
    items: list[tuple[str, str, str]],
    fields: Mapping[str, Field],
    code: str,
) -> str:
    """Return the code: what did not change as it stood, what is as by default not at all."""
    known = _by_name(shortcode)
    parts, done = [], set()
    for key, raw, value in items:
        parameter = known.get(key)
        if parameter is None:
            parts.append(raw)
            continue
        field = fields[parameter.name]
        done.add(parameter.name)
        shown = _as_yes_or_no(parameter, value) if parameter.type == BOOLEAN else value
        if field.value == shown:
            parts.append(raw)
        elif field.value != field.default:
            parts.append(_attribute(key, field.value))
    parts += [
        _attribute(field.name, field.value)
        for field in fields.values()
        if field.name not in done and field.value != field.default
    ]
    end = " /]" if code.endswith("/]") else "]"
    return " ".join([f"[{name}", *parts]) + end


def _attribute(name: str, value: str) -> str:
    plain = re.fullmatch(r"[\w.,:-]+", value)
    text = ESCAPED.sub(lambda found: f"&#{ord(found[0])};", value)
    return f"{name}={value}" if plain else f'{name}="{text}"'

"""Parameters of a shortcode: from the fields of a dataclass to typed values and French notices."""

import dataclasses
import re
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from html import unescape
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

Words = object  # a string, or what becomes one when it is read (a lazy translation)

LONGEST_VALUE = 1000
SHOWN_IN_NOTICE = 40
TRUE = frozenset(("1", "true", "on", "yes", "oui", "o", "x", "y"))
FALSE = frozenset(("0", "false", "off", "no", "non", "n", ""))

ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
UNUSABLE = re.compile("[\x00\ud800-\udfff]")
INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
INTEGERS = range(-(2**63), 2**63)


@dataclass(frozen=True)
class Param:
    """What a field says about itself, inside `Annotated`; `choices` narrow a `str`."""

    help: Words
    choices: Sequence[str] = ()
    aliases: Sequence[str] = ()


class Notice(NamedTuple):
    """What an editor should know about a shortcode of a page; `parameter` may be empty."""

    tag: str
    parameter: str
    text: str


class BadValue(ValueError):
    """A value that a parameter does not take; its text is what to say in French."""


@dataclass(frozen=True)
class Parameter:
    """One field: how its text becomes a value, and what the help shows."""

    name: str
    type: str
    default: object
    choices: tuple[str, ...]
    help: Words
    aliases: tuple[str, ...]
    convert: Callable[[str], object]


def read_fields(attributes: type[Any]) -> tuple[Parameter, ...]:
    """Return the parameters that a frozen dataclass declares; raise TypeError if it cannot be."""
    hints = get_type_hints(attributes, include_extras=True)
    return tuple(_parameter(field, hints[field.name]) for field in dataclasses.fields(attributes))


def _parameter(field: "dataclasses.Field[Any]", hint: Any) -> Parameter:
    """Return the parameter of a field: `Annotated[type, Param(…)] = default`."""
    if field.default is dataclasses.MISSING:
        raise TypeError(f"{field.name}: a parameter of a shortcode needs a default")
    kind, *extras = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    param = next((extra for extra in extras if isinstance(extra, Param)), Param(""))
    optional = get_origin(kind) in (Union, types.UnionType)
    if optional:
        (kind,) = (part for part in get_args(kind) if part is not types.NoneType)
    type_, choices, convert = _conversion(field.name, kind, param.choices)
    return Parameter(
        field.name,
        type_,
        field.default,
        choices,
        param.help,
        tuple(param.aliases),
        _or_none(convert) if optional else convert,
    )


def _conversion(
    name: str, kind: Any, choices: Sequence[str]
) -> tuple[str, tuple[str, ...], Callable[[str], object]]:
    """Return what the help calls a type, its choices, and how to read it."""
    if get_origin(kind) is Literal:
        return _choice({str(value): value for value in get_args(kind)})
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _choice({member.value: member for member in kind})
    if kind is str and choices:
        return _choice({value: value for value in choices})
    if kind not in SIMPLE:
        raise TypeError(f"{name}: a parameter of a shortcode cannot be {kind!r}")
    label, convert = SIMPLE[kind]
    return label, (), convert


def _choice(
    values: Mapping[str, object],
) -> tuple[str, tuple[str, ...], Callable[[str], object]]:
    """Return a conversion that takes one of `values`, whatever its case."""
    by_text = {text.casefold(): value for text, value in values.items()}

    def convert(text: str) -> object:
        key = text.strip().casefold()
        if key not in by_text:
            raise BadValue(f"les valeurs possibles sont : {', '.join(values)}")
        return by_text[key]

    return "choice", tuple(values), convert


def _or_none(convert: Callable[[str], object]) -> Callable[[str], object]:
    """Let an empty text mean None."""
    return lambda text: convert(text) if text.strip() else None


def _text(text: str) -> str:
    return text


def _integer(text: str) -> int:
    text = text.strip()
    if not INTEGER.fullmatch(text) or int(text) not in INTEGERS:
        raise BadValue("il faut un nombre entier")
    return int(text)


def _boolean(text: str) -> bool:
    word = text.strip().casefold()
    if word not in TRUE and word not in FALSE:
        raise BadValue("il faut « oui » ou « non »")
    return word in TRUE


def _date(text: str) -> date:
    text = text.strip()
    try:
        if ISO_DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadValue("il faut une date comme 2026-10-01")


SIMPLE: dict[Any, tuple[str, Callable[[str], object]]] = {
    str: ("text", _text),
    int: ("integer", _integer),
    bool: ("boolean", _boolean),
    date: ("date", _date),
}


def read_values(
    tag: str, parameters: Iterable[Parameter], given: Mapping[str | int, str] | str
) -> tuple[dict[str, object], list[Notice]]:
    """Return the values given to a shortcode, typed, and a notice for each that is not used."""
    if isinstance(given, str):
        return {}, []
    by_name = {name: item for item in parameters for name in (item.name, *item.aliases)}
    values: dict[str, object] = {}
    notices = []
    for name, raw in given.items():
        parameter = by_name.get(name) if isinstance(name, str) else None
        if parameter is None:
            notices.append(_unknown(tag, name, raw))
            continue
        try:
            values[parameter.name] = parameter.convert(_decoded(raw))
        except BadValue as error:
            notices.append(Notice(tag, str(name), _refusal(str(name), raw, error)))
    return values, notices


def _decoded(raw: str) -> str:
    """Decode the entities of a value; raise BadValue when it holds what nobody types."""
    text = ENTITY.sub(lambda found: unescape(found[0]), raw)
    if len(text) > LONGEST_VALUE:
        raise BadValue(f"il y a plus de {LONGEST_VALUE} caractères")
    if UNUSABLE.search(text):
        raise BadValue("elle contient des caractères interdits")
    return text


def _unknown(tag: str, name: str | int, raw: str) -> Notice:
    word = _shown(raw if isinstance(name, int) else name)
    text = f"« {word} » n’est pas un paramètre de [{tag}] : il est ignoré."
    return Notice(tag, "" if isinstance(name, int) else name, text)


def _refusal(name: str, raw: str, error: BadValue) -> str:
    return (
        f"La valeur « {_shown(raw)} » de « {name} » n’est pas utilisée : {error}."
        " La valeur par défaut la remplace."
    )


def _shown(text: str) -> str:
    """Return the beginning of a text, without what cannot be shown."""
    text = UNUSABLE.sub("\N{REPLACEMENT CHARACTER}", text)
    return text if len(text) <= SHOWN_IN_NOTICE else f"{text[:SHOWN_IN_NOTICE]}…"

"""Run the cases of a corpus: one JSON object a line, with what WordPress answers."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from amapress_py.engine.attributes import fill_defaults, parse_attributes
from amapress_py.engine.matching import is_valid_name
from amapress_py.engine.paragraphs import autop, unautop
from amapress_py.engine.parser import (
    Call,
    do_shortcode,
    has_shortcode,
    shortcode_names,
    strip_shortcodes,
)

Case = Mapping[str, Any]

FOLDER = Path(__file__).parent
CORPUS = (FOLDER / "shortcodes.jsonl", FOLDER / "shortcodes_fuzz.jsonl")


def read(path: Path) -> list[Case]:
    """Return the cases of a file."""
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line.strip()]


def compact(value: object) -> str:
    """Return JSON without blanks, as the handlers write it."""
    if isinstance(value, dict):
        value = {str(key): item for key, item in value.items()}
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Engine:
    """The shortcodes of a case, each with the handler that the case asks for."""

    def __init__(self, registered: Iterable[str | dict[str, Any]]) -> None:
        given = (
            {"tag": item, "handler": "dump"} if isinstance(item, str) else item
            for item in registered
        )
        self.handlers: dict[str, dict[str, Any]] = {item["tag"]: item for item in given}
        self.names = list(self.handlers)

    def run(self, call: Call) -> str:
        """Answer a call as its handler does."""
        handler = self.handlers[call.name]
        return HANDLERS[handler["handler"]](self, call, handler)

    def do(self, text: str, ignore_html: bool = False) -> str:
        """Replace the shortcodes of a text."""
        return do_shortcode(text, self.names, self.run, ignore_html)


def _attribute(_engine: Engine, call: Call, handler: dict[str, Any]) -> str:
    return "" if isinstance(call.attributes, str) else call.attributes.get(handler["name"], "")


def _filled(_engine: Engine, call: Call, handler: dict[str, Any]) -> str:
    defaults = [(name, value) for name, value in handler["defaults"]]
    return f"{{{call.name}|{compact(fill_defaults(defaults, call.attributes))}}}"


HANDLERS: dict[str, Callable[[Engine, Call, dict[str, Any]], str]] = {
    "dump": lambda _, call, __: f"{{{call.name}|{compact(call.attributes)}|{call.content}}}",
    "const": lambda _, __, handler: str(handler["value"]),
    "attr": _attribute,
    "content": lambda _, call, __: call.content,
    "wrap": lambda engine, call, _: f"({call.name}:{engine.do(call.content)})",
    "atts": _filled,
    "void": lambda _, __, ___: "",
}


def _pairs(attributes: Mapping[str | int, str] | str) -> object:
    """Return attributes as the corpus writes them."""
    if isinstance(attributes, str):
        return attributes
    return [[name, value] for name, value in attributes.items()]


def _filled_pairs(_engine: Engine, case: Case) -> object:
    defaults = [(name, value) for name, value in case["defaults"]]
    return _pairs(fill_defaults(defaults, parse_attributes(case["input"])))


OPERATIONS: dict[str, Callable[[Engine, Case], object]] = {
    "do": lambda engine, case: engine.do(case["input"], case.get("ignore_html", False)),
    "strip": lambda engine, case: strip_shortcodes(case["input"], engine.names),
    "has": lambda engine, case: has_shortcode(case["input"], case["tag"], engine.names),
    "tags": lambda engine, case: shortcode_names(case["input"], engine.names),
    "parse_atts": lambda _, case: _pairs(parse_attributes(case["input"])),
    "shortcode_atts": _filled_pairs,
    "register": lambda _, case: is_valid_name(case["input"]),
    "autop": lambda _, case: autop(case["input"]),
    "unautop": lambda engine, case: unautop(case["input"], engine.names),
    "autop_unautop": lambda engine, case: unautop(autop(case["input"]), engine.names),
    "content": lambda engine, case: engine.do(unautop(autop(case["input"]), engine.names)),
}


def answer(case: Case) -> object:
    """Return what the engine gives for a case."""
    return OPERATIONS[case["op"]](Engine(case.get("registered") or ()), case)

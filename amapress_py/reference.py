"""The list of shortcodes as a document for those who write pages, made from what they declare."""

from collections.abc import Iterable, Mapping
from typing import Any

TYPES = {"boolean": "oui ou non", "integer": "un nombre", "date": "une date", "text": "un texte"}
HEAD = """# Les shortcodes

Ce que l’on peut écrire entre crochets dans une page. Liste faite par `make docs`, d’après le code :
ne la corrigez pas à la main.
"""


def shortcodes(entries: Iterable[Mapping[str, Any]]) -> str:
    """Return Markdown: each shortcode with its other names, parameters and an example."""
    sections = [_section(one) for one in sorted(entries, key=lambda one: str(one["tag"]))]
    return "\n".join([HEAD, *sections])


def _section(entry: Mapping[str, Any]) -> str:
    lines = [f"## `[{entry['tag']}]`", "", f"{entry['title']}.", ""]
    if entry["aliases"]:
        others = ", ".join(f"`[{alias}]`" for alias in entry["aliases"])
        lines += [f"Autres noms\N{NO-BREAK SPACE}: {others}.", ""]
    if entry["parameters"]:
        lines += ["| Paramètre | Sens | Valeurs | Par défaut |", "|---|---|---|---|"]
        lines += [_row(parameter) for parameter in entry["parameters"]]
        lines.append("")
    if entry["example"]:
        lines += ["```", str(entry["example"]), "```", ""]
    return "\n".join(lines)


def _row(parameter: Mapping[str, Any]) -> str:
    choices = parameter["choices"]
    values = ", ".join(f"`{choice}`" for choice in choices) if choices else TYPES[parameter["type"]]
    default = "" if parameter["default"] in ("", None) else f"`{parameter['default']}`"
    cells = (f"`{parameter['name']}`", parameter["help"], values, default)
    return f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |"

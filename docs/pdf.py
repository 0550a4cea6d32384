"""The guide as one PDF to print: docs/guide/*.md, in the order of its index, set by typst.

`make docs` writes docs/guide/guide.pdf.  Texts go to docs/guide.typ as data, not as markup.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import typst
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from PIL import Image

DOCS = Path(__file__).parent
GUIDE = DOCS / "guide"
INDEX = GUIDE / "README.md"
PDF = GUIDE / "guide.pdf"
LINK = re.compile(r"\]\(([\w-]+\.md)\)")
FULL_WIDTH = 1060  # pixels of a picture that is as wide as the text
HIGHEST = 0.72  # of a picture, to the width of the text
NARROWEST = 9  # letters a column is made for, at least
Node = dict[str, Any]


def chapters() -> list[Path]:
    """Return the pages that the index names, each once, in its order."""
    names = LINK.findall(INDEX.read_text(encoding="utf-8"))
    return [GUIDE / name for name in dict.fromkeys(names)]


def title_of(page: Path) -> str:
    """Return the title of a page: its first line."""
    first, _rest = page.read_text(encoding="utf-8").split("\n", 1)
    return first.removeprefix("# ")


def parsed(page: Path) -> list[Node]:
    """Return a page as blocks."""
    text = page.read_text(encoding="utf-8")
    root = SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(text))
    blocks = [made for one in root.children for made in _blocks(one)]
    blocks[0]["label"] = page.stem
    return blocks


def _blocks(node: SyntaxTreeNode) -> Iterator[Node]:
    """Yield what a block of Markdown becomes; a picture stands alone."""
    if node.type == "heading":
        yield {"kind": "heading", "level": int(node.tag[1:]), "spans": _spans(node)}
    elif node.type == "paragraph":
        inline = node.children[0].children
        if len(inline) == 1 and inline[0].type == "image":
            yield _picture(inline[0])
        else:
            yield {"kind": "paragraph", "spans": _spans(node)}
    elif node.type == "fence":
        yield {"kind": "code", "text": node.content.rstrip()}
    elif node.type in ("bullet_list", "ordered_list"):
        items = [[made for one in item.children for made in _blocks(one)] for item in node.children]
        yield {"kind": "list", "ordered": node.type == "ordered_list", "items": items}
    elif node.type == "table":
        yield _table(node)
    else:
        raise ValueError(f"{node.type} is not known here")


def _picture(node: SyntaxTreeNode) -> Node:
    path = (GUIDE / str(node.attrs["src"])).resolve()
    with Image.open(path) as image:
        shape = image.width / image.height
        width = min(100, round(100 * image.width / FULL_WIDTH), round(100 * HIGHEST * shape))
    place = path.relative_to(DOCS.parent).as_posix()
    return {"kind": "image", "path": place, "alt": node.content, "width": width}


def _table(node: SyntaxTreeNode) -> Node:
    head, *body = [row for part in node.children for row in part.children]
    rows = [[{"spans": _spans(cell)} for cell in row.children] for row in body]
    columns = zip(*(row.children for row in (head, *body)), strict=True)
    widths = [max(NARROWEST, _mean(len(_text(cell)) for cell in column)) for column in columns]
    return {
        "kind": "table",
        "head": [_spans(cell) for cell in head.children],
        "rows": rows,
        "widths": widths,
    }


def _mean(lengths: Iterable[int]) -> float:
    """Return the mean of squares' root: a long cell counts for more, but does not rule."""
    found = list(lengths)
    return float((sum(one * one for one in found) / len(found)) ** 0.5)


def _text(node: SyntaxTreeNode) -> str:
    return "".join(one.content for one in node.walk() if one.type in ("text", "code_inline"))


def _spans(node: SyntaxTreeNode) -> list[Node]:
    """Return the words inside a block."""
    inline = node.children[0].children if node.children else []
    return [_span(one) for one in inline]


def _span(node: SyntaxTreeNode) -> Node:
    if node.type == "text":
        return {"kind": "text", "text": node.content}
    if node.type == "code_inline":
        return {"kind": "code", "text": node.content}
    if node.type == "softbreak":
        return {"kind": "text", "text": " "}
    if node.type == "hardbreak":
        return {"kind": "break"}
    spans = [_span(one) for one in node.children]
    if node.type == "link":
        return {"spans": spans, **_target(str(node.attrs["href"]))}
    return {"kind": node.type, "spans": spans}


def _target(address: str) -> Node:
    """Return where a link leads: another chapter, the net, or nowhere on paper."""
    if address.startswith("https://"):
        return {"kind": "link", "to": address}
    name = address.partition("#")[0]
    if GUIDE / name in chapters():
        return {"kind": "chapter", "to": Path(name).stem}
    return {"kind": "plain"}


def main() -> None:
    """Write the PDF."""
    data = {
        "title": "Guide du site de l’AMAP",
        "subtitle": (
            "Pour les amapiens, les intermittents, les référents, les producteurs et "
            "l’administrateur"
        ),
        "contents": "Sommaire",
        "chapters": [parsed(page) for page in chapters()],
    }
    made: bytes = typst.compile(
        DOCS / "guide.typ",
        root=DOCS.parent,
        sys_inputs={"data": json.dumps(data)},
        ignore_system_fonts=True,
    )
    PDF.write_bytes(made)


if __name__ == "__main__":
    main()

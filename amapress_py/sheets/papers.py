"""A document as tables; each is shown on screen, printed, and given as XLSX and PDF."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

import typst
from flask import current_app

from amapress_py import clock, settings
from amapress_py.i18n import _, short_date
from amapress_py.money import euros
from amapress_py.workbooks import EUROS, Book, letters

FOLDER = "templates/documents"
FIRST = 5  # number (from 1) of the first row of a table in its worksheet
MOST_UPRIGHT = 7  # columns of an upright page


class Kind(StrEnum):
    """What the cells of a column hold."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"  # cents


@dataclass(frozen=True)
class Column:
    """A column of a table; `width` is in characters."""

    head: str
    kind: Kind = Kind.NUMBER
    width: int = 10
    is_summed: bool = False


@dataclass(frozen=True)
class Worked:
    """A number that the workbook works out; `{row}` in the formula is the row's number."""

    formula: str
    value: int | None  # None: nothing to read yet


Cell = str | int | Worked | None


@dataclass(frozen=True)
class Table:
    """Rows under heads; what stands below is the sum of the columns that are summed."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]

    def total(self, column: int) -> int:
        """Return the sum of a column."""
        return sum(number(row[column]) for row in self.rows)

    @property
    def totals(self) -> list[str]:
        """Return the row below the others, nothing if no column is summed."""
        if not any(one.is_summed for one in self.columns):
            return []
        sums = [
            said(self.total(number), one.kind) if one.is_summed else ""
            for number, one in enumerate(self.columns)
        ]
        return [sums[0] or _("Total"), *sums[1:]]

    @property
    def texts(self) -> list[list[str]]:
        """Return the rows as they are read."""
        return [
            [said(cell, one.kind) for cell, one in zip(row, self.columns, strict=True)]
            for row in self.rows
        ]


@dataclass(frozen=True)
class Paper:
    """A document: a title, what it is about, tables, and what else to know."""

    title: str
    facts: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()  # of mails, to copy
    opening: tuple[str, ...] = ()  # paragraphs before the tables


def number(cell: Cell) -> int:
    """Return what a cell adds to a sum."""
    if isinstance(cell, Worked):
        return cell.value or 0
    return cell if isinstance(cell, int) else 0


def said(cell: Cell, kind: Kind) -> str:
    """Return a cell as it is read."""
    if isinstance(cell, str):
        return cell
    if cell is None or (isinstance(cell, Worked) and cell.value is None):
        return ""
    return euros(number(cell)) if kind is Kind.MONEY else str(number(cell))


def reference(title: str) -> str:
    """Return how a formula names a worksheet of ours."""
    return f"'{title}'!"


def xlsx(paper: Paper) -> bytes:
    """Return a worksheet for each table."""
    book = Book()
    for table in paper.tables:
        _page(book, paper, table)
    return book.content()


def _page(book: Book, paper: Paper, table: Table) -> None:
    bold, head = book.format(bold=True), book.format(bold=True, text_wrap=True, bottom=1)
    page = book.page(table.title, landscape=len(table.columns) > MOST_UPRIGHT)
    page.write_string(0, 0, paper.title, book.format(bold=True, font_size=14))
    page.write_string(1, 0, " – ".join(paper.facts))
    for note, text in enumerate((*paper.opening, *paper.notes)):
        page.write_string(FIRST + len(table.rows) + 1 + note, 0, text)
    for column, one in enumerate(table.columns):
        page.set_column(column, column, one.width)
        page.write_string(FIRST - 2, column, one.head, head)
    formats = [_format(book, one.kind) for one in table.columns]
    for place, row in enumerate(table.rows, FIRST):
        for column, cell in enumerate(row):
            write(page, place, column, cell, formats[column], table.columns[column].kind)
    last = FIRST + max(len(table.rows), 1) - 1
    for column, one in enumerate(table.columns):
        if one.is_summed:
            letter = letters(column)
            formula = f"SUM({letter}{FIRST}:{letter}{last})"
            total = Worked(formula, table.total(column))
            write(page, last + 1, column, total, _format(book, one.kind, bold=True), one.kind)
    if table.totals and not table.columns[0].is_summed:
        page.write_string(last, 0, _("Total"), bold)
    page.freeze_panes(FIRST - 1, 1)
    page.repeat_rows(FIRST - 2)


def _format(book: Book, kind: Kind, **more: Any) -> Any:
    if kind is Kind.MONEY:
        return book.format(num_format=EUROS, valign="top", **more)
    if kind is Kind.NUMBER:
        return book.format(align="right", valign="top", **more)
    return book.format(text_wrap=True, valign="top", **more)


def write(page: Any, row: int, column: int, cell: Cell, look: Any, kind: Kind) -> None:
    """Write one cell; `row` counts from 1, `column` from 0."""
    if isinstance(cell, str):
        page.write_string(row - 1, column, cell, look)
    elif isinstance(cell, Worked):
        formula = f"={cell.formula.format(row=row)}"
        page.write_formula(row - 1, column, formula, look, amount(number(cell), kind))
    elif cell is not None:
        page.write_number(row - 1, column, amount(cell, kind), look)


def amount(value: int, kind: Kind) -> Decimal | int:
    """Return a number as a workbook holds it: euros, not cents."""
    return Decimal(value) / 100 if kind is Kind.MONEY else value


def pdf(*papers: Paper) -> bytes:
    """Return the tables one below the other; each paper begins a page, and counts its own."""
    return printed(
        "paper.typ",
        {
            "title": papers[0].title,
            "footer": made_on(),
            "papers": [_printed(one) for one in papers],
        },
    )


def _printed(paper: Paper) -> dict[str, object]:
    widest = max((len(one.columns) for one in paper.tables), default=0)
    return {
        "title": paper.title,
        "facts": paper.facts,
        "opening": paper.opening,
        "tables": [_printed_table(one, len(paper.tables) > 1) for one in paper.tables],
        "notes": paper.notes,
        "landscape": widest > MOST_UPRIGHT,
        "size": 10 if widest <= MOST_UPRIGHT else 8,
    }


def _printed_table(table: Table, is_titled: bool) -> dict[str, object]:
    return {
        "title": table.title if is_titled else "",
        "heads": [one.head for one in table.columns],
        "widths": [one.width for one in table.columns],
        "numbers": [one.kind is not Kind.TEXT for one in table.columns],
        "rows": table.texts,
        "totals": table.totals,
    }


def made_on() -> str:
    """Return what stands at the foot of a document."""
    day = short_date(clock.today())
    return _("%(site)s, le %(day)s", site=settings.current().site_name, day=day)


def printed(template: str, data: dict[str, object]) -> bytes:
    """Return a PDF; every text is data, never read as code."""
    source = (Path(current_app.root_path) / FOLDER / template).read_bytes()
    made: bytes = typst.compile(source, sys_inputs={"data": json.dumps(data)})
    return made


def joined(texts: Iterable[str]) -> str:
    """Return texts with commas between them."""
    return ", ".join(texts)

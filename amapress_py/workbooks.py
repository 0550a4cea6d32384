"""Workbooks (XLSX) with live formulas; what people typed is text.  Only importer of XlsxWriter."""

import re
from io import BytesIO
from typing import Any

import xlsxwriter
from flask import Response
from xlsxwriter.utility import xl_col_to_name

from amapress_py.i18n import search_key

KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
EUROS = '#,##0.00\N{NO-BREAK SPACE}"€"'  # how a cell shows money
A4, A3 = 9, 8
MOST_TITLE = 31  # characters of a page's name
NO_TITLE = re.compile(r"[\[\]:*?/\\']")


class Book:
    """A workbook in memory; text is written by `write_string`, formulas are our own."""

    def __init__(self) -> None:
        self._buffer = BytesIO()
        self._book = xlsxwriter.Workbook(self._buffer, OPTIONS)
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def format(self, **properties: Any) -> Any:
        """Return a format, the same for the same properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(properties)
        return self._formats[key]

    def page(self, title: str, *, landscape: bool = False, paper: int = A4) -> Any:
        """Add a page that prints as wide as its paper."""
        page = self._book.add_worksheet(self._free_title(title))
        if landscape:
            page.set_landscape()
        page.set_paper(paper)
        page.fit_to_pages(1, 0)
        return page

    def _free_title(self, title: str) -> str:
        """Return a title that a page may have and that no other has."""
        plain = NO_TITLE.sub(" ", title)[:MOST_TITLE].strip() or "1"
        taken = {page.get_name().casefold() for page in self._book.worksheets()}
        further = (f"{plain[: MOST_TITLE - 4]} {number}" for number in range(2, 1000))
        return next(one for one in (plain, *further) if one.casefold() not in taken)

    def content(self) -> bytes:
        """Return the file; nothing can be written afterwards."""
        self._book.close()
        return self._buffer.getvalue()


def letters(column: int) -> str:
    """Return what a column is called: 0 -> "A", 26 -> "AA"."""
    return str(xl_col_to_name(column))


def file_name(*words: object, ending: str) -> str:
    """Return "legumes-2026-10-01.xlsx": what every file system takes."""
    plain = re.sub(r"[^a-z0-9]+", "-", search_key(" ".join(map(str, words)))).strip("-")
    return f"{plain[:80] or 'document'}.{ending}"


def download(content: bytes, name: str, kind: str = KIND) -> Response:
    """Answer with a file to keep."""
    response = Response(content, mimetype=kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response

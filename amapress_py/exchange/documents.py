"""The list of intermittents as rows, and these as XLSX and CSV."""

import csv as csv_files
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

from sqlalchemy import Row

from amapress_py.clock import paris
from amapress_py.i18n import _, short_date
from amapress_py.workbooks import KIND, Book

KINDS = {"xlsx": KIND, "csv": "text/csv"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would work out, or run
Table = list[list[str]]  # headers first


def intermittents(rows: Sequence[Row[*tuple[Any, ...]]], reasons: Mapping[str, Any]) -> Table:
    """Return the list; its first columns are those that the import knows."""
    heads = [
        _("E-mail"),
        _("Prénom"),
        _("Nom"),
        _("Téléphone"),
        _("Adresse"),
        _("Depuis"),
        _("Inscrit par"),
        _("Raison"),
        _("Amapien"),
    ]
    return [heads] + [
        [
            one.email or "",
            one.first_name,
            one.last_name,
            one.phone,
            one.address,
            short_date(paris(one.enrolled_at).date()),
            _("soi-même") if one.by_self else f"{one.by_first or ''} {one.by_last or ''}".strip(),
            str(reasons.get(one.because, "")) if one.because else "",
            _("oui") if one.is_member else _("non"),
        ]
        for one in rows
    ]


def xlsx(table: Table, title: str) -> bytes:
    """Return rows as a workbook; what people typed is text, never a formula."""
    book = Book()
    bold = book.format(bold=True)
    page = book.page(title, landscape=True)
    for number, row in enumerate(table):
        for column, text in enumerate(row):
            page.write_string(number, column, text, bold if number == 0 else None)
    page.set_column(0, len(table[0]) - 1, 22)
    page.freeze_panes(1, 0)
    return book.content()


def csv(table: Table) -> bytes:
    """Return rows as French spreadsheets open them; a formula gets an apostrophe before it."""
    buffer = StringIO()
    writer = csv_files.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerows([_neutral(text) for text in row] for row in table)
    return buffer.getvalue().encode("utf-8-sig")


def _neutral(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text

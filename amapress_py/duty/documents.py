"""The planning of a period and the summary of who owes how many, as XLSX and PDF."""

import json
from collections.abc import Sequence
from pathlib import Path

import typst
from flask import current_app

from amapress_py.duty.models import DutyPeriod
from amapress_py.duty.queries import Account, Day
from amapress_py.i18n import _, hours, long_date, short_date
from amapress_py.workbooks import Book

TEMPLATE = "templates/documents/duty_planning.typ"
FIRST = 3  # row of the first line, below title and heads


def heads() -> list[str]:
    """Return the columns of the planning."""
    return [_("Date"), _("Heures"), _("Lieu"), _("Rôle"), _("Nom"), _("Téléphone")]


def title(period: DutyPeriod) -> str:
    """Return what stands on top."""
    return _("Permanences – %(name)s", name=period.name)


def xlsx(period: DutyPeriod, days: Sequence[Day], accounts: Sequence[Account]) -> bytes:
    """Return both as a workbook with live formulas."""
    book = Book()
    _planning(book, period, days)
    _summary(book, period, accounts)
    return book.content()


def _planning(book: Book, period: DutyPeriod, days: Sequence[Day]) -> None:
    bold = book.format(bold=True)
    page = book.page(_("Planning"), landscape=True)
    page.write_string(0, 0, title(period), bold)
    for column, (head, width) in enumerate(zip(heads(), (12, 20, 28, 28, 28, 18), strict=True)):
        page.set_column(column, column, width)
        page.write_string(FIRST - 1, column, head, bold)
    row = FIRST
    for day in days:
        for seat in day.seats:
            name = "" if seat.person_id is None else seat.name
            cells = (
                short_date(day.date),
                hours(day.opens, day.closes),
                day.place,
                seat.role,
                name,
                seat.phone,
            )
            for column, text in enumerate(cells):
                page.write_string(row, column, text) if text else None
            row += 1
    last = max(row, FIRST + 1)
    seats = sum(len(one.seats) for one in days)
    free = sum(one.free for one in days)
    for number, (label, formula, value) in enumerate(
        (
            (_("Places"), f"=COUNTA(D{FIRST + 1}:D{last})", seats),
            (_("Places prises"), f"=COUNTA(E{FIRST + 1}:E{last})", seats - free),
        ),
        1,
    ):
        page.write_string(last + number, 3, label, bold)
        page.write_formula(last + number, 4, formula, bold, value)
    page.freeze_panes(FIRST, 1)
    page.repeat_rows(FIRST - 1)


def _summary(book: Book, period: DutyPeriod, accounts: Sequence[Account]) -> None:
    bold = book.format(bold=True)
    page = book.page(_("Bilan"))
    page.write_string(0, 0, title(period), bold)
    labels = (_("Foyer"), _("Doit"), _("A pris"), _("Reste"))
    for column, (head, width) in enumerate(zip(labels, (48, 10, 10, 10), strict=True)):
        page.set_column(column, column, width)
        page.write_string(FIRST - 1, column, head, bold)
    for row, one in enumerate(accounts, FIRST):
        page.write_string(row, 0, one.name)
        page.write_number(row, 1, one.owed)
        page.write_number(row, 2, one.held)
        page.write_formula(row, 3, f"=MAX(0,B{row + 1}-C{row + 1})", None, max(0, -one.balance))
    last = FIRST + max(len(accounts), 1)
    page.write_string(last + 1, 0, _("Total"), bold)
    sums = (
        sum(one.owed for one in accounts),
        sum(one.held for one in accounts),
        sum(max(0, -one.balance) for one in accounts),
    )
    for column, total in enumerate(sums, 1):
        letter = "ABCD"[column]
        formula = f"=SUM({letter}{FIRST + 1}:{letter}{last})"
        page.write_formula(last + 1, column, formula, bold, total)
    page.freeze_panes(FIRST, 1)
    page.repeat_rows(FIRST - 1)


def pdf(period: DutyPeriod, days: Sequence[Day]) -> bytes:
    """Return the planning as a PDF."""
    data = {
        "title": title(period),
        "heads": [_("Date"), _("Lieu"), _("Rôle"), _("Nom"), _("Téléphone")],
        "days": [
            {
                "day": f"{long_date(one.date)}\n{hours(one.opens, one.closes)}",
                "place": one.place,
                "seats": [
                    [seat.role, "" if seat.person_id is None else seat.name, seat.phone]
                    for seat in one.seats
                ],
            }
            for one in days
        ],
    }
    source = (Path(current_app.root_path) / TEMPLATE).read_bytes()
    made: bytes = typst.compile(source, sys_inputs={"data": json.dumps(data)})
    return made

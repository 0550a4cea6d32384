"""Back office: what became of the baskets that were proposed, with a chart and as a workbook."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import DateField
from wtforms.validators import Optional

from amapress_py import clock, db
from amapress_py.accounts.access import requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.forms import Form
from amapress_py.exchange.admin import GROUP, MANAGERS
from amapress_py.exchange.queries.statistics import Figures, Statistics, statistics
from amapress_py.i18n import MONTHS, _, _l
from amapress_py.workbooks import EUROS, Book, download

MENU = (Entry(GROUP, _l("Statistiques"), "exchange_statistics.show", MANAGERS),)

NAME_WIDTH, NUMBER_WIDTH = 30, 12  # characters

bp = Blueprint("exchange_statistics", __name__, url_prefix="/admin/paniers/statistiques")


class PeriodForm(Form):
    """From one day to another; what makes no sense is the season."""

    class Meta:
        csrf = False

    du = DateField(_l("Du"), [Optional()])
    au = DateField(_l("Au"), [Optional()])


def season(today: date) -> tuple[date, date]:
    """Return the season around a day: from September to August."""
    year = today.year if today.month >= 9 else today.year - 1
    return date(year, 9, 1), date(year + 1, 8, 31)


def _asked() -> tuple[PeriodForm, Statistics]:
    form = PeriodForm(request.args)
    first, last = season(clock.today())
    first, last = form.du.data or first, form.au.data or last
    form.du.data, form.au.data = first, last
    return form, statistics(db.session(), first, last)


def month_name(month: date) -> str:
    """Return "octobre 2026"."""
    return f"{MONTHS[month.month - 1]} {month.year}"


@bp.get("")
@requires(*MANAGERS)
def show() -> ResponseReturnValue:
    """Show the figures of a period, by default the season."""
    form, figures = _asked()
    return render_template(
        "admin/exchange/statistics.html",
        form=form,
        figures=figures,
        month_name=month_name,
        highest=max((one.proposed for _month, one in figures.months), default=0),
    )


@bp.get("/tableur")
@requires(*MANAGERS)
def workbook() -> ResponseReturnValue:
    """Give the same as a workbook with live sums."""
    form, figures = _asked()
    book = Book()
    months = [(month_name(month), one) for month, one in figures.months]
    _sheet(book, _("Par mois"), _("Mois"), months)
    _sheet(book, _("Par contrat"), _("Contrat"), figures.contracts)
    heads = (_("Personne"), _("Proposés"), _("Pris"), _("Prix des paniers pris (€)"))
    page = _page(book, _("Par personne"), heads)
    euros = book.format(num_format=EUROS)
    for row, one in enumerate(figures.persons, 1):
        page.write_string(row, 0, one.name)
        page.write_number(row, 1, one.proposed)
        page.write_number(row, 2, one.taken)
        page.write_number(row, 3, one.cents / 100, euros)
    return download(book.content(), f"paniers-{form.du.data}-{form.au.data}.xlsx")


def _sheet(book: Book, title: str, key: str, rows: list[tuple[str, Figures]]) -> None:
    heads = (key, _("Proposés"), _("Pris"), _("Perdus"), _("Annulés"))
    page = _page(book, title, heads)
    table = [(one.proposed, one.taken, one.lost, one.cancelled) for _name, one in rows]
    for row, ((name, _figures), numbers) in enumerate(zip(rows, table, strict=True), 1):
        page.write_string(row, 0, name)
        for column, number in enumerate(numbers, 1):
            page.write_number(row, column, number)
    if rows and title == _("Par mois"):  # an offer of two contracts counts for both
        bold, last = book.format(bold=True), len(rows) + 1
        page.write_string(last, 0, _("Total"), bold)
        for column, letter in enumerate("BCDE", 1):
            total = sum(numbers[column - 1] for numbers in table)
            page.write_formula(last, column, f"=SUM({letter}2:{letter}{last})", bold, total)


def _page(book: Book, title: str, heads: Sequence[str]) -> Any:
    page = book.page(title)
    page.set_column(0, 0, NAME_WIDTH)
    page.set_column(1, len(heads) - 1, NUMBER_WIDTH)
    for column, head in enumerate(heads):
        side = "right" if column else "left"
        look = book.format(bold=True, text_wrap=True, bottom=1, align=side)
        page.write_string(0, column, head, look)
    page.freeze_panes(1, 1)
    return page

"""Back office: what became of the baskets that were proposed, with a chart and as a workbook."""

from datetime import date

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
from amapress_py.workbooks import Book, download

MENU = (Entry(GROUP, _l("Statistiques"), "exchange_statistics.show", MANAGERS),)

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
    page = book.page(_("Par personne"))
    for column, head in enumerate(
        (_("Personne"), _("Proposés"), _("Pris"), _("Prix des paniers pris (€)"))
    ):
        page.write_string(0, column, head)
    for row, one in enumerate(figures.persons, 1):
        page.write_string(row, 0, one.name)
        for column, number in enumerate((one.proposed, one.taken, one.cents / 100), 1):
            page.write_number(row, column, number)
    return download(book.content(), f"paniers-{form.du.data}-{form.au.data}.xlsx")


def _sheet(book: Book, title: str, key: str, rows: list[tuple[str, Figures]]) -> None:
    page = book.page(title)
    heads = (key, _("Proposés"), _("Pris"), _("Perdus"), _("Annulés"))
    for column, head in enumerate(heads):
        page.write_string(0, column, head)
    for row, (name, one) in enumerate(rows, 1):
        page.write_string(row, 0, name)
        for column, number in enumerate((one.proposed, one.taken, one.lost, one.cancelled), 1):
            page.write_number(row, column, number)
    if rows and title == _("Par mois"):  # an offer of two contracts counts for both
        page.write_string(len(rows) + 1, 0, _("Total"))
        for column, letter in enumerate("BCDE", 1):
            page.write_formula(len(rows) + 1, column, f"=SUM({letter}2:{letter}{len(rows) + 1})")

"""Back office: the grid of dates and products with its crossed-out cells."""

from flask import Blueprint, flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from amapress_py import db, settings
from amapress_py.accounts.access import requires
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.contracts import (
    fills,
    office_queries,
    queries,
    readiness,
    rules,
    season_days,
    services,
    wizard,
)
from amapress_py.contracts.book import weeks_of
from amapress_py.contracts.claims import Cell
from amapress_py.contracts.models import Contract
from amapress_py.contracts.product_forms import BarsForm
from amapress_py.contracts.queries import GridCell
from amapress_py.contracts.rules import Grid
from amapress_py.contracts.scope import editable_contract
from amapress_py.deliveries.admin import saved
from amapress_py.i18n import _
from amapress_py.settings.periods import periods

bp = Blueprint("bars", __name__)


@bp.get("/contrats/<int:contract_id>/dates-barrees")
@requires(Role.REFERENT)
def bars(contract_id: int) -> ResponseReturnValue:
    """Show the grid of dates and products with the crossed-out cells."""
    found = editable_contract(contract_id)
    cells = queries.grid_cells(db.session(), contract_id)
    form = BarsForm(version=found.version)
    return _page(found, form, cells, {(c.date_id, c.product_id) for c in cells if c.is_barred})


@bp.post("/contrats/<int:contract_id>/dates-barrees")
@requires(Role.REFERENT)
def set_bars(contract_id: int) -> ResponseReturnValue:
    """Cross out the ticked cells, and no other; a button that fills saves nothing."""
    found = editable_contract(contract_id)
    form = BarsForm()
    if form.remplir.data:
        return _fill(found, form)

    def act(session: Session) -> None:
        services.locked_unsigned(session, viewer(), contract_id)
        services.set_bars(session, viewer(), contract_id, form.seen, form.crossed())

    if not saved(form, act):
        return _again(editable_contract(contract_id), form), 422
    flash(_("Les dates barrées sont enregistrées."), "success")
    return wizard.onward(contract_id, readiness.BARS)


def _fill(found: Contract, form: BarsForm) -> ResponseReturnValue:
    """Show the grid as a button fills it."""
    cells = queries.grid_cells(db.session(), found.id)
    try:
        crossed = form.filled(_grid(cells))
    except rules.Stale as refusal:
        form.form_errors.append(str(refusal))
        return _page(found, form, cells, _typed(form)), 422
    return _page(found, form, cells, crossed, is_filled=True)


def _again(found: Contract, form: BarsForm) -> str:
    return _page(found, form, queries.grid_cells(db.session(), found.id), _typed(form))


def _typed(form: BarsForm) -> set[Cell]:
    try:
        return form.crossed()
    except rules.Stale:
        return set()


def _grid(cells: list[GridCell]) -> Grid:
    dates = {one.date_id: one.date for one in cells}
    return Grid(dates, list(dict.fromkeys(one.product_id for one in cells)), set())


def _page(
    found: Contract,
    form: BarsForm,
    cells: list[GridCell],
    crossed: set[Cell],
    is_filled: bool = False,
) -> str:
    session = db.session()
    days = sorted({one.date for one in cells})
    school = periods(settings.current().school_holidays)
    products = {one.product_id: one.product for one in cells}
    form.quand.choices = fills.moments(days)
    form.produit.choices = [("0", _("tous les produits"))]
    form.produit.choices += [(str(key), name) for key, name in products.items()]
    return render_template(
        "admin/contracts/bars.html",
        contract=found,
        form=form,
        products=products,
        rows=queries.by_date(cells),
        crossed=crossed,
        empty_days={
            day
            for day, row in queries.by_date(cells)
            if all((one.date_id, one.product_id) in crossed for one in row)
        },
        is_filled=is_filled,
        remarks=season_days.remarks(days, school),
        week_name=season_days.week_name,
        weeks_of=weeks_of,
        is_signed=office_queries.count_signed(session, found.id) > 0,
        trail=wizard.trail(found, readiness.BARS),
    )

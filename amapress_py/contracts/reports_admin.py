"""Back office: who arrives, who has a joker, who is swapped, at one delivery of a contract."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from amapress_py import clock, db
from amapress_py.accounts.access import requires
from amapress_py.accounts.login import viewer
from amapress_py.contracts import joker_rules, office_queries, reports, rules
from amapress_py.contracts.models import DateKind
from amapress_py.errors import NotFound

bp = Blueprint("contract_reports", __name__, url_prefix="/admin")


@bp.get("/contrats/<int:contract_id>/rapports")
@requires(*rules.SEES_CONTRACTS)
def show(contract_id: int) -> ResponseReturnValue:
    """Show the reports at a date; without one, at the next delivery."""
    session = db.session()
    contract = office_queries.contract(session, viewer(), contract_id)
    rows = office_queries.contract_dates(session, contract_id)
    days = {one.id: one.date for one in rows if one.kind is DateKind.DELIVERY}
    asked = request.args.get("date", "")
    coming = [key for key, day in days.items() if day >= clock.today()]
    date_id = coming[0] if coming else next(reversed(days), 0)
    if asked:
        if not asked.isascii() or not asked.isdecimal() or int(asked[:10]) not in days:
            raise NotFound
        date_id = int(asked[:10])
    return render_template(
        "admin/contracts/reports.html",
        contract=contract,
        days=days,
        date_id=date_id,
        report=reports.report(session, contract, date_id) if days else reports.Report(),
        terms=joker_rules.rules_of(contract),
    )

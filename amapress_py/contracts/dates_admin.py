"""Back office: the dates of a contract; the producer's holidays."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from amapress_py import db, settings, web
from amapress_py.accounts.access import requires
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.contracts import office_queries, readiness, rules, season_days, services, wizard
from amapress_py.contracts.date_forms import DatesForm, DaysForm, MonthlyForm, SeriesForm
from amapress_py.contracts.models import Contract, ContractDate, DateKind
from amapress_py.contracts.scope import editable_contract
from amapress_py.deliveries.admin import saved
from amapress_py.errors import NotFound
from amapress_py.i18n import _, ngettext
from amapress_py.settings.periods import periods

bp = Blueprint("dates", __name__)
FORMS = {"serie": SeriesForm, "mois": MonthlyForm, "liste": DatesForm}


@bp.get("/contrats/<int:contract_id>/dates")
@requires(Role.REFERENT)
def dates(contract_id: int) -> ResponseReturnValue:
    """Show a contract's dates, and how to add some."""
    return _page(editable_contract(contract_id))


@bp.post("/contrats/<int:contract_id>/dates/serie")
@requires(Role.REFERENT)
def add_series(contract_id: int) -> ResponseReturnValue:
    """Add dates every one or two weeks."""
    return _add(contract_id, "serie")


@bp.post("/contrats/<int:contract_id>/dates/mois")
@requires(Role.REFERENT)
def add_monthly(contract_id: int) -> ResponseReturnValue:
    """Add dates by rank in the month."""
    return _add(contract_id, "mois")


@bp.post("/contrats/<int:contract_id>/dates/liste")
@requires(Role.REFERENT)
def add_list(contract_id: int) -> ResponseReturnValue:
    """Add dates one by one."""
    return _add(contract_id, "liste")


@bp.post("/contrats/<int:contract_id>/dates/<int:date_id>/retirer")
@requires(Role.REFERENT)
def remove_date(contract_id: int, date_id: int) -> ResponseReturnValue:
    """Take a date out."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            _check_known(session, contract_id, date_id)
            services.locked_unsigned(session, viewer(), contract_id)
            services.remove_date(session, viewer(), contract_id, date_id)
        flash(_("La date est retirée."), "success")
    return redirect(url_for(".dates", contract_id=contract_id) + "#dates-du-contrat", 303)


@bp.post("/contrats/<int:contract_id>/dates/<int:date_id>/conge")
@requires(Role.REFERENT)
def set_holiday(contract_id: int, date_id: int) -> ResponseReturnValue:
    """Make a date the producer's holiday, or a delivery again."""
    is_delivery = request.form.get("livraison") == "1"
    kind = DateKind.DELIVERY if is_delivery else DateKind.HOLIDAY
    with web.refusals_to_flash():
        with db.transaction() as session:
            _check_known(session, contract_id, date_id)
            services.locked_unsigned(session, viewer(), contract_id)
            services.set_date_kind(session, viewer(), contract_id, date_id, kind)
        flash(
            _("C’est de nouveau une livraison.")
            if is_delivery
            else _("Ce jour est réservé pour les congés du producteur."),
            "success",
        )
    return redirect(url_for(".dates", contract_id=contract_id) + "#dates-du-contrat", 303)


def _add(contract_id: int, way: str) -> ResponseReturnValue:
    found = editable_contract(contract_id)
    form: DaysForm = FORMS[way]()
    before, added = found.name, list[int]()
    names: list[str] = []

    def act(session: Session) -> None:
        contract = services.locked_unsigned(session, viewer(), contract_id)
        added.append(services.add_dates(session, viewer(), contract_id, form.days()))
        names.append(contract.name)

    if not saved(form, act):
        return _page(editable_contract(contract_id), way, form), 422
    flash(ngettext("%(n)s date ajoutée.", "%(n)s dates ajoutées.", added[0]), "success")
    _tell_name(before, names[0])
    if form.remark():
        flash(form.remark(), "info")
    return redirect(url_for(".dates", contract_id=contract_id), 303)


def _check_known(session: Session, contract_id: int, date_id: int) -> None:
    date = session.get(ContractDate, date_id)
    if date is None or date.contract_id != contract_id:
        raise NotFound


def _tell_name(before: str, after: str) -> None:
    if before != after:
        flash(_("D’après ses dates, le contrat s’appelle « %(name)s ».", name=after), "info")


def _page(found: Contract, way: str = "", wrong: DaysForm | None = None) -> str:
    session = db.session()
    rows = office_queries.contract_dates(session, found.id)
    school = periods(settings.current().school_holidays)
    forms = {name: kind(formdata=None) for name, kind in FORMS.items()}
    if wrong is not None:
        forms[way] = wrong
    return render_template(
        "admin/contracts/dates.html",
        contract=found,
        dates=rows,
        remarks=season_days.remarks((one.date for one in rows), school),
        week_name=season_days.week_name,
        forms=forms,
        wrong=way,
        is_signed=office_queries.count_signed(session, found.id) > 0,
        most=rules.MOST_DATES,
        trail=wizard.trail(found, readiness.DATES),
    )

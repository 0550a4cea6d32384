"""Back office of duty, for treasurers and administrators alone."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from amapress_py import db, web
from amapress_py.accounts.access import requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.duty import documents, planning, queries, roster, rules
from amapress_py.duty.forms import PeriodForm, SeatForm
from amapress_py.duty.models import DutyPeriod
from amapress_py.duty.views import number
from amapress_py.errors import DomainError
from amapress_py.i18n import _, _l, ngettext
from amapress_py.workbooks import download, file_name

TREASURERS = frozenset({Role.TREASURER})
MENU = (Entry(_l("Trésorier"), _l("Permanences"), "duty_admin.periods", TREASURERS),)
PERIOD = "/<int:duty_id>"
DATE = f"{PERIOD}/dates/<int:delivery_id>"
SEAT = f"{PERIOD}/places/<int:seat_id>"

bp = Blueprint("duty_admin", __name__, url_prefix="/admin/permanences")
treasurers = requires(*TREASURERS)


def _done(act: Callable[[Session], Any], said: str) -> None:
    """Do one thing in one transaction, and tell it or why not on the next page."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            act(session)
        flash(said, "success")


def _to(endpoint: str, **values: Any) -> ResponseReturnValue:
    return redirect(url_for(endpoint, **values), 303)


# ----- Periods


@bp.get("")
@treasurers
def periods() -> ResponseReturnValue:
    """List the periods, with how many seats are still free."""
    return render_template("admin/duty/periods.html", periods=queries.periods(db.session()))


@bp.get("/nouvelle")
@treasurers
def new() -> ResponseReturnValue:
    """Show the form of a new period."""
    return _form_page(PeriodForm.new(), None)


@bp.post("/nouvelle")
@treasurers
def create() -> ResponseReturnValue:
    """Add a period."""
    return _save(None)


@bp.get(f"{PERIOD}/modifier")
@treasurers
def edit(duty_id: int) -> ResponseReturnValue:
    """Show the form of a period."""
    period = queries.period(db.session(), duty_id)
    return _form_page(PeriodForm.of(period), period)


@bp.post(f"{PERIOD}/modifier")
@treasurers
def change(duty_id: int) -> ResponseReturnValue:
    """Correct a period."""
    return _save(queries.period(db.session(), duty_id))


def _form_page(
    form: PeriodForm, period: DutyPeriod | None, status: int = 200
) -> ResponseReturnValue:
    page = render_template("admin/duty/period_form.html", form=form, period=period)
    return page, status


def _save(period: DutyPeriod | None) -> ResponseReturnValue:
    form = PeriodForm()
    if not form.validate():
        return _form_page(form, period, 422)
    key = period.id if period else None
    try:
        with db.transaction() as session:
            saved = roster.save_period(session, viewer().person_id, key, form.values())
    except DomainError as refusal:
        if refusal.status in (403, 404):
            raise
        form.form_errors.append(str(refusal))
        return _form_page(form, period, 422)
    flash(_("La période est enregistrée."), "success")
    return _to(".show", duty_id=saved)


@bp.post(f"{PERIOD}/supprimer")
@treasurers
def delete(duty_id: int) -> ResponseReturnValue:
    """Delete a period in which nobody sits."""
    _done(
        lambda session: roster.delete_period(session, viewer().person_id, duty_id),
        _("La période est supprimée."),
    )
    return _to(".periods")


# ----- The planning


@bp.get(PERIOD)
@treasurers
def show(duty_id: int) -> ResponseReturnValue:
    """Show a period: its dates, their seats, what can be done."""
    session = db.session()
    days = queries.planning(session, duty_id)
    return render_template(
        "admin/duty/period.html",
        period=queries.period(session, duty_id),
        days=days,
        seats=sum(len(one.seats) for one in days),
        free=sum(one.free for one in days),
        missing=len(queries.fillable(session, queries.period(session, duty_id))),
    )


@bp.post(f"{PERIOD}/remplir")
@treasurers
def fill(duty_id: int) -> ResponseReturnValue:
    """« Ajouter les distributions »: those of the period that have no seats yet."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            count = roster.fill(session, viewer().person_id, duty_id)
        if count:
            said = ngettext("%(n)s date est ajoutée.", "%(n)s dates sont ajoutées.", count)
            flash(said, "success")
        else:
            flash(_("Aucune distribution de cette période n’est encore à ajouter."), "info")
    return _to(".show", duty_id=duty_id)


@bp.get(f"{PERIOD}/imprimer")
@treasurers
def printed(duty_id: int) -> ResponseReturnValue:
    """Show the planning ready to print."""
    session = db.session()
    return render_template(
        "admin/duty/printed.html",
        period=queries.period(session, duty_id),
        days=queries.planning(session, duty_id),
    )


@bp.get(f"{PERIOD}/planning.xlsx")
@treasurers
def xlsx(duty_id: int) -> ResponseReturnValue:
    """Give planning and summary as a workbook."""
    session = db.session()
    period = queries.period(session, duty_id)
    made = documents.xlsx(
        period, queries.planning(session, duty_id), queries.summary(session, period)
    )
    return download(made, file_name("permanences", period.name, ending="xlsx"))


@bp.get(f"{PERIOD}/planning.pdf")
@treasurers
def pdf(duty_id: int) -> ResponseReturnValue:
    """Give the planning as a PDF."""
    session = db.session()
    period = queries.period(session, duty_id)
    made = documents.pdf(period, queries.planning(session, duty_id))
    name = file_name("permanences", period.name, ending="pdf")
    return download(made, name, "application/pdf")


@bp.get(f"{PERIOD}/journal")
@treasurers
def journal(duty_id: int) -> ResponseReturnValue:
    """Show who did what."""
    session = db.session()
    return render_template(
        "admin/duty/journal.html",
        period=queries.period(session, duty_id),
        events=queries.journal(session, duty_id),
        labels=rules.ACT_LABELS,
    )


# ----- One date


@bp.get(DATE)
@treasurers
def date(duty_id: int, delivery_id: int) -> ResponseReturnValue:
    """Show a date: who sits where, and buttons to change it."""
    return _date_page(SeatForm(formdata=None), duty_id, delivery_id)


def _date_page(
    form: SeatForm, duty_id: int, delivery_id: int, status: int = 200
) -> ResponseReturnValue:
    session = db.session()
    period = queries.period(session, duty_id)
    day = queries.day(session, duty_id, delivery_id)
    present = {one.person_id for one in day.seats}
    page = render_template(
        "admin/duty/date.html",
        form=form,
        period=period,
        day=day,
        members=[one for one in queries.members(session) if one.id not in present],
    )
    return page, status


@bp.post(f"{DATE}/places")
@treasurers
def add_seat(duty_id: int, delivery_id: int) -> ResponseReturnValue:
    """Make one more seat."""
    form = SeatForm()
    if not form.validate():
        return _date_page(form, duty_id, delivery_id, 422)
    who = viewer().person_id
    _done(
        lambda session: roster.add_seat(session, who, duty_id, delivery_id, form.role.data),
        _("La place est ajoutée."),
    )
    return _to(".date", duty_id=duty_id, delivery_id=delivery_id)


@bp.post(f"{DATE}/supprimer")
@treasurers
def delete_date(duty_id: int, delivery_id: int) -> ResponseReturnValue:
    """Take a date out of the period."""
    _done(
        lambda session: roster.delete_date(session, viewer().person_id, duty_id, delivery_id),
        _("La date est enlevée de la période."),
    )
    return _to(".show", duty_id=duty_id)


@bp.post(f"{SEAT}/placer")
@treasurers
def place(duty_id: int, seat_id: int) -> ResponseReturnValue:
    """Put somebody on a seat."""
    person_id = number("personne")
    _done(
        lambda session: roster.place(session, viewer().person_id, duty_id, seat_id, person_id),
        _("La personne est inscrite, et prévenue par courriel."),
    )
    return web.back_to_page(url_for(".show", duty_id=duty_id))


@bp.post(f"{SEAT}/liberer")
@treasurers
def free(duty_id: int, seat_id: int) -> ResponseReturnValue:
    """Free a seat."""
    _done(
        lambda session: roster.free(session, viewer().person_id, duty_id, seat_id),
        _("La place est libre ; la personne est prévenue par courriel."),
    )
    return web.back_to_page(url_for(".show", duty_id=duty_id))


@bp.post(f"{SEAT}/supprimer")
@treasurers
def delete_seat(duty_id: int, seat_id: int) -> ResponseReturnValue:
    """Delete a free seat; the last one takes the date along."""
    _done(
        lambda session: roster.delete_seat(session, viewer().person_id, duty_id, seat_id),
        _("La place est supprimée."),
    )
    return _to(".show", duty_id=duty_id)


# ----- Automatic planning


@bp.get(f"{PERIOD}/automatique")
@treasurers
def preview(duty_id: int) -> ResponseReturnValue:
    """Show what the automatic planning would do; nothing is changed."""
    session = db.session()
    period = queries.period(session, duty_id)
    question, days = queries.question(session, period)
    answer = planning.plan(question)
    names = {one.id: one for one in queries.names(session, set(answer.values()))}
    before = {one.id: len(one.held) for one in question.homes}
    home_of = {person: one.id for one in question.homes for person in one.persons}
    after = dict(before)
    for person_id in answer.values():
        after[home_of[person_id]] += 1
    return render_template(
        "admin/duty/preview.html",
        period=period,
        days=[one for one in days if one.free],
        answer=answer,
        names=names,
        with_basket={
            seat.id
            for one in days
            for seat in one.seats
            if (home_of.get(answer.get(seat.id, 0), 0), one.delivery_id) in question.baskets
        },
        free=len(question.seats),
        spread=_spread(after),
        mark=planning.mark(answer),
    )


def _spread(loads: dict[int, int]) -> list[tuple[int, int]]:
    """Return (number of turns, number of households with so many)."""
    counts = list(loads.values())
    return [(one, counts.count(one)) for one in sorted(set(counts))]


@bp.post(f"{PERIOD}/automatique")
@treasurers
def apply_plan(duty_id: int) -> ResponseReturnValue:
    """« Appliquer ce planning », if it is still what was shown."""
    mark = request.form.get("planning", "")
    with web.refusals_to_flash():
        with db.transaction() as session:
            count = roster.apply_plan(session, viewer().person_id, duty_id, mark)
        flash(
            ngettext(
                "%(n)s place est attribuée ; la personne est prévenue par courriel.",
                "%(n)s places sont attribuées ; chacun est prévenu par courriel.",
                count,
            ),
            "success",
        )
        return _to(".show", duty_id=duty_id)
    return _to(".preview", duty_id=duty_id)


# ----- Who owes how many


@bp.get(f"{PERIOD}/bilan")
@treasurers
def summary(duty_id: int) -> ResponseReturnValue:
    """Show who owes how many, and has."""
    session = db.session()
    period = queries.period(session, duty_id)
    accounts = queries.summary(session, period)
    return render_template(
        "admin/duty/summary.html",
        period=period,
        accounts=accounts,
        owed=sum(one.owed for one in accounts),
        held=sum(one.held for one in accounts),
        late=sum(one.balance < 0 for one in accounts),
        most=rules.MOST_OWED,
    )


@bp.post(f"{PERIOD}/bilan/<int:household_id>")
@treasurers
def share(duty_id: int, household_id: int) -> ResponseReturnValue:
    """Let a household owe another number; empty: as all others."""
    given = request.form.get("nombre", "").strip()
    is_number = given.isdecimal() and len(given) < 3
    owed = int(given) if is_number else None
    if given and not is_number:
        queries.period(db.session(), duty_id)
        flash(_("Un nombre entier de 0 à %(most)s.", most=rules.MOST_OWED), "error")
        return _to(".summary", duty_id=duty_id)
    _done(
        lambda session: roster.set_share(session, viewer().person_id, duty_id, household_id, owed),
        _("C’est noté."),
    )
    return _to(".summary", duty_id=duty_id)

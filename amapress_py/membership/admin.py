"""Back office of memberships: periods, who promised, who paid, receipts."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from amapress_py import clock, db, web
from amapress_py.accounts.access import requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.forms import Form
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Household, Role
from amapress_py.errors import DomainError, NotFound
from amapress_py.i18n import _, _l
from amapress_py.membership import queries, services
from amapress_py.membership.forms import NoteForm, PeriodForm
from amapress_py.membership.models import MembershipPeriod
from amapress_py.membership.queries import Totals
from amapress_py.membership.rules import NO_MEMBERSHIP, STATE_LABELS, MembershipState

TREASURERS = frozenset({Role.TREASURER})
MENU = (Entry(_l("Trésorier"), _l("Adhésions"), "membership_admin.periods", TREASURERS),)
BADGES = {MembershipState.PROMISED: "requested", MembershipState.RECEIVED: "exchanged"}
HOUSEHOLD = "/<int:period_id>/foyer/<int:household_id>"

bp = Blueprint("membership_admin", __name__, url_prefix="/admin/adhesions")
treasurers = requires(*TREASURERS)


@bp.get("")
@treasurers
def periods() -> ResponseReturnValue:
    """List the periods with what was promised and received."""
    return render_template(
        "admin/membership/periods.html",
        periods=queries.periods(db.session()),
        today=clock.today(),
    )


@bp.get("/nouvelle")
@treasurers
def new() -> ResponseReturnValue:
    """Show the form of a new period."""
    return _form_page(PeriodForm(formdata=None), None)


@bp.post("/nouvelle")
@treasurers
def create() -> ResponseReturnValue:
    """Add a period."""
    return _save(None)


@bp.get("/<int:period_id>/modifier")
@treasurers
def edit(period_id: int) -> ResponseReturnValue:
    """Show the form of a period."""
    period = queries.period(db.session(), period_id)
    return _form_page(PeriodForm.of(period), period)


@bp.post("/<int:period_id>/modifier")
@treasurers
def change(period_id: int) -> ResponseReturnValue:
    """Correct a period."""
    return _save(queries.period(db.session(), period_id))


def _form_page(
    form: PeriodForm, period: MembershipPeriod | None, status: int = 200
) -> ResponseReturnValue:
    page = render_template("admin/membership/period_form.html", form=form, period=period)
    return page, status


def _done(form: Form, act: Callable[[Session], object]) -> bool:
    """Do one thing in one transaction if the form is good; else the form says why not."""
    if not form.validate():
        return False
    try:
        with db.transaction() as session:
            act(session)
    except DomainError as refusal:
        if refusal.status in (403, 404):
            raise
        form.form_errors.append(str(refusal))
        return False
    return True


def _save(period: MembershipPeriod | None) -> ResponseReturnValue:
    form = PeriodForm()
    key = period.id if period else None
    who = viewer().person_id
    if not _done(form, lambda s: services.save_period(s, who, key, form.values())):
        return _form_page(form, period, 422)
    flash(_("La période est enregistrée."), "success")
    return redirect(url_for(".periods"), 303)


@bp.post("/<int:period_id>/supprimer")
@treasurers
def delete(period_id: int) -> ResponseReturnValue:
    """Delete a period that was never used."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            services.delete_period(session, viewer().person_id, period_id)
        flash(_("La période est supprimée."), "success")
    return redirect(url_for(".periods"), 303)


@bp.get("/<int:period_id>")
@treasurers
def households(period_id: int) -> ResponseReturnValue:
    """List the households of a period: nothing, a promise, or received."""
    session = db.session()
    state = request.args.get("etat", "")
    listing = web.Listing.asked("foyers", queries.SORTS)
    rows, count = queries.households(session, period_id, state, listing)
    return render_template(
        "admin/membership/households.html",
        period=queries.period(session, period_id),
        totals=queries.totals(session).get(period_id, Totals()),
        rows=rows,
        names=queries.names(session, [row.household_id for row in rows]),
        state=state,
        choices={"": _("Tous"), "none": NO_MEMBERSHIP, **STATE_LABELS},
        listing=listing,
        paging=web.Paging(listing.page, count),
        labels=STATE_LABELS,
        no_membership=NO_MEMBERSHIP,
        badges=BADGES,
    )


@bp.get(HOUSEHOLD)
@treasurers
def household(period_id: int, household_id: int) -> ResponseReturnValue:
    """Show what was noted of a household, and the form that notes more."""
    period = queries.period(db.session(), period_id)
    form = NoteForm(
        formdata=None,
        data={
            "etat": MembershipState.RECEIVED.value,
            "montant": period.suggested_cents or period.minimum_cents,
            "recue_le": clock.today(),
        },
    )
    return _household_page(form, period, household_id)


def _household_page(
    form: NoteForm, period: MembershipPeriod, household_id: int, status: int = 200
) -> ResponseReturnValue:
    session = db.session()
    if session.get(Household, household_id) is None:
        raise NotFound(_("Ce foyer n’existe plus."))
    history = queries.history(session, period.id, household_id)
    standing = [event for event, *_persons in history if event.undone_at is None]
    page = render_template(
        "admin/membership/household.html",
        form=form,
        period=period,
        household_id=household_id,
        name=queries.names(session, [household_id]).get(household_id, "?"),
        history=history,
        last=standing[0] if standing else None,
        labels=STATE_LABELS,
        badges=BADGES,
        RECEIVED=MembershipState.RECEIVED,
    )
    return page, status


@bp.post(HOUSEHOLD)
@treasurers
def note(period_id: int, household_id: int) -> ResponseReturnValue:
    """Note a promise, or what was received."""
    form = NoteForm()
    period = queries.period(db.session(), period_id)
    who = viewer().person_id
    if not _done(form, lambda s: services.note(s, who, period_id, household_id, form.note())):
        return _household_page(form, period, household_id, 422)
    flash(_("C’est noté."), "success")
    return redirect(url_for(".household", period_id=period_id, household_id=household_id), 303)


@bp.post(f"{HOUSEHOLD}/annuler")
@treasurers
def undo(period_id: int, household_id: int) -> ResponseReturnValue:
    """Take the last note back."""
    queries.period(db.session(), period_id)
    if db.session().get(Household, household_id) is None:
        raise NotFound(_("Ce foyer n’existe plus."))
    event_id = web.key_of(request.form.get("note", "")) or 0
    with web.refusals_to_flash():
        with db.transaction() as session:
            services.undo(session, viewer().person_id, period_id, household_id, event_id)
        flash(_("La note est annulée ; elle reste dans l’historique."), "success")
    return redirect(url_for(".household", period_id=period_id, household_id=household_id), 303)


@bp.get("/recus/<int:receipt_id>")
@treasurers
def receipt(receipt_id: int) -> ResponseReturnValue:
    """Show a receipt to print."""
    session = db.session()
    event, period = queries.receipt(session, receipt_id)
    return render_template(
        "admin/membership/receipt.html",
        event=event,
        period=period,
        name=queries.names(session, [event.household_id]).get(event.household_id, "?"),
        back=url_for(".household", period_id=period.id, household_id=event.household_id),
    )

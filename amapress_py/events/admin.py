"""Back office of events: list, form, announcement, cancellation, the desk of a session."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from amapress_py import db, web
from amapress_py.accounts.access import requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.login import viewer
from amapress_py.contracts import office_queries
from amapress_py.contracts import queries as contracts
from amapress_py.contracts.rules import may_read
from amapress_py.deliveries.admin import saved
from amapress_py.errors import DomainError, NotAllowed, NotFound
from amapress_py.events import letters, queries, rules, services
from amapress_py.events.forms import EventForm
from amapress_py.events.models import Event, EventKind
from amapress_py.i18n import _, _l, ngettext

MENU = (
    Entry(_l("Événements"), _l("Événements et permanences de signature"), "events_admin.events",
          frozenset(rules.MANAGERS)),
)  # fmt: skip
EVENT = "/<int:event_id>"

bp = Blueprint("events_admin", __name__, url_prefix="/admin/evenements")
managers = requires(*rules.MANAGERS)


@bp.get("")
@managers
def events() -> ResponseReturnValue:
    """List the events that the viewer manages: to come, or past."""
    past = request.args.get("quand") == "passes"
    return render_template(
        "admin/events/events.html",
        events=queries.managed(db.session(), viewer(), past=past),
        past=past,
    )


@bp.get("/nouveau")
@managers
def new() -> ResponseReturnValue:
    """Show the form of a new event; `?contrat=` chooses the contract."""
    form = EventForm(formdata=None, data={"contrat": _asked_contract()})
    return _form_page(form, None)


def _asked_contract() -> int:
    return web.key_of(request.args.get("contrat", "")) or 0


@bp.post("/nouveau")
@managers
def create() -> ResponseReturnValue:
    """Add an event."""
    return _save(EventForm(), None)


@bp.get(f"{EVENT}/modifier")
@managers
def edit(event_id: int) -> ResponseReturnValue:
    """Show the form of an event."""
    event = _managed(event_id)
    return _form_page(EventForm.of(event), event)


@bp.post(f"{EVENT}/modifier")
@managers
def change(event_id: int) -> ResponseReturnValue:
    """Correct an event; who was told is told what changed."""
    return _save(EventForm(), _managed(event_id))


def _managed(event_id: int) -> Event:
    event = db.session().get(Event, event_id, options=[joinedload(Event.contract)])
    if event is None:
        raise NotFound(_("Cet événement n’existe plus."))
    if not rules.may_manage(viewer(), event.kind, services.owner_of(event.contract)):
        raise NotAllowed
    return event


def _fit(form: EventForm, event: Event | None) -> None:
    own = [event.contract_id] if event and event.contract_id else []
    choices = queries.contracts_to_sign(db.session(), viewer(), own)
    form.fit(rules.kinds_of(viewer()), choices, event)


def _form_page(form: EventForm, event: Event | None, status: int = 200) -> ResponseReturnValue:
    _fit(form, event)
    may_sign = EventKind.SIGNING in rules.kinds_of(viewer())
    page = render_template("admin/events/form.html", form=form, event=event, may_sign=may_sign)
    return page, status


def _save(form: EventForm, event: Event | None) -> ResponseReturnValue:
    _fit(form, event)
    told: list[int] = []
    if event is None:
        is_saved = saved(form, lambda s: services.create(s, viewer(), form.values()))
    else:
        key = event.id
        is_saved = saved(
            form,
            lambda s: told.append(services.change(s, viewer(), key, form.seen, form.values())),
        )
    if not is_saved:
        return _form_page(form, event, 422)
    if any(told):
        said = _("L’événement est enregistré ; ceux à qui il était annoncé reçoivent un courriel.")
    else:
        said = _("L’événement est enregistré.")
    flash(said, "success")
    return redirect(url_for(".events"), 303)


@bp.get(f"{EVENT}/annoncer")
@managers
def announcement(event_id: int) -> ResponseReturnValue:
    """Show what would be sent, and to how many; nothing is sent."""
    event = _managed(event_id)
    why = ""
    try:
        services.check_ahead(event)
    except DomainError as refusal:
        why = str(refusal)
    session = db.session()
    persons = queries.audience(session, event.contract_id or 0)
    return render_template(
        "admin/events/announce.html",
        event=event,
        why=why,
        persons=len(persons),
        addresses=len({one.address.casefold() for one in letters.addresses(session, persons)}),
        mail=letters.preview(event),
        is_signing=event.kind is EventKind.SIGNING,
    )


@bp.post(f"{EVENT}/annoncer")
@managers
def announce(event_id: int) -> ResponseReturnValue:
    """« Envoyer l’annonce »: once."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            count = services.announce(session, viewer(), event_id, _seen())
        flash(
            ngettext("L’annonce part à %(n)s adresse.", "L’annonce part à %(n)s adresses.", count),
            "success",
        )
    return redirect(url_for(".events"), 303)


@bp.post(f"{EVENT}/annuler")
@managers
def cancel(event_id: int) -> ResponseReturnValue:
    """Cancel an event; who was told of it is told."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            count = services.cancel(session, viewer(), event_id, _seen())
        if count:
            flash(_("L’événement est annulé ; ceux à qui il était annoncé sont prévenus."),
                  "success")  # fmt: skip
        else:
            flash(_("L’événement est annulé."), "success")
    return redirect(url_for(".events"), 303)


def _seen() -> int:
    return web.key_of(request.form.get("version", "")) or 0


@bp.get(f"{EVENT}/tenir")
@managers
def desk(event_id: int) -> ResponseReturnValue:
    """Show who has not signed the contract of a session yet, or who did."""
    event = _managed(event_id)
    if event.contract is None:
        raise NotFound(_("On ne signe pas de contrat à cet événement."))
    contract, session = event.contract, db.session()
    signed = request.args.get("voir") == "signes"
    listing = web.Listing.asked("foyers", ("noms",))
    rows, total = queries.desk(session, contract.id, listing, signed=signed)
    return render_template(
        "admin/events/desk.html",
        event=event,
        contract=contract,
        signed=signed,
        rows=rows,
        persons=contracts.fetchers(session, [one.household_id for one in rows]),
        count_signed=office_queries.count_signed(session, contract.id),
        listing=listing,
        paging=web.Paging(listing.page, total),
        may_enter=may_read(viewer(), contract.producer_id),
    )

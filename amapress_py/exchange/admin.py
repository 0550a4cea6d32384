"""Back office of the espace intermittents: every offer, its journal, the intermittents."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from amapress_py import clock, db, web
from amapress_py.accounts import accesses
from amapress_py.accounts.access import requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Person, Role
from amapress_py.contracts import office_queries
from amapress_py.deliveries import queries as deliveries_queries
from amapress_py.errors import DomainError, NotFound
from amapress_py.exchange import documents, enrolment, queries, rules
from amapress_py.exchange.forms import REASONS, EnrolOtherForm, OfferFilterForm
from amapress_py.exchange.queries import office
from amapress_py.exchange.steps import Actor
from amapress_py.i18n import _, _l, ngettext
from amapress_py.workbooks import download

MANAGERS = frozenset({Role.INTERMITTENT_MANAGER})
MOST_TICKED = 200
GROUP = _l("Espace intermittents")
MENU = (
    Entry(GROUP, _l("Paniers à échanger"), "exchange_admin.offers", MANAGERS),
    Entry(GROUP, _l("Intermittents"), "exchange_admin.intermittents", MANAGERS),
)

bp = Blueprint("exchange_admin", __name__, url_prefix="/admin")


@bp.get("/paniers")
@requires(*MANAGERS)
def offers() -> ResponseReturnValue:
    """List the offers; without a choice, those of coming deliveries."""
    session = db.session()
    form = OfferFilterForm(request.args or MultiDict({"du": clock.today().isoformat()}))
    form.lieu.choices += deliveries_queries.place_choices(session)
    form.contrat.choices += office_queries.contract_names(session)
    listing = web.Listing.asked("offres", queries.SORTS)
    rows, count = office.all_offers(session, clock.now(), form.narrow(), listing)
    return render_template(
        "admin/exchange/offers.html",
        form=form,
        rows=rows,
        listing=listing,
        paging=web.Paging(listing.page, count),
        cede_url=web.page_of_tag("echanger-paniers-list"),
    )


@bp.get("/paniers/<int:offer_id>")
@requires(*MANAGERS)
def offer(offer_id: int) -> ResponseReturnValue:
    """Show one offer with every action on behalf, and its journal."""
    session = db.session()
    row = office.one_offer(session, clock.now(), offer_id)
    if row is None:
        raise NotFound(_("Ce panier n’existe pas."))
    return render_template(
        "admin/exchange/offer.html",
        row=row,
        journal=office.journal(session, offer_id),
        steps=rules.STEP_LABELS,
        states=rules.OFFER_LABELS,
    )


@bp.get("/intermittents")
@requires(*MANAGERS)
def intermittents() -> ResponseReturnValue:
    """List who is enrolled, with the form that enrols somebody."""
    return _intermittents(EnrolOtherForm(formdata=None))


def _listing() -> web.Listing:
    return web.Listing.asked("intermittents", tuple(office.ENROLMENT_SORTS))


def _intermittents(form: EnrolOtherForm) -> str:
    listing = _listing()
    rows, count = office.intermittents(db.session(), listing)
    return render_template(
        "admin/exchange/intermittents.html",
        form=form,
        rows=rows,
        listing=listing,
        paging=web.Paging(listing.page, count),
        reasons=dict(REASONS),
        narrowed=request.args.to_dict(),
    )


@bp.post("/intermittents")
@requires(*MANAGERS)
def enrol() -> ResponseReturnValue:
    """Enrol somebody, known or not."""
    form = EnrolOtherForm()
    if form.validate():
        try:
            with db.transaction() as session:
                enrolment.enrol_other(session, Actor.of(viewer()), **form.values())
        except DomainError as refusal:
            form.form_errors.append(str(refusal))
        else:
            flash(_("C’est fait : cette personne reçoit un courriel de bienvenue."), "success")
            return redirect(url_for(".intermittents"), 303)
    return _intermittents(form), 422


@bp.get("/intermittents/export.<any(xlsx, csv):kind>")
@requires(*MANAGERS)
def export(kind: str) -> ResponseReturnValue:
    """Give the list as it is searched and sorted, all pages, as a file."""
    accesses.note(viewer().person_id, _("Liste des intermittents"), kind.upper())
    rows = office.every_intermittent(db.session(), _listing())
    table = documents.intermittents(rows, dict(REASONS))
    made = documents.xlsx(table, _("Intermittents")) if kind == "xlsx" else documents.csv(table)
    return download(made, f"intermittents-{clock.today()}.{kind}", documents.KINDS[kind])


@bp.post("/intermittents/<int:person_id>/desinscrire")
@requires(*MANAGERS)
def end(person_id: int) -> ResponseReturnValue:
    """Take somebody off the list, confirmed by a dialog or by the page below; he is told."""
    if db.session().get(Person, person_id) is None:
        raise NotFound(_("Cette personne n’existe plus."))
    return _end([person_id])


@bp.post("/intermittents/desinscrire")
@requires(*MANAGERS)
def end_ticked() -> ResponseReturnValue:
    """Take the ticked persons off the list."""
    return _end(_ticked(request.form))


@bp.get("/intermittents/desinscrire")
@requires(*MANAGERS)
def ask_end() -> ResponseReturnValue:
    """Ask before persons are taken off the list."""
    persons = office.enrolled_names(db.session(), _ticked(request.args))
    return render_template("admin/exchange/end.html", persons=persons)


def _ticked(values: MultiDict[str, str]) -> list[int]:
    """Return the ticked persons; nonsense is nobody."""
    keys = map(web.key_of, values.getlist("personne")[:MOST_TICKED])
    return [key for key in keys if key is not None]


def _end(persons: list[int]) -> ResponseReturnValue:
    if not persons:
        flash(_("Cochez d’abord les personnes à désinscrire."), "error")
        return redirect(url_for(".intermittents"), 303)
    if not request.form.get("confirme"):
        return redirect(url_for(".ask_end", personne=persons), 303)
    with db.transaction() as session:
        count = enrolment.end_enrolments(session, Actor.of(viewer()), persons)
    if count:
        said = ngettext(
            "%(n)d personne est désinscrite et en reçoit la confirmation.",
            "%(n)d personnes sont désinscrites et en reçoivent la confirmation.",
            count,
        )
        flash(said, "success")
    else:
        flash(_("Ces personnes n’étaient plus inscrites."), "info")
    return redirect(url_for(".intermittents"), 303)

"""« Mes livraisons »: jokers and swapped deliveries of a signed contract.

The household and the référent have the same screen; services say what each may do.
"""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from amapress_py import clock, db, web
from amapress_py.accounts.login import viewer
from amapress_py.contracts import jokers, occasions, queries, swap_rules, swaps
from amapress_py.contracts.occasions import Occasions
from amapress_py.contracts.swap_rules import Proposal
from amapress_py.errors import DomainError
from amapress_py.i18n import _, ngettext

bp = Blueprint(
    "occasions", __name__, url_prefix="/contrats-signes/<int:subscription_id>/livraisons"
)
DATE = "/<int:date_id>"


@bp.get("")
def show(subscription_id: int) -> ResponseReturnValue:
    """Show every delivery, with its buttons."""
    found = occasions.occasions(db.session(), viewer(), subscription_id)
    return render_template("contracts/occasions.html", **_shared(found))


@bp.post(f"{DATE}/joker")
def set_joker(subscription_id: int, date_id: int) -> ResponseReturnValue:
    """« Poser un joker »."""
    over = request.form.get("en_plus") == "1"
    with web.refusals_to_flash():
        with db.transaction() as session:
            jokers.set_joker(session, viewer(), subscription_id, date_id, over=over)
        flash(_("Le joker est posé : pas de panier à cette date, et il n’est pas payé."), "success")
    return _back(subscription_id, date_id)


@bp.post(f"{DATE}/joker/retirer")
def remove_joker(subscription_id: int, date_id: int) -> ResponseReturnValue:
    """« Retirer le joker »."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            missing = jokers.remove_joker(session, viewer(), subscription_id, date_id)
        flash(_("Le joker est retiré : le panier de cette date est de nouveau prévu."), "success")
        if missing:
            flash(
                ngettext(
                    "Ce contrat demande encore %(n)s joker : posez-le à une autre date.",
                    "Ce contrat demande encore %(n)s jokers : posez-les à d’autres dates.",
                    missing,
                ),
                "info",
            )
    return _back(subscription_id, date_id)


@bp.get(f"{DATE}/decaler")
def choose_swap(subscription_id: int, date_id: int) -> ResponseReturnValue:
    """Show on which days of the week a delivery may be taken instead, and for how much."""
    return _swap_page(subscription_id, date_id)


@bp.post(f"{DATE}/decaler")
def swap(subscription_id: int, date_id: int) -> ResponseReturnValue:
    """Take it on that day."""
    if not request.form.get("vers"):
        return _swap_page(subscription_id, date_id, _("Choisissez le jour où le panier est pris."))
    try:
        with db.transaction() as session:
            swaps.swap(
                session,
                viewer(),
                subscription_id,
                date_id,
                _number("vers"),
                _wanted(),
                _number("difference"),
            )
    except DomainError as refusal:
        if refusal.status in (403, 404):
            raise
        return _swap_page(subscription_id, date_id, str(refusal))
    flash(_("La livraison est décalée."), "success")
    return _back(subscription_id, date_id)


@bp.post("/decalages/<int:decalage_id>/annuler")
def undo_swap(subscription_id: int, decalage_id: int) -> ResponseReturnValue:
    """« Annuler le décalage »."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            swaps.undo(session, viewer(), subscription_id, decalage_id)
        flash(_("Le décalage est annulé : le panier est pris à sa date."), "success")
    return redirect(url_for(".show", subscription_id=subscription_id), 303)


def _number(name: str) -> int:
    """Return a whole number, perhaps negative, of the form or the address; 0 for anything else."""
    given = request.values.get(name, "")
    digits = given.removeprefix("-")
    return int(given) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else 0


def _wanted() -> dict[int, int]:
    """Return which product is chosen for which."""
    names = [name for name in request.values if name.startswith("produit_")]
    keys = {name: name.removeprefix("produit_") for name in names}
    return {
        int(key): _number(name)
        for name, key in keys.items()
        if key.isascii() and key.isdecimal() and len(key) < 10
    }


def _shared(found: Occasions) -> dict[str, object]:
    persons = queries.fetchers(db.session(), [found.signed.household_id])
    return {
        "found": found,
        "names": queries.names(persons.get(found.signed.household_id, [])),
        "is_own": found.signed.household_id == viewer().household_id,
    }


def _swap_page(subscription_id: int, date_id: int, refusal: str = "") -> ResponseReturnValue:
    session = db.session()
    found = occasions.occasions(session, viewer(), subscription_id)
    one = found.find(date_id)
    cells, standing = found.cells, found.standing
    proposals: dict[int, Proposal] = {}
    for other_id in swap_rules.other_dates(cells, date_id, standing, clock.today()):
        wanted = _wanted() if _number("vers") == other_id else None
        try:
            proposals[other_id] = swap_rules.proposal(
                cells, date_id, other_id, standing, clock.today(), wanted
            )
        except DomainError as reason:
            refusal = refusal or str(reason)
    page = render_template(
        "contracts/swap.html",
        **_shared(found),
        one=one,
        proposals=proposals,
        refusal=refusal,
        signed_euros=swap_rules.signed_euros,
    )
    return page, 422 if refusal and request.method == "POST" else 200


def _back(subscription_id: int, date_id: int) -> ResponseReturnValue:
    page = url_for(".show", subscription_id=subscription_id, _anchor=f"livraison-{date_id}")
    return redirect(page, 303)

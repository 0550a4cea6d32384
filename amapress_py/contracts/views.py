"""What members do about contracts: read, sign, change, delete, print, wait for a place."""

from contextlib import suppress

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from amapress_py import db, web
from amapress_py.accounts.login import viewer
from amapress_py.contracts import (
    conditions,
    joker_rules,
    messages,
    own_queries,
    own_signing,
    queries,
    rules,
    summary,
    waiting,
)
from amapress_py.contracts.models import Contract, ContractKind, Subscription
from amapress_py.contracts.own_queries import Card
from amapress_py.contracts.signing_forms import Quantities
from amapress_py.contracts.signing_screen import FILL, KEEPS_TYPING, SIGN, Screen
from amapress_py.errors import DomainError, NotAllowed, NotFound
from amapress_py.i18n import _

TAG = "mes-contrats"

bp = Blueprint("contracts", __name__, url_prefix="/contrats")


class _Rehearsed(Exception):
    """Everything was allowed; nothing is kept yet."""


def _card(session: Session, contract_id: int) -> Card:
    found = own_queries.cards(session, viewer().household_id, contract_id)
    if not found:
        raise NotFound(_("Ce contrat n’existe pas, ou il n’est pas ouvert aux inscriptions."))
    return found[0]


def _read(session: Session, card: Card) -> tuple[Contract, Subscription | None]:
    contract = own_queries.contract(session, card.id)
    if contract is None:
        raise NotFound
    return contract, own_queries.signed(session, card.signed_id)


@bp.get("/<int:contract_id>")
def show(contract_id: int) -> ResponseReturnValue:
    """Show what one's household signed; else what the contract offers, and how to sign it."""
    session = db.session()
    card = _card(session, contract_id)
    contract, signed = _read(session, card)
    shown = {
        "card": card,
        "contract": contract,
        "kind_label": rules.KINDS[contract.kind],
        "joker_rules": joker_rules.rules_of(contract),
        "back": web.page_of_tag(TAG),
    }
    if signed is None:
        cells = queries.grid_cells(session, contract_id)
        return render_template(
            "contracts/offered.html",
            quantities=Quantities(contract.kind, cells),
            names={one.product_id: one.product for one in cells},
            refusal=card.refusal or conditions.refusal(session, viewer().household_id),
            **shown,
        )
    return render_template(
        "contracts/signed.html",
        signed=signed,
        summary=summary.summary(session, contract, signed, card.skipped),
        sent=messages.of_contract(session, contract_id),
        is_prepaid=contract.kind is ContractKind.PREPAID,
        is_provision=contract.kind is ContractKind.PROVISION,
        **shown,
    )


@bp.get("/<int:contract_id>/imprimer")
def to_print(contract_id: int) -> ResponseReturnValue:
    """Show what one's household signed, ready to print."""
    session = db.session()
    card = _card(session, contract_id)
    contract, signed = _read(session, card)
    if signed is None:
        raise NotFound(_("Votre foyer n’a pas signé ce contrat."))
    persons = queries.fetchers(session, [signed.household_id]).get(signed.household_id, [])
    return render_template(
        "contracts/print.html",
        contract=contract,
        signed=signed,
        persons=persons,
        summary=summary.summary(session, contract, signed, card.skipped),
    )


@bp.get("/<int:contract_id>/signer")
def choose(contract_id: int) -> ResponseReturnValue:
    """Show the form: of a new signed contract, or of the household's own."""
    session = db.session()
    card = _card(session, contract_id)
    if not card.may_change if card.is_signed else card.refusal:
        return redirect(url_for(".show", contract_id=contract_id), 303)
    contract, signed = _read(session, card)
    who = viewer().household_id
    return Screen.of(session, contract, signed, household_id=who, skipped=card.skipped).page()


@bp.post("/<int:contract_id>/signer")
def sign(contract_id: int) -> ResponseReturnValue:
    """Fill in, add up, sum up, or sign: as the button says."""
    session = db.session()
    contract, signed = _read(session, _card(session, contract_id))
    screen = Screen.of(session, contract, signed)
    if screen.step == FILL:
        screen.quantities.fill_all(request.form)
    if screen.step in KEEPS_TYPING:
        return screen.page()
    if not screen.is_right():
        return screen.page(422)
    order, is_last = screen.order, screen.step == SIGN
    try:
        with suppress(_Rehearsed), db.transaction() as current:
            own_signing.sign(current, viewer(), contract_id, order)
            if not is_last:
                raise _Rehearsed
    except (NotAllowed, NotFound):
        raise
    except rules.AlreadySigned as refusal:  # a second click, or another tab
        flash(_("Rien n’est changé : %(why)s", why=refusal), "error")
        return redirect(url_for(".show", contract_id=contract_id), 303)
    except DomainError as refusal:
        return _refused(contract_id, refusal)
    if not is_last:
        return _summed_up(contract_id)
    flash(
        _("Votre contrat est modifié. Un courriel le résume.")
        if order.version
        else _("Votre contrat est signé. Un courriel le résume."),
        "success",
    )
    return redirect(url_for(".show", contract_id=contract_id), 303)


def _again(contract_id: int) -> Screen:
    """Read everything anew: what was refused is shown beside what is there now."""
    session = db.session()
    session.rollback()
    session.expire_all()
    screen = Screen.of(session, *_read(session, _card(session, contract_id)))
    screen.form.validate()
    return screen


def _refused(contract_id: int, refusal: DomainError) -> ResponseReturnValue:
    screen = _again(contract_id)
    screen.refuse(refusal)
    return screen.page(refusal.status if refusal.status >= 400 else 422)


def _summed_up(contract_id: int) -> ResponseReturnValue:
    screen = _again(contract_id)
    return screen.summary_page(screen.summary())


@bp.get("/<int:contract_id>/supprimer")
def ask_delete(contract_id: int) -> ResponseReturnValue:
    """Ask whether the signed contract is to go."""
    session = db.session()
    card = _card(session, contract_id)
    contract, signed = _read(session, card)
    if signed is None or not card.may_change:
        return redirect(url_for(".show", contract_id=contract_id), 303)
    said = summary.summary(session, contract, signed, card.skipped)
    return render_template("contracts/delete.html", contract=contract, signed=signed, summary=said)


@bp.post("/<int:contract_id>/supprimer")
def delete(contract_id: int) -> ResponseReturnValue:
    """Delete the signed contract."""
    _card(db.session(), contract_id)
    typed = request.form.get("version", "")
    version = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0
    with web.refusals_to_flash():
        with db.transaction() as session:
            own_signing.delete(session, viewer(), contract_id, version)
        flash(_("Votre contrat est supprimé. Un courriel vous le confirme."), "success")
    return redirect(web.page_of_tag(TAG), 303)


@bp.post("/<int:contract_id>/attendre")
def wait(contract_id: int) -> ResponseReturnValue:
    """« M’inscrire sur la liste d’attente », of the contract or of a product of it."""
    _card(db.session(), contract_id)
    with web.refusals_to_flash():
        with db.transaction() as session:
            waiting.join(session, viewer(), contract_id, _product())
        flash(
            _(
                "Vous êtes sur la liste d’attente : un courriel vous prévient quand "
                "c’est votre tour."
            ),
            "success",
        )
    return redirect(url_for(".show", contract_id=contract_id), 303)


@bp.post("/<int:contract_id>/ne-plus-attendre")
def wait_no_longer(contract_id: int) -> ResponseReturnValue:
    """Leave the waiting list."""
    _card(db.session(), contract_id)
    with db.transaction() as session:
        waiting.leave(session, viewer(), contract_id, _product())
    flash(_("Vous n’êtes plus sur la liste d’attente."), "success")
    return redirect(url_for(".show", contract_id=contract_id), 303)


def _product() -> int | None:
    """Return the product that a form names, None for the contract itself."""
    typed = request.form.get("produit", "")
    if not typed:
        return None
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0

"""What a person does from a mail without logging in: book, answer an owner, set his alerts."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from amapress_py import clock, db, web
from amapress_py.accounts.access import public
from amapress_py.accounts.login import viewer
from amapress_py.deliveries import queries as deliveries_queries
from amapress_py.errors import DomainError, NotFound
from amapress_py.exchange import (
    enrolment,
    letters,
    preferences,
    queries,
    refusals,
    services,
    tokens,
)
from amapress_py.exchange.forms import WishesForm
from amapress_py.exchange.models import BasketOffer, OfferRequest
from amapress_py.exchange.rules import LIVE_REQUESTS, OfferState, RequestState, TooLate
from amapress_py.exchange.steps import Actor
from amapress_py.i18n import _

bp = Blueprint("exchange_guests", __name__)


def _dead() -> NotFound:
    return NotFound(_("Ce lien n’est plus valable. Connectez-vous pour voir les paniers."))


def _about(offer: BasketOffer) -> dict[str, Any]:
    """Return what a page behind a link tells of a basket: no contacts, no full name."""
    values = letters.offer_values(offer, "")
    return {key: values[key] for key in ("when", "where", "contents", "price", "message")} | {
        "owner": offer.offered_by.short_name
    }


def _why_not(offer: BasketOffer, mine: Sequence[OfferRequest]) -> str | None:
    """Return why it is too late to press anything, as far as that is known before."""
    if offer.state is OfferState.CANCELLED:
        return str(refusals.OfferCancelled.message)
    if any(one.state in LIVE_REQUESTS for one in mine):
        return str(refusals.AlreadyAsked.message)
    if clock.now() >= offer.delivery.starts_at:
        return str(TooLate.message)
    return None


def _done(act: Callable[[Session], object], said: str) -> ResponseReturnValue:
    """Do one thing and tell it, or tell why not, on a page of its own."""
    try:
        with db.transaction() as session:
            act(session)
    except NotFound:
        raise
    except DomainError as refusal:
        return render_template("exchange/answered.html", text=str(refusal), kind="error"), (
            refusal.status
        )
    return render_template("exchange/answered.html", text=said, kind="success")


@bp.get("/paniers/interesse/<token>")
@public
def ask(token: str) -> ResponseReturnValue:
    """Show the basket behind the link of an alert, and one button (scanners follow links)."""
    read = tokens.read_booking_token(db.session(), token)
    offer = read and db.session().get(BasketOffer, read[0])
    if not read or not offer:
        raise _dead()
    person = read[1]
    told = _why_not(offer, [one for one in offer.requests if one.person_id == person.id])
    if told is None and offer.state is OfferState.EXCHANGED:
        told = str(refusals.JustTaken.message)
    return render_template(
        "exchange/ask.html", token=token, told=told, name=person.short_name, **_about(offer)
    )


@bp.post("/paniers/interesse/<token>")
@public
@web.without_token
def asked(token: str) -> ResponseReturnValue:
    """« Je suis intéressé », by the person of the link."""

    def book(session: Session) -> None:
        read = tokens.read_booking_token(session, token)
        if read is None:
            raise _dead()
        offer_id, person = read
        services.request_basket(session, Actor.of(person), offer_id)

    return _done(book, _("Votre demande est envoyée : vous recevez un courriel dès la réponse."))


@bp.get("/paniers/reponse/<token>")
@public
def answer(token: str) -> ResponseReturnValue:
    """Show the basket that its owner keeps for the person of the link, and two buttons."""
    request = tokens.read_designation_token(db.session(), token)
    if request is None:
        raise _dead()
    told = _why_not(request.offer, [])
    if told is None and request.state is not RequestState.PENDING:
        told = _("Vous avez déjà répondu. Pour changer d’avis, écrivez à la personne.")
    return render_template(
        "exchange/answer.html",
        token=token,
        told=told,
        name=request.person.short_name,
        **_about(request.offer),
    )


@bp.post("/paniers/reponse/<token>/oui")
@public
@web.without_token
def take(token: str) -> ResponseReturnValue:
    """« Je prends ce panier »."""

    def confirm(session: Session) -> None:
        request = tokens.read_designation_token(session, token)
        if request is None:
            raise _dead()
        services.confirm_designation(session, Actor.of(request.person), request.id)

    return _done(
        confirm, _("C’est entendu : le panier est pour vous. Un courriel vous dit tout le reste.")
    )


@bp.post("/paniers/reponse/<token>/non")
@public
@web.without_token
def decline(token: str) -> ResponseReturnValue:
    """« Je ne peux pas »."""

    def refuse(session: Session) -> None:
        request = tokens.read_designation_token(session, token)
        if request is None:
            raise _dead()
        services.decline_designation(session, Actor.of(request.person), request.id)

    return _done(refuse, _("C’est noté, le panier est proposé à tous."))


def _wishes_page(person_id: int, save_url: str) -> ResponseReturnValue:
    """Show or keep what a person wants to hear of."""
    session = db.session()
    if not queries.is_enrolled(session, person_id):
        return redirect(web.page_of_tag(letters.ENROLMENT), 303)
    form = WishesForm(
        queries.contract_choices(session),
        deliveries_queries.place_choices(session),
        queries.wishes_of(session, person_id),
    )
    status = 200
    if form.is_submitted():
        if form.validate():
            with db.transaction() as current:
                preferences.set_wishes(current, person_id, form.wishes())
            return redirect(f"{save_url}?fait=1", 303)
        status = 422
    done = request.args.get("fait") == "1" and not form.is_submitted()
    page = render_template("exchange/wishes.html", form=form, save_url=save_url, done=done)
    return page, status


@bp.route("/intermittents/mes-alertes", methods=["GET", "POST"])
def my_wishes() -> ResponseReturnValue:
    """« Mes alertes », connected."""
    return _wishes_page(viewer().person_id, url_for(".my_wishes"))


@bp.route("/intermittents/alertes/<token>", methods=["GET", "POST"])
@public
@web.without_token
def wishes(token: str) -> ResponseReturnValue:
    """« Mes alertes », by the link of a mail: the same token as to leave."""
    person_id = enrolment.person_of_token(db.session(), token)
    if person_id is None:
        raise NotFound(_("Ce lien n’est pas valable."))
    return _wishes_page(person_id, url_for(".wishes", token=token))

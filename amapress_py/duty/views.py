"""What members do about duty: enrol, leave, hand on, exchange, say when they cannot."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from amapress_py import db, web
from amapress_py.accounts.access import public
from amapress_py.accounts.login import viewer
from amapress_py.duty import letters, queries, services, tokens
from amapress_py.duty.models import DutySeat, DutySwap
from amapress_py.errors import DomainError, NotAllowed, NotFound
from amapress_py.i18n import _

bp = Blueprint("duty", __name__, url_prefix="/permanences")


def number(name: str) -> int:
    """Return a row's number that a form holds; 0, which no row has, for anything else."""
    given = request.form.get(name, "")
    return int(given) if given.isdecimal() and len(given) < 10 else 0


def _back(act: Callable[[Session], Any], said: str) -> ResponseReturnValue:
    with web.refusals_to_flash():
        with db.transaction() as session:
            act(session)
        flash(said, "success")
    return web.back_to_page(web.page_of_tag(letters.TAG))


@bp.post("/places/<int:seat_id>/prendre")
def take(seat_id: int) -> ResponseReturnValue:
    """« Je m’inscris »."""
    return _back(
        lambda session: services.take(session, viewer().person_id, seat_id),
        _("Merci, vous êtes inscrit. Un courriel vous donne la date, aussi pour votre agenda."),
    )


@bp.post("/places/<int:seat_id>/rendre")
def leave(seat_id: int) -> ResponseReturnValue:
    """« Me désinscrire »."""
    return _back(
        lambda session: services.leave(session, viewer().person_id, seat_id),
        _("C’est noté : la place est de nouveau libre."),
    )


@bp.post("/distributions/<int:delivery_id>/absence")
def absence(delivery_id: int) -> ResponseReturnValue:
    """« Je ne peux pas ce jour-là », or after all."""
    absent = request.form.get("absent") == "1"
    return _back(
        lambda session: services.set_absent(
            session, viewer().person_id, delivery_id, absent=absent
        ),
        _("C’est noté : le planning en tiendra compte."),
    )


@bp.get("/places/<int:seat_id>/remplacer")
def replace(seat_id: int) -> ResponseReturnValue:
    """Ask who is to take one's seat, or for whose it is to be exchanged."""
    session, who = db.session(), viewer()
    seat = session.get(DutySeat, seat_id)
    if seat is None:
        raise NotFound(_("Cette place n’existe plus."))
    if seat.person_id != who.person_id:
        raise NotAllowed(_("Cette place n’est pas la vôtre."))
    days = [one for one in queries.planning(session, seat.period_id) if not one.is_over]
    here = next((one for one in days if one.delivery_id == seat.delivery_id), None)
    present = {one.person_id for one in here.seats} if here else set()
    return render_template(
        "duty/replace.html",
        seat=seat,
        day=here,
        members=[one for one in queries.members(session) if one.id not in present],
        others=[
            (one, other)
            for one in days
            if one.delivery_id != seat.delivery_id and one.seat_of(who.person_id) is None
            for other in one.seats
            if other.person_id is not None and other.person_id not in present
        ],
        back_url=web.page_of_tag(letters.TAG),
    )


@bp.post("/places/<int:seat_id>/passer")
def hand_on(seat_id: int) -> ResponseReturnValue:
    """Ask a person to take the seat."""
    person_id = number("personne")
    return _back(
        lambda session: services.ask_to_take(session, viewer().person_id, seat_id, person_id),
        _("La demande est envoyée. La place reste la vôtre tant que la personne n’a pas accepté."),
    )


@bp.post("/places/<int:seat_id>/echanger")
def swap(seat_id: int) -> ResponseReturnValue:
    """Propose to exchange the seat for another."""
    wanted_id = number("place")
    return _back(
        lambda session: services.ask_to_swap(session, viewer().person_id, seat_id, wanted_id),
        _("La demande est envoyée. La place reste la vôtre tant que la personne n’a pas accepté."),
    )


@bp.post("/demandes/<int:swap_id>/accepter")
def accept(swap_id: int) -> ResponseReturnValue:
    """« J’accepte », on the site."""
    return _back(
        lambda session: services.accept(session, viewer().person_id, swap_id),
        _("C’est entendu : la place est la vôtre. Tout le monde est prévenu par courriel."),
    )


@bp.post("/demandes/<int:swap_id>/refuser")
def decline(swap_id: int) -> ResponseReturnValue:
    """« Je ne peux pas », on the site."""
    return _back(
        lambda session: services.decline(session, viewer().person_id, swap_id),
        _("C’est noté : la personne est prévenue."),
    )


@bp.post("/demandes/<int:swap_id>/retirer")
def withdraw(swap_id: int) -> ResponseReturnValue:
    """Take one's request back."""
    return _back(
        lambda session: services.withdraw(session, viewer().person_id, swap_id),
        _("La demande est retirée : la place reste la vôtre."),
    )


# ----- By the link of a mail


def _dead() -> NotFound:
    return NotFound(_("Cette demande n’attend plus de réponse. Connectez-vous pour voir la suite."))


@bp.get("/reponse/<token>")
@public
def answer(token: str) -> ResponseReturnValue:
    """Show what is asked, and two buttons (scanners follow links)."""
    found = tokens.read_swap_token(db.session(), token)
    if found is None:
        raise _dead()
    wanted = found.wanted
    return render_template(
        "duty/answer.html",
        token=token,
        asker=found.asker.short_name,
        role=found.seat.role,
        when=letters.when(found.seat.delivery),
        where=letters.where(found.seat.delivery),
        wanted=(wanted.role, letters.when(wanted.delivery)) if wanted else None,
    )


def _answered(
    token: str, act: Callable[[Session, DutySwap], None], said: str
) -> ResponseReturnValue:
    try:
        with db.transaction() as session:
            found = tokens.read_swap_token(session, token)
            if found is None:
                raise _dead()
            act(session, found)
    except NotFound:
        raise
    except DomainError as refusal:
        page = render_template("duty/answered.html", text=str(refusal), kind="error")
        return page, refusal.status
    return render_template("duty/answered.html", text=said, kind="success")


@bp.post("/reponse/<token>/oui")
@public
@web.without_token
def say_yes(token: str) -> ResponseReturnValue:
    """« J’accepte », by the link."""
    return _answered(
        token,
        lambda session, found: services.accept(session, found.to_id, found.id),
        _("C’est entendu, merci : un courriel vous donne la date pour votre agenda."),
    )


@bp.post("/reponse/<token>/non")
@public
@web.without_token
def say_no(token: str) -> ResponseReturnValue:
    """« Je ne peux pas », by the link."""
    return _answered(
        token,
        lambda session, found: services.decline(session, found.to_id, found.id),
        _("C’est noté : la personne est prévenue."),
    )


def _no_more() -> NotFound:
    return NotFound(
        _("Cette place n’est plus la vôtre, ou la date a encore changé : voyez sur le site.")
    )


@bp.get("/nouvelle-date/<token>")
@public
def new_date(token: str) -> ResponseReturnValue:
    """Show a seat's new date, and a button for who cannot come."""
    seat = tokens.read_seat_token(db.session(), token)
    if seat is None:
        raise _no_more()
    return render_template(
        "duty/new_date.html",
        token=token,
        role=seat.role,
        when=letters.when(seat.delivery),
        where=letters.where(seat.delivery),
    )


@bp.post("/nouvelle-date/<token>")
@public
@web.without_token
def cannot_come(token: str) -> ResponseReturnValue:
    """« Je ne peux pas » at the new date."""
    with db.transaction() as session:
        seat = tokens.read_seat_token(session, token)
        if seat is None:
            raise _no_more()
        services.cannot_come(session, seat.id)
    said = _("C’est noté : la place est de nouveau libre. Merci d’avoir prévenu.")
    return render_template("duty/answered.html", text=said, kind="success")

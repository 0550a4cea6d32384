"""What members, intermittents and guests press: POST, then back to the page."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from amapress_py import clock, db, settings, web
from amapress_py.accounts import throttle
from amapress_py.accounts.access import public
from amapress_py.accounts.forms import Form
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Person
from amapress_py.deliveries.models import Delivery
from amapress_py.errors import DomainError, NotAllowed, NotFound
from amapress_py.exchange import enrolment, letters, queries, refusals, services, tokens
from amapress_py.exchange.forms import (
    AbsenceForm,
    EnrolOtherForm,
    OfferForm,
    PartForm,
    ReasonForm,
)
from amapress_py.exchange.queries.cedable import CedableRow
from amapress_py.exchange.steps import Actor
from amapress_py.i18n import _, _l, ngettext, short_date

bp = Blueprint("exchange", __name__)

CEDE = "echanger-paniers-list"
ENROLMENTS_PER_DAY = 50
DAY = 24 * 3600


class TooManyEnrolments(DomainError):
    """Somebody enrols a crowd."""

    status = 429
    message = _l("Vous avez inscrit beaucoup de personnes aujourd’hui : continuez demain.")


def _count(session: Session, key: str) -> None:
    """Count what may make a person known to us; raise TooManyEnrolments."""
    if not throttle.hit(session, key, ENROLMENTS_PER_DAY, DAY):
        raise TooManyEnrolments


def _back(tag: str) -> ResponseReturnValue:
    return web.back_to_page(web.page_of_tag(tag))


def _act(tag: str, said: str, act: Callable[[Session], object]) -> ResponseReturnValue:
    """Do one thing in one transaction, tell it or the refusal, and go back to the page."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            act(session)
        flash(said, "success")
    return _back(tag)


def _again(form: Form, title: str, button: str) -> ResponseReturnValue:
    """Show a refused form with what was typed."""
    page = render_template("exchange/form_again.html", form=form, title=title, button=button)
    return page, 422


@bp.post("/paniers/ceder")
def offer_basket() -> ResponseReturnValue:
    """« Céder mon panier »."""
    form = OfferForm()
    if not form.validate():
        return _again(form, _("Céder mon panier"), _("Céder mon panier"))
    on_behalf = form.foyer.data not in (None, viewer().household_id)
    said = _("Le panier est proposé.") if on_behalf else _("Votre panier est proposé.")
    if form.repreneur.data:
        said = _offered_to_one()
    return _act(
        CEDE,
        said,
        lambda session: services.offer_basket(
            session,
            Actor.of(viewer()),
            form.livraison.data,
            household_id=form.foyer.data,
            message=form.informations.data or "",
            taker_id=form.repreneur.data,
        ),
    )


def _offered_to_one() -> str:
    """Tell what becomes of a basket that is offered to a chosen person."""
    if viewer().can_manage_exchange:
        return _("Le panier est attribué.")
    return _("Cette personne reçoit un courriel : le panier est pour elle si elle confirme.")


def _row(delivery_id: int, household_id: int | None) -> CedableRow:
    """Return a coming basket of the viewer's household, or of another by a manager."""
    who = viewer()
    if household_id not in (None, who.household_id) and not who.can_manage_exchange:
        raise NotAllowed
    hours = 0 if who.can_manage_exchange else settings.current().cede_deadline_hours
    row = queries.cedable_basket(
        db.session(), household_id or who.household_id, who.name, clock.now(), hours, delivery_id
    )
    if row is None:
        if db.session().get(Delivery, delivery_id) is None:
            raise NotFound(_("Cette distribution n’existe plus."))
        raise refusals.NoBasket
    return row


@bp.get("/paniers/ceder/<int:delivery_id>")
def choose_part(delivery_id: int) -> ResponseReturnValue:
    """Show what of a basket can be ceded, and ask to whom."""
    form = PartForm(formdata=None)
    form.livraison.data = delivery_id
    form.foyer.data = web.key_of(request.args.get("foyer", ""))
    return _part_page(form, delivery_id)


def _part_page(form: PartForm, delivery_id: int, status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "exchange/part.html",
        form=form,
        row=_row(delivery_id, form.foyer.data),
        chosen=form.parts(),
        back_url=web.page_of_tag(CEDE),
    )
    return page, status


@bp.post("/paniers/ceder/<int:delivery_id>")
def offer_part(delivery_id: int) -> ResponseReturnValue:
    """« Céder ce que j’ai choisi », to all or to one person who must confirm."""
    form = PartForm()
    form.livraison.data = delivery_id
    if not form.validate():
        return _part_page(form, delivery_id, 422)

    def cede(session: Session) -> None:
        taker_id = None
        if form.email.data:
            _count(session, f"designate:{viewer().person_id}")
            taker_id = services.taker_by_address(
                session,
                email=form.email.data,
                first_name=form.prenom.data or "",
                last_name=form.nom.data or "",
            )
        services.offer_basket(
            session,
            Actor.of(viewer()),
            delivery_id,
            household_id=form.foyer.data,
            message=form.informations.data or "",
            taker_id=taker_id,
            parts=form.parts(),
        )

    try:
        with db.transaction() as session:
            cede(session)
    except DomainError as refusal:
        if refusal.status in (403, 404):
            raise
        form.form_errors.append(str(refusal))
        return _part_page(form, delivery_id, refusal.status)
    flash(_offered_to_one() if form.email.data else _("C’est proposé."), "success")
    return redirect(web.page_of_tag(CEDE), 303)


@bp.post("/paniers/absence")
def offer_absence() -> ResponseReturnValue:
    """« Je serai absent du … au … »: every basket of the range."""
    form = AbsenceForm()
    if not form.validate():
        return _again(form, _("Je serai absent"), _("Céder mes paniers de cette période"))
    with web.refusals_to_flash():
        with db.transaction() as session:
            absence = services.offer_absence(
                session,
                Actor.of(viewer()),
                form.du.data,
                form.au.data,
                household_id=form.foyer.data,
                message=form.informations.data or "",
            )
        if absence.offers:
            flash(
                ngettext(
                    "%(n)d panier est proposé.",
                    "%(n)d paniers sont proposés.",
                    len(absence.offers),
                ),
                "success",
            )
        for day, reason in absence.refused:
            flash(_("Panier du %(day)s : %(reason)s", day=short_date(day), reason=reason), "info")
    return _back(CEDE)


@bp.get("/paniers/<int:offer_id>/gerer")
def manage(offer_id: int) -> ResponseReturnValue:
    """Lead from a mail to the owner's row: a log-in on the way loses what stands after the #."""
    return redirect(f"{web.page_of_tag(letters.MINE)}#offre-{offer_id}", 303)


@bp.get("/paniers/<int:offer_id>/voir")
def booked(offer_id: int) -> ResponseReturnValue:
    """Lead from a mail to the candidate's row."""
    return redirect(f"{web.page_of_tag(letters.BOOKED)}#offre-{offer_id}", 303)


@bp.post("/paniers/<int:offer_id>/regle")
def mark_paid(offer_id: int) -> ResponseReturnValue:
    """« Réglé », or no longer."""
    paid = request.form.get("regle") == "1"
    said = _("C’est noté : ce panier est réglé.") if paid else _("C’est noté : pas encore réglé.")
    return _act(
        letters.MINE,
        said,
        lambda session: services.mark_paid(session, Actor.of(viewer()), offer_id, paid=paid),
    )


@bp.post("/paniers/<int:offer_id>/demander")
def request_basket(offer_id: int) -> ResponseReturnValue:
    """« Je suis intéressé »."""
    return _act(
        letters.BOOKABLE,
        _("Votre demande est envoyée : vous recevez un courriel dès la réponse."),
        lambda session: services.request_basket(session, Actor.of(viewer()), offer_id),
    )


@bp.post("/paniers/<int:offer_id>/attendre")
def join_waiting_list(offer_id: int) -> ResponseReturnValue:
    """« Me mettre en liste d’attente »."""
    return _act(
        letters.BOOKABLE,
        _("Vous êtes sur la liste d’attente de ce panier."),
        lambda session: services.join_waiting_list(session, Actor.of(viewer()), offer_id),
    )


@bp.post("/paniers/<int:offer_id>/annuler")
def cancel_offer(offer_id: int) -> ResponseReturnValue:
    """« Annuler l’échange »."""
    form = ReasonForm()
    if not form.validate():
        return _again(form, _("Annuler l’échange"), _("Annuler l’échange"))
    return _act(
        letters.MINE,
        _("L’échange est annulé, les personnes concernées sont prévenues."),
        lambda session: services.cancel_offer(
            session, Actor.of(viewer()), offer_id, form.motif.data or ""
        ),
    )


@bp.post("/paniers/demandes/<int:request_id>/valider")
def accept_request(request_id: int) -> ResponseReturnValue:
    """« Valider »."""
    return _act(
        letters.MINE,
        _("C’est entendu : vous recevez chacun les coordonnées de l’autre par courriel."),
        lambda session: services.accept_request(session, Actor.of(viewer()), request_id),
    )


@bp.post("/paniers/demandes/<int:request_id>/refuser")
def refuse_request(request_id: int) -> ResponseReturnValue:
    """« Refuser »."""
    form = ReasonForm()
    if not form.validate():
        return _again(form, _("Refuser une demande"), _("Refuser"))
    return _act(
        letters.MINE,
        _("La demande est refusée, la personne est prévenue."),
        lambda session: services.refuse_request(
            session, Actor.of(viewer()), request_id, form.motif.data or ""
        ),
    )


@bp.post("/paniers/demandes/<int:request_id>/retirer")
def withdraw_request(request_id: int) -> ResponseReturnValue:
    """« Annuler », by the candidate or the taker."""
    return _act(
        letters.BOOKED,
        _("C’est annulé, les personnes concernées sont prévenues."),
        lambda session: services.withdraw_request(session, Actor.of(viewer()), request_id),
    )


@bp.post("/paniers/demandes/<int:request_id>/confirmer")
def confirm_designation(request_id: int) -> ResponseReturnValue:
    """« Je prends ce panier », by the person whom the owner chose."""
    return _act(
        letters.BOOKED,
        _("C’est entendu : le panier est pour vous."),
        lambda session: services.confirm_designation(session, Actor.of(viewer()), request_id),
    )


@bp.post("/paniers/demandes/<int:request_id>/decliner")
def decline_designation(request_id: int) -> ResponseReturnValue:
    """« Je ne peux pas », by the person whom the owner chose."""
    return _act(
        letters.BOOKED,
        _("C’est noté, le panier est proposé à tous."),
        lambda session: services.decline_designation(session, Actor.of(viewer()), request_id),
    )


@bp.post("/intermittents/inscription")
def enrol_me() -> ResponseReturnValue:
    """« Devenir intermittent »; who comes back may choose at once what he is told."""
    if request.form.get("alertes"):
        with web.refusals_to_flash(), db.transaction() as session:
            enrolment.enrol_me(session, Actor.of(viewer()))
        return redirect(url_for("exchange_guests.my_wishes"), 303)
    return _act(
        letters.ENROLMENT,
        _("Vous êtes inscrit : vous serez averti par courriel dès qu’un panier se libère."),
        lambda session: enrolment.enrol_me(session, Actor.of(viewer())),
    )


def _last_name(form: EnrolOtherForm) -> str:
    """Return the name as typed, in capitals where the page says so (force_upper)."""
    typed = form.nom.data or ""
    return typed.upper() if request.form.get("majuscules") else typed


@bp.post("/intermittents/inscrire")
def enrol_other() -> ResponseReturnValue:
    """« Inscrire »: the same answer whether the address is known or not."""
    form = EnrolOtherForm()
    if not form.validate():
        return _again(form, _("Inscrire un nouvel intermittent"), _("Inscrire"))

    def enrol(session: Session) -> None:
        _count(session, f"enrol:{viewer().person_id}")
        values = {**form.values(), "last_name": _last_name(form)}
        enrolment.enrol_other(session, Actor.of(viewer()), **values)

    return _act(
        letters.ENROLMENT,
        _("C’est fait : cette personne reçoit un courriel qui lui explique la suite."),
        enrol,
    )


@bp.get("/intermittents/confirmer/<token>")
@public
def confirm_enrolment(token: str) -> ResponseReturnValue:
    """Show the button behind the link of the confirmation mail (scanners follow links)."""
    if tokens.read_enrolment_token(db.session(), token) is None:
        raise NotFound(_("Ce lien n’est plus valable."))
    url = url_for(".enrol_confirmed", token=token)
    return render_template("exchange/confirm_enrolment.html", confirm_url=url)


@bp.post("/intermittents/confirmer/<token>")
@public
@web.without_token
def enrol_confirmed(token: str) -> ResponseReturnValue:
    """Enrol who followed his own link and pressed the button; the link is the proof."""
    with db.transaction() as session:
        read = tokens.read_enrolment_token(session, token)
        if read is None:
            raise NotFound(_("Ce lien n’est plus valable."))
        enrolment.confirm_enrolment(session, *read)
    return redirect(url_for("exchange.enrolled"), 303)


@bp.get("/intermittents/inscrit")
@public
def enrolled() -> ResponseReturnValue:
    """Say that the enrolment is done."""
    return render_template("exchange/enrolled.html")


@bp.get("/intermittents/desinscription")
def ask_unenrolment() -> ResponseReturnValue:
    """Ask "Confirmez-vous votre désinscription ?" where no script can."""
    if not queries.is_enrolled(db.session(), viewer().person_id):
        return redirect(web.page_of_tag(letters.ENROLMENT), 303)
    return render_template(
        "exchange/ask_unenrolment.html", back_url=web.page_of_tag(letters.ENROLMENT)
    )


@bp.post("/intermittents/desinscription")
def end_my_enrolment() -> ResponseReturnValue:
    """« Se désinscrire », confirmed by a dialog or by the page above."""
    if not request.form.get("confirme"):
        return redirect(url_for("exchange.ask_unenrolment"), 303)
    with db.transaction() as session:
        _leave(session, Actor.of(viewer()))
    return redirect(url_for("exchange.unenrolled"), 303)


def _leave(session: Session, actor: Actor) -> None:
    """Take a person off the list, out of what he waits for too if he ticked it."""
    assert actor.person_id is not None  # noqa: S101  no job leaves
    if request.form.get("demandes"):
        services.withdraw_pending(session, actor)
    enrolment.end_enrolment(session, actor.person_id)


@bp.get("/intermittents/desinscrit")
def unenrolled() -> ResponseReturnValue:
    """Say that the connected person is off the list."""
    if queries.is_enrolled(db.session(), viewer().person_id):
        return redirect(web.page_of_tag(letters.ENROLMENT), 303)
    return render_template("exchange/unenrolled.html", enrol_url=url_for("exchange.enrol_me"))


def _person_of(session: Session, token: str) -> Person:
    person_id = enrolment.person_of_token(session, token)
    if person_id is None:
        raise NotFound(_("Ce lien n’est pas valable."))
    return session.get_one(Person, person_id)


@bp.get("/desinscription/<token>")
@public
def leave(token: str) -> ResponseReturnValue:
    """Show one button to who follows the link of a mail; no log-in, no name, no address."""
    person = _person_of(db.session(), token)
    if queries.is_enrolled(db.session(), person.id):
        return render_template("exchange/leave.html", token=token)
    return render_template(
        "exchange/unenrolled.html",
        enrol_url=url_for("exchange.come_back", token=token),
    )


@bp.post("/desinscription/<token>")
@public
@web.without_token
def leave_now(token: str) -> ResponseReturnValue:
    """Unsubscribe the person of the token; a mail program's own button gets no redirect."""
    with db.transaction() as session:
        _leave(session, Actor.of(_person_of(session, token)))
    if request.form.get("List-Unsubscribe") == "One-Click":
        return "", 200
    return redirect(url_for("exchange.leave", token=token), 303)


@bp.post("/desinscription/<token>/annuler")
@public
@web.without_token
def come_back(token: str) -> ResponseReturnValue:
    """« Me réinscrire », by the person of the token; perhaps to choose what he is told next."""
    with db.transaction() as session:
        person = _person_of(session, token)
        enrolment.confirm_enrolment(session, person.id, person.id)
    if request.form.get("alertes"):
        return redirect(url_for("exchange_guests.wishes", token=token), 303)
    return redirect(url_for("exchange.enrolled"), 303)

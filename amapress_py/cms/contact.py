"""« Nous contacter »: what a visitor or a member writes is mailed to the association."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm import Session
from wtforms import EmailField, StringField, TextAreaField
from wtforms.validators import ValidationError

from amapress_py import db, settings, web
from amapress_py.accounts import throttle
from amapress_py.accounts.access import public
from amapress_py.accounts.forms import Address, Form, at_most, one_line, required, several_lines
from amapress_py.accounts.login import viewer
from amapress_py.accounts.refusals import TooOften
from amapress_py.accounts.viewer import Viewer
from amapress_py.i18n import _, _l
from amapress_py.mail import outbox
from amapress_py.mail.outbox import Recipient

HOUR = 3600
PER_ADDRESS = 5  # messages an hour from one machine
IN_ALL = 60  # messages an hour from all visitors: no flood fills the association's box
MOST_NAME = 100
MOST_SUBJECT = 150
MOST_MESSAGE = 5000
TRAP = "site_web"  # people do not see this field; programs fill it in

bp = Blueprint("contact", __name__, url_prefix="/ecrire-a-l-amap")


class ContactForm(Form):
    """Who writes, and what; a connected person's name and address are known."""

    nom = StringField(
        _l("Votre nom"),
        [required(_l("Dites-nous qui vous êtes.")), at_most(MOST_NAME)],
        filters=[one_line],
        render_kw={"autocomplete": "name", "maxlength": MOST_NAME},
    )
    email = EmailField(
        _l("Votre adresse e-mail"),
        [required(_l("Sans votre adresse, nous ne pourrions pas vous répondre.")), Address()],
        filters=[one_line],
        render_kw={"autocomplete": "email", "maxlength": 254},
    )
    sujet = StringField(
        _l("Sujet"),
        [required(_l("Dites en quelques mots de quoi il s’agit.")), at_most(MOST_SUBJECT)],
        filters=[one_line],
        render_kw={"maxlength": MOST_SUBJECT},
    )
    message = TextAreaField(
        _l("Message"),
        [required(_l("Écrivez votre message."))],
        filters=[several_lines],
        render_kw={"rows": 8, "maxlength": MOST_MESSAGE},
    )

    def validate_message(self, field: Any) -> None:
        """Refuse a novel: the text is cut by no filter, so that nothing is lost."""
        if len(field.data or "") > MOST_MESSAGE:
            raise ValidationError(_("%(max)d signes au maximum.", max=MOST_MESSAGE))


def form_for(who: Viewer, formdata: Any = None) -> ContactForm:
    """Return the form; a visitor's has no token, so that his page needs no cookie."""
    form = ContactForm(formdata=formdata, meta={"csrf": who.is_connected})
    if who.is_connected:
        del form.nom
    if who.email:
        del form.email
    return form


def send(session: Session, who: Viewer, machine: str, values: Mapping[str, str]) -> bool:
    """Mail a message to the association; False, and nothing sent, if too many were already."""
    own = who.person_id or machine
    is_allowed = throttle.hit(session, f"contact:{own}", PER_ADDRESS, HOUR)
    if not is_allowed or not throttle.hit(session, "contact", IN_ALL, HOUR):
        return False
    current = settings.current()
    email = who.email or values["email"]
    outbox.post(
        session,
        "cms/contact",
        [Recipient(current.contact_email, current.site_name)],
        reply_to=email,
        name=who.name if who.is_connected else values["nom"],
        email=email,
        is_connected=who.is_connected,
        about=values["sujet"],
        message=values["message"],
    )
    return True


def _screen(form: ContactForm, status: int = 200, refusal: Any = "") -> ResponseReturnValue:
    page = render_template("cms/contact.html", form=form, refusal=refusal, **labels())
    return page, status


def labels() -> dict[str, Any]:
    """Return what the form's template shows besides the form."""
    current = settings.current()
    return {
        "is_possible": bool(current.contact_email),
        "exchange_email": current.exchange_email,
        "trap": TRAP,
    }


@bp.get("")
@public
def write() -> ResponseReturnValue:
    """Show the form on a page of its own."""
    return _screen(form_for(viewer()))


@bp.post("")
@public
@web.without_token
def post() -> ResponseReturnValue:
    """Mail what was typed; nothing is sent in a connected person's name without his token."""
    who = viewer()
    form = form_for(who, request.form)
    if who.is_connected and not _has_token():
        return _screen(form, web.StaleForm.status, _("Vérifiez votre message, puis envoyez-le."))
    if not form.validate():
        return _screen(form, 422)
    if not settings.current().contact_email:
        return _screen(form, 409)
    if request.form.get(TRAP):
        return redirect(url_for(".thanks"), 303)  # a program is not told that it failed
    with db.transaction() as session:
        is_sent = send(session, who, request.remote_addr or "", form.data)
    if not is_sent:
        return _screen(form, TooOften.status, TooOften.message)
    return redirect(url_for(".thanks"), 303)


def _has_token() -> bool:
    try:
        web.csrf.protect()
    except CSRFError:
        return False
    return True


@bp.get("/merci")
@public
def thanks() -> ResponseReturnValue:
    """Say that the message is on its way; no cookie is needed for it."""
    return render_template("cms/contact_sent.html")

"""The log of mails in the back office, and the demo's page that shows them to everybody."""

import re

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from amapress_py import db, web
from amapress_py.accounts.access import public, requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.errors import NotFound
from amapress_py.i18n import _, _l, ngettext
from amapress_py.mail import messages, queries, sending, services
from amapress_py.mail.models import MailState, OutboxMail
from amapress_py.mail.outbox import Recipient

bp = Blueprint("mail_admin", __name__, url_prefix="/admin/courriels")
demo_bp = Blueprint("mail_demo", __name__, url_prefix="/demo/courriels")

MENU = (
    Entry(_l("Site"), _l("Courriels"), "mail_admin.log", frozenset({Role.INTERMITTENT_MANAGER})),
)
STATES = {
    MailState.QUEUED: _l("À envoyer"),
    MailState.SENT: _l("Envoyé"),
    MailState.FAILED: _l("Échec"),
    MailState.DROPPED: _l("Abandonné"),
}
BADGES = {
    MailState.QUEUED: "requested",
    MailState.SENT: "exchanged",
    MailState.FAILED: "failed",
    MailState.DROPPED: "closed",
}
DELIVERED = (MailState.SENT, MailState.QUEUED)
EXCHANGE = "exchange/"  # events that a responsable des intermittents may read
PERSONAL = "accounts/"  # events whose links open somebody's account
KEY = r"(?:[\w-]+/)*[\w.-]{32,}(?:/[\w-]+)*"  # an address that ends in a long random key
FRAME = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'; sandbox"
)
LINKS_OPEN = " allow-popups allow-popups-to-escape-sandbox"


def _events() -> str:
    """Return how the events begin that the viewer may read."""
    return "" if viewer().is_admin else EXCHANGE


def _mail(mail_id: int, events: str = "") -> OutboxMail:
    mail = db.session().get(OutboxMail, mail_id)
    if mail is None or not mail.event.startswith(events):
        raise NotFound
    return mail


def _without_keys(mail: OutboxMail, text: str) -> str:
    """Hide links by which a reader of the log would act as somebody else, or for him."""
    home = re.escape(web.config().base_url)
    secret = r"[^\s\"<>]+" if mail.event.startswith(PERSONAL) else KEY
    return re.sub(rf"{home}/{secret}", _("[lien personnel]"), text)


def html_part_of(html: str, may: str = "") -> Response:
    """Answer the HTML part of a mail, for a frame where nothing can be run."""
    response = Response(html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = FRAME + may
    return response


@bp.get("")
@requires(Role.INTERMITTENT_MANAGER)
def log() -> ResponseReturnValue:
    """List the mails, newest first."""
    asked = request.args.get("etat", "")
    state = MailState(asked) if asked in set(MailState) else None
    words = web.clean_text(request.args.get("q", ""), 100)
    mails, paging = queries.log(
        db.session(),
        web.asked_page(),
        events=_events(),
        states=(state,) if state else (),
        words=words,
    )
    return render_template(
        "admin/mail/log.html",
        mails=mails,
        paging=paging,
        state=state,
        words=words,
        states=STATES,
        badges=BADGES,
    )


@bp.get("/<int:mail_id>")
@requires(Role.INTERMITTENT_MANAGER)
def detail(mail_id: int) -> ResponseReturnValue:
    """Show one mail, what became of it and why."""
    mail = _mail(mail_id, _events())
    return render_template(
        "admin/mail/detail.html",
        mail=mail,
        text=_without_keys(mail, mail.text),
        is_masked=_without_keys(mail, mail.text) != mail.text,
        states=STATES,
        badges=BADGES,
    )


@bp.get("/<int:mail_id>/html")
@requires(Role.INTERMITTENT_MANAGER)
def html_part(mail_id: int) -> ResponseReturnValue:
    """Show the HTML part alone, where nothing can be run or followed."""
    mail = _mail(mail_id, _events())
    return html_part_of(_without_keys(mail, mail.html))


@bp.post("/<int:mail_id>/renvoyer")
@requires(Role.INTERMITTENT_MANAGER)
def resend(mail_id: int) -> ResponseReturnValue:
    """Send a mail again."""
    with web.refusals_to_flash():
        with db.transaction() as session:
            services.resend(session, mail_id, _events())
        flash(_("Le courriel va être renvoyé."), "success")
    return web.back_to_page(url_for("mail_admin.detail", mail_id=mail_id))


@bp.post("/renvoyer-les-echecs")
@requires(Role.ADMIN)
def resend_failed() -> ResponseReturnValue:
    """Send all that failed lately again."""
    with db.transaction() as session:
        count = services.resend_failed(session)
    text = ngettext("%(n)s courriel va être renvoyé.", "%(n)s courriels vont être renvoyés.", count)
    flash(text, "success")
    return web.back_to_page(url_for("mail_admin.log"))


@bp.post("/essai")
@requires(Role.ADMIN)
def try_out() -> ResponseReturnValue:
    """Send a mail to the administrator who asks, now, and say what the server answers."""
    who = viewer()
    if not who.email:
        flash(_("Votre fiche n’a pas d’adresse mail : ajoutez-la d’abord."), "error")
        return web.back_to_page(url_for("mail_admin.log"))
    refusal = sending.try_out(current_app, Recipient(who.email, who.name, who.person_id))
    if refusal is None:
        text = _(
            "Le serveur de courriel a pris le courriel d’essai pour %(address)s. S’il n’arrive pas,"
            " regardez parmi les indésirables.",
            address=who.email,
        )
        flash(text, "success")
    else:
        text = _("Le serveur de courriel l’a refusé : %(reason)s", reason=refusal.reason)
        flash(text, "error")
    return web.back_to_page(url_for("mail_admin.log"))


@demo_bp.before_request
def only_in_a_demo() -> None:
    """Hide the page where mails really leave."""
    if not web.config().demo:
        abort(404)


@demo_bp.get("")
@public
def inbox() -> ResponseReturnValue:
    """List the mails of the demo, of one reader if asked."""
    reader = web.clean_text(request.args.get("pour", ""), 254)
    mails, paging = queries.log(db.session(), web.asked_page(), states=DELIVERED, address=reader)
    return render_template(
        "mail_demo/inbox.html",
        mails=mails,
        paging=paging,
        reader=reader,
        nothing_leaves=sending.stays_here(web.config()),
        readers=queries.readers(db.session()),
        states=STATES,
        badges=BADGES,
    )


@demo_bp.get("/<int:mail_id>")
@public
def message(mail_id: int) -> ResponseReturnValue:
    """Show a mail as its reader sees it."""
    return render_template(
        "mail_demo/message.html",
        mail=_mail(mail_id),
        sender=f"{messages.sender_name()} <{web.config().mail_from}>",
        calendar_file=messages.CALENDAR_FILE,
    )


@demo_bp.get("/<int:mail_id>/html")
@public
def message_html(mail_id: int) -> ResponseReturnValue:
    """Show the HTML part alone; its links open in a new window."""
    return html_part_of(_mail(mail_id).html, LINKS_OPEN)


@demo_bp.get(f"/<int:mail_id>/{messages.CALENDAR_FILE}")
@public
def message_calendar(mail_id: int) -> ResponseReturnValue:
    """Hand over the appointment that came with a mail."""
    mail = _mail(mail_id)
    if not mail.calendar:
        abort(404)
    response = Response(mail.calendar, mimetype="text/calendar")
    response.headers["Content-Disposition"] = f"attachment; filename={messages.CALENDAR_FILE}"
    return response

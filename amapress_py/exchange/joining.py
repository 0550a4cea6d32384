"""The public way in: a page behind a secret key, and the link of the mail that confirms."""

import hmac
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from amapress_py import db, settings, web
from amapress_py.accounts import throttle
from amapress_py.accounts.access import public
from amapress_py.errors import DomainError, NotFound
from amapress_py.exchange import enrolment, tokens
from amapress_py.exchange.forms import TRAP, JoinForm
from amapress_py.i18n import _, _l

HOUR = 3600
DAY = 24 * HOUR
PER_MACHINE = 10  # an hour: families behind one box, the AMAP's own network at its stand
PER_ADDRESS = 3  # mails a day to one address, which may be somebody else's
IN_ALL = 200  # a day

bp = Blueprint("joining", __name__, url_prefix="/intermittents/rejoindre")


class TooManyAsked(DomainError):
    """Somebody fills the form in again and again."""

    status = 429
    message = _l(
        "Il y a eu beaucoup de demandes : recommencez dans quelques heures. Si vous en avez déjà"
        " fait une, cherchez notre courriel, aussi dans les indésirables."
    )


def _key(given: str) -> str:
    """Return the key if the given one is it; nothing is told of a wrong or old one."""
    key = settings.current().joining_key
    if not key or not hmac.compare_digest(key.encode(), given.encode()):
        raise NotFound(_("Cette page n’existe pas, ou n’existe plus."))
    return key


def _may_ask(session: Session, email: str) -> bool:
    """Count a try; tell whether it is one of the first."""
    limits = (
        (f"join:{request.remote_addr or ''}", PER_MACHINE, HOUR),
        (f"join:{email}", PER_ADDRESS, DAY),
        ("join", IN_ALL, DAY),
    )
    return all(throttle.hit(session, key, most, seconds) for key, most, seconds in limits)


@bp.get("/<key>")
@public
def ask(key: str) -> ResponseReturnValue:
    """Show the form."""
    return _page(JoinForm(formdata=None), _key(key))


def _page(form: JoinForm, key: str, status: int = 200, refusal: Any = "") -> ResponseReturnValue:
    page = render_template(
        "exchange/join.html",
        form=form,
        key=key,
        trap=TRAP,
        needs_membership=settings.current().membership_to_join,
        refusal=refusal,
    )
    return page, status


@bp.post("/<key>")
@public
@web.without_token
def asked(key: str) -> ResponseReturnValue:
    """Mail the link that confirms, to whatever address; nothing is created."""
    key = _key(key)
    form = JoinForm()
    if not form.validate():
        return _page(form, key, 422)
    if request.form.get(TRAP):
        return redirect(url_for(".look_at_mail"), 303)  # a program is not told that it failed
    with db.transaction() as session:
        may_ask = _may_ask(session, form.email.data)
        if may_ask:
            enrolment.ask_to_join(session, key, form.values())
    if not may_ask:
        return _page(form, key, TooManyAsked.status, TooManyAsked.message)
    return redirect(url_for(".look_at_mail"), 303)


@bp.get("/verifier-ses-courriels")
@public
def look_at_mail() -> ResponseReturnValue:
    """Say that a mail is on its way; no cookie is needed for it."""
    return render_template("exchange/join_sent.html", days=tokens.VALID.days)


def _typed(token: str) -> dict[str, str]:
    found = tokens.read_joining_token(settings.current().joining_key, token)
    if found is None:
        raise NotFound(_("Ce lien n’est plus valable. Demandez de nouveau votre inscription."))
    return found


@bp.get("/confirmer/<token>")
@public
def confirm(token: str) -> ResponseReturnValue:
    """Show the button behind the link of the mail (scanners follow links)."""
    _typed(token)
    url = url_for(".confirmed", token=token)
    return render_template("exchange/confirm_enrolment.html", confirm_url=url)


@bp.post("/confirmer/<token>")
@public
@web.without_token
def confirmed(token: str) -> ResponseReturnValue:
    """Enrol who followed his own link and pressed the button; the link is the proof."""
    with db.transaction() as session:
        enrolment.join(session, _typed(token))
    return redirect(url_for("exchange.enrolled"), 303)

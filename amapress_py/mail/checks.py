"""What “État du site” asks about mails; nothing is sent and no server is called."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import g, url_for
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from amapress_py import clock, settings, web
from amapress_py.checks import Check, Finding, Level, Mend
from amapress_py.config import Config
from amapress_py.i18n import _, _l, instant, ngettext
from amapress_py.mail import queries, sending
from amapress_py.mail.models import MailState, OutboxMail

PATIENCE = timedelta(minutes=15)


@dataclass(frozen=True)
class Post:
    """How the outbox is doing."""

    failed: int  # in the last days
    last_failed: datetime | None  # written at
    waiting: int
    oldest: datetime | None  # of those that wait: since when
    last_sent: datetime | None
    reason: str  # why the newest of those that did not leave did not

    @property
    def is_stuck(self) -> bool:
        """Tell whether nothing left since the oldest waiting mail was written, long ago."""
        if self.oldest is None or clock.now() - self.oldest < self._patience():
            return False
        return self.last_sent is None or self.last_sent < clock.now() - PATIENCE

    @property
    def is_refused(self) -> bool:
        """Tell whether mails failed and none left since."""
        if self.last_failed is None:
            return False
        return self.last_sent is None or self.last_sent < self.last_failed

    def _patience(self) -> timedelta:
        rate = settings.current().mails_per_minute
        return PATIENCE + timedelta(minutes=self.waiting / rate if rate else 0)


def working(session: Session) -> Iterator[Finding]:
    """Find a mail server that takes nothing, and an address of the sender that nobody set."""
    post = _post(session)
    why = _("Dernière réponse : « %(reason)s ».", reason=post.reason) if post.reason else ""
    buttons = (_try_out(), _log())
    if post.is_stuck and post.oldest is not None:
        text = ngettext(
            "%(n)s courriel attend depuis le %(when)s et rien ne part. %(why)s",
            "%(n)s courriels attendent, le plus ancien depuis le %(when)s, et rien ne part."
            " %(why)s",
            post.waiting,
            when=instant(post.oldest),
            why=why,
        )
        yield Finding(text.strip(), buttons, _help())
    elif post.is_refused:
        text = _("Les derniers courriels n’ont pas pu partir. %(why)s", why=why)
        yield Finding(text.strip(), (*buttons, *_resend(post)), _help())
    is_default = web.config().mail_from == Config.mail_from
    if is_default and not sending.stays_here(web.config()):
        text = _(
            "L’adresse de l’expéditeur est encore « %(address)s » : les courriels sont refusés ou"
            " finissent parmi les indésirables.",
            address=Config.mail_from,
        )
        help = _(
            "Sur le serveur, écrivez une vraie adresse de l’AMAP dans AMAPRESS_MAIL_FROM, puis"
            " redémarrez le site et le worker."
        )
        yield Finding(text, (), help)


def some_failed(session: Session) -> Iterator[Finding]:
    """Find mails that did not reach somebody, while others left."""
    post = _post(session)
    if post.failed and not post.is_refused:
        text = ngettext(
            "%(n)s courriel n’a pas pu être remis ces derniers jours : l’adresse est sans doute"
            " fausse.",
            "%(n)s courriels n’ont pas pu être remis ces derniers jours : les adresses sont sans"
            " doute fausses.",
            post.failed,
        )
        yield Finding(text, (_log(), *_resend(post)))


CHECKS = (
    Check("mail", _l("Les courriels partent"), Level.REQUIRED, working),
    Check("mail-failed", _l("Chaque courriel est arrivé"), Level.ADVISED, some_failed),
)


def _post(session: Session) -> Post:
    """Look at the outbox, once a request and in one statement."""
    if "outbox_state" not in g:
        is_failed = queries.failed_lately(clock.now())
        is_waiting = OutboxMail.state == MailState.QUEUED
        # One that was sent again waits since then.
        since = case(
            (OutboxMail.attempts == 0, OutboxMail.next_try_at), else_=OutboxMail.created_at
        )
        why = (
            select(OutboxMail.error)
            .where(is_failed | is_waiting, OutboxMail.error != "")
            .order_by(OutboxMail.id.desc())
            .limit(1)
        )
        row = session.execute(
            select(
                func.coalesce(func.sum(case((is_failed, 1), else_=0)), 0).label("failed"),
                func.max(case((is_failed, OutboxMail.created_at))).label("last_failed"),
                func.coalesce(func.sum(case((is_waiting, 1), else_=0)), 0).label("waiting"),
                func.min(case((is_waiting, since))).label("oldest"),
                func.max(OutboxMail.sent_at).label("last_sent"),
                func.coalesce(why.scalar_subquery(), "").label("reason"),
            )
        ).one()
        g.outbox_state = Post(**row._mapping)
    found: Post = g.outbox_state
    return found


def _try_out() -> Mend:
    return Mend(_("Envoyer un courriel d’essai à mon adresse"), url_for("mail_admin.try_out"), True)


def _log() -> Mend:
    return Mend(_("Voir les courriels"), url_for("mail_admin.log"))


def _resend(post: Post) -> tuple[Mend, ...]:
    if not post.failed:
        return ()
    return (Mend(_("Renvoyer"), url_for("mail_admin.resend_failed"), True),)


def _help() -> str:
    return _(
        "Le serveur de courriel se règle sur la machine : AMAPRESS_SMTP_URL (serveur, compte, mot"
        " de passe) et AMAPRESS_MAIL_FROM (expéditeur), puis on redémarre le site et le worker."
        " Vérifiez aussi que le worker travaille : c’est lui qui envoie."
    )

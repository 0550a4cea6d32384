"""What “État du site” asks about memberships."""

from collections.abc import Iterator

from flask import url_for
from sqlalchemy.orm import Session

from amapress_py import settings
from amapress_py.checks import Check, Fact, Finding, Level, Mend
from amapress_py.i18n import _, _l
from amapress_py.membership import queries

RUNNING = Fact(queries.is_running)


def running(session: Session) -> Iterator[Finding]:
    """Find that a membership is asked for that nobody can have."""
    now = settings.current()
    asked = (now.membership_to_ask, now.membership_to_join, now.membership_to_sign)
    if any(asked) and not RUNNING.of(session):
        text = _(
            "Une adhésion est demandée, mais aucune période d’adhésion"
            " n’est en cours : en attendant, elle n’est demandée à personne."
        )
        yield Finding(text, (Mend(_("Ajouter une période"), url_for("membership_admin.new")),))


CHECKS = (
    Check(
        "membership-period",
        _l("Une période d’adhésion est en cours"),
        Level.ADVISED,
        running,
        (RUNNING,),
    ),
)

"""What “État du site” asks about deliveries."""

from collections.abc import Iterator

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.checks import Check, Fact, Finding, Level, Mend
from amapress_py.deliveries.models import Delivery
from amapress_py.i18n import _, _l

COMING = Fact(lambda: select(Delivery.id).where(Delivery.date >= clock.today()).limit(1))


def ahead(session: Session) -> Iterator[Finding]:
    """Find that no delivery is planned."""
    if COMING.of(session) is None:
        text = _(
            "Aucune distribution n’est prévue : elles se créent d’après les dates d’un contrat."
        )
        yield Finding(text, (Mend(_("Voir les contrats"), url_for("contracts_admin.contracts")),))


CHECKS = (
    Check("deliveries", _l("Des distributions sont prévues"), Level.ADVISED, ahead, (COMING,)),
)

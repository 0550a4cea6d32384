"""What a household is asked before it may do something: that it belongs to the association."""

from sqlalchemy.orm import Session

from amapress_py import settings
from amapress_py.errors import DomainError
from amapress_py.i18n import _l
from amapress_py.membership import queries
from amapress_py.membership.rules import Standing


class NeededToSign(DomainError):
    """The AMAP lets only those sign who belong to the association."""

    message = _l(
        "Il faut avoir adhéré à l’association pour signer un contrat : remettez votre adhésion au "
        "trésorier, par exemple à la prochaine distribution, puis recommencez."
    )


class NotReceivedYet(NeededToSign):
    """The membership is promised."""

    message = _l(
        "Votre adhésion est annoncée, mais pas encore reçue : remettez-la au trésorier, par "
        "exemple à la prochaine distribution, puis signez votre contrat."
    )


def to_sign(session: Session, household_id: int) -> DomainError | None:
    """Return why a household may not sign a contract, or None (also while no period runs)."""
    if not settings.current().membership_to_sign:
        return None
    standing = queries.standing(session, household_id)
    if standing.is_enough:
        return None
    return NotReceivedYet() if standing is Standing.PROMISED else NeededToSign()

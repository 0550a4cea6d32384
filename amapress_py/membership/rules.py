"""What a membership may be, and what counts as one; pure."""

from enum import StrEnum

from amapress_py.i18n import _l


class MembershipState(StrEnum):
    """Where a membership stands."""

    PROMISED = "promised"  # promise
    RECEIVED = "received"  # reçue


class Standing(StrEnum):
    """What a household is to the association today."""

    MEMBER = "member"
    PROMISED = "promised"
    NONE = "none"
    NOT_ASKED = "not_asked"  # no period is running: nobody could belong

    @property
    def is_enough(self) -> bool:
        """Tell whether what asks for a membership is allowed."""
        return self in (Standing.MEMBER, Standing.NOT_ASKED)


STATE_LABELS = {
    MembershipState.PROMISED: _l("Promesse"),
    MembershipState.RECEIVED: _l("Reçue"),
}
NO_MEMBERSHIP = _l("Aucune")
MEANS = (_l("Chèque"), _l("Espèces"), _l("Virement"), _l("Autre"))
MOST_CENTS = 1_000_000


def standing(periods: int, received: int, promised: int) -> Standing:
    """Return the standing of a household that has so many in the periods of today."""
    if not periods:
        return Standing.NOT_ASKED
    if received:
        return Standing.MEMBER
    return Standing.PROMISED if promised else Standing.NONE

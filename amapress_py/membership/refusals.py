"""What a treasurer reads when something is refused, and what to do next."""

from amapress_py.errors import DomainError
from amapress_py.i18n import _, _l
from amapress_py.money import Cents, euros


class SameName(DomainError):
    """Two periods of one name."""

    message = _l("Une autre période porte déjà ce nom.")


class NotEmpty(DomainError):
    """A period with memberships is not deleted."""

    message = _l("Des adhésions sont notées pour cette période : elle ne peut pas être supprimée.")


class AlreadyReceived(DomainError):
    """What was received is undone before anything else is noted."""

    message = _l("Cette adhésion est déjà reçue. Pour la corriger, annulez d’abord cette note.")


class TooLittle(DomainError):
    """Less than the period's minimum."""

    def __init__(self, minimum: Cents) -> None:
        super().__init__(_("Le minimum pour cette période est %(sum)s.", sum=euros(minimum)))


class NothingToUndo(DomainError):
    """A double click, or somebody else noted something meanwhile."""

    message = _l("Cette note n’est plus la dernière : rien n’est changé. Relisez l’historique.")

"""What a member reads when a pass can’t be made."""

from amapress_py.errors import DomainError
from amapress_py.i18n import _l


class NothingToFetch(DomainError):
    """No basket, a joker, or all of it is exchanged."""

    message = _l("Votre foyer n’a rien à prendre à cette distribution : personne n’a à venir.")


class DeliveryOver(DomainError):
    """The delivery is over."""

    message = _l("Cette distribution est terminée.")

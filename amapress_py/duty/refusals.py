"""What a person reads when something is refused, and what to do next."""

from amapress_py.errors import DomainError
from amapress_py.i18n import _, _l, ngettext


class NotOpen(DomainError):
    """Members do not enrol themselves in this period."""

    message = _l("Les inscriptions à ces permanences ne sont pas ouvertes.")


class MembersOnly(DomainError):
    """Duty is for households with a contract."""

    message = _l("Les permanences sont pour les amapiens qui ont un contrat en cours.")


class SeatTaken(DomainError):
    """Somebody was quicker."""

    message = _l("Cette place vient d’être prise. Choisissez-en une autre.")


class SitsAlready(DomainError):
    """One person, one seat a delivery."""

    message = _l("Il y a déjà une place pour cette personne à cette distribution.")


class TooLate(DomainError):
    """The limit of the period has passed."""

    message = _l("Il est trop tard pour s’inscrire à cette date : écrivez au trésorier.")


class TooLateToLeave(DomainError):
    """Now somebody else must take the seat, or a treasurer frees it."""

    message = _l(
        "Il est trop tard pour vous désinscrire : demandez à quelqu’un de vous remplacer,"
        " ou écrivez au trésorier."
    )


class Enough(DomainError):
    """The household has all it owes."""

    def __init__(self, owed: int) -> None:
        super().__init__(
            ngettext(
                "Merci ! Votre foyer a déjà sa permanence : laissez les autres aux voisins.",
                "Merci ! Votre foyer a déjà ses %(n)s permanences : laissez-en aux voisins.",
                owed,
            )
            if owed
            else _("Votre foyer est dispensé de permanence pour cette période.")
        )


class NotYours(DomainError):
    """A double click, or a treasurer changed it meanwhile."""

    message = _l("Cette place n’est plus la vôtre : rien n’est changé.")


class Over(DomainError):
    """The delivery has begun."""

    message = _l("Cette distribution a déjà commencé : rien n’est changé.")


class Answered(DomainError):
    """The request was answered, taken back, or a seat of it has gone."""

    message = _l("Cette demande n’attend plus de réponse : rien n’est changé.")


class AskedAlready(DomainError):
    """One request a seat at a time."""

    message = _l("Une demande attend déjà pour cette place : retirez-la d’abord.")


class CannotAsk(DomainError):
    """Nobody, oneself, or somebody without a contract."""

    status = 422
    message = _l("Choisissez une autre personne de l’AMAP.")


class CannotSwap(DomainError):
    """The other seat is free, of the same day, past, or of another period."""

    status = 422
    message = _l("Choisissez la place de quelqu’un d’autre, à une autre date à venir.")


class SameName(DomainError):
    """Two periods of one name."""

    message = _l("Une autre période porte déjà ce nom.")


class SomebodySits(DomainError):
    """What somebody counts on is not deleted."""

    message = _l("Quelqu’un est inscrit : libérez d’abord sa place.")


class TooMany(DomainError):
    """More than a screen could show."""

    message = _l("C’est trop : choisissez une période plus courte, ou moins de places.")


class PlanChanged(DomainError):
    """The preview is no longer what would be done."""

    message = _l(
        "Quelque chose a changé depuis l’aperçu : rien n’est appliqué. Relisez le nouveau planning."
    )

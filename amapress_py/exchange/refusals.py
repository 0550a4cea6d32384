"""What a person reads when a step is refused, and what to do next."""

from datetime import datetime
from typing import Self

from amapress_py.errors import DomainError, NotFound
from amapress_py.i18n import _, _l, instant
from amapress_py.membership.rules import Standing


class OfferGone(NotFound):
    """No such offer, or none of this person's business."""

    message = _l("Ce panier n’est plus proposé.")

    def __init__(self) -> None:
        super().__init__(self.message)


class OwnBasket(DomainError):
    """A household does not take its own basket."""

    message = _l("C’est le panier de votre foyer : vous ne pouvez pas le demander.")


class NoBasket(DomainError):
    """Nothing to cede: no line, a joker, a crossed-out date."""

    message = _l("Votre foyer n’a pas de panier à cette distribution.")


class JokerSet(DomainError):
    """A basket is skipped, or given away; not both."""

    message = _l(
        "Un joker est posé sur ce panier : il n’est pas livré, il ne peut donc pas être cédé. "
        "Retirez d’abord le joker."
    )


class AlreadyOffered(DomainError):
    """Every line of the basket is in a live offer."""

    message = _l("Ce panier est déjà proposé : voyez « Mes paniers échangés ».")


class NothingChosen(DomainError):
    """A part of the basket without any line."""

    status = 422
    message = _l("Cochez ce que vous voulez céder.")


class PartGone(DomainError):
    """More than is left, or a line that is not in the basket (any more)."""

    message = _l(
        "Le contenu de ce panier a changé entre-temps. Rien n’est proposé :"
        " choisissez de nouveau ce que vous voulez céder."
    )


class BadRange(DomainError):
    """An absence that ends before it begins, or lasts for ever."""

    message = _l("Donnez un premier et un dernier jour d’absence, un an d’écart au plus.")


class NoBasketInRange(DomainError):
    """An absence without any delivery."""

    message = _l("Votre foyer n’a aucun panier entre ces deux dates.")


class NobodyPays(DomainError):
    """Only what was exchanged is paid."""

    message = _l("Ce panier n’a pas de repreneur : il n’y a rien à régler.")


class AlreadyAsked(DomainError):
    """A double click, a second tab."""

    message = _l("Vous avez déjà demandé ce panier : votre demande est bien enregistrée.")


class AlreadyRefused(DomainError):
    """Who was declined cannot ask for that offer again."""

    message = _l("Votre demande pour ce panier a été refusée : vous ne pouvez plus le demander.")


class JustTaken(DomainError):
    """Somebody else was accepted meanwhile."""

    message = _l("Ce panier vient d’être réservé par quelqu’un d’autre. Rien n’a été changé.")


class NotTaken(DomainError):
    """The waiting list of a basket that nobody has taken."""

    message = _l("Ce panier est de nouveau libre : cliquez sur « Je suis intéressé ».")


class Promised(DomainError):
    """The owner chose somebody, who has not answered yet."""

    message = _l("Ce panier est promis à quelqu’un qui doit encore répondre.")


class AnothersTurn(DomainError):
    """The fair turn: the basket is proposed to somebody else first."""

    def __init__(self, until: datetime) -> None:
        super().__init__(
            _(
                "Ce panier est d’abord proposé à quelqu’un d’autre, jusqu’au %(until)s."
                " Il sera ensuite proposé à la personne suivante, puis à tous.",
                until=instant(until),
            )
        )


class OfferCancelled(DomainError):
    """The owner keeps the basket."""

    message = _l("Cette offre a été annulée : le panier n’est plus à prendre.")


class RequestSettled(DomainError):
    """The request was answered, withdrawn or freed meanwhile."""

    message = _l("Cette demande n’est plus en attente. Rien n’a été changé.")


class NotEnrolled(DomainError):
    """The AMAP reserves baskets to enrolled intermittents."""

    message = _l("Seuls les intermittents inscrits peuvent demander un panier : inscrivez-vous.")


class NotEnrolledYet(DomainError):
    """Preferences are for who gets alerts."""

    message = _l("Inscrivez-vous d’abord : vous pourrez ensuite choisir vos alertes.")


class UnknownTaker(DomainError):
    """The chosen person does not exist, is inactive, or is of the household."""

    status = 422
    message = _l("Choisissez une autre personne pour reprendre ce panier.")


class AlreadyEnrolled(DomainError):
    """Enrolling twice changes nothing."""

    message = _l("Vous êtes déjà inscrit dans l’espace intermittents")


class ClosedAccount(DomainError):
    """Who left the association asks to join by the public page."""

    message = _l("Ce compte est fermé. Écrivez à l’AMAP pour le rouvrir.")


class MembershipNeeded(DomainError):
    """The AMAP reserves this to households that belong to the association."""

    @classmethod
    def of(cls, standing: Standing) -> Self | None:
        """Return the refusal that a household's standing deserves, or None."""
        if standing.is_enough:
            return None
        if standing is Standing.PROMISED:
            return cls(
                _(
                    "Votre adhésion est annoncée, mais pas encore reçue : remettez-la au trésorier,"
                    " par exemple à la prochaine distribution, puis recommencez."
                )
            )
        return cls(
            _(
                "Il faut avoir adhéré à l’association pour cette période : remettez votre adhésion"
                " au trésorier, par exemple à la prochaine distribution, puis recommencez."
            )
        )


class EnrolmentReserved(DomainError):
    """A setting reserves enrolling others to responsables."""

    status = 403
    message = _l("Vous ne pouvez pas inscrire ou désinscrire quelqu’un d’autre.")

"""How many deliveries a household may skip, which, and until when."""

import datetime as dt
from collections.abc import Collection

from amapress_py.contracts.book import JokerRules
from amapress_py.contracts.models import Contract, ContractKind
from amapress_py.contracts.rules import Refused, Stale
from amapress_py.errors import DomainError
from amapress_py.i18n import _, _l, long_date, ngettext, short_date

DAY = dt.timedelta(days=1)


class NoJokers(DomainError):
    """The contract has none."""

    message = _l("Ce contrat ne prévoit pas de joker.")


class FixedAtSigning(DomainError):
    """Jokers that were chosen with the contract stay where they are."""

    message = _l(
        "Les jokers de ce contrat ont été choisis à l’inscription : ils ne changent plus. En cas "
        "de besoin, voyez le référent du contrat."
    )


class TooLateForJoker(DomainError):
    """The producer prepares that delivery already."""

    def __init__(self, last: dt.date) -> None:
        super().__init__(
            _("Trop tard : ce joker se changeait jusqu’au %(day)s inclus.", day=long_date(last))
        )


class TooManyJokers(DomainError):
    """The maximum is reached."""

    def __init__(self, most: int) -> None:
        super().__init__(
            ngettext(
                "Ce contrat permet %(n)s joker au plus : retirez d’abord celui qui est posé.",
                "Ce contrat permet %(n)s jokers au plus : retirez-en d’abord un.",
                most,
            )
        )


class NothingToSkip(DomainError):
    """No basket of this contract on that day."""

    def __init__(self, day: dt.date) -> None:
        super().__init__(_("Il n’y a pas de panier de ce contrat le %(day)s.", day=short_date(day)))


class BasketCeded(DomainError):
    """A basket is given away, or skipped; not both."""

    def __init__(self, day: dt.date) -> None:
        super().__init__(
            _(
                "Le panier du %(day)s est proposé dans l’espace intermittents : on ne peut pas y "
                "poser un joker. Annulez d’abord l’échange.",
                day=short_date(day),
            )
        )


def rules_of(contract: Contract) -> JokerRules:
    """Return a contract's rules; an abonnement alone has jokers."""
    if contract.kind is not ContractKind.SUBSCRIPTION:
        return JokerRules()
    return JokerRules(
        contract.joker_min, contract.joker_max, contract.joker_is_free, contract.joker_delay_days
    )


def last_day(day: dt.date, delay_days: int) -> dt.date:
    """Return the last day on which a delivery's joker may change (Thursday, 3 days: Sunday)."""
    return day - dt.timedelta(days=delay_days) - DAY


def is_in_time(day: dt.date, delay_days: int, today: dt.date) -> bool:
    """Tell whether a joker of a delivery may still change: today < delivery − delay."""
    return today <= last_day(day, delay_days)


def check_jokers_at_signing(
    rules: JokerRules, chosen: Collection[int], skippable: Collection[int]
) -> None:
    """Check the deliveries (ids of contract dates) that a household skips when it signs.

    `skippable` are those of its own quantities: a late joiner has none before the start, and
    needs no more jokers than he has deliveries.  Raise Refused, or Stale for an unknown date.
    """
    if not set(chosen) <= set(skippable):
        raise Stale
    if len(set(chosen)) > rules.most:
        raise Refused(
            ngettext(
                "Ce contrat permet %(n)s joker au plus.",
                "Ce contrat permet %(n)s jokers au plus.",
                rules.most,
            )
            if rules.most
            else str(NoJokers.message)
        )
    least = min(rules.least, len(skippable))
    if len(set(chosen)) < least:
        raise Refused(
            ngettext(
                "Choisissez au moins %(n)s date à laquelle vous ne prendrez pas de panier (joker).",
                "Choisissez au moins %(n)s dates auxquelles vous ne prendrez pas de panier "
                "(jokers).",
                least,
            )
        )

"""Forms about deadline, jokers, quotas, payments and the producer's agreement."""

import datetime as dt
from typing import Any

from wtforms import BooleanField, RadioField, StringField, ValidationError
from wtforms.validators import InputRequired, Optional

from amapress_py.accounts.forms import Form, at_most, one_line, required
from amapress_py.contracts import rules
from amapress_py.contracts.forms import TO_FILL, Versioned, whole_field
from amapress_py.contracts.models import Contract, ContractKind
from amapress_py.contracts.terms import JOKERS, Limits, Payments
from amapress_py.deliveries.forms import Day, text_field
from amapress_py.i18n import _, _l, short_date

MOST_JOKERS = 99
MOST_DAYS = 99
MOST_SIGNED = 9999
MOST_CHEQUES = 60
FIXED, FREE = "fixe", "libre"


class LimitsForm(Versioned):
    """Until when one signs, how many may, and the jokers of an abonnement."""

    deadline = Day(
        _l("Date limite d’inscription"),
        [Optional()],
        description=_l(
            "Jusqu’à la fin de ce jour. Vide : jusqu’à la veille de la première livraison ; pour "
            "une carte prépayée ou un compte de provision, tant que le contrat est actif."
        ),
    )
    lock_days: Any = whole_field(
        _l("Jours entiers entre le dernier changement et la livraison"), MOST_DAYS
    )
    joker_min: Any = whole_field(_l("Jokers par adhérent, au moins"), MOST_JOKERS)
    joker_max: Any = whole_field(_l("Jokers par adhérent, au plus"), MOST_JOKERS)
    joker_mode = RadioField(
        _l("Les jokers sont"),
        choices=lambda: [
            (FREE, _("libres : posés et retirés en cours de saison")),
            (FIXED, _("fixés à l’inscription")),
        ],
        default=FREE,
    )
    joker_delay_days: Any = whole_field(
        _l("Un joker libre se pose jusqu’à (jours avant la livraison)"), MOST_DAYS
    )
    members_swap = BooleanField(
        _l("L’adhérent peut déplacer lui-même un panier dans la même semaine"),
        description=_l("« Livraison décalée », dans le délai des jokers libres. Sinon, le référent "
                       "le fait pour lui."),
    )  # fmt: skip
    most_signed: Any = whole_field(_l("Contrats signés, au plus"), MOST_SIGNED)

    def fit(self, contract: Contract, is_signed: bool) -> None:
        """Ask only what this kind of contract has; rules of jokers stay once somebody signed."""
        has_jokers = contract.kind in rules.HAS_JOKERS
        if contract.kind is not ContractKind.PREPAID:
            del self.lock_days
        if not has_jokers:
            del self.members_swap
        if not has_jokers or is_signed:
            del self.joker_min, self.joker_max, self.joker_mode, self.joker_delay_days

    def fill(self, contract: Contract) -> None:
        """Show what the contract says."""
        if "joker_mode" in self:
            is_free = contract.joker_is_free or not contract.joker_max
            self.joker_mode.data = FREE if is_free else FIXED

    def validate_joker_max(self, field: Any) -> None:
        """Refuse a maximum below the minimum."""
        if (self.joker_min.data or 0) > (field.data or 0):
            raise ValidationError(_("Le maximum n’est pas plus petit que le minimum."))

    def limits(self, contract: Contract) -> Limits:
        """Return what was typed; what is not asked stays as it is."""
        kept = {name: getattr(contract, name) for name in JOKERS}
        if "joker_mode" in self:
            most = self.joker_max.data or 0
            kept = {
                "joker_min": self.joker_min.data or 0,
                "joker_max": most,
                "joker_is_free": bool(most) and self.joker_mode.data == FREE,
                "joker_delay_days": self.joker_delay_days.data or 0,
            }
        return Limits(
            deadline=self.deadline.data,
            most_signed=self.most_signed.data or None,
            members_swap="members_swap" in self and bool(self.members_swap.data),
            lock_days=self.lock_days.data if "lock_days" in self else contract.lock_days,
            **kept,
        )


class PaymentsForm(Versioned):
    """How members pay."""

    has_payments = BooleanField(
        _l("Suivre ici les chèques de ce contrat"),
        description=_l(
            "Sans suivi, le site ne sait ni qui a donné ses chèques, ni ce qui reste dû : il "
            "montre seulement le texte ci-dessous."
        ),
    )
    payee = StringField(
        _l("Chèques à l’ordre de"),
        [at_most(120)],
        filters=[one_line],
        render_kw={"maxlength": 120},
    )
    most_cheques: Any = whole_field(_l("Nombre de chèques, au plus"), MOST_CHEQUES)
    due = text_field(
        _l("Échéances : jours où les chèques sont remis au producteur"),
        2000,
        _l("Une par ligne, par exemple 04/10/2026."),
        rows=6,
    )
    payment_terms = text_field(
        _l("Comment payer, en quelques mots pour les adhérents"), 2000, rows=4
    )

    def fit(self, contract: Contract) -> None:
        """Ask about cheques only where they come in instalments: not of a card or an account."""
        if contract.kind not in rules.WITH_CHEQUES:
            del self.has_payments, self.payee, self.most_cheques, self.due

    def show(self, days: list[dt.date]) -> None:
        """Write the days one a line."""
        if "due" in self:
            self.due.data = "\n".join(map(short_date, days))

    def validate_due(self, field: Any) -> None:
        """Refuse what is no date."""
        try:
            rules.parse_dates(field.data or "")
        except rules.Refused as refusal:
            raise ValidationError(str(refusal)) from refusal

    def validate_most_cheques(self, field: Any) -> None:
        """Ask for one cheque at least where they are followed."""
        if self.has_payments.data and not field.data:
            raise ValidationError(_("Au moins un chèque."))

    def payments(self) -> Payments:
        """Return what was typed."""
        if "due" not in self:
            return Payments(has_payments=False, payment_terms=self.payment_terms.data)
        return Payments(
            has_payments=bool(self.has_payments.data),
            payee=self.payee.data,
            most_cheques=self.most_cheques.data or 1,
            payment_terms=self.payment_terms.data,
            dates=rules.parse_dates(self.due.data or ""),
        )


class AgreedForm(Form):
    """The producer agreed by telephone, on paper, or at the market."""

    day = Day(_l("Validé le"), [InputRequired(TO_FILL)])
    by = StringField(
        _l("par"), [required(), at_most(200)], filters=[one_line], render_kw={"maxlength": 200}
    )


class EraseForm(Form):
    """The name, typed, of what goes for good."""

    name = StringField(
        _l("Nom du contrat"),
        [required(), at_most(120)],
        filters=[one_line],
        render_kw={"maxlength": 120, "autocomplete": "off"},
    )

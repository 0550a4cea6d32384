"""Deadline, jokers, quotas and payment terms of a contract."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import rules, season_days
from amapress_py.contracts.models import ContractDate, DateKind, PaymentDate, Subscription
from amapress_py.contracts.services import locked_contract
from amapress_py.i18n import _, short_date

JOKERS = ("joker_min", "joker_max", "joker_is_free", "joker_delay_days")
MOST_PAYMENT_DATES = 60


@dataclass(frozen=True)
class Limits:
    """Until when one signs, how many may, and which deliveries one may skip or move."""

    deadline: dt.date | None = None
    most_signed: int | None = None
    joker_min: int = 0
    joker_max: int = 0
    joker_is_free: bool = False
    joker_delay_days: int = 0
    members_swap: bool = False
    lock_days: int = 2


@dataclass(frozen=True)
class Payments:
    """How members pay: by cheques followed here, or as a text says."""

    has_payments: bool = True
    payee: str = ""
    most_cheques: int = 1
    payment_terms: str = ""
    dates: Collection[dt.date] = ()


def set_limits(
    session: Session, viewer: Viewer, contract_id: int, version: int, limits: Limits
) -> None:
    """Set deadline, jokers and quota; raise Stale, Refused, HasSigned for rules of jokers."""
    contract = locked_contract(session, viewer, contract_id, version)
    before = tuple(getattr(contract, name) for name in JOKERS)
    wanted = tuple(getattr(limits, name) for name in JOKERS)
    if contract.kind not in rules.HAS_JOKERS and (any(wanted) or limits.members_swap):
        raise rules.Refused(_("Seul un abonnement a des jokers."))
    if before != wanted:
        _check_jokers(session, contract_id, limits)
    for name, value in vars(limits).items():
        setattr(contract, name, value)


def _check_jokers(session: Session, contract_id: int, limits: Limits) -> None:
    signed = select(Subscription.id).where(Subscription.contract_id == contract_id)
    if session.scalar(signed.limit(1)) is not None:
        raise rules.HasSigned
    if limits.joker_min > limits.joker_max:
        raise rules.Refused(_("Le minimum de jokers ne dépasse pas le maximum."))
    days = select(func.count()).where(
        ContractDate.contract_id == contract_id, ContractDate.kind == DateKind.DELIVERY
    )
    deliveries = session.scalar(days) or 0
    if deliveries and limits.joker_max >= deliveries:
        raise rules.Refused(_("Il faut moins de jokers que de livraisons (%(n)s).", n=deliveries))


def set_payments(
    session: Session, viewer: Viewer, contract_id: int, version: int, payments: Payments
) -> None:
    """Set how members pay, and on which days cheques are handed over; raise Stale, InUse."""
    contract = locked_contract(session, viewer, contract_id, version)
    contract.has_payments, contract.payee = payments.has_payments, payments.payee
    contract.most_cheques = payments.most_cheques
    contract.payment_terms = payments.payment_terms
    wanted = set(payments.dates) if payments.has_payments else set()
    if len(wanted) > MOST_PAYMENT_DATES:
        raise rules.Refused(_("%(n)s échéances au plus.", n=MOST_PAYMENT_DATES))
    known = set(payment_dates(session, contract_id))
    for day in sorted(known - wanted):
        used = rules.InUse(
            _("Un chèque est prévu le %(day)s : cette échéance reste.", day=short_date(day))
        )
        with db.unless_keys_forbid(session, used):
            session.execute(
                delete(PaymentDate).where(
                    PaymentDate.contract_id == contract_id, PaymentDate.date == day
                )
            )
    session.add_all(PaymentDate(contract_id=contract_id, date=day) for day in wanted - known)


def payment_dates(session: Session, contract_id: int) -> list[dt.date]:
    """Return the days on which cheques are handed over, in order."""
    return list(
        session.scalars(
            select(PaymentDate.date)
            .where(PaymentDate.contract_id == contract_id)
            .order_by(PaymentDate.date)
        )
    )


def proposed_payment_dates(session: Session, contract_id: int) -> list[dt.date]:
    """Return one day a month, from the first to the last delivery."""
    return season_days.one_a_month(
        session.scalars(
            select(ContractDate.date).where(
                ContractDate.contract_id == contract_id, ContractDate.kind == DateKind.DELIVERY
            )
        )
    )

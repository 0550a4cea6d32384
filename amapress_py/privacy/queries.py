"""Everything that is known of a person, as the tables of one document."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, String, select
from sqlalchemy.orm import Session, aliased

from amapress_py.accounts import own
from amapress_py.accounts.models import HouseholdStay
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts.models import (
    Contract,
    ContractDate,
    ContractProduct,
    Joker,
    Product,
    Subscription,
    SubscriptionLine,
    Swap,
)
from amapress_py.deliveries.models import Delivery, Place
from amapress_py.duty.models import DutyAbsence, DutySeat
from amapress_py.exchange.models import BasketOffer, IntermittentEnrolment, OfferRequest
from amapress_py.exchange.rules import OFFER_LABELS, REQUEST_LABELS
from amapress_py.i18n import _, short_date, short_instant
from amapress_py.mail.models import OutboxMail
from amapress_py.membership.models import Membership, MembershipPeriod
from amapress_py.membership.rules import STATE_LABELS
from amapress_py.money import euros
from amapress_py.passes.models import BasketPass
from amapress_py.sheets.papers import Column, Kind, Paper, Table

Rows = Iterable[Sequence[Any]]


def paper(session: Session, who: Viewer) -> Paper:
    """Return all that is kept of the viewer and of the baskets of his household."""
    tables = (
        identity(session, who),
        *_contracts(session, who.household_id),
        *_exchanges(session, who),
        *_duty(session, who.person_id),
        _memberships(session, who.household_id),
        _mails(session, who.person_id),
    )
    return Paper(
        _("Mes données"),
        (who.name,),
        tuple(one for one in tables if one.rows),
    )


def _table(title: str, heads: Sequence[str], rows: Rows) -> Table:
    columns = [Column(head, Kind.TEXT, 24) for head in heads]
    return Table(title, columns, [[str(cell) for cell in row] for row in rows])


def _day(value: Any) -> str:
    return short_date(value) if value else ""


def _instant(value: Any) -> str:
    return short_instant(value) if value else ""


def identity(session: Session, who: Viewer) -> Table:
    """Return what is known of the person himself."""
    card = own.card(session, who)
    stays = session.execute(
        select(HouseholdStay.since, HouseholdStay.until)
        .where(HouseholdStay.person_id == who.person_id)
        .order_by(HouseholdStay.id)
    )
    said = [
        (_("Nom"), who.name),
        (_("Adresse de connexion"), who.email or ""),
        *((_("Autre adresse mail"), one) for one in card.further),
        *((_("Téléphone"), one) for one in card.phones),
        (_("Adresse"), card.address),
        *((_("Foyer partagé avec"), one) for one in card.shares_with),
        *(
            (_("Dans un autre foyer"), f"{_day(since)} – {_day(until)}")
            if until
            else (_("Dans mon foyer depuis"), _day(since))
            for since, until in stays
        ),
        *((_("Rôle"), one) for one in own.role_sentences(session, who)),
    ]
    return _table(_("Moi"), (_("Donnée"), _("Valeur")), [row for row in said if row[1]])


def _contracts(session: Session, household_id: int) -> tuple[Table, ...]:
    mine = Subscription.household_id == household_id
    signed = session.execute(
        select(
            Contract.name,
            Place.name.label("place"),
            Subscription.starts_on,
            Subscription.ends_on,
            Subscription.signed_at,
        )
        .join(Contract, Contract.id == Subscription.contract_id)
        .join(Place, Place.id == Subscription.place_id)
        .where(mine)
        .order_by(Subscription.signed_at, Subscription.id)
    )
    lines = session.execute(
        select(ContractDate.date, Contract.name, Product.name, SubscriptionLine.quantity)
        .join(Subscription, Subscription.id == SubscriptionLine.subscription_id)
        .join(Contract, Contract.id == Subscription.contract_id)
        .join(ContractDate, ContractDate.id == SubscriptionLine.contract_date_id)
        .join(ContractProduct, ContractProduct.id == SubscriptionLine.contract_product_id)
        .join(Product, Product.id == ContractProduct.product_id)
        .where(mine)
        .order_by(ContractDate.date, Contract.sort_key, ContractProduct.position)
    )
    jokers = session.execute(
        select(ContractDate.date, Contract.name, Joker.set_at)
        .join(Subscription, Subscription.id == Joker.subscription_id)
        .join(Contract, Contract.id == Subscription.contract_id)
        .join(ContractDate, ContractDate.id == Joker.contract_date_id)
        .where(mine)
        .order_by(ContractDate.date)
    )
    before, after = aliased(ContractDate), aliased(ContractDate)
    swaps = session.execute(
        select(before.date, after.date, Contract.name)
        .join_from(Swap, Subscription, Subscription.id == Swap.subscription_id)
        .join(Contract, Contract.id == Subscription.contract_id)
        .join(before, before.id == Swap.from_date_id)
        .join(after, after.id == Swap.to_date_id)
        .where(mine)
        .order_by(before.date)
    )
    return (
        _table(
            _("Contrats signés"),
            (_("Contrat"), _("Lieu"), _("Du"), _("Au"), _("Signé le")),
            [(a, b, _day(c), _day(d), _instant(e)) for a, b, c, d, e in signed],
        ),
        _table(
            _("Ce que mon foyer a commandé"),
            (_("Date"), _("Contrat"), _("Produit"), _("Quantité")),
            [(_day(a), b, c, d) for a, b, c, d in lines],
        ),
        _table(
            _("Jokers"),
            (_("Date"), _("Contrat"), _("Posé le")),
            [(_day(a), b, _instant(c)) for a, b, c in jokers],
        ),
        _table(
            _("Livraisons décalées"),
            (_("Du"), _("Au"), _("Contrat")),
            [(_day(a), _day(b), c) for a, b, c in swaps],
        ),
    )


def _exchanges(session: Session, who: Viewer) -> tuple[Table, ...]:
    offers = session.execute(
        _at_delivery(BasketOffer, BasketOffer.state, BasketOffer.message, BasketOffer.offered_at)
        .where(BasketOffer.household_id == who.household_id)
        .order_by(Delivery.date, BasketOffer.id)
    )
    requests = session.execute(
        _at_delivery(BasketOffer, OfferRequest.state, OfferRequest.asked_at)
        .join(OfferRequest, OfferRequest.offer_id == BasketOffer.id)
        .where(OfferRequest.person_id == who.person_id)
        .order_by(Delivery.date, OfferRequest.id)
    )
    passes = session.execute(
        _at_delivery(BasketPass, BasketPass.name, BasketPass.phone)
        .where(BasketPass.household_id == who.household_id)
        .order_by(Delivery.date, BasketPass.id)
    )
    enrolments = session.execute(
        select(IntermittentEnrolment.enrolled_at, IntermittentEnrolment.ended_at)
        .where(IntermittentEnrolment.person_id == who.person_id)
        .order_by(IntermittentEnrolment.id)
    )
    where = (_("Distribution"), _("Lieu"))
    return (
        _table(
            _("Inscriptions comme intermittent"),
            (_("Depuis le"), _("Jusqu’au")),
            [(_instant(a), _instant(b)) for a, b in enrolments],
        ),
        _table(
            _("Paniers proposés"),
            (*where, _("Où il en est"), _("Message"), _("Proposé le")),
            [(_day(a), b, OFFER_LABELS[c], d, _instant(e)) for a, b, c, d, e in offers],
        ),
        _table(
            _("Paniers demandés"),
            (*where, _("Où en est la demande"), _("Demandé le")),
            [(_day(a), b, REQUEST_LABELS[c], _instant(d)) for a, b, c, d in requests],
        ),
        _table(
            _("Laissez-passer"),
            (*where, _("Qui vient à ma place"), _("Téléphone")),
            [(_day(a), b, c, d) for a, b, c, d in passes],
        ),
    )


def _at_delivery(of: Any, *columns: Any) -> Select[*tuple[Any, ...]]:
    """Select the day and place of the deliveries that rows of a table are about."""
    return (
        select(Delivery.date, Place.name.cast(String), *columns)
        .join_from(of, Delivery, Delivery.id == of.delivery_id)
        .join(Place, Place.id == Delivery.place_id)
    )


def _duty(session: Session, person_id: int) -> tuple[Table, ...]:
    seats = session.execute(
        _at_delivery(DutySeat, DutySeat.role, DutySeat.since)
        .where(DutySeat.person_id == person_id)
        .order_by(Delivery.date, DutySeat.id)
    )
    absences = session.execute(
        _at_delivery(DutyAbsence).where(DutyAbsence.person_id == person_id).order_by(Delivery.date)
    )
    where = (_("Distribution"), _("Lieu"))
    return (
        _table(
            _("Permanences"),
            (*where, _("Place"), _("Depuis le")),
            [(_day(a), b, c, _instant(d)) for a, b, c, d in seats],
        ),
        _table(_("Jours où je ne peux pas"), where, [(_day(a), b) for a, b in absences]),
    )


def _memberships(session: Session, household_id: int) -> Table:
    found = session.execute(
        select(
            MembershipPeriod.name,
            Membership.state,
            Membership.cents,
            Membership.means,
            Membership.received_on,
        )
        .join(MembershipPeriod, MembershipPeriod.id == Membership.period_id)
        .where(Membership.household_id == household_id)
        .order_by(MembershipPeriod.starts_on)
    )
    return _table(
        _("Adhésions"),
        (_("Période"), _("État"), _("Montant"), _("Moyen"), _("Reçue le")),
        [(a, STATE_LABELS[b], euros(c), d, _day(e)) for a, b, c, d, e in found],
    )


def _mails(session: Session, person_id: int) -> Table:
    found = session.execute(
        select(OutboxMail.created_at, OutboxMail.to_address, OutboxMail.subject)
        .where(OutboxMail.person_id == person_id)
        .order_by(OutboxMail.id)
    )
    return _table(
        _("Courriels encore gardés"),
        (_("Écrit le"), _("À"), _("Objet")),
        [(_instant(a), b, c) for a, b, c in found],
    )

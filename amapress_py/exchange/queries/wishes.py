"""Who is enrolled, and which free baskets each wants to hear of."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.accounts.models import Person
from amapress_py.contracts.models import Contract, ContractDate, ContractState
from amapress_py.exchange.models import (
    AlertPreference,
    AlertWish,
    BasketOffer,
    IntermittentEnrolment,
    OfferRequest,
)
from amapress_py.exchange.rules import ALL_WISHES, Wishes
from amapress_py.i18n import search_key

CONTRACT, PLACE = "contract", "place"


@dataclass(frozen=True)
class Listener:
    """An enrolled person: his token, his household, his wishes."""

    person_id: int
    household_id: int
    first_name: str
    token: str
    wishes: Wishes


def listeners(session: Session) -> list[Listener]:
    """Return everybody who is enrolled, with his wishes, by person (3 statements)."""
    people = session.execute(
        select(
            IntermittentEnrolment.person_id,
            Person.household_id,
            Person.first_name,
            IntermittentEnrolment.token,
        )
        .join(Person, Person.id == IntermittentEnrolment.person_id)
        .where(IntermittentEnrolment.ended_at.is_(None), Person.is_active)
        .order_by(IntermittentEnrolment.person_id)
    ).all()
    wishes = _all_wishes(session)
    return [Listener(*row, wishes.get(row.person_id, ALL_WISHES)) for row in people]


def wishes_of(session: Session, person_id: int) -> Wishes:
    """Return what one person wants to hear of."""
    return _all_wishes(session, person_id).get(person_id, ALL_WISHES)


def _all_wishes(session: Session, person_id: int | None = None) -> dict[int, Wishes]:
    preferences = select(
        AlertPreference.person_id,
        AlertPreference.pace,
        AlertPreference.weekdays,
        AlertPreference.paused_until,
    )
    named = select(AlertWish.person_id, AlertWish.kind, AlertWish.value)
    if person_id is not None:
        preferences = preferences.where(AlertPreference.person_id == person_id)
        named = named.where(AlertWish.person_id == person_id)
    contracts: defaultdict[int, set[str]] = defaultdict(set)
    places: defaultdict[int, set[int]] = defaultdict(set)
    for key, kind, value in session.execute(named):
        if kind == CONTRACT:
            contracts[key].add(value)
        else:
            places[key].add(int(value))
    return {
        key: Wishes(pace, weekdays, frozenset(contracts[key]), frozenset(places[key]), paused)
        for key, pace, weekdays, paused in session.execute(preferences)
    }


def offered_contracts(offer: BasketOffer) -> set[str]:
    """Return the labels of an offer's contracts as wishes name them."""
    return {search_key(item.contract_label) for item in offer.items}


def fits(offer: BasketOffer, listener: Listener) -> bool:
    """Tell whether an offer is one that a listener wants; never his own household's."""
    return bool(_fitting(offer, [listener]))


def interested(session: Session, offer: BasketOffer) -> list[Listener]:
    """Return who wants to hear of an offer today: never its household, nor who ever asked."""
    asked = select(OfferRequest.person_id).where(OfferRequest.offer_id == offer.id)
    candidates, today = set(session.scalars(asked)), clock.today()
    return [
        one
        for one in _fitting(offer, listeners(session))
        if one.wishes.listens(today) and one.person_id not in candidates
    ]


def _fitting(offer: BasketOffer, every: Iterable[Listener]) -> list[Listener]:
    date, place_id, contracts = (
        offer.delivery.date,
        offer.delivery.place_id,
        offered_contracts(offer),
    )
    return [
        one
        for one in every
        if one.household_id != offer.household_id and one.wishes.fit(date, place_id, contracts)
    ]


def asked_for(session: Session, person_id: int) -> set[int]:
    """Return the offers that a person ever asked for."""
    asked = select(OfferRequest.offer_id).where(OfferRequest.person_id == person_id)
    return set(session.scalars(asked))


def contract_choices(session: Session) -> list[tuple[str, str]]:
    """Return (wish, label) of the contracts that will still be delivered."""
    labels = session.scalars(
        select(Contract.label)
        .join(ContractDate, ContractDate.contract_id == Contract.id)
        .where(Contract.state == ContractState.OPEN, ContractDate.date >= clock.today())
        .distinct()
    )
    found = {search_key(label): label for label in labels}
    return sorted(found.items())

"""Small facts about offers and enrolments."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    exists,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.accounts.models import Person
from amapress_py.exchange import rules
from amapress_py.exchange.models import (
    BasketOffer,
    IntermittentEnrolment,
    OfferItem,
)
from amapress_py.exchange.queries.wishes import wishes_of
from amapress_py.mail.models import OutboxMail


def ceded_quantities(
    session: Session, subscription_ids: Iterable[int]
) -> dict[tuple[int, int, int], int]:
    """Return what live offers hold: (subscription, contract date, contract product) -> quantity."""
    rows = session.execute(
        select(
            OfferItem.subscription_id,
            OfferItem.contract_date_id,
            OfferItem.contract_product_id,
            func.sum(OfferItem.quantity),
        )
        .join(BasketOffer, BasketOffer.id == OfferItem.offer_id)
        .where(
            OfferItem.subscription_id.in_(list(subscription_ids)),
            BasketOffer.state.in_(rules.LIVE_STATES),
        )
        .group_by(
            OfferItem.subscription_id, OfferItem.contract_date_id, OfferItem.contract_product_id
        )
    )
    return {(a, b, c): quantity for a, b, c, quantity in rows}


def is_enrolled(session: Session, person_id: int) -> bool:
    """Tell whether a person has a live enrolment."""
    return bool(session.scalar(select(enrolled(literal(person_id)))))


def enrolled(person_id: ColumnElement[int]) -> ColumnElement[bool]:
    return exists().where(
        IntermittentEnrolment.person_id == person_id, IntermittentEnrolment.ended_at.is_(None)
    )


def viewer_flags() -> Mapping[str, ColumnElement[Any]]:
    """Return what this domain tells of a viewer."""
    return {"is_intermittent": enrolled(Person.id.expression)}


def wants_alert(session: Session, mail: OutboxMail) -> bool:
    """Tell, when an alert's turn to be sent comes, whether its person still listens."""
    return (
        mail.person_id is not None
        and is_enrolled(session, mail.person_id)
        and wishes_of(session, mail.person_id).listens(clock.today())
    )

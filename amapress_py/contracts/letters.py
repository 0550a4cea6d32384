"""What the mails about signed contracts say; rows of the outbox, to the household alone."""

from typing import Any

from sqlalchemy.orm import Session

from amapress_py import settings, web
from amapress_py.accounts import queries as accounts
from amapress_py.accounts.models import Person
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts.models import Contract, ContractProduct, Subscription, WaitingEntry
from amapress_py.contracts.signing_rules import PRIORITY_DAYS
from amapress_py.contracts.summary import Summary, summary
from amapress_py.i18n import long_date
from amapress_py.mail import outbox
from amapress_py.money import euros


def signed(
    session: Session, event: str, contract: Contract, subscription: Subscription, by: Viewer
) -> int:
    """Tell a household that its contract is signed, or changed; return how many mails."""
    session.flush()
    said = summary(session, contract, subscription)
    return post(
        session,
        event,
        contract,
        subscription.household_id,
        by_name=_other(by, subscription.household_id),
        **_told(said),
    )


def deleted(
    session: Session, contract: Contract, said: Summary, household_id: int, by: Viewer
) -> int:
    """Tell a household that its signed contract is deleted, and what it held."""
    return post(
        session,
        "signed_deleted",
        contract,
        household_id,
        by_name=_other(by, household_id),
        **_told(said),
    )


def place_free(session: Session, contract: Contract, entry: WaitingEntry) -> int:
    """Tell who waits that it is his turn."""
    product = (
        session.get_one(ContractProduct, entry.contract_product_id).product.name
        if entry.contract_product_id
        else ""
    )
    return post(
        session,
        "place_free",
        contract,
        entry.household_id,
        product=product,
        days=PRIORITY_DAYS,
    )


def _told(said: Summary) -> dict[str, Any]:
    return {
        "where": said.place,
        "first": long_date(said.first) if said.first else "",
        "last": long_date(said.last) if said.last else "",
        "deliveries": said.deliveries,
        "contents": said.sentences,
        "price": euros(said.cents),
        "jokers": said.jokers_text,
        "changes_until": said.until_text,
    }


def _other(by: Viewer, household_id: int) -> str:
    """Return who acted, if it was not the household itself."""
    return by.name if by.household_id != household_id else ""


def post(session: Session, event: str, contract: Contract, household_id: int, **values: Any) -> int:
    """Write `contracts/<event>` to each person of a household; return how many mails."""
    readers = accounts.recipients(session, accounts.household_adults(session, household_id))
    written = 0
    for person_id, addresses in readers.items():
        person = session.get_one(Person, person_id)
        written += outbox.post(
            session,
            f"contracts/{event}",
            addresses,
            reply_to=settings.current().contact_email,
            first_name=person.first_name,
            contract=contract.name,
            producer=contract.producer.name,
            contract_url=web.absolute(f"/contrats/{contract.id}"),
            **values,
        )
    return written

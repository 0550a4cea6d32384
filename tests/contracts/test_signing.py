"""Signed contracts: who, what, and what is ceded of them."""

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Role
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import rules, services, signing
from amapress_py.contracts.models import (
    Contract,
    ContractKind,
    ContractState,
    Producer,
    Subscription,
    SubscriptionLine,
)
from amapress_py.contracts.rules import Terms
from amapress_py.errors import NotAllowed, NotFound
from tests.back_office import viewer_of
from tests.factories import Make

Cells = dict[tuple[int, int], int]


def terms(contract: Contract, quantity: int = 1, **changes: object) -> Terms:
    """Return terms for the first product on every date."""
    days = [one.date for one in contract.dates]
    kept = {"place_id": contract.places[0].id, "starts_on": min(days), "ends_on": max(days)}
    by_product = {contract.products[0].id: quantity}
    return Terms(**{**kept, "by_product": by_product, **changes})  # type: ignore[arg-type]


def lines(session: Session, subscription: Subscription) -> Cells:
    found = select(SubscriptionLine).where(SubscriptionLine.subscription_id == subscription.id)
    return {
        (one.contract_date_id, one.contract_product_id): one.quantity
        for one in session.scalars(found)
    }


@pytest.fixture
def contract(make: Make, farm: Producer) -> Contract:
    weeks = [make.thursday(week) for week in range(3)]
    return make.contract(
        products={"1/2 Panier": 1000, "Panier": 1800},
        dates=weeks,
        places=[make.place(), make.place()],
        producer=farm,
    )


def test_a_referent_enters_a_signed_contract(
    session: Session, make: Make, referent: Viewer, contract: Contract
) -> None:
    household = make.person().household

    with db.transaction():
        signed = signing.sign(session, referent, contract.id, household.id, terms(contract, 2))

    product = contract.products[0].id
    assert lines(session, signed) == {(one.id, product): 2 for one in contract.dates}
    assert signed.signed_by_id == referent.person_id


def test_a_household_signs_a_contract_once(
    session: Session, make: Make, admin: Viewer, contract: Contract
) -> None:
    household = make.member(contract=contract).household

    with pytest.raises(rules.AlreadySigned), db.transaction():
        signing.sign(session, admin, contract.id, household.id, terms(contract))


@pytest.mark.parametrize("state", [ContractState.DRAFT, ContractState.ARCHIVED])
def test_only_an_active_contract_is_signed(
    session: Session, make: Make, admin: Viewer, contract: Contract, state: ContractState
) -> None:
    household = make.person().household
    contract.state = state
    session.commit()

    with pytest.raises(rules.NotOpen), db.transaction():
        signing.sign(session, admin, contract.id, household.id, terms(contract))


def test_what_makes_no_sense_is_refused_whole(
    session: Session, make: Make, admin: Viewer, contract: Contract
) -> None:
    household = make.person().household
    elsewhere = make.place()

    for wrong in (terms(contract, 0), terms(contract, place_id=elsewhere.id)):
        with pytest.raises(rules.Refused), db.transaction():
            signing.sign(session, admin, contract.id, household.id, wrong)
    with pytest.raises(NotFound), db.transaction():
        signing.sign(session, admin, contract.id, household.id + 1000, terms(contract))

    assert session.scalars(select(Subscription.id)).all() == []


def test_per_date_has_a_quantity_for_each_date(
    session: Session, make: Make, admin: Viewer, contract: Contract
) -> None:
    household = make.person().household
    contract.kind = ContractKind.PER_DATE
    session.commit()
    small, large = contract.products
    first, _second, third = contract.dates
    chosen = {(first.id, small.id): 1, (third.id, large.id): 2}

    with db.transaction():
        wanted = terms(contract, by_cell=chosen)
        signed = signing.sign(session, admin, contract.id, household.id, wanted)

    assert lines(session, signed) == chosen


def test_a_correction_replaces_the_lines_and_is_a_new_version(
    session: Session, make: Make, referent: Viewer, contract: Contract
) -> None:
    signed = make.subscription(make.person().household, contract)
    large = contract.products[1].id
    late = terms(contract, by_product={large: 1}, starts_on=contract.dates[1].date)

    with db.transaction():
        signing.change(session, referent, signed.id, 1, late)

    assert lines(session, signed) == {(one.id, large): 1 for one in contract.dates[1:]}
    assert signed.version == 2
    with pytest.raises(rules.Stale), db.transaction():
        signing.change(session, referent, signed.id, 1, terms(contract))


def test_lines_alone_are_a_new_version_too(
    session: Session, make: Make, admin: Viewer, contract: Contract
) -> None:
    signed = make.subscription(make.person().household, contract)

    with db.transaction():
        signing.change(session, admin, signed.id, 1, terms(contract, 3))

    assert signed.version == 2


def test_a_date_added_later_comes_with_the_next_correction(
    session: Session, make: Make, admin: Viewer, contract: Contract
) -> None:
    signed = make.subscription(make.person().household, contract)
    with db.transaction():
        services.add_dates(session, admin, contract.id, [make.thursday(3)])
    assert len(lines(session, signed)) == 3

    with db.transaction():
        signing.change(session, admin, signed.id, 1, terms(contract))

    assert len(lines(session, signed)) == 4


def test_a_ceded_basket_is_not_lowered(
    session: Session, make: Make, admin: Viewer, contract: Contract
) -> None:
    member = make.person()
    signed = make.subscription(member.household, contract, [2])
    make.offer(member)  # both of the first Thursday
    other_place = contract.places[1].id
    after = contract.dates[0].date + dt.timedelta(days=1)

    for wrong in (
        terms(contract, 1),
        terms(contract, by_product={contract.products[1].id: 2}),
        terms(contract, 2, starts_on=after),
        terms(contract, 2, place_id=other_place),
    ):
        with pytest.raises(rules.Ceded), db.transaction():
            signing.change(session, admin, signed.id, 1, wrong)
    assert len(lines(session, signed)) == 3
    with db.transaction():
        signing.change(session, admin, signed.id, 1, terms(contract, 3))

    assert set(lines(session, signed).values()) == {3}


def test_a_signed_contract_goes_unless_a_basket_was_offered(
    session: Session, make: Make, admin: Viewer, contract: Contract
) -> None:
    plain = make.subscription(make.person().household, contract)
    make.joker(plain, contract.dates[0])
    member = make.person()
    offered = make.subscription(member.household, contract)
    make.offer(member)

    with db.transaction():
        signing.delete_signed(session, admin, plain.id)
    with pytest.raises(rules.InUse), db.transaction():
        signing.delete_signed(session, admin, offered.id)

    assert session.scalars(select(Subscription.id)).all() == [offered.id]
    assert len(lines(session, offered)) == 3


@pytest.mark.parametrize(
    ("role", "adds", "edits"),
    [
        (None, False, False),
        (Role.ADMIN, True, True),
        (Role.REFERENT, True, True),  # of all producers
        (Role.TREASURER, True, True),
        (Role.COORDINATOR, False, False),
        (Role.PRODUCER, False, False),
        (Role.INTERMITTENT_MANAGER, False, False),
    ],
)
def test_who_adds_and_who_corrects(
    session: Session, make: Make, contract: Contract, role: Role | None, adds: bool, edits: bool
) -> None:
    viewer = viewer_of(session, make.person(roles=[role] if role else []))
    signed = make.subscription(make.person().household, contract)
    newcomer = make.person().household

    def may(act: str) -> bool:
        try:
            with db.transaction():
                if act == "sign":
                    signing.sign(session, viewer, contract.id, newcomer.id, terms(contract))
                elif act == "change":
                    signing.change(session, viewer, signed.id, 1, terms(contract))
                else:
                    signing.delete_signed(session, viewer, signed.id)
        except NotAllowed:
            return False
        return True

    assert [may(act) for act in ("sign", "change", "delete")] == [adds, edits, edits]


def test_a_referent_stays_with_his_producers(
    session: Session, make: Make, referent: Viewer
) -> None:
    other = make.contract()
    signed = make.subscription(make.person().household, other)
    newcomer = make.person().household

    with pytest.raises(NotAllowed), db.transaction():
        signing.sign(session, referent, other.id, newcomer.id, terms(other))
    with pytest.raises(NotAllowed), db.transaction():
        signing.change(session, referent, signed.id, 1, terms(other))
    with pytest.raises(NotAllowed), db.transaction():
        signing.delete_signed(session, referent, signed.id)

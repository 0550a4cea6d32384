"""A period of duty with two seats a date, for members of one contract."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py.accounts.models import Person, Role
from amapress_py.contracts.models import Contract
from amapress_py.duty import roster
from amapress_py.duty.models import DutySeat
from amapress_py.duty.roster import PeriodValues
from tests.factories import Make

MakePeriod = Callable[..., int]


@pytest.fixture
def treasurer(make: Make) -> Person:
    return make.person("Thérèse", roles=[Role.TREASURER])


@pytest.fixture
def contract(make: Make) -> Contract:
    return make.contract(dates=[make.thursday(week) for week in range(4)])


@pytest.fixture
def period_of(session: Session, make: Make, treasurer: Person, contract: Contract) -> MakePeriod:
    """Make a period over the contract's four dates, filled."""

    def make_period(
        roles: str = "Responsable\nAide", owed: int = 2, lock_days: int = 2, is_open: bool = True
    ) -> int:
        values = PeriodValues(
            "Hiver", make.thursday(), make.thursday(3), roles, owed, lock_days, is_open
        )
        key = roster.save_period(session, treasurer.id, None, values)
        assert roster.fill(session, treasurer.id, key) == len(contract.dates)
        session.commit()
        return key

    return make_period


@pytest.fixture
def seats(session: Session, period_of: MakePeriod) -> list[DutySeat]:
    """Fill a period as usual and return its seats in order."""
    key = period_of()
    found = select(DutySeat).where(DutySeat.period_id == key)
    return list(session.scalars(found.order_by(DutySeat.delivery_id, DutySeat.position)))

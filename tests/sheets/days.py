"""When the only delivery of a contract is near, and what it means that it moves."""

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py.clock import at
from amapress_py.contracts.models import Contract, Subscription
from amapress_py.deliveries.models import Delivery


def two_days_before(contract: Contract, hour: int = 7) -> dt.datetime:
    """Return that hour, two days before the first delivery."""
    return at(contract.dates[0].date - dt.timedelta(days=2), dt.time(hour))


def a_day_later(session: Session, contract: Contract) -> None:
    """Move the delivery of a contract, and its end, by a day."""
    contract.dates[0].date += dt.timedelta(days=1)
    for delivery in session.scalars(select(Delivery)):
        delivery.date += dt.timedelta(days=1)
        delivery.set_instants()
    for signed in session.scalars(select(Subscription)):
        signed.ends_on += dt.timedelta(days=1)
    session.commit()

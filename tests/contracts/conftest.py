"""Viewers of the back office of contracts."""

import pytest
from sqlalchemy.orm import Session

from amapress_py.accounts.models import Role, Scope
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts.models import Producer
from tests.back_office import viewer_of
from tests.factories import Make


@pytest.fixture
def admin(make: Make, session: Session) -> Viewer:
    return viewer_of(session, make.person(roles=[Role.ADMIN]))


@pytest.fixture
def farm(session: Session) -> Producer:
    farm = Producer(name="Ferme des Noyers")
    session.add(farm)
    session.commit()
    return farm


@pytest.fixture
def referent(make: Make, session: Session, farm: Producer) -> Viewer:
    """Return a référent of the farm, and of no other."""
    person = make.person()
    make.grant(person, Role.REFERENT, Scope.PRODUCER, farm.id)
    return viewer_of(session, person)

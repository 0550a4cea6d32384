"""The pages of a new site, one of another AMAP's site that may show our widgets."""

import pytest
from sqlalchemy.orm import Session

from amapress_py import db, settings
from amapress_py.cms import seed

TOWN = "https://www.mairie.test"


@pytest.fixture(autouse=True)
def pages(session: Session, clock: object) -> None:
    with db.transaction() as current:
        seed.seed(current)
        settings.save(current, {"embed_sites": TOWN})
    session.autoflush = True

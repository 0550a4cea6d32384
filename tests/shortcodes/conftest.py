"""The five pages, as a new site has them."""

import pytest
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.cms import seed


@pytest.fixture(autouse=True)
def pages(session: Session, clock: object) -> None:
    """Make the seed pages; renderers are tested through them, never by import."""
    with db.transaction() as current:
        seed.seed(current)
    session.autoflush = True

"""[evenements]: what comes, for whom."""

import datetime as dt

from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.cms import services
from amapress_py.cms.services import Draft
from amapress_py.events.models import Event, EventKind
from tests.conftest import BrowserFactory
from tests.factories import Make


def test_visitors_read_what_is_public(session: Session, make: Make, browse: BrowserFactory) -> None:
    for title, is_public in (("Fête", True), ("Réunion", False)):
        session.add(
            Event(
                kind=EventKind.PARTY,
                title=title,
                date=make.thursday(),
                opens=dt.time(18),
                closes=dt.time(20),
                place="Salle",
                is_public=is_public,
            )
        )
    session.commit()
    with db.transaction() as current:
        services.save_page(current, None, Draft("Dates", "[evenements nombre=5]"), 0)

    def titles(browser: object) -> list[str]:
        return [one.text for one in browser.visit("/dates").select(".events strong")]  # type: ignore[attr-defined]

    assert titles(browse(None)) == ["Fête"]
    assert titles(browse(make.person())) == ["Fête", "Réunion"]
    framed = browse(make.person()).visit("/embed/evenements").get_text()
    assert "Fête" in framed
    assert "Réunion" not in framed

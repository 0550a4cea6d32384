"""Many at the same instant: an event is announced once, a message to members sent once."""

from collections.abc import Callable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from amapress_py.accounts.models import Role
from amapress_py.contracts.models import ContractMessage
from amapress_py.events.models import Event, EventKind
from amapress_py.mail.models import OutboxMail
from tests.conftest import Browser, BrowserFactory
from tests.crowd import all_at_once
from tests.events.test_queries import add
from tests.factories import Make

CLICKS = 6


def pressing(browser: Browser, path: str, data: dict[str, object]) -> Callable[[], int]:
    """Return a click on a button of a page that was opened before."""
    token = browser.token()
    return lambda: browser.client.post(path, data={"csrf_token": token, **data}).status_code


def test_an_event_is_announced_once(session: Session, make: Make, browse: BrowserFactory) -> None:
    admin = make.person(roles=[Role.ADMIN])
    anna, bruno = make.member("Anna"), make.member("Bruno")
    meeting = add(session, EventKind.PARTY, make.thursday())
    path = f"/admin/evenements/{meeting.id}/annoncer"
    clicks = [pressing(browse(admin), path, {"version": 1}) for _one in range(CLICKS)]
    session.rollback()

    assert all_at_once(clicks) == {303: CLICKS}

    session.expire_all()
    told = session.scalars(select(OutboxMail.person_id)).all()
    assert sorted(told, key=str) == sorted([anna.id, bruno.id], key=str)
    assert session.scalars(select(Event.announced_at)).one() is not None


def test_a_message_is_sent_once(session: Session, make: Make, browse: BrowserFactory) -> None:
    admin, contract = make.person(roles=[Role.ADMIN]), make.contract()
    make.member("Anna", contract)
    words = {"objet": "Bonjour", "texte": "À jeudi.", "action": "envoyer"}
    path = f"/admin/messages/{contract.id}"
    clicks = [pressing(browse(admin), path, dict(words)) for _one in range(CLICKS)]
    session.rollback()

    assert all_at_once(clicks) == {303: 1, 409: CLICKS - 1}

    assert session.scalar(select(func.count()).select_from(ContractMessage)) == 1
    assert session.scalar(select(func.count()).select_from(OutboxMail)) == 1

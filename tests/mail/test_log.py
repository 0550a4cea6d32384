"""The log of mails in the back office: found, understood, sent again."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Person, Role
from amapress_py.exchange import alerts
from amapress_py.exchange.models import Alert
from amapress_py.mail import outbox, sending, services
from amapress_py.mail.models import MailState
from amapress_py.mail.outbox import Recipient
from amapress_py.web import PAGE_SIZE
from tests.back_office import MOST_STATEMENTS, counted, submit
from tests.conftest import BrowserFactory
from tests.factories import Make
from tests.mail.letters import HOME, mails, only_mail, write, write_many
from tests.smtp import SmtpServer

LOG = "/admin/courriels"


@pytest.fixture
def admin(make: Make) -> Person:
    return make.person("Jeanne", roles=[Role.ADMIN])


@pytest.fixture
def manager(make: Make) -> Person:
    return make.person("Irène", roles=[Role.INTERMITTENT_MANAGER])


def test_a_failure_tells_why(
    app: Flask, session: Session, smtp: SmtpServer, browse: BrowserFactory, admin: Person
) -> None:
    smtp.refuse_recipient = lambda _to: "550 mailbox unknown"
    write(session)
    sending.send_due(app)

    listed = browse(admin).visit(LOG)
    detail = browse(admin).visit(f"{LOG}/{only_mail(session).id}")
    for page in (listed, detail):
        assert "Échec" in page.text
        assert "550" in page.text
    assert "Bonjour Anna," in detail.text


def test_filters_and_search(
    app: Flask, session: Session, smtp: SmtpServer, browse: BrowserFactory, admin: Person
) -> None:
    write(session, Recipient("zoe@example.org", "Zoé Élan"))
    sending.send_due(app)
    write(session, Recipient("marc@example.org", "Marc 100%"))
    browser = browse(admin)

    for query, found in {
        "etat=sent": {"zoe@example.org"},
        "etat=queued": {"marc@example.org"},
        "etat=failed": set[str](),
        "etat=nonsense": {"zoe@example.org", "marc@example.org"},
        "q=zoe+elan": {"zoe@example.org"},
        "q=100%25": {"marc@example.org"},
        "q=%25%25": set(),
        "page=99999": {"zoe@example.org", "marc@example.org"},
    }.items():
        page = browser.visit(f"{LOG}?{query}")
        assert {one.text for one in page.select("main td small") if "@" in one.text} == found, query


def test_a_long_log_is_paged_with_few_statements(
    app: Flask, session: Session, browse: BrowserFactory, admin: Person
) -> None:
    write_many(session, 60)
    session.rollback()
    browser = browse(admin)

    with counted(app) as said:
        page = browser.visit(f"{LOG}?page=3")

    assert len(page.select("main tbody tr")) == PAGE_SIZE
    assert len(said) <= MOST_STATEMENTS


def test_sending_again(
    app: Flask, session: Session, smtp: SmtpServer, browse: BrowserFactory, admin: Person
) -> None:
    smtp.refuse_recipient = lambda _to: "550 unknown"
    write(session)
    sending.send_due(app)
    mail_id = only_mail(session).id

    answer = submit(browse(admin), f"{LOG}/{mail_id}/renvoyer")
    smtp.refuse_recipient = lambda _to: None
    sending.send_due(app)

    assert answer.status_code == 303
    assert only_mail(session).state is MailState.SENT
    assert len(smtp.messages) == 1


def test_a_mail_that_arrived_leaves_again_as_a_new_one(
    app: Flask, session: Session, smtp: SmtpServer, browse: BrowserFactory, admin: Person
) -> None:
    write(session)
    sending.send_due(app)
    submit(browse(admin), f"{LOG}/{only_mail(session).id}/renvoyer")
    sending.send_due(app)

    first, second = smtp.messages
    assert first.id != second.id


def test_what_is_not_sent_again(
    app: Flask, session: Session, smtp: SmtpServer, browse: BrowserFactory, admin: Person
) -> None:
    sending.plug_guard(app, "letter:", lambda _session, _mail: False)
    write_many(session, 1, topic="letter:1")
    sending.send_due(app)
    write(session)
    with db.transaction() as current:
        services.claim(current, "a worker")
    dropped, leased = mails(session)
    browser = browse(admin)

    assert "ne veut plus" in browser.post(f"{LOG}/{dropped.id}/renvoyer", page=LOG).text
    assert "en train de partir" in browser.post(f"{LOG}/{leased.id}/renvoyer", page=LOG).text
    assert [mail.state for mail in mails(session)] == ["dropped", "queued"]
    assert "Renvoyer" not in browser.visit(f"{LOG}/{dropped.id}").text


def test_the_html_part_can_do_nothing(
    session: Session, browse: BrowserFactory, admin: Person
) -> None:
    write(session, message="<script>alert(1)</script>")
    browser = browse(admin)
    mail_id = only_mail(session).id

    frame = browser.visit(f"{LOG}/{mail_id}").select_one("iframe")
    assert frame is not None
    assert frame.has_attr("sandbox")
    assert not frame["sandbox"]
    response = browser.client.get(str(frame["src"]))
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("sandbox")
    assert "frame-ancestors 'self'" in policy
    assert b"<script>" not in response.data


def test_links_into_accounts_are_not_shown(
    session: Session, browse: BrowserFactory, admin: Person
) -> None:
    secret = f"{HOME}/compte/mot-de-passe/abcdef"
    with db.transaction() as current:
        outbox.post(
            current,
            "test/hello",
            [Recipient("anna@example.org", "Anna")],
            first_name="Anna",
            message="",
            link=secret,
        )
    mail = only_mail(session)
    mail.event = "accounts/reset"
    session.commit()
    browser = browse(admin)

    for path in (f"{LOG}/{mail.id}", f"{LOG}/{mail.id}/html"):
        assert "abcdef" not in browser.client.get(path).text


def test_a_manager_sees_the_mails_of_the_exchange_only(
    session: Session, browse: BrowserFactory, manager: Person
) -> None:
    write(session)
    write(session, Recipient("bruno@example.org", "Bruno"), event="exchange/test")
    other, own = mails(session)
    browser = browse(manager)

    page = browser.visit(LOG)
    assert "bruno@example.org" in page.text
    assert "anna@example.org" not in page.text
    browser.visit(f"{LOG}/{own.id}")
    browser.visit(f"{LOG}/{other.id}", status=404)
    browser.visit(f"{LOG}/{other.id}/html", status=404)
    submit(browser, f"{LOG}/{other.id}/renvoyer")
    assert mails(session)[0].attempts == 0


@pytest.mark.parametrize("path", [LOG, f"{LOG}/1", f"{LOG}/1/html"])
def test_others_see_nothing(
    session: Session, make: Make, browse: BrowserFactory, path: str
) -> None:
    write(session)

    browse(make.person(roles=[Role.TREASURER])).visit(path, status=403)
    assert browse().client.get(path).status_code == 303


def test_an_empty_log_says_what_it_is_for(browse: BrowserFactory, admin: Person) -> None:
    assert "Aucun courriel n’a encore été écrit" in browse(admin).visit(LOG).text


@pytest.mark.parametrize("number", ["0", "999999999999999999999999", "x"])
def test_a_mail_that_is_none(browse: BrowserFactory, admin: Person, number: str) -> None:
    browse(admin).visit(f"{LOG}/{number}", status=404)


def test_nobody_acts_for_a_reader_by_the_links_of_the_log(
    session: Session, make: Make, browse: BrowserFactory
) -> None:
    make.intermittent("Bruno")
    make.offer(make.member("Anna"))
    with db.transaction() as current:
        alerts.write_alert(current, current.scalars(select(Alert.id)).one())
    session.rollback()
    mail = next(one for one in outbox.pending(session) if one.event == "exchange/alert")

    manager = browse(make.person(roles=[Role.INTERMITTENT_MANAGER]))
    page = manager.visit(f"/admin/courriels/{mail.id}").get_text()
    html = manager.client.get(f"/admin/courriels/{mail.id}/html").text

    for shown in (page, html):
        assert "/paniers/interesse/" not in shown
        assert "/desinscription/" not in shown
        assert "[lien personnel]" in shown
    assert "?offre=" in page

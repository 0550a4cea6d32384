"""The page of the demo: each mail as its reader sees it."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from amapress_py import db, jobs
from amapress_py.config import Config
from amapress_py.mail import outbox
from amapress_py.mail.outbox import Recipient
from tests.conftest import BrowserFactory
from tests.mail.letters import ANNA, HOME, mails, only_mail, write
from tests.mail.test_messages import ICS
from tests.smtp import SmtpServer

BOX = "/demo/courriels"


@pytest.fixture
def config(config: Config) -> Config:
    return replace(config, demo=True, smtp_url=Config.smtp_url)


def test_nothing_leaves_and_everything_can_be_read(
    app: Flask, session: Session, smtp: SmtpServer, browse: BrowserFactory
) -> None:
    with db.transaction() as current:
        outbox.post(
            current,
            "test/hello",
            [ANNA],
            reply_to="bruno@example.org",
            headers={"List-Unsubscribe": f"<{HOME}/desinscription/1>"},
            calendar=ICS,
            first_name="Anna",
            message="Un panier.",
            link=f"{HOME}/paniers/1",
        )
    jobs.run_once(app)
    visitor = browse()
    mail_id = only_mail(session).id

    assert not smtp.messages
    assert only_mail(session).state == "sent"
    page = visitor.visit(f"{BOX}/{mail_id}")
    for text in (
        "amap@example.org",
        "Anna Dupont <anna@example.org>",
        "bruno@example.org",
        "Bonjour Anna",
        f"<{HOME}/desinscription/1>",
        f"{HOME}/paniers/1",
    ):
        assert text in page.text
    frame = page.select_one("iframe")
    assert frame is not None
    html = visitor.visit(str(frame["src"]))
    assert html.select("td a")[1]["href"] == f"{HOME}/paniers/1"
    assert html.select("td a")[1]["target"] == "_blank"
    (calendar,) = [a for a in page.select("main a") if a.text == "panier.ics"]
    response = visitor.client.get(str(calendar["href"]))
    assert response.mimetype == "text/calendar"
    assert response.text == ICS


def test_the_box_of_one_reader_newest_first(
    app: Flask, session: Session, browse: BrowserFactory
) -> None:
    write(session, first_name="Un")
    write(session, first_name="Deux")
    write(session, Recipient("bruno@example.org", "Bruno"), first_name="Trois")

    def subjects(path: str) -> list[str]:
        found = browse().visit(path).select("tbody td[data-label=Objet] a")
        return [one.text for one in found]

    assert subjects(BOX) == ["Bonjour Trois", "Bonjour Deux", "Bonjour Un"]
    assert subjects(f"{BOX}?pour=Anna@example.org") == ["Bonjour Deux", "Bonjour Un"]
    assert subjects(f"{BOX}?pour=nobody@example.org") == []


def test_a_mail_that_nobody_gets_is_not_in_the_box(
    app: Flask, session: Session, browse: BrowserFactory
) -> None:
    write(session)
    (mail,) = mails(session)
    mail.state = type(mail.state).DROPPED
    session.commit()

    assert "anna@example.org" not in browse().visit(BOX).select_one("main").text  # type: ignore[union-attr]


class TestWhereMailsReallyLeave:
    """The page does not exist outside a demo."""

    @pytest.fixture
    def config(self, config: Config) -> Config:
        return replace(config, demo=False)

    @pytest.mark.parametrize("rest", ["", "/1", "/1/html", "/1/panier.ics"])
    def test_not_found(self, session: Session, browse: BrowserFactory, rest: str) -> None:
        write(session)

        browse().visit(BOX + rest, status=404)

"""What is found wrong with mails, the trial mail, and sending again what failed."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from amapress_py import clock, db, settings
from amapress_py.accounts.models import Person
from amapress_py.config import Config
from amapress_py.mail import outbox, queries, sending
from amapress_py.mail.models import MailState, OutboxMail
from amapress_py.mail.outbox import Recipient
from amapress_py.mail.smtp import Connection
from tests.health.conftest import Machine, Screen
from tests.smtp import SmtpServer

EVENT = "accounts/password_changed"
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
STUCK = "1 courriel attend depuis le"
TRIAL = "Envoyer un courriel d’essai à mon adresse"


@pytest.fixture
def smtp(app: Flask, machine: Machine) -> Iterator[SmtpServer]:
    """Let mails go to a real server."""
    with SmtpServer() as server:
        machine(smtp_url=server.url)
        sending.init_app(app)
        yield server


def write(session: Session, state: MailState, ago: timedelta, error: str = "") -> int:
    """Write a mail that was in that state for a while."""
    with db.transaction() as current:
        outbox.post(current, EVENT, [Recipient("zoe@amap.test", "Zoé")], first_name="Zoé")
        mail = current.scalars(select(OutboxMail).order_by(OutboxMail.id.desc()).limit(1)).one()
        at = clock.now() - ago
        mail.state, mail.created_at, mail.next_try_at, mail.error = state, at, at, error
        mail.sent_at = at if state is MailState.SENT else None
        return mail.id


def last(session: Session) -> OutboxMail:
    session.rollback()
    session.expire_all()
    return session.scalars(select(OutboxMail).order_by(OutboxMail.id.desc()).limit(1)).one()


def test_a_mail_that_waits_a_little_is_nothing(screen: Screen, session: Session) -> None:
    write(session, MailState.QUEUED, 14 * MINUTE)

    assert screen.told() == []


def test_mails_that_do_not_leave_are_told_with_the_reason(screen: Screen, session: Session) -> None:
    write(session, MailState.SENT, 2 * DAY)
    write(session, MailState.QUEUED, 20 * MINUTE, "535 wrong password <b>")

    told = screen.required()

    assert told[0].startswith(f"{STUCK} dimanche 22 novembre 2026 à 8 h 40 et rien ne part.")
    assert "« 535 wrong password <b> »" in told[0]
    assert screen.link(STUCK, "Voir les courriels") == "/admin/courriels"


def test_one_mail_that_waits_while_others_leave_is_nothing(
    screen: Screen, session: Session
) -> None:
    write(session, MailState.QUEUED, HOUR, "450 greylisted")
    write(session, MailState.SENT, MINUTE)

    assert screen.told() == []


def test_a_rate_makes_mails_wait(screen: Screen, session: Session) -> None:
    with db.transaction() as current:
        settings.save(current, {"mails_per_minute": 1})
    for _number in range(10):
        write(session, MailState.QUEUED, 20 * MINUTE)

    assert screen.told() == []


def test_failures_while_others_leave_are_addresses_and_can_be_sent_again(
    screen: Screen, session: Session
) -> None:
    failed = write(session, MailState.FAILED, HOUR, "550 no such user")
    write(session, MailState.SENT, MINUTE)
    assert screen.required() == []
    sentence = "1 courriel n’a pas pu être remis ces derniers jours"
    form = screen.form(sentence, "Renvoyer")

    screen.send(form)
    screen.send(form)

    assert screen.told() == []
    session.expire_all()
    assert session.get_one(OutboxMail, failed).state is MailState.QUEUED


def test_failures_and_nothing_else_mean_that_mail_does_not_work(
    screen: Screen, session: Session
) -> None:
    write(session, MailState.SENT, DAY)
    write(session, MailState.FAILED, HOUR, "554 blocked")

    assert screen.required()[0].startswith("Les derniers courriels n’ont pas pu partir.")
    screen.press("Les derniers courriels", "Renvoyer")
    assert screen.told() == []


def test_failures_of_last_week_are_forgotten(screen: Screen, session: Session) -> None:
    write(session, MailState.FAILED, 7 * DAY)

    assert screen.told() == []


def test_the_sender_nobody_set_is_told(screen: Screen, machine: Machine) -> None:
    machine(mail_from=Config.mail_from)

    assert screen.required()[0].startswith(
        "L’adresse de l’expéditeur est encore « amap@localhost »"
    )


def test_a_trial_mail_arrives_at_once(
    screen: Screen, session: Session, smtp: SmtpServer, well: Person
) -> None:
    write(session, MailState.QUEUED, HOUR)

    told = screen.press(STUCK, TRIAL)

    assert told.startswith(f"Le serveur de courriel a pris le courriel d’essai pour {well.email}.")
    assert [one.to for one in smtp.messages] == [well.email]
    assert last(session).state is MailState.SENT


def test_a_server_that_refuses_says_why(
    screen: Screen, session: Session, smtp: SmtpServer, app: Flask
) -> None:
    write(session, MailState.QUEUED, HOUR)
    app.extensions["mail"].port = 1  # nobody listens there

    told = screen.press(STUCK, TRIAL)

    assert told.startswith("Le serveur de courriel l’a refusé :")
    assert "refused" in told
    trial = last(session)
    assert (trial.event, trial.state) == (queries.TRIAL, MailState.FAILED)
    assert len(screen.told()) == 1  # the trial is no mail that somebody waits for


def test_an_admin_without_address_is_told(screen: Screen, session: Session, well: Person) -> None:
    write(session, MailState.QUEUED, HOUR)
    session.execute(update(Person).where(Person.id == well.id).values(email=None))
    session.commit()

    assert screen.press(STUCK, TRIAL).startswith("Votre fiche n’a pas d’adresse mail")


def test_looking_calls_no_server(
    screen: Screen, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def called(_self: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Connection, "configure_host", called)
    write(session, MailState.QUEUED, HOUR)

    assert len(screen.told()) == 1

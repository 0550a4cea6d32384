"""The worker's part: leases, retries, guard, rate, and the server's moods."""

import socket
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from amapress_py import clock as now
from amapress_py import db, jobs, settings
from amapress_py.config import Config, ConfigurationError
from amapress_py.mail import rules, sending, services
from amapress_py.mail import smtp as smtp_client
from amapress_py.mail.models import MailState, OutboxMail
from amapress_py.mail.outbox import Recipient
from tests.mail.letters import mails, only_mail, write, write_many
from tests.smtp import SmtpServer

Clock = time_machine.Traveller


def test_a_mail_is_sent_once(app: Flask, session: Session, smtp: SmtpServer) -> None:
    write(session)

    assert sending.send_due(app) == 1
    assert sending.send_due(app) == 0

    mail = only_mail(session)
    assert len(smtp.messages) == 1
    assert (mail.state, mail.attempts, mail.lease_by) == (MailState.SENT, 1, "")
    assert mail.sent_at is not None


def test_many_go_over_one_connection(app: Flask, session: Session, smtp: SmtpServer) -> None:
    write_many(session, 30)

    assert sending.send_due(app) == 30
    assert smtp.connections == 1
    assert {one.to for one in smtp.messages} == {f"reader{i}@example.org" for i in range(30)}


def test_an_answer_to_a_click_goes_before_an_alert(
    app: Flask, session: Session, smtp: SmtpServer
) -> None:
    write_many(session, 3)
    write(session)
    sending.send_due(app)

    assert smtp.messages[0].to == "anna@example.org"


def test_a_temporary_refusal_is_tried_again_later_and_later(
    app: Flask, session: Session, smtp: SmtpServer, clock: Clock
) -> None:
    smtp.refuse_recipient = lambda _address: "450 greylisted"
    write(session)

    for tried, minutes in enumerate((1, 5, 15, 60), start=1):
        assert sending.send_due(app) == 0
        mail = only_mail(session)
        assert (mail.state, mail.attempts) == (MailState.QUEUED, tried)
        assert mail.error == "450 greylisted"
        assert mail.next_try_at == now.now() + timedelta(minutes=minutes)
        clock.shift(timedelta(minutes=minutes, seconds=-1))
        assert sending.send_due(app) == 0
        assert only_mail(session).attempts == tried
        clock.shift(timedelta(seconds=1))
    smtp.refuse_recipient = lambda _address: None
    assert sending.send_due(app) == 1
    assert only_mail(session).error == ""


def test_a_final_refusal_keeps_the_reason(app: Flask, session: Session, smtp: SmtpServer) -> None:
    smtp.refuse_recipient = lambda to: "550 no such user" if to.startswith("reader1@") else None
    write_many(session, 3)

    assert sending.send_due(app) == 2
    assert [mail.state for mail in mails(session)] == ["sent", "failed", "sent"]
    assert mails(session)[1].error == "550 no such user"


def test_a_refusal_of_the_content(app: Flask, session: Session, smtp: SmtpServer) -> None:
    smtp.refuse_content = lambda _to: "554 looks like spam"
    write(session)
    sending.send_due(app)

    assert only_mail(session).state is MailState.FAILED
    assert only_mail(session).error == "554 looks like spam"


def test_it_is_given_up_after_days(
    app: Flask, session: Session, smtp: SmtpServer, clock: Clock
) -> None:
    smtp.refuse_recipient = lambda _address: "450 try later"
    write(session)

    for _try in range(rules.MOST_ATTEMPTS):
        sending.send_due(app)
        clock.shift(timedelta(hours=6))

    mail = only_mail(session)
    assert (mail.state, mail.attempts) == (MailState.FAILED, rules.MOST_ATTEMPTS)


def test_a_server_that_is_down_for_a_day_loses_nothing(
    app: Flask, session: Session, smtp: SmtpServer, clock: Clock
) -> None:
    server, port = app.extensions["mail"].server, smtp.port
    app.extensions["mail"].port = 1  # nobody listens there
    write_many(session, 3)

    for _hour in range(24):
        assert sending.send_due(app) == 0
        clock.shift(timedelta(hours=1))
    assert all(mail.state is MailState.QUEUED for mail in mails(session))
    assert mails(session)[0].error.startswith(str(services.UNREACHABLE))

    app.extensions["mail"].port = port
    write(session)  # the first that gets through wakes the others
    assert server == "127.0.0.1"
    assert sending.send_due(app) == 4


def test_a_server_that_hangs_up_gets_a_new_connection(
    app: Flask, session: Session, smtp: SmtpServer, clock: Clock
) -> None:
    smtp.refuse_recipient = lambda to: (
        "421 too many" if to.startswith("reader1@") and smtp.refusals == 0 else None
    )
    write_many(session, 4)

    jobs.run_once(app)
    assert len(smtp.messages) == 3
    clock.shift(timedelta(minutes=1))
    jobs.run_once(app)
    assert len(smtp.messages) == 4
    assert smtp.connections == 3


def test_a_leased_mail_is_left_alone_until_the_lease_ends(
    app: Flask, session: Session, smtp: SmtpServer, clock: Clock
) -> None:
    write(session)
    with db.transaction() as current:
        claimed = services.claim(current, "a worker that dies")
    assert claimed is not None

    assert sending.send_due(app) == 0
    clock.shift(rules.lease() - timedelta(seconds=1))
    assert sending.send_due(app) == 0
    clock.shift(timedelta(seconds=1))
    assert sending.send_due(app) == 1
    assert smtp.messages[0].id == claimed.message_id
    assert only_mail(session).attempts == 2


def test_two_workers_never_hold_one_mail(session: Session) -> None:
    write_many(session, 2)

    claimed = set[int]()
    for worker in ("one", "two", "three"):
        with db.transaction() as current:
            mail = services.claim(current, worker)
        claimed |= {mail.id} if mail else set()

    assert len(claimed) == 2


def test_the_guard_drops_what_is_no_longer_wanted(
    app: Flask, session: Session, smtp: SmtpServer
) -> None:
    asked = list[str]()

    def wants(_session: Session, mail: OutboxMail) -> bool:
        asked.append(mail.to_address)
        return mail.to_address != "reader1@example.org"

    sending.plug_guard(app, "letter", wants)
    write_many(session, 3, topic="letter:1")
    write(session)
    sending.send_due(app)

    assert asked == [f"reader{i}@example.org" for i in range(3)]
    assert [mail.state for mail in mails(session)] == ["sent", "dropped", "sent", "sent"]
    assert len(smtp.messages) == 3


def test_a_guard_that_breaks_holds_up_nobody_else(
    app: Flask, session: Session, smtp: SmtpServer
) -> None:
    def breaks(_session: Session, _mail: OutboxMail) -> bool:
        raise LookupError("bug")

    sending.plug_guard(app, "letter", breaks)
    write_many(session, 1, topic="letter:1")
    write_many(session, 1, topic="other:1")

    assert sending.send_due(app) == 1
    assert mails(session)[0].error == "LookupError: bug"
    assert mails(session)[0].state is MailState.QUEUED


def test_an_impossible_address_fails_alone(app: Flask, session: Session, smtp: SmtpServer) -> None:
    write(session, Recipient("nonsense", "Nobody"), Recipient("anna@example.org", "Anna"))

    assert sending.send_due(app) == 1
    assert mails(session)[0].state is MailState.FAILED
    assert "nonsense" in mails(session)[0].error


def test_a_minute_never_sees_more_than_the_rate(
    app: Flask, session: Session, smtp: SmtpServer, clock: Clock
) -> None:
    with db.transaction() as current:
        settings.save(current, {"mails_per_minute": 10})
    write_many(session, 25)
    smtp.refuse_recipient = lambda to: "450 later" if to.startswith("reader0@") else None

    assert sending.send_due(app, "one") == 9  # and a try that was refused
    assert sending.send_due(app, "two") == 0
    clock.shift(timedelta(seconds=50))
    assert sending.send_due(app, "one") == 0
    clock.shift(timedelta(seconds=10))
    assert sending.send_due(app, "two") == 10
    clock.shift(timedelta(minutes=1))
    assert sending.send_due(app, "one") == 5


def test_a_demo_without_a_server_sends_nothing_away(config: Config) -> None:
    assert sending.stays_here(replace(config, demo=True, smtp_url=Config.smtp_url))
    assert not sending.stays_here(replace(config, demo=True))
    assert not sending.stays_here(replace(config, smtp_url=Config.smtp_url))


@pytest.mark.parametrize(
    ("url", "server", "port", "tls", "ssl", "user", "password"),
    [
        ("smtp://127.0.0.1", "127.0.0.1", 25, False, False, None, None),
        ("smtp+tls://a%40b.fr:p%3Aw@mail.b.fr", "mail.b.fr", 587, True, False, "a@b.fr", "p:w"),
        ("smtps://u:p@mail.b.fr:466", "mail.b.fr", 466, False, True, "u", "p"),
    ],
)
def test_the_servers_address(
    url: str, server: str, port: int, tls: bool, ssl: bool, user: str | None, password: str | None
) -> None:
    assert list(smtp_client.options(url).values()) == [server, port, tls, ssl, user, password]


@pytest.mark.parametrize("url", ["http://x", "mail.example.org", "smtp://x:port", ""])
def test_a_wrong_address_stops_the_start(url: str) -> None:
    with pytest.raises(ConfigurationError, match="AMAPRESS_SMTP_URL"):
        smtp_client.options(url)


def test_log_in_at_the_server(app: Flask, session: Session) -> None:
    with SmtpServer(login=("amap", "secret")) as server:
        state = app.extensions["mail"]
        state.port, state.username, state.password = server.port, "amap", "wrong"
        write(session)
        assert sending.send_due(app) == 0
        assert "535" in only_mail(session).error

        state.password = "secret"
        with db.transaction() as current:
            services.resend(current, only_mail(session).id)
        assert sending.send_due(app) == 1


def test_a_server_without_encryption_is_not_told_the_password(
    app: Flask, session: Session, smtp: SmtpServer
) -> None:
    app.extensions["mail"].use_tls = True
    write(session)

    assert sending.send_due(app) == 0
    assert "STARTTLS" in only_mail(session).error
    assert not smtp.messages


def test_a_server_that_never_answers_is_given_up(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "LEASE", timedelta(seconds=3))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        app.extensions["mail"].port = silent.getsockname()[1]
        write(session)
        assert sending.send_due(app) == 0

    assert "timed out" in only_mail(session).error

"""The queue: hints after the commit, a sweep besides, and a worker that stops when told."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from amapress_py import db, jobs
from amapress_py.config import Config
from amapress_py.jobs import Job
from amapress_py.mail.models import MailState
from tests.mail.letters import mails, only_mail, write, write_many
from tests.smtp import SmtpServer

Worker = Callable[[Flask], None]
HEEDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@pytest.fixture
def worker() -> Iterator[Worker]:
    """Run a worker in this process, without its log and not for ever; give the signals back."""
    logger = logging.getLogger("huey")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    before = {number: signal.getsignal(number) for number in HEEDED}
    too_long = threading.Timer(20, stop_worker)
    too_long.start()
    yield jobs.run_worker
    too_long.cancel()
    for number, handler in before.items():
        signal.signal(number, handler)
    logger.setLevel(level)


def hints(app: Flask) -> int:
    found: jobs.Queue = app.extensions[jobs.EXTENSION]
    return len(found.huey)


def test_a_commit_rings_once(app: Flask, session: Session) -> None:
    with db.transaction() as current:
        write_rows = 3
        for _row in range(write_rows):
            db.after_commit(current, "mail.send", lambda: jobs.ring("mail.send"))
        assert hints(app) == 0

    assert hints(app) == 1


def test_a_queue_that_is_away_stops_nobody(
    app: Flask, session: Session, config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    app.extensions["amapress_config"] = replace(config, queue_url="redis://127.0.0.1:1/0")

    write(session)

    assert only_mail(session).state is MailState.QUEUED
    assert "queue cannot be reached" in caplog.text


def test_run_once_follows_what_is_rung(app: Flask) -> None:
    done = list[str]()

    def first(app: Flask) -> None:
        done.append("first")

    def second(app: Flask) -> None:
        done.append("second")
        jobs.ring("first")

    def daily(app: Flask) -> None:
        done.append("daily")

    jobs.init_app(
        app,
        [Job("first", first, "minute"), Job("second", second, "minute"), Job("d", daily, "day")],
    )
    jobs.run_once(app)

    assert done == ["first", "second", "first"]


def test_the_mail_of_a_change_leaves_by_run_once(
    app: Flask, session: Session, smtp: SmtpServer
) -> None:
    write(session)
    jobs.run_once(app)

    assert [one.to for one in smtp.messages] == ["anna@example.org"]


def stop_worker() -> None:
    """Send this process SIGTERM, as soon as the worker listens to it."""
    while signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGTERM)


def test_the_worker_hears_the_bell_and_stops_on_sigterm(
    app: Flask, session: Session, smtp: SmtpServer, worker: Worker
) -> None:
    def stop_when_sent() -> None:
        deadline = time.monotonic() + 10
        while not smtp.messages and time.monotonic() < deadline:
            time.sleep(0.05)
        stop_worker()

    write(session)
    stopper = threading.Thread(target=stop_when_sent)
    stopper.start()
    begun = time.monotonic()
    worker(app)
    stopper.join()

    assert time.monotonic() - begun < 8
    assert jobs.is_stopping(app)
    assert only_mail(session).state is MailState.SENT


def test_a_worker_that_stops_finishes_the_mail_it_holds(
    app: Flask, session: Session, smtp: SmtpServer, worker: Worker
) -> None:
    def slow(_address: str) -> None:
        if len(smtp.messages) == 2:
            stop_worker()
            time.sleep(0.5)

    smtp.refuse_content = slow
    write_many(session, 20)
    worker(app)

    states = [mail.state for mail in mails(session)]
    assert states.count(MailState.SENT) == len(smtp.messages) < 20
    assert not [mail for mail in mails(session) if mail.lease_by]


def test_daily_jobs_run_when_the_worker_starts(app: Flask, worker: Worker) -> None:
    done = threading.Event()

    def daily(app: Flask) -> None:
        done.set()
        stop_worker()

    jobs.init_app(app, [Job("daily", daily, "day")])
    worker(app)

    assert done.is_set()

"""The worker is killed again and again while a thousand alerts go out: nobody is forgotten."""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from amapress_py import jobs
from amapress_py.config import Config
from amapress_py.mail.models import MailState, OutboxMail
from amapress_py.mail.outbox import SEND
from tests.mail.letters import write_many
from tests.smtp import SmtpServer

ALERTS = 300
KILLS = 3
SEED = 20261122
HURRY = 24  # leases of 5 s instead of 2 minutes, pauses of 2.5 s instead of 1 minute
PATIENCE_SECONDS = 240  # on a machine that does much else; usually a few tens


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.thorough)])
def config(request: pytest.FixtureRequest, config: Config, smtp: SmtpServer) -> Iterator[Config]:
    """Name the database, whatever the rest of the run uses."""
    if request.param == "sqlite":
        yield replace(config, database_url=f"sqlite:///{config.data_folder / 'killed.db'}")
    else:
        with request.getfixturevalue("postgres").database() as url:
            yield replace(config, database_url=url)


def environment(config: Config) -> dict[str, str]:
    return os.environ | {
        "AMAPRESS_SECRET_KEY": config.secret_key,
        "AMAPRESS_DATABASE_URL": config.database_url,
        "AMAPRESS_DATA_FOLDER": str(config.data_folder),
        "AMAPRESS_SMTP_URL": config.smtp_url,
        "AMAPRESS_MAIL_FROM": config.mail_from,
        "AMAPRESS_BASE_URL": config.base_url,
        "AMAPRESS_TESTING": "1",
        "AMAPRESS_MAIL_HURRY": str(HURRY),
    }


def refuse_now_and_then(smtp: SmtpServer, chance: random.Random) -> None:
    """Refuse one address in ten the first time: half before, half after the text is sent."""
    addresses = [f"reader{i}@example.org" for i in range(ALERTS)]
    chosen = chance.sample(addresses, ALERTS // 10)
    early, late = set(chosen[::2]), set(chosen[1::2])

    def refuse(waiting: set[str], address: str) -> str | None:
        if address not in waiting:
            return None
        waiting.remove(address)
        return "451 not now"

    smtp.refuse_recipient = lambda address: refuse(early, address)
    smtp.refuse_content = lambda address: refuse(late, address)


def wait_for(smtp: SmtpServer, number: int, worker: subprocess.Popen[bytes]) -> None:
    """Wait until the server got `number` mails."""
    deadline = time.monotonic() + 30
    while len(smtp.messages) < number:
        assert worker.poll() is None, "the worker stopped by itself"
        assert time.monotonic() < deadline, f"{len(smtp.messages)} mails came, not {number}"
        time.sleep(0.01)


def unsent(session: Session) -> int:
    session.rollback()
    query = select(func.count()).where(OutboxMail.state != MailState.SENT)
    return session.scalar(query) or 0


def test_hundreds_of_alerts_and_a_worker_that_is_killed(
    app: Flask, config: Config, session: Session, smtp: SmtpServer
) -> None:
    chance = random.Random(SEED)
    refuse_now_and_then(smtp, chance)
    write_many(session, ALERTS)
    begun = time.monotonic()

    for kill in range(1, KILLS + 1):
        worker = jobs.start_worker_process(environment(config))
        goal = kill * ALERTS // (KILLS + 2)
        wait_for(smtp, max(goal, len(smtp.messages) + 1), worker)
        time.sleep(chance.uniform(0, 0.2))
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    worker = jobs.start_worker_process(environment(config))
    while unsent(session) and time.monotonic() - begun < PATIENCE_SECONDS:
        jobs.ring(SEND)  # a sweep, sooner than after a minute
        time.sleep(0.5)
    worker.terminate()
    assert worker.wait(10) == 0

    copies = Counter(one.id for one in smtp.messages)
    duplicates = sum(copies.values()) - len(copies)
    print(
        f"\n{app.extensions['amapress_engine'].name}: {ALERTS} alerts, {KILLS} kills,"
        f" {smtp.refusals} refusals: {len({one.to for one in smtp.messages})} readers got one,"
        f" {duplicates} duplicates, in {time.monotonic() - begun:.0f} s"
    )
    assert unsent(session) == 0
    assert {one.to for one in smtp.messages} == {f"reader{i}@example.org" for i in range(ALERTS)}
    assert len(copies) == ALERTS  # a duplicate has the same Message-ID
    assert duplicates <= KILLS

"""Several workers at once, with real connections."""

import threading
from collections import Counter

from flask import Flask
from sqlalchemy.orm import Session

from amapress_py import db, settings
from amapress_py.mail import sending
from tests.mail.letters import mails, write_many
from tests.smtp import SmtpServer

WORKERS = 4


def send_at_once(app: Flask) -> list[int]:
    """Let all workers begin at the same moment; return how many mails each sent."""
    sent = list[int]()
    begin = threading.Barrier(WORKERS)

    def work(number: int) -> None:
        begin.wait()
        sent.append(sending.send_due(app, f"worker {number}"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sent


def test_workers_share_the_work_and_nobody_gets_two(
    app: Flask, session: Session, smtp: SmtpServer
) -> None:
    write_many(session, 100)
    session.rollback()

    assert sum(send_at_once(app)) == 100
    assert set(Counter(one.to for one in smtp.messages).values()) == {1}
    assert {mail.state for mail in mails(session)} == {"sent"}
    assert {mail.attempts for mail in mails(session)} == {1}


def test_the_rate_is_that_of_all_workers_together(
    app: Flask, session: Session, smtp: SmtpServer
) -> None:
    with db.transaction() as current:
        settings.save(current, {"mails_per_minute": 10})
    write_many(session, 40)
    session.rollback()

    assert sum(send_at_once(app)) == 10
    assert len(smtp.messages) == 10

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import time_machine
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts import jobs, throttle
from amapress_py.accounts.models import Throttle

HOUR = 3600


def test_the_first_tries_of_a_window_pass(session: Session, clock: time_machine.Traveller) -> None:
    assert [throttle.hit(session, "key", 3, HOUR) for _try in range(5)] == [True] * 3 + [False] * 2

    clock.shift(HOUR - 1)
    assert not throttle.hit(session, "key", 3, HOUR)

    clock.shift(1)
    assert throttle.hit(session, "key", 3, HOUR)


def test_keys_count_apart_however_long(session: Session) -> None:
    assert throttle.hit(session, "a", 1, HOUR)
    assert throttle.hit(session, "b" * 500, 1, HOUR)
    assert not throttle.hit(session, "b" * 500, 1, HOUR)


def test_forgiving_starts_again(session: Session) -> None:
    throttle.hit(session, "key", 1, HOUR)
    throttle.forgive(session, "key")

    assert throttle.hit(session, "key", 1, HOUR)


def test_parallel_tries_are_all_counted(app: Flask) -> None:
    def attempt(_number: int) -> bool:
        with app.app_context(), db.transaction() as session:
            return throttle.hit(session, "key", 5, HOUR)

    with ThreadPoolExecutor(8) as pool:
        allowed = list(pool.map(attempt, range(24)))

    assert sum(allowed) == 5


def test_the_job_forgets_ended_windows_only(
    app: Flask, session: Session, clock: time_machine.Traveller
) -> None:
    throttle.hit(session, "old", 1, HOUR)
    clock.shift(timedelta(hours=2))
    throttle.hit(session, "new", 1, HOUR)
    session.commit()

    jobs.forget_tries(app)

    assert session.scalars(select(Throttle.key)).all() == ["new"]
    assert session.scalar(select(func.count()).select_from(Throttle)) == 1

"""What the worker does about persons."""

from flask import Flask

from amapress_py import db
from amapress_py.accounts import accesses, throttle
from amapress_py.jobs import Job


def forget_tries(_app: Flask) -> None:
    """Delete the counters of tries whose time is over."""
    with db.transaction() as session:
        throttle.forget_old(session)


def forget_accesses(_app: Flask) -> None:
    """Delete the lines of the journal of accesses that are a year old."""
    with db.transaction() as session:
        accesses.forget_old(session)


JOBS = (
    Job("accounts.forget_tries", forget_tries, "day"),
    Job("accounts.forget_accesses", forget_accesses, "day"),
)

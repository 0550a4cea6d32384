"""What the worker does about contracts: who waits for a place is told of it."""

from flask import Flask

from amapress_py import db
from amapress_py.contracts import waiting
from amapress_py.jobs import Job


def tell_waiting(_app: Flask) -> None:
    """Write to those for whom there is a place now, whatever freed it."""
    with db.transaction() as session:
        waiting.tell_all(session)


JOBS = (Job("contracts.waiting", tell_waiting, "day"),)

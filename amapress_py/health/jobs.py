"""The worker's sign of life."""

from flask import Flask

from amapress_py import clock, db
from amapress_py.jobs import Job
from amapress_py.settings.models import Beat

BEAT = "worker"


def beat(_app: Flask) -> None:
    """Write down that a worker is at work."""
    with db.transaction() as session:
        row = session.get(Beat, BEAT)
        if row is None:
            session.add(Beat(name=BEAT, at=clock.now()))
        else:
            row.at = clock.now()


JOBS = (Job("health.beat", beat, "minute"),)

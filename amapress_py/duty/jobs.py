"""What the worker does about duty: reminders."""

from flask import Flask

from amapress_py import db
from amapress_py.duty import services
from amapress_py.jobs import Job


def remind(_app: Flask) -> None:
    """Write the reminders that are due."""
    with db.transaction() as session:
        services.remind(session)


JOBS = (Job("duty.remind", remind, "day"),)

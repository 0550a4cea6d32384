"""What the worker does for imports."""

from flask import Flask

from amapress_py import db
from amapress_py.jobs import Job
from amapress_py.transfer import services


def forget(_app: Flask) -> None:
    """Forget files whose report nobody came back to."""
    with db.transaction() as session:
        services.forget_old(session)


JOBS = (Job("transfer.forget", forget, "day"),)

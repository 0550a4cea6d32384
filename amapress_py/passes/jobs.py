"""What the worker does for passes."""

from flask import Flask

from amapress_py import db
from amapress_py.jobs import Job
from amapress_py.passes import services


def forget(_app: Flask) -> None:
    """Forget the friends of deliveries that are long over."""
    with db.transaction() as session:
        services.forget_passes(session)


JOBS = (Job("passes.forget", forget, "day"),)

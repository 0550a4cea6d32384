"""What the worker does for pages."""

from flask import Flask

from amapress_py import db
from amapress_py.cms import services
from amapress_py.jobs import Job


def publish(_app: Flask) -> None:
    """Publish what was scheduled for now."""
    with db.transaction() as session:
        services.publish_due(session)


JOBS = (Job("cms.publish", publish, "minute"),)

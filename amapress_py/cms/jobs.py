"""What the worker does for pages."""

from flask import Flask

from amapress_py import db
from amapress_py.cms import drafts, services
from amapress_py.jobs import Job


def publish(_app: Flask) -> None:
    """Publish what was scheduled for now."""
    with db.transaction() as session:
        services.publish_due(session)


def forget_drafts(_app: Flask) -> None:
    """Forget old drafts."""
    with db.transaction() as session:
        drafts.forget_old(session)


JOBS = (Job("cms.publish", publish, "minute"), Job("cms.drafts", forget_drafts, "day"))

"""What the worker does for backups."""

from datetime import timedelta

from flask import Flask

from amapress_py import clock, db
from amapress_py.backup import services
from amapress_py.jobs import Job

ENOUGH = timedelta(hours=20)  # daily jobs also run whenever a worker starts


def backup(app: Flask) -> None:
    """Save the database once a day, and forget what is too old."""
    last = services.last_backup(db.session())
    if last is not None and clock.now() - last.at < ENOUGH:
        return
    db.session().rollback()
    services.make_backup(app)
    services.forget_old(app.extensions["amapress_config"])


JOBS = (Job("backup.daily", backup, "day"),)

"""What the worker does for sheets: each producer gets his, some days before a delivery."""

from flask import Flask

from amapress_py import db
from amapress_py.jobs import Job
from amapress_py.sheets import letters


def mail_producers(_app: Flask) -> None:
    """Write the mails that are due, a transaction per sheet."""
    for delivery_id, producer_id in letters.due(db.session()):
        with db.transaction() as session:
            letters.write(session, delivery_id, producer_id)


JOBS = (Job("sheets.producers", mail_producers, "minute"),)

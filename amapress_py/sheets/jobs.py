"""What the worker does some days before a delivery: producers get their sheet, members a mail."""

from flask import Flask

from amapress_py import db
from amapress_py.jobs import Job
from amapress_py.sheets import announcing, letters


def mail_producers(_app: Flask) -> None:
    """Write the mails that are due, a transaction per sheet."""
    for delivery_id, producer_id in letters.due(db.session()):
        with db.transaction() as session:
            letters.write(session, delivery_id, producer_id)


def announce(_app: Flask) -> None:
    """Write the announcements that are due, a transaction per delivery."""
    for delivery_id in announcing.due(db.session()):
        with db.transaction() as session:
            announcing.write(session, delivery_id)


JOBS = (
    Job("sheets.producers", mail_producers, "minute"),
    Job("sheets.announce", announce, "minute"),
)

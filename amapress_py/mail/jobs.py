"""What the worker does about mails."""

from flask import Flask

from amapress_py.jobs import Job
from amapress_py.mail import sending
from amapress_py.mail.outbox import SEND


def send(app: Flask) -> None:
    """Send what is due."""
    sending.send_due(app)


JOBS = (Job(SEND, send, "minute"),)

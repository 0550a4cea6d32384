"""“État du site”: what the checks of all domains find, on a screen and on the command line."""

from collections.abc import Iterable

from flask import Flask

from amapress_py.accounts import backoffice
from amapress_py.checks import Check
from amapress_py.health import queries


def init_app(app: Flask, checks: Iterable[Check]) -> None:
    """Tell the application what is checked, in order."""
    app.extensions[queries.CHECKS] = tuple(checks)
    backoffice.plug_alarm(app, queries.alarm)

"""Fixtures: a real mail server, and mails to write."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from jinja2 import BaseLoader, ChoiceLoader, DictLoader

from amapress_py.config import Config
from tests.smtp import SmtpServer

HELLO = """\
{% block subject %}Bonjour {{ first_name }}{% endblock %}
{% block body %}
Bonjour {{ first_name }},

{{ message }}

Voir le panier : {{ link }}
{% endblock %}
"""


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
def config(config: Config, smtp: SmtpServer) -> Config:
    return replace(config, smtp_url=smtp.url, mail_from="amap@example.org")


@pytest.fixture(autouse=True)
def hello(app: Flask) -> None:
    """Give the application a mail of its own: "test/hello"."""
    ours = DictLoader({"mail/test/hello.txt": HELLO, "mail/exchange/test.txt": HELLO})
    loader = app.jinja_env.loader
    assert isinstance(loader, BaseLoader)
    app.jinja_env.loader = ChoiceLoader([ours, loader])

"""What a text would give as a page, without settings, secret or stored database."""

import secrets
from typing import cast

from flask import Flask, g

from amapress_py import create_app, db
from amapress_py.accounts.viewer import Viewer
from amapress_py.cms import notices, render
from amapress_py.cms.clean import clean
from amapress_py.cms.samples import READERS
from amapress_py.config import Config
from amapress_py.errors import DomainError


def render_text(text: str, as_: str = "visitor", page: str = "") -> tuple[str, list[str]]:
    """Return the HTML of a text after the cleaning of a save, and what its editor should know.

    `as_` is one of READERS, `page` the path that the text would stand at.  A text that could
    not be saved gives nothing and the reason.
    """
    config = Config(secret_key=secrets.token_hex(), database_url="sqlite://")
    app = cast(Flask, create_app(config))
    with app.test_request_context(f"/{page.strip('/')}"):
        db.Base.metadata.create_all(db.engine())
        return _rendered(text, READERS[as_][1], f"/{page.strip('/')}")


def _rendered(text: str, reader: Viewer, path: str) -> tuple[str, list[str]]:
    g.viewer = reader
    try:
        cleaned = clean(text)
    except DomainError as refusal:
        return "", [str(refusal)]
    html = str(render.text(cleaned, path))
    return html, list(dict.fromkeys([*notices.of(cleaned), *render.notices()]))

"""Sessions of connected persons; only importer of flask_login."""

from flask import Flask, g, has_request_context
from flask_login import LoginManager, current_user, login_user, logout_user

from amapress_py import db
from amapress_py.accounts import viewer as viewers
from amapress_py.accounts.viewer import VISITOR, Viewer


def viewer() -> Viewer:
    """Return who looks: the connected person, or VISITOR."""
    if not has_request_context():
        found: Viewer = g.get("viewer", VISITOR)
        return found
    if "viewer" not in g:
        person = current_user._get_current_object()
        g.viewer = person if isinstance(person, Viewer) else VISITOR
    connected: Viewer = g.viewer
    return connected


def connect(person_id: int) -> None:
    """Open a session for a person whose proof was checked."""
    found = viewers.load(db.session(), person_id)
    if found is not None:
        g.viewer = found
        login_user(found)


def disconnect() -> None:
    """Close the session."""
    logout_user()
    g.viewer = VISITOR


def _from_session(kept: str) -> Viewer | None:
    """Load who the session names; None if the stamp changed or the person is gone."""
    person_id, _colon, stamp = kept.partition(":")
    if not person_id.isdecimal():
        return None
    found = viewers.load(db.session(), int(person_id))
    return found if found is not None and found.stamp == stamp else None


def init_app(app: Flask) -> None:
    """Plug Flask-Login in."""
    manager = LoginManager()
    manager.session_protection = None  # a phone changes address; the stamp is what revokes
    manager.anonymous_user = lambda: VISITOR
    manager.user_loader(_from_session)
    manager.init_app(app)

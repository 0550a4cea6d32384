"""Who may call a route: nobody but connected persons, unless the route says otherwise."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from amapress_py import web
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.i18n import _

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC = "public"


def public(view: View) -> View:
    """Open a route to visitors."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def requires(*roles: Role) -> Callable[[View], View]:
    """Limit a route to holders of one of `roles`; an admin may always."""

    def mark(view: View) -> View:
        view.access = frozenset({*roles, Role.ADMIN})  # type: ignore[attr-defined]
        return view

    return mark


def log_in_first(reason: str, page: str) -> ResponseReturnValue:
    """Send a visitor to the log-in page with a sentence that explains, and back to `page`."""
    flash(reason, "info")
    return redirect(url_for("accounts.login", suite=page), 303)


def guard() -> ResponseReturnValue | None:
    """Check the route's access before each request."""
    if request.endpoint is None or request.endpoint == "static":
        return None
    access = getattr(current_app.view_functions[request.endpoint], "access", None)
    if access == PUBLIC:
        return None
    if not viewer().is_connected:
        if request.method in {"GET", "HEAD"}:
            return log_in_first(
                _("Cette page est réservée aux amapiens connectés : connectez-vous d’abord."),
                web.current_path(),
            )
        return log_in_first(
            _("Vous n’êtes plus connecté : rien n’a été changé. Connectez-vous, puis recommencez."),
            web.page_before(),
        )
    if access is not None and not viewer().has_role(*access):
        abort(403)
    return None


def init_app(app: Flask) -> None:
    """Guard every route."""
    app.before_request(guard)

"""No cookie reaches what other sites show, and none is set there: who looks is never known."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PATHS = re.compile(r"/(?:embed/[^/]+|embed\.js|oembed)")


class WithoutCookies:
    """Take the cookies off requests for widgets, and off the answers."""

    def __init__(self, app: Flask) -> None:
        self.inner: Any = app.wsgi_app

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Serve one request."""
        if not PATHS.fullmatch(environ.get("PATH_INFO", "")):
            answer: Iterable[bytes] = self.inner(environ, start_response)
            return answer
        environ.pop("HTTP_COOKIE", None)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            kept = [one for one in headers if not _is_of_cookies(*one)]
            return start_response(status, kept, *rest)

        found: Iterable[bytes] = self.inner(environ, start)
        return found


def _is_of_cookies(name: str, value: str) -> bool:
    return name.lower() == "set-cookie" or (name.lower(), value) == ("vary", "Cookie")


def init_app(app: Flask) -> None:
    """Stand before the application."""
    app.wsgi_app = WithoutCookies(app)  # type: ignore[method-assign]

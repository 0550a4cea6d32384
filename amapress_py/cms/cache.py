"""Whole answers for visitors without a session: no log-in, no template, one tiny statement."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

FLAG = "amapress.public_page"  # in the WSGI environment: the version of the site of a public page
MOST_KEPT = 500
MAX_AGE = 60


@dataclass(frozen=True)
class Kept:
    """An answer, good as long as the site has that version."""

    version: int
    headers: list[tuple[str, str]]
    body: bytes


class PublicPages:
    """Answer again what a visitor was answered before, unless the site changed since."""

    def __init__(self, app: Flask) -> None:
        self.inner: Any = app.wsgi_app
        self.engine: Engine = app.extensions["amapress_engine"]
        self.cookie = f"{app.config['SESSION_COOKIE_NAME']}="
        self.kept: dict[tuple[str, str], Kept] = {}

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Serve one request."""
        if (
            environ["REQUEST_METHOD"] not in {"GET", "HEAD"}
            or environ.get("QUERY_STRING")
            or self.cookie in environ.get("HTTP_COOKIE", "")
        ):
            answer: Iterable[bytes] = self.inner(environ, start_response)
            return answer
        key = (environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", ""))
        kept = self.kept.get(key)
        if kept is not None and kept.version == self._version():
            start_response("200 OK", list(kept.headers))
            return [kept.body] if environ["REQUEST_METHOD"] == "GET" else []
        return self._ask(key, environ, start_response)

    def _version(self) -> int | None:
        try:
            with self.engine.connect() as connection:
                statement = "SELECT number FROM site_version"
                number: int | None = connection.exec_driver_sql(statement).scalar()
        except SQLAlchemyError:
            return None  # the application says what is wrong
        return number or 0

    def _ask(
        self,
        key: tuple[str, str],
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
    ) -> Iterable[bytes]:
        sent: list[tuple[str, str]] = []

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            sent[:] = headers
            return start_response(status, headers, *rest)

        answer = self.inner(environ, start)
        if FLAG not in environ or environ["REQUEST_METHOD"] != "GET":
            return answer  # type: ignore[no-any-return]
        body = b"".join(answer)
        answer.close()
        if all(name.lower() != "set-cookie" for name, _value in sent):
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            self.kept[key] = Kept(environ[FLAG], sent, body)
        return [body]


def mark_public(response: Response, version: int) -> None:
    """Say that an answer is the same for every visitor at that version of the site."""
    response.headers["Cache-Control"] = f"public, max-age={MAX_AGE}"
    response.vary.add("Cookie")  # who logs in gets his own page from the browser's cache
    if not request.cookies and not request.query_string:
        request.environ[FLAG] = version


def init_app(app: Flask) -> None:
    """Stand before the application."""
    app.wsgi_app = PublicPages(app)  # type: ignore[method-assign]

"""Whole answers for visitors without a session: no log-in, no template, one tiny statement.

Caches elsewhere (proxies, browsers) may keep these answers but ask each time whether theirs is
still good: a page that is protected, hidden or changed now is shown by none of them any more.
"""

import hashlib
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
KEPT_ELSEWHERE = "public, max-age=0, must-revalidate"
# nginx keeps nothing that is old at once, unless it is told the instant: it then asks each time.
LONG_PAST = "@1"
OF_A_BODY = {"content-length", "content-type"}

Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Kept:
    """An answer, good as long as the site has that version; `tag` changes with what it says."""

    version: int
    headers: Headers
    body: bytes
    tag: str
    unchanged: Headers  # for who has it already


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
            return _again(kept, environ, start_response)
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
        sent: Headers = []

        def start(status: str, headers: Headers, *rest: Any) -> Any:
            if FLAG not in environ or environ["REQUEST_METHOD"] != "GET":
                return start_response(status, headers, *rest)
            sent[:] = headers
            return None  # its headers wait for the body, of which one is made

        answer = self.inner(environ, start)
        if not sent:
            return answer  # type: ignore[no-any-return]
        body = b"".join(answer)
        answer.close()
        kept = _made(environ[FLAG], sent, body)
        if all(name.lower() != "set-cookie" for name, _value in sent):
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            self.kept[key] = kept
        return _again(kept, environ, start_response)


def _made(version: int, headers: Headers, body: bytes) -> Kept:
    tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    whole = [*headers, ("ETag", tag)]
    unchanged = [(name, value) for name, value in whole if name.lower() not in OF_A_BODY]
    return Kept(version, whole, body, tag, unchanged)


def _again(
    kept: Kept, environ: "WSGIEnvironment", start_response: "StartResponse"
) -> Iterable[bytes]:
    """Answer; in one line to who has the same already (a proxy may have weakened its tag)."""
    if kept.tag in environ.get("HTTP_IF_NONE_MATCH", ""):
        start_response("304 Not Modified", list(kept.unchanged))
        return []
    start_response("200 OK", list(kept.headers))
    return [kept.body] if environ["REQUEST_METHOD"] == "GET" else []


def mark_public(response: Response, version: int) -> None:
    """Say that an answer is the same for every visitor at that version of the site."""
    is_kept = not request.cookies and not request.query_string
    if is_kept:
        request.environ[FLAG] = version
        response.headers["X-Accel-Expires"] = LONG_PAST  # before the next: nginx obeys the first
    response.headers["Cache-Control"] = KEPT_ELSEWHERE
    response.vary.add("Cookie")  # who logs in gets his own page from the browser's cache


def init_app(app: Flask) -> None:
    """Stand before the application."""
    app.wsgi_app = PublicPages(app)  # type: ignore[method-assign]

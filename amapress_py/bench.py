"""What exists only while `make bench` serves: a bare view to compare with, and SQL counts."""

from collections.abc import Iterable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Response
from sqlalchemy import event, select

from amapress_py import db
from amapress_py.accounts.access import public
from amapress_py.settings.models import SiteVersion

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HEADER = "X-Sql-Count"
NOT_COUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")

bp = Blueprint("bench", __name__)
statements: ContextVar[int] = ContextVar("statements", default=0)


@bp.get("/bench/bare")
@public
def bare() -> Response:
    """Answer with one column by primary key: what no page can be faster than."""
    number = db.session().scalar(select(SiteVersion.number).where(SiteVersion.id == 1))
    return Response(str(number), mimetype="text/plain")


def init_app(app: Flask) -> None:
    """Add the bare view and, around everything else, a header with the statements it took."""
    app.register_blueprint(bp)
    inner = app.wsgi_app

    @event.listens_for(app.extensions["amapress_engine"], "before_cursor_execute")
    def count(_connection: object, _cursor: object, statement: str, *_further: object) -> None:
        if not statement.startswith(NOT_COUNTED):
            statements.set(statements.get() + 1)

    def counted(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        statements.set(0)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            told = [*headers, (HEADER, str(statements.get()))]
            return start_response(status, told, *rest)

        return inner(environ, start)

    app.wsgi_app = counted  # type: ignore[method-assign]

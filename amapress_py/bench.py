"""What exists only while `make bench` serves: a bare view to compare with, and SQL counts."""

from flask import Blueprint, Flask, Response, g, has_request_context
from sqlalchemy import event, select
from sqlalchemy.engine.interfaces import DBAPICursor

from amapress_py import db
from amapress_py.accounts.access import public
from amapress_py.settings.models import SiteVersion

HEADER = "X-Sql-Count"
NOT_COUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")

bp = Blueprint("bench", __name__)


@bp.get("/bench/bare")
@public
def bare() -> Response:
    """Answer with one column by primary key: what no page can be faster than."""
    number = db.session().scalar(select(SiteVersion.number).where(SiteVersion.id == 1))
    return Response(str(number), mimetype="text/plain")


def init_app(app: Flask) -> None:
    """Add the bare view, and tell in a header how many statements a page took."""
    app.register_blueprint(bp)

    @event.listens_for(app.extensions["amapress_engine"], "before_cursor_execute")
    def count(_connection: object, _cursor: DBAPICursor, statement: str, *_further: object) -> None:
        if has_request_context() and not statement.startswith(NOT_COUNTED):
            g.sql_count = g.get("sql_count", 0) + 1

    @app.after_request
    def tell(response: Response) -> Response:
        response.headers[HEADER] = str(g.get("sql_count", 0))
        return response

"""What every page needs of HTTP: headers, error pages, safe ways back, paging."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self, TypeVar
from urllib.parse import urlencode, urlsplit

from flask import (
    Blueprint,
    Flask,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import Request as FlaskRequest
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import DataError
from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.routing import IntegerConverter, Map

from amapress_py import db
from amapress_py.config import Config
from amapress_py.errors import DomainError
from amapress_py.i18n import _, _l

PAGE_SIZE = 20
LONGEST_PAGE = 7  # digits
LONGEST_KEY = 10  # digits
csrf = CSRFProtect()
View = TypeVar("View", bound=Callable[..., Any])
MAX_FORM_BYTES = 1_000_000
MOST_KEY = 2**31 - 1  # of an INTEGER column
TAG_PAGES = "amapress_tag_pages"
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors {ancestors}"
)
# Control characters (but new line and tab), lone surrogates, what turns the writing around;
# no-break spaces and joined emoji are text.
CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def without_token(view: View) -> View:
    """Let a form through whose address is the proof: a mail program's button has no token."""
    csrf.exempt(view)
    return view


def take_large_files(bp: Blueprint, most: Callable[[], int], *views: str) -> None:
    """Let a form with a file be that large (bytes), at some views of a blueprint (none: all).

    Before any view: the form's token is read, and with it the form, before the view is called.
    """

    @bp.url_value_preprocessor
    def take(endpoint: str | None, _values: object) -> None:
        name = (endpoint or "").removeprefix(f"{bp.name}.")
        if request.mimetype == "multipart/form-data" and (not views or name in views):
            request.max_content_length = most()


def too_large(message: str) -> ResponseReturnValue:
    """Say how much is taken; the form itself could not be read."""
    title = _("Envoi trop volumineux")
    return render_template("error.html", code=413, title=title, message=message), 413


class StaleForm(DomainError):
    """The form's token is missing, of another session, or forged."""

    status = 400
    message = _l(
        "Ce formulaire n’est plus valable. Rien n’a été changé :"
        " revenez à la page précédente, rechargez-la, puis recommencez."
    )


class RowKey(IntegerConverter):
    """`<int:…>` in a route: a number that no column can hold leads nowhere."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=MOST_KEY)


class Request(FlaskRequest):
    """A request; each field of its form has a name."""

    def _load_form_data(self) -> None:
        """Refuse a part without a name, over which libraries stumble."""
        super()._load_form_data()
        if None in self.__dict__["form"] or None in self.__dict__["files"]:
            raise BadRequest


class Site(Flask):
    """The application; a view that meets a busy database is called again, twice at most."""

    request_class = Request

    def dispatch_request(self) -> ResponseReturnValue:
        """Call the view; nothing was committed when the database said "busy"."""
        return db.retried(super().dispatch_request)


def config() -> Config:
    """Return what the machine sets."""
    found: Config = current_app.extensions["amapress_config"]
    return found


def absolute(path: str) -> str:
    """Return the address of a path of this site, for mails and feeds."""
    return config().base_url + path


MARK = 2**31 - 1  # a row that does not exist


def row_url(endpoint: str, key: str) -> tuple[str, str]:
    """Return what stands before and after a row's id in its address: made once for a table."""
    values: dict[str, Any] = {key: MARK}
    before, _mark, after = url_for(endpoint, **values).partition(str(MARK))
    return before, after


def current_path() -> str:
    """Return the path asked for, with its query."""
    return request.full_path.rstrip("?")


def is_own_path(path: str) -> bool:
    """Tell a path of this site from anything that leads elsewhere."""
    return path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()


def page_before() -> str:
    """Return the page of this site from which a form was sent, else the home page."""
    before = urlsplit(request.referrer or "")
    if before.netloc == request.host and is_own_path(before.path):
        return before.path + (f"?{before.query}" if before.query else "")
    return "/"


def back_to_page(fallback: str = "/", anchor: str = "") -> ResponseReturnValue:
    """Go back (303) to the page that held the button, else to `fallback`."""
    before = page_before()
    target = fallback if before == "/" and not request.referrer else before
    return redirect(f"{target}#{anchor}" if anchor else target, 303)


def plug_tag_pages(app: Flask, find: Callable[[str], str | None]) -> None:
    """Say how the page that holds a shortcode is found (the pages are not ours)."""
    app.extensions[TAG_PAGES] = find


def page_of_tag(tag: str) -> str:
    """Return the path of the page that holds `[tag]`, the home page if there is none."""
    find: Callable[[str], str | None] = current_app.extensions[TAG_PAGES]
    return find(tag) or "/"


@contextmanager
def refusals_to_flash() -> Iterator[None]:
    """Tell a broken rule on the next page; what is none of a person's business is an error page."""
    try:
        yield
    except DomainError as refusal:
        if refusal.status in (403, 404):
            raise
        flash(str(refusal), "error")


@dataclass(frozen=True)
class Paging:
    """Which slice of a list a page shows; pages count from 1, past the end is the last."""

    asked: int
    total: int
    size: int = PAGE_SIZE

    @property
    def page(self) -> int:
        """Number of the page shown."""
        return min(self.asked, self.pages)

    @property
    def pages(self) -> int:
        """Number of pages, at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def offset(self) -> int:
        """Rows before this page."""
        return (self.page - 1) * self.size

    def url(self, page: int) -> str:
        """Return the address of another page of the same list."""
        query = [(k, v) for k, v in request.args.items(multi=True) if k != "page"]
        return f"{request.path}?{urlencode([*query, ('page', page)])}"


def key_of(text: str) -> int | None:
    """Return the key that a form or an address names; None for what can be none."""
    return int(text) if text.isdecimal() and len(text) < LONGEST_KEY else None


def asked_page(name: str = "page") -> int:
    """Return `?page=`, 1 for anything that is not a sensible number."""
    asked = request.args.get(name, "1")
    return max(1, int(asked)) if asked.isdecimal() and len(asked) < LONGEST_PAGE else 1


@dataclass(frozen=True)
class Listing:
    """What the reader asks of one table of a page: words, order, page.

    Several tables of a page keep apart by their id: `?q-<id>=…&tri-<id>=-date&page-<id>=2`.
    """

    id: str
    words: str = ""
    sort: str = ""
    descending: bool = False
    page: int = 1

    @classmethod
    def asked(cls, id: str, sorts: tuple[str, ...]) -> Self:
        """Read the request; an unknown order is the first of `sorts`."""
        order = request.args.get(f"tri-{id}", "")
        sort = order.removeprefix("-")
        return cls(
            id=id,
            words=clean_text(request.args.get(f"q-{id}", ""), 100),
            sort=sort if sort in sorts else sorts[0],
            descending=sort in sorts and order.startswith("-"),
            page=asked_page(f"page-{id}"),
        )

    @property
    def search_name(self) -> str:
        """Name of the search parameter."""
        return f"q-{self.id}"

    def url(self, **changes: object) -> str:
        """Return this page's address with some of the table's parameters changed."""
        names = {f"{key}-{self.id}": value for key, value in changes.items()}
        kept = [(k, v) for k, v in request.args.items(multi=True) if k not in names]
        query = urlencode([*kept, *((k, v) for k, v in names.items() if v not in ("", None))])
        return f"{request.path}?{query}#{self.id}" if query else f"{request.path}#{self.id}"

    def page_url(self, page: int) -> str:
        """Return the address of another page of the table."""
        return self.url(page=page)

    def column(self, key: str, label: str, css: str = "") -> tuple[str, str, str, str, str]:
        """Return a sortable header for the theme's table; a second click turns the order."""
        here = key == self.sort
        turned = f"-{key}" if here and not self.descending else key
        aria = ("descending" if self.descending else "ascending") if here else ""
        return key, label, self.url(tri=turned, page=None), aria, css


def clean_text(text: str, most: int) -> str:
    """Return what a person typed without control characters, at most `most` long."""
    kept = CONTROL.sub("", text.replace("\r\n", "\n"))
    return kept.strip()[:most]


def _error_page(error: HTTPException) -> ResponseReturnValue:
    titles = {
        400: (_("Demande incomplète"), _("Cette demande n’est pas comprise. Rien n’a été changé.")),
        403: (
            _("Accès refusé"),
            _("Vous n’avez pas le droit de voir cette page ou de faire cela."),
        ),
        404: (_("Page introuvable"), _("Cette page n’existe pas, ou n’existe plus.")),
        405: (
            _("Action impossible"),
            _("Cette adresse ne s’ouvre pas ainsi. Rien n’a été changé."),
        ),
        413: (_("Envoi trop volumineux"), _("Cet envoi est trop gros. Rien n’a été changé.")),
        503: (
            _("Réessayez"),
            _("Le site est très occupé. Rien n’a été changé : réessayez dans un instant."),
        ),
    }
    code = error.code or 500
    title, message = titles.get(
        code,
        (
            _("Erreur"),
            _("Quelque chose ne va pas de notre côté. Rien n’a été changé ; réessayez plus tard."),
        ),
    )
    page = render_template("error.html", code=code, title=title, message=message)
    response = current_app.make_response((page, code))
    if code == 405 and error.get_response().headers.get("Allow"):
        response.headers["Allow"] = error.get_response().headers["Allow"]
    return response


def _refusal_page(error: DomainError) -> ResponseReturnValue:
    page = render_template(
        "error.html", code=error.status, title=_("C’est impossible"), message=str(error)
    )
    return page, error.status


def init_app(app: Flask, settings: Config) -> None:
    """Plug headers, limits and error pages in."""
    app.extensions["amapress_config"] = settings
    app.url_map.converters["int"] = RowKey
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES,
        SESSION_COOKIE_NAME="amapress",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https:"),
        WTF_CSRF_TIME_LIMIT=None,  # a page left open overnight still works
    )

    app.jinja_env.globals["row_url"] = row_url
    csrf.init_app(app)

    @app.before_request
    def refuse_nul() -> None:
        if "\0" in request.path or "%00" in request.query_string.decode("ascii", "replace"):
            abort(404)  # no address of ours holds one, and PostgreSQL cannot look for it

    @app.after_request
    def add_headers(response: object) -> object:
        headers = response.headers  # type: ignore[attr-defined]
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        headers.setdefault("Content-Security-Policy", POLICY.format(ancestors="'none'"))
        headers.setdefault("Cache-Control", "private, no-store")
        return response

    @app.errorhandler(Exception)
    def show_error(error: Exception) -> ResponseReturnValue:
        db.session().rollback()
        if isinstance(error, CSRFError):
            return _refusal_page(StaleForm())
        if isinstance(error, HTTPException):
            if error.code is not None and error.code < 400:
                return error.get_response()
            return _error_page(error)
        if isinstance(error, DomainError):
            return _refusal_page(error)
        if isinstance(error, (DataError, OverflowError)):  # a NUL, a number of 400 digits
            return _error_page(BadRequest())
        failed = HTTPException()
        failed.code = 503 if db.is_transient(error) else 500
        if failed.code == 500:
            app.logger.exception("%s %s failed", request.method, request.path)
        return _error_page(failed)

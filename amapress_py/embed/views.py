"""A shortcode alone for a frame, the script that makes the frame, and oEmbed."""

from functools import cache
from pathlib import Path

from flask import Blueprint, g, jsonify, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from amapress_py import web
from amapress_py.accounts.access import public
from amapress_py.accounts.viewer import VISITOR
from amapress_py.cms import render
from amapress_py.embed import oembed, policy
from amapress_py.embed.links import outward
from amapress_py.embed.widgets import Widget, at
from amapress_py.errors import DomainError
from amapress_py.i18n import _l

SCRIPT = Path(__file__).with_name("embed.js")
SCRIPT_SECONDS = 3600

bp = Blueprint("embed", __name__)


class NoWidget(DomainError):
    """Nothing there that another site may show."""

    status = 404
    message = _l(
        "Ce contenu ne peut pas être montré sur un autre site : il n’existe pas,"
        " ou il est réservé aux pages du site."
    )


class NoSuchFormat(DomainError):
    """oEmbed knows two formats."""

    status = 501
    message = _l("Cette adresse répond en JSON ou en XML : format=json ou format=xml.")


@bp.get("/embed/<tag>")
@public
def widget(tag: str) -> ResponseReturnValue:
    """Show one shortcode alone, as a visitor sees it."""
    g.viewer = VISITOR
    found = Widget.asked(tag, request.args.to_dict())
    if found is None:
        raise NoWidget
    context = render.context(request.path, embedded=True)
    body = render.registered().alone(found.shortcode, found.given, context)
    page = render_template(
        "embed.html",
        title=found.title,
        body=outward(body, found.url),
        home_url=web.absolute("/"),
        oembed_url=web.absolute(url_for(".about", url=found.url)),
    )
    response = make_response(page)
    response.headers.update(policy.headers())
    return response


@bp.get("/embed.js")
@public
def script() -> ResponseReturnValue:
    """Serve the script that puts a frame where it stands; it is the same for every theme."""
    response = make_response(_script())
    response.mimetype = "text/javascript"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cache-Control"] = f"public, max-age={SCRIPT_SECONDS}"
    response.add_etag()
    return response.make_conditional(request)


@cache
def _script() -> bytes:
    return SCRIPT.read_bytes()


@bp.get("/oembed")
@public
def about() -> ResponseReturnValue:
    """Tell how the widget at `url` is framed."""
    g.viewer = VISITOR
    kind = request.args.get("format", "json")
    if kind not in {"json", "xml"}:
        raise NoSuchFormat
    found = at(request.args.get("url", ""))
    if found is None:
        raise NoWidget
    asked = request.args.get("maxwidth", ""), request.args.get("maxheight", "")
    told = oembed.answer(found, *asked)
    if kind == "json":
        response = make_response(jsonify(told))
    else:
        response = make_response(oembed.as_xml(told))
        response.mimetype = "text/xml"
    response.headers["Cache-Control"] = f"public, max-age={policy.SECONDS}"
    return response

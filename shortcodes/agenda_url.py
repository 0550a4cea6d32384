"""[agenda-url]: the address of one's own calendar, or of the public one, for a telephone."""

from flask import url_for
from markupsafe import Markup

from amapress_py import web
from amapress_py.agenda import queries
from amapress_py.cms import Context
from amapress_py.engine import NoAttributes, shortcode
from amapress_py.i18n import _l


@shortcode(
    "agenda-url",
    NoAttributes,
    _l("S’abonner à l’agenda de l’AMAP, ou à celui de ses paniers"),
    audience="everybody",
    public_cache=True,
    example="[agenda-url]",
)
def render(context: Context, attributes: NoAttributes) -> Markup:
    who = context.viewer
    token = queries.token_of(context.session, who.person_id) if who.is_connected else None
    path = url_for("agenda.personal", token=token) if token else url_for("agenda.distributions")
    address = web.absolute(path)
    return context.template(
        "agenda_url.html",
        is_own=token is not None,
        address=address,
        subscribe_url=f"webcal://{address.partition('://')[2]}",
    )

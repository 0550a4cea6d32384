"""[connexion]: log in and come back to this page, or see who is connected and log out."""

from flask import url_for
from markupsafe import Markup

from amapress_py.cms import Context
from amapress_py.engine import NoAttributes, shortcode
from amapress_py.i18n import _l


@shortcode(
    "connexion",
    NoAttributes,
    _l("Se connecter, ou se déconnecter"),
    audience="everybody",
    public_cache=True,
    example="[connexion]",
)
def render(context: Context, attributes: NoAttributes) -> Markup:
    """Lead a visitor to the log-in page and back; greet the others."""
    wanted = context.path if context.path != "/" else None
    return context.template("connexion.html", here_url=url_for("accounts.login", suite=wanted))

"""[adresse-contact]: a mail address that an admin sets once for all pages."""

from markupsafe import Markup

from amapress_py.cms import Context
from amapress_py.engine import NoAttributes, shortcode
from amapress_py.i18n import _l


@shortcode(
    "adresse-contact",
    NoAttributes,
    _l("L’adresse de contact (un réglage)"),
    audience="everybody",
    public_cache=True,
)
def render(context: Context, attributes: NoAttributes) -> Markup:
    """Link to the address; say so when there is none yet."""
    return context.template("adresse.html", address=context.settings.contact_email)

"""[adresse-contact]: a mail address that an admin sets once for all pages."""

from dataclasses import dataclass

from markupsafe import Markup

from amapress_py.cms import Context
from amapress_py.engine import shortcode
from amapress_py.i18n import _l


@dataclass(frozen=True)
class Attributes:
    pass


@shortcode(
    "adresse-contact",
    Attributes,
    _l("L’adresse de contact (un réglage)"),
    audience="everybody",
    public_cache=True,
)
def render(context: Context, attributes: Attributes) -> Markup:
    """Link to the address; say so when there is none yet."""
    return context.template("adresse.html", address=context.settings.contact_email)

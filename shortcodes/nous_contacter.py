"""[nous-contacter]: a form that writes to the association."""

from flask import url_for
from markupsafe import Markup

from amapress_py.cms import Context, contact
from amapress_py.engine import NoAttributes, Notice, shortcode
from amapress_py.i18n import _, _l


@shortcode(
    "nous-contacter",
    NoAttributes,
    _l("Un formulaire pour écrire à l’association"),
    audience="everybody",
    embeddable=True,
    public_cache=True,
    example="[nous-contacter]",
)
def render(context: Context, attributes: NoAttributes) -> Markup:
    """Show the form; in a frame elsewhere, a button that opens it here."""
    if context.embedded:
        sentence = _("Une question ? Nous sommes des bénévoles, et nous vous répondons.")
        return context.door(sentence, _("Nous écrire"), url_for("contact.write"))
    if not context.settings.contact_email:
        sentence = _(
            "[nous-contacter] : il n’y a pas encore d’adresse de contact. Donnez-la dans"
            " Administration → Réglages."
        )
        context.notices.append(Notice(context.tag, "", sentence))
    return context.template(
        "nous_contacter.html", form=contact.form_for(context.viewer), **contact.labels()
    )

"""[anon-intermittents-inscription]: anybody asks to join; a mail confirms."""

from flask import url_for
from markupsafe import Markup

from amapress_py.cms import Context
from amapress_py.engine import NoAttributes, Notice, shortcode
from amapress_py.exchange.forms import TRAP, JoinForm
from amapress_py.i18n import _, _l
from amapress_py.web import page_of_tag


@shortcode(
    "anon-intermittents-inscription",
    NoAttributes,
    _l("Le formulaire par lequel n’importe qui demande à devenir intermittent"),
    audience="everybody",
    embeddable=True,
    public_cache=True,
    example="[anon-intermittents-inscription]",
)
def render(context: Context, attributes: NoAttributes) -> Markup:
    """Show the form while its page is open; in a frame elsewhere, a button to that page."""
    key = context.settings.joining_key
    if context.embedded:
        sentence = _(
            "Prenez un panier de temps en temps : un courriel vous avertit quand il s’en libère un,"
            " et vous vous désinscrivez d’un clic."
        )
        path = url_for("joining.ask", key=key) if key else page_of_tag("intermittents-inscription")
        return context.door(sentence, _("Devenir intermittent"), path)
    if not key:
        sentence = _(
            "[anon-intermittents-inscription] : la page d’inscription publique est fermée."
            " Ouvrez-la dans Administration → Inscription publique."
        )
        context.notices.append(Notice(context.tag, "", sentence))
    return context.template(
        "anon_intermittents_inscription.html",
        form=JoinForm(formdata=None) if key else None,
        key=key,
        trap=TRAP,
        needs_membership=context.settings.membership_to_join,
        contact=context.settings.exchange_email,
    )

"""[intermittent-desinscription-href]: the address of the page that asks before leaving."""

from dataclasses import dataclass

from flask import url_for
from markupsafe import Markup, escape

from amapress_py.cms.context import Context
from amapress_py.engine import shortcode
from amapress_py.i18n import _, _l


@dataclass(frozen=True)
class Attributes:
    pass


@shortcode(
    "intermittent-desinscription-href",
    Attributes,
    _l("Adresse pour quitter l’espace intermittents, à mettre dans un lien"),
    example='<a href="[intermittent-desinscription-href]">Se désinscrire</a>',
    embeddable=True,
)
def render(context: Context, attributes: Attributes) -> Markup:
    path = url_for("exchange.ask_unenrolment")
    if context.embedded:
        return context.door(
            _("Vous ne voulez plus recevoir les courriels de l’espace intermittents ?"),
            _("Se désinscrire"),
            path,
        )
    return escape(path)

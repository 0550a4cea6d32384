"""[intermittents-desinscription]: "Se désinscrire"."""

from dataclasses import dataclass

from flask import url_for
from markupsafe import Markup

from amapress_py.cms.context import Context
from amapress_py.engine import shortcode
from amapress_py.i18n import _, _l


@dataclass(frozen=True)
class Attributes:
    pass


@shortcode(
    "intermittents-desinscription",
    Attributes,
    _l("Quitter l’espace intermittents"),
    example="[intermittents-desinscription]",
    embeddable=True,
)
def render(context: Context, attributes: Attributes) -> Markup:
    if context.embedded:
        return context.door(
            _("Vous ne voulez plus recevoir les courriels de l’espace intermittents ?"),
            _("Se désinscrire"),
            url_for("exchange.ask_unenrolment"),
        )
    return context.template("intermittents_desinscription.html", viewer=context.viewer)

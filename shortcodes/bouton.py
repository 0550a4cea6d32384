"""[bouton vers=…]: a link that looks like a button; hidden from whom the page is hidden from."""

from dataclasses import dataclass
from typing import Annotated, Literal

from markupsafe import Markup

from amapress_py.cms import Context, links
from amapress_py.cms.links import Target
from amapress_py.engine import Notice, Param, shortcode
from amapress_py.i18n import _, _l


@dataclass(frozen=True)
class Attributes:
    vers: Annotated[
        str,
        Param(_l("Où il mène : une page du site (« contact »), une adresse https, un courriel")),
    ] = ""
    texte: Annotated[str, Param(_l("Ce qui est écrit dessus (vide : le titre de la page)"))] = ""
    style: Annotated[
        Literal["primary", "secondary"],
        Param(_l("primary : le bouton principal de la page ; secondary : plus discret")),
    ] = "primary"


@shortcode(
    "bouton",
    Attributes,
    _l("Un bouton vers une page, un site ou une adresse mail"),
    audience="everybody",
    enclosing=True,
    stands_alone=True,
    public_cache=True,
    example="[bouton vers=contact texte='Nous écrire']",
)
def render(context: Context, attributes: Attributes) -> Markup:
    """Show the button; with `texte`, what the tag encloses by mistake stays after it."""
    inside = context.content()
    after = inside if attributes.texte else Markup()
    found = links.target(context.session, attributes.vers)
    if found is None or found.is_missing:
        _tell(context, attributes.vers, found)
    if found is None or not found.may_be_followed(context.viewer):
        return after
    label = attributes.texte or inside.striptags() or _name(found, attributes.vers)
    made = context.template("bouton.html", href=found.href, label=label, style=attributes.style)
    return made + after


def _name(found: Target, typed: str) -> str:
    return found.page.title if found.page else typed.strip()


def _tell(context: Context, typed: str, found: Target | None) -> None:
    sentence = (
        _("[bouton] : il n’y a pas de page « %(path)s ».", path=typed[:80])
        if found
        else _("[bouton] : « %(path)s » n’est pas une adresse où aller.", path=typed[:80])
    )
    context.notices.append(Notice(context.tag, "vers", sentence))

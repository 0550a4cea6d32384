"""The help about shortcodes: all of them, each as somebody would see it, and where they are."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from amapress_py import db, settings, web
from amapress_py.accounts.access import requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.models import Role
from amapress_py.cms import queries, render
from amapress_py.cms.clean import clean
from amapress_py.cms.notices import WHO
from amapress_py.cms.queries import PageRow
from amapress_py.cms.rules import CONNECTED, audience_words
from amapress_py.cms.samples import READERS
from amapress_py.engine import Shortcode
from amapress_py.errors import NotFound
from amapress_py.i18n import _, _l, search_key

MENU = (Entry(_l("Site"), _l("Shortcodes"), "cms_help.shortcodes"),)
LONGEST_SEARCH = 100
USES = "amapress_shortcode_uses"
TYPES = {
    "boolean": _l("oui ou non"),
    "integer": _l("un nombre"),
    "date": _l("une date, comme 2026-11-26"),
    "text": _l("un texte"),
}
SANDBOX = "; sandbox"  # nothing in the frame acts, whoever opens it

bp = Blueprint("cms_help", __name__, url_prefix="/admin/shortcodes")
only_admins = requires(Role.ADMIN)


@dataclass(frozen=True)
class Help:
    """What the screen shows of one shortcode; `reader` sees its preview first."""

    about: Mapping[str, Any]
    for_whom: str
    reader: str
    pages: Sequence[PageRow]

    @property
    def words(self) -> str:
        """What the search looks through."""
        parameters = (f"{one['name']} {one['help']}" for one in self.about["parameters"])
        told = (self.about["tag"], *self.about["aliases"], self.about["title"], *parameters)
        return search_key(" ".join(map(str, told)))


def _help_of(item: Shortcode[Any], about: Mapping[str, Any], pages: Sequence[PageRow]) -> Help:
    words = audience_words(str(item.audience or CONNECTED))
    if "everybody" in words:
        return Help(about, _("tout le monde"), "visitor", pages)
    fitting = (kind for kind in words if kind in READERS)
    reader = next(fitting, "manager" if "exchange_manager" in words else "member")
    return Help(about, ", ".join(str(WHO.get(word, word)) for word in words), reader, pages)


def uses(session: Session) -> Mapping[str, Sequence[PageRow]]:
    """Return the pages that use each shortcode, in text or menu, by tag; read once per version."""
    version = settings.version(session)
    kept: tuple[int, dict[str, list[PageRow]]] | None = current_app.extensions.get(USES)
    if kept is None or kept[0] != version:
        kept = current_app.extensions[USES] = (version, _uses(session))
    return kept[1]


def _uses(session: Session) -> dict[str, list[PageRow]]:
    bodies = dict(queries.bodies_with(session, "["))
    found: dict[str, list[PageRow]] = {}
    for row in sorted(queries.site_pages(session).rows, key=lambda one: one.path):
        text = f"{bodies.get(row.id, '')}\n{row.menu_label}"
        for tag in dict.fromkeys(use.shortcode.tag for use in render.registered().uses(text)):
            found.setdefault(tag, []).append(row)
    return found


@bp.get("")
@only_admins
def shortcodes() -> ResponseReturnValue:
    """List the shortcodes that hold the words asked for."""
    wanted = web.clean_text(request.args.get("q", ""), LONGEST_SEARCH)
    words = search_key(re.sub(r"[\[\]]", " ", wanted)).split()
    pages = uses(db.session())
    registered = render.registered()
    every = [
        _help_of(item, about, pages.get(item.tag, ()))
        for item, about in zip(registered.registry, registered.help_data(), strict=True)
    ]
    found = [one for one in every if all(word in one.words for word in words)]
    return render_template(
        "admin/cms/shortcodes.html",
        rows=sorted(found, key=lambda one: str(one.about["tag"])),
        wanted=wanted,
        types=TYPES,
        readers=[(kind, label) for kind, (label, _viewer) in READERS.items()],
    )


@bp.get("/<tag>/apercu")
@only_admins
def preview(tag: str) -> ResponseReturnValue:
    """Show the example of a shortcode as a sample reader sees it; for the frame of the list."""
    item = render.registered().registry.get(tag)
    if item is None:
        raise NotFound(_("Ce shortcode n’existe pas."))
    kind = request.args.get("lecteur", "")
    g.viewer = READERS[kind if kind in READERS else "visitor"][1]
    body = render.text(clean(item.example or f"[{item.tag}]"), "/")
    page = render_template("admin/cms/shortcode_preview.html", title=item.title, body=body)
    response = make_response(page)
    policy = web.POLICY.format(ancestors="'self'") + SANDBOX
    response.headers["Content-Security-Policy"] = policy
    return response

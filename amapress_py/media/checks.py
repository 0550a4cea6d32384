"""What “État du site” asks about images."""

from collections.abc import Iterator

from flask import url_for
from sqlalchemy.orm import Session

from amapress_py.checks import Check, Finding, Level, Mend
from amapress_py.cms import queries as pages_queries
from amapress_py.i18n import _, _l, ngettext
from amapress_py.media import queries


def missing_images(session: Session) -> Iterator[Finding]:
    """Find pages that show images which are gone."""
    there = queries.keys(session)
    by_id = pages_queries.site_pages(session).by_id
    gone: dict[int, int] = {}
    for key, page_ids in queries.holders(session).items():
        if key not in there:
            for page_id in page_ids:
                gone[page_id] = gone.get(page_id, 0) + 1
    for page_id, count in sorted(gone.items()):
        page = by_id.get(page_id)
        if page is not None:
            text = ngettext(
                "La page « %(title)s » montre une image qui n’existe plus.",
                "La page « %(title)s » montre %(n)s images qui n’existent plus.",
                count,
                title=page.title,
            )
            mend = Mend(_("Modifier la page"), url_for("editor.edit", page_id=page.id))
            yield Finding(text, (mend,))


CHECKS = (
    Check("images", _l("Les images des pages sont toutes là"), Level.ADVISED, missing_images),
)

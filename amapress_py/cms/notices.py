"""What an editor should know about the shortcodes of a page, found without running any."""

from collections.abc import Iterator

from amapress_py.accounts.viewer import Viewer
from amapress_py.cms import render
from amapress_py.cms.rules import CONNECTED, PAGE_AUDIENCES, audience_words, may_see
from amapress_py.cms.samples import READERS
from amapress_py.engine.uses import Use
from amapress_py.i18n import _, _l

WHO = {
    **PAGE_AUDIENCES,
    CONNECTED: _l("personnes connectées"),
    "exchange_manager": PAGE_AUDIENCES["intermittent_manager"],
}
Readers = list[Viewer]


def of(body: str, audience: str = "") -> list[str]:
    """Return sentences about unknown shortcodes, parameters, closing tags, and blind readers.

    `audience` is the page's: a shortcode that is not for all of its readers leaves a gap.
    """
    return list(dict.fromkeys(_all(body, audience)))


def _all(body: str, audience: str) -> Iterator[str]:
    for tag in render.registered().unknown_tags(body):
        yield _("[%(tag)s] : shortcode inconnu.", tag=tag)
    readers = [viewer for _label, viewer in READERS.values() if may_see(viewer, audience)]
    for use in render.registered().uses(body):
        yield from (notice.text for notice in use.notices)
        if use.shortcode.enclosing and not (use.is_closed or use.shortcode.stands_alone):
            yield _(
                "[%(tag)s] n’est pas refermé : écrivez [/%(tag)s] à la fin du passage.",
                tag=use.name,
            )
            continue
        yield from _gaps(use, _inside(use.outer, readers))


def _inside(outer: tuple[Use, ...], readers: Readers) -> Readers:
    """Return who reads what stands inside some shortcodes."""
    for use in outer:
        readers = [viewer for viewer in readers if _runs_for(use, viewer)]
        if use.shortcode.readers is not None:
            shown = use.shortcode.readers
            readers = [viewer for viewer in readers if shown(viewer, use.attributes)]
    return readers


def _runs_for(use: Use, viewer: Viewer) -> bool:
    return may_see(viewer, use.shortcode.audience or CONNECTED)


def _gaps(use: Use, readers: Readers) -> Iterator[str]:
    """Tell who of the readers sees nothing in a shortcode's place (an admin sees all)."""
    if use.shortcode.readers is not None and readers and not _inside((use,), readers):
        yield _("[%(tag)s] ne montre son passage à aucun lecteur de cette page.", tag=use.name)
    blind = [viewer for viewer in readers if not _runs_for(use, viewer)]
    if not blind:
        return
    if not any(viewer.is_connected for viewer in blind):
        yield _("[%(tag)s] ne montre rien aux visiteurs : il faut être connecté.", tag=use.name)
        return
    yield _(
        "[%(tag)s] n’est que pour : %(who)s."
        " Les autres lecteurs de cette page ne voient rien à sa place.",
        tag=use.name,
        who=", ".join(str(WHO.get(word, word)) for word in _words(use)),
    )


def _words(use: Use) -> list[str]:
    return audience_words(str(use.shortcode.audience or CONNECTED))

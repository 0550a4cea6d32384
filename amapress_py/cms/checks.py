"""What “État du site” asks about pages; everything is read once a request."""

from collections.abc import Iterator

from flask import g, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py.checks import Check, Finding, Level, Mend
from amapress_py.cms import proofreading, queries, repair
from amapress_py.cms.files import PageFile
from amapress_py.cms.models import Page, PageState
from amapress_py.cms.proofreading import Reading
from amapress_py.cms.queries import PageRow
from amapress_py.cms.roads import End, Roads, is_for_others
from amapress_py.i18n import _, _l, ngettext

SHOWN = 60  # characters of an address


def home(session: Session) -> Iterator[Finding]:
    """Find that there is no home page, or one that visitors do not see."""
    row = queries.site_pages(session).by_path.get("")
    if row is None:
        yield Finding(_("La page d’accueil manque."), (_recreate(repair.HOME),))
    elif not row.is_published:
        yield Finding(_("La page d’accueil n’est pas publiée."), (_mend(row, "publier"),))


def space(session: Session) -> Iterator[Finding]:
    """Find what the pages of the espace intermittents lack."""
    files = repair.needed()
    missing = [one for one in files if _row(session, one) is None]
    in_trash = _in_trash(session, missing) if missing else {}
    for file in files:
        row = _row(session, file)
        if row is None:
            yield _missing(file, in_trash.get(file.name))
            continue
        if not row.is_published:
            text = _("La page « %(title)s » n’est pas publiée.", title=row.title)
            yield Finding(text, (_mend(row, "publier"), _edit(row)))
        if file.audience and not row.audience:
            text = _(
                "La page « %(title)s » n’est pas protégée : tout le monde peut la lire.",
                title=row.title,
            )
            yield Finding(text, (_mend(row, "proteger"), _edit(row)))
        lacking = [
            one for one in repair.needed_tags(file) if one not in _reading(session, row).tags
        ]
        if lacking:
            text = ngettext(
                "La page « %(title)s » n’a pas son shortcode : %(tags)s.",
                "La page « %(title)s » n’a pas ses shortcodes : %(tags)s.",
                len(lacking),
                title=row.title,
                tags=", ".join(f"[{tag}]" for tag in lacking),
            )
            yield Finding(text, (_mend(row, "shortcodes"), _edit(row)))


def space_menu(session: Session) -> Iterator[Finding]:
    """Find pages of the espace intermittents that the menu does not show."""
    for file in repair.needed():
        row = _row(session, file)
        if row is not None and file.in_menu and not row.in_menu:
            text = _("La page « %(title)s » n’est pas dans le menu.", title=row.title)
            yield Finding(text, (_mend(row, "menu"),))


def shortcodes(session: Session) -> Iterator[Finding]:
    """Find shortcodes that nobody knows, and parameters that are not used."""
    for row, reading in _all(session):
        sentences = [
            _("[%(tag)s] n’est pas un shortcode du site : il s’affiche tel quel.", tag=tag)
            for tag in reading.unknown
        ]
        for sentence in (*sentences, *reading.faults):
            yield _on(row, sentence)


def links(session: Session) -> Iterator[Finding]:
    """Find links and images that lead nowhere."""
    roads = Roads(queries.site_pages(session))
    for row, reading in _all(session):
        for href in reading.links:
            road = roads.follow(row, href)
            if road.end is End.NOTHING:
                yield _on(row, _("le lien « %(href)s » ne mène nulle part.", href=_short(href)))
            elif road.end is End.HIDDEN and road.page is not None:
                sentence = _(
                    "un lien mène à la page « %(target)s », qui n’est pas publiée.",
                    target=road.page.title,
                )
                yield _on(row, sentence)
        for src in reading.images:
            road = roads.follow(row, src)
            if road.end in (End.NOTHING, End.HIDDEN) or road.page is not None:
                yield _on(row, _("l’image « %(src)s » n’existe pas.", src=_short(src)))
            elif road.end is End.ELSEWHERE:
                sentence = _(
                    "l’image « %(src)s » est sur un autre site : elle ne s’affiche pas."
                    " Ajoutez-la aux images de ce site.",
                    src=_short(src),
                )
                yield _on(row, sentence)


def former_addresses(session: Session) -> Iterator[Finding]:
    """Find links through an address that a page had before."""
    roads = Roads(queries.site_pages(session))
    for row, reading in _all(session):
        addresses = (*reading.links, *reading.images)
        count = sum(roads.follow(row, one).end is End.MOVED for one in addresses)
        if count:
            text = ngettext(
                "Page « %(title)s » : un lien passe par une ancienne adresse.",
                "Page « %(title)s » : %(n)s liens passent par une ancienne adresse.",
                count,
                title=row.title,
            )
            yield Finding(text, (_mend(row, "liens"),))


def closed_doors(session: Session) -> Iterator[Finding]:
    """Find links to pages that the readers of a page may not read."""
    roads = Roads(queries.site_pages(session))
    for row, reading in _all(session):
        for href in reading.links:
            target = roads.follow(row, href).page if href in reading.open_links else None
            if target is not None and is_for_others(row, target):
                sentence = _(
                    "un lien mène à la page « %(target)s », que tous ses lecteurs n’ont pas le"
                    " droit de lire.",
                    target=target.title,
                )
                yield _on(row, sentence)


def redirects(session: Session) -> Iterator[Finding]:
    """Find pages that send visitors where they cannot go."""
    pages = queries.site_pages(session)
    for row in pages.rows:
        target = pages.by_id.get(row.redirect_page_id or 0)
        if row.redirect_page_id and (target is None or target.audience or not target.is_published):
            text = _(
                "La page « %(title)s » envoie les visiteurs vers une page qu’ils ne peuvent pas"
                " lire : ils arrivent à la connexion.",
                title=row.title,
            )
            yield Finding(text, (_mend(row, "connexion"), _edit(row)))


def empty_pages(session: Session) -> Iterator[Finding]:
    """Find pages on which there is nothing."""
    for row, reading in _all(session):
        if reading.is_empty:
            yield _on(row, _("elle est vide."))


CHECKS = (
    Check("home", _l("La page d’accueil est là"), Level.REQUIRED, home),
    Check("space", _l("Les pages de l’espace intermittents sont prêtes"), Level.REQUIRED, space),
    Check(
        "space-menu",
        _l("Les pages de l’espace intermittents sont dans le menu"),
        Level.ADVISED,
        space_menu,
    ),
    Check("shortcodes", _l("Les shortcodes des pages sont justes"), Level.ADVISED, shortcodes),
    Check("links", _l("Les liens et les images mènent quelque part"), Level.ADVISED, links),
    Check("former", _l("Aucun lien ne fait de détour"), Level.ADVISED, former_addresses),
    Check("doors", _l("Les liens mènent où les lecteurs ont accès"), Level.ADVISED, closed_doors),
    Check("redirects", _l("Les visiteurs sont envoyés où ils ont accès"), Level.ADVISED, redirects),
    Check("empty", _l("Chaque page dit quelque chose"), Level.ADVISED, empty_pages),
)

LABELS = {
    "remettre": _l("La remettre"),
    "proteger": _l("Protéger"),
    "publier": _l("Publier"),
    "menu": _l("Mettre dans le menu"),
    "connexion": _l("Envoyer à la connexion"),
    "shortcodes": _l("Ajouter le shortcode"),
    "liens": _l("Mettre à jour"),
}


def _row(session: Session, file: PageFile) -> PageRow | None:
    return repair.standing_for(queries.site_pages(session), file)


def _in_trash(session: Session, files: list[PageFile]) -> dict[str, int]:
    """Return the page in the trash that each file was made to, the last one."""
    rows = session.execute(
        select(Page.seed, Page.id)
        .where(Page.trashed_at.is_not(None), Page.seed.in_([one.name for one in files]))
        .order_by(Page.trashed_at)
    )
    return {row.seed: row.id for row in rows}


def _missing(file: PageFile, trashed_id: int | None) -> Finding:
    if trashed_id is None:
        return Finding(
            _("La page « %(title)s » manque.", title=file.title), (_recreate(file.name),)
        )
    url = url_for("cms_repair.mend", page_id=trashed_id)
    back = Mend(LABELS["remettre"], url, True, {"quoi": "remettre"})
    text = _("La page « %(title)s » est dans la corbeille.", title=file.title)
    return Finding(text, (back, _recreate(file.name)))


def _recreate(name: str) -> Mend:
    url = url_for("cms_repair.recreate")
    return Mend(_("Recréer la page"), url, True, {"fichier": name})


def _mend(row: PageRow, what: str) -> Mend:
    return Mend(LABELS[what], url_for("cms_repair.mend", page_id=row.id), True, {"quoi": what})


def _edit(row: PageRow) -> Mend:
    return Mend(_("Modifier la page"), url_for("editor.edit", page_id=row.id))


def _on(row: PageRow, sentence: str) -> Finding:
    text = _("Page « %(title)s » : %(what)s", title=row.title, what=sentence)
    return Finding(text, (_edit(row),))


def _short(address: str) -> str:
    return address if len(address) <= SHOWN else f"{address[:SHOWN]}…"


def _all(session: Session) -> Iterator[tuple[PageRow, Reading]]:
    """Yield the pages that are no drafts, each with what is to check in its text."""
    for row in queries.site_pages(session).rows:
        if row.state is not PageState.DRAFT:
            yield row, _reading(session, row)


def _reading(session: Session, row: PageRow) -> Reading:
    if "page_bodies" not in g:
        g.page_bodies = queries.bodies(session)
        g.page_readings = {}
    readings: dict[int, Reading] = g.page_readings
    if row.id not in readings:
        readings[row.id] = proofreading.read(g.page_bodies.get(row.id, ""))
    return readings[row.id]

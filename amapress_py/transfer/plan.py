"""What an import would do, page by page: the report that is shown, and what is then applied."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from sqlalchemy.orm import Session

from amapress_py import web
from amapress_py.cms import links, render
from amapress_py.cms.clean import TooBig, clean
from amapress_py.cms.files import PageFile
from amapress_py.cms.models import PageState
from amapress_py.cms.origins import fingerprint
from amapress_py.cms.rules import (
    CONNECTED,
    PAGE_AUDIENCES,
    WHO,
    audience_words,
    checked_path,
)
from amapress_py.errors import DomainError
from amapress_py.i18n import _, _l
from amapress_py.transfer import here as this_site
from amapress_py.transfer.here import Here, settled
from amapress_py.transfer.incoming import Incoming, Left, Proposal
from amapress_py.transfer.parcel import Parcel
from amapress_py.transfer.pictures import NewImage, Pictures
from amapress_py.transfer.wordpress import Conversion

MOST_TITLE = 200
MOST_ORDER = 10_000


class Act(StrEnum):
    """What happens to a line of the report."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    REFUSED = "refused"
    LEFT = "left"


LABELS = {
    Act.NEW: _l("Nouvelle"),
    Act.CHANGED: _l("Modifiée"),
    Act.UNCHANGED: _l("Inchangée"),
    Act.KEPT: _l("Gardée"),
    Act.REFUSED: _l("Refusée"),
    Act.LEFT: _l("Non reprise"),
}
FIELDS = {
    "title": _l("titre"),
    "body": _l("texte"),
    "path": _l("adresse"),
    "above": _l("page au-dessus"),
    "in_menu": _l("menu"),
    "menu_label": _l("titre dans le menu"),
    "order": _l("ordre"),
    "state": _l("état"),
    "publish_at": _l("date de publication"),
    "audience": _l("protection"),
    "redirect_to": _l("redirection"),
}


@dataclass(frozen=True)
class Choices:
    """What the admin chose: replace what was changed here, and which pages take whose place."""

    replaces: bool = False
    chosen: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """A line of the report; `page` is the page as it will be, `page_id` the one here."""

    name: str
    title: str
    act: Act
    page: PageFile | None = None
    page_id: int | None = None
    reason: str = ""
    changes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    key: str = ""
    source: str = ""
    proposals: tuple[Proposal, ...] = ()

    @property
    def label(self) -> str:
        """The act in a word."""
        return str(LABELS[self.act])


@dataclass(frozen=True)
class Plan:
    """The whole report."""

    lines: list[Line]
    images: list[NewImage]
    notes: list[str]
    pictures: Pictures
    before: Mapping[int, str]  # fingerprints of the pages here that lines speak of

    def count(self, act: Act) -> int:
        """Return how many lines say that."""
        return sum(1 for line in self.lines if line.act is act)

    @property
    def todo(self) -> list[Line]:
        """What an import would write."""
        return [line for line in self.lines if line.act in (Act.NEW, Act.CHANGED)]

    @property
    def digest(self) -> str:
        """The same for the same file, the same choices and a site that did not change."""
        told = [
            (
                line.name,
                line.act.value,
                line.page_id,
                fingerprint(line.page) if line.page else "",
                line.page.former if line.page else (),
                self.before.get(line.page_id or 0, ""),
            )
            for line in self.lines
        ]
        images = sorted((one.key, one.digest) for one in self.images)
        return hashlib.sha256(json.dumps([told, images]).encode()).hexdigest()


def make(session: Session, parcel: Parcel, choices: Choices, findings: Mapping[str, str]) -> Plan:
    """Compare what came with what is here; nothing is written."""
    here = this_site.read(session)
    pictures = Pictures.of(session, parcel, findings)
    notes = list(parcel.notes)
    left: list[Left] = []
    if parcel.wordpress is not None:
        tags = render.registered().registry.tags
        conversion = Conversion(parcel.wordpress, here, pictures, tags, choices.chosen)
        incoming = list(conversion.incoming())
        left = conversion.left()
        notes += conversion.notes()
    else:
        incoming = list(_of_files(parcel, here, pictures))
    lines = list(_lines(incoming, here, choices))
    lines += [Line(one.name, one.name, Act.REFUSED, reason=one.reason) for one in parcel.refused]
    lines += [Line(one.title, one.title, Act.LEFT, reason=one.reason) for one in left]
    notes += [f"{name} : {reason}" for name, reason in pictures.refused.items()]
    ids = {line.page_id for line in lines if line.page_id is not None}
    before = {page_id: fingerprint(here.pages[page_id]) for page_id in ids}
    wanted = _images_of(lines, pictures)
    return Plan(lines, wanted, notes, pictures, before)


def _images_of(lines: list[Line], pictures: Pictures) -> list[NewImage]:
    """Return the new images that written pages show; the others stay where they are."""
    bodies = [line.page.body for line in lines if line.page and line.act in (Act.NEW, Act.CHANGED)]
    return [one for one in pictures.new.values() if any(one.key in body for body in bodies)]


def _of_files(parcel: Parcel, here: Here, pictures: Pictures) -> Iterator[Incoming]:
    """Yield page files, each with the page here that it is."""
    paths = {page.path for page in parcel.pages}
    claimed: set[int] = set()
    seen: set[str] = set()
    for page in parcel.pages:
        refusal = _refusal(page)
        if not refusal and page.path in seen:
            refusal = _("un autre fichier donne la même adresse /%(path)s", path=page.path)
        match = None if refusal else _match(page, here, paths)
        if match in claimed:
            match = None
        if refusal:
            yield Incoming(page.name, page.title, None, refusal=refusal)
            continue
        seen.add(page.path)
        claimed |= {match} if match is not None else set()
        body, lost = pictures.mapped(page.body)
        notes = [_("Images qui manquent : %(names)s.", names=", ".join(lost))] if lost else []
        try:
            page = replace(page, body=_cleaned(body, here, match))
        except TooBig as error:
            yield Incoming(page.name, page.title, None, refusal=str(error))
            continue
        yield Incoming(
            page.name, page.title, page, match=match, is_new=match is None, notes=tuple(notes)
        )


def _cleaned(body: str, here: Here, match: int | None) -> str:
    """Return the cleaned text; what is here word for word needs no cleaning."""
    if match is not None and here.pages[match].body == body.strip():
        return here.pages[match].body
    return clean(body)


def _refusal(page: PageFile) -> str:
    """Return why a file can be no page, "" if it can."""
    try:
        is_path = not page.path or checked_path(page.path) == page.path
    except DomainError as refusal:
        return str(refusal)
    if not is_path or (page.path and not links.is_left_to_pages(page.path)):
        return _("l’adresse /%(path)s n’est pas possible", path=page.path[:200])
    if len(page.title) > MOST_TITLE or len(page.menu_label) > MOST_TITLE:
        return _("le titre est trop long : %(most)s signes au plus", most=MOST_TITLE)
    if abs(page.order) > MOST_ORDER:
        return _("l’ordre est un nombre entre −10 000 et 10 000")
    if page.state is PageState.SCHEDULED and page.publish_at is None:
        return _("une page programmée a besoin de publish_at")
    known = {CONNECTED, "everybody", *PAGE_AUDIENCES, *WHO}
    strange = [word for word in audience_words(page.audience) if word not in known]
    if strange or len(page.audience) > MOST_TITLE:
        return _(
            "« %(word)s » n’est pas un public connu", word=(strange or [page.audience])[0][:60]
        )
    return ""


def _match(page: PageFile, here: Here, paths: set[str]) -> int | None:
    """Return the page here that a file is: at its address, or moved here or there since."""
    if page.path in here.by_path:
        return here.by_path[page.path]
    moved = here.redirects.get(page.path)
    if moved is not None and here.pages[moved].path not in paths:
        return moved
    for path in page.former:
        if path in here.by_path and path and path not in paths:
            return here.by_path[path]
    return None


def _lines(incoming: list[Incoming], here: Here, choices: Choices) -> Iterator[Line]:
    """Yield the report's lines; pages above and redirections are looked for in what will be."""
    wanted = [one.file for one in incoming if one.file is not None]
    matched = {one.match for one in incoming if one.match is not None}
    others = [page for page_id, page in here.pages.items() if page_id not in matched]
    paths = {page.path for page in (*others, *wanted)}
    above = {page.path: page.above for page in (*others, *wanted)}
    for one in incoming:
        if one.file is None:
            yield Line(one.name, one.title, Act.REFUSED, reason=one.refusal, notes=one.notes)
        else:
            yield _line(one, one.file, here, choices, paths, above)


def _line(
    one: Incoming,
    file: PageFile,
    here: Here,
    choices: Choices,
    paths: set[str],
    above: Mapping[str, str],
) -> Line:
    notes = list(one.notes)
    current = None if one.match is None else here.pages[one.match]
    page = _settled(file, notes, paths)
    if current is not None and one.keeps_place:
        page = replace(
            page,
            path=current.path,
            parent=current.above,
            in_menu=current.in_menu,
            menu_label=current.menu_label,
            order=current.order,
        )
    elif _is_below_itself(page.path, above):
        return Line(one.name, one.title, Act.REFUSED, reason=_("la page se trouve sous elle-même"))
    former = [
        path
        for path in page.former
        if path not in paths and path not in here.redirects and _is_path(path)
    ]
    page = replace(page, former=tuple(sorted(former)))
    unknown = render.registered().unknown_tags(page.body)
    if unknown:
        tags = ", ".join(f"[{tag}]" for tag in unknown)
        notes.append(_("Shortcodes inconnus ici : %(tags)s.", tags=tags))
    about = {
        "notes": tuple(notes),
        "key": one.key,
        "source": one.source,
        "proposals": one.proposals,
    }
    if current is None:
        return Line(one.name, page.title, Act.NEW, page, **about)  # type: ignore[arg-type]
    changes = tuple(_changes(settled(current), page))
    if former:
        changes += (_("anciennes adresses"),)
    act = Act.CHANGED if changes else Act.UNCHANGED
    is_ours = here.is_changed_since_import(one.match or 0) and not one.is_chosen
    reason = ""
    if act is Act.CHANGED and is_ours and not choices.replaces:
        act, reason = Act.KEPT, _("elle a été écrite ou modifiée sur ce site")
    return Line(one.name, page.title, act, page, one.match, reason, changes, **about)  # type: ignore[arg-type]


def _settled(file: PageFile, notes: list[str], paths: set[str]) -> PageFile:
    """Return a page whose page above and redirection exist; say what was dropped."""
    page = settled(file)
    page = replace(
        page,
        title=" ".join(web.clean_text(page.title, MOST_TITLE).split()),
        menu_label=" ".join(web.clean_text(page.menu_label, MOST_TITLE).split()),
        audience=",".join(audience_words(page.audience)),
    )
    if page.above and page.above not in paths:
        if page.parent:
            notes.append(
                _("Il n’y a pas de page /%(path)s au-dessus d’elle.", path=page.above[:200])
            )
        page = replace(page, parent="")
    if page.redirect_to is not None and page.redirect_to not in paths:
        notes.append(
            _(
                "Il n’y a pas de page /%(path)s vers laquelle rediriger.",
                path=page.redirect_to[:200],
            )
        )
        page = replace(page, redirect_to=None)
    return replace(page, parent=page.above)


def _is_below_itself(path: str, above: Mapping[str, str]) -> bool:
    seen = {path}
    at = above.get(path, "")
    while at:
        if at in seen:
            return True
        seen.add(at)
        at = above.get(at, "")
    return False


def _is_path(path: str) -> bool:
    try:
        return bool(path) and checked_path(path) == path and links.is_left_to_pages(path)
    except DomainError:
        return False


def _changes(before: PageFile, after: PageFile) -> Iterator[str]:
    for name, label in FIELDS.items():
        old, new = getattr(before, name), getattr(after, name)
        if (old.strip() != new.strip()) if name == "body" else old != new:
            yield str(label)

"""What somebody sent: kept until its report is read, then applied as it was shown."""

import secrets
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from amapress_py import clock, db, settings
from amapress_py.cms import origins
from amapress_py.cms.models import Page, PageRevision, Redirect
from amapress_py.cms.origins import Origin, fingerprint
from amapress_py.errors import DomainError, NotFound
from amapress_py.i18n import _, _l
from amapress_py.media import services as media_services
from amapress_py.media.models import Media
from amapress_py.media.pictures import written_anew
from amapress_py.transfer import plan as planning
from amapress_py.transfer.models import Upload
from amapress_py.transfer.parcel import Parcel, ZipFiles, opened
from amapress_py.transfer.plan import Act, Choices, Line, Plan

KEPT = timedelta(days=1)
LONGEST_NAME = 200


class SiteChanged(DomainError):
    """The report is no longer true."""

    message = _l(
        "Le site, ou vos choix, ont changé depuis ce rapport : rien n’a été importé. Voici le"
        " nouveau rapport ; relisez-le, puis cliquez de nouveau sur « Importer »."
    )


class Forgotten(NotFound):
    """A day has passed, or it was imported already."""

    def __init__(self) -> None:
        super().__init__(_("Ce fichier n’est plus là : envoyez-le de nouveau."))


def parcel_of(name: str, content: bytes, images: bytes) -> Parcel:
    """Open what was sent; `images` is a ZIP of the old site's uploads, or nothing."""
    return opened(name, content, ZipFiles(images) if images else None)


def examined(session: Session, parcel: Parcel) -> dict[str, str]:
    """Read every image that an import would keep, once; return the findings."""
    pictures = planning.make(session, parcel, Choices(), {}).pictures
    return parcel.findings(pictures.pending)


def keep_upload(
    session: Session,
    name: str,
    content: bytes,
    images: bytes,
    findings: Mapping[str, str],
    person_id: int,
) -> str:
    """Keep a file until its report is read; return its token."""
    forget_old(session)
    upload = Upload(
        token=secrets.token_hex(16),
        name=name[:LONGEST_NAME],
        content=content,
        images=images,
        findings=dict(findings),
        person_id=person_id,
        created_at=clock.now(),
    )
    session.add(upload)
    session.flush()
    return upload.token


def upload(session: Session, token: str, person_id: int) -> Upload:
    """Return what somebody sent himself; raise Forgotten."""
    found = session.get(Upload, token)
    if found is None or found.person_id != person_id:
        raise Forgotten
    return found


def forget(session: Session, token: str) -> None:
    """Forget a file."""
    session.execute(delete(Upload).where(Upload.token == token))


def forget_old(session: Session) -> None:
    """Forget files whose report nobody came back to."""
    session.execute(delete(Upload).where(Upload.created_at < clock.now() - KEPT))


def apply(
    session: Session,
    parcel: Parcel,
    choices: Choices,
    findings: Mapping[str, str],
    shown: str,
    author_id: int,
) -> Plan:
    """Write what the report said; raise SiteChanged when it would say something else now."""
    settings.touch(session)  # first: it makes editors wait
    plan = planning.make(session, parcel, choices, findings)
    if plan.digest != shown:
        raise SiteChanged
    _keep_images(session, parcel, plan, author_id)
    pages = _write_pages(session, plan.todo, author_id)
    _join(session, plan.todo, pages)
    origins.remember(
        session,
        {
            pages[id(line)].id: Origin(fingerprint(line.page), line.source)
            for line in plan.todo
            if line.page is not None
        },
    )
    return plan


def _keep_images(session: Session, parcel: Parcel, plan: Plan, author_id: int) -> None:
    for one in plan.images:
        picture = written_anew(parcel.image_bytes(one.image))
        if session.scalar(select(Media.id).where(Media.digest == picture.digest)) is not None:
            raise SiteChanged
        media = media_services.keep(session, author_id, picture, one.image.file_name, one.image.alt)
        media.key = one.key
    session.flush()


def _write_pages(session: Session, lines: list[Line], author_id: int) -> dict[int, Page]:
    """Write the pages themselves, each with a revision; return them by line."""
    pages: dict[int, Page] = {}
    for line in lines:
        said = line.page
        assert said is not None  # noqa: S101  lines to be written have one
        page = Page(path=said.path, seed="") if line.act is Act.NEW else _page(session, line)
        if page.path != said.path:
            session.add(Redirect(path=page.path, page_id=page.id))
            page.path = said.path
        session.execute(delete(Redirect).where(Redirect.path == said.path))
        page.title = said.title
        page.menu_label = said.menu_label
        page.in_menu = said.in_menu
        page.position = said.order
        page.state = said.state
        page.publish_at = said.publish_at
        page.audience = said.audience
        session.add(page)
        session.flush()
        revision = PageRevision(
            page_id=page.id,
            title=said.title,
            body=said.body,
            author_id=author_id or None,
            created_at=clock.now(),
        )
        session.add(revision)
        session.flush()
        page.revision_id = revision.id
        pages[id(line)] = page
    return pages


def _page(session: Session, line: Line) -> Page:
    page = db.locked(session, Page, line.page_id or 0)
    if page is None:
        raise SiteChanged
    return page


def _join(session: Session, lines: list[Line], pages: Mapping[int, Page]) -> None:
    """Set pages above, redirections and former addresses, once every page is there."""
    ids = {
        row.path: row.id
        for row in session.execute(select(Page.path, Page.id).where(Page.trashed_at.is_(None)))
    }
    for line in lines:
        page, said = pages[id(line)], line.page
        assert said is not None  # noqa: S101  as above
        page.parent_id = ids[said.above] if said.above else None
        page.redirect_page_id = None if said.redirect_to is None else ids[said.redirect_to]
        for path in said.former:
            if session.get(Redirect, path) is None:
                session.add(Redirect(path=path, page_id=page.id, created_at=clock.now()))
        session.flush()

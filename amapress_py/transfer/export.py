"""All pages as files in one ZIP, with the images that they show."""

import io
import json
import zipfile
from typing import IO

from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py.media import rules as media_rules
from amapress_py.media.models import Media, MediaContent
from amapress_py.transfer import here

PAGES = "pages/"
IMAGES = "images/"
IMAGE_LIST = "images.json"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same pages make the same file


def write(session: Session, file: IO[bytes]) -> int:
    """Write every page and every image that they name; return how many pages."""
    pages = here.read(session).pages.values()
    keys = frozenset().union(*(media_rules.keys_in(page.body) for page in pages))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, page in enumerate(pages):
            name = f"{PAGES}{page.name}"
            if name in archive.NameToInfo:  # "a/index" and "a/index-page": each says its path
                name = f"{PAGES}{number}-{page.path.replace('/', '-')}.html"
            _add(archive, name, page.text().encode())
        images = session.execute(
            select(Media.id, Media.key, Media.name, Media.alt)
            .where(Media.key.in_(keys))
            .order_by(Media.key)
        ).all()
        about = {
            f"{image.key}-{image.name}": {"key": image.key, "name": image.name, "alt": image.alt}
            for image in images
        }
        if about:
            text = json.dumps(about, ensure_ascii=False, indent=1)
            _add(archive, IMAGE_LIST, text.encode())
        for image in images:
            content = session.scalar(
                select(MediaContent.content).where(
                    MediaContent.media_id == image.id,
                    MediaContent.variant == media_rules.PAGE,
                )
            )
            _add(archive, f"{IMAGES}{image.key}-{image.name}", content or b"")
    return len(pages)


def as_bytes(session: Session) -> bytes:
    """Return the ZIP."""
    file = io.BytesIO()
    write(session, file)
    return file.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, LONG_AGO), content, zipfile.ZIP_DEFLATED)

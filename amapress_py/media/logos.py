"""The site's logo is one of the images; the screen of the appearance asks here."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.media import rules, services
from amapress_py.media.models import Media
from amapress_py.media.pictures import written_anew

most_bytes = rules.MOST_REQUEST_BYTES
accepted = rules.ACCEPTED


def url(session: Session, key: str) -> str | None:
    """Return the address of a logo in its small size, None if the image is gone."""
    name = session.scalar(select(Media.name).where(Media.key == key))
    return None if name is None else rules.address(key, name, rules.VIGNETTE)


def keep(author_id: int, data: bytes, name: str) -> str:
    """Keep an upload and return its key; raise a BadImage that says what is wrong."""
    picture = written_anew(data)
    with db.transaction() as session:
        return services.keep(session, author_id, picture, name, alt="").key

"""What pages were like when they came from a file: whether somebody changed one since."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from amapress_py.cms.files import PageFile
from amapress_py.cms.models import PageState
from amapress_py.settings.models import Setting

KEY = "cms.origins"  # the Setting row


@dataclass(frozen=True)
class Origin:
    """Of a page: its fingerprint when it was made or changed by a file, and which it was."""

    fingerprint: str
    source: str = ""  # of a page of another program: its site and number


def fingerprint(page: PageFile) -> str:
    """Return a sign of all that an editor may change; a scheduled page is the one it becomes."""
    is_draft = page.state is PageState.DRAFT
    publish_at = page.publish_at.timestamp() if page.publish_at else 0
    told = (page.path, page.title, page.body.strip(), page.above, page.in_menu, page.menu_label,
            page.order, is_draft, publish_at, page.audience, page.redirect_to or "")  # fmt: skip
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def read(session: Session) -> dict[int, Origin]:
    """Return the origins by page id."""
    row = session.get(Setting, KEY)
    found = json.loads(row.value) if row else {}
    return {int(page_id): Origin(*origin) for page_id, origin in found.items()}


def remember(session: Session, new: Mapping[int, Origin]) -> None:
    """Add origins, in the place of older ones."""
    every = {**read(session), **new}
    value = json.dumps({page_id: [one.fingerprint, one.source] for page_id, one in every.items()})
    row = session.get(Setting, KEY)
    if row is None:
        session.add(Setting(key=KEY, value=value))
    else:
        row.value = value

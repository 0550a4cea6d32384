"""The menu as one viewer sees it: what is not for him leaves no trace."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from markupsafe import Markup
from sqlalchemy.orm import Session

from amapress_py.accounts.viewer import Viewer
from amapress_py.cms import queries, render
from amapress_py.cms.queries import MenuNode
from amapress_py.cms.rules import may_see


@dataclass(frozen=True)
class Entry:
    """A line of the menu; `current` when it is the page one looks at."""

    label: str | Markup
    url: str
    current: bool
    children: list["Entry"]


def entries(session: Session, viewer: Viewer, path: str) -> list[Entry]:
    """Return the menu of a viewer who is at `path`."""
    return list(_visible(queries.site_pages(session).menu, viewer, path))


def _visible(nodes: Iterable[MenuNode], viewer: Viewer, path: str) -> Iterator[Entry]:
    for node in nodes:
        below = _visible(node.children, viewer, path)
        if not (node.page.is_published and may_see(viewer, node.page.audience)):
            yield from below  # what stands under a hidden page moves up
            continue
        label = render.line(node.label) if "[" in node.label else node.label
        yield Entry(label, node.page.url, node.page.url == path, list(below))

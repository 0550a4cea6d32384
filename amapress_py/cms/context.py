"""What a shortcode of our pages may look at."""

from datetime import datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session

from amapress_py import engine
from amapress_py.accounts.viewer import Viewer
from amapress_py.settings import Settings


class Context(engine.Context):
    """One per page view; `renderers` are the tags that ran and depend on more than the page.

    `embedded`: the shortcode stands alone in a frame of another site and shows what is public.
    """

    def __init__(
        self,
        session: Session,
        viewer: Viewer,
        settings: Settings,
        now: datetime,
        path: str,
        embedded: bool = False,
    ) -> None:
        super().__init__(page=path)
        self.session = session
        self.viewer = viewer
        self.settings = settings
        self.now = now
        self.path = path
        self.embedded = embedded
        self.renderers: set[str] = set()

    @property
    def is_public(self) -> bool:
        """Tell whether what was rendered may be kept for every visitor."""
        return not self.renderers

    def door(self, sentence: Any, label: Any, path: str) -> Markup:
        """Return what an embedded shortcode shows instead: a sentence, a button to our page."""
        return self.template("embed_door.html", sentence=sentence, label=label, path=path)

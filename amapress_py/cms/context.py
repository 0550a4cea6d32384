"""What a shortcode of our pages may look at."""

from datetime import datetime

from sqlalchemy.orm import Session

from amapress_py import engine
from amapress_py.accounts.viewer import Viewer
from amapress_py.settings import Settings


class Context(engine.Context):
    """One per page view; `renderers` are the tags that ran and depend on more than the page."""

    def __init__(
        self, session: Session, viewer: Viewer, settings: Settings, now: datetime, path: str
    ) -> None:
        super().__init__(page=path)
        self.session = session
        self.viewer = viewer
        self.settings = settings
        self.now = now
        self.path = path
        self.renderers: set[str] = set()

    @property
    def is_public(self) -> bool:
        """Tell whether what was rendered may be kept for every visitor."""
        return not self.renderers

"""Pages in the database: content with shortcodes, protection, menu."""

from amapress_py.cms.context import Context

__all__ = ["Context"]

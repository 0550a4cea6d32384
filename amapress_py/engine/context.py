"""What a renderer is given besides its attributes."""

from collections.abc import Callable
from copy import copy
from typing import Any, Self

from flask import current_app
from markupsafe import Markup

from amapress_py.engine.parameters import Notice


def _nothing() -> Markup:
    """Render the inside of a shortcode that encloses nothing."""
    return Markup("")


class Context:
    """Where a shortcode runs: made once for a page, and copied for each call.

    An application may add what its renderers need in a subclass.
    """

    def __init__(self, page: str | None = None) -> None:
        self.page = page
        self.tag = ""
        self.attributes: Any = None
        self.content: Callable[[], Markup] = _nothing
        self.depth = 0  # 1 for a shortcode of the page, 2 for one inside it
        self.notices: list[Notice] = []
        self._values: dict[str, Any] = {}

    def of_call(self, tag: str, attributes: Any, content: Callable[[], Markup] = _nothing) -> Self:
        """Return a copy for one call; both share what the page has."""
        bound = copy(self)
        bound.tag = tag
        bound.attributes = attributes
        bound.content = content
        bound.depth = self.depth + 1
        return bound

    def template(self, name: str, /, **values: Any) -> Markup:
        """Render a template of the application, with `context` and `attributes` at hand.

        The values of context processors are worked out once for a page.
        """
        if not self._values:
            current_app.update_template_context(self._values)
        template = current_app.jinja_env.get_template(name)
        given = {**self._values, "context": self, "attributes": self.attributes, **values}
        return Markup(template.render(given))  # noqa: S704  the template escapes

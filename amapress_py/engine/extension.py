"""Shortcodes in a Flask application: a Jinja filter, compiled texts, notices and help."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from flask import Flask, current_app
from markupsafe import Markup, escape
from werkzeug.exceptions import HTTPException

from amapress_py.engine import parser
from amapress_py.engine import uses as reading
from amapress_py.engine.context import Context
from amapress_py.engine.parameters import Notice, Parameter
from amapress_py.engine.registry import Registry, Shortcode, discover
from amapress_py.engine.uses import Use

DEEPEST = 50
KEPT_TEXTS = 256
KEPT_CALLS = 4096
FAILED = Markup(
    '<p class="shortcode-error">Ce contenu ne peut pas être affiché pour le moment.</p>'
)
BRACKETED_WORD = re.compile(r"(?<!\[)\[([a-z][a-z0-9_-]*+)(|[\s/][^\[\]]*+)\]", re.ASCII)
ASSIGNMENT = re.compile(r"[\w-]\s*+=", re.ASCII)

Allowed = Callable[[Any, Shortcode[Any]], bool]
OnError = Callable[[Any, Exception], str]


def _everybody(_context: Any, _shortcode: Shortcode[Any]) -> bool:
    return True


class Shortcodes:
    """The shortcodes of an application.

    `context` makes what the filter hands to renderers; `allowed` says whether one may run here;
    `on_error` gives what stands in the place of one that raised (it is logged anyway);
    `url_protocols` empties other addresses that shortcodes make inside tags; exceptions of the
    types `passthrough` are let through.
    """

    def __init__(
        self,
        app: Flask | None = None,
        shortcodes: Iterable[Shortcode[Any]] | None = None,
        context: Callable[[], Context] = Context,
        allowed: Allowed = _everybody,
        on_error: OnError | None = None,
        url_protocols: Collection[str] | None = None,
        passthrough: tuple[type[Exception], ...] = (HTTPException,),
    ) -> None:
        self.registry = Registry(discover() if shortcodes is None else shortcodes)
        self.context = context
        self.allowed = allowed
        self.on_error = on_error
        self.url_protocols = url_protocols
        self.passthrough = passthrough
        self._tags = self.registry.tags
        self._compile_kept = lru_cache(KEPT_TEXTS)(self._compile)
        self._read_kept = lru_cache(KEPT_CALLS)(self._read)
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Give the templates of `app` the filter `shortcodes`."""
        app.extensions["shortcodes"] = self
        app.jinja_env.filters["shortcodes"] = self.filter

    def filter(self, text: str, context: Context | None = None) -> Markup:
        """Render a text, which must be clean HTML, in a context of its own unless one is given."""
        return self.render(self.compile(str(text)), context or self.context())

    def compile(self, text: str) -> parser.Compiled:
        """Find the shortcodes of a text; the last texts are kept."""
        return self._compile_kept(text)

    def render(self, compiled: parser.Compiled, context: Context) -> Markup:
        """Run the calls of a compiled text; `context.notices` gets what an editor should know."""
        html = compiled.render(lambda call: self._run(call, context), self.url_protocols)
        return Markup(html)  # noqa: S704  the text is clean and results are escaped

    def alone(
        self, shortcode: Shortcode[Any], given: Mapping[str, str], context: Context
    ) -> Markup:
        """Render one shortcode as if it were all that a page says."""
        attributes, notices = shortcode.read(shortcode.tag, dict(given.items()))
        bound = context.of_call(shortcode.tag, attributes)
        if not self.allowed(bound, shortcode):
            return Markup("")
        context.notices.extend(notices)
        return Markup(self._rendered(shortcode, bound))  # noqa: S704  results are escaped

    def _compile(self, text: str) -> parser.Compiled:
        return parser.compile(text, self._tags)

    def _read(self, call: parser.Call) -> tuple[Shortcode[Any], Any, Sequence[Notice]]:
        """Return the shortcode of a call, with its typed attributes and their notices."""
        shortcode = self.registry.get(call.name)
        if shortcode is None:
            raise LookupError(f"[{call.name}] was compiled by another registry")
        return (shortcode, *shortcode.read(call.name, call.attributes))

    def _run(self, call: parser.Call, context: Context) -> str:
        """Return what stands in the place of one call."""
        shortcode, attributes, notices = (self._read_kept if call.fixed else self._read)(call)
        bound = context.of_call(call.name, attributes)
        if shortcode.enclosing:
            bound.content = lambda: self._inside(call, bound)
        if not self.allowed(bound, shortcode):
            return ""
        context.notices.extend(notices)
        if call.fixed and call.content and not shortcode.enclosing:
            context.notices.append(reading.nothing_enclosed(call.name))
        return self._rendered(shortcode, bound)

    def _rendered(self, shortcode: Shortcode[Any], context: Context) -> str:
        """Return what a renderer gives, escaped unless it is Markup; a notice when it raises."""
        try:
            result = shortcode.render(context, context.attributes)
        except self.passthrough:
            raise
        except Exception as error:
            current_app.logger.exception(
                "Shortcode [%s] failed on page %s", context.tag, context.page
            )
            return escape(self.on_error(context, error) if self.on_error else FAILED)
        return "" if result is None else escape(result)

    def _inside(self, call: parser.Call, context: Context) -> Markup:
        """Render what a call encloses, unless it lies too deep: then it stays as text."""
        if context.depth >= DEEPEST:
            context.notices.append(_too_deep(call.name))
            return Markup(call.content)  # noqa: S704  the text is clean
        compiled = self.compile(call.content) if call.fixed else self._compile(call.content)
        return self.render(compiled, context)

    def tags_of(self, text: str) -> list[str]:
        """Return the tags that a text uses, in order, with repeats."""
        return parser.shortcode_names(text, self._tags)

    def uses(self, text: str) -> Iterator[Use]:
        """Yield how a text uses shortcodes, in order; nothing runs."""
        return reading.uses(text, self.registry)

    def unknown_tags(self, text: str) -> list[str]:
        """Return bracketed words that look like shortcodes and are none, each once."""
        found: dict[str, None] = {}
        closed = set(re.findall(r"\[/([^\[\]]++)\]", text))
        for name, rest in BRACKETED_WORD.findall(text):
            if self.registry.get(name) is None and (
                "-" in name or "_" in name or name in closed or _has_attributes(rest)
            ):
                found[name] = None
        return list(found)

    def help_data(self) -> list[dict[str, Any]]:
        """Return what the help shows of each shortcode."""
        return [_help(item) for item in self.registry]


def _has_attributes(rest: str) -> bool:
    """Tell whether the end of a bracketed word is that of a shortcode, not of a remark."""
    return rest.endswith("/") or ASSIGNMENT.search(rest) is not None


def _help(item: Shortcode[Any]) -> dict[str, Any]:
    return {
        "tag": item.tag,
        "aliases": list(item.aliases),
        "title": str(item.title),
        "enclosing": item.enclosing,
        "embeddable": item.embeddable,
        "parameters": [_parameter_help(parameter) for parameter in item.parameters],
        "example": item.example or _example(item),
    }


def _parameter_help(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "aliases": list(parameter.aliases),
        "type": parameter.type,
        "default": default_text(parameter.default),
        "choices": list(parameter.choices),
        "help": str(parameter.help),
    }


def default_text(value: object) -> str:
    """Return a default as one would write it in a shortcode."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    return str(value)


def _example(item: Shortcode[Any]) -> str:
    return f"[{item.tag}]…[/{item.tag}]" if item.enclosing else f"[{item.tag}]"


def _too_deep(tag: str) -> Notice:
    return Notice(
        tag,
        "",
        f"Il y a plus de {DEEPEST} shortcodes les uns dans les autres : le reste est du texte.",
    )

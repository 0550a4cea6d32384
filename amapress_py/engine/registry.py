"""Shortcodes as values: declared by a decorator, found in a package, held by a registry."""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any, Generic, TypeVar

from amapress_py.engine.context import Context
from amapress_py.engine.matching import is_valid_name
from amapress_py.engine.parameters import Notice, Parameter, Words, read_fields, read_values

A = TypeVar("A")
C = TypeVar("C", bound=Context)

ENTRY_POINTS = "amapress_py.shortcodes"


class DuplicateTag(ValueError):
    """Two shortcodes want one tag; `sources` are the modules that they come from."""

    def __init__(self, tag: str, *sources: str) -> None:
        super().__init__(f"two shortcodes are called [{tag}]: in {' and in '.join(sources)}")
        self.tag = tag
        self.sources = sources


class BrokenShortcode(ImportError):
    """What should bring shortcodes cannot be imported, or brings none."""

    def __init__(self, source: str, reason: object) -> None:
        super().__init__(f"no shortcode comes from {source}: {reason}")
        self.source = source
        self.reason = reason


@dataclass(frozen=True)
class NoAttributes:
    """The attributes of a shortcode that has no parameter."""


@dataclass(frozen=True, eq=False)
class Shortcode(Generic[A]):
    """A tag, the parameters it takes, and `render(context, attributes)`: what stands there."""

    tag: str
    attributes: type[A]
    title: Words
    render: Callable[[Any, A], str]
    aliases: tuple[str, ...] = ()
    audience: Any = None
    embeddable: bool = False
    enclosing: bool = False
    example: str = ""
    public_cache: bool = False
    stands_alone: bool = False
    readers: Callable[[Any, A], bool] | None = None
    parameters: tuple[Parameter, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", read_fields(self.attributes))

    @property
    def names(self) -> tuple[str, ...]:
        """The tag and its aliases."""
        return (self.tag, *self.aliases)

    @property
    def source(self) -> str:
        """The module that its renderer comes from."""
        return str(getattr(self.render, "__module__", "?"))

    def read(self, tag: str, given: Mapping[str | int, str] | str) -> tuple[A, Sequence[Notice]]:
        """Return the typed attributes of one use, and what an editor should know about them."""
        values, notices = read_values(tag, self.parameters, given)
        return self.attributes(**values), notices


def shortcode(
    tag: str,
    attributes: type[A],
    title: Words,
    *,
    aliases: Sequence[str] = (),
    audience: Any = None,
    embeddable: bool = False,
    enclosing: bool = False,
    example: str = "",
    public_cache: bool = False,
    stands_alone: bool = False,
    readers: Callable[[Any, A], bool] | None = None,
) -> Callable[[Callable[[C, A], str]], Shortcode[A]]:
    """Make a renderer a `Shortcode`; nothing is registered.

    `audience` means what the application decides.  An `enclosing` one gets `context.content`, which
    renders the inside when it is called; if it also `stands_alone`, it may enclose nothing.
    `readers` says of a reader and attributes whether he sees what is enclosed.
    """

    def declare(render: Callable[[C, A], str]) -> Shortcode[A]:
        return Shortcode(
            tag,
            attributes,
            title,
            render,
            tuple(aliases),
            audience,
            embeddable,
            enclosing,
            example,
            public_cache,
            stands_alone,
            readers,
        )

    return declare


class Registry:
    """Shortcodes by tag and alias, in the order of their registration."""

    def __init__(self, shortcodes: Iterable[Shortcode[Any]] = ()) -> None:
        self._shortcodes: list[Shortcode[Any]] = []
        self._by_name: dict[str, Shortcode[Any]] = {}
        for item in shortcodes:
            self.add(item)

    def add(self, item: Shortcode[Any]) -> None:
        """Register a shortcode; raise DuplicateTag or, for a name WordPress refuses, ValueError."""
        for name in item.names:
            if not is_valid_name(name):
                raise ValueError(f"a shortcode cannot be called {name!r}")
            if name in self._by_name:
                raise DuplicateTag(name, self._by_name[name].source, item.source)
            self._by_name[name] = item
        self._shortcodes.append(item)

    @property
    def tags(self) -> tuple[str, ...]:
        """Every tag and alias."""
        return tuple(self._by_name)

    def get(self, tag: str) -> Shortcode[Any] | None:
        """Return the shortcode called `tag`, also by an alias."""
        return self._by_name.get(tag)

    def __iter__(self) -> Iterator[Shortcode[Any]]:
        return iter(self._shortcodes)

    def __len__(self) -> int:
        return len(self._shortcodes)


def discover(package: str = "amapress_py.shortcodes") -> Iterator[Shortcode[Any]]:
    """Yield the shortcodes of the modules of `package`, then those of installed entry points.

    An entry point of the group `amapress_py.shortcodes` names a shortcode, or a module of them.
    Raise BrokenShortcode for what cannot be imported, or is neither.
    """
    found: dict[int, Shortcode[Any]] = {}
    for info in pkgutil.iter_modules(importlib.import_module(package).__path__):
        name = f"{package}.{info.name}"
        module = _loaded(name, partial(importlib.import_module, name))
        found.update((id(item), item) for item in _shortcodes_of(module))
    for entry_point in entry_points(group=ENTRY_POINTS):
        source = f"{entry_point.name} = {entry_point.value}"
        items = list(_shortcodes_of(_loaded(source, entry_point.load)))
        if not items:
            raise BrokenShortcode(source, "it names no shortcode")
        found.update((id(item), item) for item in items)
    yield from found.values()


def _loaded(source: str, load: Callable[[], object]) -> object:
    try:
        return load()
    except Exception as error:
        raise BrokenShortcode(source, f"{type(error).__name__}: {error}") from error


def _shortcodes_of(value: object) -> Iterator[Shortcode[Any]]:
    """Yield a shortcode, or those that a module holds."""
    values = vars(value).values() if isinstance(value, ModuleType) else (value,)
    yield from (item for item in values if isinstance(item, Shortcode))

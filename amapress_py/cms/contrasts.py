"""Can everything be read in these colours?  Asked of the pairs that a theme names."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from amapress_py.cms.colours import nearest, ratio
from amapress_py.cms.manifest import Contrast, Theme


@dataclass(frozen=True)
class Reading:
    """How well one pair is read in certain colours."""

    contrast: Contrast
    text: str  # "#rrggbb"
    on: str
    ratio: float

    @property
    def passes(self) -> bool:
        """Tell whether it is enough."""
        return self.ratio >= self.contrast.least

    @property
    def shown(self) -> float:
        """The ratio to one decimal, never rounded up to what would be enough."""
        return math.floor(self.ratio * 10) / 10


@dataclass(frozen=True)
class Proposal:
    """The colour nearest to the chosen one with which everything is read."""

    name: str
    colour: str


def reading(contrast: Contrast, colours: Mapping[str, str]) -> Reading:
    """Measure one pair."""
    text = colours.get(contrast.text, contrast.text)
    on = colours.get(contrast.on, contrast.on)
    return Reading(contrast, text, on, ratio(text, on))


def readings(theme: Theme, colours: Mapping[str, str]) -> list[Reading]:
    """Measure every pair of a theme."""
    return [reading(one, colours) for one in theme.contrasts]


def refused(theme: Theme, colours: Mapping[str, str]) -> Iterator[Reading]:
    """Yield the pairs that are read badly because of a chosen colour."""
    for one in readings(theme, colours):
        if not one.passes and _chosen(theme, colours, one.contrast):
            yield one


def proposal(theme: Theme, colours: Mapping[str, str], contrast: Contrast) -> Proposal | None:
    """Return what to take instead of the chosen colour of a pair; None if nothing fits."""
    found = (_better(theme, colours, name) for name in _chosen(theme, colours, contrast))
    return next(filter(None, found), None)


def _better(theme: Theme, colours: Mapping[str, str], name: str) -> Proposal | None:
    pairs = [one for one in theme.contrasts if name in (one.text, one.on)]

    def is_read(colour: str) -> bool:
        tried = {**colours, name: colour}
        return all(reading(one, tried).passes for one in pairs)

    found = nearest(colours[name], is_read)
    return None if found is None else Proposal(name, found)


def _chosen(theme: Theme, colours: Mapping[str, str], contrast: Contrast) -> list[str]:
    sides = (contrast.text, contrast.on)
    return [name for name in sides if name in colours and colours[name] != theme.colours[name]]

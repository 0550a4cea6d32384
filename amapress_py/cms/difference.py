"""What changed between two texts, block by block and word by word, for people who read no HTML.

Time is bounded: what stands once in both texts is found first (patience), difflib only looks at
the short passages between.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from amapress_py.cms.plain import Block, Kind, blocks

MOST_COMPARED = 60  # items of a passage that difflib looks at
ALIKE = 0.4  # share of words in common from which a block is the other, changed
CONTEXT = 1  # unchanged blocks shown beside a change
WORD = re.compile(r"\S+\s*")
END_OF_LINE = re.compile(
    r"(</(?:p|h[1-6]|li|ul|ol|dl|dt|dd|table|tr|td|th|div|blockquote|figure|details)>|<br ?/?>)\n?"
)

Part = tuple[str, bool]  # a text, and whether the other side has not got it
Pair = tuple[int, int]


class Change(StrEnum):
    """What became of a block."""

    SAME = "same"
    CHANGED = "changed"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True)
class Side:
    """A block of one text, with what the other has not got."""

    kind: Kind
    parts: list[Part]


@dataclass(frozen=True)
class Row:
    """Two blocks that stand for each other; a side is None where there is nothing."""

    change: Change
    before: Side | None
    after: Side | None


@dataclass(frozen=True)
class Passage:
    """Rows that follow each other; `is_far` when they are unchanged and far from any change."""

    is_far: bool
    rows: list[Row]


def of_pages(before: str, after: str) -> list[Passage]:
    """Compare what two cleaned texts say, where their links lead and which images they show."""
    return passages(blocks(before, with_targets=True), blocks(after, with_targets=True))


def of_sources(before: str, after: str) -> list[Passage]:
    """Compare two cleaned texts as they are written."""
    return passages(_lines(before), _lines(after))


def passages(before: Sequence[Block], after: Sequence[Block]) -> list[Passage]:
    """Return both texts beside each other; what is unchanged and far from a change apart."""
    found: list[Passage] = []
    near: list[Row] = []
    for is_same, rows in _runs(before, after):
        if not is_same or len(rows) <= 2 * CONTEXT + 1:
            near += rows
            continue
        first = CONTEXT if near else 0
        near += rows[:first]
        if near:
            found.append(Passage(False, near))
        found.append(Passage(True, rows[first : len(rows) - CONTEXT]))
        near = rows[len(rows) - CONTEXT :]
    if found and all(row.change is Change.SAME for row in near):  # nothing changed after it
        near = [*found.pop().rows, *near]
        found.append(Passage(True, near))
    elif near:
        found.append(Passage(all(row.change is Change.SAME for row in near), near))
    return found


def is_same(found: Sequence[Passage]) -> bool:
    """Tell whether nothing changed."""
    return all(one.is_far for one in found)


def _lines(html: str) -> list[Block]:
    lines = END_OF_LINE.sub(r"\1\n", html).splitlines()
    return [Block(Kind.TEXT, line) for line in lines if line.strip()]


def _runs(before: Sequence[Block], after: Sequence[Block]) -> Iterator[tuple[bool, list[Row]]]:
    """Yield, in turns, rows of what is the same and rows of what is not."""
    i = j = 0
    same: list[Row] = []
    for one, other in [*_common(before, after), (len(before), len(after))]:
        if (one, other) != (i, j):
            if same:
                yield True, same
                same = []
            yield False, list(_changed(before[i:one], after[j:other]))
        if one < len(before):
            side = Side(before[one].kind, [(before[one].text, False)])
            same.append(Row(Change.SAME, side, side))
        i, j = one + 1, other + 1
    if same:
        yield True, same


def _common(one: Sequence[Hashable], other: Sequence[Hashable]) -> list[Pair]:
    """Return the places of items that both hold, in order."""
    start = _same_start(one, other)
    end = _same_start(one[start:][::-1], other[start:][::-1])
    found = [(place, place) for place in range(start)]
    here, there = start, start
    last = (len(one) - end, len(other) - end)
    for anchor in [*_anchors(one[start : last[0]], other[start : last[1]], start), last]:
        found += _between(one, other, (here, anchor[0]), (there, anchor[1]))
        if anchor != last:
            found.append(anchor)
        here, there = anchor[0] + 1, anchor[1] + 1
    found += [(last[0] + place, last[1] + place) for place in range(end)]
    return found


def _same_start(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    for place, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if mine != theirs:
            return place
    return min(len(one), len(other))


def _anchors(one: Sequence[Hashable], other: Sequence[Hashable], start: int) -> list[Pair]:
    """Return what stands once in each, as long as the order is the same in both."""
    counts, others = Counter(one), Counter(other)
    places = {item: place for place, item in enumerate(other) if others[item] == 1}
    pairs = [
        (place, places[item])
        for place, item in enumerate(one)
        if counts[item] == 1 and item in places
    ]
    return [(mine + start, theirs + start) for mine, theirs in _rising(pairs)]


def _rising(pairs: Sequence[Pair]) -> list[Pair]:
    """Return the longest choice of pairs whose second numbers rise (patience sorting)."""
    tops: list[int] = []  # smallest end of a choice of each length
    ends: list[int] = []  # which pair that is
    before: list[int] = []
    for number, (_mine, theirs) in enumerate(pairs):
        length = bisect_left(tops, theirs)
        before.append(ends[length - 1] if length else -1)
        tops[length : length + 1] = [theirs]
        ends[length : length + 1] = [number]
    chosen: list[Pair] = []
    number = ends[-1] if ends else -1
    while number >= 0:
        chosen.append(pairs[number])
        number = before[number]
    return chosen[::-1]


def _between(
    one: Sequence[Hashable], other: Sequence[Hashable], mine: Pair, theirs: Pair
) -> Iterator[Pair]:
    """Yield what two short passages have in common; of long ones nothing."""
    left, right = one[slice(*mine)], other[slice(*theirs)]
    if not left or not right or max(len(left), len(right)) > MOST_COMPARED:
        return
    for i, j, size in SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks():
        for place in range(size):
            yield mine[0] + i + place, theirs[0] + j + place


def _changed(before: Sequence[Block], after: Sequence[Block]) -> Iterator[Row]:
    """Yield a passage that is not the same: blocks that are alike beside each other.

    In a long passage only blocks at the same place are compared.
    """
    is_long = max(len(before), len(after)) > MOST_COMPARED
    done = 0
    for number, mine in enumerate(before):
        places = range(number, number + 1) if is_long else range(done, len(after))
        place = next((p for p in places if p < len(after) and _is_alike(mine, after[p])), None)
        if place is None:
            yield _removed(mine)
            continue
        yield from map(_added, after[done:place])
        yield _side_by_side(mine, after[place])
        done = place + 1
    yield from map(_added, after[done:])


def _is_alike(one: Block, other: Block) -> bool:
    words, others = set(one.text.split()), set(other.text.split())
    return 2 * len(words & others) >= ALIKE * (len(words) + len(others))


def _removed(block: Block) -> Row:
    return Row(Change.REMOVED, Side(block.kind, [(block.text, True)]), None)


def _added(block: Block) -> Row:
    return Row(Change.ADDED, None, Side(block.kind, [(block.text, True)]))


def _side_by_side(before: Block, after: Block) -> Row:
    mine, theirs = WORD.findall(before.text), WORD.findall(after.text)
    both = _common([word.strip() for word in mine], [word.strip() for word in theirs])
    return Row(
        Change.CHANGED,
        Side(before.kind, _parts(mine, {place for place, _other in both})),
        Side(after.kind, _parts(theirs, {place for _one, place in both})),
    )


def _parts(words: Sequence[str], common: set[int]) -> list[Part]:
    """Join words that follow each other and are both common, or both not."""
    found: list[Part] = []
    for place, word in enumerate(words):
        is_own = place not in common
        if found and found[-1][1] == is_own:
            found[-1] = (found[-1][0] + word, is_own)
        else:
            found.append((word, is_own))
    return found

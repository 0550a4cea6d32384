"""Who sits where when nobody chooses: as even as can be, on days with a basket; pure.

The same question always has the same answer, so that a preview is what is applied.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

NEVER = 10_000  # days


@dataclass(frozen=True)
class FreeSeat:
    """A seat that somebody has to be found for."""

    id: int
    delivery_id: int
    day: date


@dataclass(frozen=True)
class Home:
    """A household that owes duty: who may come, how much it owes, holds and did before."""

    id: int
    persons: tuple[int, ...]
    owed: int
    held: tuple[date, ...] = ()  # in this period
    busy: frozenset[int] = frozenset()  # deliveries where one of them sits already
    done: int = 0  # in other periods


@dataclass(frozen=True)
class Question:
    """All that the planning takes into account."""

    seats: Sequence[FreeSeat]
    homes: Sequence[Home]
    baskets: frozenset[tuple[int, int]] = frozenset()  # (household, delivery)
    absences: frozenset[tuple[int, int]] = frozenset()  # (person, delivery)
    seed: int = 0


@dataclass
class _Board:
    """The state of the search; a household sits at most once at a delivery."""

    question: Question
    days: Mapping[int, date]
    homes: Mapping[int, Home]
    able: Mapping[int, Mapping[int, None]]  # by delivery: households, first where others tie
    seats: Mapping[int, int]  # by delivery: how many are to be filled
    on: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    where: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def load(self, home: int) -> int:
        return len(self.homes[home].held) + len(self.where[home])

    def has_basket(self, home: int, delivery: int) -> bool:
        return (home, delivery) in self.question.baskets

    def could(self, home: int, delivery: int) -> bool:
        return home in self.able[delivery] and home not in self.on[delivery]

    def gap(self, home: int, delivery: int) -> int:
        """Return the days to the household's nearest other turn."""
        others = [*self.homes[home].held, *(self.days[one] for one in self.where[home])]
        return min((abs((self.days[delivery] - one).days) for one in others), default=NEVER)

    def rank(self, home: int, delivery: int) -> tuple[int, int, bool, int]:
        """Return a household's claim to a seat: the smallest comes."""
        done = self.homes[home].done
        basket = self.has_basket(home, delivery)
        return self.load(home), done, not basket, -self.gap(home, delivery)

    def put(self, home: int, delivery: int) -> None:
        self.on[delivery].append(home)
        self.where[home].append(delivery)

    def take(self, home: int, delivery: int) -> None:
        self.on[delivery].remove(home)
        self.where[home].remove(delivery)

    def seat(self, delivery: int) -> None:
        """Find somebody for one more seat, moving others on if that makes it more even."""
        came: dict[int, tuple[int, int]] = {}  # delivery: (the one before, who moves there from it)
        best: tuple[int, int] | None = None  # (household, delivery)
        queue, seen = [delivery], {delivery}
        least = min(
            (self.load(key) for key, one in self.homes.items() if self._may(one)), default=0
        )
        for here in queue:
            ready = [one for one in self.able[here] if one not in self.on[here]]
            free = [one for one in ready if self._may(self.homes[one])]
            if free:
                found = min(free, key=lambda one: self.rank(one, here))
                if best is None or self.load(found) < self.load(best[0]):
                    best = (found, here)
            if best is not None and self.load(best[0]) == least:
                break
            for one in ready:
                for there in self.where[one]:
                    if there not in seen:
                        seen.add(there)
                        came[there] = (here, one)
                        queue.append(there)
        if best is None:
            return
        home, here = best
        while here != delivery:
            before, mover = came[here]
            self.take(mover, here)
            self.put(home, here)
            home, here = mover, before
        self.put(home, here)

    def _may(self, home: Home) -> bool:
        return self.load(home.id) < home.owed

    def prefer_baskets(self) -> None:
        """Go to seats that stay free, then exchange turns, to come on a day with a basket."""
        for here in list(self.on):
            for home in list(self.on[here]):
                if not self.has_basket(home, here):
                    self._move(home, here)
        is_better = True
        while is_better:
            is_better = any(
                self._exchange(first, second)
                for first in list(self.on)
                for second in list(self.on)
                if first < second
            )

    def _move(self, home: int, here: int) -> None:
        """Let a household come on the first day with its basket that lacks somebody."""
        for there, seats in self.seats.items():
            is_free = len(self.on[there]) < seats and self.could(home, there)
            if is_free and self.has_basket(home, there):
                self.take(home, here)
                self.put(home, there)
                self.seat(here)
                return

    def _exchange(self, first: int, second: int) -> bool:
        for one in self.on[first]:
            for other in self.on[second]:
                if not (self.could(one, second) and self.could(other, first)):
                    continue
                now = self.has_basket(one, first) + self.has_basket(other, second)
                then = self.has_basket(one, second) + self.has_basket(other, first)
                if then > now:
                    self.take(one, first)
                    self.take(other, second)
                    self.put(one, second)
                    self.put(other, first)
                    return True
        return False


def plan(question: Question) -> dict[int, int]:
    """Return the person for each seat; a seat for which nobody is left is absent."""
    seats = sorted(question.seats, key=lambda one: (one.day, one.delivery_id, one.id))
    homes = {one.id: one for one in question.homes}
    order = sorted(homes, key=lambda key: sha256(f"{question.seed}:{key}".encode()).digest())
    able = {
        delivery: dict.fromkeys(
            key
            for key in order
            if delivery not in homes[key].busy and _comers(question, homes[key], delivery)
        )
        for delivery in dict.fromkeys(one.delivery_id for one in seats)
    }
    days = {one.delivery_id: one.day for one in seats}
    board = _Board(question, days, homes, able, Counter(one.delivery_id for one in seats))
    for one in seats:
        board.seat(one.delivery_id)
    board.prefer_baskets()
    return _persons(board, seats)


def _comers(question: Question, home: Home, delivery: int) -> list[int]:
    return [one for one in home.persons if (one, delivery) not in question.absences]


def _persons(board: _Board, seats: Iterable[FreeSeat]) -> dict[int, int]:
    """Return who of each household comes: in turn."""
    turns: defaultdict[int, int] = defaultdict(int)
    waiting = {key: list(homes) for key, homes in board.on.items()}
    found: dict[int, int] = {}
    for seat in seats:
        if not waiting.get(seat.delivery_id):
            continue
        home = board.homes[waiting[seat.delivery_id].pop(0)]
        comers = _comers(board.question, home, seat.delivery_id)
        person = min(comers, key=lambda one: (turns[one], one))
        turns[person] += 1
        found[seat.id] = person
    return found


def mark(answer: Mapping[int, int]) -> str:
    """Return what tells one planning from another."""
    return sha256(repr(sorted(answer.items())).encode()).hexdigest()[:16]

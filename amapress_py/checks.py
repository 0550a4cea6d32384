"""What “État du site” asks each domain: what is missing or odd, and what would mend it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flask import g
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

FACTS = "amapress_facts"


class Level(StrEnum):
    """How much it matters."""

    REQUIRED = "required"  # obligatoire
    ADVISED = "advised"  # conseillé


@dataclass(frozen=True)
class Mend:
    """A button: a screen to open, or (`acts`) an address to POST `values` to."""

    label: Any
    url: str
    acts: bool = False
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """Something that a check found wrong, in a sentence, with what mends it.

    `help` tells what to do where no button can: on the machine.
    """

    text: str
    mends: tuple[Mend, ...] = ()
    help: str = ""


@dataclass(frozen=True, eq=False)
class Fact:
    """One value that a check asks of the database; those of all checks go in one statement."""

    statement: Callable[[], Select[Any]]

    def of(self, session: Session) -> Any:
        """Return the value, None for no row."""
        known: dict[Fact, Any] = g.get(FACTS, {})
        return known[self] if self in known else session.scalar(self.statement())


def gather(session: Session, facts: Iterable[Fact]) -> None:
    """Ask several facts at once, for the checks that run next."""
    asked = list(dict.fromkeys(facts))
    if asked:
        columns = [one.statement().scalar_subquery() for one in asked]
        g.setdefault(FACTS, {}).update(
            zip(asked, session.execute(select(*columns)).one(), strict=True)
        )


@dataclass(frozen=True)
class Check:
    """A question about the site; no finding means that all is well."""

    key: str
    title: Any  # what is well when nothing is found: "Les courriels partent"
    level: Level
    run: Callable[[Session], Iterable[Finding]]
    facts: tuple[Fact, ...] = ()

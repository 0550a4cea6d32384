"""Enrolling a whole list: what would become of each line, then exactly that, at once."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from enum import StrEnum
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from amapress_py.accounts import queries as accounts_queries
from amapress_py.accounts import services as accounts_services
from amapress_py.accounts.models import Person
from amapress_py.clock import paris
from amapress_py.errors import DomainError, NotAllowed
from amapress_py.exchange import enrolment
from amapress_py.exchange.lists import LONGEST, Entry
from amapress_py.exchange.models import IntermittentEnrolment
from amapress_py.exchange.steps import Actor
from amapress_py.i18n import _, _l, short_date

SALT = "exchange.bulk"


class Fate(StrEnum):
    """What becomes of a line."""

    CREATED = "created"
    ENROLLED = "enrolled"  # known, enrolled at once
    ALREADY = "already"
    REFUSED = "refused"


FATES = {
    Fate.CREATED: _l("Sera créé et inscrit"),
    Fate.ENROLLED: _l("Déjà connu : sera inscrit"),
    Fate.ALREADY: _l("Déjà inscrit : rien ne change"),
    Fate.REFUSED: _l("Erreur"),
}


class ListChanged(DomainError):
    """What would happen is no longer what was shown."""

    message = _l(
        "La situation a changé depuis l’aperçu : rien n’est fait. Relisez, puis confirmez."
    )


class StaleList(DomainError):
    """The list in the form was altered, or is another person's."""

    status = 400
    message = _l("Cette liste n’est plus lisible. Rien n’est fait : recommencez.")


@dataclass(frozen=True)
class Line:
    """A line of the list, and what becomes of it; `person_id` is who has the address."""

    entry: Entry
    fate: Fate
    reason: str = ""
    person_id: int = 0
    known_as: str = ""


@dataclass(frozen=True)
class Plan:
    """What a list would do."""

    lines: Sequence[Line]

    def of(self, fate: Fate) -> list[Line]:
        """Return the lines with that fate."""
        return [one for one in self.lines if one.fate is fate]

    @property
    def count(self) -> int:
        """How many persons would be enrolled."""
        return sum(one.fate in (Fate.CREATED, Fate.ENROLLED) for one in self.lines)

    @property
    def mark(self) -> str:
        """What tells this plan from any other."""
        said = [(one.entry.line, one.entry.email, one.fate, one.person_id) for one in self.lines]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def plan(session: Session, entries: Sequence[Entry]) -> Plan:
    """Say what would become of each line; two statements for the persons, two for the list."""
    emails = {one.email for one in entries if not one.problem}
    holders = accounts_queries.by_addresses(session, emails)
    persons = {one.id for found in holders.values() for one in found}
    known = _Known(holders, *_enrolments(session, persons))
    seen: dict[object, int] = {}
    return Plan([_line(entry, known, seen) for entry in entries])


@dataclass(frozen=True)
class _Known:
    """Whose each address is, who is on the list, who left it and when."""

    holders: dict[str, list[Person]]
    live: set[int]
    left: dict[int, str]


def _enrolments(session: Session, persons: Iterable[int]) -> tuple[set[int], dict[int, str]]:
    rows = session.execute(
        select(
            IntermittentEnrolment.person_id,
            func.count().filter(IntermittentEnrolment.ended_at.is_(None)),
            func.max(IntermittentEnrolment.ended_at),
        )
        .where(IntermittentEnrolment.person_id.in_(persons))
        .group_by(IntermittentEnrolment.person_id)
    ).all()
    live = {key for key, count, _ended in rows if count}
    left = {key: short_date(paris(ended).date()) for key, _count, ended in rows if ended}
    return live, left


def _line(entry: Entry, known: _Known, seen: dict[object, int]) -> Line:
    if entry.problem:
        return Line(entry, Fate.REFUSED, entry.problem)
    found = known.holders.get(entry.email, [])
    who: object = found[0].id if len(found) == 1 else entry.email
    if who in seen:
        return Line(entry, Fate.REFUSED, _("Même personne qu’à la ligne %(n)s.", n=seen[who]))
    seen[who] = entry.line
    if not found:
        return Line(entry, Fate.CREATED)
    if len(found) > 1:
        return Line(entry, Fate.REFUSED, _("Plusieurs personnes reçoivent leurs courriels là."))
    person = found[0]
    fate, reason = Fate.ENROLLED, ""
    if not person.is_active:
        fate, reason = Fate.REFUSED, _("Ce compte est désactivé.")
    elif person.id in known.live:
        fate = Fate.ALREADY
    elif person.id in known.left:
        fate = Fate.REFUSED
        reason = _(
            "A quitté la liste le %(day)s. Si cette personne veut revenir, inscrivez-la seule.",
            day=known.left[person.id],
        )
    return Line(entry, fate, reason, person.id, person.name)


def apply(session: Session, actor: Actor, entries: Sequence[Entry], shown: str) -> int:
    """Do what the plan with the mark `shown` said; return how many were enrolled.

    Raise ListChanged, with nothing done, if that is no longer what would happen.
    """
    if not actor.is_manager or actor.person_id is None:
        raise NotAllowed
    found = plan(session, entries)
    if found.mark != shown:
        raise ListChanged
    by = session.get_one(Person, actor.person_id)
    known = [one.person_id for one in found.of(Fate.ENROLLED)]
    locked = session.scalars(
        select(Person)
        .where(Person.id.in_(known))
        .order_by(Person.id)
        .with_for_update(of=Person)
        .execution_options(populate_existing=True)
    ).all()
    created = accounts_services.create_persons(
        session, [_values(one.entry) for one in found.of(Fate.CREATED)]
    )
    for person in created:
        accounts_services.invite_new(session, person, by.name)
    enrolment.enrol_many(session, [*locked, *created], by)
    return found.count


def _values(entry: Entry) -> dict[str, str]:
    return {"email": entry.email, **{field: getattr(entry, field) for field in LONGEST}}


def packed(entries: Sequence[Entry], person_id: int) -> str:
    """Return the list as signed text, for the form of that person alone."""
    return str(_serializer().dumps([person_id, [astuple(one) for one in entries]]))


def unpacked(text: str, person_id: int) -> list[Entry]:
    """Return the list of a form; raise StaleList."""
    try:
        owner, rows = _serializer().loads(text)
    except BadSignature as error:
        raise StaleList from error
    if owner != person_id:
        raise StaleList
    return [Entry(*one) for one in rows]


def _serializer() -> URLSafeSerializer:
    options: dict[str, Any] = {"ensure_ascii": False}
    return URLSafeSerializer(str(current_app.secret_key), salt=SALT, serializer_kwargs=options)

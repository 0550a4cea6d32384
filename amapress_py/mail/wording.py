"""The AMAP's own words for its mails: texts with %%placeholders%%, no template's code."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from flask import Flask, current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock, db, settings
from amapress_py.errors import DomainError, NotFound
from amapress_py.i18n import _, _l
from amapress_py.mail.models import MailTemplate

WORDINGS = "amapress_mail_wordings"
OWN = "amapress_mail_own_words"
MARK = re.compile(r"%%([a-z0-9_]+)%%")
MEANT = re.compile(r"%%([^%\n]{1,60})%%")  # what somebody took for one: %%Prénom%%, %% lieu %%
MOST_SUBJECT = 200
MOST_BODY = 10_000
UNSUBSCRIBE = "lien_desinscription"
LINK = "https://mon-amap.example/lien"  # the example of every link


@dataclass(frozen=True)
class Word:
    """A placeholder: where its value is among those of the mail ("owner.name"), and an example.

    An example that is a number or a tuple (lines) says what kind of value it is.
    """

    name: str
    path: str
    help: Any
    example: str | int | tuple[str, ...]

    @property
    def mark(self) -> str:
        """What an admin writes."""
        return f"%%{self.name}%%"


@dataclass(frozen=True)
class Wordings:
    """Which mails may be reworded, and with which placeholders."""

    events: Mapping[str, Any]  # event -> what the mail is about
    words: Sequence[Word]


class UnknownWords(DomainError):
    """A text with placeholders that this mail does not know."""

    status = 422

    def __init__(self, unknown: Sequence[str]) -> None:
        listed = ", ".join(f"%%{one}%%" for one in unknown)
        super().__init__(
            _(
                "Ce courriel ne connaît pas : %(listed)s. Voyez la liste sous le texte.",
                listed=listed,
            )
        )


class NoText(DomainError):
    """A mail says something, in its subject and in its body."""

    status = 422
    message = _l("Donnez un objet et un texte.")


class _Number(int):
    """A number that prints as its placeholder: conditions of the template are those of many."""

    mark = ""

    def __str__(self) -> str:
        return self.mark


def plug(app: Flask, *parts: Wordings) -> None:
    """Say which mails may be reworded; a placeholder that two domains share is the same."""
    events = {event: title for one in parts for event, title in one.events.items()}
    words = {word.name: word for one in reversed(parts) for word in reversed(one.words)}
    app.extensions[WORDINGS] = Wordings(events, tuple(reversed(words.values())))


def wordings() -> Wordings:
    """Return what was plugged in; nothing by default."""
    found: Wordings = current_app.extensions.get(WORDINGS, Wordings({}, ()))
    return found


def own(event: str) -> tuple[str, str] | None:
    """Return the AMAP's own subject and body of a mail, or None; read once per site version."""
    session = db.session()
    version = settings.version(session)
    kept: tuple[int, dict[str, tuple[str, str]]] | None = current_app.extensions.get(OWN)
    if kept is None or kept[0] != version:
        rows = session.execute(
            select(MailTemplate.event, MailTemplate.subject, MailTemplate.body)
        ).all()
        kept = current_app.extensions[OWN] = (version, {one: (s, b) for one, s, b in rows})
    return kept[1].get(event)


def filled(text: str, values: Mapping[str, Any]) -> str:
    """Fill a text in; a line whose placeholders all are empty goes.

    A placeholder of several lines in a list ("- %%panier%%") makes an item of each.
    """
    known = {one.name: value_at(values, one.path) for one in wordings().words}
    lines = (_line(line, known) for line in text.split("\n"))
    return "\n".join(line for line in lines if line is not None)


def _line(line: str, known: Mapping[str, Any]) -> str | None:
    names = MARK.findall(line)
    if names and not any(known.get(name) for name in names):
        return None
    several = next((name for name in names if isinstance(known.get(name), (list, tuple))), None)
    if several is not None and line == f"- %%{several}%%":
        return "\n".join(f"- {one}" for one in known[several])
    return MARK.sub(lambda found: _text(known.get(found[1])), line)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def value_at(values: Mapping[str, Any], path: str) -> Any:
    """Return what stands at "owner.name", None where there is nothing."""
    first, _dot, rest = path.partition(".")
    found = values.get(first)
    return getattr(found, rest, None) if rest and found is not None else found


def stand_ins() -> dict[str, Any]:
    """Return values that print as their placeholders."""
    return _nested({one.path: _stand_in(one) for one in wordings().words})


def samples() -> dict[str, Any]:
    """Return the examples, as the values of a mail."""
    return _nested({one.path: one.example for one in wordings().words})


def _stand_in(word: Word) -> Any:
    if isinstance(word.example, tuple):
        return [word.mark]
    if isinstance(word.example, int):
        number = _Number(word.example)
        number.mark = word.mark
        return number
    return word.mark


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for path, value in flat.items():
        first, _dot, rest = path.partition(".")
        if rest:
            setattr(values.setdefault(first, SimpleNamespace()), rest, value)
        else:
            values[first] = value
    return values


def title(event: str) -> Any:
    """Return what a mail is about; raise NotFound for one that may not be reworded."""
    if event not in wordings().events:
        raise NotFound
    return wordings().events[event]


def words_of(event: str, original: Callable[[str], tuple[str, str]]) -> list[Word]:
    """Return the placeholders of a mail: those that its original text holds, and no others.

    So nobody's contacts get into a mail that was not meant to tell them.
    """
    used = set(MARK.findall("\n".join(original(event))))
    return [one for one in wordings().words if one.name in used]


def check(event: str, subject: str, body: str, original: Callable[[str], tuple[str, str]]) -> None:
    """Raise NotFound, NoText or UnknownWords for what can't be the text of a mail."""
    title(event)
    if not subject.strip() or not body.strip():
        raise NoText
    known = {one.name for one in words_of(event, original)}
    unknown = [one for one in MEANT.findall(f"{subject}\n{body}") if one not in known]
    if unknown:
        raise UnknownWords(list(dict.fromkeys(unknown)))


def reword(
    session: Session,
    event: str,
    subject: str,
    body: str,
    author_id: int,
    original: Callable[[str], tuple[str, str]],
) -> None:
    """Keep the AMAP's own text; raise NotFound, NoText or UnknownWords."""
    check(event, subject, body, original)
    settings.touch(session)
    row = session.get(MailTemplate, event)
    if row is None:
        row = MailTemplate(event=event)
        session.add(row)
    row.subject, row.body = subject, body
    row.changed_at, row.changed_by_id = clock.now(), author_id


def back_to_original(session: Session, event: str) -> None:
    """Forget the AMAP's own text; harmless where there is none."""
    title(event)
    settings.touch(session)
    row = session.get(MailTemplate, event)
    if row is not None:
        session.delete(row)

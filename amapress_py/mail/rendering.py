"""From a template to a mail: a subject, a text, and the text as HTML in the theme's colours."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app
from markupsafe import Markup, escape

from amapress_py import settings, web
from amapress_py.i18n import _
from amapress_py.mail import wording

MOST_SUBJECT = 300
ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)»]")
BUTTON = re.compile(r"(?P<label>[^\n]{1,80}?)\s*:\s+(?P<url>https?://\S+)")
BULLET = "- "
COLOURS = "amapress_mail_colours"
USUAL = {
    "brand": "#2d6440",
    "brand-strong": "#1d4730",
    "brand-soft": "#e7efe0",
    "accent": "#9c4519",
    "paper": "#faf7f0",
}


@dataclass(frozen=True)
class Draft:
    """What a template says, before it has a reader's address on it."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Block:
    """A piece of the HTML part: "text" (lines), "list" (lines) or "button" (label, url).

    The first button of a mail is what it is about; the others are less loud.
    """

    kind: str
    lines: tuple[Markup, ...] = ()
    label: str = ""
    url: str = ""
    is_first: bool = True


def one_line(text: str, most: int) -> str:
    """Return `text` as a header may hold it: one line, no control characters, at most `most`."""
    broken = re.sub(r"[\r\n\t\v\f\x85\u2028\u2029]", " ", text)
    return re.sub(r" +", " ", web.clean_text(broken, most))


def draft(event: str, values: Mapping[str, Any]) -> Draft:
    """Render the AMAP's own text, else `templates/mail/<event>.txt`.

    Links to this site become links and buttons.
    """
    own = wording.own(event)
    if own is not None:
        return reworded(*own, values)
    subject, body = _said(event, values)
    text = tidy(body)
    subject = one_line(subject, MOST_SUBJECT)
    return Draft(subject, text, as_html(subject, text))


def original(event: str) -> tuple[str, str]:
    """Return subject and body of a mail as it comes, with placeholders for values."""
    subject, body = _said(event, wording.stand_ins())
    return one_line(subject, MOST_SUBJECT), tidy(body)


def reworded(subject: str, body: str, values: Mapping[str, Any]) -> Draft:
    """Fill an own text in; the link to leave is added where it is missing."""
    given = {"site_name": settings.current().site_name, **values}
    said = one_line(wording.filled(subject, given), MOST_SUBJECT)
    leave = values.get("unsubscribe_url")
    if leave and f"%%{wording.UNSUBSCRIBE}%%" not in body:
        body = f"{body.rstrip()}\n\n{_('Se désinscrire')}\N{NO-BREAK SPACE}: {leave}\n"
    text = tidy(wording.filled(body, given))
    return Draft(said, text, as_html(said, text))


def _said(event: str, values: Mapping[str, Any]) -> tuple[str, str]:
    template = current_app.jinja_env.get_template(f"mail/{event}.txt")
    context = template.new_context(
        {
            "site_name": settings.current().site_name,
            "home_url": web.absolute("/"),
            "absolute": web.absolute,
            **values,
        }
    )
    for _chunk in template.root_render_func(context):
        pass  # what the top of the template imports and sets is known to its blocks afterwards
    subject, body = ("".join(context.blocks[name][0](context)) for name in ("subject", "body"))
    return subject, body


def tidy(text: str) -> str:
    """Return a body without control characters, ragged line ends and piled-up empty lines."""
    lines = "\n".join(line.rstrip(" \t") for line in web.CONTROL.sub("", text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n") + "\n"


def as_html(subject: str, text: str) -> str:
    """Return the HTML part of a text; everything in it is escaped."""
    layout = current_app.jinja_env.get_template("mail/layout.html")
    return layout.render(
        subject=subject,
        blocks=list(blocks(text)),
        site_name=settings.current().site_name,
        home_url=web.absolute("/"),
        colours=colours(),
    )


def blocks(text: str) -> Iterator[Block]:
    """Cut a text at its empty lines; tell buttons, lists and paragraphs apart."""
    is_first = True
    for paragraph in text.strip("\n").split("\n\n"):
        found = BUTTON.fullmatch(paragraph.strip())
        if found and is_ours(found["url"]):
            yield Block("button", label=found["label"], url=found["url"], is_first=is_first)
            is_first = False
        else:
            yield from _runs(paragraph.strip("\n").split("\n"))


def _runs(lines: list[str]) -> Iterator[Block]:
    """Group neighbouring lines: those that start with a dash are a list."""
    kind, run = "", list[Markup]()
    for line in lines:
        is_item = line.startswith(BULLET)
        now = "list" if is_item else "text"
        if run and now != kind:
            yield Block(kind, tuple(run))
            run = []
        kind = now
        run.append(linked(line.removeprefix(BULLET) if is_item else line))
    if run:
        yield Block(kind, tuple(run))


def linked(line: str) -> Markup:
    """Escape a line; an address of this site becomes a link, any other stays text."""
    done, start = Markup(), 0
    for found in ADDRESS.finditer(line):
        if is_ours(found[0]):
            done += escape(line[start : found.start()])
            done += Markup('<a href="{0}" target="_blank" rel="noopener">{0}</a>').format(found[0])
            start = found.end()
    return done + escape(line[start:])


def is_ours(url: str) -> bool:
    """Tell an address of this site: nobody gets a foreign button from what another person typed."""
    home = web.config().base_url
    return url == home or url.startswith((f"{home}/", f"{home}?", f"{home}#"))


def plug_colours(app: Flask, find: Callable[[], Mapping[str, str]]) -> None:
    """Say which colours the site wears (themes are not ours)."""
    app.extensions[COLOURS] = find


def colours() -> dict[str, str]:
    """Return the colours of the site, the usual ones for what its theme does not name."""
    find: Callable[[], Mapping[str, str]] = current_app.extensions[COLOURS]
    return {**USUAL, **find()}

"""What tests ask of a mail that came in: its words, links and appointment."""

import re
from collections import Counter
from collections.abc import Iterable

from icalendar import Calendar, Event

from tests.site.reader import plain
from tests.smtp import Received

ADDRESS = re.compile(r"https?://[^\s<>\"]+")


def recipients(mails: Iterable[Received]) -> Counter[str]:
    """Count the mails of each reader, by the name in his address."""
    return Counter(one.to.partition("@")[0] for one in mails)


def only(mails: Iterable[Received], name: str) -> Received:
    """Return the one mail that somebody got."""
    (found,) = (one for one in mails if one.to == f"{name}@demo.test")
    return found


def subject(mail: Received) -> str:
    """Return the subject as it is read."""
    return plain(str(mail.message["Subject"]))


def words(mail: Received) -> str:
    """Return the text part, with simple spaces."""
    return plain(mail.part("text/plain"))


def link(mail: Received, label: str) -> str:
    """Return the address after « label : »; the HTML part has it too."""
    _before, found, after = words(mail).partition(f"{label} : ")
    assert found, f"no {label!r} in {words(mail)}"
    match = ADDRESS.match(after)
    assert match is not None
    html = mail.part("text/html").replace("&amp;", "&")
    assert f'"{match[0]}"' in html
    return match[0]


def appointment(mail: Received) -> tuple[str, Event]:
    """Return method and event of the attached .ics."""
    calendar = Calendar.from_ical(mail.part("text/calendar"))
    (event,) = calendar.walk("VEVENT")
    assert isinstance(event, Event)
    method = str(calendar["METHOD"])
    (part,) = (one for one in mail.message.walk() if one.get_content_type() == "text/calendar")
    assert part.get_param("method") == method
    assert part.get_filename() == "panier.ics"
    return method, event


def has_appointment(mail: Received) -> bool:
    """Tell whether an .ics is attached."""
    return any(one.get_content_type() == "text/calendar" for one in mail.message.walk())

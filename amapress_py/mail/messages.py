"""From a row of the outbox to the message that a mail server is handed."""

import re
from collections.abc import Iterator
from email import policy
from email.charset import BASE64, QP, Charset
from email.header import Header
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.utils import format_datetime, getaddresses, parseaddr

from flask_mail import Message

from amapress_py import clock, settings, web
from amapress_py.mail.models import OutboxMail
from amapress_py.mail.rendering import one_line

CALENDAR_FILE = "panier.ics"
METHOD = re.compile(r"^METHOD:([A-Z]+)\s*$", re.MULTILINE)
WIRE = policy.compat32.clone(linesep="\r\n", max_line_length=998)  # leaves long links whole


class Letter(Message):
    """A row as Flask-Mail sends it; the text is encoded here.

    (Neither Flask-Mail nor EmailMessage keeps long links and French spaces in headers intact.)
    """

    def __init__(self, row: OutboxMail) -> None:
        super().__init__(
            subject=row.subject, recipients=[row.to_address], sender=web.config().mail_from
        )
        self.row = row
        self.msgId = row.message_id

    def as_bytes(self) -> bytes:
        """Return the message as it goes over the wire."""
        return mime(self.row).as_bytes(policy=WIRE)


def mime(row: OutboxMail) -> MIMEMultipart:
    """Build the message: text and HTML as alternatives, calendar and file beside them."""
    alternative = MIMEMultipart("alternative")
    alternative.attach(_part(row.text, "plain", QP))
    alternative.attach(_part(row.html, "html", QP))
    message = alternative
    if row.calendar or row.file is not None:
        message = MIMEMultipart("mixed")
        message.attach(alternative)
    if row.calendar:
        message.attach(_appointment(row.calendar))
    if row.file is not None:
        message.attach(_attached(row.file, row.file_name))
    for name, value in headers(row):
        message[name] = value
    return message


def headers(row: OutboxMail) -> Iterator[tuple[str, str]]:
    """Yield the headers of a row, in the order in which they are sent."""
    yield "Message-ID", row.message_id
    yield "Date", format_datetime(clock.paris(row.sent_at or clock.now()))
    yield "From", mailbox("From", sender_name(), web.config().mail_from)
    yield "To", mailbox("To", row.to_name, row.to_address)
    answers = ", ".join(plain_addresses(row.reply_to))
    if answers:
        yield "Reply-To", answers
    yield "Subject", Header(row.subject, charset_of(row.subject), header_name="Subject").encode()
    yield "Auto-Submitted", "auto-generated"
    yield from row.headers.items()


def sender_name() -> str:
    """Return the name that readers see as the sender."""
    current = settings.current()
    return one_line(current.mail_sender_name or current.site_name, 100)


def mailbox(header: str, name: str, address: str) -> str:
    """Return `name <address>`; the name may hold anything a person types."""
    made = Header(header_name=header)
    if name:
        quoted = '"' + name.replace("\\", "").replace('"', "'") + '"'
        charset = charset_of(name)
        made.append(quoted if charset == "us-ascii" else name, charset)
    made.append(f"<{in_ascii(address)}>", "us-ascii")
    return made.encode()


def charset_of(text: str) -> str:
    """Return the smallest character set that holds a header.

    Who types an encoded word ("=?utf-8?B?…?=") gets it encoded: nobody's program decodes it.
    """
    return "us-ascii" if text.isascii() and "=?" not in text else "utf-8"


def plain_addresses(typed: str) -> list[str]:
    """Return the addresses of "A <a@b.fr>, c@d.fr", leaving out what is none."""
    return [in_ascii(found) for _name, found in getaddresses([typed]) if is_address(found)]


def is_address(text: str) -> bool:
    """Tell what can be written in a header as an address: it leads to one mailbox."""
    return parseaddr(text)[1] == text and text.count("@") == 1 and not re.search(r"[\s<>,]", text)


def in_ascii(address: str) -> str:
    """Return an address as mail servers know it (accents in domains); ValueError for no address."""
    local, _at, domain = address.rpartition("@")
    if not is_address(address) or not local.isascii():
        raise ValueError(address)
    return f"{local}@{domain.encode('idna').decode('ascii')}"


def _appointment(calendar: str) -> MIMENonMultipart:
    method = METHOD.search(calendar)
    part = _part(calendar, "calendar", BASE64)
    if method:
        part.set_param("method", method[1])
    part.add_header("Content-Disposition", "attachment", filename=CALENDAR_FILE)
    return part


def _attached(content: bytes, name: str) -> MIMEApplication:
    part = MIMEApplication(content, "pdf")
    part.add_header("Content-Disposition", "attachment", filename=name)
    return part


def _part(text: str, subtype: str, encoding: int) -> MIMENonMultipart:
    charset = Charset("utf-8")
    charset.body_encoding = encoding
    part = MIMENonMultipart("text", subtype)
    part.set_payload(text, charset)
    return part

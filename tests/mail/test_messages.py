"""What goes over the wire, read back by Python's own parser."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from amapress_py import db, settings
from amapress_py.mail import messages, outbox, sending
from amapress_py.mail.outbox import Recipient
from tests.mail.letters import ANNA, HOME, write
from tests.smtp import SmtpServer

ICS = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Panier à chercher\r\n"


def test_both_parts_and_headers_arrive(app: Flask, session: Session, smtp: SmtpServer) -> None:
    with db.transaction() as current:
        settings.save(current, {"site_name": "L’AMAP, « à côté »"})
        outbox.post(
            current,
            "test/hello",
            [Recipient("anna@example.org", "Anna, dite “Ñ”")],
            reply_to="Bruno <bruno@example.org>, chloe@example.org, nonsense",
            headers={"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
            first_name="Anna",
            message="Un demi-panier à 10,00\xa0€.\n.\nFin d’une ligne " + "très " * 300,
            link=f"{HOME}/paniers/1",
        )
    (mail,) = outbox.pending(session)
    assert sending.send_due(app) == 1

    (received,) = smtp.messages
    message = received.message
    assert received.sender == "amap@example.org"
    assert message["From"].addresses[0].display_name == "L’AMAP, « à côté »"
    assert message["To"].addresses[0].display_name == "Anna, dite “Ñ”"
    assert message["Reply-To"] == "bruno@example.org, chloe@example.org"
    assert message["Message-ID"] == mail.message_id
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime is not None
    assert message.get_content_type() == "multipart/alternative"
    assert received.part("text/plain") == mail.text
    assert received.part("text/html") == mail.html
    assert max(map(len, received.raw.split(b"\r\n"))) < 998


def test_an_appointment_is_a_calendar_part(app: Flask, session: Session, smtp: SmtpServer) -> None:
    with db.transaction() as current:
        outbox.post(
            current, "test/hello", [ANNA], calendar=ICS, first_name="A", message="", link=HOME
        )
    sending.send_due(app)

    (part,) = smtp.messages[0].message.iter_attachments()
    assert part.get_content_type() == "text/calendar"
    assert part["Content-Type"].params["method"] == "REQUEST"
    assert part.get_filename() == "panier.ics"
    assert part.get_content() == ICS


@pytest.mark.parametrize(
    "subject",
    [
        "Un panier à réserver jeudi 1er octobre 2026 : « légumes », demi-panier à 10,00\xa0€",
        "x" * 300,
        "é" * 300,
        "👨‍👩‍👧 " * 40,
    ],
)
def test_a_long_subject_arrives_whole(
    app: Flask, session: Session, smtp: SmtpServer, subject: str
) -> None:
    write(session, first_name=subject)
    sending.send_due(app)

    expected = f"Bonjour {subject}"[:300].strip()
    assert smtp.messages[0].message["Subject"] == expected


def test_a_name_that_looks_encoded_is_shown_as_typed(
    app: Flask, session: Session, smtp: SmtpServer
) -> None:
    """Its bytes would be a second line, with a header of its own."""
    typed = "=?utf-8?B?QW5uYQ0KQmNjOiBh?= Anna"
    with db.transaction() as current:
        outbox.post(
            current,
            "test/hello",
            [Recipient("anna@example.org", typed)],
            first_name=typed,
            message="",
            link=HOME,
        )
    sending.send_due(app)

    message = smtp.messages[0].message
    assert message["To"].addresses[0].display_name == typed
    assert message["Subject"] == f"Bonjour {typed}"


def test_a_long_unsubscribe_link_arrives_whole(
    app: Flask, session: Session, smtp: SmtpServer
) -> None:
    link = f"<{HOME}/desinscription/{'x' * 120}>, <mailto:amap@example.org?subject={'y' * 60}>"
    with db.transaction() as current:
        outbox.post(
            current,
            "test/hello",
            [ANNA],
            headers={"List-Unsubscribe": link},
            first_name="A",
            message="",
            link=HOME,
        )
    sending.send_due(app)

    assert "=?" not in smtp.messages[0].raw.split(b"List-Unsubscribe:")[1][:300].decode()
    assert smtp.messages[0].message["List-Unsubscribe"] == link


@pytest.mark.parametrize("address", ["anna@exämple.org"])
def test_accents_in_a_domain(app: Flask, session: Session, smtp: SmtpServer, address: str) -> None:
    write(session, Recipient(address, "Anna"))
    sending.send_due(app)

    assert smtp.messages[0].to == "anna@xn--exmple-cua.org"


@pytest.mark.parametrize("typed", ["", "nonsense", "a@b@c", "a b@c", "<a@b>", "a@b,c@d", "a@b>"])
def test_what_is_no_address(typed: str) -> None:
    assert not messages.is_address(typed)

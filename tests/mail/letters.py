"""Mails that tests write."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.mail import outbox
from amapress_py.mail.models import OutboxMail
from amapress_py.mail.outbox import Personal, Recipient

ANNA = Recipient("anna@example.org", "Anna Dupont")
HOME = "http://localhost"


def write(session: Session, *to: Recipient, event: str = "test/hello", **values: Any) -> int:
    """Write "test/hello" and commit."""
    said = {"first_name": "Anna", "message": "Un panier.", "link": f"{HOME}/paniers/1", **values}
    with db.transaction() as current:
        assert current is session
        return outbox.post(current, event, to or [ANNA], **said)


def write_many(session: Session, number: int, topic: str = "many:1") -> int:
    """Write "test/hello" to `number` persons and commit."""
    with db.transaction() as current:
        assert current is session
        return outbox.post_many(
            current, "test/hello", readers(number), topic=topic, message="Un panier."
        )


def readers(number: int) -> list[Personal]:
    """Return persons 0 to `number`, each with a name and a link of his own."""
    return [
        Personal(
            Recipient(f"reader{i}@example.org", f"Lecteur {i}"),
            {"first_name": f"Lecteur {i}", "link": f"{HOME}/lien/{i}"},
            {"List-Unsubscribe": f"<{HOME}/desinscription/{i}>"},
        )
        for i in range(number)
    ]


def mails(session: Session) -> list[OutboxMail]:
    """Return all rows as they are in the database now."""
    session.rollback()
    rows = select(OutboxMail).order_by(OutboxMail.id).execution_options(populate_existing=True)
    return list(session.scalars(rows))


def only_mail(session: Session) -> OutboxMail:
    """Return the one row."""
    (mail,) = mails(session)
    return mail

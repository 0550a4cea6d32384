"""When a mail is tried again."""

import smtplib
from datetime import timedelta

import pytest

from amapress_py.mail import rules


def test_pauses_grow_up_to_six_hours() -> None:
    minutes = [rules.pause(tried) / timedelta(minutes=1) for tried in range(1, 9)]

    assert minutes == [1, 5, 15, 60, 180, 360, 360, 360]


def test_it_is_tried_for_days() -> None:
    total = sum((rules.pause(tried) for tried in range(1, rules.MOST_ATTEMPTS)), timedelta())

    assert timedelta(days=4) < total < timedelta(days=6)


def test_a_server_may_not_keep_us_waiting_for_longer_than_a_lease() -> None:
    assert rules.smtp_timeout() * rules.COMMANDS <= rules.lease().total_seconds()


@pytest.mark.parametrize(
    ("error", "reason", "is_final"),
    [
        (smtplib.SMTPRecipientsRefused({"a": (550, b"no such user")}), "550 no such user", True),
        (smtplib.SMTPRecipientsRefused({"a": (450, b"greylisted")}), "450 greylisted", False),
        (smtplib.SMTPDataError(554, b"spam"), "554 spam", True),
        (smtplib.SMTPDataError(451, b"later"), "451 later", False),
        (smtplib.SMTPSenderRefused(553, b"not yours", "a"), "553 not yours", False),
        (smtplib.SMTPAuthenticationError(535, b"wrong"), "535 wrong", False),
        (smtplib.SMTPServerDisconnected("gone"), "SMTPServerDisconnected: gone", False),
        (TimeoutError(), "TimeoutError", False),
        (ValueError("x@y@z"), "Adresse ou contenu impossible à envoyer\xa0: x@y@z", True),
        (KeyError("bug"), "KeyError: 'bug'", False),
    ],
)
def test_refusals(error: Exception, reason: str, is_final: bool) -> None:
    assert rules.refusal(error) == rules.Refusal(reason, is_final)

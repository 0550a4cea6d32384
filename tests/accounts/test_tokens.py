import base64
import json

import pytest
import time_machine
from itsdangerous import URLSafeSerializer
from sqlalchemy.orm import Session

from amapress_py.accounts import tokens
from amapress_py.accounts.models import new_stamp
from amapress_py.accounts.tokens import LIFETIMES, Purpose
from tests.factories import Make


def holds(session: Session, token: str, *purposes: Purpose) -> bool:
    return tokens.person_of(session, token, *purposes) is not None


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_link_holds_until_its_last_second(
    session: Session, make: Make, clock: time_machine.Traveller, purpose: Purpose
) -> None:
    token = tokens.make(purpose, make.person(), "new@amap.test")
    lifetime = LIFETIMES[purpose].total_seconds()

    clock.shift(lifetime - 1)
    assert holds(session, token, purpose)

    clock.shift(1)
    assert not holds(session, token, purpose)


def test_invitations_last_a_week_and_resets_two_hours() -> None:
    assert LIFETIMES[Purpose.ACTIVATE].days == 7
    assert LIFETIMES[Purpose.RESET].total_seconds() == 2 * 3600


def test_a_link_serves_one_purpose(session: Session, make: Make) -> None:
    token = tokens.make(Purpose.EMAIL, make.person(), "new@amap.test")

    assert not holds(session, token, Purpose.ACTIVATE, Purpose.RESET, Purpose.FURTHER)


def test_a_new_stamp_ends_every_link(session: Session, make: Make) -> None:
    person = make.person()
    links = [tokens.make(purpose, person) for purpose in Purpose]

    person.stamp = new_stamp()
    session.commit()

    assert not any(holds(session, link, *Purpose) for link in links)


def test_an_inactive_person_has_no_links(session: Session, make: Make) -> None:
    person = make.person()
    token = tokens.make(Purpose.RESET, person)
    person.is_active = False
    session.commit()

    assert not holds(session, token, Purpose.RESET)


def test_every_altered_sign_ends_a_link(session: Session, make: Make) -> None:
    token = tokens.make(Purpose.RESET, make.person())

    for place, sign in enumerate(token[:-1]):  # the last one has spare bits
        other = "A" if sign != "A" else "B"
        assert not holds(session, token[:place] + other + token[place + 1 :], Purpose.RESET)


def test_nobody_writes_a_link_for_another(session: Session, make: Make) -> None:
    mine, other = make.person(), make.person()
    _body, _dot, signature = tokens.make(Purpose.RESET, mine).partition(".")
    said = json.dumps(["reset", other.id, other.stamp, "", 10**10]).encode()
    forged = base64.urlsafe_b64encode(said).rstrip(b"=").decode()
    wrong_key = URLSafeSerializer("another secret", salt="accounts.tokens")
    wrong_salt = URLSafeSerializer("a secret for tests", salt="session")

    assert not holds(session, f"{forged}.{signature}", Purpose.RESET)
    for serializer in (wrong_key, wrong_salt):
        token = str(serializer.dumps(["reset", other.id, other.stamp, "", 10**10]))
        assert not holds(session, token, Purpose.RESET)


@pytest.mark.parametrize("token", ["", ".", "a.b.c", "\0", "é", "🥕", "x" * 100_000, "../admin"])
def test_garbage_is_no_link(session: Session, token: str) -> None:
    assert not holds(session, token, *Purpose)

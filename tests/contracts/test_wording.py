"""The mails about signed contracts can be reworded."""

import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Role
from amapress_py.contracts.wording import EVENTS
from amapress_py.mail import rendering, wording
from tests.factories import Make


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_every_original_can_be_kept_as_it_is(
    session: Session, app: Flask, make: Make, event: str
) -> None:
    author = make.person(roles=[Role.ADMIN]).id
    subject, body = rendering.original(event)

    with db.transaction() as current:
        wording.reword(current, event, subject, body, author, rendering.original)
    said = rendering.reworded(subject, body, wording.samples())

    assert "%%" in subject + body
    assert "%%" not in said.subject + said.text
    assert not re.search(r"None|SimpleNamespace|object at|\{\{", said.text)


def test_two_domains_may_share_a_placeholder(session: Session) -> None:
    for names in (
        [one.name for one in wording.wordings().words],
        [one.path for one in wording.wordings().words],
    ):
        assert len(names) == len(set(names))

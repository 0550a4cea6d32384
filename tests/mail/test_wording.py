"""The AMAP's own words for its mails."""

import re

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Person, Role
from amapress_py.exchange import alerts
from amapress_py.exchange.models import Alert
from amapress_py.exchange.wording import EVENTS, WORDS
from amapress_py.mail import outbox, rendering, wording
from amapress_py.mail.models import MailTemplate, OutboxMail
from tests.conftest import BrowserFactory
from tests.factories import Make

pytestmark = pytest.mark.usefixtures("clock")
PATH = "/admin/textes-des-courriels"
ASKED = "exchange/requested_owner"


@pytest.fixture
def admin(make: Make) -> Person:
    return make.person("Agnès", roles=[Role.ADMIN])


def mail(session: Session, event: str) -> OutboxMail:
    session.rollback()
    return next(one for one in reversed(outbox.pending(session)) if one.event == event)


def reword(session: Session, event: str, subject: str, body: str, author: Person) -> None:
    with db.transaction() as current:
        wording.reword(current, event, subject, body, author.id, rendering.original)


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_every_original_can_be_kept_as_it_is(
    session: Session, app: Flask, admin: Person, event: str
) -> None:
    subject, body = rendering.original(event)

    reword(session, event, subject, body, admin)
    said = rendering.reworded(subject, body, wording.samples())

    assert "%%" in subject + body or event == "exchange/unenrolled"
    assert "%%" not in said.subject + said.text
    assert "{{" not in said.text
    assert not re.search(r"None|SimpleNamespace|object at", said.text)


def test_every_mail_of_the_space_can_be_reworded(app: Flask) -> None:
    folder = app.root_path + "/templates/mail/exchange"
    from pathlib import Path

    files = {f"exchange/{one.stem}" for one in Path(folder).glob("*.txt")}

    assert files - set(EVENTS) == {"exchange/parts", "exchange/digest_basket"}
    assert len({one.name for one in WORDS}) == len(WORDS)


def test_own_words_are_sent(session: Session, make: Make, admin: Person) -> None:
    body = (
        "Coucou %%proprietaire_prenom%%,\n\n%%personne%% voudrait\u00a0:\n\n- %%panier%%\n"
        "- %%prix%%\n\nRépondre\u00a0: %%lien_gerer%%\n"
    )
    reword(session, ASKED, "On veut votre panier du %%date%%\u00a0!", body, admin)
    offer = make.offer(make.member("Anna"))
    make.request(offer, make.intermittent("Bruno"))

    sent = mail(session, ASKED)

    assert sent.subject == f"On veut votre panier du {offer.delivery.date:%d/%m/%Y}\u00a0!"
    assert sent.text.startswith("Coucou Anna,\n\nBruno N. voudrait")
    assert "- Légumes\u00a0: 1/2 Panier\n- 10,00\u00a0€" in sent.text
    assert 'href="http://localhost/' in sent.html


def test_alerts_in_own_words_keep_each_reader_s_links(
    session: Session, make: Make, admin: Person
) -> None:
    reword(
        session,
        "exchange/alert",
        "%%contrats%%",
        "Bonjour %%prenom%% !\nMot : %%message%%\nÇa vous dit : %%lien_interesse%%",
        admin,
    )
    make.intermittent("Bruno")
    make.intermittent("Chloé")
    make.offer(make.member("Anna"))
    with db.transaction() as current:
        assert alerts.write_alert(current, current.scalars(select(Alert.id)).one()) == 2

    session.rollback()
    mails = [one for one in outbox.pending(session) if one.event == "exchange/alert"]
    assert {one.text.partition(" !")[0] for one in mails} == {"Bonjour Bruno", "Bonjour Chloé"}
    for one in mails:
        assert "Mot" not in one.text  # no message: the line goes
        assert "/paniers/interesse/" in one.text
        assert "Se désinscrire\u00a0: http://localhost/desinscription/" in one.text
    links = {re.search(r"interesse/(\S+)", one.text)[1] for one in mails}  # type: ignore[index]
    assert len(links) == 2


@pytest.mark.parametrize(
    "text",
    [
        "%%telephone%%",
        "%%proprietaire_telephone%%",
        "%%nimporte%%",
        "%%Prénom%%",
        "%% date %%",
        "x" * 10_000,
    ],
)
def test_what_a_mail_does_not_know_is_refused(
    session: Session, admin: Person, browse: BrowserFactory, text: str
) -> None:
    browser = browse(admin)
    answer = browser.client.post(
        f"{PATH}/exchange/alert",
        data={"csrf_token": browser.token(), "objet": "Un panier", "texte": f"Voici {text}"},
    )

    assert answer.status_code == 422
    assert f"Voici {text}" in answer.text
    assert ("ne connaît pas" if len(text) < 50 else "signes au maximum") in answer.text
    session.rollback()
    assert session.scalars(select(MailTemplate)).all() == []


def test_preview_test_mail_and_back_to_the_original(
    session: Session, admin: Person, browse: BrowserFactory
) -> None:
    browser, page = browse(admin), f"{PATH}/{ASKED}"
    data = {"objet": "Demande du %%date%%", "texte": "<b>%%personne%%</b> demande %%panier%%."}
    token = browser.token()

    preview = browser.client.post(page, data={**data, "csrf_token": token, "action": "apercu"})
    assert "&lt;b&gt;Bruno L.&lt;/b&gt; demande" in preview.text
    assert "sandbox" in preview.headers["Content-Security-Policy"]
    browser.client.post(page, data={**data, "csrf_token": token, "action": "essai"})
    tried = mail(session, ASKED)
    assert (tried.to_address, tried.subject) == (admin.email, "Demande du 01/10/2026")
    session.rollback()
    assert session.scalars(select(MailTemplate)).all() == []

    kept = browser.post(page, {**data, "action": "enregistrer"}, page=page)
    assert "Demande du %%date%%" in kept.decode()
    assert browser.visit(PATH).select("main .badge")
    browser.post(page, {"action": "original"}, page=page)
    assert not browser.visit(PATH).select("main .badge")

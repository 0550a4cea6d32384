"""[intermittents-inscription] on its page."""

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py.accounts.models import Person
from amapress_py.exchange import queries
from amapress_py.mail import outbox
from tests.conftest import BrowserFactory
from tests.factories import Make

PAGE = "/espace-intermittents/inscription"


def test_becoming_an_intermittent_and_leaving_again(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    bruno = make.person("Bruno")
    browser = browse(bruno)
    assert "Devenir intermittent" in browser.visit(PAGE).get_text()

    after = browser.post("/intermittents/inscription", page=PAGE)
    assert "Vous êtes déjà inscrit dans l'espace intermittents" in after.get_text()
    assert "Se désinscrire" in after.get_text()
    asked = browser.post("/intermittents/desinscription", page=PAGE)
    assert "Confirmez-vous votre désinscription ?" in asked.get_text().replace("\xa0", " ")
    assert queries.is_enrolled(session, bruno.id)
    session.rollback()
    done = browser.post("/intermittents/desinscription", {"confirme": "1"}, page=PAGE)

    assert "Vous êtes désinscrit de la liste des intermittents" in done.get_text()
    assert not queries.is_enrolled(session, bruno.id)
    assert outbox.pending(session)[-1].event == "exchange/unenrolled"


def test_a_member_enrols_a_neighbour_and_reads_the_same_for_known_addresses(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    anna, bruno = make.member("Anna"), make.person("Bruno")
    browser = browse(anna)
    labels = [label.get_text(strip=True) for label in browser.visit(PAGE).select("main label")]
    assert labels[:5] == ["*Email", "Prénom", "Nom", "Téléphone", "Adresse"]

    new = browser.post(
        "/intermittents/inscrire",
        {"email": "zoe@test.example", "prenom": "Zoé", "nom": "Petit"},
        page=PAGE,
    )
    known = browser.post(
        "/intermittents/inscrire", {"email": bruno.email, "prenom": "Robert"}, page=PAGE
    )

    sentence = "cette personne reçoit un courriel qui lui explique la suite"
    assert sentence in new.get_text()
    assert sentence in known.get_text()
    session.refresh(bruno)
    assert bruno.first_name == "Bruno"
    zoe = session.scalars(select(Person).where(Person.email == "zoe@test.example")).one()
    assert (zoe.first_name, zoe.last_name) == ("Zoé", "Petit")


def test_a_wrong_address_keeps_what_was_typed(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    browser = browse(make.member("Anna"))

    answer = browser.client.post(
        "/intermittents/inscrire",
        data={"csrf_token": browser.token(), "email": "pas une adresse", "prenom": "Zoé"},
    )

    assert answer.status_code == 422
    assert "pas une adresse" in answer.text
    assert 'value="Zoé"' in answer.text


def test_who_has_no_contract_enrols_nobody_else(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    browser = browse(make.person("Oscar"))

    assert browser.visit(PAGE).select_one("form[action$=inscrire]") is None
    after = browser.post("/intermittents/inscrire", {"email": "x@test.example"}, page=PAGE)

    assert "Vous ne pouvez pas inscrire" in after.get_text()
    assert session.scalar(select(Person.id).where(Person.email == "x@test.example")) is None

from flask import Flask
from sqlalchemy.orm import Session

from amapress_py.accounts.models import PersonAddress, Role, Scope
from tests.back_office import counted
from tests.conftest import BrowserFactory
from tests.factories import Make
from tests.shortcodes.pages import prose, write


def test_the_installed_page_is_for_connected_persons(browse: BrowserFactory, make: Make) -> None:
    assert browse().client.get("/mes-infos").location.startswith("/connexion")
    assert browse(make.person("Anna")).visit("/mes-infos").select_one("h1") is not None


def test_who_one_is_and_with_whom_one_shares(
    browse: BrowserFactory, make: Make, session: Session
) -> None:
    anna = make.person("Anna")
    anna.other_phone, anna.address = "07 00 00 00 00", "3 rue <b>Haute</b>\n31000 Toulouse"
    paul = make.person("Paul", household=anna.household)
    gone = make.person("Parti", household=anna.household)
    gone.is_active = False
    session.add_all(
        PersonAddress(person_id=anna.id, email=f"anna.{word}@test.example") for word in "ab"
    )
    session.add(PersonAddress(person_id=paul.id, email="secret@test.example"))
    session.commit()
    make.person("Zoé")

    shown = prose(browse(anna), "/mes-infos")
    text = " ".join(shown.text.split())

    assert anna.email is not None
    for word in (anna.name, anna.email, "anna.a@test.example, anna.b@test.example"):
        assert text.count(word) == 1
    assert f"{anna.phone}, 07 00 00 00 00" in text
    assert "3 rue <b>Haute</b>31000 Toulouse" in text
    assert f"Vous partagez vos paniers avec {paul.name}." in text
    assert "Vous n’êtes pas inscrit." in text
    for other in ("secret", "Parti", "Zoé"):
        assert other not in text
    assert shown.select_one("a.button[href='/mon-profil']") is not None


def test_roles_are_told_in_sentences(browse: BrowserFactory, make: Make) -> None:
    contract = make.contract()
    jeanne = make.intermittent("Jeanne")
    make.grant(jeanne, Role.REFERENT, Scope.PRODUCER, contract.producer_id)
    make.grant(jeanne, Role.TREASURER)

    text = " ".join(prose(browse(jeanne), "/mes-infos").text.split())

    assert f"référente ou référent de : {contract.producer.name}" in text
    assert "trésorière ou trésorier" in text
    assert "Vous êtes inscrit : un courriel" in text


def test_a_visitor_of_a_public_page_sees_nothing(browse: BrowserFactory) -> None:
    write("[mes-infos]")

    assert prose(browse()).text.strip() == ""


def test_two_statements(app: Flask, browse: BrowserFactory, make: Make) -> None:
    write("[mes-infos]")
    write("<p>Rien</p>", "Rien")
    anna, said = browse(make.member("Anna")), {}
    for path in ("/rien", "/essai"):
        anna.visit(path)
        with counted(app) as statements:
            anna.visit(path)
        said[path] = len([one for one in statements if one.startswith("SELECT")])

    assert said["/essai"] == said["/rien"] + 2

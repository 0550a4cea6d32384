"""What is found wrong with roles, addresses, settings and dates."""

import datetime as dt

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from amapress_py import clock, db, settings
from amapress_py.accounts.models import Grant, Person, Role
from amapress_py.deliveries.models import Delivery
from amapress_py.exchange.models import IntermittentEnrolment
from tests.factories import Make
from tests.health.conftest import Screen


def save(**values: object) -> None:
    with db.transaction() as current:
        settings.save(current, values)


def nobody_enrolled(session: Session) -> None:
    session.execute(update(IntermittentEnrolment).values(ended_at=clock.now()))
    session.commit()


def test_intermittents_need_somebody_to_write_to(screen: Screen, make: Make) -> None:
    save(exchange_email="")
    sentence = "Personne n’est responsable des intermittents"
    assert screen.required() == []

    assert screen.link(sentence, "Donner le rôle") == "/admin/personnes/"
    assert screen.link(sentence, "Indiquer une adresse") == "/admin/reglages/#exchange_email"
    make.person(roles=[Role.INTERMITTENT_MANAGER])
    assert screen.told() == []


def test_a_responsable_whose_account_is_closed_answers_nobody(
    screen: Screen, make: Make, session: Session
) -> None:
    save(exchange_email="")
    gone = make.person(roles=[Role.INTERMITTENT_MANAGER])
    session.execute(update(Person).where(Person.id == gone.id).values(is_active=False))
    session.commit()

    assert screen.told()[0].startswith("Personne n’est responsable")


def test_nobody_enrolled(screen: Screen, session: Session, make: Make) -> None:
    nobody_enrolled(session)
    sentence = "Aucun intermittent n’est inscrit"

    assert screen.link(sentence, "Inscrire un intermittent") == "/admin/intermittents"
    make.intermittent()
    assert screen.told() == []


def test_only_the_enrolled_may_ask_and_there_is_none(screen: Screen, session: Session) -> None:
    save(allow_amapiens=False)
    assert screen.told() == []
    nobody_enrolled(session)

    screen.link("Seuls les intermittents inscrits peuvent demander", "Modifier les réglages")


@pytest.mark.parametrize(("expiry", "is_told"), [(0, False), (23, False), (24, True), (48, True)])
def test_requests_are_not_freed_before_baskets_may_be_ceded(
    screen: Screen, expiry: int, is_told: bool
) -> None:
    save(request_expiry_hours=expiry)

    assert bool(screen.told()) is is_told


def test_no_delivery_ahead(screen: Screen, session: Session) -> None:
    session.execute(update(Delivery).values(date=clock.today() - dt.timedelta(days=1)))
    session.commit()

    sentence = "Aucune distribution n’est prévue"
    assert screen.link(sentence, "Voir les contrats") == "/admin/contrats"
    session.execute(update(Delivery).values(date=clock.today()))
    session.commit()
    assert screen.told() == []


def test_one_administrator_is_not_enough(
    screen: Screen, session: Session, make: Make, well: Person
) -> None:
    session.execute(delete(Grant).where(Grant.role == Role.ADMIN, Grant.person_id != well.id))
    session.commit()

    assert screen.link("Il n’y a qu’un administrateur", "Donner le rôle") == "/admin/personnes/"
    make.person(roles=[Role.ADMIN], email=None)  # cannot log in
    assert len(screen.told()) == 1
    make.person(roles=[Role.ADMIN])
    assert screen.told() == []


def test_the_contact_address(screen: Screen) -> None:
    save(contact_email="")

    url = screen.link("L’adresse de contact manque", "Indiquer une adresse")

    assert url == "/admin/reglages/#contact_email"
    assert screen.browser.visit(url).select_one("#contact_email") is not None
    save(contact_email="contact@amap.test")
    assert screen.told() == []

"""Enrolling oneself or somebody else, and leaving by the link of a mail."""

from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import settings
from amapress_py.accounts.models import Person, Role
from amapress_py.exchange import alerts, enrolment, queries, refusals, services
from amapress_py.exchange.models import Alert, IntermittentEnrolment
from amapress_py.exchange.rules import RequestState
from amapress_py.exchange.steps import Actor
from amapress_py.mail import outbox
from amapress_py.mail.models import MailState, OutboxMail
from tests.conftest import BrowserFactory
from tests.factories import Make

pytestmark = pytest.mark.usefixtures("clock")


def events(session: Session) -> list[str]:
    session.flush()
    return [one.event for one in outbox.pending(session)]


def token_of(session: Session, person: Person) -> str:
    session.flush()
    return (
        session.scalars(
            select(IntermittentEnrolment.token)
            .where(IntermittentEnrolment.person_id == person.id)
            .order_by(IntermittentEnrolment.id.desc())
        ).first()
        or ""
    )


def test_enrolling_welcomes_with_the_link_to_leave(session: Session, make: Make) -> None:
    bruno = make.person("Bruno")

    enrolment.enrol_me(session, Actor.of(bruno))

    welcome = outbox.pending(session)[0]
    assert welcome.event == "exchange/welcome"
    link = f"http://localhost/desinscription/{token_of(session, bruno)}"
    assert link in welcome.text
    assert welcome.headers["List-Unsubscribe"].startswith(f"<{link}>, <mailto:")
    assert welcome.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    with pytest.raises(refusals.AlreadyEnrolled):
        enrolment.enrol_me(session, Actor.of(bruno))


def test_an_unknown_person_is_created_enrolled_and_invited(session: Session, make: Make) -> None:
    anna = make.member("Anna")

    enrolment.enrol_other(
        session, Actor.of(anna), email="Zoe@Test.example", first_name="Zoé", phone="0601020304"
    )

    zoe = session.scalars(select(Person).where(Person.email == "zoe@test.example")).one()
    assert zoe.household_id != anna.household_id
    assert queries.is_enrolled(session, zoe.id)
    assert sorted(events(session)) == ["accounts/invitation", "exchange/welcome"]
    assert anna.name in next(m for m in outbox.pending(session) if "welcome" in m.event).text


def test_a_known_person_keeps_his_data_and_confirms_himself(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    anna, bruno = make.member("Anna"), make.person("Bruno")

    enrolment.enrol_other(
        session, Actor.of(anna), email=bruno.email or "", first_name="Robert", phone="0"
    )
    session.commit()

    assert (bruno.first_name, queries.is_enrolled(session, bruno.id)) == ("Bruno", False)
    assert events(session) == ["exchange/confirm_enrolment"]
    mail = outbox.pending(session)[0]
    path = urlsplit(next(word for word in mail.text.split() if "/confirmer/" in word)).path
    guest = browse()
    assert "Rejoindre" in guest.visit(path).text
    assert not queries.is_enrolled(session, bruno.id)
    session.rollback()
    guest.client.post(path)
    assert queries.is_enrolled(session, bruno.id)
    assert guest.client.post(path).status_code == 303
    assert guest.client.get(path[:-1]).status_code == 404


def test_a_responsable_enrols_a_known_person_at_once(session: Session, make: Make) -> None:
    iris, bruno = make.person("Iris"), make.person("Bruno")

    enrolment.enrol_other(session, Actor.of(iris, is_manager=True), email=bruno.email or "")

    assert queries.is_enrolled(session, bruno.id)


def test_outsiders_and_members_where_the_setting_says_so_enrol_nobody(
    session: Session, make: Make
) -> None:
    outsider, anna = make.person("Oscar"), make.member("Anna")
    with pytest.raises(refusals.EnrolmentReserved):
        enrolment.enrol_other(session, Actor.of(outsider), email="x@test.example")
    settings.save(session, {"members_may_enrol_others": False})
    session.commit()

    with pytest.raises(refusals.EnrolmentReserved):
        enrolment.enrol_other(session, Actor.of(anna), email="x@test.example")


def test_leaving_drops_queued_alerts_and_confirms(session: Session, make: Make) -> None:
    bruno = make.intermittent("Bruno")
    make.offer()
    alerts.write_alert(session, session.scalars(select(Alert.id)).one())
    session.commit()

    assert enrolment.end_enrolment(session, bruno.id)
    session.commit()

    states = dict(
        session.execute(
            select(OutboxMail.event, OutboxMail.state).where(OutboxMail.person_id == bruno.id)
        ).all()
    )
    assert states == {
        "exchange/alert": MailState.DROPPED,
        "exchange/unenrolled": MailState.QUEUED,
    }
    assert not enrolment.end_enrolment(session, bruno.id)


def test_the_link_of_a_mail_works_without_log_in_for_one_person_only(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    bruno, chloe = make.intermittent("Bruno"), make.intermittent("Chloé")
    path = f"/desinscription/{token_of(session, bruno)}"
    session.rollback()
    guest = browse()

    page = guest.visit(path)
    assert queries.is_enrolled(session, bruno.id)
    assert bruno.first_name not in page.text
    assert (bruno.email or "") not in page.text
    session.rollback()
    done = guest.client.post(path, follow_redirects=True)

    assert "Vous êtes désinscrit de la liste des intermittents" in done.text
    assert not queries.is_enrolled(session, bruno.id)
    assert queries.is_enrolled(session, chloe.id)
    session.rollback()
    assert guest.client.post(path).status_code == 303
    assert events(session).count("exchange/unenrolled") == 1


def test_a_mail_programs_own_button_gets_an_answer_without_redirect(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    bruno = make.intermittent("Bruno")
    path = f"/desinscription/{token_of(session, bruno)}"
    session.rollback()

    answer = browse().client.post(path, data={"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert not queries.is_enrolled(session, bruno.id)


@pytest.mark.parametrize("ticked", [False, True])
def test_who_leaves_takes_his_requests_back_if_he_asks_for_it(
    app: Flask, session: Session, make: Make, browse: BrowserFactory, ticked: bool
) -> None:
    bruno = make.intermittent("Bruno")
    asked, taken, waiting = (make.offer() for _one in range(3))
    requests = [make.request(asked, bruno), make.request(taken, bruno)]
    other = make.request(waiting)
    services.accept_request(session, Actor.of(taken.offered_by), requests[1].id)
    services.accept_request(session, Actor.of(waiting.offered_by), other.id)
    requests.append(services.join_waiting_list(session, Actor.of(bruno), waiting.id))
    session.commit()
    path = f"/desinscription/{token_of(session, bruno)}"
    session.rollback()

    done = browse().client.post(path, data={"demandes": "1"} if ticked else {})

    assert done.status_code == 303
    session.expire_all()
    left = RequestState.WITHDRAWN if ticked else RequestState.PENDING
    assert [one.state for one in requests] == [left, RequestState.ACCEPTED, left]
    assert not queries.is_enrolled(session, bruno.id)


def test_who_left_comes_back_and_chooses_what_he_is_told(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    bruno = make.intermittent("Bruno")
    path = f"/desinscription/{token_of(session, bruno)}"
    session.rollback()
    guest, own = browse(), browse(bruno)
    page = guest.client.post(path, follow_redirects=True).text
    assert "Revenir et choisir mes alertes" in page

    by_link = guest.client.post(f"{path}/annuler", data={"alertes": "1"}, follow_redirects=True)
    own.post("/intermittents/desinscription", {"confirme": "1"})
    by_page = own.post("/intermittents/inscription", {"alertes": "1"})

    for text in (by_link.text, by_page.text):
        assert "Mes alertes" in text
        assert "Me prévenir" in text
    assert queries.is_enrolled(session, bruno.id)


@pytest.mark.parametrize("token", ["x", "0" * 43, "%00", "é" * 20])
def test_a_forged_link_does_nothing(app: Flask, browse: BrowserFactory, token: str) -> None:
    guest = browse().client

    assert guest.get(f"/desinscription/{token}").status_code == 404
    assert guest.post(f"/desinscription/{token}").status_code == 404


def test_an_old_link_still_works_after_coming_back(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    bruno = make.intermittent("Bruno")
    path = f"/desinscription/{token_of(session, bruno)}"
    session.rollback()
    guest = browse().client
    guest.post(path)
    guest.post(f"{path}/annuler")
    assert queries.is_enrolled(session, bruno.id)
    session.rollback()

    guest.post(path)

    assert not queries.is_enrolled(session, bruno.id)


def test_a_responsable_ends_an_enrolment_a_member_does_not(session: Session, make: Make) -> None:
    bruno, eve = make.intermittent("Bruno"), make.member("Eve")

    with pytest.raises(refusals.EnrolmentReserved):
        enrolment.end_enrolments(session, Actor.of(eve), [bruno.id])

    manager = Actor.of(make.person("Iris", roles=[Role.INTERMITTENT_MANAGER]), is_manager=True)
    assert enrolment.end_enrolments(session, manager, [bruno.id]) == 1

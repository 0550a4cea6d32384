"""Calendars, read back as the program of a telephone reads them."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from flask import Flask
from icalendar import Calendar
from sqlalchemy import update
from sqlalchemy.orm import Session

from amapress_py import clock as clocks
from amapress_py import db
from amapress_py.accounts.models import Person, Role
from amapress_py.agenda import services
from amapress_py.contracts.models import ContractDate, ContractState, Subscription
from amapress_py.deliveries import services as deliveries
from amapress_py.deliveries.models import Delivery
from amapress_py.deliveries.services import Correction
from amapress_py.events.models import Event as EventRow
from amapress_py.events.models import EventKind
from amapress_py.exchange import services as exchange
from amapress_py.exchange.steps import Actor
from amapress_py.mail.models import OutboxMail
from amapress_py.passes import services as passes
from tests.back_office import counted, viewer_of
from tests.conftest import BrowserFactory
from tests.factories import Make

Events = list[dict[str, Any]]
PUBLIC = "/agenda.ics"


@pytest.fixture(autouse=True)
def _sunday(clock: time_machine.Traveller) -> None:
    """Let it be Sunday 22 November 2026."""


@pytest.fixture
def anna(make: Make) -> Person:
    tilleuls = make.place("Salle des Tilleuls")
    dates = [make.thursday(), make.thursday(1)]
    contract = make.contract(
        "Légumes", products={"Panier": 1000, "Œufs": 300}, dates=dates, places=[tilleuls]
    )
    person = make.person("Anna")
    make.subscription(person.household, contract, (2, 1))
    return person


def read(app: Flask, path: str) -> Events:
    answer = app.test_client().get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert "Set-Cookie" not in answer.headers
    assert answer.data.endswith(b"\r\n")
    assert all(len(line) <= 75 for line in answer.data.split(b"\r\n"))
    found = Calendar.from_ical(answer.data).walk("VEVENT")
    return [
        {
            "uid": str(one["UID"]),
            "starts": one.decoded("DTSTART"),
            "ends": one.decoded("DTEND"),
            "summary": " ".join(str(one["SUMMARY"]).split()),
            "place": str(one["LOCATION"]),
            "text": " ".join(str(one.get("DESCRIPTION", "")).split()),
            "status": str(one["STATUS"]),
            "transp": str(one["TRANSP"]),
            "sequence": int(one.decoded("SEQUENCE")),
        }
        for one in found
    ]


def own(app: Flask, person: Person) -> Events:
    with db.transaction() as session:
        token = services.renew(session, person.id)
    return read(app, f"/agenda/{token}.ics")


# ----- For everybody


def test_distributions_with_hours_and_place(app: Flask, anna: Person, make: Make) -> None:
    first, second = read(app, PUBLIC)

    assert first["summary"] == "Distribution AMAP – Salle des Tilleuls"
    assert first["place"] == "Salle des Tilleuls, 1 rue du Marché"
    assert first["starts"] == clocks.at(make.thursday(), dt.time(18, 30))
    assert first["ends"] == clocks.at(make.thursday(), dt.time(20))
    assert first["status"] == "CONFIRMED"
    assert first["uid"] != second["uid"]
    assert first["uid"].endswith("@localhost")


def test_the_hour_on_the_wall_outlasts_the_change_of_clocks(app: Flask, make: Make) -> None:
    days = [dt.date(2026, 10, 22), dt.date(2026, 10, 29), dt.date(2027, 3, 25), dt.date(2027, 4, 1)]
    make.contract(dates=days)

    found = read(app, PUBLIC)

    assert [one["starts"].astimezone(clocks.PARIS).hour for one in found] == [18] * 4
    assert [one["starts"].astimezone(dt.UTC).hour for one in found] == [16, 17, 17, 16]
    assert [one["starts"].astimezone(clocks.PARIS).date() for one in found] == days


def test_another_place_than_usual_and_other_hours(
    app: Flask, anna: Person, make: Make, session: Session
) -> None:
    elsewhere = make.place("Préau, école ; côté cour")
    admin = viewer_of(session, make.person(roles=[Role.ADMIN]))
    delivery = make.coming_delivery(anna)
    before = read(app, PUBLIC)[0]
    with db.transaction() as current:
        deliveries.correct_delivery(
            current,
            admin,
            delivery.id,
            Correction(
                opens=dt.time(17),
                closes=dt.time(18),
                substitute_place_id=elsewhere.id,
                note="La clé est chez Paul",
            ),
        )

    after = read(app, PUBLIC)[0]

    assert after["uid"] == before["uid"]
    assert after["starts"] == before["starts"] - dt.timedelta(hours=1, minutes=30)
    assert after["place"].startswith("Préau, école ; côté cour, ")
    assert "pas à Salle des Tilleuls" in after["text"]
    assert "Paul" not in after["text"]


def test_a_distribution_that_moves_is_cancelled_where_it_was(
    app: Flask, anna: Person, make: Make, session: Session
) -> None:
    """The former row stays in the database only because something hangs on it."""
    offer = make.offer(anna)
    with db.transaction() as current:
        exchange.cancel_offer(current, Actor.of(anna), offer.id, "")
    before, old = read(app, PUBLIC), session.get_one(Delivery, offer.delivery_id)
    later = old.date + dt.timedelta(days=1)
    with db.transaction() as current:
        moved = update(ContractDate).where(ContractDate.date == old.date)
        current.execute(moved.values(date=later))
        deliveries.ensure(current, later, old.place_id)

    after = read(app, PUBLIC)

    assert [one["status"] for one in after] == ["CANCELLED", "CONFIRMED", "CONFIRMED"]
    assert after[0]["uid"] == before[0]["uid"]
    assert after[0]["summary"].startswith("Annulée")
    assert after[1]["starts"] == before[0]["starts"] + dt.timedelta(days=1)
    assert after[1]["uid"] not in {one["uid"] for one in before}
    assert after[2]["uid"] == before[1]["uid"]
    first, _second = own(app, anna)
    assert first["starts"] == after[1]["starts"]


def test_what_a_draft_promises_is_not_public(app: Flask, make: Make, session: Session) -> None:
    contract = make.contract()
    contract.state = ContractState.DRAFT
    session.commit()

    assert read(app, PUBLIC) == []


def test_what_is_typed_is_escaped(app: Flask, make: Make) -> None:
    bad = "A\\B;C,D\nBEGIN:VEVENT\r\nX: " + "é" * 90
    make.contract(places=[make.place(bad[:120])])

    (event,) = read(app, PUBLIC)

    assert "A\\B;C,D\nBEGIN:VEVENT\nX: é" in event["place"]


def test_caches_may_keep_the_public_one_for_a_while(app: Flask) -> None:
    answer = app.test_client().get(PUBLIC)

    assert answer.headers["Cache-Control"] == "public, max-age=900"


# ----- One's own


def test_ones_own_baskets(app: Flask, anna: Person, make: Make) -> None:
    make.member("Bruno")

    first, second = own(app, anna)

    assert first["summary"] == "Panier AMAP : Légumes"
    assert "2 × Panier" in first["text"]
    assert "Œufs" in first["text"]
    assert first["starts"] == clocks.at(make.thursday(), dt.time(18, 30))
    assert first["transp"] == "OPAQUE"
    assert first["uid"] != second["uid"]


def test_an_offered_basket_then_ceded(
    app: Flask, anna: Person, make: Make, session: Session
) -> None:
    offer = make.offer(anna)
    bruno = make.intermittent("Bruno")
    uid = own(app, anna)[0]["uid"]
    assert own(app, anna)[0]["summary"] == "Panier AMAP proposé à d’autres"
    request = make.request(offer, bruno)
    with db.transaction() as current:
        exchange.accept_request(current, Actor.of(anna), request.id)

    given, kept = own(app, anna)
    (taken,) = own(app, bruno)

    assert given["uid"] == uid
    assert given["summary"].startswith("Panier AMAP cédé à Bruno ")
    assert given["transp"] == "TRANSPARENT"
    assert "À prendre" not in given["text"]
    assert kept["summary"] == "Panier AMAP : Légumes"
    assert taken["summary"] == f"Panier de {anna.short_name} à prendre"
    assert anna.name in taken["text"]
    assert anna.phone not in taken["text"]
    assert taken["starts"] == given["starts"]
    assert taken["uid"] == f"panier-{offer.id}-{bruno.id}@localhost"


def test_a_part_that_is_ceded_leaves_the_rest(
    app: Flask, anna: Person, make: Make, session: Session
) -> None:
    offer = make.offer(anna)
    panier = next(one for one in offer.items if one.product_label == "Panier")
    panier.quantity = 1
    session.delete(next(one for one in offer.items if one.product_label != "Panier"))
    session.commit()

    first, _second = own(app, anna)

    assert first["summary"] == "Panier AMAP : Légumes"
    assert "2 ×" not in first["text"]
    assert "Œufs" in first["text"]
    assert "Proposé aux intermittents" in first["text"]


def test_a_skipped_basket_is_no_appointment(
    app: Flask, anna: Person, make: Make, session: Session
) -> None:
    signed = session.query(Subscription).one()
    make.joker(signed, signed.contract.dates[0])

    (second,) = own(app, anna)

    assert second["starts"] == clocks.at(make.thursday(1), dt.time(18, 30))


def test_a_friend_who_comes_leaves_the_evening_free(
    app: Flask, anna: Person, make: Make, session: Session
) -> None:
    delivery = make.coming_delivery(anna)
    with db.transaction() as current:
        passes.make_pass(current, anna.id, anna.household_id, delivery.id, name="Zoé", phone="")

    first, second = own(app, anna)

    assert "Zoé vient à votre place." in first["text"]
    assert (first["transp"], second["transp"]) == ("TRANSPARENT", "OPAQUE")
    assert f"/distributions/{delivery.id}" in first["text"]


def test_a_feed_never_speaks_of_an_older_state_than_the_mail(
    app: Flask, anna: Person, make: Make, session: Session
) -> None:
    """Same uid: a program keeps the appointment with the higher sequence."""
    offer = make.offer(anna)
    bruno = make.intermittent("Bruno")
    request = make.request(offer, bruno)
    with db.transaction() as current:
        exchange.accept_request(current, Actor.of(anna), request.id)
    mails = session.query(OutboxMail).filter(OutboxMail.calendar != "").all()
    mailed = [
        event
        for mail in mails
        for event in Calendar.from_ical(mail.calendar).walk("VEVENT")
        if str(event["UID"]) == f"panier-{offer.id}-{bruno.id}@localhost"
    ]

    (taken,) = own(app, bruno)

    assert taken["sequence"] == max(int(event.decoded("SEQUENCE")) for event in mailed)


def test_events_for_all_and_for_connected_persons_and_cancelled_ones(
    app: Flask, anna: Person, make: Make, session: Session
) -> None:
    for title, is_public in (("Fête", True), ("Collectif", False)):
        session.add(
            EventRow(
                kind=EventKind.PARTY,
                title=title,
                date=make.thursday(2),
                opens=dt.time(19),
                closes=dt.time(22),
                place="Préau",
                is_public=is_public,
            )
        )
    session.commit()
    party = read(app, PUBLIC)[-1]
    private = [one for one in own(app, anna) if "Panier" not in one["summary"]]
    assert party["summary"] == "Fête"
    assert party["starts"] == clocks.at(make.thursday(2), dt.time(19))
    assert [one["summary"] for one in private] == ["Fête", "Collectif"]
    row = session.query(EventRow).filter_by(title="Fête").one()
    row.cancelled_at = clocks.now()
    session.commit()

    gone = read(app, PUBLIC)[-1]

    assert gone["uid"] == party["uid"] == private[0]["uid"]
    assert gone["status"] == "CANCELLED"
    assert gone["sequence"] > party["sequence"]
    assert all(one["summary"] != "Collectif" for one in read(app, PUBLIC))


def test_those_who_share_a_household_share_its_baskets(
    app: Flask, anna: Person, make: Make
) -> None:
    paul = make.person("Paul", household=anna.household)

    assert [one["uid"] for one in own(app, paul)] == [one["uid"] for one in own(app, anna)]


def test_nothing_is_told_to_a_wrong_address(app: Flask, anna: Person, session: Session) -> None:
    with db.transaction() as current:
        token = services.renew(current, anna.id)
    client = app.test_client()
    wrong = ["x", token[:-1], f"{token}x", token.swapcase(), "%00", "é" * 500, "..", "1"]

    for one in wrong:
        answer = client.get(f"/agenda/{one}.ics")
        assert answer.status_code == 404, one
        assert "Anna" not in answer.text
        assert "Set-Cookie" not in answer.headers
    answer = client.get(f"/agenda/{token}.ics")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"].startswith("private")


def test_the_old_address_ends_with_the_new_one(app: Flask, anna: Person, session: Session) -> None:
    with db.transaction() as current:
        old = services.renew(current, anna.id)
    with db.transaction() as current:
        new = services.renew(current, anna.id)

    client = app.test_client()

    assert client.get(f"/agenda/{old}.ics").status_code == 404
    assert client.get(f"/agenda/{new}.ics").status_code == 200


def test_an_inactive_person_has_no_calendar(app: Flask, anna: Person, session: Session) -> None:
    with db.transaction() as current:
        token = services.renew(current, anna.id)
        current.get_one(Person, anna.id).is_active = False

    assert app.test_client().get(f"/agenda/{token}.ics").status_code == 404


def test_few_statements_however_much_there_is(app: Flask, make: Make, session: Session) -> None:
    contract = make.contract(dates=[make.thursday(week) for week in range(20)])
    anna = make.member("Anna", contract)
    make.offer(anna)
    with db.transaction() as current:
        token = services.renew(current, anna.id)
    client = app.test_client()
    for path, most in ((PUBLIC, 3), (f"/agenda/{token}.ics", 6)):
        client.get(path)
        with counted(app) as said:
            client.get(path)
        assert len([one for one in said if one.startswith("SELECT")]) <= most


def test_only_its_person_renews_an_address(browse: BrowserFactory) -> None:
    assert browse().client.post("/agenda/adresse").status_code == 400

"""« Annoncer la distribution »: once, some days before, what each has to fetch."""

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
import time_machine
from flask import Flask
from icalendar import Calendar
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from amapress_py import db, settings
from amapress_py.accounts.models import Household, Person, PersonAddress
from amapress_py.clock import at
from amapress_py.config import Config
from amapress_py.contracts.models import Contract, Subscription, SubscriptionLine
from amapress_py.deliveries.models import Delivery
from amapress_py.exchange import services as exchange
from amapress_py.exchange.steps import Actor
from amapress_py.mail import rendering, sending, wording
from amapress_py.mail.models import OutboxMail
from amapress_py.passes import services as passes
from amapress_py.sheets import announcing, jobs
from tests.back_office import counted
from tests.factories import Make
from tests.sheets.days import a_day_later, two_days_before
from tests.smtp import SmtpServer

pytestmark = pytest.mark.usefixtures("clock")
NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
def config(config: Config, smtp: SmtpServer) -> Config:
    return replace(config, smtp_url=smtp.url, mail_from="amap@example.org")


@pytest.fixture
def contract(make: Make) -> Contract:
    return make.contract("Légumes", products={"Petit panier": 1000})


def work(app: Flask, session: Session) -> list[OutboxMail]:
    """Let the worker do its minute, and return every announcement there is."""
    session.rollback()
    jobs.announce(app)
    session.rollback()
    session.expire_all()
    wanted = OutboxMail.event == "sheets/announcement"
    return list(session.scalars(select(OutboxMail).where(wanted).order_by(OutboxMail.id)))


def test_it_leaves_once_two_days_before_at_seven(
    app: Flask,
    session: Session,
    make: Make,
    contract: Contract,
    clock: time_machine.Traveller,
) -> None:
    anna = make.member("Anna", contract)
    session.add(PersonAddress(person_id=anna.id, email="anna.bis@test.example"))
    session.commit()
    paul = make.person("Paul", household=anna.household)
    make.person("Pierre")

    clock.move_to(two_days_before(contract) - dt.timedelta(minutes=1))
    assert work(app, session) == []
    clock.move_to(two_days_before(contract))
    work(app, session)
    mails = work(app, session)

    assert [one.to_address for one in mails] == [anna.email, "anna.bis@test.example", paul.email]
    text = mails[0].text
    assert mails[0].subject == "Distribution du 26/11/2026"
    assert f"jeudi 26 novembre 2026, de 18{NBSP}h{NBSP}30 à 20{NBSP}h" in text
    assert "1 rue du Marché" in text
    assert f"- Légumes{NBSP}: Petit panier" in text
    for silent in ("Joker", "Cédé", "De permanence", "Quelqu’un vient"):
        assert silent not in text


def test_each_reads_what_he_fetches(
    app: Flask,
    session: Session,
    make: Make,
    contract: Contract,
    clock: time_machine.Traveller,
) -> None:
    bread = make.contract("Pain", products={"Miche": 500}, places=contract.places)
    anna = make.member("Anna", contract)
    make.subscription(anna.household, bread)
    bruno, claire, denis = make.intermittent("Bruno"), make.member("Claire", contract), "Denis"
    joker = make.member(denis, bread)
    make.joker(
        session.query(Subscription).filter_by(household_id=joker.household_id).one(), bread.dates[0]
    )
    make.subscription(joker.household, contract)
    skipper = make.member("Eve", bread)
    make.joker(
        session.query(Subscription).filter_by(household_id=skipper.household_id).one(),
        bread.dates[0],
    )
    delivery = make.coming_delivery(anna)
    offer = make.offer(claire)
    exchange.accept_request(session, Actor.of(claire), make.request(offer, bruno).id)
    session.commit()
    passes.make_pass(session, anna.id, anna.household_id, delivery.id, name="Lucie")
    session.commit()
    delivery.note = "Entrée par la cour."
    session.commit()

    clock.move_to(two_days_before(contract))
    mails = {one.person_id: one.text for one in work(app, session)}

    assert set(mails) == {anna.id, bruno.id, joker.id}  # nothing to fetch: no mail
    assert f"- Pain{NBSP}: Miche" in mails[anna.id]
    assert "Quelqu’un vient à votre place : Lucie" in mails[anna.id]
    assert f"- Pour {claire.name}, Légumes{NBSP}: Petit panier" in mails[bruno.id]
    assert "Joker, pas de panier : Pain." in mails[joker.id]
    assert "Entrée par la cour." in mails[bruno.id]


def test_it_leaves_again_when_the_date_moved(
    app: Flask,
    session: Session,
    make: Make,
    contract: Contract,
    clock: time_machine.Traveller,
) -> None:
    make.member("Anna", contract)
    clock.move_to(two_days_before(contract))
    assert len(work(app, session)) == 1
    a_day_later(session, contract)
    assert len(work(app, session)) == 1

    clock.shift(dt.timedelta(days=1))
    assert len(work(app, session)) == 2


def test_other_hours_are_told_to_who_knows_the_old_ones(
    app: Flask,
    session: Session,
    make: Make,
    contract: Contract,
    clock: time_machine.Traveller,
) -> None:
    make.member("Anna", contract)
    clock.move_to(two_days_before(contract))
    work(app, session)
    delivery = session.scalars(select(Delivery)).one()
    delivery.opens, delivery.closes = dt.time(17), dt.time(18, 30)
    delivery.set_instants()
    session.commit()

    work(app, session)
    first, again = work(app, session)

    assert again.subject == "Changement : distribution du 26/11/2026"
    assert f"de 17{NBSP}h à 18{NBSP}h{NBSP}30" in again.text
    (was,), (then,) = (Calendar.from_ical(one.calendar).walk("VEVENT") for one in (first, again))
    assert was["UID"] == then["UID"]
    assert (int(str(was["SEQUENCE"])), int(str(then["SEQUENCE"]))) == (0, 1)


def test_it_can_be_off_and_has_its_own_words(
    app: Flask,
    session: Session,
    make: Make,
    contract: Contract,
    clock: time_machine.Traveller,
) -> None:
    anna = make.member("Anna", contract)
    settings.save(session, {"announce_days": 0})
    session.commit()
    clock.move_to(two_days_before(contract))
    assert work(app, session) == []

    settings.save(session, {"announce_days": 3})
    original = rendering.original("sheets/announcement")
    assert "- %%panier%%" in original[1]
    wording.reword(
        session,
        "sheets/announcement",
        "Jeudi !",
        "Prenez :\n- %%panier%%\n- %%repris%%\nLe joker : %%joker_du_jour%%",
        anna.id,
        rendering.original,
    )
    session.commit()
    (mail,) = work(app, session)

    assert mail.subject == "Jeudi !"
    assert mail.text == f"Prenez :\n- Légumes{NBSP}: Petit panier\n"


def test_a_crash_in_between_loses_nothing(
    app: Flask,
    session: Session,
    make: Make,
    contract: Contract,
    clock: time_machine.Traveller,
) -> None:
    for _one in range(3):
        make.member(contract=contract)
    clock.move_to(two_days_before(contract))

    def interrupted() -> None:
        with db.transaction() as current:
            assert announcing.write(current, current.scalars(select(Delivery.id)).one()) == 3
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert len(work(app, session)) == 3


def test_the_appointment_goes_with_it_over_smtp(
    app: Flask,
    session: Session,
    make: Make,
    contract: Contract,
    clock: time_machine.Traveller,
    smtp: SmtpServer,
) -> None:
    anna = make.member("Anna", contract)
    clock.move_to(two_days_before(contract))
    work(app, session)

    assert sending.send_due(app) == 1

    (received,) = smtp.messages
    assert received.to == anna.email
    assert "La distribution approche" in received.part("text/plain")
    assert "Petit panier" in received.part("text/html")
    (event,) = Calendar.from_ical(received.part("text/calendar")).walk("VEVENT")
    assert event.decoded("DTSTART") == at(contract.dates[0].date, dt.time(18, 30))


def test_three_hundred_households_are_queued_within_a_second(
    app: Flask, session: Session, make: Make, contract: Contract, clock: time_machine.Traveller
) -> None:
    def grow(first: int, last: int) -> None:
        numbers = range(first, last)
        session.execute(insert(Household), [{"id": one} for one in numbers])
        session.execute(
            insert(Person),
            [
                {
                    "id": one,
                    "household_id": one,
                    "first_name": "Anna",
                    "last_name": f"Nom{one}",
                    "email": f"anna{one}@test.example",
                    "sort_key": f"nom{one}",
                }
                for one in numbers
            ],
        )
        day = contract.dates[0]
        session.execute(
            insert(Subscription),
            [
                {
                    "id": one,
                    "household_id": one,
                    "contract_id": contract.id,
                    "place_id": contract.places[0].id,
                    "starts_on": day.date,
                    "ends_on": day.date,
                }
                for one in numbers
            ],
        )
        session.execute(
            insert(SubscriptionLine),
            [
                {
                    "subscription_id": one,
                    "contract_date_id": day.id,
                    "contract_product_id": contract.products[0].id,
                    "quantity": 1,
                }
                for one in numbers
            ],
        )
        session.commit()

    clock.move_to(two_days_before(contract))
    grow(1001, 1004)
    work(app, session)  # settings and texts are read once
    session.query(OutboxMail).delete()
    session.commit()
    with counted(app) as few:
        assert len(work(app, session)) == 3
    grow(2001, 2298)
    session.query(OutboxMail).delete()
    session.commit()
    started = time.process_time()
    with counted(app) as many:
        assert len(work(app, session)) == 300
    took = time.process_time() - started

    assert len(many) == len(few)
    assert took < 2  # under one second when nobody else works on the machine

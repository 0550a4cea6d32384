"""Who is told of a free basket, when: preferences, digests, reminders, fair turns."""

import datetime as dt
from dataclasses import replace

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock as clocks
from amapress_py import db, settings
from amapress_py.accounts.models import Person
from amapress_py.cms.services import Draft, save_page
from amapress_py.exchange import (
    alerts,
    digests,
    enrolment,
    preferences,
    queries,
    refusals,
    reminders,
    rules,
    services,
)
from amapress_py.exchange.models import Alert, BasketOffer, IntermittentEnrolment, Turn
from amapress_py.exchange.rules import ALL_WISHES, OfferState, Pace, Wishes
from amapress_py.exchange.steps import Actor
from amapress_py.mail import outbox
from tests.back_office import counted
from tests.conftest import BrowserFactory
from tests.factories import Make

pytestmark = pytest.mark.usefixtures("clock")
THURSDAY = 1 << 3


def mails(session: Session, event: str) -> list[str]:
    """Return the first names in the addresses of the waiting mails of a kind."""
    session.flush()
    return [
        one.to_address.split("@")[0].rstrip("0123456789")
        for one in outbox.pending(session)
        if one.event == f"exchange/{event}"
    ]


def tell(session: Session, offer: BasketOffer) -> int:
    session.flush()
    waiting = select(Alert.id).where(Alert.offer_id == offer.id, Alert.done_at.is_(None))
    return sum(alerts.write_alert(session, key) for key in session.scalars(waiting).all())


def wish(session: Session, person: Person, **wishes: object) -> Person:
    preferences.set_wishes(session, person.id, Wishes(**wishes))  # type: ignore[arg-type]
    return person


@pytest.mark.parametrize(
    ("wishes", "told"),
    [
        ({}, True),
        ({"weekdays": THURSDAY}, True),
        ({"weekdays": THURSDAY << 1}, False),
        ({"contracts": frozenset({"legumes"})}, True),
        ({"contracts": frozenset({"pain", "legumes"})}, True),
        ({"contracts": frozenset({"pain"})}, False),
        ({"places": frozenset({1})}, True),
        ({"places": frozenset({1, 99})}, True),
        ({"places": frozenset({99})}, False),
        ({"pace": Pace.DIGEST}, False),
        ({"pace": Pace.NONE}, False),
        ({"paused_until": dt.date(2026, 11, 22)}, True),
        ({"paused_until": dt.date(2026, 11, 23)}, False),
    ],
)
def test_an_alert_goes_to_who_wants_it(
    session: Session, make: Make, wishes: dict[str, object], told: bool
) -> None:
    wish(session, make.intermittent("Bruno"), **wishes)
    offer = make.offer(make.member("Anna"))
    assert offer.delivery.place_id == 1

    assert tell(session, offer) == int(told)

    assert mails(session, "alert") == ["bruno"] * told


def test_wishes_are_kept_until_they_change(session: Session, make: Make) -> None:
    bruno = make.intermittent("Bruno")
    assert queries.wishes_of(session, bruno.id) == ALL_WISHES
    mine = Wishes(Pace.DIGEST, THURSDAY, frozenset({"pain"}), frozenset({3}), dt.date(2027, 1, 1))

    preferences.set_wishes(session, bruno.id, mine)
    session.commit()
    assert queries.wishes_of(session, bruno.id) == mine
    preferences.set_wishes(session, bruno.id, replace(mine, paused_until=None))
    session.commit()

    assert queries.wishes_of(session, bruno.id).paused_until is None
    assert queries.wishes_of(session, bruno.id).contracts == {"pain"}
    with pytest.raises(refusals.NotEnrolledYet):
        preferences.set_wishes(session, make.person().id, ALL_WISHES)


def test_many_different_wishes_take_a_few_statements(
    app: Flask, session: Session, make: Make
) -> None:
    offer = make.offer(make.member("Anna"))
    people = [Person(first_name=f"P{n}", email=f"p{n}@test.example") for n in range(200)]
    home = make.person().household
    for one in people:
        one.household = home
    session.add_all(people)
    session.flush()
    session.add_all(IntermittentEnrolment(person_id=one.id) for one in people)
    session.flush()
    for number, one in enumerate(people):
        wish(session, one, weekdays=(number % 127) + 1, contracts=frozenset({"legumes", "pain"}))
    session.commit()

    with counted(app) as statements:
        told = tell(session, offer)

    assert told == sum(1 for n in range(200) if (n % 127 + 1) & THURSDAY)
    assert len(statements) < 25, statements


def test_a_digest_tells_once_a_day_what_was_announced_since(
    session: Session, make: Make, clock: time_machine.Traveller
) -> None:
    bruno = wish(session, make.intermittent("Bruno"), pace=Pace.DIGEST)
    first, second = make.offer(make.member("Anna")), make.offer(make.member("Chloé"))
    tell(session, first)
    tell(session, second)
    assert digests.due(session) == []

    clock.move_to(clocks.at(clocks.today(), dt.time(18)))
    assert digests.due(session) == [bruno.id]
    assert digests.write(session, bruno.id) == 1
    assert digests.write(session, bruno.id) == 0
    assert digests.due(session) == []

    mail = outbox.pending(session)[-1]
    assert mail.subject == "2 paniers disponibles"
    assert mail.text.count("/paniers/interesse/") == 2
    assert "List-Unsubscribe-Post" in mail.headers
    clock.shift(dt.timedelta(days=1))
    assert digests.due(session) == [bruno.id]
    assert digests.write(session, bruno.id) == 0  # nothing new
    assert mails(session, "digest") == ["bruno"]


def test_leaving_stops_the_digest_that_waits(
    session: Session, make: Make, clock: time_machine.Traveller
) -> None:
    bruno = wish(session, make.intermittent("Bruno"), pace=Pace.DIGEST)
    tell(session, make.offer(make.member("Anna")))
    clock.move_to(clocks.at(clocks.today(), dt.time(19)))
    digests.write(session, bruno.id)

    enrolment.end_enrolment(session, bruno.id)

    assert mails(session, "digest") == []
    assert mails(session, "unenrolled") == ["bruno"]
    assert digests.due(session) == []


def start_less(offer: BasketOffer, hours: float) -> dt.datetime:
    return offer.delivery.starts_at - dt.timedelta(hours=hours)


def remind(session: Session) -> int:
    return sum(reminders.write(session, key) for key in reminders.due(session))


def test_a_basket_still_free_is_told_again_once(
    session: Session, make: Make, clock: time_machine.Traveller
) -> None:
    make.intermittent("Bruno")
    wish(session, make.intermittent("Chloé"), pace=Pace.NONE)
    offer = make.offer(make.member("Anna"))
    tell(session, offer)
    assert remind(session) == 0

    clock.move_to(start_less(offer, 48))
    assert remind(session) == 1
    assert remind(session) == 0
    clock.shift(dt.timedelta(days=1))
    assert remind(session) == 0

    assert mails(session, "still_free") == ["bruno"]


def test_no_reminder_right_after_the_announcement(
    session: Session, make: Make, clock: time_machine.Traveller
) -> None:
    make.intermittent("Bruno")
    anna = make.member("Anna")
    delivery = make.coming_delivery(anna)
    clock.move_to(delivery.starts_at - dt.timedelta(hours=30))
    make.offer(anna)

    assert remind(session) == 0


def test_reminders_are_settings_and_never_two_in_a_day(
    session: Session, make: Make, clock: time_machine.Traveller
) -> None:
    make.intermittent("Bruno")
    offer = make.offer(make.member("Anna"))
    settings.save(session, {"remind_available_1": 50, "remind_available_2": 49})
    clock.move_to(start_less(offer, 50))
    assert remind(session) == 1

    clock.move_to(start_less(offer, 49))
    assert remind(session) == 0

    settings.save(session, {"remind_available_1": 0, "remind_available_2": 0})
    clock.move_to(start_less(offer, 10))
    assert remind(session) == 0


def test_the_owner_is_reminded_at_48_and_24_hours_of_who_waits(
    session: Session, make: Make, clock: time_machine.Traveller
) -> None:
    offer = make.offer(make.member("Anna"))
    make.request(offer, make.intermittent("Bruno"))
    make.request(offer, make.intermittent("Chloé"))
    assert remind(session) == 0

    for hours in (48, 47, 24, 23):
        clock.move_to(start_less(offer, hours))
        remind(session)

    assert mails(session, "reminder_owner") == ["anna", "anna"]
    assert "2 personnes attendent votre réponse" in outbox.pending(session)[-1].subject


def test_the_taker_is_reminded_the_day_before_unless_he_has_just_been_told(
    session: Session, make: Make, clock: time_machine.Traveller
) -> None:
    anna = make.member("Anna")
    offer = make.offer(anna)
    request = make.request(offer, make.intermittent("Bruno"))
    services.accept_request(session, Actor.of(anna), request.id)
    late = make.offer(make.member("Denis"))
    waiting = make.request(late, make.intermittent("Chloé"))

    clock.move_to(start_less(offer, 24))
    services.accept_request(session, Actor.of(late.offered_by), waiting.id)
    remind(session)
    remind(session)

    assert mails(session, "reminder_taker") == ["bruno"]
    assert offer.state is OfferState.EXCHANGED


def test_reminders_of_people_can_be_off(
    session: Session, make: Make, clock: time_machine.Traveller
) -> None:
    offer = make.offer(make.member("Anna"))
    make.request(offer, make.intermittent("Bruno"))
    settings.save(session, {"remind_people": False})
    clock.move_to(start_less(offer, 20))

    assert remind(session) == 0


@pytest.fixture
def fair(session: Session) -> None:
    settings.save(session, {"fair_turn": True})
    session.commit()


def turns_of(session: Session) -> list[str]:
    return mails(session, "your_turn")


@pytest.mark.usefixtures("fair")
def test_each_has_his_turn_then_all(
    session: Session, make: Make, clock: time_machine.Traveller
) -> None:
    served, waiting = make.intermittent("Bruno"), make.intermittent("Chloé")
    earlier = make.offer(make.member("Denis"))
    taken = make.request(earlier, served)
    services.accept_request(session, Actor.of(earlier.offered_by), taken.id)
    offer = make.offer(make.member("Anna"))
    alert = session.scalars(select(Alert).where(Alert.offer_id == offer.id)).one()

    assert tell(session, offer) == 0
    assert turns_of(session) == ["chloé"]
    assert alert.due_at == rules.turn_ends(clocks.now(), offer.delivery.starts_at)
    with pytest.raises(refusals.AnothersTurn):
        services.request_basket(session, Actor.of(served), offer.id)

    clock.move_to(alert.due_at)
    assert tell(session, offer) == 0
    assert turns_of(session) == ["chloé", "bruno"]
    clock.move_to(alert.due_at)
    assert tell(session, offer) == 2
    assert sorted(mails(session, "alert")) == ["bruno", "chloé"]
    assert alert.done_at is not None
    services.request_basket(session, Actor.of(waiting), offer.id)


@pytest.mark.usefixtures("fair")
def test_what_is_anothers_turn_is_not_listed(
    session: Session, make: Make, browse: BrowserFactory
) -> None:
    bruno, chloe = make.intermittent("Bruno"), make.intermittent("Chloé")
    offer = make.offer(make.member("Anna"))
    with db.transaction() as current:
        body = "[les-paniers-intermittents][les-paniers-intermittents-count]"
        save_page(current, None, Draft("Réserver", body, audience="connected"), 0)
    tell(session, offer)
    session.commit()

    assert browse(bruno).visit("/reserver").select_one(f"#offre-{offer.id}") is not None
    assert browse(chloe).visit("/reserver").select_one(f"#offre-{offer.id}") is None
    assert (
        f"offre={offer.id}" not in browse(None).visit("/embed/les-paniers-intermittents").decode()
    )


@pytest.mark.usefixtures("fair")
def test_nobody_is_reminded_of_a_basket_that_is_anothers_turn(
    session: Session, make: Make, clock: time_machine.Traveller
) -> None:
    make.intermittent("Bruno")
    make.intermittent("Chloé")
    daily = wish(session, make.intermittent("David"), pace=Pace.DIGEST)
    offer = make.offer(make.member("Anna"))
    clock.move_to(start_less(offer, 49))
    tell(session, offer)

    clock.move_to(start_less(offer, 47))
    assert remind(session) == 0
    assert digests.write(session, daily.id) == 0

    clock.move_to(start_less(offer, 44))
    tell(session, offer)
    assert turns_of(session) == ["bruno", "chloé"]


@pytest.mark.usefixtures("fair")
def test_who_asks_ends_the_turns_and_who_was_refused_has_none_left(
    session: Session, make: Make, clock: time_machine.Traveller
) -> None:
    anna = make.member("Anna")
    bruno, chloe = make.intermittent("Bruno"), make.intermittent("Chloé")
    offer = make.offer(anna)
    tell(session, offer)
    request = services.request_basket(session, Actor.of(bruno), offer.id)
    tell(session, offer)
    assert not session.scalars(select(Alert).where(Alert.done_at.is_(None))).all()

    clock.shift(dt.timedelta(hours=1))
    services.refuse_request(session, Actor.of(anna), request.id)
    session.flush()
    waiting = session.scalars(select(Alert).where(Alert.done_at.is_(None))).one()
    assert waiting.due_at == clocks.now()  # nobody takes it meanwhile, out of his turn
    tell(session, offer)

    assert turns_of(session) == ["bruno", "chloé"]
    assert session.scalars(select(Turn.person_id).order_by(Turn.id)).all() == [bruno.id, chloe.id]


@pytest.mark.usefixtures("fair")
def test_who_leaves_during_his_turn_holds_up_nobody(session: Session, make: Make) -> None:
    bruno, chloe = make.intermittent("Bruno"), make.intermittent("Chloé")
    offer = make.offer(make.member("Anna"))
    tell(session, offer)

    enrolment.end_enrolment(session, bruno.id)
    tell(session, offer)

    assert turns_of(session) == ["chloé"]  # Bruno's mail was not sent yet: it is dropped
    services.request_basket(session, Actor.of(chloe), offer.id)


@pytest.mark.usefixtures("fair")
def test_near_the_delivery_there_are_no_turns(
    session: Session, make: Make, clock: time_machine.Traveller
) -> None:
    make.intermittent("Bruno")
    offer = make.offer(make.member("Anna"))
    clock.move_to(start_less(offer, 11))

    assert tell(session, offer) == 1
    assert turns_of(session) == []


def test_wall_clock_hours_of_turns_and_thresholds() -> None:
    start = clocks.at(dt.date(2026, 3, 29), dt.time(10))  # the night lost an hour

    assert rules.last_threshold(start - dt.timedelta(hours=22), start, [24]) == clocks.at(
        dt.date(2026, 3, 28), dt.time(10)
    )
    assert rules.last_threshold(start, start, [24]) is None
    assert rules.last_threshold(start - dt.timedelta(hours=48), start, [24, 0]) is None
    assert rules.turn_ends(start - dt.timedelta(days=8), start) == start - dt.timedelta(days=7)
    assert rules.turn_ends(start - dt.timedelta(hours=2), start) is None

"""Mails that played seasons found untrue, too many, or against what somebody chose."""

import datetime as dt

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock as clocks
from amapress_py import settings
from amapress_py.exchange import alerts, digests, preferences, queries, reminders, services
from amapress_py.exchange.models import Alert, BasketOffer, OfferRequest
from amapress_py.exchange.rules import OfferState, Pace, RequestState, Wishes
from amapress_py.exchange.steps import Actor
from amapress_py.mail import outbox
from tests.factories import Make

pytestmark = pytest.mark.usefixtures("clock")


def events(session: Session) -> list[str]:
    """Return the kinds of the waiting mails, in order."""
    session.flush()
    return [one.event.removeprefix("exchange/") for one in outbox.pending(session)]


def designate(session: Session, make: Make) -> OfferRequest:
    """Anna keeps her basket for Bruno, who has not answered."""
    anna, bruno = make.member("Anna"), make.intermittent("Bruno")
    delivery = make.coming_delivery(anna)
    offer = services.offer_basket(session, Actor.of(anna), delivery.id, taker_id=bruno.id)
    session.commit()
    return session.scalars(select(OfferRequest).where(OfferRequest.offer_id == offer.id)).one()


def less(offer: BasketOffer, hours: float) -> dt.datetime:
    return offer.delivery.starts_at - dt.timedelta(hours=hours)


def expire(session: Session) -> int:
    return services.expire_requests(session, clocks.now())


def test_who_was_chosen_and_forgot_is_told_so_not_that_the_owner_did(
    session: Session, make: Make, clock: time_machine.Traveller
) -> None:
    settings.save(session, {"request_expiry_hours": 12})
    request = designate(session, make)
    clock.move_to(less(request.offer, 12))

    assert expire(session) == 1

    assert events(session)[2:] == ["lapsed_owner", "lapsed_taker"]
    assert request.state is RequestState.EXPIRED
    assert request.offer.state is OfferState.OPEN
    assert len(session.scalars(select(Alert)).all()) == 1


def test_a_promise_is_taken_back_without_a_request_that_never_was(
    session: Session, make: Make
) -> None:
    request = designate(session, make)
    owner = Actor.of(request.offer.offered_by)

    services.refuse_request(session, owner, request.id, "Ma sœur vient.")

    assert events(session)[2:] == ["recalled_taker"]
    assert "Ma sœur vient." in outbox.pending(session)[-1].text
    assert request.state is RequestState.DECLINED
    assert request.offer.state is OfferState.OPEN


def test_a_manager_declines_for_who_was_chosen(session: Session, make: Make) -> None:
    request = designate(session, make)
    manager = Actor.of(make.person("Maud"), is_manager=True)

    services.withdraw_request(session, manager, request.id)

    assert events(session)[2:] == ["not_confirmed_owner", "not_confirmed_taker"]
    assert request.offer.state is OfferState.OPEN


def test_a_request_that_comes_after_the_limit_is_not_freed_a_minute_later(
    session: Session, make: Make, clock: time_machine.Traveller
) -> None:
    settings.save(session, {"request_expiry_hours": 12})
    offer = make.offer()
    early = make.request(offer)
    clock.move_to(less(offer, 12))
    late = make.request(offer)
    clock.shift(dt.timedelta(minutes=1))

    assert expire(session) == 1

    assert (early.state, late.state) == (RequestState.EXPIRED, RequestState.PENDING)
    assert offer.state is OfferState.REQUESTED


def test_the_next_of_the_waiting_list_has_his_time_too(
    session: Session, make: Make, clock: time_machine.Traveller
) -> None:
    settings.save(session, {"request_expiry_hours": 12})
    offer = make.offer()
    taken, waiting = make.request(offer), make.request(offer)
    services.accept_request(session, Actor.of(offer.offered_by), taken.id)
    clock.move_to(less(offer, 8))
    services.withdraw_request(session, Actor.of(taken.person), taken.id)
    session.commit()

    assert expire(session) == 0

    assert waiting.state is RequestState.PENDING


def test_a_late_alert_is_not_followed_by_another_within_six_hours(
    session: Session, make: Make, clock: time_machine.Traveller
) -> None:
    make.intermittent("Chloé")
    offer = make.offer()
    clock.shift(dt.timedelta(hours=5))  # the worker was away
    alerts.write_alert(session, session.scalars(select(Alert.id)).one())
    told_at = clocks.now()
    request = make.request(offer)
    services.refuse_request(session, Actor.of(offer.offered_by), request.id)

    again = session.scalars(select(Alert).where(Alert.done_at.is_(None))).one()

    assert again.due_at == told_at + dt.timedelta(hours=6)


def test_who_wants_one_mail_a_day_finds_reminders_in_it(
    session: Session, make: Make, clock: time_machine.Traveller
) -> None:
    bruno = make.intermittent("Bruno")
    preferences.set_wishes(session, bruno.id, Wishes(Pace.DIGEST))
    offer = make.offer()
    alerts.write_alert(session, session.scalars(select(Alert.id)).one())
    clock.move_to(clocks.at(clocks.today(), dt.time(18)))
    assert digests.write(session, bruno.id) == 1
    clock.move_to(less(offer, 48))
    session.commit()

    reminders.write(session, offer.id)
    assert events(session)[1:] == ["digest"]
    clock.move_to(clocks.at(clocks.today(), dt.time(19)))
    session.commit()

    assert digests.write(session, bruno.id) == 1
    clock.shift(dt.timedelta(days=1))
    assert digests.write(session, bruno.id) == 0


@pytest.mark.parametrize("wishes", [Wishes(Pace.NONE), Wishes(paused_until=dt.date(2026, 12, 1))])
def test_an_alert_that_waits_does_not_leave_to_who_wants_none_now(
    session: Session, make: Make, wishes: Wishes
) -> None:
    bruno = make.intermittent("Bruno")
    make.offer()
    alerts.write_alert(session, session.scalars(select(Alert.id)).one())
    session.flush()
    mail = outbox.pending(session)[-1]
    assert queries.wants_alert(session, mail)

    preferences.set_wishes(session, bruno.id, wishes)
    session.flush()

    assert not queries.wants_alert(session, mail)

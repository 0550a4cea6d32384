"""What happens to an offer, step by step."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock as clocks
from amapress_py import settings
from amapress_py.accounts import administration
from amapress_py.accounts.models import Role
from amapress_py.errors import DomainError, NotAllowed
from amapress_py.exchange import alerts, queries, refusals, rules, services
from amapress_py.exchange.models import Alert, BasketOffer, OfferEvent, OfferRequest
from amapress_py.exchange.rules import OfferState, RequestState, Step
from amapress_py.exchange.steps import Actor
from amapress_py.mail import outbox
from tests.factories import Make

pytestmark = pytest.mark.usefixtures("clock")


def mails(session: Session) -> list[tuple[str, str]]:
    """Return (event, first name in the address) of what waits in the outbox."""
    session.flush()
    return [
        (one.event.removeprefix("exchange/"), one.to_address.split("@")[0].rstrip("0123456789"))
        for one in outbox.pending(session)
    ]


def state(offer: BasketOffer) -> OfferState:
    """Return where an offer stands now (the type checker remembers where it stood)."""
    return offer.state


def steps(session: Session, offer: BasketOffer) -> list[str]:
    session.flush()
    lines = select(OfferEvent.step).where(OfferEvent.offer_id == offer.id).order_by(OfferEvent.id)
    return list(session.scalars(lines))


def refused(kind: type[DomainError], act: Any, *args: Any, **kwargs: Any) -> None:
    with pytest.raises(kind):
        act(*args, **kwargs)


def announce(session: Session, offer: BasketOffer) -> int:
    """Let the worker write the newest alert; return how many are told."""
    session.flush()
    newest = select(Alert.id).where(Alert.offer_id == offer.id).order_by(Alert.id.desc())
    return alerts.write_alert(session, session.scalars(newest).first() or 0)


def test_ceding_keeps_a_snapshot_tells_the_owner_and_writes_one_alert(
    session: Session, make: Make
) -> None:
    anna = make.member("Anna")

    offer = make.offer(anna, message="Panier à l’ombre")

    assert state(offer) is OfferState.OPEN
    assert [
        (i.contract_label, i.product_label, i.quantity, i.price_cents) for i in offer.items
    ] == [("Légumes", "1/2 Panier", 1, 1000)]
    assert mails(session) == [("offered_owner", "anna")]
    assert len(session.scalars(select(Alert)).all()) == 1
    assert steps(session, offer) == ["offer"]


def test_each_intermittent_is_told_once_but_never_the_household(
    session: Session, make: Make
) -> None:
    anna = make.intermittent("Anna")
    make.subscription(anna.household, make.contract())
    for name in ("Bruno", "Chloé", "David"):
        make.intermittent(name)
    offer = make.offer(anna)

    told = announce(session, offer)

    assert told == 3
    assert announce(session, offer) == 0
    assert [m for m in mails(session) if m[0] == "alert"] == [
        ("alert", "bruno"), ("alert", "chloé"), ("alert", "david"),
    ]  # fmt: skip


def test_a_basket_is_ceded_once(session: Session, make: Make) -> None:
    anna = make.member("Anna")
    offer = make.offer(anna)

    refused(
        refusals.AlreadyOffered,
        services.offer_basket,
        session,
        Actor.of(anna),
        offer.delivery_id,
    )


def test_a_joker_or_an_unknown_delivery_leaves_nothing_to_cede(
    session: Session, make: Make
) -> None:
    anna = make.person("Anna")
    contract = make.contract()
    make.joker(make.subscription(anna.household, contract), contract.dates[0])
    delivery = make.coming_delivery(anna)

    refused(refusals.JokerSet, services.offer_basket, session, Actor.of(anna), delivery.id)
    refused(refusals.NoBasket, services.offer_basket, session, Actor.of(anna), 12345)


def test_nobody_cedes_for_somebody_else_but_a_manager(session: Session, make: Make) -> None:
    anna, eve = make.member("Anna"), make.person("Eve")
    delivery = make.coming_delivery(anna)
    household = anna.household_id

    refused(
        NotAllowed,
        services.offer_basket,
        session,
        Actor.of(eve),
        delivery.id,
        household_id=household,
    )
    offer = services.offer_basket(
        session, Actor.of(eve, is_manager=True), delivery.id, household_id=household
    )

    assert offer.offered_by_id == anna.id
    assert mails(session) == [("offered_owner", "anna")]


def test_the_limit_to_cede_is_excluded(
    session: Session, make: Make, clock: time_machine.Traveller
) -> None:
    anna = make.member("Anna")
    delivery = make.coming_delivery(anna)
    limit = clocks.hours_before(delivery.starts_at, 24)

    clock.move_to(limit)
    with pytest.raises(rules.TooLate) as late:
        services.offer_basket(session, Actor.of(anna), delivery.id)
    assert "Trop tard pour céder ce panier (limite : " in str(late.value)
    clock.move_to(limit - dt.timedelta(seconds=1))

    assert services.offer_basket(session, Actor.of(anna), delivery.id).state is OfferState.OPEN


def test_a_manager_gives_a_basket_to_a_chosen_person_at_once(session: Session, make: Make) -> None:
    anna, bruno, manager = make.member("Anna"), make.intermittent("Bruno"), make.person("Iris")

    offer = services.offer_basket(
        session,
        Actor.of(manager, is_manager=True),
        make.coming_delivery(anna).id,
        household_id=anna.household_id,
        taker_id=bruno.id,
    )

    assert state(offer) is OfferState.EXCHANGED
    assert mails(session) == [("accepted_owner", "anna"), ("accepted_taker", "bruno")]
    assert not session.scalars(select(Alert)).all()


def test_a_person_whom_a_member_chose_confirms_or_declines(session: Session, make: Make) -> None:
    contract = make.contract(dates=[make.thursday(), make.thursday(1)])
    anna, bruno, chloe = make.member("Anna", contract), make.person("Bruno"), make.person("Chloé")
    dates = [make.delivery(date.date, contract.places[0]) for date in contract.dates]
    first, second = (
        services.offer_basket(session, Actor.of(anna), day.id, taker_id=bruno.id) for day in dates
    )
    request, other = (
        session.scalars(select(OfferRequest).where(OfferRequest.offer_id == one.id)).one()
        for one in (first, second)
    )
    assert state(first) is OfferState.REQUESTED

    refused(refusals.Promised, services.request_basket, session, Actor.of(chloe), first.id)
    refused(refusals.Promised, services.accept_request, session, Actor.of(anna), request.id)
    refused(NotAllowed, services.confirm_designation, session, Actor.of(chloe), request.id)
    services.confirm_designation(session, Actor.of(bruno), request.id)
    services.decline_designation(session, Actor.of(bruno), other.id)

    assert state(first) is OfferState.EXCHANGED
    assert state(second) is OfferState.OPEN
    assert mails(session) == [
        ("designated_owner", "anna"), ("designated_taker", "bruno"),
        ("designated_owner", "anna"), ("designated_taker", "bruno"),
        ("accepted_owner", "anna"), ("accepted_taker", "bruno"),
        ("not_confirmed_owner", "anna"), ("not_confirmed_taker", "bruno"),
    ]  # fmt: skip
    assert len(session.scalars(select(Alert)).all()) == 1


def test_candidates_queue_and_the_owner_chooses(session: Session, make: Make) -> None:
    anna, bruno, chloe = make.member("Anna"), make.intermittent("Bruno"), make.person("Chloé")
    offer = make.offer(anna)
    request = make.request(offer, bruno)
    second = make.request(offer, chloe)
    assert state(offer) is OfferState.REQUESTED

    services.accept_request(session, Actor.of(anna), request.id)

    assert state(offer) is OfferState.EXCHANGED
    assert request.state is RequestState.ACCEPTED
    assert second.state is RequestState.PENDING
    assert mails(session) == [
        ("offered_owner", "anna"),
        ("requested_owner", "anna"), ("requested_candidate", "bruno"),
        ("requested_owner", "anna"), ("requested_candidate", "chloé"),
        ("accepted_owner", "anna"), ("accepted_taker", "bruno"), ("still_waiting", "chloé"),
    ]  # fmt: skip
    waiting = outbox.pending(session)[-1]
    assert "prochaine personne" in waiting.text


def test_contacts_and_appointments_come_with_the_acceptance(session: Session, make: Make) -> None:
    anna, bruno = make.member("Anna"), make.intermittent("Bruno")
    offer = make.offer(anna)
    request = make.request(offer, bruno)
    assert not any(anna.phone in m.text or m.calendar for m in outbox.pending(session))
    asked = next(m for m in outbox.pending(session) if m.event == "exchange/requested_owner")
    assert bruno.phone not in asked.text
    assert asked.reply_to == bruno.email

    services.accept_request(session, Actor.of(anna), request.id)

    owner, taker = outbox.pending(session)[-2:]
    assert bruno.phone in owner.text
    assert owner.reply_to == bruno.email
    assert anna.phone in taker.text
    assert taker.reply_to == anna.email
    assert "10,00" in taker.text
    assert "Venez avec vos propres sacs" in taker.text
    for mail in (owner, taker):
        assert "METHOD:REQUEST" in mail.calendar
        assert "DTSTART:20261126T173000Z" in mail.calendar
    assert "List-Unsubscribe" in taker.headers
    assert "List-Unsubscribe" not in owner.headers


def test_who_gives_back_frees_the_next(session: Session, make: Make) -> None:
    anna, bruno, chloe = make.member("Anna"), make.person("Bruno"), make.person("Chloé")
    offer = make.offer(anna)
    request, second = make.request(offer, bruno), make.request(offer, chloe)
    services.accept_request(session, Actor.of(anna), request.id)
    before = len(outbox.pending(session))

    services.withdraw_request(session, Actor.of(bruno), request.id)

    assert state(offer) is OfferState.REQUESTED
    assert mails(session)[before:] == [
        ("given_back_owner", "anna"), ("given_back_taker", "bruno"), ("next_in_line", "chloé"),
    ]  # fmt: skip
    assert all("METHOD:CANCEL" in m.calendar for m in outbox.pending(session)[before:-1])
    services.accept_request(session, Actor.of(anna), second.id)
    assert state(offer) is OfferState.EXCHANGED
    assert steps(session, offer) == [
        "offer", "request", "request", "accept", "give_back", "accept",
    ]  # fmt: skip


def test_a_freed_basket_is_announced_again_six_hours_later_not_to_candidates(
    session: Session, make: Make, clock: time_machine.Traveller
) -> None:
    anna, bruno = make.member("Anna"), make.intermittent("Bruno")
    make.intermittent("Chloé")
    offer = make.offer(anna)
    assert announce(session, offer) == 2
    request = make.request(offer, bruno)
    services.withdraw_request(session, Actor.of(bruno), request.id)
    session.flush()

    alert = session.scalars(select(Alert).order_by(Alert.id.desc())).first()

    assert alert is not None
    assert alert.due_at == clocks.now() + dt.timedelta(hours=6)
    clock.move_to(alert.due_at)
    assert announce(session, offer) == 1
    assert mails(session)[-1] == ("alert", "chloé")


def test_who_was_refused_does_not_ask_again_who_withdrew_may(session: Session, make: Make) -> None:
    anna, bruno, chloe = make.member("Anna"), make.person("Bruno"), make.person("Chloé")
    offer = make.offer(anna)
    first, second = make.request(offer, bruno), make.request(offer, chloe)

    services.refuse_request(session, Actor.of(anna), first.id, "Déjà promis")
    assert state(offer) is OfferState.REQUESTED
    services.withdraw_request(session, Actor.of(chloe), second.id)
    assert state(offer) is OfferState.OPEN

    refused(refusals.AlreadyRefused, services.request_basket, session, Actor.of(bruno), offer.id)
    third = services.request_basket(session, Actor.of(chloe), offer.id)
    assert third.id > second.id
    assert "Déjà promis" in next(
        m.text for m in outbox.pending(session) if m.event == "exchange/refused_candidate"
    )


def test_a_second_click_is_told_and_changes_nothing(session: Session, make: Make) -> None:
    bruno = make.person("Bruno")
    offer = make.offer()
    make.request(offer, bruno)
    before = mails(session)

    refused(refusals.AlreadyAsked, services.request_basket, session, Actor.of(bruno), offer.id)

    assert mails(session) == before


def test_nobody_takes_a_basket_of_the_own_household(session: Session, make: Make) -> None:
    anna = make.member("Anna")
    partner = make.person("Paul", household=anna.household)
    offer = make.offer(anna)

    refused(refusals.OwnBasket, services.request_basket, session, Actor.of(partner), offer.id)


def test_only_the_household_or_a_manager_answers(session: Session, make: Make) -> None:
    anna, bruno, eve = make.member("Anna"), make.person("Bruno"), make.person("Eve")
    partner = make.person("Paul", household=anna.household)
    offer = make.offer(anna)
    request = make.request(offer, bruno)

    for intruder in (eve, bruno):
        actor = Actor.of(intruder)
        refused(NotAllowed, services.accept_request, session, actor, request.id)
        refused(NotAllowed, services.refuse_request, session, actor, request.id)
        refused(NotAllowed, services.cancel_offer, session, actor, offer.id)
    refused(NotAllowed, services.withdraw_request, session, Actor.of(anna), request.id)
    services.accept_request(session, Actor.of(partner), request.id)

    assert mails(session)[-2:] == [("accepted_owner", "anna"), ("accepted_taker", "bruno")]


def test_the_waiting_list_is_for_baskets_that_are_taken(session: Session, make: Make) -> None:
    anna, bruno, chloe = make.member("Anna"), make.person("Bruno"), make.person("Chloé")
    offer = make.offer(anna)
    request = make.request(offer, bruno)
    refused(refusals.NotTaken, services.join_waiting_list, session, Actor.of(chloe), offer.id)
    services.accept_request(session, Actor.of(anna), request.id)

    refused(refusals.JustTaken, services.request_basket, session, Actor.of(chloe), offer.id)
    waiting = services.join_waiting_list(session, Actor.of(chloe), offer.id)
    assert mails(session)[-1] == ("waiting_candidate", "chloé")
    services.withdraw_request(session, Actor.of(chloe), waiting.id)

    assert state(offer) is OfferState.EXCHANGED
    assert mails(session)[-1] == ("left_waiting_list", "chloé")
    assert not outbox.pending(session)[-1].calendar


def test_cancelling_frees_everybody_and_tells_them_why(session: Session, make: Make) -> None:
    anna, bruno, chloe = make.member("Anna"), make.person("Bruno"), make.person("Chloé")
    offer = make.offer(anna)
    request, second = make.request(offer, bruno), make.request(offer, chloe)
    services.accept_request(session, Actor.of(anna), request.id)
    before = len(outbox.pending(session))

    services.cancel_offer(session, Actor.of(anna), offer.id, "Finalement je viens")

    assert state(offer) is OfferState.CANCELLED
    assert {request.state, second.state} == {RequestState.FREED}
    told = outbox.pending(session)[before:]
    assert mails(session)[before:] == [
        ("cancelled_owner", "anna"), ("cancelled_candidate", "bruno"),
        ("cancelled_candidate", "chloé"),
    ]  # fmt: skip
    assert all("Finalement je viens" in one.text for one in told)
    assert ["METHOD:CANCEL" in one.calendar for one in told] == [True, True, False]
    refused(refusals.OfferCancelled, services.request_basket, session, Actor.of(bruno), offer.id)
    refused(refusals.OfferCancelled, services.cancel_offer, session, Actor.of(anna), offer.id)
    again = make.offer(anna)
    assert again.id != offer.id


@pytest.mark.parametrize("act", ["request", "accept", "refuse", "withdraw", "cancel"])
def test_nothing_moves_after_the_start(
    session: Session, make: Make, clock: time_machine.Traveller, act: str
) -> None:
    anna, bruno, eve = make.member("Anna"), make.person("Bruno"), make.person("Eve")
    offer = make.offer(anna)
    request = make.request(offer, bruno)
    clock.move_to(offer.delivery.starts_at)
    tries: dict[str, Any] = {
        "request": lambda: services.request_basket(session, Actor.of(eve), offer.id),
        "accept": lambda: services.accept_request(session, Actor.of(anna), request.id),
        "refuse": lambda: services.refuse_request(session, Actor.of(anna), request.id),
        "withdraw": lambda: services.withdraw_request(session, Actor.of(bruno), request.id),
        "cancel": lambda: services.cancel_offer(session, Actor.of(anna), offer.id),
    }

    with pytest.raises(rules.TooLate) as late:
        tries[act]()

    assert "la distribution a commencé" in str(late.value)
    assert state(offer) is OfferState.REQUESTED


def test_the_daily_job_closes_what_is_over_and_mails_nobody(
    session: Session, make: Make, clock: time_machine.Traveller
) -> None:
    taken, untaken = make.offer(), make.offer()
    request = make.request(taken)
    services.accept_request(session, Actor.of(taken.offered_by), request.id)
    before = mails(session)
    clock.move_to(taken.delivery.ends_at - dt.timedelta(seconds=1))
    assert services.close_past_offers(session, clocks.now()) == 0
    clock.move_to(taken.delivery.ends_at)

    assert services.close_past_offers(session, clocks.now()) == 2
    assert services.close_past_offers(session, clocks.now()) == 0

    assert {taken.state, untaken.state} == {OfferState.CLOSED}
    assert request.state is RequestState.ACCEPTED
    assert mails(session) == before


def test_unanswered_requests_expire_only_if_the_setting_says_so(
    session: Session, make: Make, clock: time_machine.Traveller
) -> None:
    offer = make.offer()
    first, second = make.request(offer), make.request(offer)
    clock.move_to(offer.delivery.starts_at - dt.timedelta(hours=2))
    assert services.expire_requests(session, clocks.now()) == 0
    settings.save(session, {"request_expiry_hours": 3})
    session.commit()

    assert services.expire_requests(session, clocks.now()) == 2

    assert {first.state, second.state} == {RequestState.EXPIRED}
    assert state(offer) is OfferState.OPEN
    assert steps(session, offer)[-2:] == ["expire", "expire_last"]


def test_only_the_enrolled_ask_when_the_setting_says_so(session: Session, make: Make) -> None:
    settings.save(session, {"allow_amapiens": False})
    session.commit()
    offer = make.offer()

    refused(
        refusals.NotEnrolled, services.request_basket, session, Actor.of(make.person()), offer.id
    )
    make.request(offer, make.intermittent())


def test_new_hours_are_told_to_both_sides(session: Session, make: Make) -> None:
    anna, bruno = make.member("Anna"), make.intermittent("Bruno")
    offer = make.offer(anna)
    request = make.request(offer, bruno)
    services.accept_request(session, Actor.of(anna), request.id)
    offer.delivery.opens = dt.time(17)
    offer.delivery.set_instants()
    session.commit()

    services.delivery_changed(session, offer.delivery_id)

    owner, taker = outbox.pending(session)[-2:]
    assert (owner.event, taker.event) == ("exchange/updated_owner", "exchange/updated_candidate")
    assert "DTSTART:20261126T160000Z" in owner.calendar
    assert "SEQUENCE:4" in taker.calendar


def test_mails_for_someone_without_address_go_to_the_adults_of_the_household(
    session: Session, make: Make
) -> None:
    anna = make.member("Anna", email=None)
    make.person("Paul", household=anna.household)

    make.offer(anna)

    assert mails(session) == [("offered_owner", "paul")]


def test_the_part_that_is_left_can_be_ceded_later(session: Session, make: Make) -> None:
    anna = make.member("Anna")
    offer = make.offer(anna)
    bread = make.contract("Pain", products={"Boule": 450}, places=[offer.delivery.place])
    make.subscription(anna.household, bread, [2])

    second = make.offer(anna)

    assert [(i.product_label, i.quantity) for i in second.items] == [("Boule", 2)]


def test_live_offers_hold_what_they_cede(session: Session, make: Make) -> None:
    offer = make.offer()
    key = offer.items[0].subscription_id

    assert sum(queries.ceded_quantities(session, [key]).values()) == 1
    services.cancel_offer(session, Actor.of(offer.offered_by), offer.id)
    assert queries.ceded_quantities(session, [key]) == {}


def test_every_change_of_state_is_in_the_journal(session: Session, make: Make) -> None:
    offer = make.offer()
    request = make.request(offer)
    services.accept_request(session, Actor.of(offer.offered_by), request.id)
    services.withdraw_request(session, Actor.of(request.person), request.id)
    services.cancel_offer(session, Actor.of(offer.offered_by), offer.id, "Je viens")
    session.flush()

    lines = session.scalars(select(OfferEvent).order_by(OfferEvent.id)).all()

    assert [(line.from_state, line.to_state) for line in lines] == [
        ("", "open"), ("open", "requested"), ("requested", "exchanged"),
        ("exchanged", "open"), ("open", "cancelled"),
    ]  # fmt: skip
    assert lines[-1].reason == "Je viens"
    assert [line.step for line in lines] == [
        Step.OFFER, Step.REQUEST, Step.ACCEPT, Step.GIVE_BACK_LAST, Step.CANCEL,
    ]  # fmt: skip


def test_who_leaves_the_amap_leaves_his_exchanges(session: Session, make: Make) -> None:
    bruno, admin = make.intermittent("Bruno"), make.person(roles=[Role.ADMIN])
    taken, kept = make.offer(), make.offer()
    accepted, next_one = make.request(taken, bruno), make.request(taken)
    services.accept_request(session, Actor.of(taken.offered_by), accepted.id)
    chosen = make.request(kept, bruno)
    session.commit()

    administration.deactivate(session, bruno.id, admin.id)

    assert [accepted.state, chosen.state] == [RequestState.WITHDRAWN] * 2
    assert next_one.state is RequestState.PENDING
    assert [taken.state, kept.state] == [OfferState.REQUESTED, OfferState.OPEN]
    told = [one.to_address for one in outbox.pending(session)][-3:]
    assert bruno.email not in told
    assert taken.offered_by.email in told

"""Many people at once on one offer: one consistent outcome, told to each once."""

from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import db, settings
from amapress_py.accounts.models import Person, Role
from amapress_py.contracts.queries import basket_lines
from amapress_py.deliveries.models import Delivery
from amapress_py.exchange import jobs, services, tokens
from amapress_py.exchange.models import (
    Alert,
    BasketOffer,
    IntermittentEnrolment,
    OfferEvent,
    OfferItem,
    OfferRequest,
    Turn,
)
from amapress_py.exchange.rules import OfferState, RequestState
from amapress_py.exchange.steps import Actor
from amapress_py.mail.models import OutboxMail
from amapress_py.passes.models import BasketPass
from amapress_py.sheets import documents
from amapress_py.sheets.queries import sign_in_sheet
from tests.conftest import Browser, BrowserFactory
from tests.crowd import all_at_once
from tests.factories import Make

PARALLEL = 50
TAKEN, RETURNED = "exchange/accepted_taker", "exchange/given_back_taker"


def pressing(browser: Browser, path: str) -> Callable[[], int]:
    """Return a click on a button of a page that was opened before."""
    token = browser.token()
    return lambda: browser.client.post(path, data={"csrf_token": token}).status_code


def check_consistent(session: Session, offer_id: int) -> None:
    """Check that state, requests, journal and mails tell one story."""
    session.rollback()
    session.expire_all()
    offer = session.get_one(BasketOffer, offer_id)
    requests = session.scalars(select(OfferRequest).where(OfferRequest.offer_id == offer_id)).all()
    accepted = [one for one in requests if one.state is RequestState.ACCEPTED]
    pending = [one for one in requests if one.state is RequestState.PENDING]
    expected = {
        OfferState.OPEN: (0, False),
        OfferState.REQUESTED: (0, True),
        OfferState.CANCELLED: (0, False),
    }
    if offer.state is OfferState.EXCHANGED:
        assert len(accepted) == 1
    else:
        assert (len(accepted), bool(pending)) == expected[offer.state]

    events = session.scalars(
        select(OfferEvent).where(OfferEvent.offer_id == offer_id).order_by(OfferEvent.id)
    ).all()
    assert [e.from_state for e in events[1:]] == [e.to_state for e in events[:-1]]
    assert events[-1].to_state == offer.state

    mails = session.scalars(select(OutboxMail)).all()
    told = Counter((m.person_id, m.event) for m in mails if m.event in (TAKEN, RETURNED))
    freed = {m.person_id for m in mails if m.event == "exchange/cancelled_candidate"}
    holders = {
        person
        for person in {key[0] for key in told}
        if told[person, TAKEN] > told[person, RETURNED] and person not in freed
    }
    assert holders == {one.person_id for one in accepted}


@pytest.fixture
def crowd(make: Make) -> list[Person]:
    return [make.intermittent() for _ in range(PARALLEL)]


def test_fifty_ask_at_once_and_all_are_queued(
    session: Session, make: Make, crowd: list[Person], browse: BrowserFactory
) -> None:
    offer = make.offer()
    key = offer.id
    clicks = [pressing(browse(one), f"/paniers/{key}/demander") for one in crowd]
    session.rollback()

    assert all_at_once(clicks) == {303: PARALLEL}

    check_consistent(session, key)
    requests = session.scalars(select(OfferRequest).where(OfferRequest.offer_id == key)).all()
    assert len(requests) == len({one.person_id for one in requests}) == PARALLEL


def test_one_person_presses_fifty_times_and_asks_once(
    session: Session, make: Make, browse: BrowserFactory
) -> None:
    key = make.offer().id
    bruno = make.intermittent("Bruno")
    clicks = [pressing(browse(bruno), f"/paniers/{key}/demander") for _ in range(PARALLEL)]
    session.rollback()

    assert all_at_once(clicks) == {303: PARALLEL}

    check_consistent(session, key)
    mails = session.scalars(
        select(OutboxMail).where(OutboxMail.event == "exchange/requested_candidate")
    ).all()
    assert len(mails) == 1


def test_fifty_accepts_give_the_basket_to_one(
    session: Session, make: Make, crowd: list[Person], browse: BrowserFactory
) -> None:
    owner = make.member("Anna")
    offer = make.offer(owner)
    requests = [make.request(offer, person).id for person in crowd[:10]]
    key = offer.id
    clicks = [
        pressing(browse(owner), f"/paniers/demandes/{requests[n % 10]}/valider")
        for n in range(PARALLEL)
    ]
    session.rollback()

    assert all_at_once(clicks) == {303: PARALLEL}

    check_consistent(session, key)
    mails = session.scalars(select(OutboxMail).where(OutboxMail.event == TAKEN)).all()
    assert len(mails) == 1


@pytest.mark.parametrize("round_", range(2))
def test_everything_at_once_ends_in_one_story(
    session: Session, make: Make, crowd: list[Person], browse: BrowserFactory, round_: int
) -> None:
    owner = make.member("Anna")
    offer = make.offer(owner)
    candidates = crowd[:10]
    requests = [make.request(offer, person).id for person in candidates]
    key = offer.id
    clicks = []
    for n in range(PARALLEL):
        request, person = requests[n % 10], candidates[n % 10]
        presses = [
            (crowd[n], f"/paniers/{key}/demander"),
            (owner, f"/paniers/demandes/{request}/valider"),
            (owner, f"/paniers/demandes/{request}/refuser"),
            (person, f"/paniers/demandes/{request}/retirer"),
        ]
        cancel = (owner, f"/paniers/{key}/annuler")
        who, path = presses[(n + round_) % 4] if n < PARALLEL - round_ else cancel
        clicks.append(pressing(browse(who), path))
    session.rollback()

    answers = all_at_once(clicks)

    assert set(answers) == {303}
    check_consistent(session, key)


def test_the_same_basket_is_ceded_once(
    app: Flask, session: Session, make: Make, browse: BrowserFactory
) -> None:
    owner = make.member("Anna")
    delivery = make.coming_delivery(owner).id
    browsers = [browse(owner) for _ in range(20)]
    tokens = [one.token() for one in browsers]
    session.rollback()

    def cede(n: int) -> int:
        data = {"csrf_token": tokens[n], "livraison": delivery}
        return browsers[n].client.post("/paniers/ceder", data=data).status_code

    answers = all_at_once([partial(cede, n) for n in range(20)])

    assert answers == {303: 20}
    assert len(session.scalars(select(BasketOffer)).all()) == 1


def sending(browser: Browser, path: str, **typed: object) -> Callable[[], int]:
    """Return a form of a page that was opened before, sent with what was typed."""
    data = {"csrf_token": browser.token(), **typed}
    return lambda: browser.client.post(path, data=data).status_code


def following(browser: Browser, path: str) -> Callable[[], int]:
    """Return the button behind a link of a mail: no log-in, no token of a form."""
    return lambda: browser.client.post(path).status_code


def latest(session: Session) -> Session:
    session.rollback()
    session.expire_all()
    return session


def test_by_personal_link_and_connected_at_once_each_asks_once(
    session: Session, make: Make, crowd: list[Person], browse: BrowserFactory
) -> None:
    """Two ways and 25 persons: fifty connections; a link never acts for who is connected."""
    key = make.offer().id
    clicks = []
    for person in crowd[: PARALLEL // 2]:
        token = session.scalars(
            select(IntermittentEnrolment.token).where(IntermittentEnrolment.person_id == person.id)
        ).one()
        link = tokens.booking_token(key, person.id, token)
        clicks.append(following(browse(crowd[-1]), f"/paniers/interesse/{link}"))
        clicks.append(pressing(browse(person), f"/paniers/{key}/demander"))
    session.rollback()

    answers = all_at_once(clicks)

    assert answers[303] == PARALLEL // 2
    assert answers[200] + answers[409] == PARALLEL // 2
    check_consistent(session, key)
    asked = session.scalars(select(OfferRequest.person_id)).all()
    assert sorted(asked) == [one.id for one in crowd[: PARALLEL // 2]]
    told = select(OutboxMail.person_id).where(OutboxMail.event == "exchange/requested_candidate")
    assert sorted(one or 0 for one in session.scalars(told)) == sorted(asked)


def test_the_chosen_person_answers_in_all_ways_at_once(
    session: Session, make: Make, browse: BrowserFactory
) -> None:
    anna, bruno = make.member("Anna"), make.intermittent("Bruno")
    offer = services.offer_basket(
        session, Actor.of(anna), make.coming_delivery(anna).id, taker_id=bruno.id
    )
    session.commit()
    (request,) = latest(session).scalars(select(OfferRequest))
    key, link = offer.id, f"/paniers/reponse/{tokens.designation_token(request)}"
    clicks = [
        click
        for _n in range(PARALLEL // 5)
        for click in (
            following(browse(None), f"{link}/oui"),
            following(browse(None), f"{link}/non"),
            pressing(browse(bruno), f"/paniers/demandes/{request.id}/confirmer"),
            pressing(browse(bruno), f"/paniers/demandes/{request.id}/decliner"),
            pressing(browse(anna), f"/paniers/demandes/{request.id}/refuser"),
        )
    ]
    session.rollback()

    answers = all_at_once(clicks)

    assert set(answers) <= {200, 303, 409}
    check_consistent(session, key)
    steps = session.scalars(select(OfferEvent.step).where(OfferEvent.offer_id == key)).all()
    assert len(steps) == 2
    assert answers[200] <= 1


@pytest.fixture
def two_and_bread(make: Make) -> Person:
    """Anna has two half baskets and bread, on two Thursdays."""
    anna = make.person("Anna")
    place, days = make.place(), [make.thursday(), make.thursday(1)]
    make.subscription(anna.household, make.contract("Légumes", places=[place], dates=days), [2])
    bread = make.contract("Pain", products={"Pain complet": 450}, places=[place], dates=days)
    make.subscription(anna.household, bread)
    return anna


def test_a_part_and_the_whole_at_once_cede_no_line_twice(
    session: Session, make: Make, browse: BrowserFactory, two_and_bread: Person
) -> None:
    delivery = make.coming_delivery(two_and_bread).id
    lines = basket_lines(session, [delivery])
    vegetables = next(one for one in lines if one.quantity == 2)
    cell = f"partie-{vegetables.contract_date_id}-{vegetables.contract_product_id}"
    clicks = []
    for _n in range(PARALLEL // 2):
        one = browse(two_and_bread)
        clicks.append(sending(one, f"/paniers/ceder/{delivery}", **{cell: 1}, livraison=delivery))
        clicks.append(sending(browse(two_and_bread), "/paniers/ceder", livraison=delivery))
    session.rollback()

    answers = all_at_once(clicks)

    assert set(answers) <= {303, 409}
    items = latest(session).scalars(select(OfferItem)).all()
    held: Counter[tuple[int, int]] = Counter()
    for item in items:
        held[item.contract_date_id, item.contract_product_id] += item.quantity
    assert held == {(x.contract_date_id, x.contract_product_id): x.quantity for x in lines}
    offers = session.scalars(select(BasketOffer)).all()
    assert 1 <= len(offers) <= 3
    told = select(OutboxMail).where(OutboxMail.event == "exchange/offered_owner")
    assert len(session.scalars(told).all()) == len(offers)


def test_an_absence_given_fifty_times_offers_each_basket_once(
    session: Session, make: Make, browse: BrowserFactory, two_and_bread: Person
) -> None:
    days = {"du": make.thursday().isoformat(), "au": make.thursday(1).isoformat()}
    clicks = [sending(browse(two_and_bread), "/paniers/absence", **days) for _n in range(PARALLEL)]
    session.rollback()

    assert all_at_once(clicks) == {303: PARALLEL}

    offers = latest(session).scalars(select(BasketOffer)).all()
    assert len(offers) == len({one.delivery_id for one in offers}) == 2
    assert len(session.scalars(select(Alert)).all()) == 2


def test_a_pass_and_a_cession_at_once_send_one_person(
    session: Session, make: Make, browse: BrowserFactory
) -> None:
    """The friend, or the taker whom a responsable names: the sheet has the basket once."""
    anna, bruno = make.member("Anna"), make.intermittent("Bruno")
    manager = make.person("Maud", roles=[Role.INTERMITTENT_MANAGER])
    delivery = make.coming_delivery(anna)
    given = {"livraison": delivery.id, "foyer": anna.household_id, "repreneur": bruno.id}
    clicks = []
    for _n in range(PARALLEL // 2):
        one = browse(anna)
        clicks.append(sending(one, f"/a-ma-place/{delivery.id}", nom="Jeanne Petit"))
        clicks.append(sending(browse(manager), "/paniers/ceder", **given))
    session.rollback()

    answers = all_at_once(clicks)

    assert set(answers) <= {303, 409}
    assert len(latest(session).scalars(select(BasketOffer)).all()) == 1
    passes = select(BasketPass).where(BasketPass.revoked_at.is_(None))
    assert len(session.scalars(passes).all()) <= 1
    rows = documents.rows(sign_in_sheet(session, session.get_one(Delivery, delivery.id)))
    assert [(row.signs, row.is_basket) for row in rows] == [(bruno.name, True)]


def test_the_end_of_a_turn_and_requests_at_once_are_one_story(
    app: Flask,
    session: Session,
    make: Make,
    browse: BrowserFactory,
    clock: time_machine.Traveller,
) -> None:
    settings.save(session, {"fair_turn": True})
    session.commit()
    people = [make.intermittent(name) for name in ("Bruno", "Chloé", "David")]
    key = make.offer().id
    jobs.send_alerts(app)
    turn = latest(session).scalars(select(Turn)).one()
    clicks: list[Callable[[], int]] = []
    for _n in range(PARALLEL // 5):
        clicks += [pressing(browse(one), f"/paniers/{key}/demander") for one in people]
        clicks += [partial(work, app)] * 2
    until = turn.until
    session.rollback()
    clock.move_to(until)

    answers = all_at_once(clicks)

    assert answers == {303: len(people) * PARALLEL // 5, 0: 2 * PARALLEL // 5}
    check_consistent(session, key)
    asked = set(session.scalars(select(OfferRequest.person_id)))
    running = session.scalars(select(Turn.person_id).where(Turn.ended_at.is_(None))).all()
    turns = select(OutboxMail.person_id).where(OutboxMail.event == "exchange/your_turn")
    told = Counter(session.scalars(turns))
    assert len(running) <= 1
    assert not running or not asked, "somebody has a turn for a basket that another has asked for"
    assert set(told.values()) == {1}
    jobs.send_alerts(app)
    check_consistent(session, key)


def work(app: Flask) -> int:
    """Let a worker of its own turn alerts into mails."""
    with app.app_context():
        db.retried(lambda: jobs.send_alerts(app))
    return 0

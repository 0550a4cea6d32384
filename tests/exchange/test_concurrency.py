"""Many people at once on one offer: one consistent outcome, told to each once."""

from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py.accounts.models import Person
from amapress_py.exchange.models import BasketOffer, OfferEvent, OfferRequest
from amapress_py.exchange.rules import OfferState, RequestState
from amapress_py.mail.models import OutboxMail
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

"""The demo AMAP: always the same, true to its figures, every basket explained."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from amapress_py import clock, db, demo
from amapress_py.accounts import passwords
from amapress_py.accounts.models import Person, Role
from amapress_py.accounts.viewer import session_id
from amapress_py.app import create_app
from amapress_py.config import Config
from amapress_py.contracts import own_queries
from amapress_py.contracts import queries as contracts
from amapress_py.contracts.models import Contract, Producer, Subscription
from amapress_py.deliveries.models import Delivery
from amapress_py.demo import words
from amapress_py.demo.stories import CANCELLED, FREE, OVER, UNDER_WAY
from amapress_py.demo.tales import DAYS_OF_A_STORY, Story
from amapress_py.duty.models import DutySeat
from amapress_py.events.models import Event, EventKind
from amapress_py.exchange import rules
from amapress_py.exchange.models import (
    Alert,
    AlertPreference,
    BasketOffer,
    IntermittentEnrolment,
    OfferRequest,
)
from amapress_py.exchange.queries.statistics import statistics
from amapress_py.exchange.rules import OfferState, Pace, RequestState, Step
from amapress_py.mail.models import OutboxMail
from amapress_py.membership.models import Membership, MembershipEvent, MembershipPeriod
from amapress_py.membership.rules import MembershipState
from amapress_py.passes.models import BasketPass
from amapress_py.passes.queries import kept_lines
from amapress_py.sheets import documents
from amapress_py.sheets.models import Fetched
from amapress_py.sheets.queries import sign_in_sheet

SUNDAY = date(2026, 11, 22)
MOST_PAGES = 60
ASKING = (Step.REQUEST, Step.JOIN_WAITING_LIST, Step.DESIGNATE)
MADE_ELSEWHERE = {"page", "page_revision"}  # their instants are the real ones


@contextmanager
def made(folder: Path, plan: demo.Plan) -> Iterator[Flask]:
    """Make a demo in a database of its own."""
    folder.mkdir(exist_ok=True)
    app = create_app(
        Config("a secret for tests", f"sqlite:///{folder / 'demo.db'}", data_folder=folder)
    )
    engine = app.extensions["amapress_engine"]
    db.Base.metadata.create_all(engine)
    with app.app_context(), db.transaction() as session:
        demo.fill(session, plan)
    yield app
    engine.dispose()


@contextmanager
def amap(folder: Path, plan: demo.Plan) -> Iterator[Session]:
    """Make a demo and look into it."""
    with made(folder, plan) as app, app.app_context():
        yield db.session()


@pytest.fixture(scope="module")
def small_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Make the demo that `make run` shows."""
    with made(tmp_path_factory.mktemp("small"), demo.Plan(SUNDAY)) as app:
        yield app


@pytest.fixture
def small(small_app: Flask) -> Iterator[Session]:
    """Look into the demo that `make run` shows."""
    with small_app.app_context():
        yield db.session()


def person(session: Session, name: str) -> Person:
    return session.scalars(select(Person).where(Person.email == f"{name}@demo.test")).one()


def contents(session: Session, table: Table) -> list[tuple[object, ...]]:
    kept = [column for column in table.columns if column.name != "password_hash"]  # its salt
    return sorted((tuple(row) for row in session.execute(select(*kept))), key=repr)


def coming_baskets(session: Session, who: Person, since: date) -> list[Delivery]:
    """Return the deliveries at which a household has a basket, in order."""
    deliveries = session.scalars(
        select(Delivery).where(Delivery.date >= since).order_by(Delivery.date)
    ).all()
    lines = contracts.basket_lines(session, [one.id for one in deliveries], [who.household_id])
    wanted = {line.delivery_id for line in lines}
    return [one for one in deliveries if one.id in wanted]


def test_a_seed_and_a_day_always_make_the_same_amap(tmp_path: Path) -> None:
    plan = demo.Plan(SUNDAY, members=12, weeks=8, offers=6, seed=3)

    with amap(tmp_path / "one", plan) as one, amap(tmp_path / "two", plan) as two:
        for table in db.Base.metadata.sorted_tables:
            if table.name not in MADE_ELSEWHERE:
                assert contents(one, table) == contents(two, table), table.name


def test_another_seed_makes_another_amap(tmp_path: Path) -> None:
    plans = [demo.Plan(SUNDAY, members=12, weeks=8, offers=6, seed=seed) for seed in (1, 2)]

    with amap(tmp_path / "one", plans[0]) as one, amap(tmp_path / "two", plans[1]) as two:
        names = [select(Person.first_name, Person.last_name).order_by(Person.id)]
        assert one.execute(names[0]).all() != two.execute(names[0]).all()


def test_the_demo_has_forty_families_three_contracts_and_two_to_sign(small: Session) -> None:
    households = select(func.count(Subscription.household_id.distinct())).where(
        Subscription.ends_on >= SUNDAY
    )

    assert small.scalar(select(func.count(Producer.id))) == 4
    signed = select(Contract.label).where(Contract.id.in_(select(Subscription.contract_id)))
    assert set(small.scalars(signed)) == {"Légumes", "Pain", "Œufs"}
    with clock.imagined(clock.at(SUNDAY, time(12))):
        to_sign = [one.label for one in own_queries.cards(small, 0) if one.is_open]
    assert to_sign == ["Fromages", "Pommes"]
    assert small.scalar(households) == 40
    days = small.scalars(select(Delivery.date).distinct().order_by(Delivery.date)).all()
    assert len(days) == 52
    assert {day.weekday() for day in days} == {3}
    assert {later - day for day, later in pairwise(days)} == {timedelta(7)}
    assert sum(day < SUNDAY for day in days) == 26


def test_everybody_of_the_table_can_log_in(small: Session) -> None:
    one_hash = {person(small, login.name).password_hash for login in demo.LOGINS}

    assert [login.email for login in demo.LOGINS] == [
        "admin@demo.test",
        "intermittents@demo.test",
        "anna@demo.test",
        "bruno@demo.test",
        "chloe@demo.test",
        "david@demo.test",
        "referent@demo.test",
        "tresorier@demo.test",
        "producteur@demo.test",
    ]
    assert len(one_hash) == 1
    assert passwords.is_right(one_hash.pop(), demo.PASSWORD)


@pytest.mark.parametrize(
    ("name", "role", "is_limited"),
    [
        ("admin", Role.ADMIN, False),
        ("intermittents", Role.INTERMITTENT_MANAGER, False),
        ("referent", Role.REFERENT, True),
        ("tresorier", Role.TREASURER, False),
        ("producteur", Role.PRODUCER, True),
    ],
)
def test_roles_are_held_by_one_person_each(
    small: Session, name: str, role: Role, is_limited: bool
) -> None:
    (grant,) = person(small, name).grants

    assert grant.role == role
    assert bool(grant.scope_id) == is_limited


def test_bruno_chloe_and_david_alone_are_enrolled(small: Session) -> None:
    enrolled = small.scalars(
        select(Person.first_name)
        .join(IntermittentEnrolment, IntermittentEnrolment.person_id == Person.id)
        .where(IntermittentEnrolment.ended_at.is_(None))
        .order_by(Person.first_name)
    )

    assert list(enrolled) == ["Bruno", "Chloé", "David"]


def test_anna_bruno_and_chloe_are_members_and_david_is_not(small: Session) -> None:
    signed = {
        name: list(
            small.scalars(
                select(Contract.label)
                .join(Subscription, Subscription.contract_id == Contract.id)
                .where(Subscription.household_id == person(small, name).household_id)
            )
        )
        for name in ("anna", "bruno", "chloe", "david")
    }

    assert signed == {"anna": ["Légumes"], "bruno": ["Pain"], "chloe": ["Pain"], "david": []}
    assert len(person(small, "david").household.persons) == 1


@pytest.mark.parametrize(
    "today",
    [
        *(date(2026, 11, 16) + timedelta(day) for day in range(8)),
        date(2026, 3, 25),  # a Wednesday before the hour that does not exist
        date(2026, 3, 29),
        date(2026, 10, 21),  # a Wednesday before the hour that comes twice
        date(2026, 10, 25),
        date(2024, 2, 29),
        date(2026, 12, 30),
    ],
)
def test_annas_next_basket_is_always_more_than_two_days_ahead(tmp_path: Path, today: date) -> None:
    with amap(tmp_path, demo.Plan(today, members=12, weeks=8, offers=6)) as session:
        anna = person(session, "anna")
        first, second, *_later = coming_baskets(session, anna, today)
        (line,) = contracts.basket_lines(session, [first.id], [anna.household_id])

        assert first.starts_at - clock.at(today, time(23, 59)) > timedelta(hours=48)
        assert first.date.weekday() == 3
        assert (first.real_opens, first.real_closes) == (time(18, 30), time(20))
        assert second.date - first.date == timedelta(days=7)
        assert coming_baskets(session, anna, today - timedelta(weeks=3))[0].date < today
        assert (line.contract_label, line.product_label) == ("Légumes", "1/2 Panier")
        assert (line.quantity, line.price_cents) == (1, 1000)
        assert not session.scalars(
            select(BasketOffer.id).where(BasketOffer.household_id == anna.household_id)
        ).all()
        check_journals(session, today)


def check_journals(session: Session, today: date) -> None:
    """Follow each journal through the table of the rules, to the state of its offer."""
    midnight = clock.at(today, time())
    for offer in session.scalars(select(BasketOffer)):
        state: OfferState | None = None
        before = datetime(1970, 1, 1, tzinfo=UTC)
        for event in offer.events:
            step = Step(event.step)
            line = rules.transition(state, step)
            limit = rules.limit(line.until, offer.delivery.starts_at, 24, on_behalf=False)
            assert event.from_state == (state or "")
            assert event.to_state == line.to
            assert before < event.at < midnight
            if line.until is rules.Until.AFTER_END:
                assert event.at >= offer.delivery.ends_at
            else:
                assert event.at < limit
            state, before = line.to, event.at
        assert offer.state is state
        check_requests(offer)


def check_requests(offer: BasketOffer) -> None:
    """Compare the requests with what the state of their offer says."""
    states = [one.state for one in offer.requests]
    accepted, pending = states.count(RequestState.ACCEPTED), states.count(RequestState.PENDING)
    asked = [event.person_id for event in offer.events if event.step in ASKING]
    assert asked == [one.person_id for one in offer.requests]
    assert offer.offered_at == offer.events[0].at
    assert all(one.person.household_id != offer.household_id for one in offer.requests)
    assert all(
        (one.settled_at is None) == (one.state is RequestState.PENDING) for one in offer.requests
    )
    if offer.state is OfferState.OPEN:
        assert not accepted + pending
    if offer.state is OfferState.REQUESTED:
        assert pending
        assert not accepted
    if offer.state is OfferState.EXCHANGED:
        assert accepted == 1
    if offer.state in (OfferState.CLOSED, OfferState.CANCELLED):
        assert not pending


def test_offers_stand_in_every_state(small: Session) -> None:
    offers = small.scalars(select(BasketOffer)).all()
    coming = Counter(offer.state for offer in offers if offer.delivery.date > SUNDAY)
    waiting = small.scalars(
        select(OfferRequest)
        .join(BasketOffer)
        .where(
            BasketOffer.state == OfferState.EXCHANGED, OfferRequest.state == RequestState.PENDING
        )
    ).all()
    requested = [len(one.requests) for one in offers if one.state is OfferState.REQUESTED]
    takers = [
        any(one.state is RequestState.ACCEPTED for one in offer.requests)
        for offer in offers
        if offer.state is OfferState.CLOSED
    ]

    assert sum(coming[state] for state in rules.LIVE_STATES) == 10
    assert coming[OfferState.OPEN] == 5
    assert coming[OfferState.CANCELLED] == 2
    assert waiting
    assert sorted(requested) == [1, 1, 2]
    assert set(takers) == {True, False}
    check_journals(small, SUNDAY)


@pytest.mark.parametrize("stories", [FREE, UNDER_WAY, OVER, CANCELLED])
def test_no_story_is_longer_than_its_days(stories: tuple[Story, ...]) -> None:
    for story in stories:
        assert len(story) < DAYS_OF_A_STORY


def test_what_is_on_offer_is_in_the_basket(small: Session) -> None:
    for offer in small.scalars(select(BasketOffer)):
        lines = contracts.basket_lines(small, [offer.delivery_id], [offer.household_id])
        held = {(one.contract_date_id, one.contract_product_id): one for one in lines}
        assert offer.items
        assert len(offer.items) == len(lines) or offer.message == words.PART_MESSAGE
        for item in offer.items:
            line = held[item.contract_date_id, item.contract_product_id]
            assert item.quantity == line.quantity or offer.message == words.PART_MESSAGE
            assert item.quantity <= line.quantity
            assert item.price_cents == line.price_cents
            assert (item.contract_label, item.product_label) == (
                line.contract_label,
                line.product_label,
            )


def test_a_family_is_away_another_gives_a_part_and_the_treasurer_is_asked(small: Session) -> None:
    offers = select(BasketOffer).join(Delivery).order_by(Delivery.date)
    away = small.scalars(offers.where(BasketOffer.message == words.ABSENCE_MESSAGE)).all()
    part = small.scalars(offers.where(BasketOffer.message == words.PART_MESSAGE)).one()
    asked = small.scalars(select(OfferRequest).where(OfferRequest.is_designated)).one()
    basket = contracts.basket_lines(small, [part.delivery_id], [part.household_id])

    assert len({one.household_id for one in away}) == len({one.offered_at for one in away}) == 1
    dates = [one.delivery.date for one in away]
    assert [later - day for day, later in pairwise(dates)] == [timedelta(7)] * 2
    assert sum(one.quantity for one in part.items) < sum(one.quantity for one in basket)
    assert (asked.person_id, asked.state) == (person(small, "tresorier").id, RequestState.PENDING)


def test_the_past_looks_like_a_season(small: Session) -> None:
    found = statistics(small, SUNDAY - timedelta(days=182), SUNDAY - timedelta(days=1))
    paid = [
        one.paid_at is not None
        for one in small.scalars(select(BasketOffer))
        if one.state is OfferState.CLOSED
        and any(request.state is RequestState.ACCEPTED for request in one.requests)
    ]

    assert 50 < found.total.proposed < 120
    assert len(found.months) == 7
    assert all(figures.taken and figures.taken > figures.lost for _month, figures in found.months)
    assert found.total.lost
    assert found.total.cancelled
    assert 2 * sum(paid) > len(paid) > sum(paid)


def test_a_friend_comes_and_the_last_sheet_is_ticked(small: Session) -> None:
    one = small.scalars(select(BasketPass)).one()
    deliveries = small.scalars(select(Delivery).where(Delivery.date < SUNDAY)).all()
    ticked = {key for (key,) in small.execute(select(Fetched.delivery_id).distinct())}

    assert one.delivery.date > SUNDAY
    assert kept_lines(small, one.household_id, one.delivery_id)
    assert {one.date for one in deliveries if one.id in ticked} == {SUNDAY - timedelta(days=3)}
    last = next(one for one in deliveries if one.date == SUNDAY - timedelta(days=3))
    rows = [row for row in documents.rows(sign_in_sheet(small, last)) if row.is_basket]
    assert 0.8 * len(rows) < sum(row.is_fetched for row in rows) <= len(rows)


def test_people_meet_and_help(small: Session) -> None:
    seats = small.execute(
        select(DutySeat.person_id, Delivery.date).join(
            Delivery, Delivery.id == DutySeat.delivery_id
        )
    ).all()
    events = small.scalars(select(Event)).all()

    assert all(person for person, day in seats if day < SUNDAY)
    assert {bool(person) for person, day in seats if day > SUNDAY} == {True, False}
    assert {one.kind for one in events} == set(EventKind)
    assert [one.contract is not None for one in events if one.kind is EventKind.SIGNING] == [True]


def test_a_year_of_membership_runs(small: Session) -> None:
    period = small.scalars(select(MembershipPeriod)).one()
    states = Counter(small.scalars(select(Membership.state)))
    events = select(MembershipEvent.household_id, MembershipEvent.state, MembershipEvent.cents)

    assert period.starts_on <= SUNDAY <= period.ends_on
    assert set(states) == set(MembershipState)
    assert states[MembershipState.RECEIVED] > 20
    now = select(Membership.household_id, Membership.state, Membership.cents)
    assert set(small.execute(events)) == set(small.execute(now))


def test_who_has_a_log_in_hears_of_every_basket_and_some_others_of_fewer(
    small: Session, tmp_path: Path
) -> None:
    assert not small.scalars(select(AlertPreference)).all()

    with amap(tmp_path, demo.Plan(SUNDAY, intermittents=12)) as session:
        named = {person(session, login.name).id for login in demo.LOGINS}
        wishes = session.scalars(select(AlertPreference)).all()

        assert {one.pace for one in wishes} == set(Pace)
        assert any(one.paused_until for one in wishes)
        assert named.isdisjoint(one.person_id for one in wishes)


def test_no_mail_waits_and_every_announcement_is_done(small: Session) -> None:
    assert small.scalar(select(func.count(OutboxMail.id))) == 0
    assert all(alert.done_at for alert in small.scalars(select(Alert)))


def test_the_figures_asked_for_are_exact(tmp_path: Path) -> None:
    plan = demo.Plan(SUNDAY, members=60, intermittents=21, weeks=10, offers=25)

    with amap(tmp_path, plan) as session:
        enrolled = session.scalar(select(func.count(IntermittentEnrolment.id)))
        members = session.scalar(select(func.count(Subscription.household_id.distinct())))
        states = Counter(
            session.scalars(
                select(BasketOffer.state)
                .join(Delivery, Delivery.id == BasketOffer.delivery_id)
                .where(Delivery.date > SUNDAY, BasketOffer.state.in_(rules.LIVE_STATES))
            )
        )

        assert (enrolled, members) == (21, 60)
        assert states.total() == 25
        assert states[OfferState.OPEN] == 13
        assert len(set(session.scalars(select(Delivery.date)))) == 10
        check_journals(session, SUNDAY)


def links(page: bytes) -> Iterator[str]:
    """Yield the addresses of this site that a page leads to."""
    for link in BeautifulSoup(page, "html.parser").find_all("a", href=True):
        parts = urlsplit(str(link["href"]))
        if not parts.netloc and not parts.scheme and parts.path:
            yield parts.path


@pytest.mark.parametrize("name", ["", "anna", "david", "producteur", "referent", "admin"])
def test_no_link_of_the_demo_leads_nowhere(small_app: Flask, name: str) -> None:
    client = small_app.test_client()
    if name:
        with small_app.app_context():
            who = person(db.session(), name)
        with client.session_transaction() as cookie:
            cookie.update(_user_id=session_id(who.id, who.stamp), _fresh=True)
    pages = ["/"]

    for path in pages:  # it grows meanwhile
        answer = client.get(path)
        assert answer.status_code < 400, path
        if answer.mimetype == "text/html":
            new = [link for link in dict.fromkeys(links(answer.data)) if link not in pages]
            pages += new[: MOST_PAGES - len(pages)]

    assert ("/mon-profil" in pages) == bool(name)
    assert ("/admin" in " ".join(pages)) == (name in {"admin", "referent", "producteur"})


def test_the_demo_fills_either_database(app: Flask) -> None:
    with app.app_context():
        with db.transaction() as session:
            demo.fill(session, demo.Plan(SUNDAY, members=12, weeks=8, offers=6))

        check_journals(session, SUNDAY)


def test_a_database_with_people_is_left_alone(tmp_path: Path) -> None:
    with amap(tmp_path, demo.Plan(SUNDAY, members=10, weeks=8)) as session:
        before = session.scalar(select(func.count(Person.id)))

        with pytest.raises(demo.NotEmpty, match="déjà des personnes"):
            demo.fill(session, demo.Plan(SUNDAY))

        assert session.scalar(select(func.count(Person.id))) == before


@pytest.mark.parametrize("figures", [{"members": 9}, {"intermittents": 2}, {"weeks": 7}])
def test_too_small_an_amap_is_refused(figures: dict[str, int]) -> None:
    with pytest.raises(demo.ImpossibleDemo, match="Il faut au moins"):
        demo.Plan(SUNDAY, **figures)


def test_more_offers_than_baskets_are_refused(tmp_path: Path) -> None:
    plan = demo.Plan(SUNDAY, members=10, weeks=8, offers=100)

    with pytest.raises(demo.ImpossibleDemo, match="paniers à venir"), amap(tmp_path, plan):
        pass

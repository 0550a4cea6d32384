"""Places and deliveries: instants, corrections, who is told."""

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Role
from amapress_py.accounts.viewer import Viewer
from amapress_py.deliveries import services
from amapress_py.deliveries.models import Delivery, Place
from amapress_py.deliveries.rules import ClosesBeforeOpening, NameTaken, PlaceInUse, SamePlace
from amapress_py.deliveries.services import Correction, PlaceValues
from amapress_py.deliveries.watcher import Each, plug_watcher
from amapress_py.errors import NotAllowed, NotFound
from amapress_py.exchange.models import OfferEvent
from amapress_py.exchange.rules import Step
from tests.back_office import viewer_of
from tests.factories import Make

SPRING, AUTUMN = dt.date(2026, 3, 29), dt.date(2026, 10, 25)  # the clock changes in the night


class Recorder(Each):
    """A watcher that remembers of what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[int] = []

    def delivery_changed(self, session: Session, delivery_id: int) -> None:
        self.told.append(delivery_id)


@pytest.fixture
def admin(make: Make, session: Session) -> Viewer:
    return viewer_of(session, make.person(roles=[Role.ADMIN]))


@pytest.fixture
def recorder(app: Flask) -> Recorder:
    recorder = Recorder()
    plug_watcher(app, recorder)
    return recorder


def values(place: Place, **changes: object) -> PlaceValues:
    kept = {"name": place.name, "short_name": place.short_name}
    times = {"opens": place.opens, "closes": place.closes}
    return PlaceValues(**{**kept, **times, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("day", "opens", "starts_at"),
    [
        (SPRING, "18:30", "2026-03-29T16:30+00:00"),
        (AUTUMN, "18:30", "2026-10-25T17:30+00:00"),
        (SPRING, "02:30", "2026-03-29T01:30+00:00"),  # no such time: moves forward
        (AUTUMN, "02:30", "2026-10-25T00:30+00:00"),  # twice: the first
    ],
)
def test_a_delivery_starts_at_the_wall_clock_of_paris(
    session: Session, make: Make, day: dt.date, opens: str, starts_at: str
) -> None:
    place = make.place(opens=opens, closes="20:00")

    with db.transaction():
        delivery_id = services.ensure(session, day, place.id)

    found = session.get_one(Delivery, delivery_id)
    assert found.starts_at == dt.datetime.fromisoformat(starts_at)


def test_a_date_at_a_place_is_one_delivery(session: Session, make: Make) -> None:
    place, other = make.place(), make.place()

    with db.transaction():
        first = services.ensure(session, SPRING, place.id)
        again = services.ensure(session, SPRING, place.id)
        elsewhere = services.ensure(session, SPRING, other.id)

    assert first == again != elsewhere


def test_an_idle_delivery_goes(session: Session, make: Make) -> None:
    delivery = make.delivery(SPRING, make.place())

    with db.transaction():
        services.drop_if_idle(session, SPRING, delivery.place_id)

    assert session.scalars(select(Delivery.id)).all() == []


def test_a_delivery_with_an_offer_stays(session: Session, make: Make) -> None:
    delivery = make.offer().delivery

    with db.transaction():
        services.drop_if_idle(session, delivery.date, delivery.place_id)

    assert session.scalars(select(Delivery.id)).all() == [delivery.id]


def test_new_hours_of_a_place_reach_its_coming_deliveries(
    session: Session, make: Make, admin: Viewer, recorder: Recorder
) -> None:
    place = make.place(opens="18:30")
    past = make.delivery(dt.date(2020, 1, 2), place)
    coming = make.delivery(make.thursday(), place)
    own_hours = make.delivery(make.thursday(1), place)
    own_hours.opens, own_hours.closes = dt.time(10), dt.time(11)
    own_hours.set_instants()
    session.commit()
    before = past.starts_at, own_hours.starts_at

    with db.transaction():
        services.change_place(session, admin, place.id, values(place, opens=dt.time(17)))

    assert (coming.real_opens, coming.starts_at.minute) == (dt.time(17), 0)
    assert (past.starts_at, own_hours.starts_at) == before
    assert recorder.told == [coming.id]


def test_hours_of_a_substitute_place_count_too(
    session: Session, make: Make, admin: Viewer, recorder: Recorder
) -> None:
    usual, substitute = make.place(opens="18:30"), make.place(opens="17:00")
    delivery = make.delivery(make.thursday(), usual)

    with db.transaction():
        services.correct_delivery(
            session, admin, delivery.id, Correction(substitute_place_id=substitute.id)
        )
    assert delivery.real_opens == dt.time(17)
    with db.transaction():
        services.change_place(session, admin, substitute.id, values(substitute, opens=dt.time(16)))

    assert delivery.real_opens == dt.time(16)
    assert delivery.place_id == usual.id
    assert recorder.told == [delivery.id, delivery.id]


def test_a_note_alone_disturbs_nobody(
    session: Session, make: Make, admin: Viewer, recorder: Recorder
) -> None:
    delivery = make.delivery(make.thursday(), make.place())

    with db.transaction():
        services.correct_delivery(session, admin, delivery.id, Correction(note="Fête"))

    assert delivery.note == "Fête"
    assert recorder.told == []


def test_a_substitute_place_with_the_same_hours_is_told(
    session: Session, make: Make, admin: Viewer, recorder: Recorder
) -> None:
    delivery = make.delivery(make.thursday(), make.place())
    other = make.place()

    with db.transaction():
        services.correct_delivery(
            session, admin, delivery.id, Correction(substitute_place_id=other.id)
        )

    assert recorder.told == [delivery.id]


def test_an_offered_basket_follows_new_hours(session: Session, make: Make, admin: Viewer) -> None:
    offer = make.offer()

    with db.transaction():
        services.correct_delivery(session, admin, offer.delivery_id, Correction(opens=dt.time(17)))

    steps = session.scalars(select(OfferEvent.step).where(OfferEvent.offer_id == offer.id)).all()
    assert steps == [Step.OFFER, Step.UPDATE]


@pytest.mark.parametrize("closes", ["18:30", "09:00"])
def test_a_delivery_ends_after_it_starts(
    session: Session, make: Make, admin: Viewer, closes: str
) -> None:
    delivery = make.delivery(make.thursday(), make.place(opens="18:30"))

    with pytest.raises(ClosesBeforeOpening), db.transaction():
        services.correct_delivery(
            session, admin, delivery.id, Correction(closes=dt.time.fromisoformat(closes))
        )

    session.refresh(delivery)
    assert delivery.closes is None


def test_hours_of_a_place_may_not_cross_those_of_a_delivery(
    session: Session, make: Make, admin: Viewer
) -> None:
    place = make.place(opens="18:30", closes="21:00")
    delivery = make.delivery(make.thursday(), place)
    with db.transaction():
        services.correct_delivery(session, admin, delivery.id, Correction(opens=dt.time(20)))

    with pytest.raises(ClosesBeforeOpening, match=f"{delivery.date:%d/%m/%Y}"), db.transaction():
        services.change_place(session, admin, place.id, values(place, closes=dt.time(19, 30)))


def test_a_place_does_not_stand_in_for_itself(session: Session, make: Make, admin: Viewer) -> None:
    delivery = make.delivery(make.thursday(), make.place())

    with pytest.raises(SamePlace), db.transaction():
        services.correct_delivery(
            session, admin, delivery.id, Correction(substitute_place_id=delivery.place_id)
        )


def test_unknown_ids_are_told(session: Session, make: Make, admin: Viewer) -> None:
    delivery = make.delivery(make.thursday(), make.place())

    with pytest.raises(NotFound), db.transaction():
        services.correct_delivery(session, admin, delivery.id + 1, Correction())
    with pytest.raises(NotFound), db.transaction():
        services.correct_delivery(
            session, admin, delivery.id, Correction(substitute_place_id=10**6)
        )


def test_names_of_places_differ_beyond_accents_and_case(
    session: Session, make: Make, admin: Viewer
) -> None:
    place = make.place("Préau")
    other = PlaceValues("PREAU", "autre", dt.time(18), dt.time(19))

    with pytest.raises(NameTaken), db.transaction():
        services.create_place(session, admin, other)
    with db.transaction():
        services.change_place(session, admin, place.id, values(place, name="preau"))

    assert session.scalars(select(Place.name)).all() == ["preau"]


def test_a_used_place_is_not_deleted(session: Session, make: Make, admin: Viewer) -> None:
    used, idle = make.delivery(make.thursday(), make.place()).place, make.place()

    with pytest.raises(PlaceInUse), db.transaction():
        services.delete_place(session, admin, used.id)
    with db.transaction():
        services.delete_place(session, admin, idle.id)

    assert session.scalars(select(Place.id)).all() == [used.id]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_only_an_admin_changes_places_and_deliveries(
    session: Session, make: Make, role: Role
) -> None:
    delivery = make.delivery(make.thursday(), make.place())
    viewer = viewer_of(session, make.person(roles=[role]))
    new = PlaceValues("Halle", "halle", dt.time(18), dt.time(19))

    for act in (
        lambda: services.create_place(session, viewer, new),
        lambda: services.change_place(session, viewer, delivery.place_id, new),
        lambda: services.delete_place(session, viewer, delivery.place_id),
        lambda: services.correct_delivery(session, viewer, delivery.id, Correction()),
    ):
        with pytest.raises(NotAllowed), db.transaction():
            act()

"""Mass operations in a database: whole or not at all, journal, offers, and the way back."""

import datetime as dt

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Role, Scope
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import mass, queries, rules, services, signing
from amapress_py.contracts.book import JokerRules
from amapress_py.contracts.holidays import plans
from amapress_py.contracts.models import Contract, DateKind, Joker, Operation, Weeks
from amapress_py.contracts.operations import (
    Act,
    AddDates,
    ChangeJokers,
    ChangePrice,
    ChangeRules,
    Cross,
    DeleteDates,
    Jokers,
    MoveDates,
    Outside,
    Uncross,
)
from amapress_py.contracts.rules import Refused
from amapress_py.deliveries.models import Delivery
from amapress_py.errors import NotAllowed, NotFound
from amapress_py.exchange import services as exchange
from amapress_py.exchange.models import BasketOffer, OfferItem
from amapress_py.exchange.rules import OfferState
from amapress_py.exchange.steps import Actor
from amapress_py.mail import outbox
from tests.back_office import viewer_of
from tests.contracts.october import FIRST, FOURTH, SECOND, THIRD, october
from tests.contracts.season import Season, season
from tests.factories import Make

SEPTEMBER = dt.datetime(2019, 9, 15, 12, tzinfo=dt.UTC)


@pytest.fixture
def autumn(session: Session, make: Make, clock: time_machine.Traveller) -> Season:
    clock.move_to(SEPTEMBER)
    return season(session, make)


def acts(autumn: Season) -> dict[str, Act]:
    """Return one operation of every kind."""
    dates, (pp, gp) = autumn.dates, [one.id for one in autumn.contract.products]
    both = plans(autumn.book, [dates[FIRST]], [FOURTH])
    return {
        "shift": MoveDates(both.shift),
        "shift, jokers follow": MoveDates(both.shift, Jokers.FOLLOW, Outside.KEEP),
        "swap": MoveDates(both.swap),
        "later": MoveDates([(dates[FOURTH], october(33))]),
        "cross": Cross([dates[SECOND]], [pp]),
        "cancel": Cross([dates[FOURTH]], [pp, gp]),
        "add": AddDates([october(32), october(39)], with_usual=True),
        "earlier": AddDates([october(1)], with_usual=True),
        "hold": AddDates([october(39)], DateKind.HOLIDAY),
        "release": DeleteDates([dates[FIRST]]),
        "price": ChangePrice(pp, THIRD, 1200),
        "price of all": ChangePrice(gp, FIRST, 1700),
        "jokers": ChangeJokers(JokerRules(1, 2, True, 4)),
        "rules": ChangeRules({pp: (4, Weeks.ODD), gp: (None, None)}),
    }


KINDS = (
    "shift", "shift, jokers follow", "swap", "later", "cross", "cancel", "add", "earlier", "hold",
    "release", "price", "price of all", "jokers", "rules",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_an_operation_is_applied_as_previewed_written_down_and_undone(
    autumn: Season, admin: Viewer, kind: str
) -> None:
    act = acts(autumn)[kind]
    before = autumn.state()
    foreseen = mass.preview(autumn.session, autumn.contract, act)

    operation = autumn.apply(admin, act)

    after = autumn.book
    assert after.totals == foreseen.after.totals
    assert {name: autumn.total(name) for name in "ABCD"} == {
        name: after.totals[autumn.signed[name].id] for name in "ABCD"
    }
    assert operation.said
    assert operation.applied_by_id == admin.person_id
    days = set(after.deliveries.values())
    assert days == set(autumn.session.scalars(select(Delivery.date)))

    autumn.undo(admin, operation)

    assert autumn.state() == before
    assert operation.undone_by_id == admin.person_id
    with pytest.raises(rules.Stale):
        autumn.undo(admin, operation)


def test_the_holiday_of_the_worked_case(autumn: Season, admin: Viewer) -> None:
    autumn.apply(admin, acts(autumn)["swap"])

    assert {name: autumn.total(name) for name in "ABCD"} == {
        "A": 3000, "B": 5400, "C": 1000, "D": 5400,
    }  # fmt: skip
    mails = [one for one in outbox.pending(autumn.session) if "joker" in one.subject]
    assert [one.to_address for one in mails] == [autumn.persons["D"].email]
    assert "vendredi 4 octobre 2019" in mails[0].text


def test_a_joker_that_follows_is_told_to_nobody(autumn: Season, admin: Viewer) -> None:
    autumn.apply(admin, acts(autumn)["shift, jokers follow"])

    assert autumn.total("D") == 3600
    assert autumn.total("C") == 2000
    assert autumn.session.scalars(select(Joker.subscription_id)).all() == [autumn.signed["D"].id]
    assert not outbox.pending(autumn.session)


def test_what_was_previewed_is_what_is_applied(
    autumn: Season, admin: Viewer, make: Make, session: Session
) -> None:
    act = acts(autumn)["swap"]
    digest = mass.preview(session, autumn.contract, act).digest
    make.joker(autumn.signed["A"], session.get_one(type(autumn.contract.dates[0]),
                                                   autumn.dates[FOURTH]))  # fmt: skip
    state = autumn.state()

    with pytest.raises(mass.Outdated), db.transaction() as own:
        mass.apply(own, admin, autumn.contract.id, "test", act, digest)

    assert autumn.state() == state
    assert not session.scalars(select(Operation.id)).all()


def test_an_old_form_of_a_signed_contract_is_refused_afterwards(
    autumn: Season, admin: Viewer
) -> None:
    version = autumn.signed["C"].version
    autumn.apply(admin, acts(autumn)["swap"])
    place = autumn.contract.places[0].id
    terms = rules.Terms(place, SECOND, FOURTH, {autumn.contract.products[0].id: 2})

    with pytest.raises(rules.Stale), db.transaction() as own:
        signing.change(own, admin, autumn.signed["C"].id, version, terms)


def test_undo_waits_for_newer_operations(autumn: Season, admin: Viewer) -> None:
    first = autumn.apply(admin, MoveDates([(autumn.dates[SECOND], FIRST)]))
    second = autumn.apply(admin, MoveDates([(autumn.dates[SECOND], october(2))]))

    with pytest.raises(mass.Depends):
        autumn.undo(admin, first)
    autumn.undo(admin, second)
    autumn.undo(admin, first)


def test_undo_does_not_put_two_deliveries_on_one_day(autumn: Season, admin: Viewer) -> None:
    first = autumn.apply(admin, MoveDates([(autumn.dates[SECOND], october(2))]))
    autumn.apply(admin, MoveDates([(autumn.dates[THIRD], SECOND)]))
    state = autumn.state()

    with pytest.raises(mass.Depends):
        autumn.undo(admin, first)

    assert autumn.state() == state


def test_who_signed_since_keeps_what_was_signed(
    autumn: Season, admin: Viewer, make: Make, clock: time_machine.Traveller
) -> None:
    pp = autumn.contract.products[0].id
    operation = autumn.apply(admin, ChangePrice(pp, THIRD, 1200))
    clock.shift(60)
    terms = rules.Terms(autumn.contract.places[0].id, SECOND, FOURTH, {pp: 1})
    household = make.person("E").household_id
    with db.transaction() as own:
        signing.sign(own, admin, autumn.contract.id, household, terms)

    with pytest.raises(mass.Depends):
        autumn.undo(admin, operation)


def test_a_deleted_date_comes_back_with_its_signed_lines(autumn: Season, admin: Viewer) -> None:
    items = [one.id for one in autumn.contract.products]
    crossed = autumn.apply(admin, Cross([autumn.dates[FOURTH]], items))
    before = autumn.state()
    deleted = autumn.apply(admin, DeleteDates([autumn.dates[FOURTH]]))
    assert len(autumn.book.dates) == 3

    autumn.undo(admin, deleted)

    assert autumn.state() == before
    autumn.undo(admin, crossed)
    assert autumn.total("A") == 3000


def test_a_date_whose_number_is_taken_comes_back_under_another(
    autumn: Season, admin: Viewer, make: Make
) -> None:
    items = [one.id for one in autumn.contract.products]
    late = autumn.apply(admin, AddDates([october(39)], with_usual=True))
    date_id = autumn.book.date_id(october(39))
    assert date_id is not None
    crossed = autumn.apply(admin, Cross([date_id], items))
    deleted = autumn.apply(admin, DeleteDates([date_id]))
    make.contract("Pain")  # SQLite gives its date the number that is free
    autumn.undo(admin, deleted)

    autumn.undo(admin, crossed)
    assert autumn.total("A") == 4000
    autumn.undo(admin, late)

    assert autumn.total("A") == 3000
    assert len(autumn.book.dates) == 4


def test_a_referent_of_another_producer_is_refused(
    autumn: Season, make: Make, admin: Viewer, session: Session
) -> None:
    other = make.contract("Pain")
    person = make.person()
    make.grant(person, Role.REFERENT, Scope.PRODUCER, other.producer_id)
    foreign = viewer_of(session, person)
    operation = autumn.apply(admin, acts(autumn)["price"])

    with pytest.raises(NotAllowed):
        autumn.apply(foreign, acts(autumn)["swap"])
    with pytest.raises(NotAllowed):
        autumn.undo(foreign, operation)
    with pytest.raises(NotFound), db.transaction() as own:
        mass.undo(own, admin, other.id, operation.id)


def test_refusals_say_the_day(autumn: Season) -> None:
    book = autumn.book
    pp, gp = (one.id for one in autumn.contract.products)
    for act, told in (
        (MoveDates([(autumn.dates[THIRD], SECOND)]), "11/10/2019"),
        (AddDates([SECOND]), "11/10/2019"),
        (AddDates([FIRST], DateKind.HOLIDAY), "04/10/2019"),
        (DeleteDates([autumn.dates[SECOND]]), "11/10/2019"),
        (ChangePrice(pp, october(33), 1), "02/11/2019"),
        (Uncross([autumn.dates[SECOND]], [pp, gp]), "Aucune"),
        (ChangeJokers(JokerRules(3, 2)), "minimum"),
        (ChangeJokers(book.joker_rules), "déjà"),
        (ChangeRules({pp: (None, None)}), "déjà"),
        (ChangePrice(pp, SECOND, 1000), "déjà"),
    ):
        with pytest.raises(Refused, match=told):
            act.on(book)


# ----- Offers of the exchange


def offered(autumn: Season, name: str, day: dt.date) -> BasketOffer:
    """Let a member cede a basket."""
    session, person = autumn.session, autumn.persons[name]
    session.rollback()
    delivery = session.scalars(select(Delivery.id).where(Delivery.date == day)).one()
    with db.transaction() as own:
        return exchange.offer_basket(own, Actor.of(person), delivery)


def day_of(autumn: Season, offer: BasketOffer) -> dt.date:
    autumn.session.expire_all()
    return offer.delivery.date


def test_an_offer_follows_its_basket_and_comes_back(autumn: Season, admin: Viewer) -> None:
    offer = offered(autumn, "A", FOURTH)
    foreseen = mass.preview(autumn.session, autumn.contract, acts(autumn)["shift"])

    operation = autumn.apply(admin, acts(autumn)["shift"])

    assert [one.fate for one in foreseen.offers] == ["follows"]
    assert day_of(autumn, offer) == THIRD
    assert offer.state is OfferState.OPEN
    told = [one.event for one in outbox.pending(autumn.session)]
    assert "exchange/updated_owner" in told
    autumn.undo(admin, operation)
    assert day_of(autumn, offer) == FOURTH


def test_an_offer_with_nothing_left_is_cancelled_with_the_reason(
    autumn: Season, admin: Viewer
) -> None:
    offer = offered(autumn, "A", FOURTH)
    act = acts(autumn)["cancel"]
    foreseen = mass.preview(autumn.session, autumn.contract, act)

    operation = autumn.apply(admin, act)

    assert [one.fate for one in foreseen.offers] == ["cancelled"]
    autumn.session.expire_all()
    assert offer.state is OfferState.CANCELLED
    assert offer.cancel_reason == "Dates barrées\N{NO-BREAK SPACE}: 25/10/2019"
    autumn.undo(admin, operation)  # the contract comes back, the offer was told to be over
    assert autumn.total("A") == 3000
    assert offer.state is OfferState.CANCELLED


def test_of_a_mixed_basket_only_the_moved_part_leaves(
    autumn: Season, admin: Viewer, make: Make
) -> None:
    bread = make.contract("Pain", dates=[FOURTH], places=autumn.contract.places)
    make.subscription(autumn.persons["A"].household, bread)
    offer = offered(autumn, "A", FOURTH)
    act = acts(autumn)["swap"]
    foreseen = mass.preview(autumn.session, autumn.contract, act)

    autumn.apply(admin, act)

    assert [one.fate for one in foreseen.offers] == ["shrinks"]
    assert day_of(autumn, offer) == FOURTH
    items = autumn.session.scalars(select(OfferItem.contract_label)).all()
    assert items == ["Pain"]


def test_undo_is_refused_once_the_new_basket_is_offered(autumn: Season, admin: Viewer) -> None:
    operation = autumn.apply(admin, acts(autumn)["add"])
    offered(autumn, "A", october(32))

    with pytest.raises(mass.Depends):
        autumn.undo(admin, operation)


def test_the_book_says_what_the_lists_of_the_office_say(autumn: Season) -> None:
    book = autumn.book
    totals = queries.signed_totals(autumn.session, book.signed)

    assert {key: one.cents for key, one in totals.items()} == book.totals
    assert {key: one.deliveries for key, one in totals.items()} == {
        key: len({line[1] for line in book.quantities if line[0] == key}) for key in book.signed
    }


def test_a_contract_with_a_journal_is_deleted_whole(
    session: Session, make: Make, admin: Viewer
) -> None:
    contract = make.contract(dates=[FIRST])
    empty = Season(session, contract, {}, {}, {})
    empty.apply(admin, AddDates([SECOND]))

    with db.transaction() as own:
        services.delete_contract(own, admin, contract.id)

    assert session.scalars(select(Contract.id)).all() == []

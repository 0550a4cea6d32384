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
from amapress_py.contracts.book import Hours, JokerRules
from amapress_py.contracts.holidays import plans
from amapress_py.contracts.models import (
    Contract,
    DateKind,
    Joker,
    Operation,
    Product,
    Weeks,
)
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
from amapress_py.contracts.product_operations import (
    AddProduct,
    ChangeHours,
    RemoveProduct,
    ReorderProducts,
)
from amapress_py.contracts.rules import Refused
from amapress_py.deliveries.models import Delivery
from amapress_py.errors import NotAllowed, NotFound
from amapress_py.exchange import services as exchange
from amapress_py.exchange.models import BasketOffer, OfferItem
from amapress_py.exchange.rules import OfferState
from amapress_py.exchange.steps import Actor
from amapress_py.mail import outbox
from amapress_py.passes import services as passes
from amapress_py.passes.models import BasketPass
from tests.back_office import viewer_of
from tests.contracts.october import FIRST, FOURTH, SECOND, THIRD, october
from tests.contracts.season import Season, season
from tests.factories import Make

SEPTEMBER = dt.datetime(2019, 9, 15, 12, tzinfo=dt.UTC)


@pytest.fixture
def autumn(session: Session, make: Make, clock: time_machine.Traveller) -> Season:
    clock.move_to(SEPTEMBER)
    return season(session, make)


def squash(autumn: Season) -> int:
    """Return a product of the catalogue that the contract does not have."""
    key = autumn.session.scalar(select(Product.id).where(Product.name == "Courge"))
    if key is None:
        product = Product(producer_id=autumn.contract.producer_id, name="Courge")
        autumn.session.add(product)
        autumn.session.commit()
        key = product.id
    return key


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
        "add product": AddProduct(squash(autumn), "Courge", 350, weeks=Weeks.EVEN),
        "remove product": RemoveProduct(gp, SEPTEMBER.date()),
        "reorder": ReorderProducts({pp: 2, gp: 1}),
        "hours": ChangeHours(
            FOURTH, autumn.contract.places[0].id, Hours(dt.time(17), dt.time(18, 30))
        ),
    }


def hold_late(autumn: Season, day: dt.date) -> Delivery:
    """Give a delivery hours and a note of its own."""
    held = autumn.session.scalars(select(Delivery).where(Delivery.date == day)).one()
    held.opens, held.closes, held.note = dt.time(19), dt.time(21), "Par le portail bleu"
    autumn.session.commit()
    return held


KINDS = (
    "shift", "shift, jokers follow", "swap", "later", "cross", "cancel", "add", "earlier", "hold",
    "release", "price", "price of all", "jokers", "rules", "add product", "remove product",
    "reorder", "hours",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_an_operation_is_applied_as_previewed_written_down_and_undone(
    autumn: Season, admin: Viewer, kind: str
) -> None:
    hold_late(autumn, FOURTH)
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


# ----- Products


def test_a_removed_product_lowers_what_is_paid_and_gives_jokers_back(
    autumn: Season, admin: Viewer
) -> None:
    gp = autumn.contract.products[1].id
    act = RemoveProduct(gp, SEPTEMBER.date())
    foreseen = mass.preview(autumn.session, autumn.contract, act)
    names = {autumn.signed[name].id: name for name in "ABCD"}

    autumn.apply(admin, act)

    assert [(names[one.subscription_id], one.before, one.after) for one in foreseen.touched] == [
        ("B", 5400, 0), ("D", 3600, 0),
    ]  # fmt: skip
    assert [(one.name, one.after) for one in foreseen.products] == [("GP", None)]
    assert {name: autumn.total(name) for name in "ABCD"} == {
        "A": 3000, "B": 0, "C": 2000, "D": 0,
    }  # fmt: skip
    assert not autumn.book.jokers


def test_a_product_that_was_delivered_stays(autumn: Season, clock: time_machine.Traveller) -> None:
    clock.move_to(dt.datetime(2019, 10, 14, 12, tzinfo=dt.UTC))
    pp = autumn.contract.products[0].id

    with pytest.raises(Refused, match="a été livré le 11/10/2019"):
        RemoveProduct(pp, dt.date(2019, 10, 14)).on(autumn.book)


def test_a_new_product_costs_nobody_anything_and_follows_its_rules(
    autumn: Season, admin: Viewer
) -> None:
    before = {name: autumn.total(name) for name in "ABCD"}

    autumn.apply(admin, AddProduct(squash(autumn), "Courge", 350, weeks=Weeks.EVEN))

    book = autumn.book
    key = book.ordered()[-1]
    assert (book.items[key].name, book.price(key, THIRD)) == ("Courge", 350)
    crossed = {book.deliveries[date_id] for date_id, item in book.bars if item == key}
    assert crossed == {SECOND, FOURTH}  # weeks 41 and 43
    assert {name: autumn.total(name) for name in "ABCD"} == before


def test_a_product_whose_number_is_taken_comes_back_under_another(
    autumn: Season, admin: Viewer, make: Make
) -> None:
    gp = autumn.contract.products[1].id
    price = autumn.apply(admin, ChangePrice(gp, THIRD, 1900))
    removed = autumn.apply(admin, RemoveProduct(gp, SEPTEMBER.date()))
    make.contract("Pain")  # SQLite gives its product the number that is free
    autumn.undo(admin, removed)

    assert autumn.total("B") == 1800 + 1900 + 1900
    autumn.undo(admin, price)
    assert autumn.total("B") == 5400


def test_what_an_exchange_of_the_past_names_is_not_deleted(
    autumn: Season, admin: Viewer, clock: time_machine.Traveller
) -> None:
    offer = offered(autumn, "B", SECOND)
    with db.transaction() as own:
        exchange.cancel_offer(own, Actor.of(autumn.persons["B"]), offer.id)
    state = autumn.state()

    with pytest.raises(mass.Exchanged):
        autumn.apply(admin, RemoveProduct(autumn.contract.products[1].id, SEPTEMBER.date()))

    assert autumn.state() == state


def test_products_are_shown_in_their_new_order(autumn: Season, admin: Viewer) -> None:
    pp, gp = (one.id for one in autumn.contract.products)
    foreseen = mass.preview(autumn.session, autumn.contract, ReorderProducts({pp: 2, gp: 1}))

    autumn.apply(admin, ReorderProducts({pp: 2, gp: 1}))

    assert [(one.name, one.before, one.after) for one in foreseen.products] == [
        ("GP", 2, 1), ("PP", 1, 2),
    ]  # fmt: skip
    cells = queries.grid_cells(autumn.session, autumn.contract.id)
    assert [one.product for one in cells[:2]] == ["GP", "PP"]


# ----- Hours and place of one delivery


def test_hours_change_for_one_delivery_and_who_gives_a_basket_is_told(
    autumn: Season, admin: Viewer
) -> None:
    offered(autumn, "A", FOURTH)
    act = acts(autumn)["hours"]
    foreseen = mass.preview(autumn.session, autumn.contract, act)
    state = autumn.state()

    operation = autumn.apply(admin, act)

    session = autumn.session
    delivery = session.scalars(select(Delivery).where(Delivery.date == FOURTH)).one()
    assert (delivery.real_opens, delivery.starts_at.hour) == (dt.time(17), 15)
    fetching = {autumn.signed[name].id for name in "ABC"}  # D has a joker
    assert set(foreseen.to_warn) == fetching
    assert [one.fate for one in foreseen.offers] == ["follows"]
    assert "exchange/updated_owner" in [one.event for one in outbox.pending(session)]
    autumn.undo(admin, operation)
    assert autumn.state() == state


@pytest.mark.parametrize("others_there", [None, FOURTH, FIRST])
def test_special_hours_go_along_with_a_delivery_unless_others_deliver_there(
    autumn: Season, admin: Viewer, make: Make, others_there: dt.date | None
) -> None:
    hold_late(autumn, FOURTH)
    if others_there:
        make.contract("Pain", dates=[others_there], places=autumn.contract.places)

    operation = autumn.apply(admin, acts(autumn)["swap"])

    held = {one.date: one.note for one in autumn.session.scalars(select(Delivery))}
    assert held[FIRST] == ("" if others_there else "Par le portail bleu")
    assert held.get(FOURTH) == ("Par le portail bleu" if others_there == FOURTH else None)
    autumn.undo(admin, operation)
    held = {one.date: one.note for one in autumn.session.scalars(select(Delivery))}
    assert held[FOURTH] == "Par le portail bleu"


def test_a_delivery_is_held_elsewhere(autumn: Season, admin: Viewer, make: Make) -> None:
    hall, here = make.place("Gymnase"), autumn.contract.places[0].id

    autumn.apply(admin, ChangeHours(FOURTH, here, Hours(substitute_id=hall.id)))

    delivery = autumn.session.scalars(select(Delivery).where(Delivery.date == FOURTH)).one()
    assert delivery.real_place.name == "Gymnase"


def test_what_others_deliver_too_is_left_to_an_administrator(
    autumn: Season, admin: Viewer, make: Make, session: Session
) -> None:
    bread = make.contract("Pain", dates=[FOURTH], places=autumn.contract.places)
    person = make.person()
    make.grant(person, Role.REFERENT, Scope.PRODUCER, autumn.contract.producer_id)
    own = viewer_of(session, person)
    act = acts(autumn)["hours"]
    operation = autumn.apply(own, act)  # nobody has bread yet
    autumn.undo(own, operation)
    make.subscription(make.person().household, bread)

    with pytest.raises(mass.OthersToo, match=bread.name):
        autumn.apply(own, act)
    operation = autumn.apply(admin, act)
    with pytest.raises(mass.OthersToo):
        autumn.undo(own, operation)


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


def test_a_delivery_put_off_once_it_has_begun_takes_its_offers_along(
    autumn: Season, admin: Viewer, clock: time_machine.Traveller
) -> None:
    offer = offered(autumn, "A", FOURTH)
    clock.move_to(offer.delivery.starts_at + dt.timedelta(minutes=10))
    autumn.session.rollback()

    autumn.apply(admin, acts(autumn)["later"])

    assert day_of(autumn, offer) == october(33)
    assert offer.state is OfferState.OPEN


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


# ----- "Quelqu’un vient à ma place"


def test_who_comes_in_ones_place_comes_on_the_new_day(autumn: Season, admin: Viewer) -> None:
    anna, session = autumn.persons["A"], autumn.session
    here = session.scalars(select(Delivery.id).where(Delivery.date == FOURTH)).one()
    session.rollback()
    with db.transaction() as own:
        key = passes.make_pass(own, anna.id, anna.household_id, here, name="Zoé").id

    operation = autumn.apply(admin, acts(autumn)["swap"])
    session.expire_all()
    assert session.get_one(BasketPass, key).delivery.date == FIRST

    autumn.undo(admin, operation)
    session.expire_all()
    assert session.get_one(BasketPass, key).delivery.date == FOURTH


def test_a_pass_stays_where_something_is_left_to_fetch(
    autumn: Season, admin: Viewer, make: Make
) -> None:
    anna, session = autumn.persons["A"], autumn.session
    bread = make.contract("Pain", dates=[FOURTH], places=autumn.contract.places)
    make.subscription(anna.household, bread)
    here = session.scalars(select(Delivery.id).where(Delivery.date == FOURTH)).one()
    session.rollback()
    with db.transaction() as own:
        key = passes.make_pass(own, anna.id, anna.household_id, here, name="Zoé").id

    autumn.apply(admin, acts(autumn)["swap"])

    session.expire_all()
    assert session.get_one(BasketPass, key).delivery.date == FOURTH

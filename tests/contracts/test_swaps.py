"""« Livraison décalée »: a Tuesday basket is taken on Friday of the same week, and comes back."""

import datetime as dt

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Role, Scope
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import jokers, mass, queries, shelf, swaps
from amapress_py.contracts.joker_rules import TooLateForJoker
from amapress_py.contracts.models import Contract, Swap
from amapress_py.contracts.operations import AddDates, ChangeRules, Cross, DeleteDates, MoveDates
from amapress_py.contracts.product_operations import RemoveProduct
from amapress_py.contracts.swap_rules import MembersMayNot, NotSwapped, OtherPrice, family
from amapress_py.deliveries.models import Delivery
from amapress_py.errors import NotAllowed
from amapress_py.exchange import services as exchange
from amapress_py.exchange.steps import Actor
from amapress_py.mail import outbox
from amapress_py.sheets import contract_documents, contract_queries, documents
from amapress_py.sheets.queries import sign_in_sheet
from amapress_py.sheets.synthesis import Synthesis
from tests.back_office import MOST_STATEMENTS, counted, submit, viewer_of
from tests.conftest import BrowserFactory
from tests.contracts.october import EIGHT, TWELVE, october
from tests.contracts.season import Season
from tests.factories import Make

SEPTEMBER = dt.datetime(2019, 9, 15, 12, tzinfo=dt.UTC)
TUESDAY, FRIDAY, NEXT_FRIDAY = october(8), october(11), october(18)


@pytest.fixture
def twelve(session: Session, make: Make, admin: Viewer, clock: time_machine.Traveller) -> Season:
    """Make the contract of twelve products; X has a small basket each Tuesday."""
    clock.move_to(SEPTEMBER)
    prices = {item.name: 1000 if item.name.startswith("Petit") else 1800 for item in TWELVE}
    contract = make.contract(products=prices, dates=EIGHT)
    contract.joker_max, contract.joker_is_free, contract.joker_delay_days = 1, True, 3
    dates = {one.date: one.id for one in contract.dates}
    made = Season(session, contract, {"X": make.person("Xavier")}, {}, dates)
    wanted = {
        one.id: (item.weekday, item.weeks)
        for one, item in zip(contract.products, TWELVE, strict=True)
    }
    made.apply(admin, ChangeRules(wanted))
    contract = session.get_one(Contract, contract.id)
    made.contract = contract
    made.signed["X"] = make.subscription(made.persons["X"].household, contract, (1,))
    return made


def product(twelve: Season, number: int) -> int:
    return twelve.session.get_one(Contract, twelve.contract.id).products[number - 1].id


def move(
    twelve: Season,
    who: Viewer,
    old: dt.date = TUESDAY,
    new: dt.date = FRIDAY,
    taken: int = 3,
    cents: int = 0,
) -> None:
    key, wanted = twelve.signed["X"].id, {product(twelve, 1): product(twelve, taken)}
    twelve.session.rollback()
    with db.transaction() as own:
        swaps.swap(own, who, key, twelve.dates[old], twelve.dates[new], wanted, cents)


def back(twelve: Season, who: Viewer) -> None:
    twelve.session.rollback()
    swap_id = twelve.session.scalars(select(Swap.id)).one()
    with db.transaction() as own:
        swaps.undo(own, who, twelve.signed["X"].id, swap_id)


def fetched(twelve: Season) -> dict[dt.date, str]:
    book = twelve.book
    return {
        book.deliveries[date_id]: book.items[item].name
        for (_key, date_id, item), _n in sorted(book.quantities.items(), key=lambda o: o[0][1])
    }


def member(twelve: Season) -> Viewer:
    twelve.session.rollback()
    return viewer_of(twelve.session, twelve.persons["X"])


def test_days_and_weeks_are_no_part_of_a_family() -> None:
    assert {family(item.name) for item in TWELVE} == {"petit panier", "grand panier"}


def test_a_tuesday_basket_is_taken_on_friday_and_comes_back(twelve: Season, admin: Viewer) -> None:
    before = twelve.state()

    move(twelve, admin)

    assert fetched(twelve) == {
        october(1): "Petit Panier Mardi",
        FRIDAY: "Petit Panier Vendredi",
        october(15): "Petit Panier Mardi",
        october(22): "Petit Panier Mardi",
    }
    total = queries.signed_totals(twelve.session, [twelve.signed["X"].id])
    assert [(one.deliveries, one.cents) for one in total.values()] == [(4, 4000)]
    back(twelve, admin)
    assert twelve.state() == before
    told = [one.event for one in outbox.pending(twelve.session)]
    assert told == ["contracts/delivery_swapped", "contracts/delivery_swapped_back"]


def test_a_difference_in_price_is_agreed_to(twelve: Season, admin: Viewer) -> None:
    with pytest.raises(OtherPrice, match=r"\+8,00"):
        move(twelve, admin, taken=4)
    move(twelve, admin, taken=4, cents=800)

    assert twelve.total("X") == 4800


def test_the_producer_brings_the_swapped_basket_on_its_new_day(
    twelve: Season, admin: Viewer, make: Make
) -> None:
    y = make.person("Yves")
    make.subscription(y.household, twelve.contract, (0, 0, 1))
    move(twelve, admin)

    book = twelve.book
    bases = {date_id: n for (_k, date_id, item), n in book.quantities.items()
             if book.items[item].name == "Petit Panier Mardi"}  # fmt: skip
    friday = [n for (_k, date_id, _item), n in book.quantities.items()
              if book.deliveries[date_id] == FRIDAY]  # fmt: skip
    assert twelve.dates[TUESDAY] not in bases
    assert friday == [1, 1]


def test_what_makes_no_sense_is_refused_with_the_reason(
    twelve: Season, admin: Viewer, session: Session, clock: time_machine.Traveller
) -> None:
    with pytest.raises(NotSwapped, match="même semaine"):
        move(twelve, admin, new=NEXT_FRIDAY)
    with pytest.raises(NotSwapped, match="pas de panier"):
        move(twelve, admin, old=FRIDAY, new=TUESDAY)
    session.rollback()
    with db.transaction() as own:
        jokers.set_joker(own, admin, twelve.signed["X"].id, twelve.dates[TUESDAY])
    with pytest.raises(NotSwapped, match="joker est posé le 08/10/2019"):
        move(twelve, admin)
    with db.transaction() as own:
        jokers.remove_joker(own, admin, twelve.signed["X"].id, twelve.dates[TUESDAY])
    move(twelve, admin)
    with pytest.raises(NotSwapped, match="déjà décalée"):
        move(twelve, admin)
    clock.move_to(dt.datetime(2019, 10, 16, 12, tzinfo=dt.UTC))
    with pytest.raises(NotSwapped, match="15/10/2019 est passé"):
        move(twelve, admin, old=october(15), new=NEXT_FRIDAY)
    with pytest.raises(NotSwapped, match="08/10/2019 est passé"):
        back(twelve, admin)


def test_what_was_fetched_on_another_day_stays_when_the_rest_is_corrected(
    twelve: Season, session: Session, make: Make, browse: BrowserFactory,
    clock: time_machine.Traveller,
) -> None:  # fmt: skip
    clock.move_to(dt.datetime(2019, 10, 7, 12, tzinfo=dt.UTC))
    treasurer = make.person(roles=[Role.TREASURER])
    move(twelve, viewer_of(session, treasurer))
    path, browser = f"/admin/contrats-signes/{twelve.signed['X'].id}", browse(treasurer)

    def correct(**typed: object) -> int:
        found = {str(one["name"]): str(one.get("value", ""))
                 for one in browser.visit(path).select("form.signing input")}  # fmt: skip
        assert found[f"quantity_{product(twelve, 1)}"] == "1"
        assert found[f"quantity_{product(twelve, 3)}"] == ""  # taken once only
        place = twelve.contract.places[0].id
        return submit(browser, path, **(found | {"place_id": place} | typed)).status_code

    assert correct(ends_on="2019-10-15") == 422  # the swap may still be taken back
    clock.move_to(dt.datetime(2019, 10, 12, 12, tzinfo=dt.UTC))
    assert correct(ends_on="2019-10-15") == 303

    assert fetched(twelve) == {
        october(1): "Petit Panier Mardi",
        FRIDAY: "Petit Panier Vendredi",
        october(15): "Petit Panier Mardi",
    }
    assert correct(ends_on="2019-10-04") == 303
    assert list(fetched(twelve)) == [october(1)]
    assert session.scalars(select(Swap.id)).all() == []


def test_a_crossed_day_takes_nothing(twelve: Season, admin: Viewer) -> None:
    items = [one.id for one in twelve.contract.products]
    twelve.apply(admin, Cross([twelve.dates[FRIDAY]], items))

    with pytest.raises(NotSwapped, match="Rien n’est livré"):
        move(twelve, admin)


def cede(twelve: Season, day: dt.date) -> None:
    twelve.session.rollback()
    delivery = twelve.session.scalars(select(Delivery.id).where(Delivery.date == day)).one()
    with db.transaction() as own:
        exchange.offer_basket(own, Actor.of(twelve.persons["X"]), delivery)


def test_a_basket_that_is_given_away_stays_where_it_is(twelve: Season, admin: Viewer) -> None:
    cede(twelve, october(15))
    with pytest.raises(NotSwapped, match="espace intermittents"):
        move(twelve, admin, old=october(15), new=NEXT_FRIDAY)

    move(twelve, admin)
    cede(twelve, FRIDAY)
    with pytest.raises(NotSwapped, match="espace intermittents"):
        back(twelve, admin)


def test_a_member_swaps_where_the_contract_says_so_and_in_time(
    twelve: Season, session: Session, make: Make, clock: time_machine.Traveller
) -> None:
    with pytest.raises(MembersMayNot):
        move(twelve, member(twelve))
    twelve.contract.members_swap = True
    session.commit()
    with pytest.raises(NotAllowed):
        move(twelve, viewer_of(session, make.person()))
    clock.move_to(dt.datetime(2019, 10, 4, 12, tzinfo=dt.UTC))  # Friday, four days before

    move(twelve, member(twelve))

    assert fetched(twelve)[FRIDAY] == "Petit Panier Vendredi"
    assert not outbox.pending(session)
    clock.move_to(dt.datetime(2019, 10, 5, 12, tzinfo=dt.UTC))
    with pytest.raises(TooLateForJoker, match="vendredi 4 octobre"):
        back(twelve, member(twelve))


# ----- What mass operations do with it


def test_a_preview_names_swapped_deliveries(twelve: Season, admin: Viewer) -> None:
    move(twelve, admin)
    session, contract = twelve.session, twelve.contract
    key = twelve.signed["X"].id
    items = [one.id for one in contract.products]

    moved = mass.preview(session, contract, MoveDates([(twelve.dates[FRIDAY], october(12))]))
    crossed = mass.preview(session, contract, Cross([twelve.dates[FRIDAY]], items))
    removed = mass.preview(session, contract, RemoveProduct(product(twelve, 3), october(1)))
    other = mass.preview(session, contract, MoveDates([(twelve.dates[october(1)], october(2))]))

    assert [(one.subscription_id, one.after) for one in moved.swaps] == [
        (key, (TUESDAY, october(12)))
    ]
    assert [(one.is_crossed, one.after) for one in crossed.swaps] == [(True, (TUESDAY, FRIDAY))]
    assert [one.after for one in removed.swaps] == [None]
    assert other.swaps == []
    assert all(key in one.to_warn for one in (moved, crossed, removed))


def test_a_swap_goes_with_its_date_and_comes_back_with_it(twelve: Season, admin: Viewer) -> None:
    move(twelve, admin)
    items = [one.id for one in twelve.contract.products]
    crossed = twelve.apply(admin, Cross([twelve.dates[FRIDAY]], items))
    before = twelve.state()

    deleted = twelve.apply(admin, DeleteDates([twelve.dates[FRIDAY]]))
    assert not twelve.book.swaps
    twelve.undo(admin, deleted)

    assert twelve.state() == before
    twelve.undo(admin, crossed)
    back(twelve, admin)
    assert twelve.total("X") == 4000


def test_a_swap_is_no_habit(twelve: Season, admin: Viewer, session: Session) -> None:
    move(twelve, admin)

    twelve.apply(admin, AddDates([october(29), october(32)], with_usual=True))

    book = shelf.load(session, session.get_one(Contract, twelve.contract.id))
    got = fetched(twelve)
    assert got[october(29)] == "Petit Panier Mardi"
    assert october(32) in book.deliveries.values()
    assert october(32) not in got


# ----- The screen


def test_a_member_reads_the_difference_and_confirms(
    twelve: Season, session: Session, browse: BrowserFactory
) -> None:
    twelve.contract.members_swap = True
    session.commit()
    browser = browse(twelve.persons["X"])
    here = f"/contrats-signes/{twelve.signed['X'].id}/livraisons"
    path = f"{here}/{twelve.dates[TUESDAY]}/decaler"
    assert path in [one["href"] for one in browser.visit(here).select("main .actions a")]
    page = browser.visit(path)
    assert "Le prix ne change pas" in page.text
    names = [one.text.split(" (")[0] for one in page.select("option")]
    assert names == [
        "Petit Panier Vendredi",
        "Petit Panier Vendredi semaine Impaire",
        "Grand Panier Vendredi",
        "Grand Panier Vendredi semaine Impaire",
    ]
    large = product(twelve, 4)
    field = f"produit_{product(twelve, 1)}"
    chosen = {"vers": twelve.dates[FRIDAY], field: large}
    query = "&".join(f"{key}={value}" for key, value in chosen.items())
    page = browser.visit(f"{path}?{query}")
    assert "Confirmer (+8,00" in page.text

    refused = submit(browser, path, **chosen, difference=0)
    assert refused.status_code == 422
    assert submit(browser, path, **chosen, difference=800).status_code == 303

    assert fetched(twelve)[FRIDAY] == "Grand Panier Vendredi"
    with counted(browser.client.application) as said:
        page = browser.visit(here)
    assert len(said) <= MOST_STATEMENTS, said
    assert "prise le vendredi 11 octobre 2019" in page.text
    swap_id = session.scalars(select(Swap.id)).one()
    assert submit(browser, f"{here}/decalages/{swap_id}/annuler").status_code == 303
    assert session.scalars(select(Swap.id)).all() == []


def test_the_office_swaps_for_a_member_and_others_do_not(
    twelve: Season, session: Session, make: Make, browse: BrowserFactory
) -> None:
    referent, foreign = make.person(), make.person()
    make.grant(referent, Role.REFERENT, Scope.PRODUCER, twelve.contract.producer_id)
    make.grant(foreign, Role.REFERENT, Scope.PRODUCER, make.contract("Pain").producer_id)
    path = f"/contrats-signes/{twelve.signed['X'].id}/livraisons/{twelve.dates[TUESDAY]}/decaler"
    chosen = {"vers": twelve.dates[FRIDAY], "difference": 0}

    assert submit(browse(foreign), path, **chosen).status_code == 403
    assert submit(browse(referent), path, **chosen).status_code == 303

    assert session.scalars(select(Swap.set_by_id)).all() == [referent.id]


# ----- What sheets say


def test_sheets_and_papers_say_where_the_basket_went(
    twelve: Season, session: Session, admin: Viewer
) -> None:
    move(twelve, admin)
    day = {one.date: one for one in session.scalars(select(Delivery))}

    tuesday = documents.rows(sign_in_sheet(session, day[TUESDAY]))
    friday = documents.rows(sign_in_sheet(session, day[FRIDAY]))

    note = "Légumes\N{NO-BREAK SPACE}: panier {} {}"
    assert [(one.contents, one.absence, one.note) for one in tuesday] == [
        ((), "décalé", note.format("pris le", "11/10/2019"))
    ]
    assert [(one.is_basket, one.note) for one in friday] == [
        (True, note.format("du", "08/10/2019"))
    ]
    season = contract_queries.season(session, session.get_one(Contract, twelve.contract.id))
    (line,) = Synthesis(season).lines
    assert (line.deliveries, line.cents, line.remark) == (4, 4000, "décalé 08/10 → 11/10")
    assert "décalé 08/10 → 11/10" in contract_documents.filled(season).facts

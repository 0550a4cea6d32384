"""Jokers: how many, until when, by whom; never on a basket that is given away."""

import datetime as dt
from random import Random

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock, db
from amapress_py.accounts.models import Role, Scope
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import joker_rules, jokers
from amapress_py.contracts.book import JokerRules
from amapress_py.contracts.joker_rules import (
    BasketCeded,
    FixedAtSigning,
    NoJokers,
    NothingToSkip,
    TooLateForJoker,
    TooManyJokers,
    check_jokers_at_signing,
)
from amapress_py.contracts.models import Bar, Contract, ContractKind, Joker
from amapress_py.contracts.rules import Refused, Stale
from amapress_py.deliveries.models import Delivery
from amapress_py.errors import DomainError, NotAllowed, NotFound
from amapress_py.exchange import refusals
from amapress_py.exchange import services as exchange
from amapress_py.exchange.following import promises
from amapress_py.exchange.steps import Actor
from amapress_py.mail import outbox, rendering, wording
from tests.back_office import MOST_STATEMENTS, counted, submit, viewer_of
from tests.conftest import BrowserFactory
from tests.contracts.october import FOURTH, SECOND, THIRD, october
from tests.contracts.season import Season, season
from tests.factories import Make

SEPTEMBER = dt.datetime(2019, 9, 15, 12, tzinfo=dt.UTC)
THURSDAY = dt.date(2019, 10, 17)


@pytest.fixture
def autumn(session: Session, make: Make, clock: time_machine.Traveller) -> Season:
    clock.move_to(SEPTEMBER)
    return season(session, make)


def viewer(autumn: Season, name: str) -> Viewer:
    autumn.session.rollback()
    return viewer_of(autumn.session, autumn.persons[name])


def put(autumn: Season, who: Viewer, name: str, day: dt.date, *, over: bool = False) -> None:
    with db.transaction() as own:
        jokers.set_joker(own, who, autumn.signed[name].id, autumn.dates[day], over=over)


def take_back(autumn: Season, who: Viewer, name: str, day: dt.date) -> int:
    with db.transaction() as own:
        return jokers.remove_joker(own, who, autumn.signed[name].id, autumn.dates[day])


def skipped(autumn: Season, name: str) -> list[dt.date]:
    autumn.session.rollback()
    keys = autumn.session.scalars(
        select(Joker.contract_date_id).where(Joker.subscription_id == autumn.signed[name].id)
    )
    days = {key: day for day, key in autumn.dates.items()}
    return sorted(days[key] for key in keys)


def test_of_a_thursday_with_a_delay_of_three_days_sunday_is_the_last() -> None:
    sunday, monday = dt.date(2019, 10, 13), dt.date(2019, 10, 14)

    assert joker_rules.last_day(THURSDAY, 3) == sunday
    assert joker_rules.is_in_time(THURSDAY, 3, sunday)
    assert not joker_rules.is_in_time(THURSDAY, 3, monday)
    assert joker_rules.is_in_time(THURSDAY, 0, THURSDAY - dt.timedelta(days=1))
    assert not joker_rules.is_in_time(THURSDAY, 0, THURSDAY)


@pytest.mark.parametrize(
    ("least", "most", "chosen", "skippable", "refusal"),
    [
        (0, 1, [], 4, None),
        (1, 2, [1], 4, None),
        (1, 2, [], 4, Refused),
        (0, 1, [1, 2], 4, Refused),
        (0, 0, [1], 4, Refused),
        (0, 2, [9], 4, Stale),  # not one of his deliveries: before the start, crossed out
        (3, 5, [1, 2], 2, None),  # a late joiner has only two
    ],
)
def test_the_minimum_and_the_maximum_are_checked_when_signing(
    least: int, most: int, chosen: list[int], skippable: int, refusal: type[Exception] | None
) -> None:
    def check() -> None:
        check_jokers_at_signing(JokerRules(least, most), chosen, range(1, skippable + 1))

    if refusal is None:
        check()
    else:
        with pytest.raises(refusal):
            check()


def test_a_member_skips_a_delivery_until_the_delay_and_pays_less(
    autumn: Season, clock: time_machine.Traveller
) -> None:
    anna = viewer(autumn, "A")
    clock.move_to(dt.datetime(2019, 10, 14, 21, 59, tzinfo=dt.UTC))  # Monday 23:59 in Paris

    put(autumn, anna, "A", THIRD)
    put(autumn, anna, "A", THIRD)  # a double click

    assert skipped(autumn, "A") == [THIRD]
    assert autumn.total("A") == 2000
    assert not outbox.pending(autumn.session)
    clock.move_to(dt.datetime(2019, 10, 14, 22, 1, tzinfo=dt.UTC))  # Tuesday, three days before
    with pytest.raises(TooLateForJoker, match="lundi 14 octobre 2019"):
        take_back(autumn, anna, "A", THIRD)
    assert autumn.total("A") == 2000


def test_a_joker_is_kept_with_who_and_when(autumn: Season) -> None:
    put(autumn, viewer(autumn, "A"), "A", THIRD)

    one = autumn.session.get_one(Joker, (autumn.signed["A"].id, autumn.dates[THIRD]))
    assert (one.set_by_id, one.set_at) == (autumn.persons["A"].id, clock.now())


def test_the_maximum_is_not_passed_unless_the_office_says_so(autumn: Season, admin: Viewer) -> None:
    with pytest.raises(TooManyJokers):
        put(autumn, viewer(autumn, "D"), "D", THIRD)
    with pytest.raises(TooManyJokers):
        put(autumn, viewer(autumn, "D"), "D", THIRD, over=True)
    with pytest.raises(TooManyJokers):
        put(autumn, admin, "D", THIRD)

    put(autumn, admin, "D", THIRD, over=True)

    assert skipped(autumn, "D") == [THIRD, FOURTH]
    assert autumn.total("D") == 1800


def test_a_joker_below_the_minimum_is_told(autumn: Season) -> None:
    autumn.contract.joker_min = 1
    autumn.session.commit()

    assert take_back(autumn, viewer(autumn, "D"), "D", FOURTH) == 1
    assert autumn.total("D") == 5400


def test_fixed_jokers_stay_for_the_member_and_move_for_the_office(
    autumn: Season, make: Make, clock: time_machine.Traveller
) -> None:
    autumn.contract.joker_is_free = False
    autumn.session.commit()
    referent = make.person()
    make.grant(referent, Role.REFERENT, Scope.PRODUCER, autumn.contract.producer_id)
    clock.move_to(dt.datetime(2019, 10, 26, 12, tzinfo=dt.UTC))  # all is over

    with pytest.raises(FixedAtSigning):
        take_back(autumn, viewer(autumn, "D"), "D", FOURTH)
    rita = viewer_of(autumn.session, referent)
    take_back(autumn, rita, "D", FOURTH)
    put(autumn, rita, "D", THIRD)

    assert skipped(autumn, "D") == [THIRD]
    told = outbox.pending(autumn.session)
    assert [(one.event, one.to_address) for one in told] == [
        ("contracts/joker_removed", autumn.persons["D"].email),
        ("contracts/joker_set", autumn.persons["D"].email),
    ]
    assert "vendredi 18 octobre 2019" in told[1].text


def test_there_is_nothing_to_skip(autumn: Season, session: Session) -> None:
    anna, carl = viewer(autumn, "A"), viewer(autumn, "C")
    with pytest.raises(NothingToSkip):
        put(autumn, carl, "C", SECOND)  # before the start
    session.add_all(
        Bar(contract_date_id=autumn.dates[THIRD], contract_product_id=one.id)
        for one in autumn.contract.products
    )
    session.commit()
    with pytest.raises(NothingToSkip):
        put(autumn, anna, "A", THIRD)  # crossed out
    with pytest.raises(NotFound):
        put(autumn, anna, "A", october(4))  # the producer's holiday
    contract = session.get_one(Contract, autumn.contract.id)
    contract.kind = ContractKind.PER_DATE
    session.commit()
    with pytest.raises(NoJokers):
        put(autumn, anna, "A", FOURTH)


def test_another_household_is_refused(autumn: Season, make: Make) -> None:
    stranger = viewer_of(autumn.session, make.person(roles=[Role.COORDINATOR]))
    for who in (viewer(autumn, "B"), stranger):
        with pytest.raises(NotAllowed):
            put(autumn, who, "A", THIRD)


def cede(autumn: Season, name: str, day: dt.date) -> int:
    session = autumn.session
    session.rollback()
    delivery = session.scalars(select(Delivery.id).where(Delivery.date == day)).one()
    with db.transaction() as own:
        return exchange.offer_basket(own, Actor.of(autumn.persons[name]), delivery).id


def test_a_basket_is_skipped_or_given_away_not_both(autumn: Season, admin: Viewer) -> None:
    cede(autumn, "A", THIRD)
    with pytest.raises(BasketCeded, match="18/10/2019"):
        put(autumn, viewer(autumn, "A"), "A", THIRD)
    with pytest.raises(BasketCeded):
        put(autumn, admin, "A", THIRD)

    with pytest.raises(refusals.JokerSet):
        cede(autumn, "D", FOURTH)


# ----- The screen


def page_of(autumn: Season, name: str) -> str:
    return f"/contrats-signes/{autumn.signed[name].id}/livraisons"


def test_a_member_sets_and_removes_a_joker_on_the_screen(
    autumn: Season, browse: BrowserFactory
) -> None:
    browser = browse(autumn.persons["A"])
    page = browser.visit(page_of(autumn, "A"))
    assert "jusqu’au lundi 14 octobre 2019" in page.text
    buttons = [one.text for one in page.select("main .actions button")]
    assert sum("Poser un joker" in one for one in buttons) == 3

    here = f"{page_of(autumn, 'A')}/{autumn.dates[THIRD]}/joker"
    assert submit(browser, here).status_code == 303
    page = browser.visit(page_of(autumn, "A"))
    assert "Tous vos jokers sont posés" in page.text
    assert [one.text.split("–")[0].strip() for one in page.select("main .actions button")] == [
        "Retirer le joker"
    ]
    assert submit(browser, f"{here}/retirer").status_code == 303

    assert skipped(autumn, "A") == []


def test_a_refusal_is_told_on_the_page_and_changes_nothing(
    autumn: Season, browse: BrowserFactory
) -> None:
    browser = browse(autumn.persons["D"])

    submit(browser, f"{page_of(autumn, 'D')}/{autumn.dates[THIRD]}/joker", en_plus="1")

    assert "retirez d’abord celui qui est posé" in browser.visit(page_of(autumn, "D")).text
    assert skipped(autumn, "D") == [FOURTH]


def test_the_screen_takes_few_statements(
    autumn: Season, make: Make, browse: BrowserFactory
) -> None:
    treasurer = browse(make.person(roles=[Role.TREASURER]))
    anna = browse(autumn.persons["A"])
    for browser in (treasurer, anna):
        browser.visit(page_of(autumn, "A"))
        for path in (f"{page_of(autumn, 'A')}/{autumn.dates[THIRD]}/decaler", page_of(autumn, "A")):
            with counted(browser.client.application) as said:
                page = browser.visit(path)
            assert len(said) <= MOST_STATEMENTS, said
        assert len(page.select("main .actions button")) == 3
    assert "à tout moment" in treasurer.visit(page_of(autumn, "A")).text
    assert browse(autumn.persons["B"]).visit(page_of(autumn, "A"), status=403)


@pytest.mark.parametrize(
    "event", ["joker_set", "joker_removed", "joker_returned", "delivery_swapped",
              "delivery_swapped_back"],
)  # fmt: skip
def test_an_administrator_may_reword_what_is_told(session: Session, make: Make, event: str) -> None:
    subject, body = rendering.original(f"contracts/{event}")
    author = make.person(roles=[Role.ADMIN])

    with db.transaction() as own:
        wording.reword(own, f"contracts/{event}", subject, body, author.id, rendering.original)
    said = rendering.reworded(subject, body, wording.samples())

    assert "%%jour%%" in body
    assert "%%lien_livraisons%%" in body
    assert "%%" not in said.subject + said.text


# ----- Whatever members do, in whatever order


@pytest.mark.parametrize("seed", range(3))
def test_jokers_stay_within_their_rules_whatever_happens(
    autumn: Season, admin: Viewer, seed: int
) -> None:
    draw = Random(seed)
    offers: list[int] = []
    days = (SECOND, THIRD, FOURTH)
    for _turn in range(25):
        name, day = draw.choice("ABCD"), draw.choice(days)
        who = draw.choice([viewer(autumn, name), admin])
        act = draw.choice(["set", "remove", "cede", "take back", "over"])
        before = skipped(autumn, name)
        try:
            if act in ("set", "over"):
                put(autumn, who, name, day, over=act == "over")
            elif act == "remove":
                missing = take_back(autumn, who, name, day)
                assert missing == 0  # this contract asks for none
            elif act == "cede":
                offers.append(cede(autumn, name, day))
            elif offers:
                with db.transaction() as own:
                    exchange.cancel_offer(own, Actor(None, is_manager=True), offers.pop())
        except DomainError:
            assert skipped(autumn, name) == before
        after = skipped(autumn, name)
        assert len(after) <= 1 or after == before or (act == "over" and who is admin)
        book = autumn.book
        promised = {(one.subscription_id, one.date_id)
                    for one in promises(autumn.session, autumn.contract.id)}  # fmt: skip
        assert not promised & book.jokers.keys()
        assert {name: autumn.total(name) for name in "ABCD"} == {
            name: book.totals[one.id] for name, one in autumn.signed.items()
        }

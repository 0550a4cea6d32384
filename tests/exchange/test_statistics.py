"""Counts that say what the journal says."""

import datetime as dt
from io import BytesIO

import openpyxl
import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock as clocks
from amapress_py.accounts.models import Role
from amapress_py.exchange import services
from amapress_py.exchange.models import BasketOffer, OfferEvent
from amapress_py.exchange.queries.statistics import Figures, statistics
from amapress_py.exchange.rules import OfferState, Step
from amapress_py.exchange.statistics_admin import season
from amapress_py.exchange.steps import Actor
from tests.conftest import BrowserFactory
from tests.factories import Make

pytestmark = pytest.mark.usefixtures("clock")
AGES = dt.date(2026, 1, 1), dt.date(2027, 12, 31)


def played(session: Session, make: Make, clock: time_machine.Traveller) -> None:
    """Offer five baskets: one taken, one lost, one cancelled, one asked for, one to come."""
    bruno = make.intermittent("Bruno")
    owners = [make.member(name) for name in ("Anna", "Béa", "Chloé")]
    offers = [make.offer(one) for one in owners]
    request = make.request(offers[0], bruno)
    services.accept_request(session, Actor.of(owners[0]), request.id)
    services.cancel_offer(session, Actor.of(owners[2]), offers[2].id)
    days = [make.thursday(6)]
    later = [make.person("Denis"), make.person("Élise")]
    contract = make.contract("Pain", dates=days)
    for one in later:
        make.subscription(one.household, contract)
    asked = make.offer(later[0])
    make.offer(later[1])
    make.request(asked, bruno)
    clock.move_to(offers[0].delivery.ends_at)
    services.close_past_offers(session, clocks.now())
    session.commit()


def test_each_basket_is_counted_where_it_ended(
    session: Session, make: Make, clock: time_machine.Traveller
) -> None:
    played(session, make, clock)

    found = statistics(session, *AGES)

    assert found.total == Figures(proposed=5, taken=1, lost=1, cancelled=1)
    assert (found.total.waiting, found.total.share) == (2, 50)
    assert [(month.month, one.proposed) for month, one in found.months] == [(11, 3), (1, 2)]
    assert dict(found.contracts) == {
        "Légumes": Figures(3, 1, 1, 1), "Pain": Figures(2),
    }  # fmt: skip
    bruno = next(one for one in found.persons if "Bruno" in one.name)
    assert (bruno.proposed, bruno.taken, bruno.cents) == (0, 1, 1000)
    assert statistics(session, dt.date(2020, 1, 1), dt.date(2020, 2, 1)).total == Figures()


def test_the_figures_are_those_of_the_journal(
    session: Session, make: Make, clock: time_machine.Traveller
) -> None:
    played(session, make, clock)
    total = statistics(session, *AGES).total

    events = session.execute(
        select(OfferEvent.offer_id, OfferEvent.step, OfferEvent.to_state).order_by(OfferEvent.id)
    ).all()
    offered = {one.offer_id for one in events if one.step in {Step.OFFER, Step.ASSIGN}}
    last = {one.offer_id: one for one in events}
    closed = {key for key, one in last.items() if one.to_state == OfferState.CLOSED}
    taken = {one.offer_id for one in events if one.to_state == OfferState.EXCHANGED}
    assert total.proposed == len(offered) == len(session.scalars(select(BasketOffer)).all())
    assert total.cancelled == sum(one.to_state == OfferState.CANCELLED for one in last.values())
    assert total.taken == len(closed & taken)
    assert total.lost == len(closed - taken)


def test_the_screen_and_the_workbook_agree(
    session: Session, make: Make, browse: BrowserFactory, clock: time_machine.Traveller
) -> None:
    played(session, make, clock)
    manager = browse(make.person(roles=[Role.INTERMITTENT_MANAGER]))

    page = manager.visit("/admin/paniers/statistiques")
    answer = manager.client.get("/admin/paniers/statistiques/tableur")

    cells = [one.get_text() for one in page.select("table")[0].select("tr")[-1].select("td")]
    assert cells == ["5", "1", "1", "1"]
    assert len(page.select("svg rect.taken")) == 2
    book = openpyxl.load_workbook(BytesIO(answer.data))
    assert book.sheetnames == ["Par mois", "Par contrat", "Par personne"]
    assert [cell.value for cell in book["Par mois"][2]] == ["novembre 2026", 3, 1, 1, 1]
    assert book["Par mois"]["B4"].value == "=SUM(B2:B3)"
    assert manager.visit("/admin/paniers/statistiques?du=hier&au=2020-01-01") is not None


def test_a_season_starts_in_september() -> None:
    assert season(dt.date(2026, 8, 31)) == (dt.date(2025, 9, 1), dt.date(2026, 8, 31))
    assert season(dt.date(2026, 9, 1)) == (dt.date(2026, 9, 1), dt.date(2027, 8, 31))

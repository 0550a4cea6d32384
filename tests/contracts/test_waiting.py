"""A contract is full: who waits, who is told, who gets the last place."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Person
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import (
    jobs,
    own_queries,
    own_signing,
    queries,
    rules,
    signing,
    signing_rules,
    waiting,
)
from amapress_py.contracts.models import (
    Contract,
    ContractKind,
    Producer,
    Subscription,
    SubscriptionLine,
    WaitingEntry,
)
from amapress_py.contracts.signing_rules import Full, Order
from amapress_py.errors import DomainError, NotAllowed
from amapress_py.mail import outbox
from tests.back_office import submit, viewer_of
from tests.conftest import BrowserFactory
from tests.factories import Make

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def contract(session: Session, make: Make, farm: Producer) -> Contract:
    """Return a contract for two households, signed by one."""
    made = make.contract(
        products={"Petit": 1000, "Grand": 1800},
        dates=[make.thursday(), make.thursday(1)],
        producer=farm,
    )
    made.most_signed = 2
    session.commit()
    make.subscription(make.person("Alix").household, made)
    return made


def order(session: Session, contract: Contract, quantity: int = 1, number: int = 0) -> Order:
    """Return an order for one product, from a page that was just read."""
    cells = queries.grid_cells(session, contract.id)
    return Order(
        contract.places[0].id,
        {contract.products[number].id: quantity},
        digest=own_queries.digest(contract, cells),
    )


def sign(session: Session, contract: Contract, person: Person, **changes: int) -> Subscription:
    wanted = order(session, contract, **changes)
    with db.transaction() as own:
        return own_signing.sign(own, viewer_of(own, person), contract.id, wanted)


def wait(session: Session, contract: Contract, person: Person, product: int | None = None) -> None:
    with db.transaction() as own:
        waiting.join(own, viewer_of(own, person), contract.id, product)


def told(session: Session) -> list[str | None]:
    """Return who was told of a free place, in order."""
    session.rollback()
    return [
        one.to_address for one in outbox.pending(session) if one.event == "contracts/place_free"
    ]


def test_a_full_contract_has_a_waiting_list(
    session: Session, make: Make, browse: BrowserFactory, contract: Contract
) -> None:
    bea, carl, dora = (make.person(name) for name in ("Béa", "Carl", "Dora"))
    page = browse(carl).visit(f"/contrats/{contract.id}")
    assert page.find("a", string="Signer ce contrat")
    with pytest.raises(waiting.NothingToWaitFor):
        wait(session, contract, carl)
    kept = sign(session, contract, bea)

    page = browse(carl).visit(f"/contrats/{contract.id}")
    assert "ses 2 places sont prises" in page.text
    assert not page.find("a", string="Signer ce contrat")
    browse(carl).post(f"/contrats/{contract.id}/attendre")
    with pytest.raises(waiting.AlreadyWaiting):
        wait(session, contract, carl)
    with pytest.raises(rules.AlreadySigned):
        wait(session, contract, bea)
    wait(session, contract, dora)
    assert "1 foyer attend avant vous" in browse(dora).visit(f"/contrats/{contract.id}").text
    with db.transaction() as own:
        own_signing.delete(own, viewer_of(own, bea), contract.id, kept.version)

    assert told(session) == [carl.email]
    with pytest.raises(Full, match="gardée"):
        sign(session, contract, dora)
    assert "Une place est libre pour vous" in browse(carl).visit(f"/contrats/{contract.id}").text
    sign(session, contract, carl)
    assert session.scalars(select(WaitingEntry.household_id)).all() == [dora.household_id]
    assert told(session) == [carl.email]


def test_a_place_that_nobody_takes_goes_to_the_next(
    app: Flask, session: Session, make: Make, browse: BrowserFactory,
    clock: time_machine.Traveller, contract: Contract,
) -> None:  # fmt: skip
    contract.deadline = make.thursday(1)
    contract.most_signed = 1
    session.commit()
    carl, dora, emma = (make.person(name) for name in ("Carl", "Dora", "Emma"))
    for person in (carl, dora, emma):
        wait(session, contract, person)
    contract.most_signed = 2
    session.commit()

    jobs.tell_waiting(app)
    jobs.tell_waiting(app)
    assert told(session) == [carl.email]
    clock.shift(dt.timedelta(days=signing_rules.PRIORITY_DAYS, minutes=1))
    jobs.tell_waiting(app)
    assert told(session) == [carl.email, dora.email]
    with db.transaction() as own:
        waiting.leave(own, viewer_of(own, dora), contract.id)

    assert told(session) == [carl.email, dora.email, emma.email]
    sign(session, contract, emma)

    page = browse(carl).visit(f"/contrats/{contract.id}")  # his turn has passed
    assert "ses 2 places sont prises" in page.text
    assert "Une place est libre pour vous" not in page.text
    browse(carl).post(f"/contrats/{contract.id}/attendre")
    assert "Votre foyer est sur la liste d’attente" in browse(carl).visit(
        f"/contrats/{contract.id}"
    ).text.replace("\N{NO-BREAK SPACE}", " ")
    session.rollback()
    entry = session.scalars(select(WaitingEntry)).one()
    assert (entry.household_id, entry.told_at) == (carl.household_id, None)


def test_a_product_has_a_limit_on_each_date(
    session: Session, make: Make, browse: BrowserFactory, contract: Contract
) -> None:
    contract.most_signed, contract.products[0].most_a_date = None, 3
    session.commit()
    bea, carl = make.person("Béa"), make.person("Carl")
    with pytest.raises(Full, match="il en reste 2"):
        sign(session, contract, bea, quantity=3)
    sign(session, contract, bea, quantity=2)
    form, path = browse(carl), f"/contrats/{contract.id}"
    page = form.visit(f"{path}/signer")
    data = {str(one["name"]): str(one.get("value", "")) for one in page.select(".signing input")}
    data |= {f"quantity_{contract.products[0].id}": "1", "etape": "resumer"}

    refused = form.client.post(f"/contrats/{contract.id}/signer", data=data)
    assert refused.status_code == 409
    assert "M’inscrire sur la liste d’attente" in refused.text
    form.post(f"/contrats/{contract.id}/attendre", {"produit": contract.products[0].id})
    assert "Vous attendez « Petit »" in form.visit(path).text.replace("\N{NO-BREAK SPACE}", " ")
    sign(session, contract, carl, number=1)
    assert "Vous attendez « Petit »" in form.visit(path).text.replace("\N{NO-BREAK SPACE}", " ")
    alix = session.scalars(select(Subscription.id).order_by(Subscription.id)).first()
    assert alix is not None
    with db.transaction() as own:
        signing.remove(
            own,
            viewer_of(own, bea),
            own.get_one(Contract, contract.id),
            own.get_one(Subscription, alix),
        )

    assert told(session) == [carl.email]
    (mail,) = (one for one in outbox.pending(session) if one.event == "contracts/place_free")
    assert "il y en a de nouveau" in mail.subject
    assert "Petit" in mail.subject


def test_the_office_is_warned_and_may_pass(
    session: Session, make: Make, browse: BrowserFactory, referent: Viewer, contract: Contract
) -> None:
    contract.most_signed = 1
    session.commit()
    household = make.person("Béa").household_id
    path = f"/admin/contrats/{contract.id}/signes/nouveau/{household}"
    browser = browse(session.get_one(Person, referent.person_id))
    first, last = (one.date for one in contract.dates)
    typed = {"place_id": contract.places[0].id, "starts_on": first, "ends_on": last}
    typed[f"quantity_{contract.products[0].id}"] = 1

    warned = submit(browser, path, **typed)
    assert warned.status_code == 422
    assert "cochez la case" in warned.text
    assert 'name="anyway"' in warned.text
    assert submit(browser, path, **typed, anyway="y").status_code == 303

    assert len(session.scalars(select(Subscription.id)).all()) == 2


def test_a_referent_sees_who_waits_in_order_and_takes_off(
    session: Session, make: Make, browse: BrowserFactory, referent: Viewer, contract: Contract
) -> None:
    contract.most_signed = 1
    session.commit()
    carl, dora = make.person("Carl"), make.person("Dora")
    for person in (carl, dora):
        wait(session, contract, person)
    browser = browse(session.get_one(Person, referent.person_id))

    page = browser.visit(f"/admin/contrats/{contract.id}/liste-d-attente")
    assert [row.select_one("td").text for row in page.select("tbody tr")] == [  # type: ignore[union-attr]
        carl.name,
        dora.name,
    ]
    first = session.scalars(select(WaitingEntry.id).order_by(WaitingEntry.id)).first()
    assert submit(browser, f"/admin/liste-d-attente/{first}/retirer").status_code == 303
    assert session.scalars(select(WaitingEntry.household_id)).all() == [dora.household_id]
    stranger = make.person()
    last = session.scalars(select(WaitingEntry.id)).one()
    with pytest.raises(NotAllowed), db.transaction() as own:
        waiting.remove(own, viewer_of(own, stranger), last)


@pytest.mark.parametrize("limit", ["places", "product"])
def test_two_for_the_last_place_at_once_are_one(
    app: Flask, session: Session, make: Make, contract: Contract, limit: str
) -> None:
    contract.kind = ContractKind.SUBSCRIPTION
    contract.most_signed = 2 if limit == "places" else None
    contract.products[0].most_a_date = None if limit == "places" else 2
    session.commit()
    viewers = [viewer_of(session, make.person(name)) for name in ("Béa", "Carl")]
    wanted, key, start = order(session, contract), contract.id, Barrier(2)
    session.rollback()

    def attempt(viewer: Viewer) -> type[DomainError] | None:
        def act() -> None:
            with db.transaction() as own:
                own_signing.sign(own, viewer, key, wanted)

        with app.app_context():
            start.wait()
            try:
                db.retried(act)
            except DomainError as refusal:
                return type(refusal)
            return None

    with ThreadPoolExecutor(2) as pool:
        refused = list(pool.map(attempt, viewers))

    assert sorted(map(str, refused)) == sorted(map(str, [None, Full]))
    assert len(session.scalars(select(Subscription.id)).all()) == 2
    assert len(session.scalars(select(SubscriptionLine.quantity)).all()) == 4


def test_after_the_last_day_nobody_waits_and_nobody_is_told(
    session: Session, make: Make, clock: time_machine.Traveller, contract: Contract
) -> None:
    contract.most_signed, contract.deadline = 1, dt.date(2026, 11, 24)
    session.commit()
    carl, dora = make.person("Carl"), make.person("Dora")
    wait(session, contract, carl)
    clock.move_to("2026-11-25T00:00:00+01:00")

    with pytest.raises(waiting.TooLateToWait):
        wait(session, contract, dora)
    contract.most_signed = 2
    session.commit()
    with db.transaction() as own:
        waiting.tell_all(own)

    assert told(session) == []

"""A household signs, changes and deletes its contract on the site."""

import datetime as dt

import pytest
import time_machine
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import db, settings
from amapress_py.accounts.models import Person, Role
from amapress_py.contracts.models import (
    Bar,
    Contract,
    ContractKind,
    ContractState,
    Joker,
    Subscription,
    SubscriptionLine,
)
from amapress_py.contracts.operations import AddDates
from amapress_py.mail import outbox
from amapress_py.membership.models import Membership, MembershipPeriod
from amapress_py.membership.rules import MembershipState
from tests.back_office import MOST_STATEMENTS, counted, viewer_of
from tests.conftest import Browser, BrowserFactory
from tests.contracts.october import EIGHT, TWELVE
from tests.contracts.season import Season
from tests.factories import Make

Fields = dict[str, str | list[str]]
NBSP = "\N{NO-BREAK SPACE}"
pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def anna(make: Make) -> Person:
    return make.person("Anna")


@pytest.fixture
def contract(make: Make) -> Contract:
    """Return vegetables on three Thursdays from next week on."""
    weeks = [make.thursday(week) for week in range(3)]
    return make.contract(products={"Petit": 1000, "Grand": 1800}, dates=weeks)


def quantity(contract: Contract, number: int, day: int | None = None) -> str:
    """Return the name of a field: of a product, or of a product on a date."""
    product = contract.products[number].id
    return f"quantity_{product}" if day is None else f"quantity_{contract.dates[day].id}_{product}"


def fields(page: BeautifulSoup) -> Fields:
    """Return what the form of a page would send."""
    found: Fields = {}
    for one in page.select("form.signing [name]"):
        if one.name == "button" or (one.get("type") == "checkbox" and not one.has_attr("checked")):
            continue
        chosen = one.select_one("option[selected]") if one.name == "select" else one
        value = str(chosen.get("value", "")) if chosen else ""
        if one["name"] == "jokers":
            found.setdefault("jokers", []).append(value)  # type: ignore[union-attr]
        else:
            found[str(one["name"])] = value
    return found


class Signing:
    """A browser on the form of a contract."""

    def __init__(self, browser: Browser, contract: Contract) -> None:
        self.browser = browser
        self.path = f"/contrats/{contract.id}"
        self.shown = fields(browser.visit(f"{self.path}/signer"))

    def send(self, step: str, **typed: object) -> tuple[int, BeautifulSoup]:
        """Press a button; return status and page."""
        data = {**self.shown, **typed, "etape": step}
        answer = self.browser.client.post(f"{self.path}/signer", data=data)
        db.session().rollback()
        db.session().expire_all()
        return answer.status_code, BeautifulSoup(answer.data, "html.parser")

    def sign(self, **typed: object) -> int:
        """Read the summary, then sign; return the last status."""
        status, page = self.send("resumer", **typed)
        assert status == 200, page.select_one("#form-errors")
        self.shown = fields(page)
        return self.send("signer")[0]


def lines(session: Session) -> dict[tuple[dt.date, str], int]:
    """Return date, product and quantity of what is signed."""
    session.rollback()
    session.expire_all()
    names = {one.id: one for one in session.scalars(select(Contract)).one().products}
    days = {one.id: one.date for one in session.scalars(select(Contract)).one().dates}
    return {
        (days[one.contract_date_id], names[one.contract_product_id].product.name): one.quantity
        for one in session.scalars(select(SubscriptionLine))
    }


def told(session: Session) -> list[tuple[str, str]]:
    """Return event and address of the mails that wait."""
    return [(one.event, one.to_address) for one in outbox.pending(session)]


def text(page: BeautifulSoup, selector: str = "main") -> str:
    found = page.select_one(selector)
    assert found is not None
    return " ".join(found.get_text(" ").split())


def test_a_member_signs_reads_prints_changes_and_deletes(
    session: Session, make: Make, browse: BrowserFactory, anna: Person, contract: Contract
) -> None:
    paul = make.person("Paul", household=anna.household)
    browser = browse(anna)
    offered = browser.visit(f"/contrats/{contract.id}")
    assert offered.find("a", string="Signer ce contrat")
    form = Signing(browser, contract)

    status, page = form.send("calculer", **{quantity(contract, 0): "2"})
    assert (status, text(page, "output")) == (200, f"60,00{NBSP}€".replace(NBSP, " "))
    assert form.sign(**{quantity(contract, 0): "2"}) == 303

    days = [one.date for one in contract.dates]
    assert lines(session) == {(day, "Petit"): 2 for day in days}
    everybody = {("contracts/signed", anna.email), ("contracts/signed", paul.email)}
    assert set(told(session)) == everybody
    mail = outbox.pending(session)[0]
    for part in (mail.text, mail.html):
        assert "2\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}Petit, 3 livraisons" in part
        assert f"60,00{NBSP}€" in part
    signed = browser.visit(f"/contrats/{contract.id}")
    assert "60,00 €" in text(signed)
    printed = text(browser.visit(f"/contrats/{contract.id}/imprimer"), "body")
    assert anna.name in printed
    assert paul.name in printed
    assert paul.phone in printed

    assert Signing(browse(paul), contract).sign(**{quantity(contract, 1): "1"}) == 303
    assert lines(session) == {(day, p): n for day in days for p, n in (("Petit", 2), ("Grand", 1))}
    version = session.scalars(select(Subscription.version)).one()
    browser.visit(f"/contrats/{contract.id}/supprimer")
    browser.post(f"/contrats/{contract.id}/supprimer", {"version": version})
    session.rollback()

    assert session.scalars(select(Subscription.id)).all() == []
    assert {event for event, _to in told(session)} == {
        "contracts/signed",
        "contracts/signed_changed",
        "contracts/signed_deleted",
    }


@pytest.fixture
def twelve(session: Session, make: Make) -> Contract:
    """Return the contract of twelve products, with the cells that its rules cross out."""
    prices = {item.name: 1000 if item.name.startswith("Petit") else 1800 for item in TWELVE}
    contract = make.contract(products=prices, dates=EIGHT)
    contract.deadline = EIGHT[0] - dt.timedelta(days=1)
    session.add_all(
        Bar(contract_date_id=date.id, contract_product_id=product.id)
        for date in contract.dates
        for product, item in zip(contract.products, TWELVE, strict=True)
        if not item.fits(date.date)
    )
    session.commit()
    return contract


def test_x_y_and_z_sign_the_twelve_products(
    session: Session, make: Make, browse: BrowserFactory, clock: time_machine.Traveller,
    twelve: Contract,
) -> None:  # fmt: skip
    clock.move_to("2019-09-15T10:00:00+02:00")
    wanted = {"X": ([1], "40,00 €"), "Y": ([8], "36,00 €"), "Z": ([5, 11], "40,00 €")}

    for name, (numbers, total) in wanted.items():
        browser = browse(make.person(name))
        typed = {quantity(twelve, number - 1): "1" for number in numbers}
        status, page = Signing(browser, twelve).send("resumer", **typed)
        assert (status, text(page, ".summed-up .signing-total strong")) == (200, total)
        assert Signing(browser, twelve).sign(**typed) == 303
        assert text(browser.visit(f"/contrats/{twelve.id}"), ".signing-total strong") == total

    days = {
        name: sorted(
            {
                one.contract_date_id
                for one in session.scalars(
                    select(SubscriptionLine)
                    .join(Subscription)
                    .join(Person, Person.household_id == Subscription.household_id)
                    .where(Person.first_name == name)
                )
            }
        )
        for name in "YZ"
    }
    by_day = {one.date.day: one.id for one in twelve.dates}
    assert days["Y"] == [by_day[4], by_day[18]]
    assert days["Z"] == [by_day[1], by_day[11], by_day[15], by_day[25]]


def test_nothing_at_all_and_nonsense_are_refused_and_stay_typed(
    session: Session, browse: BrowserFactory, anna: Person, contract: Contract
) -> None:
    form = Signing(browse(anna), contract)

    status, page = form.send("resumer")
    assert (status, "au moins une quantité" in text(page, "#form-errors")) == (422, True)
    for wrong in ("deux", "-1", "100", "1,5", "²"):
        status, page = form.send("signer", **{quantity(contract, 0): wrong})
        field = page.find("input", {"name": quantity(contract, 0)})
        assert (status, field["value"]) == (422, wrong)  # type: ignore[index]

    assert session.scalars(select(Subscription.id)).all() == []
    assert told(session) == []


def test_the_deadline_ends_with_its_day_in_paris(
    session: Session, browse: BrowserFactory, clock: time_machine.Traveller, anna: Person,
    contract: Contract,
) -> None:  # fmt: skip
    contract.deadline = dt.date(2026, 11, 24)
    session.commit()
    form = Signing(browse(anna), contract)
    clock.move_to("2026-11-24T23:59:59+01:00")
    assert form.sign(**{quantity(contract, 0): "1"}) == 303
    change = Signing(browse(anna), contract)
    clock.move_to("2026-11-25T00:00:00+01:00")

    status, page = change.send("signer", **{quantity(contract, 0): "3"})

    assert (status, "ne se modifie plus depuis le mardi 24 novembre" in text(page)) == (409, True)
    assert set(lines(session).values()) == {1}
    page = browse(anna).visit(f"/contrats/{contract.id}")
    assert not page.find("a", string="Modifier")
    browse(anna).post(f"/contrats/{contract.id}/supprimer", {"version": 1})
    session.rollback()
    assert session.scalars(select(Subscription.id)).all() != []


def test_an_old_tab_or_a_second_click_changes_nothing_and_says_why(
    session: Session, browse: BrowserFactory, anna: Person, contract: Contract
) -> None:
    browser = browse(anna)
    old = Signing(browser, contract)
    assert Signing(browser, contract).sign(**{quantity(contract, 0): "1"}) == 303

    status, _page = old.send("signer", **{quantity(contract, 0): "5"})  # another tab
    assert status == 303
    assert "déjà signé ce contrat" in browser.visit(f"/contrats/{contract.id}").text
    stale = Signing(browser, contract)
    assert Signing(browser, contract).sign(**{quantity(contract, 0): "2"}) == 303
    status, page = stale.send("signer", **{quantity(contract, 0): "5"})

    assert (status, "quelqu’un a fait une modification" in text(page)) == (409, True)
    assert set(lines(session).values()) == {2}
    assert len(told(session)) == 2


def test_what_changed_in_the_contract_is_shown_before_it_is_signed(
    session: Session, browse: BrowserFactory, anna: Person, contract: Contract
) -> None:
    form = Signing(browse(anna), contract)
    contract.products[0].prices[0].cents = 1100
    session.commit()

    status, page = form.send("signer", **{quantity(contract, 0): "1"})

    assert (status, "le contrat a changé" in text(page)) == (409, True)
    assert text(page, "output") == "33,00 €"
    assert session.scalars(select(Subscription.id)).all() == []
    form.shown = fields(page)
    assert form.sign() == 303


def test_only_an_open_contract_is_seen_and_signed(
    session: Session, make: Make, browse: BrowserFactory, anna: Person, contract: Contract
) -> None:
    form = Signing(browse(anna), contract)
    contract.state = ContractState.DRAFT
    session.commit()

    browse(anna).visit(f"/contrats/{contract.id}", status=404)
    assert form.send("signer", **{quantity(contract, 0): "1"})[0] == 404

    contract.state = ContractState.ARCHIVED
    make.subscription(anna.household, contract)
    page = browse(anna).visit(f"/contrats/{contract.id}")
    assert not page.find("a", string="Modifier")
    browse(make.person()).visit(f"/contrats/{contract.id}", status=404)


def test_without_a_deadline_the_eve_of_the_first_delivery_is_the_last_day(
    browse: BrowserFactory, clock: time_machine.Traveller, anna: Person, contract: Contract
) -> None:
    clock.move_to("2026-12-02T12:00:00+01:00")  # Wednesday: the first Thursday is over

    page = browse(anna).visit(f"/contrats/{contract.id}")

    assert "closes depuis le mercredi 25 novembre 2026" in text(page)


def test_a_date_that_is_all_crossed_out_is_no_first_delivery(
    session: Session, browse: BrowserFactory, clock: time_machine.Traveller, anna: Person,
    contract: Contract,
) -> None:  # fmt: skip
    session.add_all(
        Bar(contract_date_id=contract.dates[0].id, contract_product_id=one.id)
        for one in contract.products
    )
    session.commit()
    clock.move_to("2026-12-02T12:00:00+01:00")  # the eve of the second date

    assert "2 livraisons" in text(browse(anna).visit(f"/contrats/{contract.id}"))
    assert Signing(browse(anna), contract).sign(**{quantity(contract, 0): "1"}) == 303

    assert len(lines(session)) == 2


def test_who_signs_late_begins_with_what_is_still_to_come(
    session: Session, browse: BrowserFactory, clock: time_machine.Traveller, anna: Person,
    contract: Contract,
) -> None:  # fmt: skip
    contract.deadline = contract.dates[-1].date
    session.commit()
    clock.move_to("2026-12-02T12:00:00+01:00")
    form = Signing(browse(anna), contract)

    _status, page = form.send("resumer", **{quantity(contract, 1): "1"})
    assert "36,00 €" in text(page, ".summed-up")
    assert form.sign(**{quantity(contract, 1): "1"}) == 303

    coming = [one.date for one in contract.dates][1:]
    assert lines(session) == dict.fromkeys(((day, "Grand") for day in coming), 1)
    assert session.scalars(select(Subscription)).one().starts_on == coming[0]


def test_a_prepaid_card_rolls_date_by_date(
    session: Session, make: Make, browse: BrowserFactory, clock: time_machine.Traveller,
    anna: Person,
) -> None:  # fmt: skip
    saturdays = [dt.date(2026, 11, 28) + dt.timedelta(weeks=week) for week in range(3)]
    contract = make.contract(products={"Pain": 400}, dates=saturdays)
    contract.kind, contract.lock_days = ContractKind.PREPAID, 2
    session.commit()
    first, second, _third = (quantity(contract, 0, day) for day in range(3))
    assert Signing(browse(anna), contract).sign(**{first: "1", second: "1"}) == 303
    clock.move_to("2026-11-25T23:59:59+01:00")  # Wednesday: two full days before
    form = Signing(browse(anna), contract)
    assert form.sign(**{first: "2"}) == 303
    late = Signing(browse(anna), contract)
    clock.move_to("2026-11-26T00:00:00+01:00")

    status, page = late.send("signer", **{first: "3"})
    assert (status, "28/11/2026 est trop proche" in text(page)) == (422, True)
    form = Signing(browse(anna), contract)
    assert first not in form.shown
    assert form.sign(**{second: ""}) == 303

    assert lines(session) == {(saturdays[0], "Pain"): 2}
    page = browse(anna).visit(f"/contrats/{contract.id}")
    assert "2 prises, dont 0 livrées" in text(page)


def test_what_was_delivered_is_not_deleted_by_a_click(
    session: Session, browse: BrowserFactory, clock: time_machine.Traveller, anna: Person,
    contract: Contract,
) -> None:  # fmt: skip
    contract.deadline = contract.dates[-1].date
    session.commit()
    assert Signing(browse(anna), contract).sign(**{quantity(contract, 0): "1"}) == 303
    clock.move_to("2026-11-26T08:00:00+01:00")  # the day of the first delivery

    browser = browse(anna)
    page = browser.post(f"/contrats/{contract.id}/supprimer", {"version": 1})
    assert "livraison du 26/11/2026 est passée, ou trop proche" in " ".join(page.text.split())
    assert Signing(browser, contract).sign(**{quantity(contract, 0): "3"}) == 303

    first, *later = (one.date for one in contract.dates)
    assert lines(session) == {(first, "Petit"): 1, **{(day, "Petit"): 3 for day in later}}
    assert "70,00 €" in text(browser.visit(f"/contrats/{contract.id}"))


def test_a_prepaid_card_for_one_delivery_is_refused(
    session: Session, make: Make, browse: BrowserFactory, anna: Person
) -> None:
    contract = make.contract()
    contract.kind = ContractKind.PREPAID
    session.commit()

    page = browse(anna).visit(f"/contrats/{contract.id}")

    assert "sert à plusieurs livraisons" in text(page)
    assert not page.find("a", string="Signer ce contrat")


def test_a_provision_account_is_signed_without_quantities(
    session: Session, browse: BrowserFactory, anna: Person, contract: Contract
) -> None:
    contract.kind = ContractKind.PROVISION
    session.commit()

    assert Signing(browse(anna), contract).sign() == 303

    assert session.scalars(select(Subscription.household_id)).all() == [anna.household_id]
    assert lines(session) == {}


def test_each_date_has_its_quantities_and_one_button_fills_them(
    session: Session, browse: BrowserFactory, anna: Person, contract: Contract
) -> None:
    contract.kind = ContractKind.PER_DATE
    session.add(
        Bar(contract_date_id=contract.dates[2].id, contract_product_id=contract.products[0].id)
    )
    session.commit()
    form = Signing(browse(anna), contract)

    status, page = form.send("remplir", **{f"partout_{contract.products[0].id}": "2"})
    assert (status, text(page, "output")) == (200, "40,00 €")
    form.shown = fields(page)
    assert quantity(contract, 0, 2) not in form.shown
    assert form.sign(**{quantity(contract, 1, 2): "1", quantity(contract, 0, 0): ""}) == 303

    _first, second, third = (one.date for one in contract.dates)
    assert lines(session) == {(second, "Petit"): 2, (third, "Grand"): 1}
    form = Signing(browse(anna), contract)
    assert form.sign(**{quantity(contract, 0, 2): "1"}) == 303  # a cell that no form has
    assert (third, "Petit") not in lines(session)


def test_fixed_jokers_are_chosen_with_the_contract(
    session: Session, browse: BrowserFactory, anna: Person, contract: Contract
) -> None:
    contract.joker_min, contract.joker_max = 1, 2
    session.commit()
    form = Signing(browse(anna), contract)
    days = [one.id for one in contract.dates]

    status, page = form.send("resumer", **{quantity(contract, 0): "1"})
    assert (status, "au moins 1 date" in text(page, "#form-errors")) == (422, True)
    status, page = form.send("resumer", **{quantity(contract, 0): "1", "jokers": days})
    assert (status, "2 jokers au plus" in text(page, "#form-errors")) == (422, True)
    status, page = form.send("calculer", **{quantity(contract, 0): "1", "jokers": days[:1]})
    assert text(page, "output") == "20,00 €"
    assert form.sign(**{quantity(contract, 0): "1", "jokers": days[:1]}) == 303

    assert session.scalars(select(Joker.contract_date_id)).all() == days[:1]
    assert len(lines(session)) == 3
    assert "20,00 €" in text(browse(anna).visit(f"/contrats/{contract.id}"))


def test_the_amap_may_ask_for_a_membership_first(
    session: Session, browse: BrowserFactory, anna: Person, contract: Contract
) -> None:
    form = Signing(browse(anna), contract)
    with db.transaction() as current:
        settings.save(current, {"membership_to_sign": True})
        today = dt.date(2026, 11, 22)
        period = MembershipPeriod(name="2026", starts_on=today, ends_on=today)
        current.add(period)
        current.flush()
        key = period.id

    status, page = form.send("signer", **{quantity(contract, 0): "1"})
    assert (status, "Il faut avoir adhéré" in text(page)) == (409, True)
    assert "Il faut avoir adhéré" in text(browse(anna).visit(f"/contrats/{contract.id}"))
    session.add(
        Membership(
            period_id=key, household_id=anna.household_id, state=MembershipState.RECEIVED, cents=1
        )
    )
    session.commit()

    assert form.sign(**{quantity(contract, 0): "1"}) == 303


def test_a_ceded_basket_keeps_its_contract(
    session: Session, make: Make, browse: BrowserFactory, anna: Person, contract: Contract
) -> None:
    make.subscription(anna.household, contract, [2])
    make.offer(anna)
    form = Signing(browse(anna), contract)

    status, page = form.send("signer", **{quantity(contract, 0): "1"})
    assert (status, "proposé dans l’espace intermittents" in text(page)) == (409, True)
    browse(anna).post(f"/contrats/{contract.id}/supprimer", {"version": 1})
    session.rollback()

    assert set(lines(session).values()) == {2}


def test_what_others_do_for_a_household_is_told_to_it_alone(
    session: Session, make: Make, browse: BrowserFactory, anna: Person, contract: Contract
) -> None:
    boss = make.person("Rémi", roles=[Role.ADMIN])
    path = f"/admin/contrats/{contract.id}/signes/nouveau/{anna.household_id}"
    browser = browse(boss)
    data = fields(browser.visit(path)) | {quantity(contract, 0): "1"}

    browser.client.post(path, data=data)
    db.session().rollback()

    assert told(session) == [("contracts/signed", anna.email)]
    assert f"Enregistré pour vous par {boss.name}" in outbox.pending(session)[0].text


def test_pages_of_a_large_contract_take_few_statements(
    app: Flask, session: Session, make: Make, browse: BrowserFactory, anna: Person
) -> None:
    products = {f"Produit {number}": 100 * number for number in range(1, 13)}
    contract = make.contract(products=products, dates=[make.thursday(w) for w in range(50)])
    contract.kind = ContractKind.PER_DATE
    session.commit()
    browser = browse(anna)
    path = f"/contrats/{contract.id}"
    browser.visit(path)

    for page in (path, f"{path}/signer"):
        with counted(app) as said:
            browser.visit(page)
        assert len(said) <= MOST_STATEMENTS, (page, said)
    form = Signing(browser, contract)
    assert len([one for one in form.shown if one.startswith("quantity_")]) == 600
    assert form.sign(**{quantity(contract, 0, day): "1" for day in range(50)}) == 303
    for page in (path, f"{path}/signer", f"{path}/imprimer", f"{path}/supprimer"):
        with counted(app) as said:
            browser.visit(page)
        assert len(said) <= MOST_STATEMENTS, (page, said)
    session.get_one(Contract, contract.id).kind = ContractKind.SUBSCRIPTION
    session.commit()
    with counted(app) as said:
        browser.visit(f"{path}/signer")
    assert len(said) <= MOST_STATEMENTS, said


def test_a_contract_is_tried_out_in_any_state_and_nothing_is_kept(
    session: Session, make: Make, browse: BrowserFactory, contract: Contract
) -> None:
    contract.state = ContractState.DRAFT
    session.commit()
    browser = browse(make.person(roles=[Role.ADMIN]))
    path = f"/admin/contrats/{contract.id}/tester"
    data = fields(browser.visit(path)) | {quantity(contract, 0): "1"}

    for step, said in (("calculer", "30,00 €"), ("resumer", "rien n’est enregistré")):
        answer = browser.client.post(path, data={**data, "etape": step})
        assert answer.status_code == 200
        assert said in text(BeautifulSoup(answer.data, "html.parser"))
        assert 'value="signer"' not in answer.text
    assert browser.client.post(path, data={**data, "etape": "signer"}).status_code == 200
    session.rollback()

    assert session.scalars(select(Subscription.id)).all() == []


def test_all_who_share_a_basket_are_on_the_sheet(
    session: Session, make: Make, browse: BrowserFactory, anna: Person, contract: Contract
) -> None:
    paul = make.person("Paul", household=anna.household)
    assert Signing(browse(anna), contract).sign(**{quantity(contract, 0): "1"}) == 303
    boss = browse(make.person(roles=[Role.ADMIN]))

    sheet = boss.visit(f"/admin/contrats/{contract.id}/documents/adherents").text
    for person in (anna, paul):
        assert person.name in sheet
        assert person.phone in sheet.replace("\N{NO-BREAK SPACE}", " ")
    delivery = make.coming_delivery(anna)
    assert paul.name in boss.visit(f"/admin/distributions/{delivery.id}/emargement").text


def test_days_added_later_are_for_who_signed_to_the_end(
    session: Session, make: Make, browse: BrowserFactory, contract: Contract
) -> None:
    contract.kind = ContractKind.PER_DATE
    session.commit()
    anna, paul = make.person("Anna"), make.person("Paul")
    make.subscription(anna.household, contract)
    leaving = make.subscription(paul.household, contract)
    leaving.ends_on = contract.dates[1].date
    session.commit()
    admin = viewer_of(session, make.person(roles=[Role.ADMIN]))
    session.rollback()
    Season(session, contract, {}, {}, {}).apply(admin, AddDates([make.thursday(4)]))
    found = session.get_one(Contract, contract.id)
    session.refresh(found, ["dates"])
    new = quantity(found, 0, 3)

    form = Signing(browse(anna), found)

    assert form.sign(**{new: "2"}) == 303
    assert lines(session)[make.thursday(4), "Petit"] == 2
    assert new not in Signing(browse(paul), found).shown


def test_a_joker_that_would_come_too_late_is_not_offered(
    make: Make, browse: BrowserFactory, session: Session, anna: Person, contract: Contract
) -> None:
    contract.joker_min = contract.joker_max = 1
    contract.joker_is_free, contract.joker_delay_days = True, 5
    session.commit()

    page = browse(anna).visit(f"/contrats/{contract.id}/signer")

    offered = [int(str(one["value"])) for one in page.select("input[name=jokers]")]
    assert offered == [one.id for one in contract.dates[1:]]

"""The engagement of a household and its farmer: the AMAP's words, what was signed, two names."""

import datetime as dt
from io import BytesIO

import pytest
import time_machine
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import db, settings
from amapress_py.accounts.models import Person, Role, Scope
from amapress_py.contracts.models import Contract, ContractKind, Subscription
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make

FRIDAYS = [dt.date(2019, 10, day) for day in (4, 11, 18, 25)]


@pytest.fixture
def signed(make: Make, clock: time_machine.Traveller) -> Subscription:
    """Sign for D: a large basket, a joker on the 25th."""
    contract = make.contract("Légumes 2019", products={"PP": 1000, "GP": 1800}, dates=FRIDAYS)
    found = make.subscription(make.person("Denise").household, contract, [0, 1])
    make.joker(found, contract.dates[3])
    return found


@pytest.fixture
def referent(make: Make, signed: Subscription, browse: BrowserFactory) -> Browser:
    person = make.person("Renée")
    make.grant(person, Role.REFERENT, Scope.PRODUCER, signed.contract.producer_id)
    return browse(person)


def path(signed: Subscription, ending: str = "") -> str:
    return f"/admin/contrats-signes/{signed.id}/engagement{ending}"


def test_it_names_both_what_was_signed_and_what_it_costs(
    referent: Browser, signed: Subscription
) -> None:
    page = " ".join(referent.visit(path(signed)).select("main")[0].get_text(" ").split())

    assert "Denise" in page
    assert "3 livraisons" in page
    assert "54,00 €" in page
    assert "25/10/2019" in page.split("joker")[1]
    assert "Chèques à l’ordre" not in page  # nobody said to whose
    assert "Signature du producteur" in page
    assert "%%" not in page


def test_nobody_pays_nothing_for_what_is_ordered_later(
    referent: Browser, signed: Subscription, session: Session
) -> None:
    session.get_one(Contract, signed.contract_id).kind = ContractKind.PROVISION
    session.commit()

    page = referent.visit(path(signed)).select("main")[0].get_text(" ")

    assert "verse une provision" in page
    assert "0,00" not in page


def test_the_amaps_own_text_takes_the_place_of_ours(
    referent: Browser, signed: Subscription, session: Session
) -> None:
    contract = session.get_one(Contract, signed.contract_id)
    contract.payee = "Ferme des Noyers"
    session.commit()
    with db.transaction() as own:
        text = "Moi, %%amapien%%, je signe.\n\nÀ l’ordre de %%ordre%%.\n\n%%reglement%%"
        settings.save(own, {"engagement_text": text})

    page = referent.visit(path(signed))

    said = [one.get_text() for one in page.select("main p")]
    assert any(one.startswith("Moi, Denise") for one in said)
    assert "À l’ordre de Ferme des Noyers." in said
    assert "" not in said


def test_it_prints(referent: Browser, signed: Subscription) -> None:
    answer = referent.client.get(path(signed, ".pdf"))

    assert answer.status_code == 200
    assert BytesIO(answer.data).read(5) == b"%PDF-"


def test_an_unknown_placeholder_is_refused_with_its_name(
    make: Make, browse: BrowserFactory, session: Session
) -> None:
    admin = browse(make.person(roles=[Role.ADMIN]))
    page = admin.visit("/admin/reglages/")
    fields = {
        str(one["name"]): one.get("value") or one.get_text()
        for one in page.select("main form [name]")
        if one.get("type") != "checkbox"
    }

    answer = admin.client.post(
        "/admin/reglages/", data={**fields, "engagement_text": "Bonjour %%voisin%%"}
    )

    assert answer.status_code == 422
    assert "%%voisin%%" in answer.text
    assert settings.current().engagement_text == ""


def test_a_referent_of_another_farm_gets_nothing(
    make: Make, signed: Subscription, browse: BrowserFactory
) -> None:
    person = make.person()
    make.grant(person, Role.REFERENT, Scope.PRODUCER, make.contract("Pain").producer_id)

    assert browse(person).client.get(path(signed)).status_code == 403


def test_a_referent_gets_those_of_all_in_one_file(
    referent: Browser, signed: Subscription, make: Make
) -> None:
    for name in ("Zoé", "Éric"):
        make.subscription(make.person(name).household, signed.contract, [1, 1])
    here = f"/admin/contrats/{signed.contract_id}/documents"
    assert referent.visit(here).select_one(f"a[href='{here}/engagements.pdf']")

    answer = referent.client.get(f"{here}/engagements.pdf")

    pages = [page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages]
    assert len(pages) == 3
    assert ["Denise" in one for one in pages] == [True, False, False]
    assert all("1 / 1" in one for one in pages)
    assert ["54,00" in one for one in pages] == [True, False, False]


def test_a_household_gets_its_own_and_nobody_elses(
    signed: Subscription, make: Make, browse: BrowserFactory, session: Session
) -> None:
    household_id = session.get_one(Subscription, signed.id).household_id
    denise = session.scalars(select(Person).where(Person.household_id == household_id)).one()
    own = browse(denise)
    here = f"/contrats/{signed.contract_id}"
    assert own.visit(here).select_one(f"a[href='{here}/engagement.pdf']")

    answer = own.client.get(f"{here}/engagement.pdf")

    assert "54,00" in PdfReader(BytesIO(answer.data)).pages[0].extract_text()
    assert browse(make.person()).client.get(f"{here}/engagement.pdf").status_code == 404
    all_of_them = f"/admin/contrats/{signed.contract_id}/documents/engagements.pdf"
    assert own.client.get(all_of_them).status_code == 403

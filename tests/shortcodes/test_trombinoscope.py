from bs4 import Tag
from flask import Flask
from sqlalchemy.orm import Session

from amapress_py import clock as clocks
from amapress_py.accounts.models import Person, Role, Scope
from amapress_py.duty import roster
from amapress_py.duty import services as duty
from amapress_py.duty.models import DutySeat
from tests.back_office import MOST_STATEMENTS, counted
from tests.conftest import BrowserFactory
from tests.factories import Make
from tests.shortcodes.pages import prose, write


def told(page: Tag) -> str:
    return " ".join(page.get_text(" ").split())


def test_who_looks_after_what_is_told_to_connected_persons_alone(
    browse: BrowserFactory, make: Make
) -> None:
    contract = make.contract()
    remi = make.person("Rémi")
    make.grant(remi, Role.REFERENT, Scope.PRODUCER, contract.producer_id)
    make.grant(remi, Role.COORDINATOR, Scope.CONTRACT, contract.id)
    make.person("Thérèse", roles=[Role.TREASURER])
    gone = make.person("Gaston", roles=[Role.ADMIN])
    gone.is_active = False
    make.session.commit()
    write("[trombinoscope]")

    page = prose(browse(make.person()))

    assert [title.text for title in page.select("h2")] == [
        "Trésorerie", "Référents", "Coordination des contrats",
    ]  # fmt: skip
    assert f"{remi.name} {contract.producer.name}" in told(page)
    assert f"{remi.name} {contract.name}" in told(page)
    assert "Gaston" not in told(page)
    assert prose(browse()).text.strip() == ""


def test_telephones_are_for_members_and_the_collectif(browse: BrowserFactory, make: Make) -> None:
    contract = make.contract()
    irene = make.person("Irène", roles=[Role.INTERMITTENT_MANAGER])
    teresa = make.person("Thérèse", roles=[Role.TREASURER])
    paule = make.person("Paule")
    make.grant(paule, Role.PRODUCER, Scope.PRODUCER, contract.producer_id)
    anna = make.member("Anna", contract)
    write("[trombinoscope]")

    def reads(person: Person) -> list[str]:
        text = told(prose(browse(person)))
        assert anna.phone not in text
        assert (anna.email or "?") not in text
        return [
            one.first_name
            for one in (irene, teresa, paule)
            if one.phone in text and str(one.email) in text
        ]

    assert reads(make.person()) == []
    assert reads(make.intermittent()) == ["Irène"]
    assert reads(anna) == ["Irène", "Thérèse"]
    assert reads(teresa) == ["Irène", "Thérèse", "Paule"]


def test_duty_of_the_next_distributions_by_first_name_alone(
    browse: BrowserFactory, make: Make, session: Session, app: Flask
) -> None:
    contract = make.contract(dates=[make.thursday(week) for week in range(5)])
    anna = make.member("Anna", contract)
    boss = make.person("Thérèse", roles=[Role.TREASURER])
    season = roster.PeriodValues(
        "Hiver", clocks.today(), make.thursday(9), "Aide\nAide", 2, 0, True
    )
    period = roster.save_period(session, boss.id, None, season)
    roster.fill(session, boss.id, period)
    session.commit()
    duty.take(session, anna.id, session.query(DutySeat).order_by(DutySeat.id).first().id)  # type: ignore[union-attr]
    session.commit()
    write("[trombinoscope permanences=3 role='treasurer, referent']")
    browser = browse(make.member("Carole", contract))
    browser.visit("/essai")

    with counted(app) as said:
        page = prose(browser)

    lines = [told(line) for line in page.select(".deliveries li")]
    assert len(lines) == 3
    assert f"{anna.short_name}, place libre" in lines[0]
    assert anna.phone not in told(page)
    assert len(said) <= MOST_STATEMENTS

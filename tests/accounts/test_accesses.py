"""The journal of accesses: who read which list of persons, for a year, for administrators."""

import datetime as dt

import pytest
import time_machine
from flask import current_app
from sqlalchemy.orm import Session

from amapress_py.accounts import jobs
from amapress_py.accounts.models import AccessRecord, Role
from tests.conftest import BrowserFactory
from tests.factories import Make


def kept(session: Session) -> list[tuple[str, str]]:
    session.rollback()
    found = session.query(AccessRecord).order_by(AccessRecord.id)
    return [(one.what, one.about) for one in found]


def test_each_list_of_persons_that_is_read_or_taken_away_leaves_a_line(
    session: Session, make: Make, browse: BrowserFactory, clock: time_machine.Traveller
) -> None:
    contract = make.contract("Légumes")
    make.member("Anna", contract)
    boss = browse(make.person("Odile", roles=[Role.ADMIN]))

    boss.visit("/admin/adresses")  # no group is chosen: nobody is shown
    boss.visit("/admin/adresses?groupe=membres")
    boss.visit("/admin/familles")
    for path in (
        "/admin/familles/liste.xlsx",
        f"/admin/contrats/{contract.id}/documents/adherents",
        f"/admin/contrats/{contract.id}/documents/adherents.pdf",
        f"/admin/contrats/{contract.id}/documents/vierge",
        "/admin/intermittents/export.csv",
    ):
        assert boss.client.get(path).status_code == 200, path

    assert kept(session) == [
        ("Liste d’adresses", "Tous les adhérents"),
        ("Liste des familles", "22/11/2026"),
        ("Liste des familles", "22/11/2026, XLSX"),
        ("Adhérents d’un contrat", contract.name),
        ("Adhérents d’un contrat", f"{contract.name}, PDF"),
        ("Liste des intermittents", "CSV"),
    ]
    page = boss.visit("/admin/journal-des-acces").get_text()
    assert "Odile" in page
    assert "Liste des intermittents" in page

    clock.move_to(dt.datetime(2027, 11, 24, tzinfo=dt.UTC))
    jobs.forget_accesses(current_app)
    assert kept(session) == []


@pytest.mark.usefixtures("clock")
def test_what_is_refused_is_no_access(session: Session, make: Make, browse: BrowserFactory) -> None:
    member = browse(make.member())

    member.visit("/admin/adresses?groupe=membres", status=403)

    assert kept(session) == []

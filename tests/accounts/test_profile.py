import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py.accounts import passwords, rules, services, tokens
from amapress_py.accounts.models import Person, PersonAddress
from amapress_py.accounts.tokens import Purpose
from amapress_py.errors import DomainError
from amapress_py.mail import outbox
from amapress_py.mail.models import OutboxMail
from tests.accounts.conftest import PASSWORD, CountSql, Known, Submit, look_again
from tests.conftest import BrowserFactory
from tests.factories import Make

PAGE = "/mon-profil"
NEW = "trois mots retenus"
IDENTITY = {"first_name": "Anna", "last_name": "Dupré", "phone": "06 12", "address": "1 rue\nParis"}


def fresh(session: Session, person: Person) -> Person:
    look_again(session)
    return session.get_one(Person, person.id)


def mails(session: Session) -> list[OutboxMail]:
    look_again(session)
    return outbox.pending(session)


def further(session: Session) -> list[str]:
    look_again(session)
    return list(session.scalars(select(PersonAddress.email).order_by(PersonAddress.id)))


def confirmation(session: Session) -> str:
    found = re.search(r"http://localhost(/mon-profil/adresse/\S+)", mails(session)[-1].text)
    assert found is not None
    return found[1]


def test_a_person_corrects_his_file(
    session: Session, known: Known, browse: BrowserFactory, submit: Submit
) -> None:
    anna = known("Anna")

    assert submit(browse(anna), PAGE, PAGE, **IDENTITY).status_code == 303

    kept = fresh(session, anna)
    assert (kept.last_name, kept.phone, kept.address) == ("Dupré", "06 12", "1 rue\nParis")
    assert kept.sort_key == "dupre anna"


def test_nobody_changes_another_by_adding_fields(
    session: Session, known: Known, browse: BrowserFactory, submit: Submit
) -> None:
    anna, bruno = known("Anna"), known("Bruno")

    submit(
        browse(anna),
        PAGE,
        PAGE,
        **IDENTITY,
        id=bruno.id,
        person_id=bruno.id,
        email="x@x.test",
        is_active="",
        household_id=bruno.household_id,
    )

    assert fresh(session, bruno).first_name == "Bruno"
    assert fresh(session, anna).email == "anna@amap.test"
    assert fresh(session, anna).household_id != fresh(session, bruno).household_id


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("first_name", "", "À remplir"),
        ("last_name", " \0\u202e ", "À remplir"),
        ("first_name", "é" * 101, "100 signes au maximum"),
        ("phone", "0" * 41, "40 signes au maximum"),
        ("address", "a" * 501, "500 signes au maximum"),
    ],
)
def test_a_refused_file_keeps_what_was_typed(
    session: Session,
    known: Known,
    browse: BrowserFactory,
    submit: Submit,
    name: str,
    value: str,
    message: str,
) -> None:
    anna = known("Anna")

    response = submit(browse(anna), PAGE, PAGE, **{**IDENTITY, "phone": "06 99", name: value})

    assert response.status_code == 422
    assert message in response.text
    assert "Dupré" in response.text or name == "last_name"
    assert fresh(session, anna).last_name != "Dupré"


def test_strange_signs_are_kept_or_dropped_but_never_harm(
    session: Session, known: Known, browse: BrowserFactory, submit: Submit
) -> None:
    anna = known("Anna")
    browser = browse(anna)

    submit(browser, PAGE, PAGE, **{**IDENTITY, "first_name": "🥕\0<b>A</b>\r\nBcc: x"})

    assert fresh(session, anna).first_name == "🥕<b>A</b> Bcc: x"
    field = browser.visit(PAGE).select_one("#first_name")
    assert field is not None
    assert field["value"] == "🥕<b>A</b> Bcc: x"


def test_another_password_needs_the_present_one_and_ends_other_sessions(
    session: Session, known: Known, browse: BrowserFactory, submit: Submit
) -> None:
    anna = known("Anna")
    browser, elsewhere = browse(anna), browse(anna)
    path = "/mon-profil/mot-de-passe"
    data = {"password-new": NEW, "password-again": NEW}

    wrong = submit(browser, path, PAGE, **data, **{"password-current": "not mine"})
    right = submit(browser, path, PAGE, **data, **{"password-current": PASSWORD})

    assert wrong.status_code == 422
    assert "pas votre mot de passe actuel" in wrong.text
    assert right.status_code == 303
    assert passwords.is_right(fresh(session, anna).password_hash, NEW)
    assert browser.client.get(PAGE).status_code == 200
    assert elsewhere.client.get(PAGE).status_code == 303
    assert [one.event for one in mails(session)] == ["accounts/password_changed"]


def test_guessing_the_present_password_is_slowed_down(
    known: Known, browse: BrowserFactory, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "PROOF_PER_PERSON", rules.Limit(2, 900))
    browser = browse(known("Anna"))
    data = {"password-new": NEW, "password-again": NEW}
    for _try in range(rules.PROOF_PER_PERSON.tries):
        submit(browser, "/mon-profil/mot-de-passe", PAGE, **data, **{"password-current": "x"})

    response = submit(
        browser, "/mon-profil/mot-de-passe", PAGE, **data, **{"password-current": PASSWORD}
    )

    assert response.status_code == 422
    assert "Trop d’essais" in response.text


def test_another_address_counts_once_it_is_confirmed(
    session: Session, known: Known, browse: BrowserFactory, submit: Submit
) -> None:
    anna = known("Anna")
    browser, elsewhere = browse(anna), browse(anna)
    data = {"email-email": "New@Amap.test", "email-current": PASSWORD}

    assert submit(browser, "/mon-profil/adresse-mail", PAGE, **data).status_code == 303
    assert fresh(session, anna).email == "anna@amap.test"
    link = confirmation(session)
    assert mails(session)[-1].to_address == "new@amap.test"

    assert "new@amap.test" in browse().visit(link).text
    assert fresh(session, anna).email == "anna@amap.test"

    assert submit(browser, link, PAGE).status_code == 303
    assert fresh(session, anna).email == "new@amap.test"
    assert browser.client.get(PAGE).status_code == 200
    assert elsewhere.client.get(PAGE).status_code == 303
    assert mails(session)[-1].event == "accounts/email_changed"
    assert mails(session)[-1].to_address == "anna@amap.test"
    browse().visit(link, status=410)


def test_the_address_of_another_is_not_revealed_nor_taken(
    session: Session, known: Known, browse: BrowserFactory, submit: Submit
) -> None:
    anna = known("Anna")
    known("Bruno")
    browser = browse(anna)
    answers = set()
    for email in ("bruno@amap.test", "fresh@amap.test"):
        data = {"email-email": email, "email-current": PASSWORD}
        response = submit(browser, "/mon-profil/adresse-mail", PAGE, **data)
        shown = browser.visit(PAGE).select_one(".message")
        assert shown is not None
        answers.add((response.status_code, shown.text.replace(email, "…")))

    assert len(answers) == 1
    events = {one.to_address: one.event for one in mails(session)}
    assert events["bruno@amap.test"] == "accounts/address_taken"
    assert events["fresh@amap.test"] == "accounts/confirm_address"


def test_an_address_taken_meanwhile_is_refused(
    session: Session, known: Known, make: Make, browse: BrowserFactory, submit: Submit
) -> None:
    anna = known("Anna")
    link = f"/mon-profil/adresse/{tokens.make(Purpose.EMAIL, anna, 'new@amap.test')}"
    make.person("Bruno", email="new@amap.test")

    response = submit(browse(anna), link, PAGE)

    assert response.status_code == 409
    assert "déjà" in response.text
    assert fresh(session, anna).email == "anna@amap.test"


def test_further_addresses_are_confirmed_limited_and_removed(
    session: Session, known: Known, browse: BrowserFactory, submit: Submit
) -> None:
    anna = known("Anna")
    browser = browse(anna)
    for number in range(rules.FURTHER_ADDRESSES):
        email = f"anna{number}@amap.test"
        submit(browser, "/mon-profil/adresses", PAGE, **{"further-email": email})
        link = confirmation(session)
        assert len(further(session)) == number
        submit(browse(), link, "/connexion")
        submit(browse(), link, "/connexion")  # again: harmless

    assert further(session) == [f"anna{number}@amap.test" for number in range(3)]
    refused = submit(browser, "/mon-profil/adresses", PAGE, **{"further-email": "a4@amap.test"})
    assert refused.status_code == 422
    assert "Trois adresses" in refused.text

    (first, *_others) = session.scalars(select(PersonAddress.id).order_by(PersonAddress.id))
    submit(browser, f"/mon-profil/adresses/{first}/enlever", PAGE)
    assert further(session) == ["anna1@amap.test", "anna2@amap.test"]


def test_nobody_removes_the_address_of_another(
    session: Session, known: Known, browse: BrowserFactory, submit: Submit
) -> None:
    anna, bruno = known("Anna"), known("Bruno")
    row = PersonAddress(person_id=anna.id, email="anna2@amap.test")
    session.add(row)
    session.commit()

    submit(browse(bruno), f"/mon-profil/adresses/{row.id}/enlever", PAGE)

    assert further(session) == ["anna2@amap.test"]


def test_confirmations_cannot_flood_a_stranger(
    known: Known, session: Session, browse: BrowserFactory, submit: Submit
) -> None:
    browser = browse(known("Anna"))
    statuses = [
        submit(
            browser, "/mon-profil/adresses", PAGE, **{"further-email": "victim@amap.test"}
        ).status_code
        for _time in range(rules.CONFIRM_PER_PERSON.tries + 1)
    ]

    assert statuses == [303] * rules.CONFIRM_PER_PERSON.tries + [422]
    assert len(mails(session)) == rules.CONFIRM_PER_PERSON.tries


def test_ones_own_address_needs_no_confirmation(session: Session, known: Known) -> None:
    anna = known("Anna")

    with pytest.raises(DomainError, match="déjà votre adresse"):
        services.ask_new_address(session, anna.id, "anna@amap.test", Purpose.FURTHER)


def test_who_shares_the_household_is_named(
    make: Make, known: Known, browse: BrowserFactory
) -> None:
    anna = known("Anna")
    make.person("Basile", household=anna.household)
    gone = make.person("Odile", household=anna.household)
    gone.is_active = False
    make.session.commit()

    text = browse(anna).visit(PAGE).text

    assert "Basile" in text
    assert "Odile" not in text


def test_the_profile_asks_little_of_the_database(
    known: Known, browse: BrowserFactory, count_sql: CountSql
) -> None:
    browser = browse(known("Anna"))
    browser.visit(PAGE)

    with count_sql() as statements:
        browser.visit(PAGE)

    assert len([one for one in statements if not one.startswith(("PRAGMA", "BEGIN"))]) <= 6

"""A whole list enrolled: shown line by line, then exactly that, once."""

from io import BytesIO

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Person, PersonAddress, Role
from amapress_py.errors import NotAllowed
from amapress_py.exchange import bulk, enrolment, lists, queries
from amapress_py.exchange.bulk import Fate
from amapress_py.exchange.models import IntermittentEnrolment
from amapress_py.exchange.steps import Actor
from amapress_py.mail import outbox
from amapress_py.mail.models import OutboxMail
from tests.back_office import counted, submit
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make

pytestmark = pytest.mark.usefixtures("clock")

IMPORT = "/admin/intermittents/import"


@pytest.fixture
def irene(make: Make) -> Person:
    return make.person("Irène", roles=[Role.INTERMITTENT_MANAGER])


@pytest.fixture
def manager(irene: Person, browse: BrowserFactory) -> Browser:
    return browse(irene)


def fates(session: Session, text: str) -> list[tuple[Fate, str]]:
    return [(one.fate, one.reason) for one in bulk.plan(session, lists.of_text(text)).lines]


def enrolled(session: Session) -> int:
    session.rollback()
    live = IntermittentEnrolment.ended_at.is_(None)
    return session.scalar(select(func.count()).where(live)) or 0


def form_of(page: str) -> dict[str, object]:
    """Return what the form that confirms would send."""
    form = BeautifulSoup(page, "html.parser").select_one(f"form[action='{IMPORT}/confirmer']")
    assert form is not None
    return {str(one["name"]): one["value"] for one in form.select("input")}


def test_each_line_has_its_fate(session: Session, make: Make) -> None:
    known, enrolled, gone = make.person("Bruno"), make.intermittent("Chloe"), make.person("David")
    left, shared = make.intermittent("Eve"), make.person("Fabien")
    gone.is_active = False
    session.add(PersonAddress(person_id=shared.id, email="foyer@test.example"))
    session.add(PersonAddress(person_id=known.id, email="deux@test.example"))
    session.add(PersonAddress(person_id=shared.id, email="deux@test.example"))
    session.commit()
    enrolment.end_enrolment(session, left.id)
    session.commit()

    found = fates(
        session,
        f"neuve@test.example\n{known.email}\n{enrolled.email}\n{gone.email}\n{left.email}\n"
        "FOYER@test.example\nNEUVE@test.example\ndeux@test.example\nrien",
    )

    assert found == [
        (Fate.CREATED, ""),
        (Fate.ENROLLED, ""),
        (Fate.ALREADY, ""),
        (Fate.REFUSED, "Ce compte est désactivé."),
        (
            Fate.REFUSED,
            "A quitté la liste le 22/11/2026. Si cette personne veut revenir, inscrivez-la seule.",
        ),
        (Fate.ENROLLED, ""),  # a further address of Fabien
        (Fate.REFUSED, "Même personne qu’à la ligne 1."),
        (Fate.REFUSED, "Plusieurs personnes reçoivent leurs courriels là."),
        (Fate.REFUSED, "Pas d’adresse e-mail."),
    ]


def test_the_preview_writes_nothing_and_confirming_does_what_it_said(
    session: Session, make: Make, manager: Browser, irene: Person
) -> None:
    bruno = make.person("Bruno")
    before = (bruno.first_name, bruno.phone)
    text = f"{bruno.email}; Robert Autre; 09 99 99 99 99\nZoé Petit <zoe@test.example>\nrien"

    shown = submit(manager, IMPORT, liste=text)

    assert shown.status_code == 200
    assert "Inscrire 2 personnes" in shown.text
    assert "Pas d’adresse e-mail." in shown.text
    assert (enrolled(session), outbox.pending(session)) == (0, [])

    done = submit(manager, f"{IMPORT}/confirmer", **form_of(shown.text))

    assert done.status_code == 303
    assert enrolled(session) == 2
    zoe = session.scalars(select(Person).where(Person.email == "zoe@test.example")).one()
    assert (zoe.first_name, zoe.last_name) == ("Zoé", "Petit")
    session.refresh(bruno)
    assert (bruno.first_name, bruno.phone) == before
    mails = {(one.event, one.to_address): one for one in outbox.pending(session)}
    assert set(mails) == {
        ("exchange/welcome", bruno.email),
        ("exchange/welcome", "zoe@test.example"),
        ("accounts/invitation", "zoe@test.example"),
    }
    welcome = mails["exchange/welcome", "zoe@test.example"]
    assert irene.name in welcome.text
    assert "/desinscription/" in welcome.text
    assert welcome.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_second_run_changes_nothing(session: Session, manager: Browser) -> None:
    text = "zoe@test.example\nyves@test.example"
    first = form_of(submit(manager, IMPORT, liste=text).text)
    submit(manager, f"{IMPORT}/confirmer", **first)

    again = submit(manager, IMPORT, liste=text)
    replayed = submit(manager, f"{IMPORT}/confirmer", **first)

    assert "Personne n’est à inscrire." in again.text
    assert "Inscrire 2" not in again.text
    assert replayed.status_code == 409
    assert "La situation a changé" in replayed.text
    assert enrolled(session) == 2
    assert len(outbox.pending(session)) == 4


def test_nothing_is_done_if_it_is_no_longer_what_was_shown(
    session: Session, make: Make, manager: Browser
) -> None:
    bruno = make.person("Bruno")
    shown = submit(manager, IMPORT, liste=f"{bruno.email}\nzoe@test.example")
    with db.transaction() as current:
        enrolment.enrol_me(current, Actor.of(bruno))

    answer = submit(manager, f"{IMPORT}/confirmer", **form_of(shown.text))

    assert answer.status_code == 409
    assert "Inscrire 1 personne" in answer.text
    assert enrolled(session) == 1
    submit(manager, f"{IMPORT}/confirmer", **form_of(answer.text))
    assert enrolled(session) == 2


def test_a_list_is_signed_for_one_person(
    session: Session, make: Make, manager: Browser, browse: BrowserFactory
) -> None:
    kept = form_of(submit(manager, IMPORT, liste="zoe@test.example").text)
    other = browse(make.person("Alice", roles=[Role.ADMIN]))

    for browser, altered in (
        (other, {}),
        (manager, {"liste": f"{kept['liste']}x"}),
        (manager, {"liste": ""}),
    ):
        answer = submit(
            browser, f"{IMPORT}/confirmer", **{**kept, **altered, "csrf_token": browser.token()}
        )
        assert answer.status_code == 400
    assert enrolled(session) == 0


def test_a_file_is_shown_too(manager: Browser) -> None:
    content = "Prénom;Nom;E-mail\n<b>Zoé</b>;=cmd|' /C calc'!A0;zoe@test.example\n".encode("cp1252")

    shown = submit(manager, IMPORT, fichier=(BytesIO(content), "liste.csv"))

    assert shown.status_code == 200
    assert "&lt;b&gt;Zoé&lt;/b&gt;" in shown.text
    assert "Inscrire 1 personne" in shown.text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "Collez une liste, ou choisissez un fichier."),
        ({"liste": "\n \n"}, "Collez une liste, ou choisissez un fichier."),
        ({"liste": "x@test.fr\n" * 2001}, "2 000 lignes"),
    ],
)
def test_a_bad_list_is_told_on_the_form(
    manager: Browser, data: dict[str, object], said: str
) -> None:
    answer = submit(manager, IMPORT, **data)

    assert answer.status_code == 422
    assert said in answer.text


def test_files_that_are_none_or_too_big_are_refused(manager: Browser) -> None:
    image = submit(manager, IMPORT, fichier=(BytesIO(b"\x89PNG\r\n\x1a\n\x00"), "x.png"))
    both = submit(manager, IMPORT, liste="a@b.fr", fichier=(BytesIO(b"a@b.fr"), "x.csv"))
    heavy = manager.client.post(
        IMPORT, data=b"x" * 2_200_000, content_type="multipart/form-data; boundary=x"
    )

    assert (image.status_code, both.status_code, heavy.status_code) == (422, 422, 413)
    assert "pas les deux" in both.text
    assert "2 Mo" in heavy.text


def test_only_a_responsable_enrols_a_list(session: Session, make: Make) -> None:
    found = lists.of_text("zoe@test.example")
    mark = bulk.plan(session, found).mark

    with pytest.raises(NotAllowed):
        bulk.apply(session, Actor.of(make.member("Anna")), found, mark)


def test_hundreds_of_lines_go_through_the_form(
    session: Session, manager: Browser, app: object
) -> None:
    text = "\n".join(f"Prénom{n} Nom{n} <p{n}@test.example>" for n in range(400))
    shown = submit(manager, IMPORT, liste=text)
    with counted(app) as said:  # type: ignore[arg-type]
        submit(manager, IMPORT, liste=text)
    assert len(said) < 20

    done = submit(manager, f"{IMPORT}/confirmer", **form_of(shown.text))

    assert done.status_code == 303
    assert enrolled(session) == 400
    assert session.scalar(select(func.count()).select_from(OutboxMail)) == 800


def test_ticked_persons_leave_after_a_confirmation(
    session: Session, make: Make, manager: Browser
) -> None:
    bruno, chloe, david = (make.intermittent(name) for name in ("Bruno", "Chloe", "David"))
    url = "/admin/intermittents/desinscrire"
    ticked = [str(bruno.id), str(chloe.id)]

    asked = submit(manager, url, personne=ticked)
    assert asked.status_code == 303
    page = manager.visit(asked.location)
    assert "Désinscrire 2 personnes" in page.text
    assert "David" not in page.text
    assert enrolled(session) == 3
    submit(manager, url, personne=ticked, confirme="1")

    assert enrolled(session) == 1
    assert queries.is_enrolled(session, david.id)
    assert [one.event for one in outbox.pending(session)] == ["exchange/unenrolled"] * 2
    nobody = submit(manager, url, personne=["x", "999999999999"])
    assert nobody.status_code == 303


def test_one_person_leaves_after_a_confirmation(
    session: Session, make: Make, manager: Browser
) -> None:
    bruno = make.intermittent("Bruno")
    url = f"/admin/intermittents/{bruno.id}/desinscrire"

    assert "Bruno" in manager.visit(submit(manager, url).location).text
    assert enrolled(session) == 1
    submit(manager, url, confirme="1")

    assert enrolled(session) == 0


def test_the_list_is_taken_out_as_it_is_searched(
    session: Session, make: Make, manager: Browser
) -> None:
    bruno, _chloe = make.intermittent("Bruno"), make.intermittent("Chloe")
    bruno.last_name, bruno.phone = "=HYPERLINK(1)", "+33 6 12 34 56 78"
    session.commit()
    search = "?q-intermittents=bruno"

    text = manager.client.get(f"/admin/intermittents/export.csv{search}").data
    book = manager.client.get(f"/admin/intermittents/export.xlsx{search}")

    assert text.startswith(b"\xef\xbb\xbf")
    lines = text.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "'=HYPERLINK(1);'+33 6" in lines[1]
    (entry,) = lists.of_file(book.data)
    assert (entry.email, entry.last_name) == (bruno.email, "=HYPERLINK(1)")
    assert lists.of_file(text)[0].phone == "+33 6 12 34 56 78"
    assert book.headers["Content-Disposition"].endswith("intermittents-2026-11-22.xlsx")
    page = manager.visit(f"/admin/intermittents{search}")
    assert page.select_one(f"a[href='/admin/intermittents/export.xlsx{search}']") is not None

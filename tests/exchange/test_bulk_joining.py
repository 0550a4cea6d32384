"""The public form behind a secret address: nothing before the mail is answered."""

import datetime as dt
import re

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from amapress_py import db, settings
from amapress_py.accounts.models import Person, Role, Throttle
from amapress_py.exchange import enrolment, joining, queries
from amapress_py.exchange.steps import Actor
from amapress_py.mail import outbox
from amapress_py.mail.models import OutboxMail
from amapress_py.membership.models import MembershipPeriod
from tests.back_office import submit
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make
from tests.shortcodes.pages import notices, write

pytestmark = pytest.mark.usefixtures("clock")

KEY = "k" * 24
FORM = f"/intermittents/rejoindre/{KEY}"
ADMIN = "/admin/inscription-publique"
ZOE = {
    "email": "Zoe@test.example",
    "prenom": "Zoé",
    "nom": "Petit",
    "telephone": "06 01 02 03 04",
    "adresse": "1 rue du Marché\n75014 Paris",
    "raison": "discovery",
}


@pytest.fixture(autouse=True)
def key(session: Session) -> None:
    with db.transaction() as current:
        settings.save(current, {"joining_key": KEY})


@pytest.fixture
def visitor(browse: BrowserFactory) -> FlaskClient:
    return browse().client


def mails(session: Session) -> list[OutboxMail]:
    session.rollback()
    session.expire_all()
    return [one for one in outbox.pending(session) if one.event == "exchange/confirm_joining"]


def link(session: Session) -> str:
    found = re.search(
        r"http://localhost(/intermittents/rejoindre/confirmer/\S+)", mails(session)[-1].text
    )
    assert found is not None
    return found[1]


def persons(session: Session) -> int:
    session.rollback()
    session.expire_all()
    return session.scalar(select(func.count()).select_from(Person)) or 0


def test_a_stranger_joins_by_the_link_of_his_mail(session: Session, visitor: FlaskClient) -> None:
    answer = visitor.post(FORM, data=ZOE)

    assert answer.status_code == 303
    assert "Il reste à confirmer" in visitor.get(answer.location).text
    assert persons(session) == 0
    path = link(session)
    shown = visitor.get(path)
    visitor.head(path)
    assert "Oui, m’inscrire" in shown.text
    assert "Petit" not in shown.text
    assert persons(session) == 0

    done = visitor.post(path)

    assert done.status_code == 303
    assert "Vous êtes inscrit" in visitor.get(done.location).text
    assert persons(session) == 1
    zoe = session.scalars(select(Person)).one()
    assert (zoe.email, zoe.first_name, zoe.phone) == ("zoe@test.example", "Zoé", "06 01 02 03 04")
    assert zoe.address == "1 rue du Marché\n75014 Paris"
    assert queries.is_enrolled(session, zoe.id)
    events = sorted(one.event for one in outbox.pending(session))
    assert events == ["accounts/invitation", "exchange/confirm_joining", "exchange/welcome"]
    session.rollback()
    assert visitor.post(path).status_code == 303
    assert persons(session) == 1
    assert len(outbox.pending(session)) == 3


def test_a_known_person_gets_the_same_answer_and_keeps_his_data(
    session: Session, make: Make, visitor: FlaskClient
) -> None:
    bruno = make.person("Bruno")
    session.rollback()
    known = visitor.post(FORM, data={**ZOE, "email": bruno.email or ""}, follow_redirects=True)
    path = link(session)
    unknown = visitor.post(FORM, data=ZOE, follow_redirects=True)
    assert known.text == unknown.text
    texts = {re.sub(r"http\S+", "", one.text) for one in mails(session)}
    assert len(texts) == 1
    assert not queries.is_enrolled(session, bruno.id)
    session.rollback()

    visitor.post(path)

    session.expire_all()
    assert queries.is_enrolled(session, bruno.id)
    assert (bruno.first_name, bruno.phone.startswith("06 00")) == ("Bruno", True)
    assert persons(session) == 1


def test_nobody_gets_a_cookie_or_a_token(visitor: FlaskClient) -> None:
    answers = [visitor.get(FORM), visitor.post(FORM, data={}), visitor.post(FORM, data=ZOE)]

    for answer in answers:
        assert "csrf_token" not in answer.text
        assert "Set-Cookie" not in answer.headers
    assert [one.status_code for one in answers] == [200, 422, 303]


@pytest.mark.parametrize("given", ["x", "K" * 24, "k" * 23, "é" * 24, "%ff%fe"])
def test_a_wrong_key_leads_nowhere(session: Session, visitor: FlaskClient, given: str) -> None:
    path = f"/intermittents/rejoindre/{given}"

    assert visitor.get(path).status_code == 404
    assert visitor.post(path, data=ZOE).status_code == 404
    assert not mails(session)


def test_without_a_key_there_is_no_page(session: Session, visitor: FlaskClient) -> None:
    visitor.post(FORM, data=ZOE)
    path = link(session)
    with db.transaction() as current:
        settings.save(current, {"joining_key": ""})

    assert visitor.get(FORM).status_code == 404
    assert visitor.post(path).status_code == 404
    assert persons(session) == 0


def test_a_link_is_altered_old_or_of_another_purpose(
    session: Session, make: Make, visitor: FlaskClient, clock: time_machine.Traveller
) -> None:
    visitor.post(FORM, data=ZOE)
    path = link(session)
    anna, bruno = make.member("Anna"), make.person("Bruno")
    enrolment.enrol_other(session, Actor.of(anna), email=bruno.email or "")
    session.commit()
    other = re.search(
        r"/confirmer/(\S+)",
        next(m for m in outbox.pending(session) if "confirm_enrolment" in m.event).text,
    )
    assert other is not None
    session.rollback()

    start = path.rpartition("/")[0]
    for bad in (path[:-1], f"{start}/{other[1]}", f"{start}/x.y", f"{start}/é"):
        assert visitor.get(bad).status_code == 404
        assert visitor.post(bad).status_code == 404
    assert visitor.get(f"/intermittents/confirmer/{path.rpartition('/')[2]}").status_code == 404
    clock.shift(dt.timedelta(days=6, hours=23))
    assert visitor.get(path).status_code == 200
    clock.shift(dt.timedelta(hours=2))
    assert visitor.post(path).status_code == 404


def test_a_program_is_not_told_that_it_failed(session: Session, visitor: FlaskClient) -> None:
    answer = visitor.post(FORM, data={**ZOE, "site_web": "http://spam.example"})

    assert answer.status_code == 303
    assert not mails(session)


def test_one_address_is_not_flooded(session: Session, visitor: FlaskClient) -> None:
    answers = [visitor.post(FORM, data=ZOE).status_code for _ in range(joining.PER_ADDRESS + 2)]

    assert answers == [303] * joining.PER_ADDRESS + [429] * 2
    assert len(mails(session)) == joining.PER_ADDRESS
    assert visitor.post(FORM, data={**ZOE, "email": "x@test.example"}).status_code == 303


def test_one_machine_and_all_together_have_a_limit(session: Session, visitor: FlaskClient) -> None:
    codes = [
        visitor.post(FORM, data={**ZOE, "email": f"p{n}@test.example"}).status_code
        for n in range(joining.PER_MACHINE + 1)
    ]
    assert codes[-2:] == [303, 429]
    with db.transaction() as current:
        current.merge(
            Throttle(
                key="join", count=joining.IN_ALL, window_ends=dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
            )
        )
    other = visitor.post(
        FORM, data={**ZOE, "email": "q@test.example"}, environ_base={"REMOTE_ADDR": "10.0.0.9"}
    )
    assert other.status_code == 429


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "pas une adresse"),
        ("email", "a@b.fr\r\nBcc: c@d.fr"),
        ("prenom", ""),
        ("prenom", "x" * 101),
        ("adresse", "x" * 201),
        ("raison", "hack"),
    ],
)
def test_bad_input_is_told(session: Session, visitor: FlaskClient, field: str, value: str) -> None:
    answer = visitor.post(FORM, data={**ZOE, field: value})

    assert answer.status_code == 422
    assert not mails(session)


def test_hostile_words_stay_words(session: Session, visitor: FlaskClient) -> None:
    name = "\u202e<script>%%lien%%{{ 7*7 }}😀\0"
    longest = {"nom": "é" * 100, "adresse": "\U0001f600" * 200, "telephone": "0" * 40}
    visitor.post(FORM, data={**ZOE, **longest, "prenom": name})

    mail = mails(session)[0]
    assert "Bonjour <script>%%lien%%{{ 7*7 }}😀," in mail.text
    assert "<script>" not in mail.html
    assert visitor.post(link(session)).status_code == 303
    assert persons(session) == 1


def test_a_closed_account_stays_closed(session: Session, make: Make, visitor: FlaskClient) -> None:
    bruno = make.person("Bruno")
    bruno.is_active = False
    session.commit()
    visitor.post(FORM, data={**ZOE, "email": bruno.email or ""})

    answer = visitor.post(link(session))

    assert answer.status_code == 409
    assert "Ce compte est fermé" in answer.text


def test_who_must_belong_first_is_told_so(session: Session, visitor: FlaskClient) -> None:
    with db.transaction() as current:
        settings.save(current, {"membership_to_join": True})
        day = dt.date(2026, 11, 22)
        current.add(MembershipPeriod(name="2026", starts_on=day, ends_on=day))
    assert "Il faut avoir adhéré" in visitor.get(FORM).text
    visitor.post(FORM, data=ZOE)

    answer = visitor.post(link(session))

    assert answer.status_code == 409
    assert "remettez votre adhésion" in answer.text
    assert persons(session) == 0


@pytest.fixture
def manager(make: Make, browse: BrowserFactory) -> Browser:
    return browse(make.person("Irène", roles=[Role.INTERMITTENT_MANAGER]))


def test_a_responsable_opens_renews_and_shuts_the_page(
    session: Session, manager: Browser, visitor: FlaskClient
) -> None:
    page = manager.visit(ADMIN)
    assert f"http://localhost{FORM}" in page.text
    assert str(page.select_one("main img")["src"]).startswith("data:image/svg+xml")  # type: ignore[index]
    assert f"http://localhost{FORM}" in manager.visit(f"{ADMIN}/affiche").text

    asked = submit(manager, ADMIN)
    assert "Changer l’adresse ?" in asked.text
    assert visitor.get(FORM).status_code == 200
    submit(manager, ADMIN, confirme="1")
    assert visitor.get(FORM).status_code == 404
    session.rollback()
    new = settings.read(session).joining_key
    assert len(new) == 24
    session.rollback()
    assert visitor.get(f"/intermittents/rejoindre/{new}").status_code == 200

    assert "Fermer la page" in submit(manager, f"{ADMIN}/fermer").text
    submit(manager, f"{ADMIN}/fermer", confirme="1")
    assert visitor.get(f"/intermittents/rejoindre/{new}").status_code == 404
    assert manager.client.get(f"{ADMIN}/affiche").status_code == 404
    assert "Elle est fermée." in manager.visit(ADMIN).text


def test_the_shortcode_shows_the_form_to_everybody(
    session: Session, make: Make, browse: BrowserFactory, visitor: FlaskClient
) -> None:
    write("[anon-intermittents-inscription]")

    shown = visitor.get("/essai")

    assert f'action="{FORM}"' in shown.text
    assert "Set-Cookie" not in shown.headers
    frame = visitor.get("/embed/anon-intermittents-inscription").text
    assert "Devenir intermittent" in frame
    assert FORM in frame
    assert "<form" not in frame
    with db.transaction() as current:
        settings.save(current, {"joining_key": ""})
    assert "On ne peut pas s’inscrire ici" in visitor.get("/essai").text
    admin = browse(make.person("Alice", roles=[Role.ADMIN]))
    assert "fermée" in notices(admin)[0]

"""Links in mails, against the real server: scanners change nothing, one click leaves, no forging.

The mails are those of a season that was played on the served database.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from email.message import Message
from html import unescape
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine, select

from amapress_py import clock, db, migrate
from amapress_py.accounts.models import Person
from amapress_py.app import create_app
from amapress_py.cms import seed
from amapress_py.config import Config
from amapress_py.exchange.models import IntermittentEnrolment, OfferRequest
from amapress_py.exchange.rules import RequestState
from amapress_py.mail.models import MailState, OutboxMail
from amapress_py.passes.models import BasketPass
from tests.applications import forget_safety
from tests.exchange.season.acts import Acts
from tests.exchange.season.stage import Stage
from tests.postgres import PostgresServer
from tests.site.served import Installation
from tests.site.world import EVERYTHING, Dump
from tests.smtp import SmtpServer

ACTS = (
    "wish", "enrol", "enrol", "cede", "cede", "cede_a_part", "a_minute_of_work",
    "cede_to_somebody", "cede_to_an_address", "enrol_somebody", "enrol_somebody", "ask", "accept",
    "send_a_friend", "a_minute_of_work", "ask", "accept", "give_back", "wait", "cede_to_somebody",
    "leave", "a_minute_of_work", "cancel", "refuse", "withdraw",
)  # fmt: skip
FORM = "application/x-www-form-urlencoded"
LINK = re.compile(r"https?://[^\s<>\"]+")
TOKEN = re.compile(r"/(desinscription|intermittents/alertes|intermittents/confirmer"
                   r"|paniers/interesse|paniers/reponse|passe)/([^/\s<>\"]+)")  # fmt: skip
NO_TOKEN = ("..%2F..", "%00", "%E9", "a/b", "%0d%0aX-Evil:1")  # any other page is not found either
# What a person behind a link may send, by the kind of link.
POSTS = {
    "desinscription": ("", "/annuler"),
    "intermittents/alertes": ("",),
    "intermittents/confirmer": ("",),
    "paniers/interesse": ("",),
    "paniers/reponse": ("/oui", "/non"),
    "passe": (),
}


@dataclass
class Answer:
    """What the server says, byte for byte."""

    status: int
    headers: Message
    body: bytes


@dataclass
class Played:
    """A served season."""

    site: Installation
    stage: Stage

    @property
    def engine(self) -> Engine:
        return self.site.engine

    @property
    def later(self) -> timedelta:
        """How far the season's clock is ahead of ours."""
        return self.stage.now - clock.now()

    def ask(
        self, method: str, path: str, body: str = "", kind: str = FORM, agent: str = "Scanner/1"
    ) -> Answer:
        """Send one bare request: no cookie, no referer, nothing that a browser adds."""
        headers = {"User-Agent": agent}
        if method == "POST":
            headers["Content-Type"] = kind
        with closing(HTTPConnection("127.0.0.1", self.site.port, timeout=60)) as connection:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())

    def dump(self) -> Dump:
        """Return every row of every table."""
        with self.engine.connect() as connection:
            return {
                name: sorted(map(repr, connection.exec_driver_sql(said)))
                for name, said in EVERYTHING.items()
            }

    def links(self) -> set[str]:
        """Return all addresses of this site in texts, HTML parts and headers of all mails."""
        with self.site.session() as session:
            mails = session.scalars(select(OutboxMail)).all()
            said = "\n".join(
                " ".join((one.text, unescape(one.html), *one.headers.values(), one.calendar))
                for one in mails
            )
            passes = session.scalars(select(BasketPass.token)).all()
        found = {link.rstrip(".,>)") for link in LINK.findall(said)}
        ours = {link for link in found if link.startswith(self.site.address)}
        return ours | {f"{self.site.address}/passe/{token}" for token in passes}

    def tokens(self) -> dict[str, list[str]]:
        """Return the tokens in all mails, by the kind of link; the pages behind add theirs."""
        found: dict[str, list[str]] = {kind: [] for kind in POSTS}
        for kind, token in TOKEN.findall("\n".join(sorted(self.links()))):
            found[kind].append(token)
        found["intermittents/alertes"] = list(found["desinscription"])
        return found


def path_of(link: str) -> str:
    parts = urlsplit(link)
    return parts.path + (f"?{parts.query}" if parts.query else "")


@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=(pytest.mark.postgres, pytest.mark.thorough))]
)
def played(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Played]:
    """Play some acts of a season of today on either database, and serve it."""
    if request.param == "sqlite":
        yield from _played(tmp_path, f"sqlite:///{tmp_path / 'amapress.db'}")
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database() as url:
        yield from _played(tmp_path, url)


def _played(folder: Path, url: str) -> Iterator[Played]:
    engine = db.make_engine(url)
    forget_safety(engine)
    migrate.upgrade(engine)  # the server wants to know their version
    with SmtpServer() as smtp:
        site = Installation(folder, url, smtp, engine)
        app = create_app(
            Config("a secret for tests", url, site.address, mail_from="amap@demo.test",
                   data_folder=folder)
        )  # fmt: skip
        app.extensions["amapress_queue"].rung = []
        app.extensions["amapress_mail"].state.suppress = True
        stage = Stage(app, 4, {}, first_day=clock.today())
        stage.now = max(stage.now, clock.now())
        with app.app_context(), db.transaction() as session:
            seed.seed(session)
        acts = Acts(stage)
        for number, name in enumerate(ACTS):
            acts.do(name, number)
        played = Played(site, stage)
        try:
            with site.web(later=played.later):
                yield played
        finally:
            app.extensions["amapress_engine"].dispose()
            engine.dispose()


def test_scanners_follow_every_link_and_change_nothing(played: Played) -> None:
    links = played.links()
    kinds = {kind for kind, _token in TOKEN.findall("\n".join(links))}
    assert kinds == set(POSTS) - {"intermittents/alertes"}
    before = played.dump()

    answers = {
        (method, link): played.ask(method, path_of(link))
        for link in sorted(links)
        for method in ("HEAD", "GET", "HEAD")
    }

    assert played.dump() == before
    for (method, link), answer in answers.items():
        token = TOKEN.search(link)
        assert bool(answer.body) == (method == "GET") or answer.status in (302, 303)
        if token:
            # A link to ask dies with the enrolment, one to answer with the answer.
            assert answer.status == 200 or (token[1].startswith("paniers/"), answer.status) == (
                True,
                404,
            )
            assert "Set-Cookie" not in answer.headers
        elif answer.status != 200:
            assert answer.status in (302, 303), (method, link)
            assert answer.headers["Location"].startswith("/connexion"), link
    alive = {TOKEN.search(link)[1] for (_method, link), one in answers.items()  # type: ignore[index]
             if TOKEN.search(link) and one.status == 200}  # fmt: skip
    assert alive == kinds


def enrolled(played: Played) -> dict[str, str]:
    """Return the token of each enrolled person, by his address."""
    with played.site.session() as session:
        rows = session.execute(
            select(Person.email, IntermittentEnrolment.token)
            .join(IntermittentEnrolment, IntermittentEnrolment.person_id == Person.id)
            .where(IntermittentEnrolment.ended_at.is_(None))
        )
        return {str(email): token for email, token in rows}


def test_the_button_of_a_mail_program_unsubscribes(played: Played) -> None:
    """What Gmail, Apple Mail and others send: the POST of RFC 8058, as the header says."""
    with played.site.process("worker", later=played.later):
        played.site.new_mails()
    people = enrolled(played)
    mails = {one.to: one for one in played.site.smtp.messages if one.to in people}
    assert len(mails) >= 3
    multipart = "multipart/form-data; boundary=b"
    parts = (
        "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\n"
        "One-Click\r\n--b--\r\n"
    )  # fmt: skip
    ways = [("List-Unsubscribe=One-Click", FORM), (parts, multipart)]

    for number, (address, mail) in enumerate(sorted(mails.items())[:3]):
        body, kind = ways[number % 2]
        assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        header = re.fullmatch(r"<(\S+)>, <mailto:\S+>", str(mail.message["List-Unsubscribe"]))
        assert header is not None
        answer = played.ask("POST", path_of(header[1]), body, kind, agent="One-Click/1")

        assert answer.status == 200
        assert answer.body == b""
        assert "Set-Cookie" not in answer.headers
        now = enrolled(played)
        assert set(people) - set(now) == {address}
        before, people = played.dump(), now
        assert played.ask("POST", path_of(header[1]), body, kind).status == 200
        assert played.dump() == before
    with played.site.session() as session:
        gone = [one for one in mails if one not in people]
        waiting = session.scalars(
            select(OutboxMail.event).where(
                OutboxMail.to_address.in_(gone), OutboxMail.state == MailState.QUEUED
            )
        ).all()
        assert set(waiting) == {"exchange/unenrolled"}


def altered(token: str, others: list[str]) -> list[str]:
    """Return what somebody may try in place of a token."""
    body = token.rpartition(".")[0]
    foreign = next((one for one in others if one != token), "")
    swapped = f"{body}.{foreign.rpartition('.')[2]}" if body and "." in foreign else token[::-1]
    last = "A" if token[-1] != "A" else "B"
    ends = (token[:-4] + last * 4, token[:-1], token + "x", token[1:])
    return [*ends, swapped, "x", "A" * 3000, "é", "' OR 1=1"]


def test_forged_and_altered_links_do_nothing_and_all_look_alike(played: Played) -> None:
    found = played.tokens()
    before = played.dump()

    for kind, tokens in found.items():
        others = [one for other in found if other != kind for one in found[other][:2]]
        if kind in ("desinscription", "intermittents/alertes"):
            others = [one for one in others if one not in tokens]
        tried = [*altered(tokens[0], tokens), *others]
        for method, ends in (("GET", ("",)), ("POST", POSTS[kind])):
            for end in ends:
                pages = {shown(played, method, kind, one, end) for one in tried}
                assert len(pages) == 1, (kind, method, end)
                for one in NO_TOKEN:
                    answer = played.ask(method, f"/{kind}/{one}{end}")
                    assert answer.status in (404, 405), (kind, one, end)

    assert played.dump() == before


def shown(played: Played, method: str, kind: str, token: str, end: str) -> tuple[int, bytes]:
    """Return status and page, without what was typed into the address."""
    typed = token.replace("é", "%C3%A9").replace(" ", "%20").replace("'", "%27")
    answer = played.ask(method, f"/{kind}/{typed}{end}")
    assert answer.status == 404, (kind, token, answer.status)
    assert "Set-Cookie" not in answer.headers
    page = answer.body
    for one in sorted({typed, token, token.replace("%2F", "/")}, key=len, reverse=True):
        if len(one) > 1:
            page = page.replace(one.encode(), b"")
    return answer.status, page


def states(played: Played) -> list[tuple[int, int, RequestState]]:
    with played.site.session() as session:
        rows = session.execute(
            select(OfferRequest.offer_id, OfferRequest.person_id, OfferRequest.state)
        )
        return sorted((a, b, c) for a, b, c in rows)


@pytest.mark.thorough
def test_a_link_used_again_does_nothing_more(played: Played) -> None:
    found = played.tokens()
    used = 0
    for kind, end, body in (
        ("paniers/interesse", "", ""),
        ("paniers/reponse", "/oui", ""),
        ("paniers/reponse", "/non", ""),
        ("intermittents/confirmer", "", ""),
    ):
        for token in found[kind]:
            first = played.ask("POST", f"/{kind}/{token}{end}", body)
            assert first.status in (200, 303, 404, 409), (kind, first.status)
            used += first.status in (200, 303)
            before, known = played.dump(), states(played)

            again = played.ask("POST", f"/{kind}/{token}{end}", body)

            assert again.status in (303, 404, 409), (kind, again.status)
            assert states(played) == known
            assert played.dump() == before
    assert used >= 3


@pytest.mark.thorough
def test_a_link_acts_for_its_own_person_alone(played: Played) -> None:
    """Whoever presses it, and nobody's name or address stands behind it."""
    everybody = played.stage.amap.people
    act: Callable[[str, str], Answer] = played.ask
    for kind, tokens in played.tokens().items():
        for token in tokens:
            page = act("GET", f"/{kind}/{token}")
            said = page.body.decode()
            for one in everybody:
                secrets = [one.phone, *one.addresses]
                if kind != "passe":
                    secrets.append(one.last_name)
                assert not [two for two in secrets if two and two in said], (kind, one)

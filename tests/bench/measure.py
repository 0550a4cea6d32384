"""Times of pages: on one connection against the bare view, and on eight at once."""

import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from time import perf_counter

from sqlalchemy import exists, func, select

from amapress_py import db
from amapress_py.accounts.models import Person
from amapress_py.cms import views as cms_views
from amapress_py.exchange import jobs as exchange_jobs
from amapress_py.exchange.models import BasketOffer, OfferRequest
from amapress_py.mail.models import OutboxMail
from tests.bench.client import Client
from tests.bench.server import Site

BARE = "/bench/bare"
CONNECTIONS = 8
WARM_UP_SECONDS = 0.5
RUSH_SECONDS = 2.0
CLICKS = 5
TAGS = {
    "list": "les-paniers-intermittents",
    "propose": "echanger-paniers-list",
    "mine": "amapien-paniers-intermittents",
}


@dataclass(frozen=True)
class PageFigures:
    """What one page costs; times in milliseconds, rates in pages per second."""

    page: str
    path: str
    p50: float
    best_p50: float  # of the quietest round: other work on the machine only slows
    p99: float
    per_second: float
    per_second_on_eight: float
    bare_p50: float
    ratio: float  # p50 of the page to p50 of the bare view, median of the rounds
    sql: int
    kilobytes: float


def percentile(samples: Sequence[float], share: float) -> float:
    """Return the value below which that share of the samples lies."""
    return sorted(samples)[min(len(samples) - 1, int(len(samples) * share))]


def times(client: Client, path: str, number: int) -> list[float]:
    """Ask for a page again and again on one connection at a time."""
    replies = [client.get(path) for _number in range(number)]
    assert {reply.status for reply in replies} == {200}, (path, replies[0].status)
    return [reply.milliseconds for reply in replies]


def rush(client: Client, path: str, seconds: float) -> float:
    """Ask on eight connections at once; return pages per second."""
    counts = [0] * CONNECTIONS
    until = perf_counter() + seconds

    def ask(place: int) -> None:
        while perf_counter() < until:
            assert client.get(path).status == 200
            counts[place] += 1

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(CONNECTIONS)]
    start = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (perf_counter() - start)


def page_figures(
    name: str, client: Client, path: str, bare: Client, rounds: int, requests: int
) -> PageFigures:
    """Measure a page in turns with the bare view."""
    rush(client, path, WARM_UP_SECONDS)
    rush(bare, BARE, WARM_UP_SECONDS)
    samples: list[float] = []
    bare_samples: list[float] = []
    ratios, rounds_p50 = [], []
    for _round in range(rounds):
        bare_round = times(bare, BARE, requests)
        page_round = times(client, path, requests)
        ratios.append(median(page_round) / median(bare_round))
        rounds_p50.append(median(page_round))
        samples += page_round
        bare_samples += bare_round
    reply = client.get(path)
    return PageFigures(
        page=name,
        path=path,
        p50=median(samples),
        best_p50=min(rounds_p50),
        p99=percentile(samples, 0.99),
        per_second=1000 * len(samples) / sum(samples),
        per_second_on_eight=rush(client, path, RUSH_SECONDS),
        bare_p50=median(bare_samples),
        ratio=median(ratios),
        sql=reply.sql_count,
        kilobytes=len(reply.body) / 1000,
    )


def pages(site: Site, rounds: int, requests: int) -> list[PageFigures]:
    """Measure each page as the person who comes to it."""
    visitor = Client(site.port)
    anna = Client(site.port).log_in("anna@demo.test")
    bruno = Client(site.port).log_in("bruno@demo.test")
    with site.app.app_context():
        paths = {name: cms_views.path_of_tag(tag) for name, tag in TAGS.items()}
    assert all(paths.values()), f"a page is missing: {paths}"
    asked = [
        ("home, visitor", visitor, "/"),
        ("home, member", anna, "/"),
        ("bookable list", bruno, str(paths["list"])),
        ("propose a basket", anna, str(paths["propose"])),
        ("my baskets", Client(site.port).log_in(busiest_owner(site)), str(paths["mine"])),
    ]
    return [page_figures(*one, visitor, rounds, requests) for one in asked]


def busiest_owner(site: Site) -> str:
    """Return the address of who offered most baskets, among those who asked for some too."""
    has_asked = exists().where(OfferRequest.person_id == Person.id)
    with site.app.app_context():
        found = db.session().scalar(
            select(Person.email)
            .join(BasketOffer, BasketOffer.offered_by_id == Person.id)
            .group_by(Person.id)
            .order_by(has_asked.desc(), func.count().desc(), Person.id)
            .limit(1)
        )
    return str(found)


def alert(site: Site) -> dict[str, float]:
    """Measure the click that offers a basket, and the writing of the mails it causes."""
    anna = Client(site.port).log_in("anna@demo.test")
    with site.app.app_context():
        page = str(cms_views.path_of_tag(TAGS["propose"]))
    clicks, queued, recipients = [], [], 0
    for _click in range(CLICKS):
        reply = anna.post("/paniers/ceder", anna.form(page, "/paniers/ceder"), page)
        assert reply.status == 303, reply.status
        clicks.append(reply.milliseconds)
        before = _alert_mails(site)
        start = perf_counter()
        with site.app.app_context():
            exchange_jobs.send_alerts(site.app)
        queued.append((perf_counter() - start) * 1000)
        recipients = _alert_mails(site) - before
    return {
        "click_ms": median(clicks),
        "slowest_click_ms": max(clicks),
        "recipients": recipients,
        "queued_ms": median(queued),
        "slowest_queued_ms": max(queued),
    }


def _alert_mails(site: Site) -> int:
    with site.app.app_context():
        wanted = select(func.count(OutboxMail.id)).where(OutboxMail.event == "exchange/alert")
        return db.session().scalar(wanted) or 0


def as_rows(figures: list[PageFigures]) -> list[dict[str, object]]:
    """Return figures as JSON knows them."""
    return [
        {key: round(value, 2) if isinstance(value, float) else value for key, value in one.items()}
        for one in map(asdict, figures)
    ]

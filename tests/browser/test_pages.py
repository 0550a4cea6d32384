"""Every page: no fault that axe finds, nothing cut off on a phone or at 200 %.

Images, widgets, shortcodes and the contact form are looked at in tests of their own.
"""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from amapress_py import clock
from amapress_py.accounts.models import Person
from amapress_py.cms.models import Page as SitePage
from amapress_py.cms.models import PageRevision
from amapress_py.contracts.models import Contract
from amapress_py.exchange.models import BasketOffer, IntermittentEnrolment
from amapress_py.exchange.rules import OfferState
from tests.browser.conftest import People, Site

AXE = (Path(__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DESKTOP, ZOOMED, PHONE = 1280, 640, 360  # 640 at twice the pixels is 1280 at 200 %

SPACE = "/espace-intermittents"
FIVE = [SPACE, *(f"{SPACE}/{name}" for name in (
    "inscription", "absence", "reserver", "mes-paniers-echanges"))]  # fmt: skip
READ_BY = {
    "": ["/", "/connexion", "/contact", "/glossaire", "/mot-de-passe-oublie", "/rien-ici",
         "/demo/courriels", "/desinscription/{token}", "/recherche?q=panier", "/recherche?q=zzz"],
    "anna": ["/", *FIVE, "/mon-profil", "/recherche?q=panier"],
    "david": ["/", *FIVE[1:], "/intermittents/desinscription"],
    "intermittents": ["/admin/", "/admin/paniers", "/admin/intermittents", "/admin/courriels",
                      f"{SPACE}/absence?amapien={{anna}}", "/admin/distributions"],
    "referent": ["/admin/contrats", "/admin/contrats/{contract}", "/admin/contrats-signes",
                 "/admin/contrats/{contract}/dates", "/admin/contrats/{contract}/produits",
                 "/admin/producteurs"],
    "admin": ["/admin/", "/admin/etat", "/admin/pages/", "/admin/pages/{page}",
              "/admin/pages/nouvelle",
              "/admin/paniers", "/admin/paniers/{offer}", "/admin/intermittents",
              "/admin/personnes/", "/admin/personnes/{anna}", "/admin/personnes/nouvelle",
              "/admin/distributions/{delivery}", "/admin/distributions/{delivery}/emargement",
              "/admin/menu", "/admin/pages/corbeille", "/admin/pages/{page}/historique",
              "/admin/pages/{page}/supprimer", "/admin/pages/{trashed}/effacer",
              "/admin/pages/{page}/historique/{before}",
              "/admin/pages/{page}/historique/{before}/{after}",
              "/admin/pages/shortcode/les-paniers-intermittents",
              "/admin/pages/echange/", "/admin/apparence", "/admin/textes-des-courriels",
              "/admin/textes-des-courriels/exchange/alert",
              "/admin/lieux", "/admin/reglages/", "/espace-intermittents"],
}  # fmt: skip

CUT_OFF = """() => {
  const width = document.documentElement.clientWidth;
  const scrolls = (one) => one && (["auto", "scroll"].includes(getComputedStyle(one).overflowX)
    || scrolls(one.parentElement));
  const cut = [...document.querySelectorAll("main :is(a, button, input, select, textarea, td, p)")]
    .filter((one) => one.checkVisibility() && !one.closest(".sr-only") && !scrolls(one))
    .filter((one) => { const box = one.getBoundingClientRect();
                       return box.width > 1 && (box.right > width + 1 || box.left < -1); })
    .map((one) => one.outerHTML.slice(0, 120));
  if (document.documentElement.scrollWidth > width) cut.push("the page scrolls sideways");
  return cut;
}"""
FAULTS = """async (rules) => {
  const found = await axe.run(document, {runOnly: rules, resultTypes: ["violations"]});
  return found.violations.map((one) =>
    `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).slice(0, 3).join(" | ")}`);
}"""
# A sandboxed frame runs no script: axe would wait for its answer.
IN_THE_PAGE = FAULTS.replace("runOnly:", "iframes: false, runOnly:")
OLD = "<h2>Avant</h2>\n<p>Voici <strong>les</strong> paniers.</p>\n[les-paniers-intermittents]"


@pytest.fixture(scope="module")
def ids(site: Site) -> dict[str, Any]:
    """Return numbers of things to look at."""
    with site.installation.session() as session:
        offer = session.scalars(
            select(BasketOffer).where(BasketOffer.state == OfferState.REQUESTED)
        ).first()
        assert offer is not None
        anna = select(Person.id).where(Person.email == "anna@demo.test")
        page = select(SitePage).where(SitePage.path == "espace-intermittents/reserver")
        booking = session.scalars(page).one()
        assert booking.revision_id is not None
        before = PageRevision(
            page_id=booking.id, title="Réserver", body=OLD, author_id=None, created_at=clock.now()
        )
        trashed = SitePage(path="fete", title="Fête", revision_id=None, trashed_at=clock.now())
        session.add_all([before, trashed])
        session.commit()
        return {
            "offer": offer.id,
            "delivery": offer.delivery_id,
            "contract": session.scalar(select(Contract.id).where(Contract.label == "Légumes")),
            "anna": session.scalar(anna),
            "page": booking.id,
            "before": before.id,
            "after": booking.revision_id,
            "trashed": trashed.id,
            "token": session.scalars(select(IntermittentEnrolment.token)).first(),
        }


@pytest.mark.parametrize("reader", READ_BY)
def test_pages_have_no_fault_and_nothing_is_cut_off(
    people: People, ids: dict[str, Any], reader: str
) -> None:
    page = people.connected(reader) if reader else people.window()
    faults = {}
    for template in READ_BY[reader]:
        path = template.format(**ids)
        answer = page.goto(path)
        assert answer is not None
        assert answer.status in (200, 404), path
        unfold(page)
        page.evaluate(AXE)
        for width in (DESKTOP, ZOOMED, PHONE):
            page.set_viewport_size({"width": width, "height": 800})
            found = page.evaluate(CUT_OFF)
            if width != ZOOMED:
                found += page.evaluate(IN_THE_PAGE, RULES)
            if found:
                faults[path, width] = found
    assert not faults, "\n".join(f"{key}: {found}" for key, found in faults.items())


def unfold(page: Page) -> None:
    """Open what is folded, so that it is looked at too."""
    page.evaluate(
        "() => document.querySelectorAll('main details').forEach((one) => { one.open = true; })"
    )


def test_at_twice_the_size_nothing_is_lost(people: People) -> None:
    """A narrow window shows what a wide one does: the same words and the same buttons."""
    wide = people.connected("anna", viewport={"width": DESKTOP, "height": 800})
    zoomed = people.connected(
        "anna", viewport={"width": ZOOMED, "height": 400}, device_scale_factor=2
    )
    for path in ("/", *FIVE, "/mon-profil"):
        wide.goto(path)
        zoomed.goto(path)
        buttons = "main :is(button, a, input:not([type=hidden]))"
        for page in (wide, zoomed):
            unfold(page)
        shown = [
            page.locator(buttons).evaluate_all(
                "(all) => all.filter((one) => one.checkVisibility()).map((one) => one.textContent)"
            )
            for page in (wide, zoomed)
        ]
        assert shown[0] == shown[1], path
        assert zoomed.evaluate(CUT_OFF) == []

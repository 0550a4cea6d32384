"""Screenshots for README.md and the guide: a demo is made, served, played and photographed.

`make docs` writes docs/images/*.png.  The demo's day is fixed, so that an image changes when its
screen does.
"""

import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from amapress_py.demo import PASSWORD

IMAGES = Path(__file__).parent / "images"
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)  # a Sunday
AMAPRESS = (sys.executable, "-c", "from amapress_py.cli import main; main()")
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars")
SPACE = "/espace-intermittents"
COLOURS = 128
WIDTH = 1100
MARGIN = 16
PHONE = (390, 780)
MAIL_SECONDS = 30
COVER = "#d8d8d8"
FRENCH_DATES = """() => {
  document.activeElement.blur();
  document.querySelectorAll("input[type=date]").forEach((one) => {
    const day = one.value.split("-").reverse().join("/") || "jj/mm/aaaa";
    one.type = "text";
    one.value = day;
  });
}"""
A_LIST = """E-mail;Prénom;Nom;Téléphone
lucie.morel@exemple.fr;Lucie;Morel;06 39 98 12 12
paul.exemple.fr;Paul;Girard;
chloe@demo.test;Chloé;Marin;
"""


@contextmanager
def served_demo() -> Iterator[str]:
    """Make a demo in a folder of its own and serve it; yield its address."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {name: value for name, value in os.environ.items() if "AMAPRESS" not in name}
        environ |= {
            "AMAPRESS_DATA_FOLDER": folder,
            "AMAPRESS_TESTING": "1",  # for the clock
            "AMAPRESS_CLOCK_OFFSET": str((NOW - datetime.now(UTC)).total_seconds()),
        }
        day = NOW.date().isoformat()
        subprocess.run([*AMAPRESS, "demo", "--today", day], env=environ, check=True)  # noqa: S603
        server = subprocess.Popen(  # noqa: S603  our own command
            [*AMAPRESS, "run", "--demo", "--port", "0"], env=environ, stdout=subprocess.PIPE
        )
        assert server.stdout is not None  # noqa: S101  for the type checker: it is a pipe
        try:
            yield server.stdout.readline().decode().strip()
        finally:
            server.terminate()
            server.communicate()


class Camera:
    """Browsers in which persons of the demo are logged in, and what they see as files."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser = browser
        self.address = address

    def visitor(self, width: int = WIDTH, height: int = 720) -> Page:
        """Open a fresh browser in which nobody is logged in."""
        size = {"width": width, "height": height}
        context = self.browser.new_context(base_url=self.address, viewport=size, locale="fr-FR")  # type: ignore[arg-type]
        return context.new_page()

    def person(self, name: str, width: int = WIDTH, height: int = 720) -> Page:
        """Open a fresh browser and log a person of the demo in."""
        page = self.visitor(width, height)
        page.goto("/connexion")
        page.fill("[name=email]", f"{name}@demo.test")
        page.fill("[name=password]", PASSWORD)
        page.click("main button")
        return page

    def mail_to(self, name: str, subject: str) -> str:
        """Wait until the worker has sent a mail; return the path of the page that shows it."""
        page = self.visitor()
        ends = time.monotonic() + MAIL_SECONDS
        while time.monotonic() < ends:
            page.goto(f"/demo/courriels?pour={name}@demo.test")
            found = page.locator("main a", has_text=subject)
            if found.count():
                return str(found.first.get_attribute("href"))
            time.sleep(0.5)
        raise TimeoutError(f"no mail « {subject} » to {name}")


def shoot(
    page: Page, name: str, *, start: str = "main", most: int = 2000, cover: str = "no-such"
) -> None:
    """Keep a page without its head: from the element `start` on, at most that many pixels.

    What `cover` names, drawn anew at each run, is painted over.
    """
    page.wait_for_load_state("networkidle")
    page.evaluate(FRENCH_DATES)  # as a French browser writes them: this one may have no French
    page.mouse.move(0, 0)
    main, first = (page.locator(found).first.bounding_box() for found in ("main", start))
    assert main is not None  # noqa: S101  for the type checker: both are visible
    assert first is not None  # noqa: S101
    top = first["y"] + page.evaluate("scrollY")
    ends = min(main["y"] + page.evaluate("scrollY") + main["height"], top + most)
    taken = page.screenshot(
        full_page=True, animations="disabled", mask=[page.locator(cover)], mask_color=COVER
    )
    image = Image.open(io.BytesIO(taken))
    margin = min(MARGIN, main["x"])  # some screens have theirs inside
    box = main["x"] - margin, top - margin, main["x"] + main["width"] + margin, ends
    keep(image.crop(tuple(map(int, box))), name)  # type: ignore[arg-type]  # four of them


def keep(image: Image.Image, name: str) -> None:
    """Write an image in few colours."""
    few = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(IMAGES / f"{name}.png", optimize=True)


def shoot_window(page: Page, name: str) -> None:
    """Keep what the window shows."""
    page.wait_for_load_state("networkidle")
    keep(Image.open(io.BytesIO(page.screenshot(animations="disabled"))), name)


def unfold(page: Page) -> None:
    """Unfold the first row of the first table."""
    page.locator("td.more summary").first.click()


def look_around(camera: Camera) -> None:
    """Photograph what is there before anything happens."""
    admin = camera.person("admin")
    admin.goto("/admin/")
    shoot(admin, "administration")
    admin.goto("/admin/personnes?q=Caron")
    admin.click("main tbody a >> nth=0")
    shoot(admin, "personne", start="#roles")
    admin.goto("/admin/pages/")
    admin.click("main a:has-text('Réserver un panier')")
    admin.locator("[name=body]").evaluate("field => { field.rows = 6 }")
    shoot(admin, "page", most=820)
    admin.goto("/admin/reglages/")
    shoot(admin, "reglages", most=820)
    anna = camera.person("anna")
    anna.goto(f"{SPACE}/absence")
    unfold(anna)
    shoot(anna, "ceder", most=800)
    anna.goto(f"{SPACE}/inscription")
    shoot(anna, "inscription", most=900)
    anna.goto(f"{SPACE}/absence")
    anna.click("summary:has-text('Je serai absent plusieurs semaines')")
    anna.fill("[name=du]", "2026-12-10")
    anna.fill("[name=au]", "2026-12-31")
    shoot(anna, "absence", start="details:has([name=du])", most=240)
    bruno = camera.person("bruno")
    bruno.goto("/intermittents/mes-alertes")
    bruno.click("main summary")
    shoot(bruno, "alertes")


def stand_in(camera: Camera) -> None:
    """Photograph how a member gives a part, and how a friend comes for her."""
    therese = camera.person("tresorier")
    therese.goto(f"{SPACE}/absence")
    therese.locator("td.more summary").nth(1).click()
    therese.locator("a:has-text('Céder une partie'):visible").click()
    therese.click("main summary:has-text('À quelqu’un que je connais')")
    shoot(therese, "partie")
    therese.goto(f"{SPACE}/absence")
    unfold(therese)
    therese.locator("a:has-text('Quelqu’un vient à ma place'):visible").click()
    shoot(therese, "laissez-passer", most=620, cover="#lien-passe, main img")
    friend = camera.visitor(*PHONE)
    friend.goto(str(therese.get_attribute("#lien-passe", "href")))
    friend.locator("h1").evaluate("title => title.scrollIntoView()")
    shoot_window(friend, "passe")


def manage(camera: Camera) -> None:
    """Photograph what the person in charge does besides."""
    irene = camera.person("intermittents")
    irene.goto("/admin/paniers/statistiques")
    shoot(irene, "statistiques", most=860)
    irene.goto("/admin/intermittents")
    shoot(irene, "intermittents", most=500)
    irene.goto("/admin/intermittents/import")
    irene.fill("[name=liste]", A_LIST)
    irene.click("main button:has-text('Voir ce qui se passera')")
    shoot(irene, "inscrire-plusieurs", most=700)
    irene.goto("/admin/inscription-publique")
    irene.click("button:has-text('Ouvrir la page')")
    shoot(irene, "inscription-publique", most=560, cover="#adresse-publique, main img")
    guest = camera.visitor()
    guest.goto(str(irene.get_attribute("#adresse-publique", "href")))
    shoot(guest, "rejoindre", most=800)
    admin = camera.person("admin")
    admin.goto("/admin/textes-des-courriels/exchange/alert")
    admin.click("button:has-text('Voir l’aperçu')")
    admin.frame_locator("[name=apercu]").locator("p").first.wait_for()
    shoot(admin, "textes", most=1000)


def print_sheet(irene: Page) -> str:
    """Print the sheet of the next Thursday; return the address of its living page."""
    irene.goto("/admin/distributions")
    irene.locator("tr", has_text="Tilleuls").first.locator("a:has-text('Émargement')").click()
    irene.click("button:has-text('Imprimer une feuille numérotée')")
    shoot(irene, "feuille", most=520, cover="main img, main a[href*='/feuille/']")
    return str(irene.get_attribute("main a[href*='/feuille/']", "href"))


def cede(camera: Camera, anna: Page) -> None:
    """Let Anna give her basket away; photograph what those see who might take it."""
    anna.goto(f"{SPACE}/absence")
    anna.locator("form.cede [name=informations]").first.fill(
        "Il y aura sûrement des poireaux. Bon appétit !"
    )
    anna.locator("button:has-text('Céder mon panier')").first.click()
    david = camera.visitor()
    david.goto(camera.mail_to("david", "Un panier est disponible"))
    shoot(david, "annonce", start="iframe", most=650)
    frame = david.frame_locator("iframe")
    leave = str(frame.locator("a[href*='/desinscription/']").first.get_attribute("href"))
    booking = str(frame.locator("a[href*='offre=']").first.get_attribute("href"))
    at_once = str(frame.locator("a[href*='/interesse/']").first.get_attribute("href"))
    guest = camera.visitor(*PHONE)
    guest.goto(at_once)
    guest.locator("h1").evaluate("title => title.scrollIntoView()")
    shoot_window(guest, "interesse")
    david.goto(leave)
    shoot(david, "desinscription", most=250)
    wide = camera.person("bruno", 1280, 860)
    wide.goto(booking.partition("#")[0])
    shoot_window(wide, "site")
    shoot(wide, "reserver", most=800)
    phone = camera.person("bruno", *PHONE)
    phone.goto(f"{SPACE}/reserver")
    phone.locator("main tbody tr").first.evaluate("card => card.scrollIntoView()")
    shoot_window(phone, "reserver-telephone")
    for name in ("bruno", "chloe"):
        page = camera.person(name)
        page.goto(booking)
        row = page.locator(f"#{booking.partition('#')[2]}")
        row.locator("button:has-text('Je suis intéressé')").click()


def accept(camera: Camera, anna: Page) -> None:
    """Let Anna choose Bruno; photograph both sides and the back office."""
    irene = camera.person("intermittents")
    living = print_sheet(irene)
    anna.goto(f"{SPACE}/mes-paniers-echanges")
    shoot(anna, "valider", most=700)
    anna.locator("button:has-text('Valider')").first.click()
    anna.locator("p.message").wait_for()
    anna.locator("td.more details").first.evaluate("row => { row.open = true }")
    shoot(anna, "regle", start="h2:has-text('proposés')", most=560)
    bruno = camera.person("bruno")
    bruno.goto(f"{SPACE}/mes-paniers-echanges")
    shoot(bruno, "reserve", start="h2:has-text('réservés')", most=500)
    irene.goto("/admin/paniers")
    shoot(
        irene, "paniers", start="main table", most=600
    )  # date fields speak the browser’s language
    irene.goto("/admin/paniers?personne=Delorme")
    irene.click("main tbody a >> nth=0")
    shoot(irene, "panier")
    irene.goto("/admin/courriels")
    shoot(irene, "courriels", most=700)
    irene.goto("/admin/distributions")
    irene.locator("tr", has_text="Tilleuls").first.locator("a:has-text('Émargement')").click()
    for _basket in range(2):
        irene.locator("button:has-text('Pris')").first.click()
    shoot(irene, "emargement", most=800)
    helper = camera.visitor(*PHONE)
    helper.goto(living)
    helper.locator("h1").evaluate("title => title.scrollIntoView()")
    shoot_window(helper, "feuille-vivante")


def main() -> None:
    """Write every image."""
    IMAGES.mkdir(exist_ok=True)
    program = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    with served_demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        camera = Camera(browser, address)
        for look in (look_around, stand_in, manage):
            look(camera)
        anna = camera.person("anna")
        for story in (cede, accept):
            story(camera, anna)
        browser.close()


if __name__ == "__main__":
    main()

"""Screenshots of how a page is composed, for docs/guide/pages.md: docs/images/composer-*.png.

`make docs` plays it on a demo of its own, at a desk and on a phone.
"""

import io
import shutil

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from docs.screenshots import CHROMIUMS, FLAGS, IMAGES, Camera, keep, served_demo, shoot

TITLE = "Intermittent – Réserver un panier"
WORDS = (
    "Voici les paniers disponibles. Celui qui vous convient : cliquez sur « Je suis intéressé »."
)
PATH = "/intermittent-reserver-un-panier"
PICTURE = IMAGES / "reserver.png"  # any image will do for the one that is sent
DESK = (1280, 860)
PHONE = (360, 740)
SOON_MS = 1500  # the preview follows a moment after the last key


def window(page: Page, name: str) -> None:
    """Keep what the window shows; the editing screen never falls silent."""
    keep(Image.open(io.BytesIO(page.screenshot(animations="disabled"))), name)


def clear(admin: Page) -> None:
    """Put the page that the demo has into the trash."""
    admin.goto("/admin/pages/?q=Réserver")
    admin.click(f"main tbody tr:has-text('{TITLE}') a:has-text('Corbeille')")
    admin.click("main form button.danger, main form button:has-text('corbeille')")


def compose(admin: Page) -> None:
    """Write the page, up to what stands before « Enregistrer »."""
    admin.goto("/admin/pages/")
    window(admin, "composer-1")
    admin.click("text=Nouvelle page")
    admin.fill("[name=title]", TITLE)
    admin.click("#riche")
    admin.keyboard.type(WORDS)
    admin.keyboard.press("Enter")
    admin.click("#ajouter button")
    admin.keyboard.type("réserver")
    window(admin, "composer-2")
    admin.keyboard.press("Enter")
    admin.fill("[name=p-contrat_nom]", "Légumes")
    window(admin, "composer-3")
    admin.click("dialog [data-done]")
    admin.select_option("[name=reader]", "intermittent")
    admin.fill("[name=look_day]", "2026-11-24")
    admin.fill("[name=look_time]", "19:00")
    admin.wait_for_timeout(SOON_MS)
    admin.locator("[name=title]").evaluate("one => one.closest('.field').scrollIntoView()")
    window(admin, "composer-4")
    admin.check("[name=is_protected]")
    admin.click("summary:text-is('Options')")
    admin.check("[name=in_menu]")
    admin.locator("fieldset.panel").evaluate("one => one.scrollIntoView()")
    window(admin, "composer-5")


def save(admin: Page) -> None:
    """Save, and what follows: the log-in, a fault, the history, the menu."""
    admin.click("main button:text-is('Enregistrer')")
    admin.wait_for_url(f"**{PATH}")
    admin.click("text=Modifier cette page")
    admin.locator("#riche img.chip").wait_for()
    admin.focus("#riche")
    admin.keyboard.press("Control+a")
    admin.keyboard.press("Delete")
    admin.keyboard.type(f"{WORDS} Bientôt ici.")
    admin.wait_for_timeout(SOON_MS)
    admin.click("main button:text-is('Enregistrer')")
    admin.goto("/admin/etat")
    shoot(admin, "composer-7", most=560)
    admin.click(f".findings-required li:has-text('{TITLE}') a:has-text('Modifier la page')")
    admin.click("text=Historique")
    admin.locator("text=Ce qui a changé depuis").first.click()
    shoot(admin, "composer-8", most=760)
    admin.locator("button:has-text('Restaurer cette version')").first.click()
    admin.goto("/admin/menu")
    shoot(admin, "composer-11", most=760)


def image(admin: Page) -> None:
    """Send an image from the editing screen, and place it."""
    admin.goto("/admin/pages/nouvelle")
    admin.click("#riche")
    admin.get_by_role("toolbar").get_by_label("Image").click()
    file = admin.locator("dialog input[type=file]")
    file.wait_for(state="attached")
    admin.evaluate("document.querySelector('dialog details').open = true")
    file.set_input_files(PICTURE)
    admin.get_by_label("Texte alternatif").fill("La page où l’on réserve un panier")
    admin.click("text=Envoyer l’image")
    admin.get_by_label("Légende").fill("Réserver un panier")
    admin.locator("dialog img").evaluate("one => one.decode()")
    window(admin, "composer-12")


def on_a_phone(phone: Page) -> None:
    """Look at the editing screen with 360 pixels."""
    phone.goto(PATH)
    phone.click("text=Modifier cette page")
    phone.locator("#riche p").first.wait_for()
    phone.locator("[name=title]").evaluate("one => one.closest('.field').scrollIntoView()")
    window(phone, "composer-9")
    phone.click("#regard summary")
    phone.select_option("[name=reader]", "intermittent")
    phone.wait_for_timeout(SOON_MS)
    phone.locator("#regard").evaluate("one => one.scrollIntoView()")
    window(phone, "composer-10")


def main() -> None:
    """Write every image."""
    program = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    with served_demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        camera = Camera(browser, address)
        admin = camera.person("admin", *DESK)
        admin.on("dialog", lambda dialog: dialog.accept())
        clear(admin)
        compose(admin)
        save(admin)
        visitor = camera.visitor(*DESK)
        visitor.goto(PATH)
        shoot(visitor, "composer-6", most=460)
        image(admin)
        on_a_phone(camera.person("admin", *PHONE))
        browser.close()


if __name__ == "__main__":
    main()

"""Screenshots of contracts, distributions and events, for the guide.

`make docs` plays them on a demo of its own: the office at a desk, members on a phone.
"""

import re
import shutil

from playwright.sync_api import Page, sync_playwright

from docs.screenshots import CHROMIUMS, FLAGS, Camera, served_demo, shoot, shoot_window

DESK = (1280, 860)
PHONE = (360, 740)
OCTOBER = ("2019-10-04", "2019-10-25")
BASKETS = {"Petit Panier": "10", "Grand Panier": "18"}
WINTER = ("2026-12-01", "2026-12-25")
DAYS = (("mardi", "1", ""), ("vendredi", "4", ""), ("mardi semaine Paire", "1", "even"),
        ("vendredi semaine Impaire", "4", "odd"))  # fmt: skip
SIGNED = {  # name: product, from
    "Alice Moreau": ("Petit Panier", OCTOBER[0]),
    "Béatrice Bonnet": ("Grand Panier", OCTOBER[0]),
    "Capucine Benali": ("Petit Panier", "2019-10-18"),
    "David Roussel": ("Grand Panier", OCTOBER[0]),
}
OLD, NEW = "vendredi 4 octobre 2019", "vendredi 25 octobre 2019"


def title(page: Page) -> None:
    """Go to the title of a page, so that a window shows what is below."""
    page.locator("h1").first.evaluate("one => one.scrollIntoView()")


def press(page: Page, name: str) -> None:
    """Press a button or follow a link of the page itself."""
    name = re.escape(name)
    exact = re.compile(rf"^{name}$")
    main = page.get_by_role("main")
    main.get_by_role("button", name=exact).or_(main.get_by_role("link", name=exact)).first.click()


def make(office: Page) -> str:
    """Make « Légumes 2019 » step by step and open it; return its address."""
    office.goto("/admin/contrats")
    press(office, "Ajouter un contrat")
    office.get_by_label("Nom court, dit aux amapiens").fill("Légumes")
    office.get_by_label("Salle des Tilleuls").check()
    office.get_by_label("Nom court, dit aux amapiens").blur()
    shoot(office, "contrat-nouveau", most=620)
    press(office, "Continuer")
    serie = office.locator("#serie")
    for name, day in zip(("first", "last"), OCTOBER, strict=True):
        serie.locator(f"[name={name}]").fill(day)
    serie.get_by_label("vendredi").check()
    serie.get_by_role("button", name="Ajouter ces dates").click()
    first = office.locator("#dates-du-contrat tbody tr").first
    first.get_by_role("button", name="Congé du producteur").click()
    shoot(office, "contrat-dates", start="h2:has-text('Dates du contrat')", most=400)
    press(office, "Continuer")
    office.fill("[name=joker_max]", "1")
    office.check("[name=joker_mode][value=libre]")
    office.fill("[name=joker_delay_days]", "3")
    press(office, "Continuer")
    for n, (name, price) in enumerate(BASKETS.items(), 1):
        office.fill(f"[name=name_new_{n}]", name)
        office.fill(f"[name=price_new_{n}]", price)
    press(office, "Continuer")
    press(office, "Continuer")
    press(office, "Continuer")
    address = office.url
    press(office, "Activer le contrat")
    return address


def fill_grid(office: Page) -> str:
    """Make a contract on two days, with what its products cross; return its address."""
    office.goto("/admin/contrats")
    press(office, "Ajouter un contrat")
    office.get_by_label("Nom court, dit aux amapiens").fill("Légumes d’hiver")
    office.get_by_label("Salle des Tilleuls").check()
    press(office, "Continuer")
    serie = office.locator("#serie")
    for name, day in zip(("first", "last"), WINTER, strict=True):
        serie.locator(f"[name={name}]").fill(day)
    for day in ("mardi", "vendredi"):
        serie.get_by_label(day).check()
    serie.get_by_role("button", name="Ajouter ces dates").click()
    press(office, "Continuer")
    press(office, "Continuer")
    for n, (name, weekday, weeks) in enumerate(DAYS, 1):
        office.fill(f"[name=name_new_{n}]", f"Petit Panier {name}")
        office.fill(f"[name=price_new_{n}]", "10")
        office.select_option(f"[name=weekday_new_{n}]", weekday)
        office.select_option(f"[name=weeks_new_{n}]", weeks)
    press(office, "Enregistrer")
    shoot(office, "contrat-produits", start="form.products", most=390)
    press(office, "Continuer")
    shoot(office, "contrat-grille", start="#grille", most=720)
    press(office, "Continuer")
    press(office, "Continuer")
    return office.url


def agree(camera: Camera, office: Page, contract: str) -> None:
    """Let the producer agree to a contract by the link of his mail, and open it."""
    admin = camera.person("admin")
    admin.goto("/admin/reglages/")
    admin.check("[name=producer_validates]")
    press(admin, "Enregistrer")
    office.goto(contract)
    shoot(office, "contrat-accord", start="section:has(#producteur)", most=330)
    press(office, "Envoyer au producteur pour validation")
    producer = camera.visitor(*PHONE)
    producer.goto(camera.mail_to("producteur", "à valider"))
    link = producer.frame_locator("iframe").locator("a[href*='/contrat-a-valider/']").first
    producer.goto(str(link.get_attribute("href")))
    title(producer)
    shoot_window(producer, "contrat-a-valider")
    press(producer, "Je valide ce contrat")
    office.goto(contract)
    press(office, "Activer le contrat")


def swap(office: Page, contract: str) -> None:
    """Enter a household's contract, and look at its Tuesday basket taken on Friday."""
    office.goto(f"{contract}/signes/nouveau?q-foyers=Alice Moreau")
    office.get_by_role("link", name="Choisir").first.click()
    office.get_by_role("spinbutton", name="Petit Panier mardi").first.fill("1")
    office.get_by_role("main").get_by_role("button", name="Enregistrer").last.click()
    office.locator("main tbody a", has_text="Alice Moreau").first.click()
    press(office, "Jokers et livraisons décalées")
    office.get_by_role("link", name=re.compile("^Décaler")).first.click()
    shoot(office, "decaler", most=620)


def sign_for(office: Page, contract: str) -> None:
    """Enter what four households signed; the last one skips 25 October."""
    for name, (product, since) in SIGNED.items():
        office.goto(f"{contract}/signes/nouveau?q-foyers={name}")
        row = office.locator("main tr", has_text=name)
        row.get_by_role("link", name="Choisir").click()
        office.get_by_label("Date de début").fill(since)
        office.get_by_role("spinbutton", name=product).fill("1")
        if since != OCTOBER[0]:
            shoot(office, "contrat-signe", most=620)
        office.get_by_role("main").get_by_role("button", name="Enregistrer").last.click()
    office.goto(f"{contract}/signes")
    office.locator("main tbody a", has_text="David Roussel").first.click()
    press(office, "Jokers et livraisons décalées")
    for summary in office.locator("main details.panel > summary").all():
        summary.click()
    row = office.locator("main tr", has_text=NEW)
    row.get_by_role("button", name="Poser un joker").click()


def move_holiday(office: Page, contract: str) -> None:
    """Reserve 4 October, and see both methods of having 25 October instead."""
    office.goto(f"{contract}/en-masse/vacances")
    office.get_by_label(NEW).check()
    press(office, "Voir ce qui va changer")
    shoot(office, "vacances", start="#apercu", most=1500)
    press(office, "Appliquer la méthode 2")
    shoot(office, "masse-journal", start="#journal", most=400)


def report(office: Page, contract: str) -> None:
    """Show who has a joker on a day."""
    office.goto(f"{contract}/rapports")
    office.get_by_label("Livraison").select_option(label=NEW)
    press(office, "Afficher")
    shoot(office, "rapport", most=560)


def sign(camera: Camera) -> None:
    """Let a member sign and set a joker on a phone."""
    anna = camera.person("anna", *PHONE)
    anna.goto("/mes-contrats")
    anna.locator("li.card", has_text="Fromages").get_by_role("link").last.click()
    quantities = anna.get_by_role("main").get_by_role("spinbutton")
    for n, quantity in ((0, "2"), (3, "1"), (4, "1")):
        anna.locator(".day-cards input[type=number]").nth(n).fill(quantity)
    quantities.first.blur()
    anna.locator("fieldset.day").first.evaluate("one => one.scrollIntoView()")
    shoot_window(anna, "signer")
    press(anna, "Continuer")
    press(anna, "Signer ce contrat")
    anna.goto("/mes-contrats")
    anna.get_by_role("link", name="Légumes 2026-2027", exact=True).click()
    press(anna, "Mes livraisons et mes jokers")
    anna.get_by_role("button", name="Poser un joker").nth(2).click()
    anna.locator("#jokers").evaluate("one => one.scrollIntoView()")
    shoot_window(anna, "mes-jokers")


def fetch(camera: Camera) -> None:
    """Show what a member fetches: one distribution on a phone, all of them as a calendar."""
    anna = camera.person("anna", *PHONE)
    anna.goto("/mes-livraisons")
    anna.get_by_role("main").locator("tbody a").first.click()
    title(anna)
    shoot_window(anna, "distribution")
    wide = camera.person("anna")
    wide.goto("/calendrier")
    shoot(wide, "calendrier", start="main h2", most=470)


def gather(camera: Camera) -> None:
    """Show events and messages of the office."""
    admin = camera.person("admin")
    admin.goto("/admin/evenements")
    shoot(admin, "evenements", most=420)
    admin.get_by_role("link", name=re.compile("^Tenir")).first.click()
    shoot(admin, "tenir", most=560)
    admin.goto("/admin/messages")
    admin.locator("tr", has_text="Légumes 2026-2027").get_by_role("link", name="Écrire").click()
    admin.get_by_label("Objet").fill("la récolte de décembre")
    admin.get_by_label("Message").fill(
        "Il a gelé deux nuits : pas de salades cette semaine, mais des poireaux et des courges.\n\n"
        "À jeudi !"
    )
    press(admin, "Voir l’aperçu")
    shoot(admin, "ecrire", start="#apercu", most=420)


def main() -> None:
    """Write every image."""
    program = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    with served_demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        play(Camera(browser, address))
        browser.close()


def play(camera: Camera) -> None:
    """Play all of it."""
    for story in (sign, fetch, gather):
        story(camera)
    office = camera.person("referent", *DESK)
    october = make(office)
    sign_for(office, october)
    report(office, october)
    move_holiday(office, october)
    winter = fill_grid(office)
    agree(camera, office, winter)
    swap(office, winter)


if __name__ == "__main__":
    main()

"""Images: sent with the keyboard alone, shown to a visitor, screens without fault on a phone."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import FilePayload

from amapress_py import db
from amapress_py.app import create_app
from amapress_py.cms import services
from amapress_py.config import Config
from tests.browser.conftest import People, Site
from tests.browser.hands import Keyboard
from tests.browser.test_pages import AXE, CUT_OFF, DESKTOP, FAULTS, PHONE, RULES, unfold

pytestmark = pytest.mark.thorough

SCREEN = "/admin/images/"
DRAWN = "(one) => one.complete && one.naturalWidth"


def photo(name: str) -> FilePayload:
    file = BytesIO()
    Image.radial_gradient("L").resize((2000, 1500)).convert("RGB").save(file, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": file.getvalue()}


def faults(page: Any) -> list[str]:
    unfold(page)
    page.evaluate(AXE)
    found: list[str] = []
    for width in (DESKTOP, PHONE):
        page.set_viewport_size({"width": width, "height": 800})
        found += page.evaluate(CUT_OFF) + page.evaluate(FAULTS, RULES)
    return found


def test_an_image_is_sent_and_a_visitor_sees_it(people: People, site: Site) -> None:
    hands = Keyboard()
    page = people.connected("admin")
    page.goto(SCREEN)
    assert faults(page) == []
    page.set_viewport_size({"width": DESKTOP, "height": 800})
    page.set_input_files("#image-file", photo("Marché de Noël.jpg"))
    hands.press(page.get_by_role("button", name="Envoyer l’image"))
    page.get_by_text("Rien n’est enregistré").wait_for()  # no words for who does not see it
    assert faults(page) == []
    page.set_viewport_size({"width": DESKTOP, "height": 800})
    page.set_input_files("#image-file", photo("Marché de Noël.jpg"))
    hands.write(page.get_by_label("Texte alternatif"), "Le marché de Noël")
    hands.press(page.get_by_role("button", name="Envoyer l’image"))
    page.get_by_text("L’image est enregistrée").wait_for()
    card = page.locator(".images img").first
    assert card.evaluate(DRAWN) == 400

    address = card.get_attribute("src") or ""
    url = address.replace("/vignette/", "/")
    installation = site.installation
    app = create_app(
        Config("a secret for tests", installation.database_url, data_folder=installation.folder)
    )
    with app.app_context(), db.transaction() as session:
        body = f'<p><img src="{url}" alt="Le marché de Noël"></p>'
        services.save_page(session, None, services.Draft("Noël", body, "noel"), 0)

    visitor = people.window()
    visitor.goto("/noel")
    assert visitor.get_by_role("img", name="Le marché de Noël").evaluate(DRAWN) == 1600
    page.locator(".images a.picture").first.click()
    assert page.get_by_role("link", name="Noël", exact=True).count() == 1
    assert faults(page) == []
    page.goto(f"{SCREEN}choisir")
    assert faults(page) == []

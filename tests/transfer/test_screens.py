"""The screens: report first, then exactly what it said."""

import io
import zipfile

from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Person, Role
from amapress_py.cms import services
from amapress_py.cms.models import Page
from amapress_py.cms.services import Draft
from amapress_py.transfer import here
from amapress_py.transfer.models import Upload
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make
from tests.transfer.conftest import SAMPLE, MakePage, zipped

SCREEN = "/admin/pages/echange/"
FILE = '+++\ntitle = "Soupe"\npath = "soupe"\n+++\n<p>Navets</p>\n'


def send(browser: Browser, name: str, content: bytes, **more: object) -> tuple[int, str, str]:
    """Send a file; return status, text and address of the page that one lands on."""
    response = browser.client.post(
        f"{SCREEN}importer",
        data={
            "csrf_token": browser.token(),
            "file": (io.BytesIO(content), name),
            **more,
        },
        follow_redirects=True,
    )
    return response.status_code, response.text, response.request.full_path.rstrip("?")


def values_of(browser: Browser, address: str) -> dict[str, object]:
    fields = browser.visit(address).select("main form input[type=hidden]")
    return {str(one["name"]): str(one["value"]) for one in fields}


def test_an_admin_takes_all_pages_home(
    browse: BrowserFactory, admin: Person, make_page: MakePage
) -> None:
    make_page("Soupe")

    response = browse(admin).client.get(f"{SCREEN}exporter")

    assert response.headers["Content-Disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(response.data)) as file:
        assert file.namelist() == ["pages/soupe.html"]


def test_the_report_comes_first_and_the_import_does_what_it_said(
    browse: BrowserFactory, admin: Person, session: Session
) -> None:
    browser = browse(admin)

    status, shown, address = send(browser, "pages.wxr.xml", SAMPLE.read_bytes())
    before = here.read(session).pages
    session.rollback()
    done = browser.post(address, values_of(browser, address))

    assert status == 200
    assert "7 pages nouvelles" in shown
    assert not before
    assert "C’est importé" in done.get_text()
    assert "rien à importer" in done.get_text()
    assert len(here.read(session).pages) == 7


def test_a_report_that_is_no_longer_true_is_shown_again(
    browse: BrowserFactory, admin: Person, make_page: MakePage, session: Session
) -> None:
    browser = browse(admin)
    page = make_page("Soupe")
    _status, shown, address = send(browser, "soupe.html", FILE.encode(), replaces="y")
    values = values_of(browser, address)
    with db.transaction() as current:
        draft = Draft("Soupe", "<p>Entre-temps</p>", "soupe")
        services.save_page(current, page.id, draft, 0, page.revision_id or 0)

    again = browser.post(address, {**values, "remplacer": "oui"})

    assert "1 page modifiée" in shown
    assert "ont changé depuis ce rapport" in again.get_text()
    session.rollback()
    assert next(iter(here.read(session).pages.values())).body == "<p>Entre-temps</p>"


def test_choices_that_were_not_shown_yet_are_shown_first(
    browse: BrowserFactory, admin: Person, seeded: Session
) -> None:
    browser = browse(admin)
    _status, _shown, address = send(browser, "a.xml", SAMPLE.read_bytes())
    values = values_of(browser, address)
    boxes = browser.visit(address).select("input[name=a-la-place]")
    ticked = [str(box["value"]) for box in boxes]
    before = len(here.read(seeded).pages)
    seeded.rollback()

    shown = browser.post(address, {**values, "a-la-place": ticked})
    assert "ont changé depuis ce rapport" in shown.get_text()
    assert len(shown.select("input[name=a-la-place][checked]")) == len(boxes) == 7
    rapport = shown.select_one("input[name=rapport]")
    assert rapport is not None
    seeded.rollback()
    assert len(here.read(seeded).pages) == before
    done = browser.post(address, {"rapport": rapport["value"], "a-la-place": ticked})

    assert "7 pages modifiées" in done.get_text()
    seeded.rollback()
    assert len(here.read(seeded).pages) == before


def test_who_changes_his_mind_forgets_the_file(
    browse: BrowserFactory, admin: Person, session: Session
) -> None:
    browser = browse(admin)
    _status, _shown, address = send(browser, "soupe.html", FILE.encode())

    done = browser.post(f"{address}/oublier")

    assert "Rien n’a été importé" in done.get_text()
    session.rollback()
    assert session.scalars(select(Upload)).all() == []
    assert browser.client.get(address).status_code == 404


def test_a_file_is_for_who_sent_it(browse: BrowserFactory, admin: Person, make: Make) -> None:
    _status, _shown, address = send(browse(admin), "soupe.html", FILE.encode())

    other = browse(make.person(roles=[Role.ADMIN]))

    assert other.client.get(address).status_code == 404


def test_what_cannot_be_read_is_told_on_the_screen(
    browse: BrowserFactory, admin: Person, session: Session
) -> None:
    browser = browse(admin)
    for name, content, reason in (
        ("a.pdf", b"%PDF", "ni un ZIP"),
        ("a.xml", SAMPLE.read_bytes()[:5000], "Ligne "),
        ("a.zip", zipped({"../a.html": FILE}), "hors du dossier"),
    ):
        status, shown, _address = send(browser, name, content)
        assert status == 422
        assert reason in shown
    assert send(browser, "a.zip", b"")[0] == 422
    session.rollback()
    assert session.scalars(select(Upload)).all() == []
    assert session.scalars(select(Page)).all() == []


def test_too_large_a_file_is_told(browse: BrowserFactory, admin: Person) -> None:
    boundary = "x"
    content = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\n'
    ).encode() + bytes(20_000_001)

    response = browse(admin).client.post(
        f"{SCREEN}importer",
        data=content,
        content_type=f"multipart/form-data; boundary={boundary}",
    )

    assert response.status_code == 413
    assert "20 Mo" in response.text


def test_nonsense_in_the_address_is_no_choice(browse: BrowserFactory, admin: Person) -> None:
    browser = browse(admin)
    _status, _shown, address = send(browser, "a.xml", SAMPLE.read_bytes())

    for query in ("a-la-place=x", "a-la-place=1:2:3", f"a-la-place=679:{'9' * 30}", "remplacer="):
        browser.visit(f"{address}?{query}")

"""The editing screen in a real browser: rich text over the source, palette, preview, drafts."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import delete, select

from amapress_py.accounts.models import Grant, Person, Role
from amapress_py.cms.models import Page as SitePage
from amapress_py.cms.models import PageDraft, PageRevision
from tests.browser.conftest import People, Site
from tests.browser.test_pages import AXE, CUT_OFF, DESKTOP, FAULTS, PHONE, RULES

NEW = "/admin/pages/nouvelle"
SEEDS = Path(__file__).parent.parent.parent / "pages"
SOON_MS = 450  # the text is written a moment after the last key

# Every tag that is allowed, entities, shortcodes in all places, what no editor would write so.
DENSE = """\
<h2 id="a" class="text-center">Titre&nbsp;&amp; <em>autre</em></h2>
<p class="lead">Un <b>gras</b>, un <i lang="en">it</i>, H<sub>2</sub>O, &lt;p&gt;,
&#91;connexion&#93;, [[menu]]<br>ligne</p>
Texte nu [les-paniers-intermittents-count] et <strong>fin</strong>

[display-if role='member,admin'  inconnu=1]
<dl>
<dt id="t">Mot</dt><dd>Sens [connexion]</dd>
</dl>
[/display-if]
<details class="panel"><summary>Plus</summary><p>Caché</p></details>
<table class="wide"><caption>Prix</caption><colgroup><col span="2"></colgroup>
<thead><tr><th scope="col">A</th><th>B</th></tr></thead>
<tbody><tr><td colspan="2">1 &euro;</td></tr></tbody></table>
<section><h3>Section</h3>libre <a href="[intermittent-desinscription-href]">sortir</a>
<ol start="3" reversed><li>un<ul><li>deux</li></ul></li></ol></section>
<figure class="alignright"><img src="/media/x.jpg" alt="Un &quot;mot&quot;" width="10">
<figcaption>Légende</figcaption></figure>
<pre>  deux
    espaces</pre>
<hr>
<blockquote cite="https://exemple.fr">Cité</blockquote>
<div class="cards"><div class="card">Carte</div></div>
<p>[mes-infos]</p>
<p>Un <span class="badge open">mot</span> <a name="ancre">ici</a>
<time datetime="2026-10-01">jeudi</time>.</p>"""


def text_of(page: Page) -> str:
    """Return what would be sent, a moment after the last key."""
    page.wait_for_timeout(SOON_MS)
    return str(page.evaluate("document.getElementById('page-form').elements.body.value"))


def double_click(target: Locator) -> None:
    """Press twice at one place, as who always does; the second press may meet a dialog."""
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box is not None
    target.page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def open_editor(page: Page, path: str = NEW) -> None:
    page.goto(path)
    page.locator("#riche > *").first.wait_for()


def write(page: Page, source: str) -> None:
    """Put a source into the text and show it as rich text."""
    page.get_by_role("button", name="Source HTML").click()
    page.locator("textarea[name=body]").fill(source)
    page.get_by_role("button", name="Texte mis en forme").click()


def end_of_text(page: Page) -> None:
    page.locator("#riche").focus()
    page.keyboard.press("Control+End")


@pytest.fixture(autouse=True)
def no_drafts(site: Site) -> None:
    """Forget what one test typed and left: it is not offered to the next."""
    with site.installation.session() as session:
        session.execute(delete(PageDraft))
        session.commit()


@pytest.fixture
def admin(people: People) -> Page:
    page = people.connected("admin", viewport={"width": 1440, "height": 900})
    page.on("dialog", lambda dialog: dialog.accept())
    return page


def test_every_page_comes_back_as_it_was(admin: Page) -> None:
    """Also when every block is written anew, as if each had been touched."""
    open_editor(admin)
    seeds = [re.sub(r"\A\+\+\+.*?\+\+\+\n", "", path.read_text("utf-8"), flags=re.DOTALL).strip()
             for path in sorted(SEEDS.rglob("*.html"))]  # fmt: skip
    assert seeds
    saved = admin.evaluate(
        """async (texts) => {
          const folder = document.querySelector("script[type=module]").src.replace("main.js", "");
          const { Source } = await import(`${folder}source.js`);
          const { Shortcodes } = await import(`${folder}shortcodes.js`);
          const data = document.getElementById("editeur").dataset;
          const shortcodes = new Shortcodes(JSON.parse(data.shortcodes), { end: "fin" });
          return texts.map((text) => {
            const source = new Source(JSON.parse(data.allowed), shortcodes);
            const box = document.createElement("div");
            box.append(source.load(text));
            const untouched = source.save(box);
            source.originals = new Map();
            const locked = box.querySelectorAll(".locked:not(.line)").length;
            return [untouched, source.save(box), locked];
          });
        }""",
        [*seeds, DENSE],
    )
    for text, (untouched, anew, locked) in zip([*seeds, DENSE], saved, strict=True):
        assert untouched == text
        assert locked == 0, text[:200]
        if text != DENSE:
            assert anew == text


def test_one_word_changes_one_word(admin: Page) -> None:
    open_editor(admin)
    write(admin, DENSE)
    assert text_of(admin) == DENSE

    end_of_text(admin)
    admin.keyboard.type("Fin")

    before, last = DENSE.rsplit("<p>", 1)
    one_line = last.replace("\n", " ").replace(".</p>", ".Fin</p>")
    assert text_of(admin) == f"{before}<p>{one_line}"
    admin.keyboard.press("Control+z")
    assert text_of(admin) == DENSE


def test_a_page_is_made_with_palette_preview_protection_and_menu(admin: Page, site: Site) -> None:
    open_editor(admin)
    admin.locator("[name=title]").fill("Essai – Réserver")
    admin.locator("#riche").click()
    admin.keyboard.type("Voici ")
    admin.keyboard.press("Control+b")
    admin.keyboard.type("les paniers")
    admin.keyboard.press("Control+b")
    admin.keyboard.press("Enter")
    double_click(admin.get_by_role("button", name="Ajouter un shortcode"))
    admin.get_by_label("Chercher", exact=True).fill("paniers intermittents reserver")
    admin.keyboard.press("Enter")
    admin.locator("#shortcode-form").wait_for()
    admin.locator("[name=p-contrat_nom]").fill('Pain & "sel"')
    admin.keyboard.press("Enter")
    admin.locator("#riche .chip").wait_for()

    code = '[les-paniers-intermittents contrat_nom="Pain &#38; &#34;sel&#34;"]'
    assert text_of(admin) == f"<p>Voici <strong>les paniers</strong></p>\n{code}"
    frame = admin.frame_locator("iframe[name=apercu]")
    admin.get_by_label("Vu par").select_option("intermittent")
    admin.get_by_label("le", exact=True).fill("2026-12-03")
    admin.get_by_label("à", exact=True).last.fill("19:00")
    expect(frame.locator(".prose")).to_contain_text("les paniers")
    assert frame.locator(".prose form button").count() == 0 or (
        admin.locator("iframe").get_attribute("sandbox") == "allow-same-origin"
    )
    admin.get_by_label("Amapiens connectés").check()
    admin.get_by_label("Vu par").select_option("visitor")
    expect(frame.locator("body")).to_contain_text("page de connexion")

    # The chip's form again, by keyboard alone.
    end_of_text(admin)
    admin.keyboard.press("ArrowLeft")
    expect(admin.locator("#garde")).to_contain_text("Entrée pour le régler")
    admin.keyboard.press("Enter")
    admin.locator("#shortcode-form").wait_for()
    assert admin.locator("[name=p-contrat_nom]").input_value() == 'Pain & "sel"'
    admin.locator("[name=p-contrat_nom]").fill("")
    admin.get_by_role("button", name="Modifier", exact=True).click()
    expect(admin.locator("dialog")).to_have_count(0)
    assert text_of(admin).endswith("\n[les-paniers-intermittents]")

    admin.get_by_text("Options", exact=True).click()
    admin.get_by_label("Dans le menu", exact=True).check()
    admin.get_by_role("button", name="Enregistrer").click()

    admin.wait_for_url("**/essai-reserver")
    assert admin.locator(".site-nav a", has_text="Essai – Réserver").count() == 1
    with site.installation.session() as session:
        row = session.scalars(select(SitePage).where(SitePage.path == "essai-reserver")).one()
        body = session.scalar(select(PageRevision.body).where(PageRevision.id == row.revision_id))
        assert row.audience == "connected"
        assert body == "<p>Voici <strong>les paniers</strong></p>\n[les-paniers-intermittents]"
        assert session.scalars(select(PageDraft)).all() == []


def test_the_buttons_format_and_take_back(admin: Page) -> None:
    open_editor(admin)
    bar = admin.get_by_role("toolbar")
    admin.locator("#riche").click()
    admin.keyboard.type("un")
    bar.get_by_label("Liste à puces").click()
    admin.keyboard.press("Enter")
    admin.keyboard.type("deux")
    admin.keyboard.press("Enter")
    admin.keyboard.press("Enter")
    assert text_of(admin) == "<ul>\n<li>un</li>\n<li>deux</li>\n</ul>"
    admin.keyboard.type("suite")
    bar.get_by_label("Style du paragraphe").select_option("p.note")
    bar.get_by_label("Centrer").click()
    assert text_of(admin).endswith('<p class="note text-center">suite</p>')
    end_of_text(admin)
    admin.keyboard.press("Enter")
    bar.get_by_label("Tableau", exact=True).click()
    admin.keyboard.type("A")
    bar.get_by_role("button", name="− ligne").click()
    bar.get_by_label("Annuler la dernière").click()
    bar.get_by_role("button", name="+ colonne").click()
    assert text_of(admin).count("<th ") == 4
    bar.get_by_role("button", name="ligne d’en-tête").click()
    assert "<th" not in text_of(admin)
    bar.get_by_role("button", name="enlever le tableau").click()
    assert "<table" not in text_of(admin)
    # A link to a page, by keyboard; then an address of mail, as a button.
    end_of_text(admin)
    admin.keyboard.press("Control+k")
    admin.get_by_label("Chercher une page").fill("contact")
    admin.keyboard.press("Enter")
    admin.get_by_role("button", name="Mettre ce lien").click()
    assert text_of(admin).endswith('<a href="/contact">Contact</a></p>')
    admin.keyboard.press("ArrowLeft")
    admin.keyboard.press("Control+k")
    admin.get_by_label("Ou une adresse").fill("jean@exemple.fr")
    admin.get_by_label("Apparence").select_option("button primary")
    admin.get_by_role("button", name="Mettre ce lien").click()
    assert 'href="mailto:jean@exemple.fr" class="button primary"' in text_of(admin)


def test_what_is_pasted_is_cleaned(admin: Page) -> None:
    open_editor(admin)
    paste = """([html, text]) => {
      const data = new DataTransfer();
      data.setData("text/html", html);
      data.setData("text/plain", text);
      const options = {clipboardData: data, bubbles: true, cancelable: true};
      document.getElementById("riche").dispatchEvent(new ClipboardEvent("paste", options));
    }"""
    rich = (
        '<h1>Haut</h1><p class="MsoNormal" style="color:red" onclick="x()"><b>Gras</b>'
        "<script>alert(1)</script> <a href='javascript:alert(1)'>lien</a> [connexion]</p>"
        "<style>p{}</style><img src=x onerror=alert(1)>"
    )
    admin.locator("#riche").click()
    admin.evaluate(paste, [rich, "x"])
    text = text_of(admin)
    assert "<h2>Haut</h2>" in text
    assert "<p><strong>Gras</strong> <a>lien</a> [connexion]</p>" in text
    assert not re.search("script|style|onclick|onerror|Mso|javascript", text)
    assert admin.locator("#riche .chip").count() == 1

    admin.get_by_label("Coller sans mise en forme").click()
    end_of_text(admin)
    admin.evaluate(paste, ["<b>a</b>", "brut <b>"])
    assert "brut &lt;b&gt;" in text_of(admin)


def test_an_enclosing_shortcode_goes_around_and_comes_off(admin: Page) -> None:
    open_editor(admin)
    write(admin, "<p>avant</p>\n<p>secret</p>")
    admin.locator("#riche p", has_text="secret").click()
    admin.keyboard.press("Home")
    admin.keyboard.press("Shift+End")
    admin.get_by_role("button", name="Ajouter un shortcode").click()
    admin.locator("dialog [data-tag=display-if-logged]").click()
    admin.get_by_role("button", name="Insérer", exact=True).click()
    admin.locator("#riche .chip.open").wait_for()
    wrapped = "<p>avant</p>\n[display-if-logged]\n<p>secret</p>\n[/display-if-logged]"
    assert text_of(admin) == wrapped

    admin.locator("#riche .chip.close").click()
    admin.get_by_role("button", name="Enlever le shortcode").click()
    assert text_of(admin) == "<p>avant</p>\n<p>secret</p>"


def test_an_image_is_sent_and_placed(admin: Page, tmp_path: Path) -> None:
    from PIL import Image

    picture = tmp_path / "panier.png"
    Image.new("RGB", (40, 20), "green").save(picture)
    open_editor(admin)
    admin.locator("#riche").click()
    admin.get_by_role("toolbar").get_by_label("Image").click()
    admin.locator("dialog input[type=file]").wait_for(state="attached")
    admin.evaluate("document.querySelector('dialog details').open = true")
    admin.locator("dialog input[type=file]").set_input_files(picture)
    admin.get_by_role("button", name="Envoyer l’image").click()
    expect(admin.locator("dialog [role=alert]")).to_contain_text("ce que l’image montre")
    admin.get_by_label("Texte alternatif").fill("Un panier")
    admin.get_by_role("button", name="Envoyer l’image").click()
    admin.get_by_label("Légende").fill("Le panier")
    admin.get_by_label("Place").select_option("alignright")
    admin.get_by_role("button", name="Mettre dans le texte").click()

    text = text_of(admin)
    assert re.fullmatch(
        r'<figure class="alignright">\n<img src="/media/\w{32}/panier.jpg" alt="Un panier"'
        r' width="40" height="20" loading="lazy">\n<figcaption>Le panier</figcaption>\n</figure>',
        text,
    ), text


def test_a_draft_is_kept_and_the_second_editor_told(
    people: People, site: Site, admin: Page
) -> None:
    with site.installation.session() as session:
        page_id = session.scalar(select(SitePage.id).where(SitePage.path == "mentions-legales"))
    path = f"/admin/pages/{page_id}"
    admin.clock.install()
    open_editor(admin, path)
    end_of_text(admin)
    admin.keyboard.type("Un ajout")
    text_of(admin)
    with admin.expect_response("**/brouillon"):
        for _turn in range(2):  # what was typed may be noticed after the first
            admin.clock.run_for(10_500)
    expect(admin.locator("#garde")).to_contain_text("Brouillon gardé à")

    second = second_admin(people, site)
    open_editor(second, path)
    expect(second.locator("#autres")).to_contain_text("modifie aussi cette page")
    end_of_text(second)
    second.keyboard.type("Autre ajout")
    second.get_by_role("button", name="Enregistrer").click()
    second.wait_for_url("**/mentions-legales")

    with admin.expect_response("**/brouillon"):
        admin.clock.run_for(61_000)
    expect(admin.locator("#autres")).to_contain_text("a enregistré cette page")
    admin.get_by_role("button", name="Enregistrer").click()
    expect(admin.locator(".compared")).to_contain_text("Autre ajout")
    expect(admin.locator("#riche")).to_contain_text("Un ajout")

    # What was typed is still there after the window was left.
    admin.goto("/admin/pages/")
    open_editor(admin, path)
    admin.get_by_role("link", name="Reprendre mon brouillon").click()
    expect(admin.locator("#riche")).to_contain_text("Un ajout")
    admin.get_by_role("button", name="Jeter le brouillon").click()
    expect(admin.locator("main")).to_contain_text("Votre brouillon est jeté")


def second_admin(people: People, site: Site) -> Page:
    """Make David an administrator too, and open a window for him."""
    with site.installation.session() as session:
        david = session.scalars(select(Person).where(Person.email == "david@demo.test")).one()
        grant = Grant(person_id=david.id, role=Role.ADMIN)
        if not session.scalars(select(Grant).filter_by(person_id=david.id, role=Role.ADMIN)).all():
            session.add(grant)
            session.commit()
    return people.connected("david", viewport={"width": 1440, "height": 900})


@pytest.mark.parametrize("scripts", [True, False])
def test_the_screen_has_no_fault(people: People, site: Site, scripts: bool) -> None:
    page = people.connected("admin", java_script_enabled=scripts)
    with site.installation.session() as session:
        home = session.scalar(select(SitePage.id).where(SitePage.path == ""))
    page.goto(f"/admin/pages/{home}")
    if not scripts:
        without_scripts(page)
        return
    faults: dict[Any, Any] = {}
    for width in (DESKTOP, PHONE):
        page.set_viewport_size({"width": width, "height": 900})
        page.reload()
        page.locator("#riche h2").first.wait_for()
        page.evaluate("document.querySelectorAll('main details').forEach((e) => { e.open = true })")
        page.evaluate(AXE)
        faults[width] = page.evaluate(CUT_OFF) + page.evaluate(FAULTS, RULES)
        for button in ("Ajouter un shortcode", "Lien"):
            page.get_by_role("button", name=button, exact=True).click()
            faults[width, button] = page.evaluate(FAULTS, RULES)
            page.keyboard.press("Escape")
    assert not any(faults.values()), faults


def without_scripts(page: Page) -> None:
    """Write in the source, look at a preview, keep a draft."""
    assert page.locator("textarea[name=body]").is_visible()
    assert page.locator("#riche").count() == 0
    page.locator("textarea[name=body]").fill("<p>Sans script</p>[connexion]")
    page.locator("#regard summary").click()
    page.get_by_role("button", name="Voir l’aperçu").click()
    frame = page.frame_locator("iframe[name=apercu]")
    expect(frame.locator(".prose")).to_contain_text("Sans script")
    page.get_by_text("Options", exact=True).click()
    page.get_by_role("button", name="Garder comme brouillon").click()
    expect(page.locator("main")).to_contain_text("Votre brouillon est gardé")
    assert page.locator("textarea[name=body]").input_value() == "<p>Sans script</p>[connexion]"


def test_the_keyboard_reaches_everything(admin: Page) -> None:
    open_editor(admin)
    admin.locator("[name=title]").focus()
    reached = []
    for _tab in range(5):
        admin.keyboard.press("Tab")
        reached.append(
            admin.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
        )
    assert reached[:2] == ["Texte mis en forme", "Source HTML"]
    assert "riche" in reached
    admin.locator("#riche").focus()
    admin.keyboard.press("Alt+F10")
    admin.keyboard.press("ArrowRight")
    admin.keyboard.press("Enter")
    admin.keyboard.type("gras")
    assert text_of(admin) == "<p><strong>gras</strong></p>"

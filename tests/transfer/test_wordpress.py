"""Exports of WordPress: the real sample as a whole, and what sites make of WordPress."""

import io
import time
from collections.abc import Sequence

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.cms.models import Page, PageState, Redirect
from amapress_py.media.models import Media
from amapress_py.transfer import here, wxr
from amapress_py.transfer.plan import Choices, Plan
from tests.conftest import BrowserFactory
from tests.factories import Make
from tests.transfer.conftest import SAMPLE, Look, MakePage, acts, zipped

PROTECTED = {
    "espace-intermittents": "",
    "absence-proposer-son-panier": "echanger-paniers-list",
    "intermittent-reserver-un-panier": "les-paniers-intermittents",
    "intermittents-inscription": "intermittents-inscription",
    "mes-paniers-echanges": "amapien-paniers-intermittents",
    "mes-infos": "mes-infos",
}
HEAD = (
    '<?xml version="1.0" encoding="UTF-8" ?>\n<rss version="2.0"'
    ' xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:wp="http://wordpress.org/export/1.2/">\n<channel><title>AMAP</title>'
    "<link>https://vieux.example/amap</link><wp:wxr_version>1.2</wp:wxr_version>\n"
)
TAIL = "</channel></rss>\n"


def item(number: int, title: str = "Page", body: str = "", *more: str, **texts: object) -> str:
    """Return an item; `more` are (key=value) metadata, `texts` other elements."""
    named = {
        "post_id": number,
        "post_type": "page",
        "status": "publish",
        "post_name": title.lower().replace(" ", "-"),
        **texts,
    }
    link = named.pop("link", "")
    menu = named.pop("menu", "")
    meta = "".join(
        f"<wp:postmeta><wp:meta_key>{key}</wp:meta_key><wp:meta_value><![CDATA[{value}]]>"
        "</wp:meta_value></wp:postmeta>"
        for key, _sign, value in (one.partition("=") for one in more)
    )
    elements = "".join(f"<wp:{key}>{value}</wp:{key}>" for key, value in named.items())
    category = f'<category domain="nav_menu" nicename="{menu}">x</category>' if menu else ""
    content = body.replace("]]>", "]]]]><![CDATA[>")
    return (
        f"<item><title><![CDATA[{title}]]></title><link>{link}</link>"
        f"<content:encoded><![CDATA[{content}]]></content:encoded>{elements}{category}{meta}"
        "</item>\n"
    )


def export(*items: str) -> bytes:
    return (HEAD + "".join(items) + TAIL).encode()


def text_of(found: Plan, title: str = "Page") -> str:
    (line,) = (one for one in found.lines if one.title == title)
    assert line.page is not None, line.reason
    return line.page.body


@pytest.fixture
def body(look: Look) -> "Body":
    return Body(look)


class Body:
    """Converts one text."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.notes: Sequence[str] = ()

    def __call__(self, text: str, *others: str) -> str:
        found = self.look("a.xml", export(item(1, "Page", text), *others))
        self.notes = found.lines[0].notes
        return text_of(found)


def test_the_sample_gives_the_same_pages_protected_with_their_shortcodes(
    bring: Look, look: Look, make: Make, browse: BrowserFactory, session: Session
) -> None:
    found = bring("pages.wxr.xml", SAMPLE.read_bytes())
    again = look("pages.wxr.xml", SAMPLE.read_bytes())

    assert set(acts(found).values()) == {"new"}
    assert set(acts(again).values()) == {"unchanged"}
    pages = {page.path: page for page in here.read(session).pages.values()}
    assert pages.keys() == {*PROTECTED, ""}
    assert {path for path, page in pages.items() if page.audience == "connected"} == {*PROTECTED}
    member = browse(make.person())
    for path, tag in PROTECTED.items():
        visitor = browse()
        response = visitor.client.get(f"/{path}")
        assert response.status_code == 303
        assert response.location.startswith("/connexion")
        shown = member.visit(f"/{path}")
        main = shown.select_one("main")
        assert main is not None
        assert pages[path].title in main.get_text()
        if tag:
            assert f"[{tag}" in pages[path].body
            assert f"[{tag}" not in main.get_text()
    assert "Bienvenue" in browse().visit("/").get_text()
    assert "Je m'inscris" in member.visit("/intermittents-inscription").get_text()


def test_on_a_new_site_every_page_of_the_sample_is_proposed_for_one_of_ours(
    seeded: Session, look: Look, bring: Look
) -> None:
    found = look("a.xml", SAMPLE.read_bytes())
    ours = {page.title: page_id for page_id, page in here.read(seeded).pages.items()}

    proposed = {line.title: [one.title for one in line.proposals] for line in found.lines}
    assert proposed["Absence - proposer son panier"] == ["Absence – proposer son panier"]
    assert proposed["Intermittents - inscription"] == ["Intermittents – inscription"]
    assert proposed["Accueil"] == ["Bienvenue"]
    assert all(proposed.values())
    assert not any(line.page and line.page.in_menu for line in found.lines)

    chosen = {line.key: line.proposals[0].page_id for line in found.lines}
    before = here.read(seeded).pages
    done = bring("a.xml", SAMPLE.read_bytes(), Choices(chosen=chosen))
    after = here.read(seeded).pages

    assert set(acts(done).values()) == {"changed"}
    assert after.keys() == before.keys()
    absence = after[ours["Absence – proposer son panier"]]
    assert absence.path == "espace-intermittents/absence"
    assert absence.in_menu
    assert absence.body == "[echanger-paniers-list]"
    assert seeded.get_one(Redirect, "absence-proposer-son-panier")
    assert set(acts(look("a.xml", SAMPLE.read_bytes())).values()) == {"unchanged"}


def test_without_a_tick_the_pages_stand_beside_ours(seeded: Session, bring: Look) -> None:
    before = here.read(seeded).pages

    found = bring("a.xml", SAMPLE.read_bytes())

    after = here.read(seeded).pages
    assert {page_id: after[page_id] for page_id in before} == before
    paths = {line.page.path for line in found.lines if line.page}
    assert {"espace-intermittents-2", "accueil", "absence-proposer-son-panier"} <= paths


def test_a_page_changed_here_after_the_import_is_kept(
    bring: Look, look: Look, session: Session, browse: BrowserFactory
) -> None:
    bring("a.xml", export(item(1, "Soupe", "Un"), item(2, "Pain", "Un")))
    soup = session.scalars(select(Page).where(Page.path == "soupe")).one()
    soup.title = "Notre soupe"
    session.commit()

    later = export(item(1, "Soupe", "Deux"), item(2, "Pain", "Deux"))

    assert acts(look("a.xml", later)) == {"Soupe": "kept", "Pain": "changed"}
    assert acts(look("a.xml", later, Choices(replaces=True))) == {
        "Soupe": "changed",
        "Pain": "changed",
    }


def test_hierarchy_states_protection_and_redirections(bring: Look, session: Session) -> None:
    future = (clock.now().replace(microsecond=0)).replace(year=clock.now().year + 1)
    found = bring(
        "a.xml",
        export(
            item(12, "Enfant", "x", "amps_lo=1", "amps_rd=10", post_parent=11),
            item(11, "Milieu", "x", post_parent=10, menu_order=5),
            item(10, "Haut", "x", post_name=""),
            item(13, "Brouillon", "x", status="draft"),
            item(14, "Attente", "x", status="pending"),
            item(15, "Privee", "x", status="private"),
            item(16, "Bientot", "x", status="future", post_date_gmt=f"{future:%Y-%m-%d %H:%M:%S}"),
            item(17, "Jetee", "x", status="trash"),
            item(18, "Secret", "x", "amps_rd=12", post_password="mot"),
            item(19, "Nouvelles", "x", post_type="post"),
            item(20, "Haut", "x", post_name="haut"),
            item(21, "Connexion", "x", "amps_lo=0"),
        ),
    )

    pages = {page.path: page for page in here.read(session).pages.values()}
    assert pages["haut/milieu/enfant"].audience == "connected"
    assert pages["haut/milieu/enfant"].redirect_to == "haut"
    assert pages["haut/milieu/enfant"].above == "haut/milieu"
    assert pages["haut/milieu"].order == 5
    assert pages["haut-2"].above == ""
    assert pages["brouillon"].state == pages["attente"].state == PageState.DRAFT
    assert pages["privee"].audience == "admin"
    assert (pages["bientot"].state, pages["bientot"].publish_at) == (PageState.SCHEDULED, future)
    assert (pages["secret"].audience, pages["secret"].redirect_to) == ("connected", None)
    assert pages["connexion-2"].audience == ""
    assert {"Jetee", "Nouvelles"} == {one.title for one in found.lines if one.act.value == "left"}


def test_the_largest_menu_is_taken(bring: Look, session: Session) -> None:
    def line(
        number: int, page: int, label: str, order: int, above: int = 0, menu: str = "haut"
    ) -> str:
        meta = ("_menu_item_object=page", f"_menu_item_object_id={page}",
                f"_menu_item_menu_item_parent={above}")  # fmt: skip
        return item(
            number, label, "", *meta, post_type="nav_menu_item", menu_order=order, menu=menu
        )

    found = bring(
        "a.xml",
        export(
            item(1, "Accueil", link="https://vieux.example/amap/"),
            item(2, "Vie"),
            item(3, "Recettes"),
            line(101, 1, "", 1),
            line(102, 2, "La vie", 2),
            line(103, 3, "Recettes", 3, above=102),
            item(104, "Facebook", "", "_menu_item_object=custom", post_type="nav_menu_item",
                 menu="haut"),
            line(105, 1, "", 1, menu="bas"),
        ),
    )  # fmt: skip

    pages = {page.path: page for page in here.read(session).pages.values()}
    assert [(p.in_menu, p.menu_label, p.order, p.above) for p in pages.values()] == [
        (True, "", 1, ""),
        (True, "La vie", 2, ""),
        (True, "", 3, "vie"),
    ]
    assert any("Facebook" in note for note in found.notes)
    assert any("haut" in note for note in found.notes)


def test_a_page_that_would_stand_twice_in_the_menu_is_told(seeded: Session, look: Look) -> None:
    found = look(
        "a.xml",
        export(
            item(1, "Mes paniers echanges"),
            item(9, "", "", "_menu_item_object=page", "_menu_item_object_id=1",
                 post_type="nav_menu_item", menu="m"),
        ),
    )  # fmt: skip

    assert any("double emploi" in note for note in found.lines[0].notes)


def test_classic_texts_get_paragraphs_and_blocks_do_not(body: Body) -> None:
    assert body("Un\ndeux\n\nTrois") == "<p>Un<br>\ndeux</p>\n<p>Trois</p>"
    assert body("Un\n\n[nous-contacter]\n\nDeux") == "<p>Un</p>\n[nous-contacter]\n<p>Deux</p>"
    blocks = (
        '<!-- wp:paragraph {"align":"center"} -->\n'
        '<p class="has-text-align-center">Un\ndeux</p>\n<!-- /wp:paragraph -->\n\n'
        "<!-- wp:shortcode -->\n[nous-contacter]\n<!-- /wp:shortcode -->\n\n"
        '<!-- wp:heading {"level":1} --><h1>Titre</h1><!-- /wp:heading -->'
        '<!-- wp:latest-posts {"postsToShow":3} /--><!-- wp:more --><!--more--><!-- /wp:more -->'
    )
    text = body(blocks)
    assert '<p class="has-text-align-center text-center">Un\ndeux</p>' in text
    assert "\n[nous-contacter]\n" in text
    assert "<p>[nous" not in text
    assert "<h2>Titre</h2>" in text
    assert "<!--" not in text
    assert any("latest-posts" in note for note in body.notes)


def test_reusable_blocks_are_put_in_their_places_once(body: Body) -> None:
    block = item(7, "b", '<!-- wp:paragraph --><p>Réutilisé</p><!-- wp:block {"ref":7} /-->',
                 post_type="wp_block")  # fmt: skip

    assert body('<!-- wp:block {"ref":7} /-->', block).count("Réutilisé") <= 6


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ('<p style="text-align: center; color: red">A</p>', '<p class="text-center">A</p>'),
        ('<p align="right">A</p>', '<p class="text-right">A</p>'),
        ("<center>A</center>", '<div class="text-center">A</div>'),
        ('<p><span style="font-weight: bold">A</span></p>', "<p><strong>A</strong></p>"),
        ('<p><span style="text-decoration: underline">A</span></p>', "<p><u>A</u></p>"),
        ('<p><font size="7">A</font></p>', "<p>A</p>"),
        ("<p>a &amp; b &lt;c&gt; &eacute; 🥕 &#8217;</p>", "<p>a &amp; b &lt;c&gt; é 🥕 ’</p>"),
        ("<p>a ]]> b</p>", "<p>a ]]&gt; b</p>"),
        ("<p>&#91;mes-infos&#93; &#x5B;x&rsqb;</p>", "<p>&#91;mes-infos&#93; &#91;x&#93;</p>"),
        ('<p><img class="emoji" alt="🥕" src="https://s.w.org/images/core/emoji/1/x.png"></p>',
         "<p>🥕</p>"),
        ('<p><a href="mailto:a@b.example">A</a></p>', '<p><a href="mailto:a@b.example">A</a></p>'),
        ('<p><a href="#bas">A</a></p>', '<p><a href="#bas">A</a></p>'),
        ('<p><a href="https://autre.example/x">A</a></p>',
         '<p><a href="https://autre.example/x">A</a></p>'),
        ('<p><a href="[intermittent-desinscription-href]">A</a></p>',
         '<p><a href="[intermittent-desinscription-href]">A</a></p>'),
        ("[embed]https://video.example/1[/embed]",
         '<p><a href="https://video.example/1">https://video.example/1</a></p>'),
        ("https://video.example/1",
         '<p><a href="https://video.example/1">https://video.example/1</a></p>'),
        ('<p><script>alert(1)</script><a href="javascript:alert(1)">A</a></p>', "<p><a>A</a></p>"),
    ],
)  # fmt: skip
def test_what_wordpress_writes_becomes_what_we_write(body: Body, typed: str, expected: str) -> None:
    assert body(typed) == expected


@pytest.mark.parametrize(
    "address",
    [
        "https://vieux.example/amap/recettes/soupe/",
        "http://www.vieux.example/amap/recettes/soupe",
        "/amap/recettes/soupe/",
        "https://vieux.example/amap/?page_id=3",
        "?page_id=3",
        "/amap/index.php?page_id=3",
    ],
)
def test_links_between_the_pages_lead_to_where_they_are_now(body: Body, address: str) -> None:
    others = (item(2, "Recettes"), item(3, "Soupe", post_parent=2))

    text = body(f'<p><a href="{address}#haut">A</a></p>', *others)

    assert text == '<p><a href="/recettes/soupe#haut">A</a></p>'


def test_links_to_other_parts_of_the_old_site_are_told(body: Body) -> None:
    text = body(
        '<p><a href="/amap/2020/un-article/">A</a> <a href="/amap/wp-content/uploads/s.pdf">B</a>'
        ' <a href="http://[">C</a></p>'
    )

    assert 'href="https://vieux.example/amap/2020/un-article/"' in text
    assert any("un-article" in note for note in body.notes)
    assert any("Fichiers à remettre" in note and "s.pdf" in note for note in body.notes)


def a_picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (30, 20), "green").save(file, "JPEG")
    return file.getvalue()


IMAGES = (
    '[caption id="a" align="alignright" width="300"]<a href="https://vieux.example/amap/wp-content/'
    'uploads/2020/01/Soupe.jpg"><img src="https://vieux.example/amap/wp-content/uploads/2020/01/'
    'Soupe-300x200.jpg" alt="Une soupe" /></a> Miam[/caption]\n\n[gallery ids="50,51"]'
)
ATTACHED = (
    item(50, "a", "", "_wp_attachment_image_alt=Galerie", post_type="attachment", status="inherit",
         attachment_url="https://vieux.example/amap/wp-content/uploads/2020/01/Soupe.jpg"),
)  # fmt: skip


def test_images_that_did_not_come_are_told_and_never_asked_of_another_site(body: Body) -> None:
    text = body(IMAGES, *ATTACHED)

    assert "vieux.example" not in text.replace("href=", "")
    assert "<img" not in text
    assert "image à remettre" in text
    assert '<figure class="alignright">' in text
    assert "<figcaption>Miam</figcaption>" in text
    assert any("Images à remettre" in note and "Soupe" in note for note in body.notes)


def test_images_that_came_beside_are_taken_once(bring: Look, look: Look, session: Session) -> None:
    content = export(item(1, "Page", IMAGES), *ATTACHED)
    beside = zipped({"site/wp-content/uploads/2020/01/Soupe.jpg": a_picture(), "a.txt": "x"})

    bring("a.xml", content)
    found = bring("a.xml", content, images=beside)
    again = look("a.xml", content, images=beside)

    media = session.scalars(select(Media)).one()
    address = f"/media/{media.key}/soupe.jpg"
    assert text_of(found).count(address) == 2
    assert (media.name, media.alt) == ("soupe.jpg", "Une soupe")
    assert "<a " not in text_of(found)
    assert not again.todo


def test_an_image_that_is_none_is_told(look: Look) -> None:
    content = export(item(1, "Page", IMAGES))
    beside = zipped({"uploads/2020/01/soupe.jpg": b"<?php"})

    found = look("a.xml", content, images=beside)

    assert "image à remettre" in text_of(found)
    assert any("n’est pas une image" in note for note in found.notes)


def test_unknown_shortcodes_stay_and_are_told(body: Body) -> None:
    assert "[contact-form-7 id=" in body('[contact-form-7 id="5"]')
    assert any("[contact-form-7]" in note for note in body.notes)


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (SAMPLE.read_bytes()[:9000], None, "coupé"),
        (export(item(1))[:-20], None, "coupé"),
        (export().replace(b"AMAP", b"\xe9t\xe9"), 3, "encodage"),
        (export().replace(b"AMAP", b"a\x01b"), 3, "caractère"),
        (export().replace(b"AMAP", b"&eacute;"), 3, "entité"),
        (export().replace(b"</channel>", b"</item>"), 4, "balise"),
        (export(item(1)).replace(b"</title>", b"</titre>", 1), 3, "(« title », ligne 3)"),
        (export(item(1)).replace(b"</wp:status>", b""), None, "« wp:status », ligne"),
        (export().replace(b"UTF-8", b"klingon"), 1, "encodage"),
        (export().replace(b"1.2</wp:wxr", b"9.9</wp:wxr"), 3, "version 9.9"),
        (export().replace(b"wxr_version", b"other"), None, "pas un export"),
        (b'<?xml version="1.0"?>\n<html></html>', 2, "pas un export"),
        (export(item(1), item(2), item(1, "Autre")), 6, "numéro 1"),
        (export(item(1, post_parent=2), item(2, post_parent=1)), None, "sous elle-même"),
        (export(item(1, post_parent=1)), None, "sous elle-même"),
        (export(item(0)), 4, "pas de numéro"),
        (export("<a>" * 50), 4, "imbrication"),
        (b'<?xml version="1.0"?>\n<!DOCTYPE r [<!ENTITY a "b">]>\n<rss>&a;</rss>', 2, "refusé"),
        (b'<?xml version="1.0"?>\n<!DOCTYPE r SYSTEM "http://x.example/d">\n<rss/>', 2, "refusé"),
        (b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss>&a;'
         b"</rss>", 1, "refusé"),
    ],
)  # fmt: skip
def test_a_damaged_export_is_refused_with_its_line(
    content: bytes, line: int | None, reason: str
) -> None:
    with pytest.raises(wxr.BadExport) as refused:
        wxr.read(content)

    assert reason in str(refused.value)
    assert str(refused.value).startswith("Ligne ")
    assert line is None or refused.value.line == line


@pytest.mark.parametrize(
    "text",
    [
        "<b>" * 30_000 + "</i>" * 20_000,
        "<!--" * 40_000,
        "[caption]" * 20_000,
        "[caption " * 20_000,
        "<!-- wp:shortcode -->" * 8_000,
        "<!-- wp:block {" * 10_000,
        "<!-- wp:a " * 18_000,
        "<div>" * 150 + "x",
        "https://a" * 20_000,
        '[gallery ids="' + "9" * 150_000 + '"]',
        "<a href='" + "http://[" * 20_000 + "'>",
        "[caption a=" + "a=" * 60_000 + "]",
        "x" * 1_100_000,
        "<a " * 60_000,
        "</a" * 60_000,
        "<?" * 90_000,
        "<![CDATA[" * 20_000,
        "<a x='" * 30_000,
    ],
)
def test_hostile_texts_are_read_or_refused_in_time(look: Look, text: str) -> None:
    start = time.process_time()

    found = look("a.xml", export(item(1, "Page", text)))

    assert time.process_time() - start < 5
    assert found.lines[0].act.value in ("new", "refused")


def test_hostile_names_and_numbers_do_no_harm(bring: Look, make_page: MakePage) -> None:
    make_page("Recettes")
    found = bring(
        "a.xml",
        export(
            item(10**14, "<b>Été</b> &amp; co " + "x" * 400, "a", link="http://[",
                 post_name="%C3%A9t%C3%A9%2F..%2F", post_parent=-5, menu_order="9" * 30),
            item(2, "", "a", "amps_rd=abc", "amps_lo=1", post_name="..", status="future"),
            item(3, "Admin", "a", post_name="admin", link="https://vieux.example/amap/?page_id=3"),
        ),
    )  # fmt: skip

    paths = {line.page.path for line in found.lines if line.page}
    assert set(acts(found).values()) == {"new"}
    assert "admin-2" in paths
    assert all(".." not in path for path in paths)

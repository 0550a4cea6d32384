from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.cms import queries, seed, services
from amapress_py.cms.clean import clean
from amapress_py.cms.models import Page, PageRevision
from amapress_py.cms.render import registered
from amapress_py.cms.services import Draft

# path: title, menu label, shortcodes
SPACE = {
    "espace-intermittents": ("Espace intermittents", "", []),
    "espace-intermittents/inscription": (
        "Intermittents – inscription",
        "Intermittents – (dés)inscription",
        ["[intermittents-inscription view=me]", "[intermittents-inscription view=other]"],
    ),
    "espace-intermittents/absence": (
        "Absence – proposer son panier",
        "",
        ["[echanger-paniers-list]"],
    ),
    "espace-intermittents/reserver": (
        "Intermittent – Réserver un panier",
        "",
        ["[les-paniers-intermittents]"],
    ),
    "espace-intermittents/mes-paniers-echanges": (
        "Mes paniers échangés",
        "",
        ["[amapien-paniers-intermittents]", "[intermittent-paniers]"],
    ),
}


@pytest.mark.parametrize("path", SPACE)
def test_the_five_pages_are_as_the_guide_says(seeded: Session, path: str) -> None:
    title, label, shortcodes = SPACE[path]

    page = seeded.scalars(select(Page).where(Page.path == path)).one()
    body = queries.body(seeded, page.revision_id)

    assert (page.title, page.menu_label, page.audience) == (title, label, "connected")
    assert page.in_menu
    assert all(shortcode in body for shortcode in shortcodes)


def test_seeding_again_changes_nothing(seeded: Session) -> None:
    pages = seeded.scalar(select(func.count()).select_from(Page))
    revisions = seeded.scalar(select(func.count()).select_from(PageRevision))

    with db.transaction() as current:
        assert seed.seed(current) == []

    assert seeded.scalar(select(func.count()).select_from(Page)) == pages
    assert seeded.scalar(select(func.count()).select_from(PageRevision)) == revisions


def test_seeding_never_undoes_what_an_admin_did(seeded: Session) -> None:
    contact = seeded.scalars(select(Page).where(Page.path == "contact")).one()
    glossary = seeded.scalars(select(Page).where(Page.path == "glossaire")).one()
    with db.transaction() as current:
        services.save_page(
            current,
            contact.id,
            Draft("Nous écrire", "<p>Ici</p>", "ecrire"),
            0,
            contact.revision_id or 0,
        )
        services.trash_page(current, glossary.id)
        services.delete_page(current, glossary.id)

    with db.transaction() as current:
        assert seed.seed(current) == []

    assert {"contact", "glossaire"}.isdisjoint(seeded.scalars(select(Page.path)))


def test_a_page_that_is_there_already_is_left_alone(session: Session) -> None:
    with db.transaction() as current:
        services.save_page(current, None, Draft("À nous", "<p>Ici</p>", "contact"), 0)
        seed.seed(current)

    assert session.scalars(select(Page.title).where(Page.path == "contact")).all() == ["À nous"]


def test_every_seed_is_clean_and_names_shortcodes_that_exist(app: Flask, session: Session) -> None:
    for one in seed.seeds(None):
        assert clean(one.body).replace("&nbsp;", "\u00a0") == one.body.strip(), one.name
        assert registered().unknown_tags(one.body) == [], one.name
        assert "'" not in one.body.replace("role='", ""), one.name


def test_links_between_the_seeds_lead_somewhere(app: Flask, seeded: Session) -> None:
    adapter = app.url_map.bind("localhost")
    paths = set(seeded.scalars(select(Page.path)))
    for one in seed.seeds(None):
        for link in one.body.split('href="/')[1:]:
            path = link.partition('"')[0]
            endpoint = adapter.match(f"/{path}")[0] if path != "admin" else "admin.index"
            assert endpoint != "cms.page" or path in paths, (one.name, path)


def test_a_file_without_front_matter_is_named(tmp_path: Path) -> None:
    file = tmp_path / "recettes.html"
    file.write_text("<p>Soupe</p>", "utf-8")

    with pytest.raises(ValueError, match=r"recettes\.html"):
        seed.read(tmp_path, file)


def test_the_amaps_own_file_replaces_ours(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "contact.html").write_text(
        '+++\ntitle = "Chez nous"\naudience = "member"\n+++\n<p>Ici</p>\n', "utf-8"
    )

    found = {one.name: one for one in seed.seeds(tmp_path)}

    assert found["contact.html"].title == "Chez nous"
    assert found["contact.html"].audience == "member"
    assert "glossaire.html" in found

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from time_machine import Traveller

from amapress_py import db, settings
from amapress_py.accounts.models import Person
from amapress_py.clock import now
from amapress_py.cms import queries, services
from amapress_py.cms.clean import TooBig
from amapress_py.cms.models import Page, PageRevision, PageState, Redirect
from amapress_py.cms.rules import BadPath, slug
from amapress_py.cms.services import (
    BadParent,
    BadRedirect,
    Draft,
    EditedMeanwhile,
    InUse,
    NoInstant,
    PathTaken,
)
from amapress_py.errors import NotFound
from tests.cms.conftest import MakePage


def save(page: Page, draft: Draft, seen: int | None = None, author: int = 0) -> Page:
    with db.transaction() as current:
        seen = page.revision_id or 0 if seen is None else seen
        return services.save_page(current, page.id, draft, author, seen)


def test_a_page_is_cleaned_when_it_is_saved(session: Session, make_page: MakePage) -> None:
    page = make_page("Recettes", "<p>Soupe</p><script>alert(1)</script>")

    assert queries.body(session, page.revision_id) == "<p>Soupe</p>"


def test_saving_renews_the_version_of_the_site(session: Session, make_page: MakePage) -> None:
    before = settings.version(session)

    make_page()

    assert settings.version(session) == before + 1


def test_the_second_of_two_editors_is_told_and_overwrites_nothing(
    session: Session, make_page: MakePage, admin: Person
) -> None:
    page = make_page("Recettes", "<p>Soupe</p>")
    seen = page.revision_id or 0
    save(page, Draft("Recettes", "<p>Tarte</p>"), seen, admin.id)

    with pytest.raises(EditedMeanwhile) as refusal:
        save(page, Draft("Recettes", "<p>Gratin</p>"), seen)

    assert admin.name in str(refusal.value)
    assert refusal.value.body == "<p>Tarte</p>"
    session.expire_all()
    assert queries.body(session, session.get_one(Page, page.id).revision_id) == "<p>Tarte</p>"


def test_of_editors_who_save_at_the_same_instant_one_wins(
    app: Flask, session: Session, make_page: MakePage
) -> None:
    page = make_page("Recettes", "<p>Soupe</p>")
    key, seen = page.id, page.revision_id or 0
    session.rollback()
    together = Barrier(6)

    def edit(number: int) -> str:
        with app.app_context():
            together.wait()
            try:
                with db.transaction() as current:
                    draft = Draft("Recettes", f"<p>{number}</p>")
                    services.save_page(current, key, draft, 0, seen)
            except EditedMeanwhile:
                return "told"
            return "saved"

    with ThreadPoolExecutor(6) as editors:
        results = sorted(editors.map(edit, range(6)))

    assert results == ["saved", *["told"] * 5]
    assert session.scalar(select(func.count()).select_from(PageRevision)) == 2


def test_a_path_comes_from_parent_and_title(make_page: MakePage) -> None:
    above = make_page("Vie de l’AMAP")

    assert above.path == "vie-de-l-amap"
    assert make_page("Œufs & Pâques !", parent_id=above.id).path == "vie-de-l-amap/oeufs-paques"
    assert make_page("Œufs & Pâques !", parent_id=above.id).path == "vie-de-l-amap/oeufs-paques-2"
    assert make_page("日本語").path == "page"
    assert make_page("Connexion").path == "connexion-2"  # the first is the log-in


@pytest.mark.parametrize("path", ["a b", "é", "../x", "x//y", "X", "a/-b", "a?b", "a" * 201])
def test_a_path_is_plain(make_page: MakePage, path: str) -> None:
    with pytest.raises(BadPath):
        make_page(path=path)


def test_two_pages_never_share_a_path(make_page: MakePage) -> None:
    make_page(path="recettes")

    with pytest.raises(PathTaken):
        make_page(path="recettes")


def test_a_page_never_stands_below_itself(make_page: MakePage) -> None:
    above = make_page("Dessus")
    below = make_page("Dessous", parent_id=above.id)

    with pytest.raises(BadParent):
        save(above, Draft("Dessus", "", parent_id=below.id))
    with pytest.raises(BadParent):
        save(above, Draft("Dessus", "", parent_id=above.id))


def test_a_redirect_leads_to_a_page_that_all_may_read(make_page: MakePage) -> None:
    hidden = make_page("Caché", audience="connected")

    with pytest.raises(BadRedirect):
        make_page("Autre", audience="connected", redirect_page_id=hidden.id)
    with pytest.raises(BadRedirect):
        make_page("Autre", audience="connected", redirect_page_id=9999)


def test_a_refused_save_changes_nothing(session: Session, make_page: MakePage) -> None:
    page = make_page("Recettes", "<p>Soupe</p>")

    with pytest.raises(TooBig):
        save(page, Draft("Autre titre", "x" * 200_001))

    session.expire_all()
    assert session.get_one(Page, page.id).title == "Recettes"
    assert session.scalar(select(func.count()).select_from(PageRevision)) == 1


def test_an_old_revision_comes_back_and_the_present_one_stays_in_the_history(
    session: Session, make_page: MakePage
) -> None:
    page = make_page("Recettes", "<p>Soupe</p>")
    old = page.revision_id or 0
    save(page, Draft("Cuisine", "<p>Tarte</p>"))

    with db.transaction() as current:
        services.restore(current, page.id, old, 0)

    session.expire_all()
    page = session.get_one(Page, page.id)
    assert (page.title, queries.body(session, page.revision_id)) == ("Recettes", "<p>Soupe</p>")
    rows, paging = queries.revisions(session, page.id, 1)
    assert paging.total == 3
    assert [row.title for row in rows] == ["Recettes", "Cuisine", "Recettes"]


def test_a_revision_of_another_page_is_not_restored(make_page: MakePage) -> None:
    page, other = make_page("Un"), make_page("Deux")

    with pytest.raises(NotFound), db.transaction() as current:
        services.restore(current, page.id, other.revision_id or 0, 0)


def test_a_page_in_use_does_not_go_to_the_trash(session: Session, make_page: MakePage) -> None:
    page = make_page("Dessus")
    make_page("Dessous", parent_id=page.id)
    target = make_page("Venez")
    make_page("Réservé", audience="connected", redirect_page_id=target.id)

    for used in (page, target):
        with pytest.raises(InUse, match=r"Dessous|Réservé"), db.transaction() as current:
            services.trash_page(current, used.id)


def test_a_page_deleted_from_the_trash_leaves_nothing(
    session: Session, make_page: MakePage
) -> None:
    page = make_page()
    save(page, Draft("Recettes", "<p>Soupe</p>", "cuisine"))
    with pytest.raises(NotFound), db.transaction() as current:
        services.delete_page(current, page.id)

    with db.transaction() as current:
        services.trash_page(current, page.id)
        services.delete_page(current, page.id)

    for table in (Page, PageRevision, Redirect):
        assert session.scalar(select(func.count()).select_from(table)) == 0
    with pytest.raises(NotFound), db.transaction() as current:
        services.delete_page(current, page.id)


def test_what_comes_out_of_the_trash_is_a_draft_at_a_free_address(
    session: Session, make_page: MakePage
) -> None:
    old = make_page("Recettes")
    with db.transaction() as current:
        services.trash_page(current, old.id)
    assert make_page("Recettes").path == "recettes"

    with db.transaction() as current:
        back = services.take_out_of_trash(current, old.id)

    assert (back.path, back.state, back.trashed_at) == ("recettes-2", PageState.DRAFT, None)


def test_a_former_address_leads_to_the_page_until_another_takes_it(
    session: Session, make_page: MakePage
) -> None:
    page = make_page("Recettes")
    save(page, Draft("Recettes", "", "cuisine"))
    save(page, Draft("Recettes", "", "cuisine/recettes"))
    assert queries.site_pages(session).redirects == {"recettes": page.id, "cuisine": page.id}

    make_page("Cuisine")

    assert queries.site_pages(session).redirects == {"recettes": page.id}


def test_a_scheduled_page_is_published_when_its_hour_comes(
    session: Session, make_page: MakePage, clock: Traveller
) -> None:
    later = now() + timedelta(hours=2)
    page = make_page("Fête", state=PageState.SCHEDULED, publish_at=later)
    assert not queries.site_pages(session).by_id[page.id].is_published
    with db.transaction() as current:
        assert services.publish_due(current) == 0

    clock.move_to(later)
    assert queries.site_pages(session).by_id[page.id].is_published
    with db.transaction() as current:
        assert services.publish_due(current) == 1

    session.expire_all()
    assert session.get_one(Page, page.id).state is PageState.PUBLISHED
    with pytest.raises(NoInstant):
        make_page("Jamais", state=PageState.SCHEDULED)


def test_slugs_have_no_accents() -> None:
    assert slug("L’Été à Œuilly — n° 1") == "l-ete-a-oeuilly-n-1"
    assert len(slug("x" * 500)) == 80

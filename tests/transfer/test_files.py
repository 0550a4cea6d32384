"""Pages as files: what goes out comes in again, and only that."""

import io
import stat
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from amapress_py import clock, db
from amapress_py.app import create_app
from amapress_py.cms import services
from amapress_py.cms.files import PageFile, name_of_path, path_of_name
from amapress_py.cms.models import Page, PageRevision, PageState, Redirect
from amapress_py.cms.services import Draft
from amapress_py.config import Config
from amapress_py.errors import DomainError
from amapress_py.media import services as media
from amapress_py.media.models import Media
from amapress_py.transfer import export, here, parcel, plan
from amapress_py.transfer import services as transfer
from amapress_py.transfer.plan import Choices
from amapress_py.transfer.services import SiteChanged
from tests.transfer.conftest import Look, MakePage, acts, zipped

WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\r"), max_size=60
)


def a_file(title: str = "Recettes", body: str = "<p>Soupe</p>", **keys: str) -> str:
    front = "".join(f"{key} = {value}\n" for key, value in {"title": f'"{title}"', **keys}.items())
    return f"+++\n{front}+++\n{body}\n"


def rich_site(make_page: MakePage) -> None:
    """Make pages that use everything a page can be."""
    make_page("Accueil", "<p>Bonjour</p>", path="accueil")
    with db.transaction() as session:
        session.scalars(select(Page)).one().path = ""
    public = make_page("Œuvres & « fêtes »", '<p id="a">Été 🥕 [nous-contacter]</p>', in_menu=True)
    parent = make_page("Espace", "", path="espace/index", in_menu=True, menu_label='L’"espace"')
    make_page(
        "Réservée", "<p>+++\nOui</p>", path="espace/index-page", parent_id=parent.id,
        audience="member,referent", redirect_page_id=public.id, position=-7,
    )  # fmt: skip
    make_page("Brouillon", "<p>Non</p>", state=PageState.DRAFT)
    make_page(
        "Bientôt", "<p>Oui</p>", state=PageState.SCHEDULED,
        publish_at=clock.now() + timedelta(days=3),
    )  # fmt: skip
    moved = make_page("Ailleurs", "<p>Ici</p>", path="avant")
    with db.transaction() as session:
        draft = Draft("Ailleurs", "<p>Ici</p>", path="apres")
        services.save_page(session, moved.id, draft, 0, moved.revision_id or 0)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Flask]:
    """Give another, empty site."""
    app = create_app(Config("other", f"sqlite:///{tmp_path / 'other.db'}", testing=True))
    engine = app.extensions["amapress_engine"]
    db.Base.metadata.create_all(engine)
    yield app
    engine.dispose()


def revisions(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(PageRevision)) or 0


def a_picture(colour: str = "green") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (30, 20), colour).save(file, "PNG")
    return file.getvalue()


def test_what_goes_out_comes_in_on_another_site(
    make_page: MakePage, session: Session, elsewhere: Flask
) -> None:
    rich_site(make_page)
    with db.transaction() as current:
        image = media.store(current, 0, a_picture(), "Carottes.png", "Des carottes")
        key, address = image.key, f"/media/{image.key}/{image.name}"
    make_page("Images", f'<p><img src="{address}" alt="x"></p>')
    out = export.as_bytes(session)
    ours = here.read(session)

    with elsewhere.test_request_context():
        came = transfer.parcel_of("pages.zip", out, b"")
        findings = transfer.examined(db.session(), came)
        shown = plan.make(db.session(), came, Choices(), findings)
        with db.transaction() as current:
            transfer.apply(current, came, Choices(), findings, shown.digest, 0)
        again = plan.make(db.session(), came, Choices(), findings)
        theirs = here.read(db.session())
        names = db.session().scalars(select(Media.key)).all()
        alts = db.session().scalars(select(Media.alt)).all()
        back = export.as_bytes(db.session())

    assert set(acts(shown).values()) == {"new"}
    assert set(acts(again).values()) == {"unchanged"}
    assert list(theirs.pages.values()) == sorted(ours.pages.values(), key=lambda one: one.order)
    assert theirs.redirects.keys() == ours.redirects.keys() == {"avant"}
    assert (list(names), list(alts)) == ([key], ["Des carottes"])
    with zipfile.ZipFile(io.BytesIO(back)) as file, zipfile.ZipFile(io.BytesIO(out)) as first:
        pages = [name for name in file.namelist() if name.startswith("pages/")]
        assert all(file.read(name) == first.read(name) for name in pages)
        assert len(set(pages)) == 8


def test_a_second_run_writes_nothing(
    make_page: MakePage, session: Session, bring: Look, look: Look
) -> None:
    rich_site(make_page)
    content = export.as_bytes(session)
    before = revisions(session)

    again = look("pages.zip", content)

    assert not again.todo
    assert revisions(session) == before


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    title=WORDS.filter(str.strip),
    label=WORDS,
    body=WORDS,
    order=st.integers(-10_000, 10_000),
    state=st.sampled_from(PageState),
    at=st.none() | st.datetimes(timezones=st.just(UTC)),
    former=st.lists(st.from_regex(r"[a-z]{1,5}(/[a-z]{1,5})?", fullmatch=True)),
)
def test_any_page_survives_its_file(
    title: str,
    label: str,
    body: str,
    order: int,
    state: PageState,
    at: datetime | None,
    former: list[str],
) -> None:
    page = PageFile(
        "a.html", "a/b", title.strip(), body, "a", True, label, order, state, at,
        "member", "c", tuple(former),
    )  # fmt: skip

    read = PageFile.read("a.html", page.text())

    assert read.body.rstrip("\n") == body.rstrip("\n")
    assert (read.title, read.menu_label, read.order) == (page.title, label, order)
    assert (read.state, read.publish_at, read.former) == (state, at, tuple(former))


@pytest.mark.parametrize("path", ["", "a", "espace/reserver", "index", "a/index", "mon-index"])
def test_a_files_name_is_never_taken_for_another_path(path: str) -> None:
    name = name_of_path(path)

    assert path_of_name(name) in {path, f"{path}-page"}
    assert path_of_name("espace/index.html") == "espace"


def test_what_somebody_wrote_here_is_kept_unless_it_is_to_be_replaced(
    seeded: Session, look: Look, bring: Look
) -> None:
    contact = seeded.scalars(select(Page).where(Page.path == "contact")).one()
    files = {
        "contact.html": a_file("Contact", "<p>Le nouveau texte</p>"),
        "glossaire.html": a_file("Glossaire", "<p>Autre</p>"),
    }
    with db.transaction() as session:
        draft = Draft("Contact", "<p>À nous</p>", path="contact")
        services.save_page(session, contact.id, draft, 0, contact.revision_id or 0)

    kept = bring("pages.zip", zipped(files))
    replaced = bring("pages.zip", zipped(files), Choices(replaces=True))
    again = look("pages.zip", zipped(files))

    assert acts(kept) == {"Contact": "kept", "Glossaire": "changed"}
    assert acts(replaced) == {"Contact": "changed", "Glossaire": "unchanged"}
    assert set(acts(again).values()) == {"unchanged"}
    history = seeded.scalars(
        select(PageRevision.body).where(PageRevision.page_id == contact.id)
    ).all()
    assert "<p>À nous</p>" in history


def test_a_page_that_moved_here_is_not_made_twice(
    make_page: MakePage, look: Look, session: Session
) -> None:
    page = make_page("Soupe", "<p>Poireaux</p>", path="soupe")
    with db.transaction() as current:
        draft = Draft("Soupe", "<p>Poireaux</p>", path="recettes-soupe")
        services.save_page(current, page.id, draft, 0, page.revision_id or 0)

    found = look("soupe.html", a_file("Soupe", "<p>Poireaux</p>", path='"soupe"').encode())

    assert acts(found) == {"Soupe": "kept"}
    assert found.lines[0].page_id == page.id


def test_a_page_that_moved_there_moves_here(
    make_page: MakePage, bring: Look, session: Session
) -> None:
    page = make_page("Soupe", path="soupe")
    file = a_file("Soupe", path='"recettes/soupe"', former='["soupe"]')

    found = bring("soupe.html", file.encode(), Choices(replaces=True))

    assert acts(found) == {"Soupe": "changed"}
    session.expire_all()
    assert session.get_one(Page, page.id).path == "recettes/soupe"
    assert session.get_one(Redirect, "soupe").page_id == page.id


def test_nothing_is_applied_that_was_not_shown(
    make_page: MakePage, look: Look, session: Session
) -> None:
    page = make_page("Soupe", path="soupe")
    content = a_file("Soupe", "<p>Navets</p>", path='"soupe"').encode()
    choices = Choices(replaces=True)
    shown = look("soupe.html", content, choices)
    with db.transaction() as current:
        draft = Draft("Soupe", "<p>Entre-temps</p>", path="soupe")
        services.save_page(current, page.id, draft, 0, page.revision_id or 0)

    came = transfer.parcel_of("soupe.html", content, b"")
    with pytest.raises(SiteChanged), db.transaction() as current:
        transfer.apply(current, came, choices, {}, shown.digest, 0)

    assert len(here.read(session).pages) == 1
    assert next(iter(here.read(session).pages.values())).body == "<p>Entre-temps</p>"


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("<p>Soupe</p>", "l’en-tête"),
        ("+++\ntitle = \n+++\nx", "TOML"),
        ("+++\nmenu = true\n+++\nx", "titre"),
        (a_file(title=""), "titre"),
        (a_file(menu='"oui"'), "menu"),
        (a_file(order="1.5"), "order"),
        (a_file(order="99999"), "ordre"),
        (a_file(state='"public"'), "state"),
        (a_file(state='"scheduled"'), "publish_at"),
        (a_file(audience='"tout le monde"'), "public connu"),
        (a_file(path='"../etc"'), "adresse"),
        (a_file(path='"Admin"'), "adresse"),
        (a_file(path='"admin/reglages"'), "adresse"),
        (a_file(path='"connexion"'), "adresse"),
        (a_file(former="[1]"), "former"),
        (a_file("x" * 201), "trop long"),
        (a_file(body="<b>" * 300), "imbrication"),
        (a_file(body="x" * 200_001), "trop"),
        ("+++\na = " + "[" * 5000 + "\n+++\n", "en-tête"),
        (a_file(parent='"recettes"', path='"recettes"'), "sous elle-même"),
    ],
)
def test_a_bad_page_is_refused_and_named_the_others_come(
    bring: Look, session: Session, file: str, reason: str
) -> None:
    found = bring("pages.zip", zipped({"mauvaise.html": file, "bonne.html": a_file("Bonne")}))

    refused = [line for line in found.lines if line.act is plan.Act.REFUSED]
    assert len(refused) == 1
    assert reason in refused[0].reason
    assert refused[0].name == "mauvaise.html"
    assert [page.title for page in here.read(session).pages.values()] == ["Bonne"]


def test_too_much_text_names_the_file(look: Look) -> None:
    found = look("pages.zip", zipped({"pages/longue.html": a_file(body="x" * 300_000)}))

    assert "longue.html" in found.lines[0].name
    assert "trop gros" in found.lines[0].reason


def test_another_encoding_is_told_with_its_line(look: Look) -> None:
    found = look("pages.zip", zipped({"a.html": a_file("Été").encode("latin-1")}))

    assert "UTF-8 (ligne 2)" in found.lines[0].reason


def test_scripts_go_and_a_windows_file_is_read(look: Look) -> None:
    text = "\ufeff" + a_file(body="<p onclick='x'>Soupe</p><script>alert(1)</script>")

    found = look("a.html", text.replace("\n", "\r\n").encode())

    assert found.lines[0].page is not None
    assert found.lines[0].page.body == "<p>Soupe</p>"


def test_a_missing_page_above_or_to_redirect_to_is_told(look: Look) -> None:
    file = a_file(parent='"nulle-part"', redirect_to='"ailleurs"', protected="true")

    (line,) = look("a.html", file.encode()).lines

    assert line.page is not None
    assert (line.page.above, line.page.redirect_to) == ("", None)
    assert len(line.notes) == 2


def test_a_key_that_another_image_has_is_mapped(
    make_page: MakePage, bring: Look, look: Look, session: Session
) -> None:
    with db.transaction() as current:
        ours = media.store(current, 0, a_picture("red"), "rouge.png", "").key
    theirs = "a" * 32
    files: dict[str, str | bytes] = {
        "pages/a.html": a_file(body=f'<p><img src="/media/{theirs}/r.png" alt=""></p>'),
        f"images/{theirs}-r.png": a_picture("red"),
        "pages/b.html": a_file("B", f'<p><img src="/media/{"b" * 32}/v.png" alt=""></p>'),
        f"images/{'b' * 32}-v.png": b"no image",
        f"images/{'c' * 32}-unused.png": a_picture("blue"),
    }

    found = bring("pages.zip", zipped(files))
    again = look("pages.zip", zipped(files))

    pages = {line.title: line for line in found.lines}
    assert pages["Recettes"].page is not None
    assert f"/media/{ours}/r.png" in pages["Recettes"].page.body
    assert any("v.png" in note for note in pages["B"].notes)
    assert len(session.scalars(select(Media)).all()) == 1
    assert not again.todo


def test_a_zip_is_never_trusted() -> None:
    link = zipfile.ZipInfo("pages/lien.html")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(link, "/etc/passwd")

    with pytest.raises(parcel.BadParcel, match="lien"):
        parcel.opened("a.zip", file.getvalue())
    for name in ("../a.html", "/a.html", "pages/../../a.html", "C:\\a.html", "a\\..\\b.html"):
        with pytest.raises(parcel.BadParcel, match="hors du dossier"):
            parcel.opened("a.zip", zipped({name: a_file()}))


def test_a_zip_bomb_is_read_no_further_than_its_limit() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"pages/{number}.html", b"x" * 30_000_000)

    found = parcel.opened("a.zip", file.getvalue())

    assert not found.pages
    assert all("trop gros" in one.reason for one in found.refused)
    with pytest.raises(parcel.BadParcel, match="trop de fichiers"):
        parcel.opened("a.zip", zipped({f"{n}.txt": "" for n in range(parcel.MOST_ENTRIES + 1)}))


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.zip", b"PK\x03\x04", "abîmé"),
        ("a.zip", b"", "vide"),
        ("a.pdf", b"%PDF", "ni un ZIP"),
        ("a.zip", zipped({"a.txt": "x"}), "aucune page"),
        ("a.zip", zipped({"pages/a.html": a_file()})[:-30], "abîmé"),
        ("a.zip", b"PK" + zipped({"pages/a.html": a_file()})[30:], "abîmé"),
    ],
)
def test_what_is_no_parcel_is_told(name: str, content: bytes, reason: str) -> None:
    with pytest.raises(parcel.BadParcel, match=reason):
        parcel.opened(name, content)


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=300), name=st.sampled_from(["a.zip", "a.html", "a.xml"]))
def test_no_content_fails_in_another_way_than_a_refusal(content: bytes, name: str) -> None:
    for start in (b"", b"PK\x03\x04", b"+++\n", b"<?xml version='1.0'?>"):
        with suppress(DomainError):
            parcel.opened(name, start + content)

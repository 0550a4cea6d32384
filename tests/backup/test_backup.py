"""A backup holds everything, is checked, and goes back as it was: on both databases."""

import json
import shutil
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from amapress_py import clock, db, demo, migrate
from amapress_py.accounts.models import Household
from amapress_py.app import create_app
from amapress_py.backup import archive, jobs, restoring, rows, services
from amapress_py.cms.models import Page
from amapress_py.config import Config
from amapress_py.demo import Plan
from amapress_py.media.models import Media, MediaContent
from amapress_py.settings.models import SiteVersion
from tests.postgres import PostgresServer

SMALL = {"members": 10, "intermittents": 3, "weeks": 8, "offers": 4, "seed": 1}
BYTES = bytes(range(256)) * 40
STRANGE = 'Œufs 🥚 \u202f« à l’œil »\n\t\\ " \' +++ {"a": null}'


@pytest.fixture(scope="module")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a database that holds the demo, and values that are easily lost."""
    folder = tmp_path_factory.mktemp("demo")
    file = folder / "demo.db"
    secret = "a secret for tests"
    app = create_app(Config(secret, f"sqlite:///{file}", data_folder=folder, testing=True))
    engine: Engine = app.extensions["amapress_engine"]
    migrate.upgrade(engine)
    with app.app_context(), db.transaction() as session:
        demo.fill(session, Plan(clock.today(), **SMALL))
        session.add(
            Media(
                key="a1", name="œuf.png", alt=STRANGE, kind="image/png", width=1, height=2,
                size=len(BYTES), digest="0" * 64,
                created_at=datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC),
            )
        )  # fmt: skip
        session.flush()
        session.add(MediaContent(media_id=1, variant="page", content=BYTES))
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return file


@pytest.fixture
def filled(demo_file: Path, tmp_path: Path) -> Iterator[Engine]:
    """Give a copy of that database."""
    shutil.copy(demo_file, tmp_path / "filled.db")
    engine = db.make_engine(f"sqlite:///{tmp_path / 'filled.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Engine]:
    """Give a database without any table."""
    engine = db.make_engine(f"sqlite:///{tmp_path / 'other.db'}")
    yield engine
    engine.dispose()


def contents(engine: Engine) -> dict[str, Any]:
    """Return every table's rows in an order of their own."""
    with engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(*table.columns))))
            for table in db.Base.metadata.sorted_tables
        }


def changed(path: Path, member: str, old: str, new: str) -> Path:
    """Return a copy of a backup in which a member's text differs."""
    copy = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(copy, "w") as target:
        for name in source.namelist():
            text = source.read(name).decode()
            if name == member:
                assert old in text
                text = text.replace(old, new, 1)
            target.writestr(name, text)
    return copy


def test_everything_comes_back(filled: Engine, empty: Engine, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "backup.zip"

    manifest = archive.write(filled, path)
    restoring.restore(empty, path)

    assert contents(empty) == contents(filled)
    assert manifest.rows == sum(map(len, contents(filled).values()))
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["backup.zip"]
    with Session(empty) as session:
        media = session.scalars(select(Media)).one()
        assert session.scalars(select(MediaContent.content)).all() == [BYTES]
        assert (media.alt, media.created_at.microsecond) == (STRANGE, 123456)


def test_every_kind_of_column_is_known() -> None:
    kinds = {
        rows.kind_of(column.type)
        for table in db.Base.metadata.sorted_tables
        for column in table.columns
    }

    assert kinds <= rows.TYPES.keys()


@pytest.fixture
def postgres_engine(postgres: PostgresServer) -> Iterator[Engine]:
    """Give a PostgreSQL database without any table."""
    with postgres.database() as url:
        engine = db.make_engine(url)
        yield engine
        engine.dispose()


@pytest.mark.postgres
def test_a_site_moves_to_postgresql_and_back(
    filled: Engine, postgres_engine: Engine, empty: Engine, tmp_path: Path
) -> None:
    there, back = tmp_path / "there.zip", tmp_path / "back.zip"

    archive.write(filled, there)
    restoring.restore(postgres_engine, there)
    archive.write(postgres_engine, back)
    restoring.restore(empty, back)

    assert contents(postgres_engine) == contents(filled)
    assert contents(empty) == contents(filled)


@pytest.mark.postgres
def test_on_postgresql_ids_go_on_and_keys_are_as_before(
    filled: Engine, postgres_engine: Engine, tmp_path: Path
) -> None:
    archive.write(filled, tmp_path / "backup.zip")
    restoring.restore(postgres_engine, tmp_path / "backup.zip")

    restoring.restore(postgres_engine, tmp_path / "backup.zip", replace=True)

    with Session(postgres_engine) as session:
        greatest = session.scalar(select(func.max(Household.id))) or 0
        household = Household()
        session.add(household)
        session.flush()
        assert household.id == greatest + 1
    with postgres_engine.connect() as connection:
        deferrable = "SELECT count(*) FROM pg_constraint WHERE condeferrable"
        assert connection.exec_driver_sql(deferrable).scalar() == 0


def test_a_page_may_stand_below_a_later_one(filled: Engine, empty: Engine, tmp_path: Path) -> None:
    with Session(filled) as session:
        first, *_others, last = session.scalars(select(Page).order_by(Page.id))
        first.parent_id, first.redirect_page_id = last.id, last.id
        session.commit()
    archive.write(filled, tmp_path / "backup.zip")

    restoring.restore(empty, tmp_path / "backup.zip")

    assert contents(empty) == contents(filled)


def test_nothing_is_mixed_with_what_is_there(filled: Engine, tmp_path: Path) -> None:
    path = tmp_path / "backup.zip"
    archive.write(filled, path)
    before = contents(filled)

    with pytest.raises(restoring.NotEmpty):
        restoring.restore(filled, path)

    assert contents(filled) == before


def test_replacing_takes_the_place_of_all(filled: Engine, tmp_path: Path) -> None:
    path = tmp_path / "backup.zip"
    archive.write(filled, path)
    before = contents(filled)
    with Session(filled) as session:
        session.add(Household())
        session.scalars(select(Page)).first().title = "Autre"  # type: ignore[union-attr]
        number = session.scalars(select(SiteVersion)).one().number
        session.commit()

    restoring.restore(filled, path, replace=True)

    after = contents(filled)
    assert {**after, "site_version": []} == {**before, "site_version": []}
    with Session(filled) as session:  # no process takes its old pages for the restored ones
        assert session.scalars(select(SiteVersion.number)).one() > number


def test_a_backup_of_older_tables_is_brought_up_to_date(empty: Engine, tmp_path: Path) -> None:
    old = db.make_engine(f"sqlite:///{tmp_path / 'old.db'}")
    migrate.upgrade(old)
    path = tmp_path / "backup.zip"
    archive.write(old, path)
    old.dispose()
    with zipfile.ZipFile(path) as file:
        manifest = json.loads(file.read(archive.MANIFEST))
    setting: dict[str, Any] = {
        "name": "setting",
        "columns": {"key": "text", "value": "text"},
        "rows": 1,
        "checksum": "",
    }
    line = b'["site_name","\\"Les Tilleuls\\""]\n'
    passing = rows.Sum()
    list(passing.through([line]))
    setting["checksum"] = passing.checksum
    manifest |= {"revision": "20261122_0300", "tables": [setting]}
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(archive.MANIFEST, json.dumps(manifest))
        file.writestr("tables/setting.jsonl", line)

    restoring.restore(empty, path)

    assert migrate.is_current(empty)
    assert contents(empty)["setting"] == ["('site_name', '\"Les Tilleuls\"')"]


def test_a_backup_of_a_newer_program_is_refused(
    filled: Engine, empty: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "backup.zip"
    archive.write(filled, path)
    newer = changed(path, archive.MANIFEST, migrate.current(filled), "29991231_2359")

    with pytest.raises(restoring.UnknownRevision, match="29991231_2359"):
        restoring.restore(empty, newer)

    assert migrate.current(empty) == ""


@pytest.mark.parametrize(
    ("member", "old", "new"),
    [
        ("tables/page.jsonl", "Bienvenue", "Malvenue"),
        ("tables/page.jsonl", "[", "{"),
        ("tables/page.jsonl", "\n", "\n[]\n"),
        (archive.MANIFEST, '"rows": 1', '"rows": 2'),
        (archive.MANIFEST, ': "text"', ': "money"'),
        (archive.MANIFEST, "amapress-backup", "other"),
        (archive.MANIFEST, '"name": "page"', '"name": "pages"'),
        (archive.MANIFEST, "{", "["),
    ],
)
def test_a_damaged_backup_changes_nothing(
    filled: Engine, empty: Engine, tmp_path: Path, member: str, old: str, new: str
) -> None:
    path = tmp_path / "backup.zip"
    archive.write(filled, path)

    with pytest.raises(archive.BadBackup):
        restoring.restore(empty, changed(path, member, old, new))

    assert migrate.current(empty) == ""


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 and then nothing"])
def test_what_is_no_backup_is_told(empty: Engine, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "backup.zip"
    path.write_bytes(content)

    with pytest.raises(archive.BadBackup):
        restoring.restore(empty, path)
    with pytest.raises(archive.BadBackup, match=r"missing\.zip"):
        restoring.restore(empty, tmp_path / "missing.zip")


def test_a_cut_file_is_refused(filled: Engine, empty: Engine, tmp_path: Path) -> None:
    path = tmp_path / "backup.zip"
    archive.write(filled, path)
    whole = path.read_bytes()
    middle = len(whole) // 2
    path.write_bytes(whole[:middle] + bytes(50) + whole[middle + 50 :])

    with pytest.raises(archive.BadBackup):
        restoring.restore(empty, path)


def test_a_row_that_points_to_nothing_is_refused(
    filled: Engine, empty: Engine, tmp_path: Path
) -> None:
    raw = filled.raw_connection()
    raw.driver_connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
    raw.driver_connection.execute("UPDATE page SET parent_id = 4711 WHERE id = 2")  # type: ignore[union-attr]
    raw.close()
    archive.write(filled, tmp_path / "backup.zip")

    with pytest.raises(restoring.DoesNotFit, match="page"):
        restoring.restore(empty, tmp_path / "backup.zip")

    assert migrate.current(empty) == ""


def test_tables_that_are_too_old_are_not_saved(empty: Engine, tmp_path: Path) -> None:
    migrate.upgrade(empty, "20261122_0300")

    with pytest.raises(archive.NotUpToDate):
        archive.write(empty, tmp_path / "backup.zip")

    assert not (tmp_path / "backup.zip").exists()


def test_a_backup_that_fails_leaves_no_file(
    filled: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(name: str, count: int) -> None:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        archive.write(filled, tmp_path / "out" / "backup.zip", full)

    assert list((tmp_path / "out").iterdir()) == []


def test_the_night_saves_once_and_keeps_the_last_14(app: Flask) -> None:
    engine: Engine = app.extensions["amapress_engine"]
    db.Base.metadata.drop_all(engine)
    migrate.upgrade(engine)
    folder = services.folder(app.extensions["amapress_config"])
    folder.mkdir(parents=True)
    old = [folder / f"amapress-202001{day:02d}-030000.zip" for day in range(1, 21)]
    for one in (*old, folder / "avant-les-travaux.zip"):
        one.write_bytes(b"")

    for _twice in range(2):
        with app.app_context():
            jobs.backup(app)

    there = sorted(one.name for one in folder.iterdir())
    assert len(there) == services.KEPT + 1
    assert "avant-les-travaux.zip" in there
    assert old[-1].name in there
    with app.app_context():
        beat = services.last_backup(db.session())
        assert beat is not None
        assert clock.now() - beat.at < timedelta(minutes=5)
        assert there[-2] in beat.note
        assert archive.check(folder / there[-2]).tables

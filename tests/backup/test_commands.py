"""The commands, as an admin of the machine uses them."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.mail.models import OutboxMail
from tests.test_cli import amapress, count

SECRET = "a secret for tests"


@pytest.fixture
def site(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a site with an administrator."""
    environment = {
        "AMAPRESS_DATA_FOLDER": str(tmp_path / "data"),
        "AMAPRESS_SECRET_KEY": SECRET,
    }
    assert amapress(environment, "init", "jeanne@amap.test").returncode == 0
    return environment


def test_a_site_is_saved_and_restored_elsewhere(site: dict[str, str], tmp_path: Path) -> None:
    other = {**site, "AMAPRESS_DATA_FOLDER": str(tmp_path / "other")}

    saved = amapress(site, "backup")
    (file,) = (tmp_path / "data" / "backups").iterdir()
    restored = amapress(other, "restore", str(file))

    assert saved.returncode == restored.returncode == 0, saved.stderr + restored.stderr
    assert str(file) in saved.stdout
    assert "relues et vérifiées" in saved.stdout
    assert "remises et vérifiées" in restored.stdout
    assert file.stat().st_mode & 0o777 == 0o600
    assert [count(site, name) for name in ("person", "page", "page_revision")] == [
        count(other, name) for name in ("person", "page", "page_revision")
    ]
    assert count(site, "beat") == 1


def test_what_is_there_is_replaced_only_when_asked_and_saved_first(
    site: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "here.zip"
    assert amapress(site, "backup", str(file)).returncode == 0
    assert amapress(site, "init", "paul@amap.test").returncode == 0

    refused = amapress(site, "restore", str(file))
    persons = count(site, "person")
    replaced = amapress(site, "restore", str(file), "--replace")

    assert refused.returncode == 1
    assert "--replace" in refused.stderr
    assert persons == 2
    assert replaced.returncode == 0, replaced.stderr
    assert "L’état d’avant est gardé" in replaced.stdout
    assert count(site, "person") == 1


def test_mails_that_will_leave_are_told(site: dict[str, str], tmp_path: Path) -> None:
    engine = db.make_engine(f"sqlite:///{tmp_path / 'data' / 'amapress.db'}")
    with Session(engine) as session:
        words = {"event": "e", "subject": "s", "text": "t", "html": "h", "message_id": "<1@amap>"}
        session.add(OutboxMail(to_address="jeanne@amap.test", **words))
        session.commit()
    engine.dispose()
    file = str(tmp_path / "here.zip")
    amapress(site, "backup", file)

    restored = amapress(site, "restore", file, "--replace")

    assert "vont partir avec le worker : 1." in restored.stdout


@pytest.mark.parametrize("name", ["missing.zip", "letter.txt"])
def test_what_is_no_backup_is_told_without_a_traceback(
    site: dict[str, str], tmp_path: Path, name: str
) -> None:
    (tmp_path / "letter.txt").write_text("Bonjour", "utf-8")

    done = amapress(site, "restore", str(tmp_path / name))

    assert done.returncode == 1
    assert done.stderr.startswith(("Il n’y a pas de fichier", "Ce fichier n’est pas"))
    assert "Traceback" not in done.stderr

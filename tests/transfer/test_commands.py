"""`amapress export pages` and `amapress import pages`."""

from pathlib import Path

import pytest

from tests.test_cli import amapress, count
from tests.transfer.conftest import SAMPLE


@pytest.fixture
def site(tmp_path: Path) -> dict[str, str]:
    environment = {
        "AMAPRESS_DATA_FOLDER": str(tmp_path / "data"),
        "AMAPRESS_SECRET_KEY": "a secret for tests",
    }
    assert amapress(environment, "db", "upgrade").returncode == 0
    return environment


def test_pages_move_from_wordpress_to_a_file_to_another_site(
    site: dict[str, str], tmp_path: Path
) -> None:
    other = {**site, "AMAPRESS_DATA_FOLDER": str(tmp_path / "other")}
    file = str(tmp_path / "pages.zip")

    looked = amapress(site, "import", "pages", str(SAMPLE), "--dry-run")
    nothing = count(site, "page")
    brought = amapress(site, "import", "pages", str(SAMPLE))
    again = amapress(site, "import", "pages", str(SAMPLE))
    taken = amapress(site, "export", "pages", file)
    carried = amapress(other, "import", "pages", file)

    for done in (looked, brought, again, taken, carried):
        assert done.returncode == 0, done.stderr
    assert looked.stdout.count("Nouvelle") == 7
    assert nothing == 0
    assert "7 pages importées" in brought.stdout
    assert "Rien n’a été changé" in again.stdout
    assert "7 pages" in taken.stdout
    assert count(site, "page") == count(other, "page") == 7
    assert count(site, "page_revision") == 7


def test_a_damaged_file_is_told_in_a_sentence(site: dict[str, str], tmp_path: Path) -> None:
    cut = tmp_path / "cut.xml"
    cut.write_bytes(SAMPLE.read_bytes()[:5000])

    done = amapress(site, "import", "pages", str(cut))

    assert done.returncode == 1
    assert done.stderr.startswith("Ligne ")
    assert "Traceback" not in done.stderr
    assert count(site, "page") == 0


def test_images_come_from_a_folder(site: dict[str, str], tmp_path: Path) -> None:
    from tests.transfer.test_wordpress import IMAGES, a_picture, export, item

    folder = tmp_path / "uploads" / "2020" / "01"
    folder.mkdir(parents=True)
    (folder / "Soupe.jpg").write_bytes(a_picture())
    file = tmp_path / "a.xml"
    file.write_bytes(export(item(1, "Page", IMAGES)))

    done = amapress(site, "import", "pages", str(file), "--images", str(tmp_path / "uploads"))

    assert done.returncode == 0, done.stderr
    assert count(site, "media") == 1

"""The command `amapress check`: the same findings, and a status for scripts."""

from pathlib import Path

from amapress_py import jobs
from amapress_py.app import create_app
from amapress_py.backup import services as backups
from amapress_py.config import Config
from tests.test_cli import SMALL, amapress, environment, secret

__all__ = ["environment", "secret"]  # fixtures


def test_check_tells_what_is_wrong(secret: dict[str, str]) -> None:
    assert amapress(secret, "init", "jeanne@amap.test").returncode == 0

    done = amapress(secret, "check")

    assert done.returncode == 1
    told = done.stdout.splitlines()
    assert any(one.startswith("Obligatoire : L’adresse du site est encore") for one in told)
    assert any(one.startswith("Conseillé : Il n’y a qu’un administrateur") for one in told)
    assert done.stderr == ""


def test_check_succeeds_when_only_advice_is_left(secret: dict[str, str]) -> None:
    demo_of_today = {**secret, "AMAPRESS_DEMO": "1"}
    assert amapress(demo_of_today, "demo", *SMALL).returncode == 0
    app = create_app(Config.from_env(demo_of_today))
    jobs.run_once(app)
    backups.make_backup(app)
    app.extensions["amapress_engine"].dispose()

    done = amapress(demo_of_today, "check")

    assert done.returncode == 0, done.stdout
    assert all(one.startswith("Conseillé : ") for one in done.stdout.splitlines())


def test_check_of_a_database_without_tables_says_so(secret: dict[str, str]) -> None:
    Path(secret["AMAPRESS_DATA_FOLDER"]).mkdir()

    done = amapress(secret, "check")

    assert done.returncode == 1
    assert "N’a pas pu être vérifié :" in done.stdout or "Les tables de la base" in done.stdout
    assert "Traceback" not in done.stdout

"""The command line, as an admin of the machine uses it, in a folder of its own."""

import io
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import pytest

from amapress_py import cli, clock, demo

ROOT = Path(__file__).parent.parent


class Done(NamedTuple):
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


SMALL = ("--members", "10", "--weeks", "8", "--offers", "4")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return an environment without settings but a folder for the data."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("AMAPRESS_")}
    return {**kept, "AMAPRESS_DATA_FOLDER": str(tmp_path / "data")}


@pytest.fixture
def secret(environment: dict[str, str]) -> dict[str, str]:
    """Return an environment that is enough for a site."""
    return {**environment, "AMAPRESS_SECRET_KEY": "a secret for tests"}


def amapress(environment: dict[str, str], *words: str) -> Done:
    """Run a command in this process, with that environment alone."""
    output, errors, code = io.StringIO(), io.StringIO(), 0
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        mock.patch.object(sys, "argv", ["amapress", *words]),
        redirect_stdout(output),
        redirect_stderr(errors),
    ):
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
    return Done(code, output.getvalue(), errors.getvalue())


def amapress_process(environment: dict[str, str], *words: str, given: str = "") -> Done:
    """Run a command as a machine does."""
    done = subprocess.run(
        [sys.executable, "-m", "amapress_py.cli", *words],
        env=environment,
        cwd=ROOT,
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@contextmanager
def serving(command: list[str], environment: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Run a command that serves; give the address it prints and what came before."""
    process = subprocess.Popen(
        command,
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    with closing(process.stdout) as output:
        said = ""
        for line in output:
            said += line
            if line.startswith("http://"):
                break
        try:
            assert said.splitlines()[-1].startswith("http://"), said
            yield said.splitlines()[-1].strip(), said
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            output.read()
            process.wait(30)
    assert process.returncode in (0, 2, -signal.SIGTERM), process.returncode  # make's own is 2


def page(address: str) -> int:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return int(answer.status)


def count(environment: dict[str, str], table: str) -> int:
    file = Path(environment["AMAPRESS_DATA_FOLDER"]) / "amapress.db"
    with closing(sqlite3.connect(file)) as connection:
        (found,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
    return int(found)


@pytest.mark.parametrize("words", [["run"], ["worker"], ["init", "a@demo.test"]])
def test_a_missing_secret_is_told_without_a_traceback(
    environment: dict[str, str], words: list[str]
) -> None:
    done = amapress_process(environment, *words)

    assert done.returncode == 2
    assert "AMAPRESS_SECRET_KEY is not set" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_help_lists_the_commands(environment: dict[str, str]) -> None:
    done = amapress(environment, "--help")

    assert done.returncode == 0
    for command in ("init", "demo", "run", "worker", "db", "render"):
        assert f"\n  {command} " in done.stdout


def test_init_makes_an_admin_and_prints_a_link(secret: dict[str, str]) -> None:
    first = amapress(secret, "init", "jeanne@amap.test", "--first-name", "Jeanne")
    again = amapress(secret, "init", "jeanne@amap.test")

    for done in (first, again):
        assert done.returncode == 0, done.stderr
        assert "jeanne@amap.test administre le site" in done.stdout
        assert "http://127.0.0.1:8000/compte/mot-de-passe/" in done.stdout
    assert count(secret, "person") == 1
    assert count(secret, "role_grant") == 1
    assert count(secret, "page") > 5


def test_init_refuses_what_is_no_address(secret: dict[str, str]) -> None:
    done = amapress(secret, "init", "jeanne")

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "adresse" in done.stderr


def test_the_demo_needs_no_setting_and_an_empty_database(environment: dict[str, str]) -> None:
    first = amapress(environment, "demo", *SMALL)
    again = amapress(environment, "demo", *SMALL)

    assert first.returncode == 0, first.stderr
    assert f"{clock.today():%d/%m/%Y}" in first.stdout
    assert again.returncode == 1
    assert "déjà des personnes" in again.stderr
    folder = Path(environment["AMAPRESS_DATA_FOLDER"])
    assert (folder / "secret").stat().st_mode & 0o077 == 0


def test_an_impossible_demo_is_refused_in_a_sentence(environment: dict[str, str]) -> None:
    done = amapress(environment, "demo", "--members", "3")

    assert done.returncode == 1
    assert done.stderr.startswith("Il faut au moins 10")


def test_a_demo_of_another_day_is_made_again(environment: dict[str, str]) -> None:
    yesterday = clock.today() - timedelta(days=1)
    folder = Path(environment["AMAPRESS_DATA_FOLDER"])

    assert amapress(environment, "demo", *SMALL, "--today", str(yesterday)).returncode == 0
    renewed = amapress(environment, "demo", *SMALL, "--renew")
    kept = amapress(environment, "demo", *SMALL, "--renew")

    assert f"du {yesterday:%d/%m/%Y} est refaite" in renewed.stdout
    assert "prête" in kept.stdout
    assert (folder / "demo-day").read_text() == clock.today().isoformat()


def test_a_real_database_is_never_renewed(secret: dict[str, str]) -> None:
    amapress(secret, "init", "jeanne@amap.test")

    done = amapress(secret, "demo", *SMALL, "--renew")

    assert done.returncode == 1
    assert count(secret, "person") == 1


def test_tables_go_up_and_down(secret: dict[str, str]) -> None:
    assert "aucune table" in amapress(secret, "db", "current").stdout
    assert amapress(secret, "db", "upgrade").returncode == 0
    assert "(à jour)" in amapress(secret, "db", "current").stdout
    assert amapress(secret, "db", "downgrade", "base").returncode == 0
    assert "aucune table" in amapress(secret, "db", "current").stdout


def test_render_needs_nothing_and_cleans(environment: dict[str, str]) -> None:
    done = amapress_process(
        environment, "render", "-", given="<p>Bonjour</p><script>alert(1)</script>"
    )

    assert done.returncode == 0, done.stderr
    assert "<p>Bonjour</p>" in done.stdout
    assert "<script" not in done.stdout


def test_the_list_of_shortcodes_is_up_to_date(environment: dict[str, str]) -> None:
    done = amapress(environment, "shortcodes")

    assert done.returncode == 0, done.stderr
    assert (ROOT / "docs" / "shortcodes.md").read_text("utf-8") == done.stdout, "run make docs"


def test_run_passes_over_a_taken_port_serves_and_stops(secret: dict[str, str]) -> None:
    amapress(secret, "init", "jeanne@amap.test")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "amapress_py.cli", "run", "--find-port"]

        with serving([*command, "--port", str(port)], secret) as (address, _said):
            assert int(address.rsplit(":", 1)[1]) > port
            assert page(address) == 200

    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(address, timeout=5)


def test_a_taken_port_is_told(secret: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        done = amapress(secret, "run", "--port", str(port))

    assert done.returncode == 1
    assert f"Le port {port}" in done.stderr


def test_make_run_serves_the_demo_and_prints_its_log_ins(
    environment: dict[str, str], tmp_path: Path
) -> None:
    installed = tmp_path / "installed"
    installed.touch()
    command = [
        *("make", "run", "PORT=0", f"STAMP={installed}"),
        f"BIN={Path(sys.executable).parent}",
    ]

    with serving(command, environment) as (address, said):
        assert "Démonstration faite" in said
        assert page(address) == 200
    assert (tmp_path / "data" / "amapress.db").exists()


def test_the_log_ins_are_shown_with_the_address() -> None:
    from amapress_py.demo.folder import welcome

    shown = welcome("http://127.0.0.1:8000")

    assert shown.startswith("http://127.0.0.1:8000\n")
    assert demo.PASSWORD in shown
    assert all(login.email in shown for login in demo.LOGINS)

"""Shortcodes that others bring: the tutorial as it is written, and what goes wrong clearly."""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import text

from amapress_py import db
from amapress_py.app import create_app
from amapress_py.cms import services
from amapress_py.cms.services import Draft
from amapress_py.config import Config, ConfigurationError

ROOT = Path(__file__).parent.parent
SECTION = "### For many AMAPs: a package of its own"
HEAD = "from amapress_py.engine import NoAttributes, shortcode\n\n\n"
ONE = HEAD + (
    "@shortcode('{tag}', NoAttributes, 'Essai', audience='everybody')\n"
    "def render(context, attributes):\n    {body}\n"
)
Write = Callable[[str, str], Path]


# ----- A package


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Install the package of the tutorial, as pip would, in a folder of its own."""
    told = (ROOT / "docs" / "developing.md").read_text(encoding="utf-8")
    part = told.partition(SECTION)[2].partition("\n### ")[0]
    code = dict(re.findall(r"```(toml|python|html)\n(.*?)```", part, re.DOTALL))
    project = tomllib.loads(code["toml"])
    (name,) = project["tool"]["setuptools"]["packages"]
    templates = tmp_path / name / "templates"
    templates.mkdir(parents=True)
    (tmp_path / name / "__init__.py").write_text(code["python"], encoding="utf-8")
    (templates / "anniversaire.html").write_text(code["html"], encoding="utf-8")
    about = project["project"]
    info = tmp_path / f"{about['name'].replace('-', '_')}-{about['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {about['name']}\nVersion: {about['version']}\n"
    )
    lines = [
        line
        for group, names in about["entry-points"].items()
        for line in (f"[{group}]", *(f"{key} = {value}" for key, value in names.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return tmp_path


def rendered(folder: Path, written: str) -> subprocess.CompletedProcess[str]:
    """Render a text in a process that has `folder` on its path."""
    return subprocess.run(
        [sys.executable, "-m", "amapress_py.cli", "render", "-"],
        input=written,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"},
        cwd=folder,
        check=False,
    )


def test_the_tutorial_of_a_package_works(installed: Path) -> None:
    done = rendered(installed, "<p>Avant</p>[anniversaire depuis=2003 couleur=rouge]<p>Après</p>")

    assert done.returncode == 0, done.stderr
    assert re.search(r"<p>Avant</p>\s*<p>Notre AMAP a \d\d ans\.</p>\s*<p>Après</p>", done.stdout)
    assert "n’est pas un paramètre de [anniversaire]" in done.stderr


def test_a_package_that_cannot_be_imported_is_named(installed: Path) -> None:
    module = installed / "amap_anniversaire" / "__init__.py"
    module.write_text("import rien_de_tel\n")

    done = rendered(installed, "Bonjour")

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "anniversaire = amap_anniversaire" in done.stderr
    assert "rien_de_tel" in done.stderr


def test_a_package_without_a_shortcode_is_named(installed: Path) -> None:
    (installed / "amap_anniversaire" / "__init__.py").write_text("PI = 3\n")

    done = rendered(installed, "Bonjour")

    assert done.returncode == 2
    assert "anniversaire = amap_anniversaire" in done.stderr


def test_a_package_that_takes_one_of_our_tags_is_named(installed: Path) -> None:
    module = installed / "amap_anniversaire" / "__init__.py"
    module.write_text(module.read_text("utf-8").replace('"anniversaire",', '"menu",'), "utf-8")

    done = rendered(installed, "Bonjour")

    assert done.returncode == 2
    assert "[menu]" in done.stderr
    assert "amap_anniversaire" in done.stderr
    assert "amapress_py.shortcodes.menu" in done.stderr


# ----- The AMAP's own folder


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Path]:
    """Give a folder for the AMAP's own shortcodes; forget them afterwards."""
    folder = tmp_path / "site"
    (folder / "shortcodes").mkdir(parents=True)
    package = import_module("amapress_py.shortcodes")
    before, modules = list(package.__path__), set(sys.modules)
    yield folder
    package.__path__[:] = before
    for name in set(sys.modules) - modules:
        if name.startswith("amapress_py.shortcodes."):
            del sys.modules[name]


@pytest.fixture
def write(own: Path) -> Write:
    """`write("cloche.py", code)` puts a file into the folder."""

    def put(name: str, code: str) -> Path:
        file = own / "shortcodes" / name
        file.write_text(code, encoding="utf-8")
        return file

    return put


def start(config: Config, own: Path) -> Flask:
    app = create_app(replace(config, site_folder=own))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    engine = app.extensions["amapress_engine"]
    db.Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO site_version (id, number) VALUES (1, 1)"))
    return app


def read(app: Flask, body: str) -> str:
    with app.app_context(), db.transaction() as session:
        services.save_page(session, None, Draft("Essai", body), 0)
    answer = app.test_client().get("/essai")
    assert answer.status_code == 200
    prose = BeautifulSoup(answer.data, "html.parser").select_one(".prose")
    assert prose is not None
    return prose.decode_contents().strip()


def test_a_plain_text_is_escaped(config: Config, own: Path, write: Write) -> None:
    write("cloche.py", ONE.format(tag="cloche", body="return '<b>ding</b> & <script>'"))

    html = read(start(config, own), "<p>[cloche]</p>")

    assert html == "&lt;b&gt;ding&lt;/b&gt; &amp; &lt;script&gt;"


@pytest.mark.parametrize("body", ["return 1 / 0", "raise SystemError('x')", "return object.rien"])
def test_one_that_raises_leaves_the_rest(
    config: Config,
    own: Path,
    write: Write,
    body: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    write("cloche.py", ONE.format(tag="cloche", body=body))

    html = read(start(config, own), "<p>Avant</p>[cloche]<p>Après</p>")

    assert "<p>Avant</p>" in html
    assert "<p>Après</p>" in html
    assert "Ce contenu ne peut pas être affiché" in html
    (record,) = [one for one in caplog.records if "[cloche]" in one.getMessage()]
    assert record.exc_info is not None
    assert "/essai" in record.getMessage()


@pytest.mark.parametrize(("body", "expected"), [("return None", ""), ("return 12", "12")])
def test_what_is_no_text_does_no_harm(
    config: Config, own: Path, write: Write, body: str, expected: str
) -> None:
    write("cloche.py", ONE.format(tag="cloche", body=body))

    assert read(start(config, own), "[cloche]") == expected


@pytest.mark.parametrize(
    ("name", "code", "told"),
    [
        ("cloche.py", ONE.format(tag="display-if", body="return ''"), "[display-if]"),
        ("cloche.py", "def render(:", "SyntaxError"),
        ("cloche.py", "import rien_de_tel", "rien_de_tel"),
        ("menu.py", ONE.format(tag="mon-menu", body="return ''"), "menu.py"),
    ],
)
def test_what_cannot_be_used_stops_the_start_with_a_reason(
    config: Config, own: Path, write: Write, name: str, code: str, told: str
) -> None:
    write(name, code)

    with pytest.raises(ConfigurationError, match=re.escape(told)):
        create_app(replace(config, site_folder=own))

"""What the documents say is there: links, images, commands, variables, labels, the tutorial."""

import importlib
import re
import runpy
import sys
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from pathlib import Path

import click
import pytest
from pypdf import PdfReader
from sqlalchemy.orm import Session

from amapress_py.cli import commands
from amapress_py.config import Config
from amapress_py.settings import Settings
from docs import pdf
from tests.conftest import BrowserFactory
from tests.factories import Make

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
DEPLOY = DOCS / "deploy"
GUIDE = sorted((DOCS / "guide").glob("*.md"))
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
EXAMPLES = sorted(path for path in DEPLOY.iterdir() if path.suffix != ".md")

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"```\w*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
COMMAND = re.compile(r"(?:^|bin/|\| )amapress ([a-z-].*)", re.MULTILINE)
MAKE = re.compile(r"^make ([a-z]+)", re.MULTILINE)
VARIABLE = re.compile(r"AMAPRESS_([A-Z_]+)")
FILE = re.compile(r"[\w./-]+\.(?:py|html|txt|toml|cfg|md|jsonl|js|css)")
DOTTED = re.compile(r"([a-z_]+(?:\.[a-z_]+)*)\.(\w+)(?:\(\w*\))?")
BOLD = re.compile(r"\*\*([^*]+)\*\*")

OF_TESTS = {"TEST_POSTGRES", "TEST_SEASONS"}
LARGEST_IMAGE = 150_000
LARGEST_PDF = 4_000_000


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def code_of(path: Path) -> list[str]:
    """Return the code of a document: its blocks and spans."""
    return [block or span for block, span in CODE.findall(text_of(path))]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_links_lead_to_files(path: Path) -> None:
    for target in LINK.findall(CODE.sub("", text_of(path))):
        if not target.startswith("https://"):
            assert (path.parent / target).exists(), target


def test_images_are_small_and_each_is_shown() -> None:
    shown = {
        (path.parent / target).resolve()
        for path in DOCUMENTS
        for target in LINK.findall(text_of(path))
        if target.endswith(".png")
    }
    images = set((DOCS / "images").iterdir())

    assert images == shown
    assert all(image.stat().st_size < LARGEST_IMAGE for image in images)


def test_the_guide_to_print_has_the_chapters_of_the_index() -> None:
    reader = PdfReader(pdf.PDF)
    titles = [str(one.title) for one in reader.outline if not isinstance(one, list)]
    contents = plain(" ".join(page.extract_text() for page in reader.pages[1:4]))

    assert titles == [pdf.title_of(page) for page in pdf.chapters()]
    assert set(pdf.chapters()) <= set(GUIDE)
    assert contents.startswith("Sommaire")
    assert all(plain(title) in contents for title in titles)
    assert pdf.PDF.stat().st_size < LARGEST_PDF


def mentioned_commands() -> Iterator[str]:
    for path in DOCUMENTS:
        for code in code_of(path):
            yield from COMMAND.findall(code)
    for path in EXAMPLES:
        yield from COMMAND.findall(text_of(path))


@pytest.mark.parametrize("line", sorted(set(mentioned_commands())))
def test_commands_exist(line: str) -> None:
    words = line.split("|")[0].replace("'", " ").split()
    if words == ["-h"]:
        return
    command = commands.commands[words.pop(0)]
    if isinstance(command, click.Group):
        command = command.commands[words.pop(0)]

    known = {option for parameter in command.params for option in parameter.opts}

    assert {word for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_tasks_of_make_exist(path: Path) -> None:
    tasks = set(re.findall(r"^([a-z]+):", text_of(ROOT / "Makefile"), re.MULTILINE))

    assert {task for code in code_of(path) for task in MAKE.findall(code)} <= tasks


def variables(paths: Iterable[Path]) -> set[str]:
    return {name.rstrip("_") for path in paths for name in VARIABLE.findall(text_of(path))}


def test_variables_exist_and_are_all_explained() -> None:
    known = {one.name.upper() for one in fields(Config)} - {"SITE_FOLDER"} | {"SITE"}

    assert variables([*DOCUMENTS, *EXAMPLES]) - {""} <= known | OF_TESTS
    assert variables([DEPLOY / "README.md"]) >= known - {"BENCH", "TESTING"}


def test_the_examples_fit_together() -> None:
    web, nginx = text_of(DEPLOY / "amapress-web.service"), text_of(DEPLOY / "nginx.conf")
    socket = re.search(r"--bind (unix:\S+)", web)

    assert socket is not None
    assert f"server {socket[1]};" in nginx
    for name in EXAMPLES:
        assert name.name in text_of(DEPLOY / "README.md")
        if name.suffix == ".service":
            assert "EnvironmentFile=/etc/amapress/amapress.env" in text_of(name)


def plain(text: str) -> str:
    """Return a text as one searches it: one kind of space and of apostrophe."""
    return " ".join(text.replace("’", "'").split())


def what_users_read() -> str:
    folders = ("amapress_py", "shortcodes", "pages", "themes")
    kinds = {".py", ".html", ".txt", ".toml"}
    files = (path for name in folders for path in (ROOT / name).rglob("*") if path.suffix in kinds)
    return plain(" ".join(map(text_of, files)))


def test_labels_in_the_guide_are_those_of_the_screens() -> None:
    screens = what_users_read()
    named = {
        label.strip()
        for path in GUIDE
        for bold in BOLD.findall(CODE.sub("", text_of(path)))
        for label in plain(bold).split("→")
    }

    assert not {label for label in named if label not in screens}


def test_every_setting_is_explained() -> None:
    screens = ("reglages.md", "apparence.md")
    explained = plain(" ".join(text_of(DOCS / "guide" / name) for name in screens))

    for one in fields(Settings):
        assert plain(str(one.metadata["label"])) in explained


def mentioned_files() -> Iterator[str]:
    for path in DOCUMENTS:
        for _block, span in CODE.findall(text_of(path)):
            if "/" in span and FILE.fullmatch(span) and "dates_de_distribution" not in span:
                yield span


@pytest.mark.parametrize("name", sorted(set(mentioned_files())))
def test_files_exist(name: str) -> None:
    places = (ROOT, ROOT / "amapress_py", ROOT / "amapress_py" / "exchange", Path("/"))

    assert any((place / name).exists() for place in places)


def names_of_code(path: Path) -> Iterator[tuple[str, str]]:
    for _block, span in CODE.findall(text_of(path)):
        found = DOTTED.fullmatch(span)
        if found and not FILE.fullmatch(span) and found[1] in PARTS:
            yield found[1], found[2]


PARTS = {
    ".".join(path.relative_to(ROOT / "amapress_py").with_suffix("").parts)
    for path in (ROOT / "amapress_py").rglob("*.py")
}


@pytest.mark.parametrize("path", [DOCS / "architecture.md", *sorted((DOCS / "adr").iterdir())])
def test_names_of_code_exist(path: Path) -> None:
    for module, name in names_of_code(path):
        assert hasattr(importlib.import_module(f"amapress_py.{module}"), name), f"{module}.{name}"


def test_the_example_of_the_architecture_is_true() -> None:
    told = text_of(DOCS / "architecture.md")
    tests = re.findall(r"`(test_\w+)` in `([\w/.]+)`", told)

    assert tests
    for name, file in tests:
        assert f"def {name}(" in text_of(ROOT / file)


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Path]:
    """Give a folder for an AMAP's own shortcodes; forget them afterwards."""
    folder = tmp_path / "site"
    (folder / "shortcodes" / "templates").mkdir(parents=True)
    package = importlib.import_module("amapress_py.shortcodes")
    before, modules = list(package.__path__), set(sys.modules)
    yield folder
    package.__path__[:] = before
    for name in set(sys.modules) - modules:
        if name.startswith("amapress_py.shortcodes."):
            del sys.modules[name]


@pytest.fixture
def config(config: Config, own_site: Path) -> Config:
    """Build the application with what the tutorial writes."""
    blocks = re.findall(r"```(?:python|html)\n(.*?)```", text_of(DOCS / "developing.md"), re.DOTALL)
    renderer, template, test, *_others = blocks
    shortcodes = own_site / "shortcodes"
    (shortcodes / "dates_de_distribution.py").write_text(renderer, encoding="utf-8")
    page = shortcodes / "templates" / "dates_de_distribution.html"
    page.write_text(template, encoding="utf-8")
    (own_site / "test_dates_de_distribution.py").write_text(test, encoding="utf-8")
    return replace(config, site_folder=own_site)


def test_the_tutorial_works(
    own_site: Path, session: Session, make: Make, browse: BrowserFactory
) -> None:
    names = runpy.run_path(str(own_site / "test_dates_de_distribution.py"))

    names["test_the_next_deliveries_are_listed_in_order"](session, make, browse)

"""Guards: who imports whom, what a wheel holds, every shortcode is named and documented."""

import ast
import configparser
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import amapress_py.models  # noqa: F401  every table
from amapress_py import db, migrate
from amapress_py.engine import Shortcode, discover

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "amapress_py"
BASE = {"config", "db", "errors", "i18n", "clock", "money", "settings", "site", "web", "jobs"}
BASE |= {"checks", "workbooks"}  # what “État du site” asks each domain; XLSX files
PEOPLE = BASE | {"accounts", "mail"}
CONTRACTS = PEOPLE | {"contracts", "deliveries"}
MAY_IMPORT = {
    **dict.fromkeys(BASE, BASE),
    "settings": BASE | {"accounts"},  # its screen, admin.py, is for administrators
    "engine": set(),
    "mail": BASE | {"accounts"},  # its screens ask who looks
    "accounts": PEOPLE,
    "cms": PEOPLE | {"engine", "models"},
    "deliveries": PEOPLE | {"contracts"},  # the basket of a day: baskets.py, admin.py alone
    "contracts": CONTRACTS,
    "exchange": CONTRACTS | {"membership"},  # who belongs is asked before a basket is given
    "duty": CONTRACTS,
    "events": CONTRACTS,
    "sheets": CONTRACTS | {"exchange", "passes", "duty"},
    "passes": CONTRACTS | {"exchange"},
    "membership": PEOPLE,
    "health": PEOPLE | {"migrate"},
    "media": PEOPLE | {"cms"},
    "embed": PEOPLE | {"cms", "engine"},
    "transfer": PEOPLE | {"cms", "engine", "media"},
    "agenda": CONTRACTS | {"exchange", "duty", "events", "passes"},
    "privacy": CONTRACTS | {"agenda", "duty", "exchange", "membership", "passes", "sheets"},
    "backup": PEOPLE | {"models", "migrate"},
}
EVERYTHING = {"app", "standalone", "cli", "models", "migrate", "migrations", "bench", "demo"}
ALONE = {"serving", "gunicorn_settings", "reference"}  # nothing of ours: processes, text


def imports(path: Path) -> Iterator[str]:
    """Yield the modules of ours that a file imports, as dotted names below the package."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [f"{node.module}.{one.name}" for one in node.names]
        else:
            continue
        for name in names:
            if name.startswith("amapress_py."):
                yield name.removeprefix("amapress_py.")


def engine_files() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")


@pytest.mark.parametrize("path", engine_files(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_each_part_imports_only_what_lies_below_it(path: Path) -> None:
    part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if part in EVERYTHING:
        return
    allowed = {part} if part in ALONE else MAY_IMPORT[part] | {part}

    wrong = {name for name in imports(path) if name.split(".")[0] not in allowed}

    assert not wrong


@pytest.mark.parametrize("path", sorted((ROOT / "shortcodes").glob("*.py")), ids=lambda p: p.stem)
def test_a_shortcode_reads_and_never_acts(path: Path) -> None:
    for name in imports(path):
        parts = name.split(".")
        assert parts[0] in {"engine", "cms", "accounts", "contracts", "deliveries", "exchange",
                            "duty", "i18n", "agenda", "membership", "clock", "money", "settings",
                            "web", "events"}, name  # fmt: skip
        assert "services" not in parts, name
        assert parts[0] != "shortcodes", name


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*/rules.py")), ids=lambda p: p.parent.name)
def test_rules_know_neither_the_web_nor_the_database(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert not re.search(r"^(from|import) (flask|sqlalchemy|wtforms)\b", text, re.MULTILINE)


def test_only_one_place_commits() -> None:
    committing = {
        str(path.relative_to(PACKAGE))
        for path in engine_files()
        if re.search(r"\.commit\(\)", path.read_text(encoding="utf-8"))
    }

    assert committing <= {"db.py", "migrate.py", "migrations/env.py"}


def test_setup_cfg_names_every_package() -> None:
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    named = set(settings["options"]["packages"].split())
    there = {".".join(path.parent.relative_to(ROOT).parts) for path in PACKAGE.rglob("__init__.py")}
    site = {f"amapress_py.{name}" for name in ("shortcodes", "pages", "themes")}

    assert named == there | site


def test_a_shortcode_lives_in_the_file_of_its_name() -> None:
    package = import_module("amapress_py.shortcodes")
    for info in pkgutil.iter_modules([str(ROOT / "shortcodes")]):
        module = import_module(f"{package.__name__}.{info.name}")
        named = info.name.replace("_", "-")
        tags = [one.tag for one in vars(module).values() if isinstance(one, Shortcode)]

        assert named in tags
        assert all(tag.startswith(named) for tag in tags)


def test_every_shortcode_is_documented() -> None:
    documented = (ROOT / "docs" / "shortcodes.md").read_text(encoding="utf-8")

    for found in discover():
        assert f"[{found.tag}" in documented, f"run `make docs`: {found.tag}"


def test_no_template_trusts_what_people_wrote() -> None:
    templates = [*ROOT.rglob("templates/**/*.html")]

    trusting = [str(p) for p in templates if re.search(r"\|\s*safe\b", p.read_text("utf-8"))]

    assert templates
    assert not [path for path in trusting if ".venv" not in path]


PLAIN_SPACE = re.compile(r"(?<=[\w’»)…]) [?!;:»](?=[\s.,)»<]|$)|« ")
TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|<[^>]*>", re.DOTALL)
SAID = re.compile(r"""_\((["'])(?P<text>.*?)\1""", re.DOTALL)


@pytest.mark.parametrize("folder", ["amapress_py", "shortcodes", "themes", "pages"])
def test_french_has_its_no_break_spaces(folder: str) -> None:
    wrong = []
    for path in sorted((ROOT / folder).rglob("*.*")):
        if path.suffix in (".html", ".txt"):
            source = path.read_text("utf-8")
            texts = [TAG.sub("", source), *(one["text"] for one in SAID.finditer(source))]
        elif path.suffix == ".py":
            texts = list(_said_by(ast.parse(path.read_text("utf-8"))))
        else:
            continue
        wrong += [(str(path), text) for text in texts if PLAIN_SPACE.search(text)]
    assert not wrong


def _said_by(module: ast.Module) -> Iterator[str]:
    """Yield the strings of a module but its docstrings."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docs = {
        ast.get_docstring(one, clean=False)
        for one in ast.walk(module)
        if isinstance(one, documented)
    }
    for node in ast.walk(module):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node.value not in docs
        ):
            yield node.value


def test_no_migration_is_missing(tmp_path: Path) -> None:
    engine = db.make_engine(f"sqlite:///{tmp_path / 'amap.db'}")
    migrate.upgrade(engine)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.Base.metadata) == []
    assert migrate.is_current(engine)
    migrate.downgrade(engine, "base")
    migrate.upgrade(engine)
    engine.dispose()

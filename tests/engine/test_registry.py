"""Declaring shortcodes, and typing what editors wrote."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Annotated, Any, Literal, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from amapress_py.engine import (
    Context,
    DuplicateTag,
    NoAttributes,
    Param,
    Registry,
    Shortcode,
    discover,
    shortcode,
)
from amapress_py.engine import registry as registry_module
from amapress_py.engine.attributes import parse_attributes


class View(StrEnum):
    ME = "me"
    OTHER = "other"


@dataclass(frozen=True)
class Everything:
    lieu: Annotated[str, Param("Seulement ce lieu")] = ""
    distribution: Annotated[str, Param("Une livraison", aliases=("contrat",))] = ""
    jours: Annotated[int, Param("Combien de jours")] = 180
    show_waiting: Annotated[bool, Param("Montrer aussi les paniers réservés")] = False
    view: Annotated[View, Param("Pour qui")] = View.ME
    taille: Annotated[Literal["petit", "grand"], Param("La taille")] = "petit"
    couleur: Annotated[str, Param("La couleur", choices=("vert", "rouge"))] = "vert"
    depuis: Annotated[date | None, Param("À partir de ce jour")] = None
    max: Optional[int] = None  # noqa: UP045  both ways of writing it are read


@shortcode("tout", Everything, "Tout", aliases=("all",))
def everything(context: Context, attributes: Everything) -> Markup:
    return Markup("{}").format(attributes.lieu)


def read(text: str) -> Everything:
    return everything.read("tout", parse_attributes(text))[0]


def notices(text: str) -> list[str]:
    return [notice.text for notice in everything.read("tout", parse_attributes(text))[1]]


def test_declaring_gives_a_value() -> None:
    assert isinstance(everything, Shortcode)
    assert everything.names == ("tout", "all")
    assert everything.render(Context(), Everything(lieu="<b>")) == "&lt;b&gt;"


def test_without_attributes_everything_has_its_default() -> None:
    assert read("") == Everything()
    assert notices("") == []


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ('lieu="La Halle"', "lieu", "La Halle"),
        ('LIEU="x"', "lieu", "x"),
        ('lieu="Ferme &amp; Fils &amp;amp;"', "lieu", "Ferme & Fils &amp;"),
        ("lieu='?a=1&copy=2'", "lieu", "?a=1&copy=2"),
        ("contrat=12", "distribution", "12"),
        ("jours=30", "jours", 30),
        ("jours=' -3 '", "jours", -3),
        ("jours=9223372036854775807", "jours", 2**63 - 1),
        *(
            (f"show_waiting={word}", "show_waiting", True)
            for word in ["1", "true", "ON", "yes", "Oui", "o", "x", "y"]
        ),
        ("show_waiting=''", "show_waiting", False),
        *(
            (f"show_waiting={word}", "show_waiting", False)
            for word in ["0", "FALSE", "off", "no", "Non", "n"]
        ),
        ("view=other", "view", View.OTHER),
        ("view=Other", "view", View.OTHER),
        ("taille=grand", "taille", "grand"),
        ("couleur=ROUGE", "couleur", "rouge"),
        ("depuis=2026-10-01", "depuis", date(2026, 10, 1)),
        ("depuis=''", "depuis", None),
        ("max=5", "max", 5),
        ("max=''", "max", None),
    ],
)
def test_values_are_typed(text: str, field: str, value: object) -> None:
    assert getattr(read(text), field) == value
    assert notices(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "jours=beaucoup",
        "jours=9223372036854775808",
        "jours=" + "9" * 5000,
        "jours=٣",
        "jours=1e3",
        "show_waiting=peut-être",
        "view=nobody",
        "taille=moyen",
        "couleur=bleu",
        "depuis=demain",
        "depuis=2026-02-30",
        "depuis=20261001",
        'lieu="a\\0b"',
        'lieu="\\xff"',
        'lieu="' + "x" * 1001 + '"',
        "inconnu=1",
        "afficher-tout=1",
        "show_waiting",
        "un deux",
        '5="x"',
    ],
)
def test_what_cannot_be_used_leaves_the_default_and_says_so(text: str) -> None:
    assert read(text) == Everything()
    assert notices(text)
    for sentence in notices(text):
        assert sentence.endswith(".")
        assert len(sentence) < 250
        sentence.encode()


def test_a_notice_names_tag_and_parameter() -> None:
    (notice,) = everything.read("all", {"jours": "trop"})[1]

    assert notice.tag == "all"
    assert notice.parameter == "jours"
    assert "«\N{NO-BREAK SPACE}trop\N{NO-BREAK SPACE}»" in notice.text


@given(st.text(max_size=300))
def test_reading_never_raises(text: str) -> None:
    attributes, found = everything.read("tout", parse_attributes(text))

    assert isinstance(attributes, Everything)
    for notice in found:
        notice.text.encode()


@given(st.dictionaries(st.sampled_from(["lieu", "jours", "view", "depuis", "max", 0]), st.text()))
def test_typing_any_value_never_raises(given_values: dict[str | int, str]) -> None:
    assert isinstance(everything.read("tout", given_values)[0], Everything)


@dataclass(frozen=True)
class Unfit:
    prix: Annotated[float, Param("Un prix")] = 0.0


@dataclass(frozen=True)
class WithoutDefault:
    lieu: str


@pytest.mark.parametrize("attributes", [Unfit, WithoutDefault])
def test_fields_that_cannot_be_typed_are_refused_when_declared(attributes: type[Any]) -> None:
    with pytest.raises(TypeError):
        shortcode("x", attributes, "X")(lambda context, attributes: "")


def declared(tag: str, *aliases: str) -> Shortcode[NoAttributes]:
    return shortcode(tag, NoAttributes, tag, aliases=aliases)(lambda context, attributes: "")


def test_tags_come_in_the_order_of_their_registration() -> None:
    first, second = declared("b", "z"), declared("a")
    found = Registry([first, second])

    assert found.tags == ("b", "z", "a")
    assert found.get("z") is first
    assert found.get("c") is None
    assert list(found) == [first, second]
    assert len(found) == 2


@pytest.mark.parametrize("other", [("a",), ("c", "a"), ("c", "b")])
def test_two_shortcodes_cannot_have_one_tag(other: tuple[str, ...]) -> None:
    with pytest.raises(DuplicateTag):
        Registry([declared("a", "b"), declared(*other)])


@pytest.mark.parametrize("tag", ["", " ", "a b", "a/b", "a]", "<a>", "a=b"])
def test_a_tag_that_no_text_can_hold_is_refused(tag: str) -> None:
    with pytest.raises(ValueError, match="cannot be called"):
        Registry([declared(tag)])


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Make a package of shortcodes; another module of it uses one of them."""
    folder = tmp_path / "codes_of_a_test"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "bonjour.py").write_text(
        "from amapress_py.engine import NoAttributes, shortcode\n"
        "@shortcode('bonjour', NoAttributes, 'Bonjour')\n"
        "def render(context, attributes):\n    return 'Bonjour'\n"
    )
    (folder / "salut.py").write_text("from codes_of_a_test.bonjour import render as other\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield "codes_of_a_test"
    for name in [name for name in sys.modules if name.startswith("codes_of_a_test")]:
        del sys.modules[name]


def test_discovery_reads_the_modules_of_a_package_and_yields_each_once(package: str) -> None:
    assert [found.tag for found in discover(package)] == ["bonjour"]


def test_discovery_reads_entry_points(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    group = registry_module.ENTRY_POINTS
    installed = EntryPoints(
        [
            EntryPoint("module", "codes_of_a_test.bonjour", group),
            EntryPoint("value", "tests.engine.test_registry:everything", group),
        ]
    )
    monkeypatch.setattr(registry_module, "entry_points", lambda group: installed)

    assert [found.tag for found in discover(package)] == ["bonjour", "tout"]

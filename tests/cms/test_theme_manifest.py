"""theme.toml, parents, colours and their contrast."""

import logging
from pathlib import Path

import pytest

from amapress_py.cms import contrasts
from amapress_py.cms.colours import nearest, parsed, ratio
from amapress_py.cms.manifest import BrokenManifest, Themes, is_name, read

ROOT = Path(__file__).parents[2]


def write(file: Path, content: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, "utf-8")


@pytest.mark.parametrize(
    ("typed", "colour"),
    [
        ("#2d6440", "#2d6440"),
        (" #2D6440 ", "#2d6440"),
        ("#abc", "#aabbcc"),
        ("2d6440", None),
        ("#2d644", None),
        ("#2d64400", None),
        ("red", None),
        ("", None),
        ("red;}body{display:none", None),
        ("url(//evil.example/x)", None),
        ("#fff;}", None),
        ("#fff\n}", None),
        ("#" + "f" * 10_000, None),
        ("#٣٣٣", None),
    ],
)
def test_a_colour_is_six_signs_and_nothing_else(typed: str, colour: str | None) -> None:
    assert parsed(typed) == colour


def test_contrast_is_that_of_wcag() -> None:
    assert ratio("#000000", "#ffffff") == pytest.approx(21)
    assert ratio("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert ratio("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
    assert ratio("#123456", "#123456") == 1


def test_the_nearest_colour_may_be_darker_or_lighter() -> None:
    assert nearest("#888888", lambda one: ratio(one, "#ffffff") >= 4.5) == "#767676"
    assert nearest("#888888", lambda one: ratio(one, "#333333") >= 4.5) == "#9b9b9b"
    assert nearest("#ff0000", lambda _one: False) is None


@pytest.mark.parametrize("name", ["default", "contraste"])
def test_our_themes_read_well_in_their_own_colours(name: str) -> None:
    theme = Themes(None).get(name)

    assert theme.name == name
    assert theme.contrasts
    assert all(one.passes for one in contrasts.readings(theme, theme.colours))
    assert set(theme.labels) == set(theme.colours)


def test_strong_contrast_is_seven_everywhere() -> None:
    assert all(one.least >= 7 for one in Themes(None).get("contraste").contrasts)


def test_the_default_style_has_the_colours_of_its_manifest() -> None:
    style = (ROOT / "themes/default/static/style.css").read_text("utf-8")

    for name, value in Themes(None).shipped().colours.items():
        assert f"  --{name}: {value};" in style


def test_what_a_theme_does_not_say_its_parents_say(tmp_path: Path) -> None:
    write(tmp_path / "themes/ferme/theme.toml", 'parent = "contraste"\n[colours]\naccent = "#222"')

    theme = Themes(tmp_path).get("ferme")

    assert [layer.name for layer in theme.layers] == ["ferme", "contraste", "default"]
    assert theme.title == "ferme"
    assert theme.colours["accent"] == "#222222"
    assert theme.colours["brand-strong"] == "#000000"
    assert theme.labels["paper"] == "Fond de la page"
    assert theme.contrasts[0].least == 7


def test_a_loop_of_parents_ends_and_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name, parent in (("un", "deux"), ("deux", "trois"), ("trois", "un"), ("soi", "soi")):
        write(tmp_path / f"themes/{name}/theme.toml", f'parent = "{parent}"')
    with caplog.at_level(logging.ERROR):
        layers = Themes(tmp_path).get("un").layers
        own = Themes(tmp_path).get("soi").layers

    assert [one.name for one in layers] == ["un", "deux", "trois", "default"]
    assert [one.name for one in own] == ["soi", "default"]
    assert "theme trois: its parent 'un' is a loop; default instead" in caplog.text
    assert "theme soi: its parent 'soi' is a loop" in caplog.text


@pytest.mark.parametrize("parent", ["absent", "../default", "", "/etc", "x" * 5000])
def test_a_parent_that_is_not_there_is_the_default_theme(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, parent: str
) -> None:
    write(tmp_path / "themes/ferme/theme.toml", f'parent = "{parent}"')

    layers = Themes(tmp_path).get("ferme").layers

    assert [one.name for one in layers] == ["ferme", "default"]
    assert "is not there; default instead" in caplog.text


@pytest.mark.parametrize(
    "text",
    [
        "title =",
        "title = 3",
        "parent = ['default']",
        "colours = 'red'",
        "[colours]\nbrand = 'red'",
        "[colours]\nbrand = 'red;}body{'",
        "[colours]\nbrand = 3",
        "[colours]\n'brand:red;}' = '#ffffff'",
        "[labels]\nbrand = 3",
        "contrasts = 3",
        "[[contrasts]]\ntext = '#fff'\non = '#000'\nleast = 'much'",
        "[[contrasts]]\ntext = '#fff'\non = '#000'\nleast = 22",
        "[[contrasts]]\ntext = 3\non = '#000'",
    ],
)
def test_a_broken_manifest_says_why_and_is_no_theme(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    file = tmp_path / "themes/ferme/theme.toml"
    write(file, text)

    with pytest.raises(BrokenManifest):
        read(file)

    assert Themes(tmp_path).find("ferme") is None
    assert Themes(tmp_path).get("ferme").name == "default"
    assert [one.name for one in Themes(tmp_path).all()] == ["default", "contraste"]
    assert f"{file} is left out" in caplog.text


def test_bytes_that_are_no_text_are_no_manifest(tmp_path: Path) -> None:
    write(tmp_path / "themes/ferme/theme.toml", "")
    (tmp_path / "themes/ferme/theme.toml").write_bytes(b"title = \xff")

    assert Themes(tmp_path).find("ferme") is None


def test_a_broken_copy_of_the_default_theme_gives_ours(tmp_path: Path) -> None:
    write(tmp_path / "themes/default/theme.toml", "title =")

    assert Themes(tmp_path).get("default").title == "Panier"


def test_contrasts_of_colours_that_are_not_there_do_not_count(tmp_path: Path) -> None:
    write(
        tmp_path / "themes/ferme/theme.toml",
        "[[contrasts]]\ntext = '#FFF'\non = 'brand'\n[[contrasts]]\ntext = 'no-such'\non = 'brand'",
    )

    (one,) = Themes(tmp_path).get("ferme").contrasts

    assert (one.text, one.on, one.least) == ("#ffffff", "brand", 4.5)


@pytest.mark.parametrize(
    "name", ["../default", "..", ".", "", "a/b", "a\\b", "a\0", "É", "-a", "/"]
)
def test_names_that_lead_elsewhere_are_no_names(name: str) -> None:
    assert not is_name(name)
    assert Themes(None).find(name) is None


def test_the_proposal_passes_with_every_other_colour() -> None:
    theme = Themes(None).get("default")
    colours = {**theme.colours, "brand": "#88cc88"}

    refused = list(contrasts.refused(theme, colours))
    better = contrasts.proposal(theme, colours, refused[0].contrast)

    assert [one.contrast.where for one in refused] == [
        "Texte blanc des boutons",
        "Liens sur le fond de la page",
        "Liens dans les encadrés",
    ]
    assert better is not None
    assert better.name == "brand"
    assert not list(contrasts.refused(theme, {**colours, "brand": better.colour}))

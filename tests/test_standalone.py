import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from amapress_py.standalone import render_text
from tests.cms.test_clean import BAD_TAG, HOSTILE


def test_a_text_is_rendered_for_each_reader() -> None:
    text = (
        "<p>[display-if-logged]L[/display-if-logged][display-if role=member]M[/display-if]"
        "[display-if-intermittent]I[/display-if-intermittent]"
        "[display-if role=admin]A[/display-if]</p>"
    )

    found = {
        kind: render_text(text, kind) for kind in ("visitor", "member", "intermittent", "admin")
    }

    assert found == {
        "visitor": ("<p></p>", []),
        "member": ("<p>LM</p>", []),
        "intermittent": ("<p>LI</p>", []),
        "admin": ("<p>LA</p>", []),
    }


def test_unknown_shortcodes_and_bad_values_are_warnings() -> None:
    html, warnings = render_text(
        "<p>[recette-du-jour]</p>[les-paniers-intermittents lieux=x]", "member"
    )

    assert "[recette-du-jour]" in html
    assert any("recette-du-jour" in warning for warning in warnings)
    assert any("lieux" in warning for warning in warnings)


def test_a_text_that_could_not_be_saved_gives_nothing_and_the_reason() -> None:
    html, warnings = render_text("x" * 1_000_000)

    assert html == ""
    assert "1000" in warnings[0]


@pytest.mark.parametrize("text", ["", "\x00", "\x00" * 1000, "[", "[[", "[/", "<", "&", "\udc80"])
def test_odd_texts_are_answered(text: str) -> None:
    html, _warnings = render_text(text)

    html.encode()
    assert "\x00" not in html


def test_hostile_texts_are_answered_harmless() -> None:
    html, _warnings = render_text("\n".join(HOSTILE[:40]), "admin")

    assert not BAD_TAG.search(html)


def test_it_needs_nothing_and_starts_quickly(tmp_path: Path) -> None:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("AMAPRESS_")}
    environ["PYTHONPATH"] = str(Path(__file__).parents[2])
    code = "from amapress_py.standalone import render_text as r; print(r('<b>x</b>')[0])"
    start = time.perf_counter()

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "<b>x</b>\n"
    assert list(tmp_path.iterdir()) == []
    assert time.perf_counter() - start < 15

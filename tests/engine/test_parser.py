"""Compiling and rendering: what the corpus does not say."""

import random
import time
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from amapress_py.engine.paragraphs import autop, unautop
from amapress_py.engine.parser import (
    Call,
    compile,
    do_shortcode,
    has_shortcode,
    shortcode_names,
    strip_shortcodes,
)
from tests.conformance.runner import CORPUS, Engine, compact, read
from tests.engine import naive

NAMES = ("panier", "panier-bio", "bloc", "lien", "mot.x")
PIECES = (
    *(
        "[panier]",
        "[panier",
        "[/panier]",
        "[[panier]]",
        "[bloc]",
        "[/bloc]",
        "[lien/]",
        "[panier-bio",
    ),
    *("[mot.x]", "[inconnu]", "[", "]", "/", "=", '"', "'", " ", "\n", "<", ">", "<!--", "-->"),
    *(
        "<![CDATA[",
        "]]>",
        "<a href=",
        "<p title='",
        "/>",
        "</p>",
        "<br />",
        "<p>",
        "&#91;",
        "&#93;",
    ),
    *("a", "é", "x=1", 'nom="x"', "\\x41", "\u00a0", "\0", "&nbsp;", "javascript:", "style=", ";"),
    *("<pre>", "</pre>", "<li>", "<option", "<script>", "</script>", "<object", "</object>"),
)
pieces = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
texts = st.one_of(st.text(max_size=200), pieces)


def dump(call: Call) -> str:
    return f"{{{call.name}|{compact(call.attributes)}|{call.content}}}"


@given(texts)
def test_nothing_raises(text: str) -> None:
    compiled = compile(text, NAMES)

    assert compiled.render(dump) == compiled.render(dump)
    assert isinstance(do_shortcode(text, NAMES, dump, ignore_html=True), str)
    assert isinstance(strip_shortcodes(text, NAMES), str)
    assert isinstance(unautop(autop(text), NAMES), str)
    assert has_shortcode(text, "panier", NAMES) == ("panier" in shortcode_names(text, NAMES))


@given(pieces)
@example("<!--> [panier]")
@example("<a title='[panier]' [lien]>[bloc]<a href='[lien]'>[/bloc]")
def test_compiled_gives_what_a_naive_scan_gives(text: str) -> None:
    def handler(name: str, attributes: object, content: str) -> str:
        return f"{{{name}|{compact(attributes)}|{content}}}"

    assert do_shortcode(text, NAMES, dump) == naive.do_shortcode(text, NAMES, handler)


def test_compiled_gives_what_a_naive_scan_gives_on_the_corpus() -> None:
    for case in (case for path in CORPUS for case in read(path) if case["op"] == "do"):
        if case.get("ignore_html"):
            continue
        engine = Engine(case.get("registered") or ())

        def handler(name: str, attributes: object, content: str, engine: Engine = engine) -> str:
            assert isinstance(attributes, dict | str)
            return engine.run(Call(name, attributes, content))

        expected = naive.do_shortcode(case["input"], engine.names, handler)
        assert engine.do(case["input"]) == expected, case["id"]


@given(texts)
def test_text_without_shortcodes_stays(text: str) -> None:
    assert do_shortcode(text, (), dump) == text
    assert do_shortcode(text.replace("[", ""), NAMES, dump) == text.replace("[", "")


def test_a_call_runs_at_each_rendering_and_the_text_is_read_once() -> None:
    seen = []
    compiled = compile("a [panier n=1] b", NAMES)

    def run(call: Call) -> str:
        seen.append(call)
        return str(len(seen))

    assert [compiled.render(run), compiled.render(run)] == ["a 1 b", "a 2 b"]
    assert seen[0] is seen[1]


def test_content_that_shortcodes_fill_in_is_worked_out_when_it_is_asked() -> None:
    ran = []

    def run(call: Call) -> str:
        ran.append(call.name)
        return "/adresse" if call.name == "lien" else ""

    assert do_shortcode('[bloc]<a href="[lien]">x</a>[/bloc]', NAMES, run) == ""
    assert ran == ["bloc"]


@pytest.mark.parametrize(
    ("attribute", "kept"),
    [
        ('<a href="[lien]">', '<a href="https://amap.example/">'),
        ("<a href=[lien]>", "<a href=https://amap.example/>"),
        ('<a href="ftp://x/[panier]">', '<a href="">'),
        ('<a href=ftp://x/[panier] title="y">', '<a href="" title="y">'),
        ('<a href="&#106;avascript&#58;[panier]">', '<a href="0">'),
        ("<a href=&#106;avascript&colon;[panier] >", '<a href="" >'),
        ("<img src='java\tscript:[panier]'>", "<img src='0'>"),
        ("<img src=java&#9;script:[panier] >", '<img src="" >'),
        ('<a href="/lieu/[panier]/?x=a:b">', '<a href="/lieu/0/?x=a:b">'),
        ('<a href="//[panier]">', '<a href="//0">'),
        ('<a title="ftp:[panier]">', '<a title="ftp:0">'),
    ],
)
def test_addresses_keep_to_the_protocols(attribute: str, kept: str) -> None:
    def run(call: Call) -> str:
        return "https://amap.example/" if call.name == "lien" else "0"

    rendered = compile(attribute, NAMES).render(run, protocols={"https", "mailto"})

    assert rendered == kept


def nested(names: list[str]) -> str:
    openings = "".join(f"[{name}]" for name in names)
    return openings + "".join(f"[/{name}]" for name in reversed(names))


MANY = [f"t{number}" for number in range(5000)]
HOSTILE: dict[str, str] = {
    "brackets": "[panier]" + "[" * 100_000,
    "unclosed openings": "[panier " * 20_000,
    "openings without closing": "[panier]" * 20_000,
    "openings, one closing": "[bloc]" * 5000 + "[/bloc]",
    "closings": "[panier]" + "[/panier]" * 20_000,
    "half escapes": "[[panier]" * 20_000,
    "a long value": f'[panier x="{"a" * 1_000_000}"]',
    "a long value without its quote": f'[panier x="{"a" * 1_000_000}]',
    "many quotes": "[panier " + "a=\"'" * 100_000 + "]",
    "many blanks": "[panier a" + " " * 1_000_000 + "=]",
    "many backslashes": "[panier x='" + "\\" * 500_000 + "']",
    "unclosed elements": "[panier]" + "<" * 100_000,
    "unclosed elements with brackets": "[panier]" + "<a [" * 50_000,
    "unclosed comments": "[panier]" + "<!--" * 50_000,
    "unclosed data": "[panier]" + "<![CDATA[" * 50_000,
    "a long tag": "<a [panier] " + 'x="y" ' * 160_000 + ">",
    "a long broken tag": "<a [panier] " + 'x="y ' * 200_000 + ">",
    "a long style": "<p style='x:[panier];" + "background:url(x) calc(" * 20_000 + "'>",
    "a long address": "<a href='[panier]" + "&#0" * 100_000 + "'>",
}


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_takes_linear_time(text: str) -> None:
    assert seconds(lambda: do_shortcode(text, NAMES, lambda call: call.name)) < 2
    assert seconds(lambda: strip_shortcodes(text, NAMES)) < 2
    assert seconds(lambda: shortcode_names(text, NAMES)) < 2


def test_thousands_of_names_inside_each_other_take_linear_time() -> None:
    text = nested(MANY)

    assert seconds(lambda: do_shortcode(text, MANY, lambda call: call.name)) < 2
    assert shortcode_names(text, MANY) == MANY


HOSTILE_HTML = {
    "elements": "<" * 100_000,
    "blocks": "<div " * 100_000,
    "closed blocks": "</div>" * 50_000,
    "items in a comment": "<!-- " + "<p><li " * 50_000 + "-->",
    "breaks": "<br>" * 50_000,
    "blanks after a break": "<br" + " " * 500_000,
    "blanks": " " * 1_000_000 + "a",
    "blank lines": "a\n " * 100_000,
    "options": " " * 100_000 + "<option" * 50_000,
    "objects": "</object>" + "<object " * 50_000,
    "parameters": "</object>" + " <param " * 50_000,
    "tracks": "<source " * 50_000 + "]",
    "players": "<source>" + "[audio " * 50_000,
    "captions": "<figcaption " * 50_000,
    "scripts": "<script<style<svg" * 30_000,
    "preformatted": "<pre>a</pre>" * 30_000,
    "paragraphs": "<p>" * 50_000,
    "shortcodes in paragraphs": "<p>[panier" * 50_000 + "]",
    "one closing for all": "<p>[panier]" * 20_000 + "[/panier]" + " " * 200_000,
    "no-break spaces": "<p>" + "&nbsp;" * 100_000,
}


@pytest.mark.parametrize("text", HOSTILE_HTML.values(), ids=HOSTILE_HTML)
def test_paragraphs_take_linear_time(text: str) -> None:
    assert seconds(lambda: autop(text)) < 3
    assert seconds(lambda: unautop(text, NAMES)) < 3


def test_preformatted_text_does_not_grow() -> None:
    text = "<pre kept-1></pre>" * 1000 + "<pre>" + "x" * 10_000 + "</pre>"

    assert len(autop(text)) < 2 * len(text)


def test_random_pages_render_alike_compiled_and_not() -> None:
    random.seed(7)
    for _page in range(200):
        text = "".join(random.choices(PIECES, k=80))
        compiled = compile(text, NAMES)
        assert compiled.render(dump) == do_shortcode(text, NAMES, dump)

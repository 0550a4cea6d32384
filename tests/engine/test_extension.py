"""Shortcodes in a Flask application."""

import ast
import logging
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest
from flask import Flask, render_template_string
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2 import DictLoader
from markupsafe import Markup
from werkzeug.exceptions import NotFound

from amapress_py.engine import (
    Context,
    NoAttributes,
    Notice,
    Param,
    Shortcode,
    Shortcodes,
    discover,
    shortcode,
)
from amapress_py.engine.extension import DEEPEST, FAILED
from tests.conformance.runner import CORPUS, read


class PageContext(Context):
    """What an application adds to the context."""

    def __init__(self, reader: str = "Zoé", page: str | None = "/accueil") -> None:
        super().__init__(page=page)
        self.reader = reader


@dataclass(frozen=True)
class Salut:
    nom: Annotated[str, Param("Qui saluer", aliases=("name",))] = "tous"
    fort: Annotated[bool, Param("Plus fort")] = False
    fois: Annotated[int, Param("Combien de fois")] = 1


@shortcode("salut", Salut, "Salut", aliases=("hello",), example="[salut nom=Zoé]")
def salut(context: PageContext, attributes: Salut) -> Markup:
    return context.template("salut.html")


@shortcode("texte", NoAttributes, "Texte")
def texte(context: Context, attributes: NoAttributes) -> str:
    return "<b>"


@shortcode("rien", NoAttributes, "Rien")
def rien(context: Context, attributes: NoAttributes) -> Any:
    return None


@shortcode("cassé", NoAttributes, "Cassé")
def broken(context: Context, attributes: NoAttributes) -> str:
    raise RuntimeError("out of carrots")


@shortcode("absent", NoAttributes, "Absent")
def absent(context: Context, attributes: NoAttributes) -> str:
    raise NotFound


@shortcode("boite", NoAttributes, "Boîte", enclosing=True)
def boite(context: Context, attributes: NoAttributes) -> Markup:
    return Markup("<div>{}</div>").format(context.content())


@shortcode("jamais", NoAttributes, "Jamais", enclosing=True)
def jamais(context: Context, attributes: NoAttributes) -> Markup:
    return Markup("")


@shortcode("lien", NoAttributes, "Lien")
def lien(context: PageContext, attributes: NoAttributes) -> Markup:
    return Markup("javascript:alert(1)") if context.reader == "Mallory" else Markup("/a?b=1&amp;c")


OURS: list[Shortcode[Any]] = [salut, texte, rien, broken, absent, boite, jamais, lien]
TEMPLATES = {
    "salut.html": "Salut {{ attributes.nom }}{{ '!' if attributes.fort }}"
    " ({{ context.tag }}, {{ context.reader }}, {{ club }})"
}


@pytest.fixture
def app() -> Iterator[Flask]:
    app = Flask(__name__)
    app.jinja_loader = DictLoader(TEMPLATES)
    with app.app_context():
        yield app


@pytest.fixture
def shortcodes(app: Flask) -> Shortcodes:
    return Shortcodes(app, shortcodes=OURS, context=PageContext)


def shown(shortcodes: Shortcodes, text: str) -> str:
    return str(shortcodes.filter(text))


def noticed(shortcodes: Shortcodes, text: str) -> list[Notice]:
    context = PageContext()
    shortcodes.filter(text, context)
    return context.notices


def test_a_filter_renders_text(app: Flask, shortcodes: Shortcodes) -> None:
    app.context_processor(lambda: {"club": "AMAP"})

    html = render_template_string(
        "{{ text|shortcodes }}", text='<p>[salut nom="L&amp;L" fort=1]</p>'
    )

    assert html == "<p>Salut L&amp;L! (salut, Zoé, AMAP)</p>"
    assert app.extensions["shortcodes"] is shortcodes


def test_an_extension_can_come_before_its_application(app: Flask) -> None:
    Shortcodes(shortcodes=OURS).init_app(app)

    assert render_template_string("{{ '[texte]'|shortcodes }}") == "&lt;b&gt;"


def test_context_processors_run_once_a_page(app: Flask, shortcodes: Shortcodes) -> None:
    ran = []

    @app.context_processor
    def club() -> dict[str, str]:
        ran.append(1)
        return {"club": "AMAP"}

    shown(shortcodes, "[salut][salut][boite][salut][/boite]")

    assert len(ran) == 1


def test_an_alias_is_told_apart(shortcodes: Shortcodes) -> None:
    assert "(hello, " in shown(shortcodes, "[hello name=Zoé]")


def test_results_are_escaped_unless_they_are_markup(shortcodes: Shortcodes) -> None:
    assert shown(shortcodes, "[texte]|[rien]|<a href='[lien]'>") == (
        "&lt;b&gt;||<a href='/a?b=1&amp;c'>"
    )


def test_unknown_tags_stay_as_text(shortcodes: Shortcodes) -> None:
    assert shown(shortcodes, "[autre-chose] [texte") == "[autre-chose] [texte"


def test_a_renderer_that_raises_leaves_the_rest(
    shortcodes: Shortcodes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        html = shown(shortcodes, "<p>a</p>[cassé]<p>[texte]</p>")

    assert html == f"<p>a</p>{FAILED}<p>&lt;b&gt;</p>"
    (record,) = caplog.records
    assert record.getMessage() == "Shortcode [cassé] failed on page /accueil"
    assert record.exc_info is not None
    assert "out of carrots" in str(record.exc_info[1])


def test_an_application_may_say_something_else(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    shortcodes = Shortcodes(app, shortcodes=OURS, on_error=lambda context, error: f"<{error}>")

    assert shown(shortcodes, "[cassé]") == "&lt;out of carrots&gt;"
    assert caplog.records


def test_http_errors_pass_through(shortcodes: Shortcodes) -> None:
    with pytest.raises(NotFound):
        shown(shortcodes, "[absent]")


def test_what_is_not_allowed_shows_nothing_and_says_nothing(app: Flask) -> None:
    asked = []

    def allowed(context: PageContext, shortcode: Shortcode[Any]) -> bool:
        asked.append((context.tag, context.reader))
        return shortcode is not salut

    shortcodes = Shortcodes(app, shortcodes=OURS, context=PageContext, allowed=allowed)
    context = PageContext()

    assert shortcodes.filter("a[salut x=y]b[texte]", context) == "ab&lt;b&gt;"
    assert asked == [("salut", "Zoé"), ("texte", "Zoé")]
    assert context.notices == []


def test_content_renders_only_when_it_is_asked(
    shortcodes: Shortcodes, caplog: pytest.LogCaptureFixture
) -> None:
    html = shown(shortcodes, "[boite]a [texte] [boite]b[/boite]|[jamais][cassé][/jamais]")

    assert html == "<div>a &lt;b&gt; <div></div>b</div>|"
    assert not caplog.records


def test_a_call_inside_does_not_change_the_one_around(app: Flask, shortcodes: Shortcodes) -> None:
    seen = []

    @shortcode("autour", NoAttributes, "Autour", enclosing=True)
    def autour(context: Context, attributes: NoAttributes) -> Markup:
        inside = context.content()
        seen.append(context.tag)
        return inside

    around = Shortcodes(app, shortcodes=[autour, texte])

    assert shown(around, "[autour][texte][/autour]") == "&lt;b&gt;"
    assert seen == ["autour"]


def test_contents_in_each_other_stop_at_a_depth(app: Flask) -> None:
    def box(number: int) -> Shortcode[NoAttributes]:
        return shortcode(f"b{number}", NoAttributes, "Boîte", enclosing=True)(boite.render)

    count = 5000
    shortcodes = Shortcodes(app, shortcodes=map(box, range(count)))
    text = "".join(f"[b{n}]" for n in range(count)) + "x"
    text += "".join(f"[/b{n}]" for n in reversed(range(count)))
    context = Context()

    html = shortcodes.filter(text, context)

    assert html.count("<div>") == DEEPEST
    assert f"[b{DEEPEST}]" in html
    assert [notice.tag for notice in context.notices] == [f"b{DEEPEST - 1}"]


def test_one_tag_in_itself_thousands_of_times(shortcodes: Shortcodes) -> None:
    html = shown(shortcodes, "[boite]" * 5000 + "x" + "[/boite]" * 5000)

    assert html.count("<div></div>") == 4999


def test_editors_are_told_what_is_not_used(shortcodes: Shortcodes) -> None:
    assert [
        (n.tag, n.parameter) for n in noticed(shortcodes, "[salut fois=trop couleur=vert]")
    ] == [
        ("salut", "fois"),
        ("salut", "couleur"),
    ]
    assert [n.tag for n in noticed(shortcodes, "[texte]perdu[/texte]")] == ["texte"]
    assert noticed(shortcodes, "[salut fois=2][texte]") == []


def test_addresses_that_shortcodes_make_keep_to_the_protocols(app: Flask) -> None:
    shortcodes = Shortcodes(app, shortcodes=OURS, url_protocols={"https"})

    for tag in ('<a href="[lien]">', "<a href=[lien]>", "<img src='[lien]'>"):
        html = shortcodes.filter(tag, PageContext("Mallory"))
        assert "javascript" not in html


def test_texts_are_compiled_once(shortcodes: Shortcodes) -> None:
    assert shortcodes.compile("[texte] un") is shortcodes.compile("[texte] un")


def test_tags_of_a_text(shortcodes: Shortcodes) -> None:
    assert shortcodes.tags_of("[boite][hello][/boite] [autre-chose] [texte]") == [
        "boite",
        "hello",
        "texte",
    ]


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("[mes-contrats] [texte] [boite][/boite]", ["mes-contrats"]),
        ("[mes-contrats][/mes-contrats] [mes-contrats x=1]", ["mes-contrats"]),
        ("[front_next_events max=4]", ["front_next_events"]),
        ("[galerie ids='1,2'] [carte /] [video/]", ["galerie", "carte", "video"]),
        ("[gras]x[/gras]", ["gras"]),
        ("[1] [x] [voir plus bas] [] [note] [Nom-Prénom] tableau[i-1]", ["i-1"]),
        ("[[mes-contrats]]", []),
        ("[mes-contrats", []),
    ],
)
def test_words_that_look_like_shortcodes(
    shortcodes: Shortcodes, text: str, unknown: list[str]
) -> None:
    assert shortcodes.unknown_tags(text) == unknown


def test_help_says_all_of_a_shortcode(shortcodes: Shortcodes) -> None:
    help_data = shortcodes.help_data()

    assert [item["tag"] for item in help_data] == [item.tag for item in OURS]
    assert help_data[0] == {
        "tag": "salut",
        "aliases": ["hello"],
        "title": "Salut",
        "enclosing": False,
        "embeddable": False,
        "example": "[salut nom=Zoé]",
        "parameters": [
            {
                "name": "nom",
                "aliases": ["name"],
                "type": "text",
                "default": "tous",
                "choices": [],
                "help": "Qui saluer",
            },
            {
                "name": "fort",
                "aliases": [],
                "type": "boolean",
                "default": "non",
                "choices": [],
                "help": "Plus fort",
            },
            {
                "name": "fois",
                "aliases": [],
                "type": "integer",
                "default": "1",
                "choices": [],
                "help": "Combien de fois",
            },
        ],
    }
    assert help_data[5]["example"] == "[boite]…[/boite]"


@given(st.text(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_renders(shortcodes: Shortcodes, text: str) -> None:
    html = shown(shortcodes, f"[boite]{text}[/boite] [salut {text}]")

    assert isinstance(html, str)
    assert isinstance(shortcodes.unknown_tags(text), list)


def test_the_pages_of_the_corpus_render(shortcodes: Shortcodes) -> None:
    for case in (case for path in CORPUS for case in read(path)):
        shown(shortcodes, case["input"].replace("panier", "salut").replace("bloc", "boite"))


def test_the_shortcodes_of_the_site_have_one_tag_each() -> None:
    tags = [name for found in discover() for name in found.names]

    assert len(tags) == len(set(tags))
    assert "les-paniers-intermittents" in tags


def test_another_application_uses_the_engine_alone() -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.engine.second_app"]

    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)

    page, modules = done.stdout.splitlines()
    assert page == "<p>Il est midi &amp; demi.</p>"
    names = ast.literal_eval(modules)
    assert "amapress_py.engine" in names
    assert [name for name in names if not f"{name}.".startswith("amapress_py.engine.")] == [
        "amapress_py"
    ]

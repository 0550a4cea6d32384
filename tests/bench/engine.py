"""How fast the shortcode engine is: milliseconds for a page, for large and for hostile texts."""

import gc
import random
from collections.abc import Callable, Sequence
from time import perf_counter

from amapress_py.engine.paragraphs import autop, unautop
from amapress_py.engine.parser import Call, compile, do_shortcode
from tests.conformance.runner import CORPUS, Engine, read

NAMES = ("panier", "mes-contrats", "bloc", "lien", *(f"autre-{number}" for number in range(40)))
WORDS = tuple(
    "la distribution des paniers aura lieu jeudi à la salle des fêtes avec les légumes œufs"  # noqa: SIM905
    " pommes et pains que chacun vient prendre entre dix-huit et vingt heures".split()
)
SHORTCODES = (
    '[panier nom="Dupont" max=3]',
    "[mes-contrats]",
    "[bloc]du texte[/bloc]",
    '<a href="[lien]">voir</a>',
)
ROUNDS = 5
FAST_ROUNDS = 300


def _answer(_call: Call) -> str:
    return "<b>panier</b>"


def make_page(size: int, shortcodes: int) -> str:
    """Return a page of about `size` characters with that many shortcodes, always the same."""
    dice = random.Random(1)
    paragraphs = []
    length = 0
    while length < size:
        words = " ".join(dice.choices(WORDS, k=40))
        paragraphs.append(
            f'<p>{words} <a href="/lieu" class="x">ici</a> <strong>oui</strong></p>\n'
        )
        length += len(paragraphs[-1])
    for _number in range(shortcodes):
        paragraphs[dice.randrange(len(paragraphs))] += dice.choice(SHORTCODES)
    return "".join(paragraphs)


def best_ms(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the milliseconds of the fastest of several runs."""
    durations = []
    for _round in range(rounds):
        gc.collect()
        start = perf_counter()
        work()
        durations.append(perf_counter() - start)
    return min(durations) * 1000


def _do(text: str, names: Sequence[str] = NAMES) -> float:
    return best_ms(lambda: do_shortcode(text, names, _answer))


def _page_ms() -> float:
    """Return what one rendering of a compiled page of 10 kB with 20 shortcodes takes."""
    compiled = compile(make_page(10_000, 20), NAMES)

    def render() -> None:
        for _round in range(FAST_ROUNDS):
            compiled.render(_answer)

    return best_ms(render) / FAST_ROUNDS


def _corpus_mb_per_s() -> float:
    """Return how much of the corpus's pages one second compiles and renders."""
    cases = [case for path in CORPUS for case in read(path) if case["op"] in ("do", "content")]
    work = [(Engine(case.get("registered") or ()), str(case["input"])) for case in cases]
    size = sum(len(text.encode()) for _engine, text in work)

    def render() -> None:
        for engine, text in work:
            engine.do(text)

    return size / 1e6 / (best_ms(render) / 1000)


def measure_engine() -> dict[str, float]:
    """Return the figures: `…_ms` in milliseconds, `…_mb_per_s` in megabytes a second."""
    large = make_page(1_000_000, 2000)
    compile_ms = best_ms(lambda: compile(large, NAMES))
    return {
        "page_10kB_ms": _page_ms(),
        "compile_1MB_ms": compile_ms,
        "page_mb_per_s": len(large.encode()) / 1e6 / (compile_ms / 1000),
        "corpus_mb_per_s": _corpus_mb_per_s(),
        "autop_1MB_ms": best_ms(lambda: autop(large)),
        "unautop_1MB_ms": best_ms(lambda: unautop(large, NAMES)),
        "brackets_100k_ms": _do("[panier]" + "[" * 100_000),
        "unclosed_20k_ms": max(_do("[panier " * 20_000), _do("[panier]" * 20_000)),
        "nested_5k_ms": _do("[bloc]" * 5000 + "[/bloc]" * 5000),
        "value_1MB_ms": _do(f'[panier nom="{"a" * 1_000_000}"]'),
        "elements_100k_ms": _do("[panier]" + "<" * 100_000),
        "closings_20k_ms": _do("[panier]" + "[/panier]" * 20_000),
        "escapes_20k_ms": _do("[[panier]" * 20_000),
        "tag_1MB_ms": _do('<a title="[panier]" ' + 'x="y" ' * 160_000 + ">"),
    }


if __name__ == "__main__":
    for name, figure in measure_engine().items():
        print(f"{name:18} {figure:10.3f}")

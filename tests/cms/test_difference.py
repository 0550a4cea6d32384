from random import Random
from time import process_time

import pytest

from amapress_py.cms.difference import Change, Row, Side, is_same, of_pages, of_sources
from amapress_py.cms.plain import Kind


def rows(before: str, after: str) -> list[Row]:
    return [row for passage in of_pages(before, after) for row in passage.rows]


def told(side: Side | None) -> str:
    """Return a side as "same [own] same"."""
    if side is None:
        return ""
    return "".join(f"[{text.strip()}] " if own else text for text, own in side.parts).strip()


def test_a_changed_word_is_marked_on_both_sides() -> None:
    (one,) = rows("<p>Soupe de <b>potiron</b> du jour</p>", "<p>Soupe de courge du jour</p>")

    assert one.change is Change.CHANGED
    assert told(one.before) == "Soupe de [potiron] du jour"
    assert told(one.after) == "Soupe de [courge] du jour"


def test_paragraphs_come_and_go() -> None:
    before = "<h2>Menu</h2><p>Soupe de potiron</p><p>Fin de la page</p>"
    after = "<h2>Menu</h2><p>Tarte aux pommes</p><ul><li>Dessert</li></ul><p>Fin de la page</p>"

    found = [(row.change, told(row.before), told(row.after)) for row in rows(before, after)]

    assert found == [
        (Change.SAME, "Menu", "Menu"),
        (Change.REMOVED, "[Soupe de potiron]", ""),
        (Change.ADDED, "", "[Tarte aux pommes]"),
        (Change.ADDED, "", "[Dessert]"),
        (Change.SAME, "Fin de la page", "Fin de la page"),
    ]


def test_a_heading_made_of_a_paragraph_shows() -> None:
    (one,) = rows("<p>Le menu</p>", "<h2>Le menu</h2>")

    assert one.before is not None
    assert one.after is not None
    assert (one.before.kind, one.after.kind) == (Kind.TEXT, Kind.HEADING)
    assert told(one.before) == told(one.after) == "Le menu"


def test_where_a_link_leads_and_a_shortcode_are_compared() -> None:
    (link,) = rows('<p>Voir <a href="/a">ici</a></p>', '<p>Voir <a href="/b">ici</a></p>')
    assert told(link.after) == "Voir ici (→ [/b)]"

    (call,) = rows("<p>[bouton page=a]</p>", "<p>[bouton page=b]</p>")
    assert call.before is not None
    assert call.before.kind is Kind.SHORTCODE


def test_what_is_far_from_a_change_is_apart() -> None:
    paragraphs = [f"<p>Paragraphe numéro {number}</p>" for number in range(100)]
    changed = [*paragraphs[:50], "<p>Nouveau venu</p>", *paragraphs[50:]]

    found = of_pages("".join(paragraphs), "".join(changed))

    assert [(one.is_far, len(one.rows)) for one in found] == [(True, 49), (False, 3), (True, 49)]
    assert found[1].rows[1].change is Change.ADDED


@pytest.mark.parametrize("text", ["", "<p>Soupe</p>", "<p>a</p>" * 50])
def test_the_same_is_the_same(text: str) -> None:
    assert is_same(of_pages(text, text))
    assert is_same(of_sources(text, text))


def test_layout_alone_shows_in_the_source_alone() -> None:
    before, after = "<p>Soupe <b>chaude</b></p>", "<p>Soupe <em>chaude</em></p>"

    assert is_same(of_pages(before, after))
    assert not is_same(of_sources(before, after))


def test_nothing_is_lost_whatever_changed() -> None:
    chance = Random(7)
    words = ["pain", "lait", "œuf", "de", "la"]
    for _ in range(200):
        texts = [
            "".join(
                f"<p>{' '.join(chance.choices(words, k=chance.randrange(1, 6)))}</p>"
                for _ in range(chance.randrange(8))
            )
            for _ in range(2)
        ]
        found = rows(*texts)
        for text, side in zip(texts, ("before", "after"), strict=True):
            sides = [getattr(row, side) for row in found]
            said = "".join(
                f"<p>{told(one).translate({91: '', 93: ''})}</p>" for one in sides if one
            )
            assert said.replace("  ", " ") == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("".join(f"<p>Ligne {n}</p>" for n in range(12_000)),
         "".join(f"<p>Ligne {n}</p>" for n in range(12_000, 0, -1))),
        ("<p>a</p><p>b</p>" * 12_000, "<p>a</p><p>c</p>" * 12_000),
        ("mot " * 50_000, "mot autre " * 20_000),
        ("".join(f"mot{n} " for n in range(20_000)),
         "".join(f"mot{n} " for n in range(0, 40_000, 2))),
        ("<p>" * 60_000, "<p>x" * 40_000),
        ("x" * 200_000, "y" * 200_000),
    ],
    ids=["reversed", "repeated", "one block", "every other", "tags", "one word"],
)  # fmt: skip
def test_200_kb_are_compared_quickly(before: str, after: str) -> None:
    start = process_time()

    of_pages(before, after)
    of_sources(before, after)

    assert process_time() - start < 5

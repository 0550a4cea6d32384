"""The HTML part: made from the text, with links to this site only, everything escaped."""

import json

import pytest
from bs4 import BeautifulSoup
from sqlalchemy.orm import Session

from amapress_py import settings
from amapress_py.cms import look
from amapress_py.mail import rendering
from tests.mail.letters import HOME


def page(text: str) -> BeautifulSoup:
    return BeautifulSoup(rendering.as_html("Objet", text), "html.parser")


def test_paragraphs_lines_and_lists(session: Session) -> None:
    found = page("Bonjour,\n\nUn\nDeux\n- pain\n- œufs\nFin")

    assert "Un<br/>\nDeux" in str(found)
    assert [item.text for item in found.find_all("li")] == ["pain", "œufs"]
    assert [p.text for p in found.find_all("p")][-2:] == ["Un\nDeux", "Fin"]


def test_a_labelled_link_alone_is_a_button(session: Session) -> None:
    found = page(f"Je suis intéressé\xa0: {HOME}/paniers/12?a=1&b=2")

    (button,) = found.select("table table table a")
    assert button.text == "Je suis intéressé"
    assert button["href"] == f"{HOME}/paniers/12?a=1&b=2"


def test_only_the_first_button_is_loud(session: Session) -> None:
    found = page(f"Réserver : {HOME}/a\n\nMe désinscrire : {HOME}/b")

    first, second = found.select("table table table td")
    assert "background:#9c4519" in str(first["style"])
    assert "background:#ffffff" in str(second["style"])


def test_a_link_in_a_sentence_is_a_link_without_its_full_stop(session: Session) -> None:
    found = page(f"Voyez {HOME}/contact. Merci")

    assert found.select("p a")[-1]["href"] == f"{HOME}/contact"


@pytest.mark.parametrize(
    "url", ["https://evil.example/x", "http://localhost.evil.example/", "http://localhost:1@evil/"]
)
def test_a_foreign_address_is_neither_link_nor_button(session: Session, url: str) -> None:
    found = page(f"Connectez-vous : {url}\n\nou {url} là")

    assert not [a for a in found.find_all("a") if "evil" in str(a["href"])]
    assert url in found.text


def test_what_people_type_stays_text(session: Session) -> None:
    found = page(f'<img src=x onerror=alert(1)> <a href="{HOME}/">\n- </li><script>')

    assert not found.find_all(["img", "script"])
    assert "<img src=x" in found.text


def test_invisible_characters_go_and_french_spaces_stay(session: Session) -> None:
    text = rendering.tidy("a\x00b\u202ec  \n\n\n\n10,00\xa0€ 👨‍👩‍👧")

    assert text == "abc\n\n10,00\xa0€ 👨‍👩‍👧\n"


def test_colours_are_those_of_the_theme(session: Session) -> None:
    assert rendering.colours()["brand"] == "#2d6440"

    settings.save(session, {"theme": "contraste"})
    session.commit()

    assert rendering.colours() == {**rendering.USUAL, **look.current().colours}
    assert rendering.colours()["paper"] == "#ffffff"


def test_colours_that_were_chosen_are_in_mails(session: Session) -> None:
    chosen = {"default": {"brand": "#204080", "paper": "red;}"}}
    settings.save(session, {"theme_colours": json.dumps(chosen)})
    session.commit()

    found = page("Bonjour")

    assert "#204080" in str(found)
    assert rendering.USUAL["paper"] in str(found)
    assert "red;" not in str(found)

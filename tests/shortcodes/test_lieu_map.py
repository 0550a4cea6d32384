from flask import Flask
from sqlalchemy.orm import Session

from tests.back_office import MOST_STATEMENTS, counted
from tests.conftest import BrowserFactory
from tests.factories import Make
from tests.shortcodes.pages import prose, write


def test_everybody_reads_address_access_and_ways_and_nothing_is_fetched(
    browse: BrowserFactory, make: Make, session: Session
) -> None:
    hall = make.place("Salle des Tilleuls")
    hall.directions = "Par la cour <b>"
    hall.latitude, hall.longitude = 47.3936, 0.6892
    session.commit()
    write("[lieu-map]")

    shown = prose(browse())

    assert "1 rue du Marché" in shown.text
    assert "Par la cour <b>" in shown.text
    links = [str(one["href"]) for one in shown.select("a")]
    assert links == [
        "https://www.openstreetmap.org/?mlat=47.3936&mlon=0.6892#map=17/47.3936/0.6892",
        "https://www.openstreetmap.org/directions?to=47.3936%2C0.6892",
        "geo:47.3936,0.6892?q=47.3936,0.6892(Salle%20des%20Tilleuls)",
    ]
    assert not shown.select("img, iframe, script, link")


def test_without_a_point_the_address_is_looked_for(browse: BrowserFactory, make: Make) -> None:
    make.place("Préau & cour")
    write("[lieu-map]")

    links = [str(one["href"]) for one in prose(browse()).select("a")]

    assert links[0] == "https://www.openstreetmap.org/search?query=1%20rue%20du%20March%C3%A9"
    assert links[2] == "geo:0,0?q=1%20rue%20du%20March%C3%A9"


def test_one_place_by_short_name_or_number(browse: BrowserFactory, make: Make) -> None:
    school, _hall = make.place("École"), make.place("Halle")
    for words in ("école", "ECOLE", str(school.id)):
        write(f"[lieu-map lieu='{words}']", title=f"Lieu {words}")
        shown = prose(browse(), f"/lieu-{words.lower().replace('é', 'e')}")
        assert [title.text for title in shown.select("h3")] == ["École"], words


def test_other_sites_show_it_in_a_frame(app: Flask, make: Make) -> None:
    make.place("École")
    client = app.test_client()
    client.get("/embed/lieu-map")

    with counted(app) as said:
        answer = client.get("/embed/lieu-map")

    assert answer.status_code == 200
    assert "École" in answer.text
    assert len(said) <= MOST_STATEMENTS

"""What is found wrong with the machine: worker, queue, tables, address, backups."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from amapress_py import clock, db, jobs, settings
from amapress_py.backup import services as backups
from amapress_py.config import Config
from amapress_py.health.jobs import BEAT
from amapress_py.settings.models import Beat
from tests.health.conftest import Machine, Screen

WORKER = "Le programme qui envoie les courriels (le worker)"


def set_beat(session: Session, name: str, ago: timedelta | None) -> None:
    """Say when something last worked; None: never."""
    beat = session.get_one(Beat, name)
    if ago is None:
        session.delete(beat)
    else:
        beat.at = clock.now() - ago
    session.commit()


@pytest.mark.parametrize(
    ("ago", "told"),
    [
        (None, "n’a encore jamais travaillé"),
        (timedelta(minutes=6), "ne travaille plus depuis le dimanche 22 novembre 2026 à 8 h 54"),
    ],
)
def test_a_worker_that_is_silent_is_missed(
    screen: Screen, session: Session, ago: timedelta | None, told: str
) -> None:
    set_beat(session, BEAT, ago)

    assert [one for one in screen.required() if one.startswith(f"{WORKER} {told}")]
    assert "systemctl start amapress-worker" in screen.line(WORKER).get_text()


def test_the_worker_gives_a_sign_of_life(screen: Screen, session: Session, app: Flask) -> None:
    set_beat(session, BEAT, None)

    jobs.run_once(app)

    assert screen.told() == []
    set_beat(session, BEAT, timedelta(minutes=20))
    jobs.run_once(app)
    assert screen.told() == []


def test_a_short_silence_is_nothing(screen: Screen, session: Session) -> None:
    set_beat(session, BEAT, timedelta(minutes=4))

    assert screen.told() == []


def test_a_queue_that_does_not_answer_is_told(screen: Screen, machine: Machine) -> None:
    machine(queue_url="redis://127.0.0.1:1/0")

    assert screen.required()[0].startswith("La file des tâches n’est pas joignable")


def test_looking_makes_no_queue(screen: Screen, config: Config) -> None:
    screen.page()

    assert not (config.data_folder / jobs.QUEUE_FILE).exists()


def test_old_tables_are_told(screen: Screen, session: Session) -> None:
    session.execute(text("UPDATE alembic_version SET version_num = 'old'"))
    session.commit()

    assert screen.required()[0].startswith("Les tables de la base de données ne sont pas celles")
    assert "amapress db upgrade" in screen.line("Les tables").get_text()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (Config.base_url, "L’adresse du site est encore « http://127.0.0.1:8000 »"),
        ("https://localhost", "L’adresse du site est encore « https://localhost »"),
        ("http://amap.example.org", "L’adresse du site, « http://amap.example.org », ne commence"),
    ],
)
def test_an_address_that_will_not_do_is_told(
    screen: Screen, machine: Machine, url: str, told: str
) -> None:
    machine(base_url=url)

    assert screen.required()[0].startswith(told)


def test_a_demonstration_says_so_and_may_be_anywhere(screen: Screen, machine: Machine) -> None:
    machine(demo=True, base_url=Config.base_url)

    assert screen.required() == []
    assert screen.told()[0].startswith("Ce site est une démonstration")


@pytest.mark.parametrize(
    ("ago", "told"),
    [
        (None, "Le site n’a encore jamais été sauvegardé"),
        (timedelta(days=8), "La dernière sauvegarde a plus de 7 jours : elle est du samedi 14"),
    ],
)
def test_a_button_saves_the_site(
    screen: Screen, session: Session, config: Config, ago: timedelta | None, told: str
) -> None:
    set_beat(session, backups.BEAT, ago)
    form = screen.form(told, "Sauvegarder maintenant")

    screen.send(form)
    screen.send(form)

    assert screen.told() == []
    assert list(backups.folder(config).glob("*.zip"))


def test_how_old_a_backup_may_be_is_a_setting(screen: Screen, session: Session) -> None:
    set_beat(session, backups.BEAT, timedelta(days=2))
    assert screen.told() == []
    with db.transaction() as current:
        settings.save(current, {"backup_days": 1})

    assert screen.required()[0].startswith("La dernière sauvegarde a plus d’un jour")


def test_a_backup_that_cannot_be_written_is_told(
    screen: Screen, session: Session, config: Config
) -> None:
    set_beat(session, backups.BEAT, None)
    Path(backups.folder(config)).write_text("a file where the folder should be")

    message = screen.press("Le site n’a encore jamais été sauvegardé", "Sauvegarder maintenant")

    assert message.startswith("La sauvegarde n’a pas pu être écrite")

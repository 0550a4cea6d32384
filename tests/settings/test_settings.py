import json
from dataclasses import fields

from flask import Flask, g
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import settings
from amapress_py.settings.models import Setting


def test_defaults_are_no_rows(session: Session) -> None:
    settings.save(session, {"site_name": "AMAP du Test", "mails_per_minute": 0})
    session.commit()
    assert session.scalars(select(Setting.key)).all() == ["site_name"]

    settings.save(session, {"site_name": settings.DEFAULTS.site_name})
    session.commit()
    assert session.scalars(select(Setting.key)).all() == []


def test_a_change_is_seen_at_once_here_and_elsewhere(app: Flask, session: Session) -> None:
    assert settings.current().site_name == settings.DEFAULTS.site_name
    version = settings.version(session)

    settings.save(session, {"site_name": "AMAP du Test"})
    session.commit()

    assert settings.current().site_name == "AMAP du Test"
    with app.app_context():
        assert settings.current().site_name == "AMAP du Test"
        assert g.site_version > version


def test_a_value_of_another_type_gives_the_default(session: Session) -> None:
    session.add_all(
        Setting(key=key, value=json.dumps(value))
        for key, value in [
            ("mails_per_minute", "many"),
            ("allow_amapiens", 0),
            ("site_name", None),
            ("forgotten_setting", 1),
        ]
    )
    session.commit()

    assert settings.read(session) == settings.DEFAULTS


def test_every_setting_says_what_a_screen_needs() -> None:
    for one in fields(settings.Settings):
        assert str(one.metadata["label"])
        assert one.metadata["section"] in {*settings.SECTIONS, *settings.ELSEWHERE}
        assert (
            isinstance(one.default, bool)
            or not isinstance(one.default, int)
            or (one.metadata["least"] <= one.default <= one.metadata["most"])
        )

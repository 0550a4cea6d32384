"""Backups of the running site: where they lie, how many are kept, when the last one was made."""

import re
from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session

from amapress_py import clock, db
from amapress_py.backup import archive
from amapress_py.backup.archive import Tell
from amapress_py.config import Config
from amapress_py.settings.models import Beat

BEAT = "backup"
FOLDER = "backups"  # in the data folder
KEPT = 14  # daily backups; a file with another name is never touched
NAME = re.compile(r"amapress-\d{8}-\d{6}\.zip")


def folder(config: Config) -> Path:
    """Return where backups lie that nobody named."""
    return config.data_folder / FOLDER


def default_path(config: Config) -> Path:
    """Return the file of a backup made now."""
    return folder(config) / f"amapress-{clock.paris(clock.now()):%Y%m%d-%H%M%S}.zip"


def last_backup(session: Session) -> Beat | None:
    """Return when the last backup was made, and in its note the file and how many rows."""
    return session.get(Beat, BEAT)


def make_backup(app: Flask, target: Path | None = None, tell: Tell | None = None) -> Path:
    """Write a checked backup, remember when, and return the file; not inside a transaction."""
    path = target or default_path(app.extensions["amapress_config"])
    manifest = archive.write(
        app.extensions["amapress_engine"], path, tell or (lambda name, count: None)
    )
    with app.app_context(), db.transaction() as session:
        beat = session.get(Beat, BEAT) or Beat(name=BEAT)
        beat.at = clock.now()
        beat.note = f"{path.name} ({manifest.rows})"
        session.add(beat)
    return path


def forget_old(config: Config) -> list[Path]:
    """Delete all but the newest of the backups that nobody named; return what was deleted."""
    made = sorted(one for one in folder(config).glob("*.zip") if NAME.fullmatch(one.name))
    old = made[:-KEPT]
    for one in old:
        one.unlink(missing_ok=True)
    return old

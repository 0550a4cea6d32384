"""Where the demo lives when nothing else is said: var/demo, with a secret and its day."""

import os
import secrets
from datetime import date
from pathlib import Path

from amapress_py.config import Config
from amapress_py.demo import LOGINS, PASSWORD

DATA_FOLDER = Path("var/demo")
SECRET = "secret"  # noqa: S105  a file's name
DAY = "demo-day"
ITS_FILES = ("amapress.db", "amapress.db-wal", "amapress.db-shm", "queue.db*", DAY)


def set_environment() -> Config:
    """Fill in what the environment leaves open, for this process and its children."""
    folder = Path(os.environ.get("AMAPRESS_DATA_FOLDER") or DATA_FOLDER).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["AMAPRESS_DATA_FOLDER"] = str(folder)
    os.environ["AMAPRESS_DEMO"] = "1"
    if not os.environ.get("AMAPRESS_SECRET_KEY"):
        os.environ["AMAPRESS_SECRET_KEY"] = _secret(folder / SECRET)
    return Config.from_env(os.environ)


def _secret(file: Path) -> str:
    """Return the demo's secret key, drawn the first time, readable by its owner alone."""
    if not file.exists():
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(secrets.token_urlsafe(32))
    return file.read_text()


def remember(config: Config, day: date) -> None:
    """Write down that the folder's database is a demo of that day."""
    (config.data_folder / DAY).write_text(day.isoformat())


def day_of_demo(config: Config) -> date | None:
    """Return the day of the folder's demo, None if there is none (or in another database)."""
    file = config.data_folder / DAY
    is_here = config.database_url == f"sqlite:///{config.data_folder / 'amapress.db'}"
    return date.fromisoformat(file.read_text()) if file.exists() and is_here else None


def clear(config: Config) -> None:
    """Remove the demo's files, but not its secret."""
    for pattern in ITS_FILES:
        for file in config.data_folder.glob(pattern):
            file.unlink()


def welcome(address: str) -> str:
    """Return the address and the table of log-ins."""
    rows = [f"  {login.email:<26}{login.who}" for login in LOGINS]
    return "\n".join(
        (
            address,
            "",
            f"Mot de passe de tout le monde : {PASSWORD}",
            *rows,
            "",
            f"Les courriels de la démonstration : {address}/demo/courriels",
            "Pour arrêter : Ctrl-C.",
        )
    )

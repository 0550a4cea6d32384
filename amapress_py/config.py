"""What the machine sets: typed, read once from the environment; no start without a secret."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

DATA_FOLDER = Path("var")


class ConfigurationError(Exception):
    """Something that the application cannot start without is missing or wrong."""


@dataclass(frozen=True)
class Config:
    """Settings of one process; every field is `AMAPRESS_<NAME>` in the environment."""

    secret_key: str
    database_url: str
    base_url: str = "http://127.0.0.1:8000"
    smtp_url: str = "smtp://127.0.0.1:25"  # smtp(s)://user:password@host:port, smtp+tls://…
    mail_from: str = "amap@localhost"
    queue_url: str = ""  # empty: a file beside the data; redis://… for several machines
    data_folder: Path = DATA_FOLDER
    site_folder: Path | None = None  # the AMAP's own shortcodes/, pages/, themes/
    demo: bool = False
    bench: bool = False
    testing: bool = False
    trusted_proxies: int = 0

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read the environment; raise ConfigurationError with what to set."""

        def value(name: str, default: str = "") -> str:
            return environ.get(f"AMAPRESS_{name}", "").strip() or default

        def flag(name: str) -> bool:
            return value(name) in {"1", "true", "yes", "on"}

        if not value("SECRET_KEY"):
            raise ConfigurationError(
                "AMAPRESS_SECRET_KEY is not set: put a long random text there, for example\n"
                f"  export AMAPRESS_SECRET_KEY={secrets.token_urlsafe(32)}"
            )
        folder = Path(value("DATA_FOLDER", str(DATA_FOLDER))).absolute()
        proxies = value("TRUSTED_PROXIES", "0")
        if not proxies.isdecimal():
            raise ConfigurationError("AMAPRESS_TRUSTED_PROXIES must be a number")
        return cls(
            secret_key=value("SECRET_KEY"),
            database_url=value("DATABASE_URL", f"sqlite:///{folder / 'amapress.db'}"),
            base_url=value("BASE_URL", cls.base_url).rstrip("/"),
            smtp_url=value("SMTP_URL", cls.smtp_url),
            mail_from=value("MAIL_FROM", cls.mail_from),
            queue_url=value("QUEUE_URL"),
            data_folder=folder,
            site_folder=Path(value("SITE")) if value("SITE") else None,
            demo=flag("DEMO"),
            bench=flag("BENCH"),
            testing=flag("TESTING"),
            trusted_proxies=int(proxies),
        )

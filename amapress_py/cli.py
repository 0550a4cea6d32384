"""The `amapress` command; every import waits inside its command, so that each starts quickly."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from amapress_py.accounts.models import Person
    from amapress_py.config import Config
    from amapress_py.transfer.plan import Line

DAY = click.DateTime(["%Y-%m-%d"])


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Le site et le bureau d’une AMAP. Les réglages de la machine sont les variables"
    " AMAPRESS_… de l’environnement.",
)
def commands() -> None:
    """Hold the commands."""


def main() -> None:
    """Run a command; a refusal is told in a sentence, without a traceback."""
    from amapress_py.config import ConfigurationError
    from amapress_py.errors import DomainError
    from amapress_py.serving import NotServed

    try:
        commands(prog_name="amapress")
    except ConfigurationError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except (DomainError, NotServed) as error:
        click.echo(str(error), err=True)
        sys.exit(1)


@commands.command(help="Prépare une base vide et nomme le premier administrateur.")
@click.argument("email")
@click.option("--first-name", "first_name", default="", help="Prénom.")
@click.option("--last-name", "last_name", default="", help="Nom.")
def init(email: str, first_name: str, last_name: str) -> None:
    """Make tables and pages, and an admin; asked again, it gives a new link."""
    _config()
    from flask import url_for

    from amapress_py import db, web
    from amapress_py.accounts import addresses, tokens
    from amapress_py.cms import seed

    with _ready_app() as app, app.test_request_context():
        try:
            email = addresses.normalised(email)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error
        with db.transaction() as session:
            seed.seed(session)
            admin = _admin(session, email, first_name, last_name)
        token = tokens.make(tokens.Purpose.ACTIVATE, admin)
        link = web.absolute(url_for("accounts.choose_password", token=token))
    click.echo(f"{admin.email} administre le site. Lien pour choisir le mot de passe :\n{link}")


@commands.command(help="Remplit une base vide avec une AMAP de démonstration.")
@click.option("--members", default=40, show_default=True, help="Familles avec un contrat.")
@click.option("--intermittents", default=3, show_default=True, help="Intermittents inscrits.")
@click.option("--weeks", default=52, show_default=True, help="Semaines, la moitié à venir.")
@click.option("--offers", default=10, show_default=True, help="Paniers proposés à venir.")
@click.option("--seed", default=1, show_default=True, help="Autre nombre, autre AMAP.")
@click.option("--today", type=DAY, help="Jour autour duquel tout se passe (aujourd’hui).")
@click.option("--renew", is_flag=True, help="Refait une démonstration d’un autre jour.")
def demo(renew: bool, today: datetime | None, **figures: int) -> None:
    """Fill the database; with `renew`, keep what is of today and remake what is older."""
    from amapress_py import clock, db, demo, migrate
    from amapress_py.demo import folder

    config = folder.set_environment()
    day: date = today.date() if today else clock.today()
    plan = demo.Plan(day, **figures)
    if renew:
        old = folder.day_of_demo(config)
        with _engine() as engine:
            is_ready = old == day and migrate.is_current(engine)
        if is_ready:
            click.echo("La démonstration du jour est prête.")
            return
        if old is not None:
            click.echo(f"La démonstration du {old:%d/%m/%Y} est refaite pour aujourd’hui.")
            folder.clear(config)
    with _ready_app() as app, app.app_context(), db.transaction() as session:
        demo.fill(session, plan)
        folder.remember(config, day)
    click.echo(f"Démonstration faite pour le {day:%d/%m/%Y}.")


@commands.command(help="Sert le site, et envoie les courriels.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Adresse d’écoute.")
@click.option("--port", default=8000, show_default=True, help="Port ; 0 : un port libre.")
@click.option("--find-port", is_flag=True, help="Si le port est pris, le premier libre après.")
@click.option("--workers", default=2, show_default=True, help="Processus qui servent les pages.")
@click.option("--no-worker", is_flag=True, help="Sans l’envoi des courriels.")
@click.option("--demo", "is_demo", is_flag=True, help="Sert la démonstration de var/demo.")
def run(
    host: str, port: int, find_port: bool, workers: int, no_worker: bool, is_demo: bool
) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    import os

    config = _demo_config() if is_demo else _config()
    from amapress_py import jobs, migrate, serving

    listener = serving.listen(host, port, find_port)
    os.environ.setdefault("AMAPRESS_BASE_URL", serving.address_of(listener))
    with _engine() as engine:
        migrate.upgrade(engine)

    def tell(address: str) -> None:
        click.echo(_welcome(address) if config.demo else address)

    serving.serve(listener, workers, None if no_worker else jobs.start_worker_process, tell)


@commands.command(help="Envoie les courriels et fait les tâches de fond.")
def worker() -> None:
    """Work until Ctrl-C or SIGTERM."""
    config = _config()
    from amapress_py import jobs
    from amapress_py.app import create_app

    jobs.run_worker(create_app(config))


@commands.command(help="Sauvegarde toute la base dans un fichier, relu et vérifié.")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path | None) -> None:
    """Write a backup (default: in the data folder); it fits SQLite and PostgreSQL alike."""
    _config()
    from amapress_py.app import create_app
    from amapress_py.backup import archive, services

    app = create_app()
    try:
        path = services.make_backup(app, file, _tell_rows)
    finally:
        app.extensions["amapress_engine"].dispose()
    with archive.opened(path) as (_file, manifest):
        tables, rows = len(manifest.tables), manifest.rows
    click.echo(f"{path} : {rows} lignes de {tables} tables, relues et vérifiées.")


@commands.command(help="Remet une sauvegarde dans une base vide.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Remplace tout ce que la base contient.")
def restore(file: Path, replace: bool) -> None:
    """Put a backup back, all of it or nothing; what is replaced is saved first."""
    from amapress_py import migrate
    from amapress_py.backup import archive, restoring, services

    with _engine() as engine:
        archive.check(file)
        if replace and migrate.is_current(engine):
            kept = services.default_path(_config())
            archive.write(engine, kept)
            click.echo(f"L’état d’avant est gardé : {kept}")
        manifest = restoring.restore(engine, file, replace=replace, tell=_tell_rows)
        click.echo(f"{manifest.rows} lignes remises et vérifiées.")
        if waiting := restoring.waiting_mails(engine):
            click.echo(f"Courriels qui attendaient et vont partir avec le worker : {waiting}.")


def _tell_rows(name: str, rows: int) -> None:
    """Show how far a backup is, to who looks."""
    if rows and sys.stderr.isatty():
        click.echo(f"  {name} : {rows}", err=True)


@commands.group("export", help="Sort quelque chose du site.")
def export_() -> None:
    """Hold the commands that write files."""


@export_.command("pages", help="Écrit toutes les pages et leurs images dans un ZIP.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export_pages(file: Path) -> None:
    """Write what `import pages` reads."""
    _config()
    from amapress_py import db
    from amapress_py.transfer import export

    with _ready_app() as app, app.app_context(), file.open("wb") as target:
        pages = export.write(db.session(), target)
    click.echo(f"{file} : {pages} pages.")


@commands.group("import", help="Fait entrer quelque chose dans le site.")
def import_() -> None:
    """Hold the commands that read files."""


@import_.command("pages", help="Importe des pages : un ZIP, un .html, ou un export de WordPress.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Montre ce qui changerait, sans rien changer.")
@click.option("--replace", is_flag=True, help="Remplace aussi les pages modifiées ici.")
@click.option(
    "--images",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Dossier wp-content/uploads de l’ancien site.",
)
def import_pages(file: Path, dry_run: bool, replace: bool, images: Path | None) -> None:
    """Tell line by line what changes; then do it, all or nothing."""
    _config()
    from amapress_py import db
    from amapress_py.transfer import parcel, plan, services

    with _ready_app() as app, app.test_request_context():
        came = parcel.opened(
            file.name, file.read_bytes(), parcel.FolderFiles(images) if images else None
        )
        session, choices = db.session(), plan.Choices(replaces=replace)
        wanted = plan.make(session, came, choices, {}).pictures.pending
        with click.progressbar(wanted.items(), label="Images", file=sys.stderr) as some:
            findings = {name: came.findings({name: one})[name] for name, one in some}
        told = plan.make(session, came, choices, findings)
        for line in told.lines:
            click.echo(_told(line))
        for note in told.notes:
            click.echo(note)
        if dry_run or not told.todo:
            click.echo("Rien n’a été changé.")
            return
        with db.transaction() as session:
            services.apply(session, came, choices, findings, told.digest, 0)
    click.echo(f"{len(told.todo)} pages importées.")


def _told(line: "Line") -> str:
    """Return a line of the report for a terminal."""
    path = f" (/{line.page.path})" if line.page else ""
    details = [line.reason, ", ".join(line.changes), *line.notes]
    details += [f"même page que /{one.path} ? ({one.why})" for one in line.proposals]
    about = " ; ".join(part for part in details if part)
    return f"{line.label} : {line.title}{path}" + (f" – {about}" if about else "")


@commands.group("db", help="Version des tables de la base.")
def database() -> None:
    """Hold the commands about migrations."""


@database.command(help="Amène les tables à une version (la plus récente).")
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Run the missing migrations."""
    from amapress_py import migrate

    with _engine() as engine:
        migrate.upgrade(engine, revision)


@database.command(help="Ramène les tables à une version plus ancienne (base : aucune table).")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Undo migrations."""
    from amapress_py import migrate

    with _engine() as engine:
        migrate.downgrade(engine, revision)


@database.command(help="Montre la version des tables.")
def current() -> None:
    """Tell the version, and whether a newer one exists."""
    from amapress_py import migrate

    with _engine() as engine:
        version = migrate.current(engine) or "aucune table"
        state = "à jour" if migrate.is_current(engine) else "à mettre à jour"
    click.echo(f"{version} ({state})")


@database.command(help="Écrit une migration d’après les modèles (développement).")
@click.argument("message")
def revision(message: str) -> None:
    """Compare models and database."""
    from amapress_py import migrate

    with _engine() as engine:
        migrate.revise(engine, message)


@commands.command(help="Montre le HTML que donne un texte de page (FILE, ou - : l’entrée).")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--as",
    "as_",
    type=click.Choice(["visitor", "member", "intermittent", "admin"]),
    default="visitor",
    show_default=True,
    help="Qui regarde.",
)
@click.option("--page", default="", help="Chemin de la page.")
def render(file: BinaryIO, as_: str, page: str) -> None:
    """Print the HTML; warnings go to standard error."""
    from amapress_py import standalone

    text = file.read().decode("utf-8", "replace")
    html, warnings = standalone.render_text(text, as_, page)
    for warning in warnings:
        click.echo(warning, err=True)
    sys.stdout.buffer.write(html.encode("utf-8", "replace"))


@commands.command(help="Écrit la liste des shortcodes (Markdown).")
def shortcodes() -> None:
    """Print what docs/shortcodes.md holds."""
    from amapress_py import reference
    from amapress_py.app import create_app
    from amapress_py.cms import render
    from amapress_py.config import Config

    app = create_app(Config(secret_key="unused", database_url="sqlite://"))  # noqa: S106
    with app.test_request_context():
        click.echo(reference.shortcodes(render.registered().help_data()), nl=False)


@commands.command(help="Dit ce qui manque ou ne va pas sur le site (écran « État du site »).")
def check() -> None:
    """Print what the checks find; status 1 when something that must be is not."""
    config = _config()
    from amapress_py import db
    from amapress_py.app import create_app
    from amapress_py.health import queries

    app = create_app(config)
    try:
        with app.test_request_context(base_url=config.base_url):
            report = queries.report(db.session())
            for line in queries.lines(report):
                click.echo(line)
    finally:
        app.extensions["amapress_engine"].dispose()
    if report.is_urgent:
        sys.exit(1)


def _config() -> "Config":
    """Read the environment; a missing setting is told before anything heavy is imported."""
    import os

    from amapress_py.config import Config

    return Config.from_env(os.environ)


def _demo_config() -> "Config":
    """Read the environment of the demo, which lacks nothing."""
    from amapress_py.demo import folder

    return folder.set_environment()


def _welcome(address: str) -> str:
    from amapress_py.demo import folder

    return folder.welcome(address)


@contextmanager
def _engine() -> "Iterator[Engine]":
    """Open the database of the environment, and close it."""
    config = _config()
    from amapress_py import db

    config.data_folder.mkdir(parents=True, exist_ok=True)
    engine = db.make_engine(config.database_url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _ready_app() -> "Iterator[Flask]":
    """Open the application of the environment, its tables up to date."""
    from amapress_py import migrate
    from amapress_py.app import create_app

    with _engine() as engine:
        migrate.upgrade(engine)
    app = create_app()
    try:
        yield app
    finally:
        app.extensions["amapress_engine"].dispose()


def _admin(session: "Session", email: str, first_name: str, last_name: str) -> "Person":
    """Return the person of an address as an admin, made if unknown."""
    from amapress_py.accounts import queries, services
    from amapress_py.accounts.models import Grant, Person, Role

    person: Person | None = queries.person_by_email(session, email)
    if person is None:
        person = services.create_person(
            session, email=email, first_name=first_name, last_name=last_name
        )
    if not any(grant.role == Role.ADMIN for grant in person.grants):
        session.add(Grant(person_id=person.id, role=Role.ADMIN))
    return person


if __name__ == "__main__":
    main()

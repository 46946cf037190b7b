"""`moonshot migrate`: roles and extensions if the database is ours, then the schema."""

import tempfile
from pathlib import Path

import click

from moonshot_cli import data_folder
from moonshot_cli.failure import Failure
from moonshot_cli.installation import (
    bring_up_to_date,
    cluster_of,
    complete,
    embedded_database,
)
from services.database import installation, migration
from services.settings import Settings, read_settings


@click.command(name="migrate")
@click.option(
    "--check",
    is_flag=True,
    help="Change nothing: migrate a throwaway database and fail if the tables in models/ differ.",
)
def command(*, check: bool) -> None:
    """Bring the database to the schema of this code.

    The embedded database is made first if there is none. For a database of your own,
    models/bootstrap.sql must have been run by an administrator; what is missing is listed.
    All migrations run in one transaction: they are applied as a whole or not at all.
    """
    if check:
        _check(read_settings())
        return
    settings = read_settings()
    migrate = _migrate_embedded if settings.embedded else _migrate_own
    for revision in migrate(settings):
        click.echo(f"applied {revision}")
    click.echo(f"The schema is at revision {installation.head_revision()}.")


def _migrate_own(settings: Settings) -> list[str]:
    return bring_up_to_date(settings, None)


def _migrate_embedded(settings: Settings) -> list[str]:
    try:
        with data_folder.hold(settings.data, "migrate"), embedded_database(settings) as running:
            return bring_up_to_date(complete(settings, running.cluster), running.cluster)
    except data_folder.InUseError:
        # Its server runs, so the schema can be moved under it: migrations only expand.
        cluster = cluster_of(settings)
        return bring_up_to_date(complete(settings, cluster), cluster)


def _check(settings: Settings) -> None:
    with tempfile.TemporaryDirectory(prefix="moonshot-check-") as folder:
        throwaway = settings.model_copy(update={"data": Path(folder)})
        with embedded_database(throwaway) as running:
            ready = complete(throwaway, running.cluster)
            bring_up_to_date(ready, running.cluster)
            difference = migration.differences(ready.url_of("DATABASE_OWNER_URL"))
    if difference is not None:
        raise Failure(f"The migrations do not make what models/ says. {difference}")
    click.echo("The migrations make what models/ says.")

"""`moonshot backup FILE`: the whole database in one file."""

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import click

from moonshot_cli import archive, data_folder
from moonshot_cli.failure import Failure
from moonshot_cli.installation import cluster_of, embedded_database
from moonshot_cli.postgres import binaries, transfer
from moonshot_cli.postgres.cluster import SUPERUSER
from services.database import installation, master_key
from services.setting_values import decode_key
from services.settings import Settings, read_settings

_WRONG_KEY = (
    f"{master_key.WRONG} This backup cannot say which one it needs. A restore takes the right one "
    "if it is put back by then; if it is lost, --without-key."
)


@click.command(name="backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@click.option(
    "--include-key",
    is_flag=True,
    help="Put the master key into FILE. Whoever has the file then can read every secret in it.",
)
def command(file: Path, *, force: bool, include_key: bool) -> None:
    """Save the whole database to FILE.

    That is every clinic, the audit log and the wrapped keys. FILE is readable by you alone (mode
    0600) and appears only once it is complete. The installation may run meanwhile. The master key
    is not in it by default: a restore needs the key too, so keep it in another safe place. It is
    what MOONSHOT_MASTER_KEY says where that is set, else the file MOONSHOT_DATA/master.key; with
    the key in the environment set the same for the restore.

    A database of your own needs DATABASE_BACKUP_URL, a role that sees all rows: as an
    administrator, CREATE ROLE moonshot_backup LOGIN; GRANT moonshot_owner, moonshot_auth TO
    moonshot_backup WITH INHERIT TRUE, SET FALSE.
    """
    settings = read_settings()
    key = data_folder.read_master_key(settings)
    if key is None:
        raise Failure("There is no master key: is MOONSHOT_DATA the right folder?")
    with ExitStack() as stack:
        url = _embedded(settings, stack) if settings.embedded else _own(settings)
        revision = installation.revision(url)
        if revision is None:
            raise Failure("The database has no tables yet: there is nothing to save.")
        fits = master_key.fits(url, decode_key(key))
        if include_key and not fits:
            raise Failure(f"{master_key.WRONG} {master_key.REMEDY}")
        found = binaries.find(settings.pg_bin)
        written = stack.enter_context(archive.created(file, force=force))
        with archive.part(written) as into:
            transfer.dump(url, found, into, row_security=not settings.embedded)
        manifest = archive.Manifest(
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            revision=revision,
            postgresql=found.version,
            key_fingerprint=archive.fingerprint(key) if fits else "",
        )
        archive.describe(written, manifest, key if include_key else None)
    click.echo(f"Saved {file} ({file.stat().st_size / 1_000_000:.1f} MB), schema {revision}.")
    click.echo(_about_the_key(settings, include_key=include_key) if fits else _WRONG_KEY)


def _about_the_key(settings: Settings, *, include_key: bool) -> str:
    if include_key:
        return "It holds the master key: whoever has this file can read everything. Lock it away."
    place = data_folder.master_key_file(settings.data)
    kept = place if settings.master_key is None else "MOONSHOT_MASTER_KEY"
    return f"The master key is not in it. A restore needs the key as well: keep {kept} elsewhere."


def _embedded(settings: Settings, stack: ExitStack) -> str:
    """The superuser's URL: of the running installation, else of a server started for this."""
    cluster = cluster_of(settings)
    if not cluster.exists:
        raise Failure(f"There is no database in {settings.data}. Is MOONSHOT_DATA right?")
    try:
        stack.enter_context(data_folder.hold(settings.data, "backup"))
        stack.enter_context(embedded_database(settings))
    except data_folder.InUseError:
        pass
    return cluster.url(SUPERUSER)


def _own(settings: Settings) -> str:
    return settings.url_of("DATABASE_BACKUP_URL")

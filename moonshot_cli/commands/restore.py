"""`moonshot restore FILE`: a backup becomes the embedded database, and every access is revoked."""

import shutil
import zipfile
from pathlib import Path

import click

from moonshot_cli import archive, data_folder
from moonshot_cli.failure import Failure
from moonshot_cli.installation import bootstrap, cluster_of
from moonshot_cli.postgres import binaries, server, transfer
from moonshot_cli.postgres.cluster import SUPERUSER, Cluster
from services.database import installation
from services.settings import Settings, read_settings


@click.command(name="restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Take the place of the database that is there.")
@click.option("--yes", is_flag=True, help="Do not ask before replacing.")
@click.option(
    "--without-key",
    is_flag=True,
    help="Restore although the master key is lost. What it wraps stays unreadable.",
)
def command(file: Path, *, replace: bool, yes: bool, without_key: bool) -> None:
    """Make the database from a saved FILE.

    The installation must be stopped. The file is checked, loaded beside the present database,
    and takes its place only once all is well; the present one is kept under another name.
    Afterwards every credential is revoked and every session ended: what was revoked after the
    backup was made must not come back to life. People sign in again and mint new credentials.

    The master key is taken from FILE, MOONSHOT_MASTER_KEY or MOONSHOT_DATA/master.key, whichever
    is the one that the backup was made with.
    """
    settings = read_settings()
    if not settings.embedded:
        raise Failure(
            "`moonshot restore` fills the embedded database only. For a database of your own: run "
            f"models/bootstrap.sql in an empty one, then `unzip -p {file} {archive.DUMP} | "
            "pg_restore --exit-on-error --single-transaction --dbname=…` as its administrator, "
            "and revoke every credential and session."
        )
    with archive.opened(file) as (saved, manifest, key_within):
        if not installation.knows(manifest.revision):
            raise Failure(
                f"{file} has schema {manifest.revision}, which this code does not know. It was "
                "made by a newer version: update the code first."
            )
        key = _fitting_key(settings, manifest, key_within)
        if key is None and not without_key:
            raise Failure(_no_key(settings, file, manifest))
        with data_folder.hold(settings.data, "restore"):
            _agree(settings, manifest, replace=replace, yes=yes)
            credentials, sessions = _restore(settings, saved, key)
    click.echo(f"Restored the database of {manifest.made_at} into {settings.data}.")
    click.echo(f"Revoked {credentials} credentials and ended {sessions} sessions.")
    for path in data_folder.set_aside(settings.data):
        click.echo(f"Kept from before: {path}. Delete it when you are sure.")


def _fitting_key(
    settings: Settings, manifest: archive.Manifest, key_within: str | None
) -> str | None:
    in_force = data_folder.read_master_key(settings)
    # What the environment says goes before any file, also at the next start.
    candidates = (key_within, in_force) if settings.master_key is None else (in_force,)
    for key in candidates:
        if key is not None and archive.fingerprint(key) == manifest.key_fingerprint:
            return key
    return None


def _no_key(settings: Settings, file: Path, manifest: archive.Manifest) -> str:
    place = "MOONSHOT_MASTER_KEY"
    if settings.master_key is None:
        place = str(data_folder.master_key_file(settings.data))
    return (
        f"{file} needs the master key with the fingerprint {manifest.key_fingerprint}, and {place} "
        "does not have it. Put it there, or give --without-key if it is lost: patients and logs "
        "come back, what it wraps does not."
    )


def _agree(settings: Settings, manifest: archive.Manifest, *, replace: bool, yes: bool) -> None:
    if not cluster_of(settings).exists:
        return
    if not replace:
        raise Failure(
            f"There is a database in {settings.data} already. Give --replace to put the backup in "
            "its place, or set MOONSHOT_DATA to an empty folder."
        )
    click.echo(
        f"The database in {settings.data} gives way to the backup of {manifest.made_at}. It is "
        "kept beside it under another name. Every credential is revoked, every session ended."
    )
    if not yes:
        click.confirm("Go on?", abort=True)


def _restore(settings: Settings, saved: zipfile.ZipFile, key: str | None) -> tuple[int, int]:
    staging = Cluster(settings.data / "postgres.restoring")
    shutil.rmtree(staging.folder, ignore_errors=True)
    try:
        revoked = _load(settings, staging, saved)
    except BaseException:
        shutil.rmtree(staging.folder, ignore_errors=True)
        raise
    if key is not None and key != data_folder.read_master_key(settings):
        data_folder.write_privately(staging.folder / "master.key", key + "\n")
    elif data_folder.read_master_key(settings) is None:
        data_folder.make_master_key(settings)
    # From this rename on the restore counts; what remains is finished by whoever comes next.
    staging.folder.rename(settings.data / "postgres.restored")
    data_folder.settle(settings.data)
    return revoked


def _load(settings: Settings, staging: Cluster, saved: zipfile.ZipFile) -> tuple[int, int]:
    found = binaries.find(settings.pg_bin)
    running = server.start(staging, found)
    try:
        bootstrap(staging)
        with saved.open(archive.DUMP) as source:
            transfer.load(staging.url(SUPERUSER), found, source)
        installation.migrate(staging.url("moonshot_owner"))
        return installation.revoke_access(staging.url(SUPERUSER))
    finally:
        running.stop()

"""`moonshot restore FILE`: a backup becomes the embedded database, and every access is revoked."""

import shutil
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import click

from moonshot_cli import archive, data_folder
from moonshot_cli.failure import Failure
from moonshot_cli.installation import bootstrap, cluster_of
from moonshot_cli.postgres import binaries, server, transfer
from moonshot_cli.postgres.cluster import SUPERUSER, Cluster
from services.database import installation, master_key
from services.setting_values import decode_key
from services.settings import Settings, read_settings


@click.command(name="restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Take the place of the database that is there.")
@click.option("--yes", is_flag=True, help="Do not ask before replacing.")
@click.option(
    "--without-key",
    is_flag=True,
    help="Restore although the master key is lost. Each clinic gets new keys; what the old ones "
    "wrap stays unreadable.",
)
def command(file: Path, *, replace: bool, yes: bool, without_key: bool) -> None:
    """Make the database from a saved FILE.

    The installation must be stopped. The file is checked, loaded beside the present database,
    and takes its place only once all is well; the present one is kept under another name.
    Afterwards every credential is revoked and every session ended: what was revoked after the
    backup was made must not come back to life. Each clinic's security log says so. New credentials
    come from `moonshot credential`.

    The master key must be the one that the backup was made with. If MOONSHOT_MASTER_KEY is set,
    it is that one; it is not written to any file, so set it at the next start too. If not, it is
    taken from FILE (after `backup --include-key`), else from MOONSHOT_DATA/master.key.
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
        in_force = data_folder.read_master_key(settings)
        with data_folder.hold(settings.data, "restore"):
            _agree(settings, manifest, replace=replace, yes=yes)
            credentials, sessions = _restore(settings, saved, manifest, key)
    click.echo(f"Restored the database of {manifest.made_at} into {settings.data}.")
    click.echo(f"Revoked {credentials} credentials and ended {sessions} sessions.")
    click.echo(_about_the_key(settings, file, key, in_force))
    click.echo("Mint a new credential with: moonshot credential CLINIC --role ROLE")
    for path in data_folder.set_aside(settings.data):
        click.echo(f"Kept from before: {path}. Delete it when you are sure.")


def _about_the_key(settings: Settings, file: Path, key: str | None, in_force: str | None) -> str:
    """Where the master key came from, and where the next start looks for it."""
    kept = data_folder.master_key_file(settings.data)
    if settings.master_key is not None:
        place = f"the one in MOONSHOT_MASTER_KEY; set it at each start, it is not kept in {kept}"
    elif key is not None and key != in_force:
        place = f"the one in {file}; it is kept in {kept} now"
    else:
        place = f"the one in {kept}"
    lost = "" if key is not None else " The old one is lost: each clinic got new keys, under this."
    return f"The master key is {place}.{lost}"


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
    if not manifest.key_fingerprint:
        return (
            f"{file} was saved without the right master key, so no key is known to fit. Give "
            "--without-key: patients and logs come back, what the key wraps does not."
        )
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


def _restore(
    settings: Settings, saved: zipfile.ZipFile, manifest: archive.Manifest, key: str | None
) -> tuple[int, int]:
    staging = Cluster(settings.data / "postgres.restoring")
    shutil.rmtree(staging.folder, ignore_errors=True)
    in_force = data_folder.read_master_key(settings)
    from_now_on = key or in_force or data_folder.new_master_key()
    try:
        with _loaded(settings, staging, saved) as admin:
            if key is None:
                master_key.replace_lost(admin, decode_key(from_now_on))
            revoked = installation.revoke_access(admin, made_at=manifest.made_at)
    except BaseException:
        shutil.rmtree(staging.folder, ignore_errors=True)
        raise
    if from_now_on != in_force:
        data_folder.write_privately(staging.folder / "master.key", from_now_on + "\n")
    # From this rename on the restore counts; what remains is finished by whoever comes next.
    staging.folder.rename(settings.data / "postgres.restored")
    data_folder.settle(settings.data)
    return revoked


@contextmanager
def _loaded(settings: Settings, staging: Cluster, saved: zipfile.ZipFile) -> Generator[str]:
    """Runs a server on what was saved until the block ends; gives the superuser's URL."""
    found = binaries.find(settings.pg_bin)
    running = server.start(staging, found)
    try:
        bootstrap(staging)
        with saved.open(archive.DUMP) as source:
            transfer.load(staging.url(SUPERUSER), found, source)
        installation.migrate(staging.url("moonshot_owner"))
        yield staging.url(SUPERUSER)
    finally:
        running.stop()

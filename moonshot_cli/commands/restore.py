"""`moonshot restore FILE`: a backup becomes the embedded database, and every access is revoked."""

import shutil
import zipfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import click

from moonshot_cli import archive, data_folder
from moonshot_cli.failure import Failure
from moonshot_cli.installation import bootstrap, cluster_of
from moonshot_cli.postgres import binaries, server, transfer
from moonshot_cli.postgres.cluster import SUPERUSER, Cluster
from services.database import installation, made_by, master_key, migration
from services.setting_values import decode_key
from services.settings import Settings, read_settings


@click.command(name="restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Take the place of the database that is there.")
@click.option("--yes", is_flag=True, help="Do not ask before replacing.")
@click.option(
    "--without-key",
    is_flag=True,
    help="Restore although the master key is lost. Clinics get new keys for those that do not "
    "open; what those wrap stays unreadable.",
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
        in_force = data_folder.read_master_key(settings)
        # What the environment says goes before any file, also at the next start.
        candidates = (key_within, in_force) if settings.master_key is None else (in_force,)
        keys = _Keys(in_force, [key for key in candidates if key is not None], without_key)
        if not keys.may_fit(manifest):
            raise Failure(_no_key(settings, manifest))
        with data_folder.hold(settings.data, "restore"):
            _agree(settings, manifest, replace=replace, yes=yes)
            done = _restore(settings, saved, manifest, keys)
    click.echo(f"Restored the database of {manifest.made_at} into {settings.data}.")
    click.echo(f"Revoked {done.credentials} credentials and ended {done.sessions} sessions.")
    click.echo(_about_the_key(settings, file, done, keys))
    click.echo("Mint a new credential with: moonshot credential CLINIC --role ROLE")
    for path in data_folder.set_aside(settings.data):
        click.echo(f"Kept from before: {path}. Delete it when you are sure.")


@dataclass(frozen=True)
class _Keys:
    """Master keys to try on what is restored."""

    in_force: str | None
    candidates: Sequence[str]
    may_be_lost: bool

    def may_fit(self, manifest: archive.Manifest) -> bool:
        """False if the backup says already that none of them fits."""
        said = manifest.key_fingerprint
        fitting = not said or said in map(archive.fingerprint, self.candidates)
        return fitting or self.may_be_lost


class _Done(NamedTuple):
    """What a restore did."""

    key: str
    replaced: int
    """How many keys of clinics did not open."""
    credentials: int
    sessions: int


def _about_the_key(settings: Settings, file: Path, done: _Done, keys: _Keys) -> str:
    """Where the master key came from, and where the next start looks for it."""
    kept = data_folder.master_key_file(settings.data)
    if settings.master_key is not None:
        place = f"the one in MOONSHOT_MASTER_KEY; set it at each start, it is not kept in {kept}"
    elif done.key != keys.in_force and done.key in keys.candidates:
        place = f"the one in {file}; it is kept in {kept} now"
    else:
        place = f"the one in {kept}"
    lost = ""
    if done.replaced:
        keys_of = f"{done.replaced} key{'' if done.replaced == 1 else 's'}"
        lost = f" It did not open {keys_of} of the clinics, which got new ones under it."
    return f"The master key is {place}.{lost}"


def _no_key(settings: Settings, manifest: archive.Manifest) -> str:
    place = "MOONSHOT_MASTER_KEY"
    if settings.master_key is None:
        place = str(data_folder.master_key_file(settings.data))
    if manifest.key_fingerprint:
        wanted = f"the master key with the fingerprint {manifest.key_fingerprint}"
    else:
        wanted = "another master key, which it cannot name: it was saved without it"
    return (
        f"This backup needs {wanted}, and {place} does not have it. Put it there, or give "
        "--without-key if it is lost: patients and logs come back, what it wraps does not."
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
    settings: Settings, saved: zipfile.ZipFile, manifest: archive.Manifest, keys: _Keys
) -> _Done:
    staging = Cluster(settings.data / "postgres.restoring")
    shutil.rmtree(staging.folder, ignore_errors=True)
    try:
        with _loaded(settings, staging, saved) as admin:
            key, replaced = _try_keys(settings, manifest, keys, admin)
            revoked = installation.revoke_access(admin, made_at=manifest.made_at)
    except BaseException:
        shutil.rmtree(staging.folder, ignore_errors=True)
        raise
    if key != keys.in_force:
        data_folder.write_privately(staging.folder / "master.key", key + "\n")
    # From this rename on the restore counts; what remains is finished by whoever comes next.
    staging.folder.rename(settings.data / "postgres.restored")
    data_folder.settle(settings.data)
    return _Done(key, replaced, *revoked)


def _try_keys(
    settings: Settings, manifest: archive.Manifest, keys: _Keys, admin: str
) -> tuple[str, int]:
    """The master key from now on, and how many keys it did not open and were replaced."""
    fitting = (key for key in keys.candidates if master_key.fits(admin, decode_key(key)))
    key = next(fitting, None)
    if keys.may_be_lost:
        key = key or keys.in_force or data_folder.new_master_key()
        return key, master_key.replace_lost(admin, decode_key(key))
    if key is None:
        raise Failure(_no_key(settings, manifest))
    return key, 0


@contextmanager
def _loaded(settings: Settings, staging: Cluster, saved: zipfile.ZipFile) -> Generator[str]:
    """Runs a server on what was saved until the block ends; gives the superuser's URL."""
    found = binaries.find(settings.pg_bin)
    running = server.start(staging, found)
    try:
        bootstrap(staging)
        with saved.open(archive.DUMP) as source:
            transfer.load(staging.url(SUPERUSER), found, source)
        migration.migrate(staging.url("moonshot_owner"))
        if not made_by.is_this_code(staging.url("moonshot_owner")):
            raise Failure(
                "Another, unreleased version of the code made this backup, and no migration leads "
                "from there to here. Restore it with the version that made it."
            )
        yield staging.url(SUPERUSER)
    finally:
        running.stop()

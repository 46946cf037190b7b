"""The installation as a command needs it: database up, schema current, master key there."""

import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Final

from pydantic import SecretStr

from moonshot_cli import data_folder
from moonshot_cli.child import Child
from moonshot_cli.failure import Failure
from moonshot_cli.postgres import binaries, server
from moonshot_cli.postgres.cluster import DATABASE, LOGINS, SUPERUSER, Cluster
from moonshot_cli.postgres.server import Server
from services.database import installation, made_by, master_key
from services.settings import ROLES, Settings

PATIENCE_SECONDS: Final = 30.0
"""How long a command waits for a `moonshot up` that has only just begun."""


def cluster_of(settings: Settings) -> Cluster:
    return Cluster(settings.data / "postgres")


def complete(settings: Settings, cluster: Cluster) -> Settings:
    """The settings with the embedded database's URLs and the master key filled in."""
    return settings.model_copy(
        update={
            "master_key": SecretStr(_master_key(settings, cluster)),
            "database_url": SecretStr(cluster.url("moonshot_app")),
            "database_worker_url": SecretStr(cluster.url("moonshot_worker")),
            "database_owner_url": SecretStr(cluster.url("moonshot_owner")),
        }
    )


def _master_key(settings: Settings, cluster: Cluster) -> str:
    """The key, made if there is no database yet that could hold something wrapped by another."""
    key = data_folder.read_master_key(settings)
    if key is not None:
        return key
    if cluster.exists:
        raise Failure(
            f"{data_folder.master_key_file(settings.data)} is missing, and the database beside it "
            "holds keys that it wraps. Put the file back, or set MOONSHOT_MASTER_KEY to what was "
            "in it."
        )
    return data_folder.make_master_key(settings)


def bring_up_to_date(settings: Settings, cluster: Cluster | None) -> list[str]:
    """Makes or checks roles and extensions, migrates, tries the key; gives the revisions applied.

    Refuses a database that another version made at this revision.

    `cluster` is the embedded one, None for a database of one's own. Settings are complete.
    """
    if cluster is None:
        refuse_unless_ready(settings)
    else:
        bootstrap(cluster)
    owner_url = settings.url_of("DATABASE_OWNER_URL")
    applied: list[str] = []
    if installation.revision(owner_url) != installation.head_revision():
        from services.database import migration  # noqa: PLC0415 -- few starts need Alembic

        applied = migration.migrate(owner_url)
    made_by.refuse_other(owner_url)
    master_key.refuse_wrong(settings, "DATABASE_OWNER_URL")
    return applied


def bootstrap(cluster: Cluster) -> None:
    """Makes the database and the roles of a cluster whose server runs, unless they are there."""
    passwords = cluster.passwords()
    logins = {role: passwords[role] for role in LOGINS}
    installation.bootstrap(cluster.url(SUPERUSER, SUPERUSER), DATABASE, logins)


def refuse_unless_ready(settings: Settings) -> None:
    """Failure with all that a database of one's own lacks."""
    from services.database import inspection  # noqa: PLC0415 -- it reads every table's model

    urls = {name: settings.url_of(name) for name in ROLES}
    lacking = [found for found in inspection.check(urls) if found.grave and not found.good]
    if lacking:
        lines = [f"  - {finding.what}: no. {finding.remedy}" for finding in lacking]
        raise Failure("\n".join(["The database is not ready for Moonshot Clinic:", *lines]))


def refuse_unless_current(settings: Settings) -> None:
    """Failure for another revision, InstallationError for another version or a wrong master key."""
    owner_url = settings.url_of("DATABASE_OWNER_URL")
    found = installation.revision(owner_url)
    wanted = installation.head_revision()
    if found != wanted:
        raise Failure(
            f"The database is at revision {found or 'none'}, this code needs {wanted}. "
            "Run `moonshot migrate`."
        )
    made_by.refuse_other(owner_url)
    master_key.refuse_wrong(settings, "DATABASE_OWNER_URL")


@contextmanager
def embedded_database(
    settings: Settings,
    *,
    on_line: Callable[[Child, str], None] | None = None,
) -> Generator[Server]:
    """Runs the embedded server, on a cluster made if there is none, until the block has ended.

    The caller holds the data folder.
    """
    cluster = cluster_of(settings)
    _master_key(settings, cluster)
    found = binaries.find(settings.pg_bin)
    running = server.start(cluster, found, on_line=on_line)
    try:
        yield running
    finally:
        running.stop()


@contextmanager
def open_installation(settings: Settings, command: str) -> Generator[Settings]:
    """What a command needs that reads or writes clinics: complete settings, a database up.

    The embedded database of a running `moonshot up` is used as it is; if there is none, the
    database is started and migrated for the block alone.
    """
    if not settings.embedded:
        refuse_unless_current(settings)
        yield settings
        return
    with ExitStack() as stack:
        if _held(stack, settings, command):
            cluster = stack.enter_context(embedded_database(settings)).cluster
            ready = complete(settings, cluster)
            bring_up_to_date(ready, cluster)
        else:
            ready = _of_running_up(settings)
        yield ready


def _held(stack: ExitStack, settings: Settings, command: str) -> bool:
    """Holds the data folder until the stack ends; False if another command does."""
    try:
        stack.enter_context(data_folder.hold(settings.data, command))
    except data_folder.InUseError:
        return False
    return True


def _of_running_up(settings: Settings) -> Settings:
    """Waits until the `moonshot up` that holds the folder has its database ready.

    What waiting does not mend is told at once.
    """
    cluster = cluster_of(settings)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        holder = data_folder.holder(settings.data)
        if holder is None or holder.command != "up":
            raise Failure(f"Another command was at work on {settings.data}. Try again.")
        try:
            ready = complete(settings, cluster)
            refuse_unless_current(ready)
        except (Failure, installation.UnreachableError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return ready

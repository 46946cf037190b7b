"""As whom PostgreSQL runs: it refuses root, and wants a user that has a name."""

import os
import pwd
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from moonshot_cli.child import tied
from moonshot_cli.failure import Failure

LIKELY_USERS = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """`prefix` goes before each command; `user` is the uid and gid to run it as, None for ours."""

    prefix: tuple[str, ...] = ()
    user: tuple[int, int] | None = None

    def run(self, *argv: str | Path) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end as this account, output captured."""
        uid, gid = self.user or (None, None)
        return subprocess.run(
            [*self.prefix, *tied(signal.SIGTERM), *argv],
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            cwd="/",
            env=environment(),
            user=uid,
            group=gid,
            extra_groups=None if self.user is None else [],
        )

    def own(self, folder: Path) -> None:
        """Gives the folder and all in it to this account, where it is not so already."""
        if self.user is None or folder.stat().st_uid == self.user[0]:
            return
        for path in (folder, *folder.rglob("*")):
            os.chown(path, *self.user, follow_symlinks=False)


def environment() -> dict[str, str]:
    """What PostgreSQL's programs get of our environment: no secrets, no PG* variables."""
    kept = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C"}


def choose(data: Path, postgres: Path) -> Account:
    """Chooses the account for a cluster folder that exists and may be empty.

    Raises:
        Failure: every way was tried; says what was tried and what to do.
    """
    owner = data.stat().st_uid
    if os.geteuid() != 0 and _has_name(os.geteuid()):
        return Account()
    if os.geteuid() == 0 and owner != 0:
        return _other_user(owner, data, postgres)
    tried: list[str] = []
    mapped = _mapped(tried)
    if mapped is not None:
        return mapped
    if os.geteuid() == 0:
        for name in LIKELY_USERS:
            account = _named_user(name, data, postgres, tried)
            if account is not None:
                return account
    raise Failure(_refusal(tried))


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _mapped(tried: list[str]) -> Account | None:
    """A user namespace in which we appear as an ordinary user; files stay ours."""
    unshare = shutil.which("unshare")
    name = next((entry for entry in pwd.getpwall() if entry.pw_uid != 0), None)
    if unshare is None or name is None:
        tried.append("a user namespace: there is no unshare command")
        return None
    ids = (f"--map-user={name.pw_uid}", f"--map-group={name.pw_gid}")
    account = Account(prefix=(unshare, "--user", *ids, "--"))
    probe = account.run("true")
    if probe.returncode == 0:
        return account
    tried.append(f"a user namespace: {probe.stderr.strip()}")
    return None


def _named_user(name: str, data: Path, postgres: Path, tried: list[str]) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        tried.append(f"the user {name}: there is none")
        return None
    account = Account(user=(entry.pw_uid, entry.pw_gid))
    if blocked := _out_of_reach(account, data, postgres):
        tried.append(f"the user {name}: cannot reach {blocked}")
        return None
    return account


def _other_user(uid: int, data: Path, postgres: Path) -> Account:
    account = Account(user=(uid, data.stat().st_gid))
    if blocked := _out_of_reach(account, data, postgres):
        raise Failure(_refusal([f"the user {uid} who owns {data}: cannot reach {blocked}"]))
    return account


def _out_of_reach(account: Account, data: Path, postgres: Path) -> Path | None:
    # Only folders of ours are opened, and only for passing through; those above stay as they are.
    for folder in (data.parent, data.parent.parent):
        folder.chmod(folder.stat().st_mode | 0o111)
    for path in (data.parent, postgres):
        if account.run("test", "-x", path).returncode != 0:
            return path
    return None


def _refusal(tried: list[str]) -> str:
    ways = "\n".join(f"  - {way}" for way in tried)
    return f"""\
PostgreSQL does not run as root, nor as a user without a name, and no way around was found. Tried:
{ways}
Do one of these:
  - run this command as an ordinary user who owns the data folder
  - put the project and MOONSHOT_DATA where every user may pass, such as /srv or /opt
  - set MOONSHOT_PG_BIN to a PostgreSQL that every user may run
  - set DATABASE_URL, DATABASE_WORKER_URL and DATABASE_OWNER_URL to a PostgreSQL that runs"""

"""As whom PostgreSQL runs: as root, as an ordinary user, as a user without a name."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from types import SimpleNamespace

import pytest

from moonshot_cli.failure import Failure
from moonshot_cli.postgres import account, server
from moonshot_cli.postgres.account import Account
from moonshot_cli.postgres.binaries import Binaries
from moonshot_cli.postgres.cluster import Cluster
from moonshot_cli.postgres.server import Server
from services.settings import PROJECT
from tests.moonshot_cli.installations import at_work_in, connect

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become someone else")

Start = Callable[[Cluster], Server]
NOBODY = pwd.getpwnam("nobody").pw_uid
LIKELY = {entry.pw_uid for entry in pwd.getpwall() if entry.pw_name in account.LIKELY_USERS}
WITHOUT_NAME = 54_321
STARTS_TWICE = """
import sys
from pathlib import Path
from moonshot_cli.postgres import binaries, server
from moonshot_cli.postgres.cluster import Cluster
cluster = Cluster(Path(sys.argv[1]))
for _ in range(2):
    server.start(cluster, binaries.find(None)).stop()
print("started twice")
"""


@pytest.fixture
def open_folder() -> Generator[Path]:
    """A folder in a place where every user may pass."""
    folder = Path(tempfile.mkdtemp(prefix="moonshot-account-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def no_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "shutil", SimpleNamespace(which=lambda _name: None))


def owner(path: Path) -> int:
    return path.stat().st_uid


def as_user(uid: int, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs Python as that user, with an interpreter that everyone may run."""
    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        try:
            return subprocess.run(
                [python, *command],
                check=False,
                user=uid,
                group=uid,
                extra_groups=[],
                cwd="/",
                env={
                    "PATH": os.environ["PATH"],
                    "PYTHONPATH": os.pathsep.join([str(PROJECT), *filter(None, sys.path)]),
                },
                capture_output=True,
                text=True,
                timeout=120,
            )
        except PermissionError:
            continue
    pytest.skip("no Python here that other users may run")


def test_root_runs_it_in_a_user_namespace_and_keeps_its_files(open_folder: Path, start: Start):
    cluster = Cluster(open_folder / "postgres")
    start(cluster)
    assert owner(cluster.data) == 0
    with connect(cluster) as admin:
        assert admin.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.usefixtures("no_namespaces")
def test_root_without_namespaces_runs_it_as_another_user_and_keeps_the_passwords(
    open_folder: Path, start: Start, programs: Binaries
):
    if Account(user=(NOBODY, NOBODY)).run("test", "-x", programs.path("postgres")).returncode:
        pytest.skip("other users cannot reach the programs here")
    cluster = Cluster(open_folder / "postgres")
    start(cluster)
    assert owner(cluster.data) == owner(cluster.data / "base")
    assert owner(cluster.data) in LIKELY
    assert owner(cluster.folder / "passwords.json") == 0
    assert {process.uids().real for process in at_work_in(cluster.folder)} <= LIKELY


def test_a_database_of_a_namespace_is_taken_over_by_another_user(
    open_folder: Path, start: Start, programs: Binaries, monkeypatch: pytest.MonkeyPatch
):
    if Account(user=(NOBODY, NOBODY)).run("test", "-x", programs.path("postgres")).returncode:
        pytest.skip("other users cannot reach the programs here")
    cluster = Cluster(open_folder / "postgres")
    start(cluster).stop()
    monkeypatch.setattr(account, "shutil", SimpleNamespace(which=lambda _name: None))
    start(cluster)
    assert owner(cluster.data / "base") in LIKELY


@pytest.mark.usefixtures("no_namespaces")
def test_root_with_no_way_around_is_told_every_way_there_is(tmp_path: Path, programs: Binaries):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(Failure) as refusal:
        server.start(Cluster(closed / "data" / "postgres"), programs)
    said = str(refusal.value)
    for way in ("ordinary user", "MOONSHOT_DATA", "MOONSHOT_PG_BIN", "DATABASE_URL"):
        assert way in said
    assert "user namespace" in said
    assert "nobody: cannot reach" in said


@pytest.mark.parametrize("uid", [NOBODY, WITHOUT_NAME], ids=["ordinary", "without a name"])
def test_another_user_starts_it_and_root_after_them(
    uid: int, open_folder: Path, start: Start, programs: Binaries
):
    os.chown(open_folder, uid, uid)
    cluster = Cluster(open_folder / "postgres")
    done = as_user(uid, "-c", STARTS_TWICE, cluster.folder)
    assert done.stdout == "started twice\n", done.stderr
    assert owner(cluster.data) == uid
    if Account(user=(uid, uid)).run("test", "-x", programs.path("postgres")).returncode:
        return
    start(cluster)
    assert owner(cluster.data / "postmaster.pid") == uid


def test_a_data_folder_of_someone_else_is_refused_with_what_to_do(open_folder: Path):
    open_folder.chmod(0o755)
    (open_folder / "data").mkdir(mode=0o755)
    done = as_user(
        NOBODY,
        "-c",
        "from pathlib import Path; from moonshot_cli import data_folder;"
        f"data_folder.create(Path({str(open_folder / 'data')!r}))",
    )
    assert "MOONSHOT_DATA" in done.stderr
    assert "cannot be written by this user" in done.stderr

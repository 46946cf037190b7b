"""The embedded server: how it is set, what survives, what is in its way, what it leaves behind."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import psycopg
import pytest

from moonshot_cli.failure import Failure
from moonshot_cli.postgres import server
from moonshot_cli.postgres.binaries import Binaries, find
from moonshot_cli.postgres.cluster import SUPERUSER, Cluster
from moonshot_cli.postgres.server import Server
from services.settings import PROJECT
from tests.moonshot_cli.installations import at_work_in, connect, plain_environment, until

Start = Callable[[Cluster], Server]

PARENT = """
import sys, time
from pathlib import Path
from moonshot_cli import child
from moonshot_cli.postgres import binaries, server
from moonshot_cli.postgres.cluster import Cluster
if sys.argv[2] == "untied":
    server.tied = lambda _: ()
server.start(Cluster(Path(sys.argv[1])), binaries.find(None))
print("started", flush=True)
time.sleep(600)
"""


def parent_of(cluster: Cluster, how: str = "tied") -> subprocess.Popen[str]:
    """A process that has started the cluster's server and waits."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(cluster.folder), how],
        env=plain_environment(),
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "started\n"
    return parent


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def keep_a_row(cluster: Cluster) -> None:
    with connect(cluster) as admin:
        admin.execute("DROP TABLE IF EXISTS kept")
        admin.execute("CREATE TABLE kept AS SELECT 'it' AS what")


def assert_row_is_there(cluster: Cluster) -> None:
    with connect(cluster) as admin:
        assert admin.execute("SELECT what FROM kept").fetchall() == [("it",)]


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """What the `started` server has said."""
    return []


@pytest.fixture(scope="module")
def started(
    tmp_path_factory: pytest.TempPathFactory,
    made_folder: Path,
    programs: Binaries,
    lines: list[str],
) -> Generator[Cluster]:
    """A cluster whose server runs all the time, beside the others."""
    folder = tmp_path_factory.mktemp("started") / "postgres"
    cluster = Cluster(Path(shutil.copytree(made_folder, folder)))
    running = server.start(cluster, programs, on_line=lambda _, line: lines.append(line))
    yield cluster
    running.stop()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("jit", "off"),
        ("TimeZone", "UTC"),
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
        ("password_encryption", "scram-sha-256"),
        ("server_encoding", "UTF8"),
        ("shared_preload_libraries", "pg_stat_statements"),
        ("log_min_messages", "log"),
        ("log_error_verbosity", "terse"),
        ("data_checksums", "on"),
    ],
)
def test_a_server_is_set_for_safety(started: Cluster, name: str, value: str):
    with connect(started) as admin:
        assert admin.execute("SELECT current_setting(%s)", [name]).fetchone() == (value,)


def test_every_login_needs_a_password(started: Cluster):
    with connect(started) as admin:
        methods = admin.execute("SELECT DISTINCT auth_method FROM pg_hba_file_rules").fetchall()
    assert methods == [("scram-sha-256",)]
    wrong = started.url(SUPERUSER, SUPERUSER).replace(started.passwords()[SUPERUSER], "wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


@pytest.mark.promise("10.keeping.process-log")
def test_an_error_with_a_patients_data_is_not_in_the_log(started: Cluster, lines: list[str]):
    with connect(started) as admin, pytest.raises(psycopg.Error, match="Jane Doe"):
        admin.execute("SELECT 'Jane Doe'::uuid")
    with connect(started) as admin:
        admin.execute("SELECT pg_reload_conf()")
    until(lambda: any("SIGHUP" in line for line in lines), "the log reached the reload")
    assert not [line for line in lines if "Jane" in line]


def test_passwords_are_for_the_owner_alone(cluster: Cluster):
    assert stat.S_IMODE((cluster.folder / "passwords.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(cluster.data.stat().st_mode) == 0o700
    passwords = cluster.passwords()
    assert len(set(passwords.values())) == 4
    assert all(len(password) >= 32 for password in passwords.values())


def test_a_second_start_finds_everything_where_it_was(cluster: Cluster, start: Start):
    first = start(cluster)
    keep_a_row(cluster)
    url = cluster.url(SUPERUSER)
    first.stop()
    assert not at_work_in(cluster.folder)
    start(cluster)
    assert cluster.url(SUPERUSER) == url
    assert_row_is_there(cluster)


def test_a_taken_port_is_given_up_for_another(cluster: Cluster, start: Start):
    start(cluster).stop()
    before = cluster.port_file.read_text()
    with socket.create_server(("127.0.0.1", int(before))):
        start(cluster)
        assert cluster.port_file.read_text() != before
        with connect(cluster) as admin:
            assert admin.execute("SELECT 1").fetchone() == (1,)


def test_a_path_longer_than_a_socket_may_have(tmp_path: Path, cluster: Cluster, start: Start):
    deep = tmp_path / ("d" * 100) / ("e" * 100) / "a folder"
    deep.parent.mkdir(parents=True)
    cluster.folder.rename(deep)
    moved = start(Cluster(deep))
    keep_a_row(moved.cluster)
    moved.stop()
    deep.rename(cluster.folder)


def test_a_first_start_that_was_cut_off_is_done_again(tmp_path: Path, start: Start):
    cluster = Cluster(tmp_path / "postgres")
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(cluster.folder), "tied"],
        env=plain_environment(),
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
    )
    until(lambda: list(cluster.folder.glob("data.new*/base")), "initdb has begun")
    parent.kill()
    parent.wait()
    assert not cluster.exists
    start(cluster)
    keep_a_row(cluster)
    assert not list(cluster.folder.glob("data.new*"))


def test_the_server_ends_when_its_parent_is_killed(cluster: Cluster, start: Start):
    parent = parent_of(cluster)
    keep_a_row(cluster)
    assert at_work_in(cluster.folder)
    kill(parent)
    until(lambda: not at_work_in(cluster.folder), "the server ends with its parent")
    start(cluster)
    assert_row_is_there(cluster)


def test_a_server_left_behind_is_ended_by_the_next_start(cluster: Cluster, start: Start):
    parent = parent_of(cluster, "untied")
    keep_a_row(cluster)
    [left] = [process for process in at_work_in(cluster.folder) if process.ppid() == parent.pid]
    kill(parent)
    assert left in at_work_in(cluster.folder)
    start(cluster)
    assert left not in at_work_in(cluster.folder)
    assert_row_is_there(cluster)


def test_what_was_committed_survives_a_kill_of_everything(cluster: Cluster, start: Start):
    parent = parent_of(cluster)
    keep_a_row(cluster)
    admin = connect(cluster)
    admin.execute("BEGIN")
    admin.execute("UPDATE kept SET what = 'lost'")
    parent.send_signal(signal.SIGSTOP)
    for process in at_work_in(cluster.folder):
        process.kill()
    kill(parent)
    admin.close()
    until(lambda: not at_work_in(cluster.folder), "all are gone")
    assert (cluster.data / "postmaster.pid").exists()
    start(cluster)
    assert_row_is_there(cluster)


def test_a_stale_pid_that_belongs_to_another_process_is_no_hindrance(
    cluster: Cluster, start: Start
):
    pid_file = cluster.data / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{cluster.data}\n1\n1\n\n127.0.0.1\n\nready\n")
    start(cluster)
    assert pid_file.read_text().split()[0] != str(os.getpid())


def test_a_database_of_another_major_version_is_refused(cluster: Cluster, programs: Binaries):
    mark = cluster.data / "PG_VERSION"
    version = mark.read_text()
    mark.write_text("15\n")
    with pytest.raises(Failure, match=r"made by PostgreSQL 15.*MOONSHOT_PG_BIN"):
        server.start(cluster, programs)
    mark.write_text(version)


def test_lost_passwords_are_a_clear_message(cluster: Cluster, start: Start):
    start(cluster)
    passwords = cluster.folder / "passwords.json"
    passwords.rename(passwords.with_name("elsewhere"))
    with pytest.raises(Failure, match=r"passwords.json is missing"):
        cluster.url(SUPERUSER)
    passwords.with_name("elsewhere").rename(passwords)


def test_a_server_that_cannot_start_says_why(cluster: Cluster, programs: Binaries):
    control = cluster.data / "global" / "pg_control"
    content = control.read_bytes()
    control.write_bytes(b"")
    with pytest.raises(Failure, match=r"did not start.*\n.*pg_control"):
        server.start(cluster, programs)
    assert not at_work_in(cluster.folder)
    control.write_bytes(content)


def test_a_folder_without_a_program_that_runs_is_a_clear_message(tmp_path: Path):
    (tmp_path / "postgres").write_text("not a program")
    (tmp_path / "postgres").chmod(0o755)
    with pytest.raises(Failure, match="does not run on this machine"):
        find(tmp_path)


def test_signals_do_not_interrupt_a_stop(cluster: Cluster):
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            PARENT.replace("time.sleep(600)", "")
            .replace("server.start", "running = server.start")
            .replace('print("started", flush=True)', STOP_UNDER_SIGNALS),
            str(cluster.folder),
            "tied",
        ],
        env=plain_environment(),
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )
    output, _ = parent.communicate(timeout=120)
    assert (output, parent.returncode) == ("stopped 0\n", 0)


STOP_UNDER_SIGNALS = """
import os, signal, threading
wait = running.child.wait
def disturbed(seconds):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        os.kill(os.getpid(), number)
    return wait(seconds)
running.child.wait = disturbed
running.stop()
print("stopped", running.child.exit_code, flush=True)
"""

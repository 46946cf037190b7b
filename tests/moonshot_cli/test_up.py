"""`moonshot up`: one command that starts all, says so, and leaves nothing behind."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Generator
from itertools import count
from pathlib import Path

import psutil
import pytest

from moonshot_cli import data_folder
from moonshot_cli.commands.up import CLOSING_SECONDS
from moonshot_cli.doors import DOORS
from moonshot_cli.postgres.cluster import Cluster
from moonshot_cli.postgres.server import Server
from services.settings import DRAIN_SECONDS, PROJECT, ROLES, read_settings
from tests.moonshot_cli.installations import (
    Installation,
    at_work_in,
    until,
)

WITH_A_SMALL_DOOR = """
import signal
import sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
from types import SimpleNamespace
nothing = {"FirstCredential": object, "first_credential": lambda _: (None, ())}
sys.modules["moonshot_cli.first_sandbox"] = SimpleNamespace(ROLE="", CLINIC="", OWNER="", **nothing)
from moonshot_cli import command_line, doors
from moonshot_cli.commands import up
small = doors.Door("small", "tests.moonshot_cli.small_door", "MOONSHOT_MCP_PORT")
up.run.__defaults__ = ([small],)
sys.argv = ["moonshot", "up"]
command_line.main()
"""
"""Everything but what is behind the door, and the sandbox, which take their time."""


INTERRUPTED = """
import os
import runpy
import signal
import sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # as above
awaited = sys.argv[1]
class CtrlC:
    def find_spec(self, name, path=None, target=None):
        if name == awaited:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, CtrlC())
sys.argv = ["moonshot", "up"]
runpy.run_module("moonshot_cli", run_name="__main__", alter_sys=True)
"""
"""`python -m moonshot_cli up`, which gets a Ctrl-C when it comes to import a certain module."""
REAL = "import sys; sys.argv[1:] = ['up']; from moonshot_cli.command_line import main; main()"
LOGINS_SEEN = """
from services.settings import ROLES, read_settings
settings = read_settings()
print(*(name for name in (*ROLES, "DATABASE_BACKUP_URL") if settings.has(name)), settings.log_level)
"""


NUMBERS = count()
PATIENCE = 90
"""Seconds; a machine may be busy with other tests."""


class Running:
    """A `moonshot up` in a process of its own."""

    def __init__(
        self,
        installation: Installation,
        manners: str = "",
        script: str = WITH_A_SMALL_DOOR,
        **settings: str,
    ) -> None:
        self.installation = installation
        installation.data.parent.mkdir(exist_ok=True)
        self._log = installation.data.with_suffix(f".{next(NUMBERS)}.log")
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", script],
                env=installation.environment | settings | {"SMALL_DOOR": manners},
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        return self._log.read_text()

    def until_said(self, words: str) -> None:
        def said_or_ended() -> bool:
            return words in self.said or self.process.poll() is not None

        until(said_or_ended, f"{words!r} in: {self.said}")
        assert words in self.said, self.said

    def family(self) -> list[psutil.Process]:
        me = psutil.Process(self.process.pid)
        return [me, *me.children(recursive=True)]

    def end(self, *signals: signal.Signals) -> int:
        """Sends the signals, waits, and asserts that nothing of it is left."""
        family = self.family()
        for number in signals:
            self.process.send_signal(number)
        code = self.process.wait(timeout=PATIENCE)
        _, alive = psutil.wait_procs(family, timeout=20)
        assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []
        assert at_work_in(self.installation.data) == []
        return code


@pytest.fixture
def up(used: Installation) -> Generator[Running]:
    """An installation that is up and ready."""
    running = Running(used)
    running.until_said("is running")
    yield running
    running.process.kill()
    running.process.wait()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, migrated_folder: Path) -> Generator[Running]:
    """One that is up for all tests which leave it so."""
    data = Path(shutil.copytree(migrated_folder, tmp_path_factory.mktemp("shared") / "data"))
    running = Running(Installation.at(data))
    running.until_said("is running")
    yield running
    running.end(signal.SIGTERM)


def get(port: int, path: str, address: str = "127.0.0.1") -> int:
    connection = http.client.HTTPConnection(address, port, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def with_a_clinic(installation: Installation) -> None:
    """Adds a clinic whose key is wrapped by the installation's master key."""
    installation.succeed("sandbox", "owner@clinic.example")


@pytest.mark.promise("15.up.says-the-address")
def test_up_says_the_endpoint_once_every_door_answers(shared: Running):
    assert get(shared.installation.port, "/readyz") == 200
    web = shared.installation.environment["MOONSHOT_PORT"]
    assert f"http://127.0.0.1:{web}/api/mcp/v1" in shared.said


@pytest.mark.promise("4.roles.embedded-bootstrap", "15.up.one-command")
def test_up_makes_everything_in_an_empty_folder(empty: Installation):
    running = Running(empty)
    running.until_said("is running")
    assert "schema brought to revision" in running.said
    assert running.end(signal.SIGINT) == 0
    assert oct((empty.data / "master.key").stat().st_mode)[-3:] == "600"
    assert oct(empty.data.stat().st_mode)[-3:] == "700"


@pytest.mark.promise("15.up.one-command")
def test_the_real_up_serves_and_stops(empty: Installation):
    running = Running(empty, script=REAL)
    running.until_said("Connect Claude Code")
    assert get(empty.port, "/readyz") == 200
    assert get(empty.port, "/api/mcp/v1") == 401
    web = int(empty.environment["MOONSHOT_PORT"])
    assert get(web, "/") == 200
    assert get(web, "/api/mcp/v1") == 401
    assert running.end(signal.SIGTERM) == 0


@pytest.mark.promise("15.up.stops")
@pytest.mark.parametrize(
    "signals",
    [[signal.SIGINT], [signal.SIGHUP], [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]],
    ids=["ctrl-c", "hang up", "all of them"],
)
def test_a_signal_stops_all_and_leaves_no_process(up: Running, signals: list[signal.Signals]):
    assert up.end(*signals) == 0


@pytest.mark.promise("15.up.drains")
def test_a_door_may_finish_what_it_is_doing(up: Running):
    up.end(signal.SIGTERM)
    assert "drained" in up.said
    assert up.said.endswith("moonshot | stopped\n")


def test_a_second_ctrl_c_does_not_wait_for_a_deaf_door(used: Installation):
    running = Running(used, "deaf")
    running.until_said("is running")
    running.process.send_signal(signal.SIGINT)
    running.until_said("draining")
    assert running.end(signal.SIGINT) == 0
    assert "stopping at once" in running.said


@pytest.mark.promise("15.up.stops")
def test_ctrl_c_while_the_database_is_made_leaves_no_process(empty: Installation):
    running = Running(empty)
    until(lambda: list(empty.data.glob("postgres/data.new-*")), "initdb has begun")
    assert running.end(signal.SIGINT) == 130
    assert "Traceback" not in running.said


@pytest.mark.parametrize(
    "module", ["click", "pydantic", "services.settings", "moonshot_cli.commands.up", "psycopg"]
)
def test_ctrl_c_while_python_imports_is_quiet(empty: Installation, module: str):
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, module],
        env=empty.environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
    assert not empty.data.exists()


@pytest.mark.promise("15.up.stops")
def test_a_kill_of_up_leaves_no_process_and_the_next_up_works(up: Running):
    family = up.family()
    up.process.kill()
    up.process.wait()
    _, alive = psutil.wait_procs(family, timeout=PATIENCE)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []
    again = Running(up.installation)
    again.until_said("is running")
    assert again.end(signal.SIGINT) == 0


@pytest.mark.promise("15.up.one-log")
def test_a_door_that_ends_by_itself_stops_everything_and_is_quoted(up: Running):
    with pytest.raises((http.client.HTTPException, OSError)):
        get(up.installation.port, "/leave")
    assert up.process.wait(timeout=PATIENCE) == 1
    assert "small ended by itself with exit code 3" in up.said
    assert up.said.count("leaving, as asked") == 2
    assert at_work_in(up.installation.data) == []


def test_a_database_that_dies_stops_everything(up: Running):
    [postmaster] = [
        process for process in at_work_in(up.installation.data) if process.ppid() == up.process.pid
    ]
    postmaster.kill()
    assert up.process.wait(timeout=PATIENCE) == 1
    assert "postgres ended by itself with exit code -9" in up.said


@pytest.mark.promise("15.up.one-log")
def test_a_door_that_cannot_open_is_quoted(used: Installation):
    running = Running(used, "broken")
    assert running.process.wait(timeout=PATIENCE) == 1
    assert "small ended by itself with exit code 1" in running.said
    assert "cannot open: no key" in running.said
    assert "is running" not in running.said


def test_a_second_up_on_the_same_data_says_which_runs_and_harms_nothing(shared: Running):
    second = Running(shared.installation)
    assert second.process.wait(timeout=PATIENCE) == 1
    assert "`moonshot up` is already running" in second.said
    assert f"pid {shared.process.pid}" in second.said
    assert get(shared.installation.port, "/readyz") == 200


def test_a_taken_port_is_named_before_anything_is_started(empty: Installation):
    with socket.create_server(("127.0.0.1", empty.port)):
        running = Running(empty)
        assert running.process.wait(timeout=PATIENCE) == 1
    assert f"Port {empty.port}" in running.said
    assert "MOONSHOT_MCP_PORT" in running.said
    assert not empty.cluster.folder.exists()


@pytest.mark.promise("15.settings.all-wrong-at-once")
def test_wrong_settings_are_listed_and_nothing_is_started(empty: Installation):
    done = empty.run("up", MOONSHOT_PORT="x", MOONSHOT_LOG_LEVEL="y")
    assert done.exit_code == 1
    assert "2 settings are wrong" in done.stderr
    assert not empty.data.exists()


def test_a_door_is_told_its_own_login_and_the_key_and_no_more(shared: Running):
    assert "knows DATABASE_URL MOONSHOT_MASTER_KEY\n" in shared.said


def test_a_door_is_not_told_the_logins_of_others(monkeypatch: pytest.MonkeyPatch):
    for name, role in ROLES.items():
        monkeypatch.setenv(name, f"postgresql://{role}:secret@localhost/moonshot")
    monkeypatch.setenv("DATABASE_BACKUP_URL", "postgresql://moonshot_backup@localhost/moonshot")
    monkeypatch.setenv("MOONSHOT_MASTER_KEY", "A" * 43)
    for door in DOORS:
        told = door.environment(read_settings())
        assert {name for name in told if name.startswith("DATABASE_")} == set(door.urls)


def test_a_door_does_not_read_the_logins_of_others_from_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in [name for name in os.environ if name.startswith(("MOONSHOT_", "DATABASE_"))]:
        monkeypatch.delenv(name)
    urls = {name: f"postgresql://{role}:secret@localhost/moonshot" for name, role in ROLES.items()}
    urls["DATABASE_BACKUP_URL"] = "postgresql://moonshot_backup@localhost/moonshot"
    others = {"MOONSHOT_MASTER_KEY": "A" * 43, "MOONSHOT_LOG_LEVEL": "error"}
    file = tmp_path / "settings.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in (urls | others).items()))
    monkeypatch.setenv("MOONSHOT_ENV_FILE", str(file))
    for door in DOORS:
        environment = door.environment(read_settings())
        seen = subprocess.run(
            [sys.executable, "-c", LOGINS_SEEN],
            env=environment,
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert seen.stdout.split() == [*door.urls, "error"]


@pytest.mark.promise("15.up.drains")
def test_up_waits_for_a_door_longer_than_the_door_drains():
    assert CLOSING_SECONDS > DRAIN_SECONDS


@pytest.mark.promise("15.keys.tried")
def test_a_wrong_master_key_stops_up_before_a_door_opens(used: Installation):
    with_a_clinic(used)
    running = Running(used, MOONSHOT_MASTER_KEY="A" * 43)
    assert running.process.wait(timeout=PATIENCE) == 1
    assert "The master key is not the one" in running.said
    assert "MOONSHOT_MASTER_KEY" in running.said
    assert "Traceback" not in running.said
    assert "small" not in running.said
    refused = used.run("sandbox", "x@clinic.example", MOONSHOT_MASTER_KEY="A" * 43)
    assert "The master key is not the one" in refused.stderr


def test_a_wrong_master_key_beside_a_running_up_is_told_at_once(
    used: Installation, start: Callable[[Cluster], Server], monkeypatch: pytest.MonkeyPatch
):
    with_a_clinic(used)
    start(used.cluster)
    monkeypatch.setattr("moonshot_cli.installation.time.sleep", lambda _: pytest.fail("it waits"))
    with data_folder.hold(used.data, "up"):
        refused = used.run("sandbox", "x@clinic.example", MOONSHOT_MASTER_KEY="A" * 43)
    assert "The master key is not the one" in refused.stderr


def test_a_server_may_be_bound_to_another_address(migrated: Installation):
    running = Running(migrated, MOONSHOT_BIND="127.0.0.2", script=REAL)
    running.until_said("Connect Claude Code")
    assert get(migrated.port, "/readyz", "127.0.0.2") == 200
    with pytest.raises(ConnectionRefusedError):
        get(migrated.port, "/readyz")
    assert running.end(signal.SIGTERM) == 0


def test_a_lost_master_key_is_not_replaced_by_a_new_one(used: Installation):
    key = used.data / "master.key"
    key.rename(used.data / "elsewhere")
    done = used.run("up")
    assert done.exit_code == 1
    assert "master.key is missing" in done.stderr
    assert not key.exists()
    (used.data / "elsewhere").rename(key)


def test_other_commands_use_the_database_of_a_running_up(shared: Running, tmp_path: Path):
    port = shared.installation.cluster.port_file.read_text()
    assert "revision" in shared.installation.succeed("migrate")
    shared.installation.succeed("backup", tmp_path / "saved")
    assert shared.installation.cluster.port_file.read_text() == port
    refused = shared.installation.run("restore", tmp_path / "saved", "--replace", "--yes")
    assert refused.exit_code == 1
    assert "`moonshot up` is already running" in refused.stderr
    assert data_folder.holder(shared.installation.data) == data_folder.Holder(
        shared.process.pid, "up"
    )


@pytest.mark.promise("15.settings.side-by-side")
def test_two_installations_run_side_by_side(shared: Running, migrated: Installation):
    other = Running(migrated)
    other.until_said("is running")
    assert get(shared.installation.port, "/readyz") == get(migrated.port, "/readyz") == 200
    assert other.end(signal.SIGTERM) == 0
    assert get(shared.installation.port, "/readyz") == 200

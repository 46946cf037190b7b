"""`moonshot doctor`: it sees what is wrong, says what to do, and changes nothing."""

import os
import pwd
import shutil
import socket
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from moonshot_cli import pages
from moonshot_cli.commands.up import House
from moonshot_cli.postgres import server
from moonshot_cli.postgres.binaries import Binaries
from moonshot_cli.postgres.cluster import Cluster
from moonshot_cli.postgres.server import Server
from services.database import installation, made_by
from tests.moonshot_cli.installations import Installation, admin_of, at_work_in

Start = Callable[[Cluster], Server]


def lines_of(state: str, text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(state)]


@pytest.mark.promise("4.roles.embedded-bootstrap", "15.commands.doctor")
def test_a_sound_installation_has_no_fault_and_is_left_stopped(migrated: Installation):
    said = migrated.succeed("doctor")
    assert lines_of("fail", said) == lines_of("warn", said) == []
    assert "extension vector 0." in said
    assert f"schema at revision {installation.head_revision()}" in said
    assert at_work_in(migrated.data) == []


def test_an_empty_folder_is_no_fault_and_stays_empty(empty: Installation):
    said = empty.succeed("doctor")
    assert "`moonshot up` makes it" in said
    assert not empty.data.exists()


@pytest.mark.promise("15.commands.doctor")
def test_wrong_settings_are_faults(empty: Installation):
    done = empty.run("doctor", MOONSHOT_PORT="none")
    assert done.exit_code == 1
    assert lines_of("fail", done.stdout) == ["fail  setting MOONSHOT_PORT"]


@pytest.mark.promise("15.commands.doctor")
def test_a_taken_port_is_a_fault(empty: Installation):
    with socket.create_server(("127.0.0.1", empty.port)):
        done = empty.run("doctor")
    assert done.exit_code == 1
    assert lines_of("fail", done.stdout) == [f"fail  port {empty.port} for mcp is in use"]
    assert "MOONSHOT_MCP_PORT" in done.stdout


@pytest.mark.promise("15.commands.doctor")
def test_what_lies_open_or_aside_or_is_missing_is_told(migrated: Installation):
    (migrated.data / "postgres.replaced-20260101").mkdir()
    migrated.data.chmod(0o755)
    key = migrated.data / "master.key"
    key.chmod(0o644)
    done = migrated.run("doctor")
    assert done.exit_code == 1
    assert "mode 755" in lines_of("warn", done.stdout)[0]
    assert "can be read by others" in lines_of("fail", done.stdout)[0]
    assert "chmod 600" in done.stdout
    assert "postgres.replaced-20260101" in lines_of("warn", done.stdout)[1]
    key.unlink()
    assert "is missing" in lines_of("fail", migrated.run("doctor").stdout)[0]


@pytest.fixture(scope="module")
def own(used: Installation, programs: Binaries) -> Generator[dict[str, str]]:
    """The settings of a database of one's own: the installation's, which runs meanwhile."""
    running = server.start(used.cluster, programs)
    yield {
        "DATABASE_URL": used.cluster.url("moonshot_app"),
        "DATABASE_WORKER_URL": used.cluster.url("moonshot_worker"),
        "DATABASE_OWNER_URL": used.cluster.url("moonshot_owner"),
        "MOONSHOT_MASTER_KEY": "A" * 43,
    }
    running.stop()


@pytest.mark.promise("15.settings.own-database")
def test_a_database_of_ones_own_is_looked_at_with_all_three_logins(
    used: Installation, own: dict[str, str]
):
    said = used.succeed("doctor", **own)
    assert lines_of("fail", said) == []
    assert said.count("logs in as") == 3


def test_logins_to_different_databases_are_a_fault(used: Installation, own: dict[str, str]):
    with admin_of(used.cluster) as admin:
        admin.execute("CREATE DATABASE elsewhere")
    elsewhere = {"DATABASE_OWNER_URL": used.cluster.url("moonshot_owner", "elsewhere")}
    done = used.run("doctor", **own | elsewhere)
    with admin_of(used.cluster) as admin:
        admin.execute("DROP DATABASE elsewhere")
    assert "lead to different databases" in done.stdout
    assert "Run `moonshot migrate`" in done.stdout


@pytest.mark.promise(
    "4.roles.own-nothing", "4.roles.auth-cannot-enter", "10.log.always", "15.commands.doctor"
)
@pytest.mark.parametrize(
    ("harm", "repair", "told"),
    [
        (
            "ALTER ROLE moonshot_app BYPASSRLS",
            "ALTER ROLE moonshot_app NOBYPASSRLS",
            "no role of ours is a superuser",
        ),
        (
            "ALTER ROLE moonshot_auth LOGIN",
            "ALTER ROLE moonshot_auth NOLOGIN",
            "moonshot_auth cannot log in",
        ),
        (
            "GRANT moonshot_auth TO moonshot_app",
            "REVOKE moonshot_auth FROM moonshot_app",
            "moonshot_owner may become moonshot_auth",
        ),
        (
            "CREATE TABLE app.more (); ALTER TABLE app.more OWNER TO moonshot_app",
            "DROP TABLE app.more",
            "own nothing",
        ),
        (
            "UPDATE app.alembic_version SET version_num = 'f' || version_num",
            "UPDATE app.alembic_version SET version_num = substr(version_num, 2)",
            "newer than this code",
        ),
        (
            "COMMENT ON SCHEMA app IS 'made by another'",
            made_by.stamp(),
            made_by.WHAT,
        ),
        (
            "ALTER ROLE moonshot_worker NOLOGIN",
            "ALTER ROLE moonshot_worker LOGIN",
            "DATABASE_WORKER_URL logs in",
        ),
        (
            "ALTER TABLE app.vitals DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE app.vitals ENABLE ROW LEVEL SECURITY",
            "row security is on",
        ),
        (
            "ALTER TABLE app.vitals NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE app.vitals FORCE ROW LEVEL SECURITY",
            "row security is on",
        ),
        (
            "CREATE POLICY more ON app.vitals TO moonshot_app USING (true)",
            "DROP POLICY more ON app.vitals",
            "every policy is as",
        ),
        (
            "ALTER TABLE app.mcp_audit_log ENABLE TRIGGER keep_rows",
            "ALTER TABLE app.mcp_audit_log ENABLE ALWAYS TRIGGER keep_rows",
            "append-only tables",
        ),
        (
            "GRANT DELETE ON app.patients TO moonshot_worker",
            "REVOKE DELETE ON app.patients FROM moonshot_worker",
            "moonshot_app and moonshot_worker have the rights",
        ),
        (
            "UPDATE identity.clock SET moved_by = interval '1 day'",
            "UPDATE identity.clock SET moved_by = interval '0'",
            "policy time is moved by 1 day",
        ),
    ],
)
def test_what_is_wrong_in_the_database_is_a_fault(
    used: Installation, own: dict[str, str], harm: str, repair: str, told: str
):
    with admin_of(used.cluster) as admin:
        admin.execute(harm.encode())
        done = used.run("doctor", **own)
        admin.execute(repair.encode())
    assert done.exit_code == 1
    faults = lines_of("fail", done.stdout)
    assert any(told in fault for fault in faults), done.stdout
    assert len(faults) == 1, done.stdout


@pytest.mark.parametrize(
    "command",
    [["up"], ["migrate"], ["credential", "owner@clinic.example", "--role", "owner"]],
    ids=lambda command: command[0],
)
def test_nothing_begins_on_a_database_that_another_version_made(
    used: Installation, own: dict[str, str], command: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pages, "are_built", lambda: True)
    monkeypatch.setattr(House, "_open_doors", lambda _: pytest.fail("a door opens"))
    with admin_of(used.cluster) as admin:
        admin.execute("COMMENT ON SCHEMA app IS NULL")
        done = used.run(*command, **own)
        admin.execute(made_by.stamp().encode())
    assert done.exit_code == 1
    assert "This database is not the one that this code makes" in done.stderr
    assert "MOONSHOT_DATA" in done.stderr


def test_a_fault_of_the_schema_names_the_table_and_what_to_do(
    used: Installation, own: dict[str, str]
):
    with admin_of(used.cluster) as admin:
        admin.execute("ALTER TABLE app.vitals DISABLE ROW LEVEL SECURITY")
        said = used.run("doctor", **own).stdout
        admin.execute("ALTER TABLE app.vitals ENABLE ROW LEVEL SECURITY")
    assert "      As moonshot_owner: ALTER TABLE … ENABLE ROW LEVEL SECURITY" in said
    assert "      app.vitals: has row security off\n" in said


def test_other_databases_that_the_app_may_enter_are_a_warning(
    used: Installation, own: dict[str, str]
):
    with admin_of(used.cluster) as admin:
        admin.execute("GRANT CONNECT ON DATABASE template1 TO PUBLIC")
        said = used.succeed("doctor", **own)
        admin.execute("REVOKE CONNECT ON DATABASE template1 FROM PUBLIC")
    assert "no other database: not so, template1" in lines_of("warn", said)[0]
    assert "REVOKE CONNECT ON DATABASE template1 FROM PUBLIC" in said


@pytest.fixture
def open_folder() -> Generator[Path]:
    """A folder that every user of the machine may pass through, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="moonshot-tests-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_of_the_machine_is_told_whose_command_it_is(
    migrated_folder: Path, open_folder: Path
):
    nobody = pwd.getpwnam("nobody")
    migrated = Installation.at(Path(shutil.copytree(migrated_folder, open_folder / "data")))
    for command in ("doctor", "backup"):
        migrated.succeed(command, "--help")
    os.seteuid(nobody.pw_uid)
    try:
        done = migrated.run("doctor")
        refused = migrated.run("backup", open_folder / "saved")
    finally:
        os.seteuid(0)
    assert "cannot be read or written by this user" in refused.stderr
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    assert lines_of("fail", done.stdout) == [
        f"fail  {migrated.data / 'master.key'} cannot be read by this user"
    ]
    assert "as the user who runs the installation" in done.stdout


@pytest.mark.promise("4.roles.own-bootstrap", "15.settings.own-database")
def test_a_database_of_ones_own_that_lacks_everything_is_refused_with_a_list(
    empty: Installation, cluster: Cluster, start: Start
):
    start(cluster)
    urls = {
        "DATABASE_URL": cluster.url("moonshot_app", "postgres"),
        "DATABASE_WORKER_URL": cluster.url("moonshot_worker", "postgres"),
        "DATABASE_OWNER_URL": cluster.url("moonshot_owner", "postgres"),
        "MOONSHOT_MASTER_KEY": "A" * 43,
    }
    done = empty.run("migrate", **urls)
    assert done.exit_code == 1
    assert done.stderr.count("logs in as") == 3
    assert "bootstrap.sql" in done.stderr
    assert cluster.passwords()["moonshot_owner"] not in done.stderr

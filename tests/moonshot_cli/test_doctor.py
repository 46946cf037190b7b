"""`moonshot doctor`: it sees what is wrong, says what to do, and changes nothing."""

import socket
from collections.abc import Callable, Generator

import pytest

from moonshot_cli.postgres import server
from moonshot_cli.postgres.binaries import Binaries
from moonshot_cli.postgres.cluster import Cluster
from moonshot_cli.postgres.server import Server
from services.database import installation
from tests.moonshot_cli.installations import Installation, admin_of, at_work_in

Start = Callable[[Cluster], Server]


def lines_of(state: str, text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(state)]


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


def test_wrong_settings_are_faults(empty: Installation):
    done = empty.run("doctor", MOONSHOT_PORT="none")
    assert done.exit_code == 1
    assert lines_of("fail", done.stdout) == ["fail  setting MOONSHOT_PORT"]


def test_a_taken_port_is_a_fault(empty: Installation):
    with socket.create_server(("127.0.0.1", empty.port)):
        done = empty.run("doctor")
    assert done.exit_code == 1
    assert lines_of("fail", done.stdout) == [f"fail  port {empty.port} for mcp is in use"]
    assert "MOONSHOT_MCP_PORT" in done.stdout


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


def test_a_database_of_ones_own_is_looked_at_with_all_three_logins(
    used: Installation, own: dict[str, str]
):
    said = used.succeed("doctor", **own)
    assert lines_of("fail", said) == []
    assert said.count("logs in as") == 3


def test_logins_to_different_databases_are_a_fault(used: Installation, own: dict[str, str]):
    elsewhere = {"DATABASE_OWNER_URL": used.cluster.url("moonshot_owner", "postgres")}
    done = used.run("doctor", **own | elsewhere)
    assert "lead to different databases" in done.stdout
    assert "Run `moonshot migrate`" in done.stdout


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
            "ALTER TABLE app.patients OWNER TO moonshot_app",
            "ALTER TABLE app.patients OWNER TO moonshot_owner",
            "own nothing",
        ),
        (
            "UPDATE app.alembic_version SET version_num = 'f' || version_num",
            "UPDATE app.alembic_version SET version_num = substr(version_num, 2)",
            "newer than this code",
        ),
        (
            "ALTER ROLE moonshot_worker NOLOGIN",
            "ALTER ROLE moonshot_worker LOGIN",
            "DATABASE_WORKER_URL logs in",
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
    [fault] = lines_of("fail", done.stdout)
    assert told in fault


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

"""`moonshot migrate`: it brings a database up to date, whole or not at all, once."""

import subprocess
import sys
from collections.abc import Callable

import pytest

from moonshot_cli.postgres.cluster import DATABASE, LOGINS, SUPERUSER, Cluster
from moonshot_cli.postgres.server import Server
from services.database import installation
from services.settings import PROJECT
from tests.moonshot_cli.installations import Installation, admin_of, connect

HEAD = f"The schema is at revision {installation.head_revision()}.\n"


@pytest.fixture
def own(cluster: Cluster, start: Callable[[Cluster], Server], empty: Installation) -> Installation:
    """An installation with a database of its own, which has roles and no tables yet."""
    start(cluster)
    passwords = cluster.passwords()
    logins = {role: passwords[role] for role in LOGINS}
    with connect(cluster) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {DATABASE}".encode())
        roles = admin.execute("SELECT rolname FROM pg_roles WHERE rolname ~ '^moonshot_'")
        for (role,) in roles.fetchall():
            admin.execute(f"DROP ROLE {role}".encode())
    assert installation.bootstrap(cluster.url(SUPERUSER, SUPERUSER), DATABASE, logins)
    urls = {
        "DATABASE_URL": cluster.url("moonshot_app"),
        "DATABASE_WORKER_URL": cluster.url("moonshot_worker"),
        "DATABASE_OWNER_URL": cluster.url("moonshot_owner"),
        "MOONSHOT_MASTER_KEY": "A" * 43,
    }
    return Installation(empty.data, empty.environment | urls)


@pytest.mark.promise("15.commands.migrate")
def test_two_at_once_apply_each_migration_once(own: Installation):
    runners = [
        subprocess.Popen(
            [sys.executable, "-m", "moonshot_cli", "migrate"],
            env=own.environment,
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    said = [runner.communicate(timeout=120)[0] for runner in runners]
    assert [runner.returncode for runner in runners] == [0, 0], said
    assert all(text.endswith(HEAD) for text in said)
    assert sum("applied 0001" in text for text in said) == 1


def test_one_that_fails_changes_nothing_and_tells_no_rows(own: Installation, cluster: Cluster):
    with admin_of(cluster) as admin:
        admin.execute("CREATE SCHEMA app AUTHORIZATION moonshot_owner")
        admin.execute("CREATE TABLE app.patients AS SELECT 'Jane Doe' AS name")
        failed = own.run("migrate")
        assert failed.exit_code == 1
        assert "nothing was changed" in failed.stderr
        assert 'relation "patients" already exists' in failed.stderr
        assert "Traceback" not in failed.stderr
        tables = admin.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'app'")
        assert set(tables.fetchall()) == {("patients",), ("alembic_version",)}
        assert admin.execute("SELECT count(*) FROM app.alembic_version").fetchone() == (0,)


@pytest.mark.promise("15.commands.migrate")
def test_it_says_what_it_did_and_does_it_once(empty: Installation):
    assert empty.succeed("migrate").splitlines()[0] == "applied 0001"
    assert empty.succeed("migrate") == HEAD


def test_the_check_needs_no_installation(empty: Installation):
    assert "make what models/ says" in empty.succeed("migrate", "--check")
    assert not empty.data.exists()

"""Backup and restore: every row comes back, no access does, and nothing is lost on the way."""

import base64
import json
import shutil
import stat
import zipfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection, sql

from moonshot_cli.postgres import server
from moonshot_cli.postgres.binaries import Binaries
from moonshot_cli.postgres.cluster import SUPERUSER, Cluster
from moonshot_cli.postgres.server import Server
from moonshot_cli.postgres.transfer import without_password
from tests.moonshot_cli.installations import (
    Installation,
    admin_of,
    at_work_in,
    connect,
)
from tests.personas import MASTER_KEY, open_sandbox

NewInstallation = Callable[[str], Installation]
TABLES = """SELECT schemaname, tablename FROM pg_tables
    WHERE schemaname IN ('app', 'identity', 'jobs') ORDER BY 1, 2"""
REVOKED = {("app", "mcp_credentials"), ("identity", "sessions")}
"""Tables that a restore changes, in `revoked_at` alone."""
EVENTS = ("app", "security_events")


def contents(admin: Connection[Any]) -> dict[tuple[str, str], list[str]]:
    """Every row of every table, in a fixed order."""
    found: dict[tuple[str, str], list[str]] = {}
    for schema, table in admin.execute(TABLES).fetchall():
        what = "to_jsonb(t) - 'revoked_at'" if (schema, table) in REVOKED else "to_jsonb(t)"
        rows = admin.execute(
            sql.SQL("SELECT ({})::text FROM {} t ORDER BY 1").format(
                sql.SQL(what), sql.Identifier(schema, table)
            )
        )
        found[schema, table] = [row[0] for row in rows]
    return found


@pytest.fixture(scope="module")
def rows() -> dict[tuple[str, str], list[str]]:
    """What the saved database held; filled by `source_folder`."""
    return {}


@pytest.fixture(scope="module")
def source_folder(
    tmp_path_factory: pytest.TempPathFactory,
    migrated_folder: Path,
    programs: Binaries,
    rows: dict[tuple[str, str], list[str]],
) -> Path:
    """The data folder of an installation with a clinic, people, credentials and sessions."""
    data = Path(shutil.copytree(migrated_folder, tmp_path_factory.mktemp("source") / "data"))
    cluster = Cluster(data / "postgres")
    running = server.start(cluster, programs)
    with (
        psycopg.connect(cluster.url("moonshot_app"), autocommit=True) as app,
        psycopg.connect(cluster.url("moonshot_owner"), autocommit=True) as owner,
        admin_of(cluster) as admin,
    ):
        open_sandbox(app, owner)
        rows |= contents(admin)
    running.stop()
    (data / "master.key").write_text(base64.urlsafe_b64encode(MASTER_KEY).decode() + "\n")
    return data


@pytest.fixture(scope="module")
def saved(source_folder: Path) -> Path:
    """A backup without the master key."""
    file = source_folder.with_name("clinic.backup")
    Installation.at(source_folder).succeed("backup", file)
    return file


@pytest.fixture
def target(new_installation: NewInstallation, source_folder: Path) -> Installation:
    """An empty data folder with the right master key in it."""
    installation = new_installation("target")
    installation.data.mkdir(mode=0o700)
    shutil.copy(source_folder / "master.key", installation.data)
    return installation


@pytest.fixture(scope="module")
def restored_folder(
    saved: Path, source_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The data folder of an installation that was restored; to be copied."""
    data = tmp_path_factory.mktemp("restored") / "data"
    data.mkdir(mode=0o700)
    shutil.copy(source_folder / "master.key", data)
    told = Installation.at(data).succeed("restore", saved)
    assert "Revoked 7 credentials and ended 7 sessions." in told
    return data


@pytest.fixture(scope="module")
def restored(
    restored_folder: Path, programs: Binaries, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Connection[Any]]:
    """The superuser's connection to the restored database, which tests only read."""
    folder = tmp_path_factory.mktemp("read") / "postgres"
    cluster = Cluster(Path(shutil.copytree(restored_folder / "postgres", folder)))
    running = server.start(cluster, programs)
    with admin_of(cluster) as admin:
        yield admin
    running.stop()


@pytest.mark.promise("4.tables.owner-sees", "15.backup.rows")
def test_every_row_comes_back(restored: Connection[Any], rows: dict[tuple[str, str], list[str]]):
    there = contents(restored)
    log = there.pop(EVENTS)
    assert there == {table: of for table, of in rows.items() if table != EVENTS}
    assert set(log) > set(rows[EVENTS]), "and what the restore added"
    assert rows["identity", "secret"], "also what moonshot_auth alone may read"
    assert rows["app", "mcp_credentials"]


@pytest.mark.promise("15.backup.no-access")
def test_no_access_comes_back(restored: Connection[Any]):
    open_ones = """SELECT (SELECT count(*) FROM app.mcp_credentials WHERE revoked_at IS NULL),
        (SELECT count(*) FROM identity.sessions WHERE revoked_at IS NULL)"""
    assert restored.execute(open_ones).fetchone() == (0, 0)


@pytest.mark.promise("10.events.operator")
def test_the_clinic_can_see_that_the_operator_restored_and_what_it_ended(
    restored: Connection[Any], rows: dict[tuple[str, str], list[str]]
):
    added = [json.loads(row) for row in set(contents(restored)[EVENTS]) - set(rows[EVENTS])]
    [event] = [row for row in added if row["kind"] == "backup_restored"]
    revoked = [row for row in added if row["kind"] == "credential_revoked"]
    [tenant] = [json.loads(row) for row in rows["app", "tenants"]]
    assert event["tenant_id"] == tenant["tenant_id"]
    assert event["detail"]["made_at"]
    assert (event["detail"]["credentials_revoked"], event["detail"]["sessions_ended"]) == (7, 7)
    credentials = {json.loads(row)["id"] for row in rows["app", "mcp_credentials"]}
    assert {row["subject_id"] for row in revoked} == credentials
    assert len(added) == 8
    assert {row["actor"] for row in added} == {event["actor"]}
    assert event["actor"].startswith("o:")


@pytest.mark.promise("15.backup.rows")
def test_the_restored_schema_is_the_same_to_the_last_grant(
    restored: Connection[Any], source_folder: Path, start: Callable[[Cluster], Server]
):
    before = Cluster(source_folder / "postgres")
    start(before)
    rights = """
        SELECT n.nspname, c.relname, c.relowner::regrole::text,
               (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(c.relacl) a),
               c.relrowsecurity, c.relforcerowsecurity,
               (SELECT array_agg(p.polname || pg_get_expr(p.polqual, p.polrelid)
                                 ORDER BY p.polname)
                FROM pg_policy p WHERE p.polrelid = c.oid)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('app', 'identity', 'jobs') ORDER BY 1, 2"""
    functions = """
        SELECT p.oid::regprocedure::text, p.proowner::regrole::text, md5(p.prosrc),
               (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(p.proacl) a),
               p.prosecdef, p.proconfig
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname IN ('app', 'identity', 'pg_catalog') ORDER BY 1"""
    with admin_of(before) as admin:
        assert restored.execute(rights).fetchall() == admin.execute(rights).fetchall()
        assert restored.execute(functions).fetchall() == admin.execute(functions).fetchall()


def test_the_restored_installation_is_in_good_health(restored_folder: Path, tmp_path: Path):
    data = Path(shutil.copytree(restored_folder, tmp_path / "data"))
    assert "fail" not in Installation.at(data).succeed("doctor")


def test_a_backup_is_for_the_owner_alone_and_holds_no_key(saved: Path, source_folder: Path):
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    with zipfile.ZipFile(saved) as archive:
        assert set(archive.namelist()) == {"database.dump", "manifest.json"}
    key = (source_folder / "master.key").read_bytes().strip()
    assert key not in saved.read_bytes()


def test_a_backup_may_carry_the_key(
    source_folder: Path, new_installation: NewInstallation, tmp_path: Path
):
    file = tmp_path / "with-key"
    source = Installation.at(source_folder)
    assert "holds the master key" in source.succeed("backup", file, "--include-key")
    target = new_installation("target")
    target.succeed("restore", file)
    assert (target.data / "master.key").read_text() == (source_folder / "master.key").read_text()
    assert stat.S_IMODE((target.data / "master.key").stat().st_mode) == 0o600


def test_a_backup_does_not_replace_a_file_unless_told(used: Installation, tmp_path: Path):
    file = tmp_path / "precious"
    file.write_text("mine")
    refused = used.run("backup", file)
    assert refused.exit_code == 1
    assert "--force" in refused.stderr
    assert file.read_text() == "mine"
    used.succeed("backup", file, "--force")
    assert zipfile.is_zipfile(file)


def with_pg_dump(programs: Binaries, tmp_path: Path, script: str) -> str:
    """A folder of PostgreSQL's programs, with another pg_dump."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for program in programs.folder.iterdir():
        (folder / program.name).symlink_to(program)
    (folder / "pg_dump").unlink()
    (folder / "pg_dump").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "pg_dump").chmod(0o755)
    return str(folder)


def test_a_backup_that_fails_leaves_no_file(used: Installation, programs: Binaries, tmp_path: Path):
    folder = tmp_path / "backups"
    folder.mkdir()
    broken = with_pg_dump(programs, tmp_path, "head -c 100000 /dev/zero; echo broken >&2; exit 1")
    failed = used.run("backup", folder / "clinic", MOONSHOT_PG_BIN=broken)
    assert failed.exit_code == 1
    assert "broken" in failed.stderr
    assert list(folder.iterdir()) == []


def test_an_empty_folder_has_nothing_to_save(empty: Installation, tmp_path: Path):
    refused = empty.run("backup", tmp_path / "none")
    assert refused.exit_code == 1
    assert "MOONSHOT_DATA" in refused.stderr
    assert not empty.cluster.folder.exists()


@pytest.mark.promise("15.backup.safe")
@pytest.mark.parametrize("damage", ["cut off", "changed", "something else"])
def test_a_damaged_backup_is_refused_before_anything_is_touched(
    damage: str, saved: Path, target: Installation, tmp_path: Path
):
    whole = saved.read_bytes()
    middle = len(whole) // 2
    damaged = {
        "cut off": whole[:-1000],
        "changed": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "something else": b"PGDMP" + whole[5:2000],
    }
    file = tmp_path / "damaged"
    file.write_bytes(damaged[damage])
    refused = target.run("restore", file)
    assert refused.exit_code == 1
    assert "damaged" in refused.stderr or "cut off" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not target.cluster.folder.exists()


def test_a_restore_does_not_replace_a_database_unless_told(
    migrated: Installation, saved: Path, source_folder: Path
):
    shutil.copy(source_folder / "master.key", migrated.data)
    refused = migrated.run("restore", saved)
    assert refused.exit_code == 1
    assert "--replace" in refused.stderr
    unanswered = migrated.run("restore", saved, "--replace")
    assert unanswered.exit_code == 1
    assert "gives way" in unanswered.stdout
    assert not list(migrated.data.glob("*.replaced-*"))


def test_a_restore_keeps_what_it_replaces(
    migrated: Installation, saved: Path, source_folder: Path, start: Callable[[Cluster], Server]
):
    shutil.copy(source_folder / "master.key", migrated.data)
    migrated.succeed("restore", saved, "--replace", "--yes")
    [before] = migrated.data.glob("postgres.replaced-*")
    start(Cluster(before))
    start(migrated.cluster)
    tenants = "SELECT count(*) FROM app.tenants"
    with admin_of(Cluster(before)) as old, admin_of(migrated.cluster) as new:
        assert old.execute(tenants).fetchone() == (0,)
        assert new.execute(tenants).fetchone() == (1,)


def test_a_restore_that_was_cut_off_before_its_last_step_is_finished_by_the_next_command(
    migrated: Installation, target: Installation, saved: Path
):
    target.succeed("restore", saved)
    target.cluster.folder.rename(migrated.data / "postgres.restored")
    shutil.copy(target.data / "master.key", migrated.data / "postgres.restored")
    assert "fail" not in migrated.succeed("doctor")
    assert not (migrated.data / "postgres.restored").exists()
    assert len(list(migrated.data.glob("postgres.replaced-*"))) == 1
    assert len(list(migrated.data.glob("master.key.replaced-*"))) == 1


@pytest.mark.promise("15.backup.safe")
def test_a_restore_that_fails_leaves_everything_as_it_was(
    migrated: Installation, saved: Path, source_folder: Path, tmp_path: Path
):
    shutil.copy(source_folder / "master.key", migrated.data)
    broken = tmp_path / "broken"
    with zipfile.ZipFile(saved) as whole, zipfile.ZipFile(broken, "w") as archive:
        archive.writestr("manifest.json", whole.read("manifest.json"))
        archive.writestr("database.dump", whole.read("database.dump")[:-5000])
    failed = migrated.run("restore", broken, "--replace", "--yes")
    assert failed.exit_code == 1
    assert "pg_restore did not succeed" in failed.stderr
    assert sorted(path.name for path in migrated.data.iterdir()) == [
        "lock",
        "master.key",
        "postgres",
    ]
    assert at_work_in(migrated.data) == []
    migrated.succeed("migrate")


def test_a_restore_needs_the_key_that_the_backup_was_made_with(
    new_installation: NewInstallation, saved: Path
):
    empty = new_installation("keyless")
    refused = empty.run("restore", saved)
    assert refused.exit_code == 1
    assert "master key" in refused.stderr
    assert "--without-key" in refused.stderr
    other = empty.run("restore", saved, MOONSHOT_MASTER_KEY="A" * 43)
    assert other.exit_code == 1
    assert "MOONSHOT_MASTER_KEY does not have it" in other.stderr
    said = empty.succeed("restore", saved, "--without-key")
    assert "It did not open 1 key of the clinics" in said
    assert "fail" not in empty.succeed("doctor")


def test_a_restore_says_whose_master_key_it_took(
    new_installation: NewInstallation, target: Installation, saved: Path, source_folder: Path
):
    said = target.succeed("restore", saved)
    assert f"The master key is the one in {target.data / 'master.key'}.\n" in said
    key = (source_folder / "master.key").read_text().strip()
    environment = new_installation("environment")
    said = environment.succeed("restore", saved, MOONSHOT_MASTER_KEY=key)
    assert "is the one in MOONSHOT_MASTER_KEY; set it at each start" in said
    assert not (environment.data / "master.key").exists()
    assert "fail" not in environment.succeed("doctor", MOONSHOT_MASTER_KEY=key)


def test_a_backup_under_a_wrong_master_key_says_so_and_takes_the_right_one(
    source_folder: Path, new_installation: NewInstallation, tmp_path: Path
):
    source, file = Installation.at(source_folder), tmp_path / "wrong"
    wrong = {"MOONSHOT_MASTER_KEY": "A" * 43}
    refused = source.run("backup", file, "--include-key", **wrong)
    assert refused.exit_code == 1
    assert "is not the one" in refused.stderr
    assert "cannot say which one it needs" in source.succeed("backup", file, **wrong)
    target = new_installation("target")
    refused = target.run("restore", file, **wrong)
    assert refused.exit_code == 1
    assert "MOONSHOT_MASTER_KEY does not have it" in refused.stderr
    assert list(target.data.iterdir()) == [target.data / "lock"]
    right = {"MOONSHOT_MASTER_KEY": (source_folder / "master.key").read_text().strip()}
    assert "did not open" not in target.succeed("restore", file, **right)
    assert "fail" not in target.succeed("doctor", **right)
    assert "did not open 1 key" in target.succeed(
        "restore", file, "--replace", "--yes", "--without-key", **wrong
    )
    assert "fail" not in target.succeed("doctor", **wrong)


def test_a_key_that_opens_is_kept_though_it_might_be_lost(target: Installation, saved: Path):
    said = target.succeed("restore", saved, "--without-key")
    assert "did not open" not in said
    assert "fail" not in target.succeed("doctor")


def test_a_backup_of_an_unreleased_version_is_refused(
    migrated: Installation, target: Installation, start: Callable[[Cluster], Server], tmp_path: Path
):
    running = start(migrated.cluster)
    with admin_of(migrated.cluster) as admin:
        admin.execute("COMMENT ON SCHEMA app IS NULL")
    running.stop()
    migrated.succeed("backup", tmp_path / "other")
    shutil.copy(migrated.data / "master.key", target.data)
    refused = target.run("restore", tmp_path / "other")
    assert refused.exit_code == 1
    assert "Restore it with the version that made it" in refused.stderr
    assert not target.cluster.exists


def test_what_had_expired_is_not_revoked(
    source_folder: Path, target: Installation, start: Callable[[Cluster], Server], tmp_path: Path
):
    source = Installation.at(Path(shutil.copytree(source_folder, tmp_path / "source")))
    running = start(source.cluster)
    with admin_of(source.cluster) as admin:
        for table in ("app.mcp_credentials", "identity.sessions"):
            admin.execute(f"UPDATE {table} SET expires_at = app.now()".encode())
    running.stop()
    source.succeed("backup", tmp_path / "old")
    said = target.succeed("restore", tmp_path / "old")
    assert "Revoked 0 credentials and ended 0 sessions." in said


def test_a_backup_of_a_newer_version_is_refused(target: Installation, saved: Path, tmp_path: Path):
    newer = tmp_path / "newer"
    with zipfile.ZipFile(saved) as whole, zipfile.ZipFile(newer, "w") as archive:
        manifest = json.loads(whole.read("manifest.json")) | {"revision": "9999"}
        archive.writestr("manifest.json", json.dumps(manifest))
        archive.writestr("database.dump", whole.read("database.dump"))
    refused = target.run("restore", newer)
    assert refused.exit_code == 1
    assert "update the code first" in refused.stderr


def test_a_database_of_ones_own_is_saved_whole_by_a_role_that_is_no_superuser(
    source_folder: Path,
    rows: dict[tuple[str, str], list[str]],
    target: Installation,
    start: Callable[[Cluster], Server],
    tmp_path: Path,
):
    own = Cluster(Path(shutil.copytree(source_folder / "postgres", tmp_path / "own")))
    running = start(own)
    with connect(own) as admin:
        admin.execute("CREATE ROLE moonshot_backup LOGIN PASSWORD 'words'")
        admin.execute(
            "GRANT moonshot_owner, moonshot_auth TO moonshot_backup WITH INHERIT TRUE, SET FALSE"
        )
    urls = {
        "DATABASE_URL": own.url("moonshot_app"),
        "DATABASE_WORKER_URL": own.url("moonshot_worker"),
        "DATABASE_OWNER_URL": own.url("moonshot_owner"),
        "DATABASE_BACKUP_URL": own.url("moonshot_app")
        .replace("moonshot_app", "moonshot_backup")
        .replace(own.passwords()["moonshot_app"], "words"),
        "MOONSHOT_MASTER_KEY": (source_folder / "master.key").read_text().strip(),
    }
    target.succeed("backup", tmp_path / "own.backup", **urls)
    refused = target.run("restore", tmp_path / "own.backup", **urls)
    assert "embedded database only" in refused.stderr
    running.stop()
    target.succeed("restore", tmp_path / "own.backup")
    start(target.cluster)
    with admin_of(target.cluster) as admin:
        there = contents(admin)
    assert set(there.pop(EVENTS)) > set(rows[EVENTS])
    assert there == {table: of for table, of in rows.items() if table != EVENTS}


@pytest.mark.parametrize(
    ("url", "without", "password"),
    [
        ("postgresql://me:p%40ss@host:1/db?a=b", "postgresql://me@host:1/db?a=b", "p@ss"),
        ("postgresql://host/db?user=me&password=pw", "postgresql://host/db?user=me", "pw"),
        ("postgresql://me@/db?host=%2Frun", "postgresql://me@/db?host=%2Frun", ""),
    ],
)
def test_a_password_is_taken_out_of_a_url(url: str, without: str, password: str):
    assert without_password(url) == (without, password)


def test_the_password_is_on_no_command_line(used: Installation, programs: Binaries, tmp_path: Path):
    spy = with_pg_dump(programs, tmp_path, f'echo "$@" > "{tmp_path}/arguments"; exit 1')
    used.run("backup", tmp_path / "none", MOONSHOT_PG_BIN=spy)
    arguments = (tmp_path / "arguments").read_text()
    assert "--dbname=" in arguments
    assert used.cluster.passwords()[SUPERUSER] not in arguments

"""The database as an installation: what this code knows of its migrations, and who may run them."""

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from services.database import installation, migration
from services.settings import PROJECT
from tests.ground import APP, OWNER, WORKER, Database


def test_revisions_are_read_as_alembic_reads_them():
    scripts = ScriptDirectory.from_config(Config(PROJECT / "alembic.ini"))
    assert installation.head_revision() == scripts.get_current_head()
    assert all(installation.knows(script.revision) for script in scripts.walk_revisions())
    assert not installation.knows("f00")


def test_the_schema_is_at_this_codes_revision(database: Database):
    assert installation.revision(database.url(OWNER)) == installation.head_revision()


@pytest.mark.parametrize("role", [APP, WORKER, OWNER])
@pytest.mark.parametrize("elsewhere", ["postgres", "template1"])
def test_our_logins_enter_no_other_database_of_our_server(
    database: Database, role: str, elsewhere: str
):
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(database.cluster.url(role, elsewhere))


def test_migrating_again_applies_nothing(database: Database):
    assert migration.migrate(database.url(OWNER)) == []


@pytest.mark.promise("15.migrations.as-the-models")
def test_migrations_make_what_the_models_say(database: Database):
    assert migration.differences(database.url(OWNER)) is None


def test_a_difference_between_models_and_migrations_is_told(template: Database):
    changed = template.clone("test_difference")
    try:
        with changed.connect(OWNER) as owner:
            owner.execute("ALTER TABLE app.patients ADD COLUMN shoe_size int")
        assert "shoe_size" in str(migration.differences(changed.url(OWNER)))
    finally:
        changed.drop()


def test_a_database_of_a_newer_version_is_refused(template: Database):
    newer = template.clone("test_newer")
    try:
        with newer.connect(OWNER) as owner:
            owner.execute("UPDATE app.alembic_version SET version_num = 'f00'")
        with pytest.raises(installation.InstallationError, match="newer version"):
            migration.migrate(newer.url(OWNER))
    finally:
        newer.drop()

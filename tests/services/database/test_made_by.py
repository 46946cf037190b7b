"""Which version of the code made a database: told apart though the revision is the same."""

import os
from collections.abc import Generator

import pytest

from services.database import made_by, migration
from tests.ground import APP, OWNER, SUPERUSER, WORKER, Database


@pytest.fixture
def own(template: Database) -> Generator[Database]:
    """A database of this test alone."""
    own = template.clone(f"test_made_by_{os.getpid()}")
    yield own
    own.drop()


@pytest.mark.parametrize("role", [APP, WORKER, OWNER])
def test_every_login_can_tell_that_this_code_made_it(database: Database, role: str):
    assert made_by.is_this_code(database.url(role))


@pytest.mark.parametrize("said", ["NULL", "'made by another'"])
def test_one_that_another_version_made_is_refused_with_what_to_do(own: Database, said: str):
    made_by.refuse_other(own.url(OWNER))
    with own.connect(OWNER) as owner:
        owner.execute(f"COMMENT ON SCHEMA app IS {said}".encode())
    with pytest.raises(made_by.OtherVersionError, match="remove the folder MOONSHOT_DATA"):
        made_by.refuse_other(own.url(OWNER))
    migration.migrate(own.url(OWNER))
    assert not made_by.is_this_code(own.url(OWNER)), "nothing was migrated"


def test_a_database_without_a_schema_is_not_of_this_code(database: Database):
    assert not made_by.is_this_code(database.cluster.url(SUPERUSER, "postgres"))


def test_a_change_of_a_function_or_of_a_migration_makes_it_another(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as changed:
        changed.setattr("models.row_security.FUNCTION_FILES", ("clock", "uuid7"))
        assert not made_by.is_this_code(database.url(APP))
    with monkeypatch.context() as changed:
        changed.setattr("services.database.made_by.PROJECT", made_by.PROJECT / "models")
        assert not made_by.is_this_code(database.url(APP))
    assert made_by.is_this_code(database.url(APP))

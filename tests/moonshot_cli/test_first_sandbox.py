"""What `moonshot up` hands out at its first start, and what it says where clinics are already."""

import base64
import os
from collections.abc import Generator
from pathlib import Path

import pytest
from pydantic import SecretStr

from models.identifier import uuid7
from moonshot_cli.first_sandbox import first_credential
from moonshot_cli.welcome import welcome
from services.database.operator import Clinic
from services.settings import Settings
from tests.ground import APP, OWNER, Database
from tests.personas import MASTER_KEY, open_sandbox


@pytest.fixture
def bare(template: Database) -> Generator[Database]:
    """A database without clinics, of this test alone."""
    bare = template.clone(f"test_first_{os.getpid()}")
    yield bare
    bare.drop()


@pytest.fixture
def settings(bare: Database, tmp_path: Path) -> Settings:
    """As `moonshot up` has them once its database is up."""
    return Settings.model_construct(
        data=tmp_path,
        database_url=SecretStr(bare.url(APP)),
        database_owner_url=SecretStr(bare.url(OWNER)),
        master_key=SecretStr(base64.urlsafe_b64encode(MASTER_KEY).decode()),
    )


def tenants(database: Database) -> int:
    with database.connect(OWNER) as owner:
        [(count,)] = owner.execute("SELECT count(*) FROM app.tenants")
    return count


def test_an_empty_database_gets_one_sandbox_whose_credential_is_kept(
    settings: Settings, bare: Database
):
    made, others = first_credential(settings)
    assert made is not None
    assert not others
    assert first_credential(settings) == (made, ())
    assert tenants(bare) == 1
    said = welcome(settings, made, others)
    assert made.tenant_id in said
    assert made.token in said


def test_where_clinics_are_none_is_made_and_it_is_said_how_to_mint(
    settings: Settings, bare: Database
):
    with bare.connect(APP) as app, bare.connect(OWNER) as owner:
        clinic = open_sandbox(app, owner)
    credential, others = first_credential(settings)
    assert credential is None
    assert tenants(bare) == 1
    said = welcome(settings, credential, others)
    assert f"moonshot credential {clinic.tenant_id} --role provider   # {clinic.name}" in said


def test_a_credential_that_was_revoked_is_not_replaced_by_another_sandbox(
    settings: Settings, bare: Database
):
    first_credential(settings)
    with bare.connect(OWNER) as owner:
        owner.execute("UPDATE app.mcp_credentials SET revoked_at = app.now()")
    credential, [clinic] = first_credential(settings)
    assert credential is None
    assert clinic.name == "Cedar Lane Clinic"
    assert tenants(bare) == 1


def test_clinics_that_have_ended_are_not_offered_and_few_are_named(settings: Settings):
    def clinics(*, ended: bool) -> list[Clinic]:
        return [Clinic(uuid7(), f"Clinic {n}", "sandbox", ended) for n in range(5)]

    assert "moonshot sandbox EMAIL" in welcome(settings, None, clinics(ended=True))
    said = welcome(settings, None, clinics(ended=False))
    assert said.count("moonshot credential") == 3
    assert "and 2 more clinics" in said

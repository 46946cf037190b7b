"""The master key: tried before anything begins, replaced when it is lost."""

import base64
import os
from collections.abc import Generator

import pytest
from pydantic import SecretStr

from services.database.made_by import OtherVersionError
from services.database.master_key import WrongMasterKeyError, fits, refuse_wrong, replace_lost
from services.keys import KeyRing
from services.settings import Settings
from tests.ground import APP, OWNER, SUPERUSER, WORKER, Database
from tests.personas import MASTER_KEY, open_sandbox

OTHER = bytes(32)


@pytest.fixture
def own(template: Database) -> Generator[Database]:
    """A database without clinics, of this test alone."""
    own = template.clone(f"test_key_{os.getpid()}")
    yield own
    own.drop()


def add_clinic(database: Database) -> None:
    with database.connect(APP) as app, database.connect(OWNER) as owner:
        open_sandbox(app, owner)


def test_a_database_without_keys_takes_any(own: Database):
    assert fits(own.url(APP), OTHER)


@pytest.mark.parametrize("role", [APP, WORKER, OWNER])
def test_every_login_can_tell_the_right_key_from_a_wrong_one(own: Database, role: str):
    add_clinic(own)
    assert fits(own.url(role), MASTER_KEY)
    assert not fits(own.url(role), OTHER)


def test_one_damaged_key_among_others_does_not_make_the_master_key_wrong(own: Database):
    add_clinic(own)
    with own.connect(OWNER) as owner:
        owner.execute("UPDATE app.tenant_keys SET wrapped = 'x' || wrapped")
    assert not fits(own.url(APP), MASTER_KEY)
    add_clinic(own)
    assert fits(own.url(APP), MASTER_KEY)


def installed(database: Database, key: bytes) -> Settings:
    text = base64.urlsafe_b64encode(key).decode()
    return Settings.model_construct(
        database_url=SecretStr(database.url(APP)), master_key=SecretStr(text)
    )


def test_a_wrong_key_is_refused_and_the_right_one_is_not(own: Database):
    add_clinic(own)
    refuse_wrong(installed(own, MASTER_KEY))
    with pytest.raises(WrongMasterKeyError):
        refuse_wrong(installed(own, OTHER))


def test_a_database_that_cannot_be_asked_for_its_keys_takes_none(own: Database):
    add_clinic(own)
    with own.connect(SUPERUSER) as admin:
        admin.execute("DROP FUNCTION app.some_wrapped_keys()")
    with pytest.raises(OtherVersionError):
        refuse_wrong(installed(own, MASTER_KEY))


def test_a_lost_key_gives_way_to_new_ones_for_each_clinic(own: Database):
    for _ in range(2):
        add_clinic(own)
    admin = own.url(SUPERUSER)
    assert replace_lost(admin, OTHER) == 2
    assert fits(own.url(APP), OTHER)
    with own.connect(OWNER) as owner:
        keys = owner.execute(
            "SELECT tenant_id, id, wrapped FROM app.tenant_keys WHERE retired_at IS NULL"
        ).fetchall()
    assert replace_lost(admin, OTHER) == 0, "they open now"
    opened = {KeyRing(OTHER).open(w, tenant_id=t, key_id=k) for t, k, w in keys}
    assert len(opened) == 2


def test_a_key_that_opens_is_kept_when_another_gives_way(own: Database):
    live = "SELECT wrapped FROM app.tenant_keys WHERE retired_at IS NULL ORDER BY created_at"
    for _ in range(2):
        add_clinic(own)
    with own.connect(OWNER) as owner:
        sound, damaged = owner.execute(live).fetchall()
        owner.execute(
            "UPDATE app.tenant_keys SET wrapped = 'x' || wrapped WHERE wrapped = %s", damaged
        )
        assert replace_lost(own.url(SUPERUSER), MASTER_KEY) == 1
        kept, new = owner.execute(live).fetchall()
    assert kept == sound
    assert new not in (damaged, (b"x" + damaged[0],))

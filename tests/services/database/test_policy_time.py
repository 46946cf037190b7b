"""Policy time: tests move it, and production will not start while it is moved."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from services.database.installation import InstallationError
from services.database.policy_time import moved_by, refuse_moved
from services.settings import Settings
from tests.conftest import Clock
from tests.ground import APP, OWNER, WORKER, Database


def installed(database: Database, environment: str) -> Settings:
    url = SecretStr(database.url(APP))
    return Settings.model_construct(environment=environment, database_url=url)


@pytest.mark.promise("15.policy-time.one")
def test_every_login_sees_how_far_it_is_moved(database: Database, clock: Clock):
    for by in (timedelta(0), timedelta(days=400), timedelta(microseconds=1)):
        clock.reset()
        clock.move(by)
        assert {moved_by(database.url(role)) for role in (APP, WORKER, OWNER)} == {by}


@pytest.mark.promise("15.policy-time.not-in-production")
def test_production_does_not_start_with_it_moved(database: Database, clock: Clock):
    refuse_moved(installed(database, "production"))
    clock.move(timedelta(seconds=-1))
    with pytest.raises(InstallationError, match=r"moved by .* run UPDATE identity.clock SET"):
        refuse_moved(installed(database, "production"))
    refuse_moved(installed(database, "development"))
    clock.reset()
    refuse_moved(installed(database, "production"))

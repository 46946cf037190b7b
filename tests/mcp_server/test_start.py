"""A server that could not answer any call refuses to start, and says what to do."""

from pathlib import Path

import pytest

from tests.ground import Database
from tests.mcp_server.process import Server
from tests.personas import Clinic


@pytest.mark.promise("15.keys.tried")
def test_a_wrong_master_key_is_refused_at_start_in_one_message(
    database: Database, clinic: Clinic, tmp_path: Path
):
    with Server(database, tmp_path / "log", MOONSHOT_MASTER_KEY="A" * 43) as server:
        server.wait_until_ended()
        assert server._process.returncode == 2
        assert server.log.startswith("The master key is not the one that the keys in this database")
        assert "MOONSHOT_MASTER_KEY" in server.log
        assert server.log.count("\n") == 1
        assert "A" * 43 not in server.log


def test_a_database_that_is_not_there_is_refused_at_start(database: Database, tmp_path: Path):
    url = "postgresql://moonshot_app:secret@127.0.0.1:1/moonshot"
    with Server(database, tmp_path / "log", DATABASE_URL=url) as server:
        server.wait_until_ended()
        assert server._process.returncode == 2
        assert server.log.startswith("The database cannot be reached")
        assert "secret" not in server.log

"""A token that cannot be one is turned away by its checksum, before anything is asked."""

from collections.abc import Callable

import pytest

from models.tenant import Tier
from services.identity.token import new_token
from tests.ground import Database
from tests.mcp_server.process import Server


@pytest.mark.promise("5.credentials.checksum-first")
def test_a_token_with_a_wrong_checksum_asks_nothing_of_the_database(
    template: Database, worker_id: str, start_server: Callable[..., Server]
):
    database = template.clone(f"gone_{worker_id}")
    endpoint = start_server(database).endpoint
    token = new_token(Tier.SANDBOX).text
    wrong = token[:-1] + ("1" if token.endswith("0") else "0")
    assert endpoint.call("whoami", token=token).status == 401
    database.drop()
    assert endpoint.call("whoami", token=token).status == 503
    assert endpoint.call("whoami", token=wrong).status == 401

"""A process that is told to end answers whom it has begun to answer."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from psycopg import Connection

from tests.ground import SUPERUSER, Database
from tests.mcp_server.furnished import Furnished
from tests.mcp_server.log import AuditLog
from tests.mcp_server.process import Server
from tests.moonshot_cli.installations import until

WAITING = (
    "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


@pytest.mark.promise("15.up.drains")
def test_a_call_that_has_begun_is_answered(
    start_server: Callable[..., Server],
    database: Database,
    furnished: Furnished,
    connect: Callable[[str], Connection[Any]],
    audit_log: AuditLog,
):
    server = start_server(database).wait_until_ready()
    before = audit_log.count(furnished.clinic)
    given = {"patient_id": str(furnished.patients[0].id)}
    token = furnished.clinic.owner.token.text
    with ThreadPoolExecutor(1) as beside:
        with connect(SUPERUSER).transaction() as held:
            held.connection.execute("LOCK TABLE app.vitals IN ACCESS EXCLUSIVE MODE")
            answer = beside.submit(server.endpoint.call, "get_vitals", given, token=token)
            until(lambda: held.connection.execute(WAITING).fetchone() is not None, "it never asked")
            os.kill(server.pid, signal.SIGTERM)
            until(lambda: not server.endpoint.is_ready(), "it goes on to let people in")
            assert server.alive
        assert answer.result(30).content["vitals"]
    server.wait_until_ended()
    assert [row.status for row in audit_log.rows(furnished.clinic, after=before)] == ["ok"]

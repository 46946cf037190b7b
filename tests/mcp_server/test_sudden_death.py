"""The process is killed in the middle of calls: no call that was answered lacks its row."""

import http.client
import threading
from collections.abc import Callable

import pytest

from tests.ground import Database
from tests.mcp_server.endpoint import Endpoint
from tests.mcp_server.log import AuditLog
from tests.mcp_server.process import Server
from tests.personas import Clinic

POINTS = ("call.answered", "call.recorded", "call.committed")
REACHES = (1, 17)
"""At which call the process ends."""
CLIENTS = 4
MOST = 100


def call_until_it_ends(port: int, token: str, name: str) -> tuple[set[str], set[str]]:
    """Calls by several clients at once; gives the ids that were sent, and those answered."""
    sent: set[str] = set()
    answered: set[str] = set()
    ended = threading.Event()

    def keep_calling(client: int) -> None:
        endpoint = Endpoint(port, again=False)
        for number in range(MOST):
            # The next process may be up already; it is not for these clients.
            if ended.is_set():
                return
            request_id = f"{name}-{client}-{number}"
            sent.add(request_id)
            try:
                endpoint.call("whoami", token=token, request_id=request_id)
            except (OSError, http.client.HTTPException):
                ended.set()
            else:
                answered.add(request_id)

    clients = [threading.Thread(target=keep_calling, args=(n,)) for n in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return sent, answered


@pytest.mark.promise("1.promise.on-record", "10.calls.crash")
def test_no_answered_call_lacks_its_row(
    start_server: Callable[..., Server], database: Database, clinic: Clinic, audit_log: AuditLog
):
    rounds = [(point, reach) for point in POINTS for reach in REACHES]
    plans = [f"{point}:{reach}" for point, reach in rounds]
    server = start_server(database, module="tests.mcp_server.servers.mortal", arguments=plans)
    for point, reach in rounds:
        server.wait_until_ready()
        token = clinic.provider.token.text
        sent, answered = call_until_it_ends(server.port, token, f"{point}-{reach}")
        assert len(sent) < MOST * CLIENTS, "it never died"
        recorded = {row.request_id for row in audit_log.rows(clinic)} & sent
        assert answered <= recorded, point
        assert len(recorded) >= reach - CLIENTS, "calls before the last had long been on record"
        if point == "call.committed":
            assert recorded - answered, "the call at which it died was on record"
    ids = [row.request_id for row in audit_log.rows(clinic)]
    assert len(ids) == len(set(ids))
    server.wait_until_ended()

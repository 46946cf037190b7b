"""A call that cannot be put on record is not answered."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import Connection, sql

from tests import factories
from tests.ground import APP, OWNER, SUPERUSER, Database
from tests.mcp_server import rows
from tests.mcp_server.endpoint import LEGACY, MODERN
from tests.mcp_server.log import AuditLog
from tests.mcp_server.process import Server
from tests.mcp_server.samples import CANARY
from tests.personas import Clinic, open_sandbox


@dataclass(frozen=True)
class Broken:
    """A clinic with one patient, on a database that may be broken, and a server of its own."""

    database: Database
    admin: Connection[Any]
    clinic: Clinic
    server: Server
    patient: str


@pytest.fixture(scope="module")
def house(
    template: Database, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Broken]:
    database = template.clone(f"house_{worker_id}")
    log = tmp_path_factory.mktemp("house") / "log"
    with database.connect(APP) as app, database.connect(OWNER) as owner:
        clinic = open_sandbox(app, owner)
        patient = rows.patient(clinic.tenant_id, f"John {CANARY}")
        factories.save(owner, patient)
    with Server(database, log) as server, database.connect(SUPERUSER) as admin:
        yield Broken(database, admin, clinic, server.wait_until_ready(), str(patient.id))
    database.drop()


def refused_alike(house: Broken) -> None:
    """Whatever would have become of a call, it is answered 503 and nothing is told."""
    calls: list[tuple[str, dict[str, str]]] = [
        ("get_patient", {"patient_id": house.patient}),
        ("get_patient", {"patient_id": CANARY}),
        ("search_patients", {"query": CANARY}),
        ("no_such_tool", {"query": CANARY}),
    ]
    for name, given in calls:
        for version in (LEGACY[0], MODERN):
            token = house.clinic.owner.token.text
            answer = house.server.endpoint.call(name, given, token=token, version=version)
            assert (answer.status, answer.code) == (503, 50301), answer
            assert answer.headers["retry-after"] == "5"
            assert CANARY not in answer.text
    for method, params in others(house).items():
        for version in (LEGACY[-1], MODERN):
            token = house.clinic.owner.token.text
            answer = house.server.endpoint.ask(method, params, token=token, version=version)
            assert (answer.status, answer.code) == (503, 50301), answer
            assert CANARY not in answer.text
    assert CANARY not in house.server.log


def others(house: Broken) -> dict[str, dict[str, Any]]:
    """What else is asked, put on record and answered."""
    return {
        "prompts/get": {"name": "visit_note", "arguments": {"patient_id": house.patient}},
        "completion/complete": {
            "ref": {"type": "ref/prompt", "name": "visit_note"},
            "argument": {"name": "patient_id", "value": CANARY},
        },
        "resources/read": {"uri": "moonshot://lab-protocol"},
    }


def answered(house: Broken) -> None:
    """Where nothing is broken, each of these is answered and leaves a row."""
    token, log = house.clinic.owner.token.text, AuditLog(house.admin)
    for method, params in others(house).items():
        before = log.count(house.clinic)
        assert house.server.endpoint.ask(method, params, token=token).result
        assert log.count(house.clinic) == before + 1


DAMAGES: dict[str, tuple[LiteralString, LiteralString]] = {
    "the log takes no rows": (
        "REVOKE INSERT ON app.mcp_audit_log FROM moonshot_app",
        "GRANT INSERT ON app.mcp_audit_log TO moonshot_app",
    ),
    "the log does not take this row": (
        "ALTER TABLE app.mcp_audit_log ADD CONSTRAINT ck_full CHECK (false) NOT VALID",
        "ALTER TABLE app.mcp_audit_log DROP CONSTRAINT ck_full",
    ),
    "the clinic has no key to hide arguments with": (
        "UPDATE app.tenant_keys SET retired_at = now()",
        "UPDATE app.tenant_keys SET retired_at = null",
    ),
    "that key does not open": (
        "UPDATE app.tenant_keys SET wrapped = 'x' || wrapped",
        "UPDATE app.tenant_keys SET wrapped = substr(wrapped, 2)",
    ),
}


@pytest.mark.promise("10.calls.no-row-no-answer")
@pytest.mark.parametrize("damage", DAMAGES)
def test_it_is_not_answered_when(house: Broken, damage: str):
    token = house.clinic.owner.token.text
    arguments = {"patient_id": house.patient}
    assert CANARY in house.server.endpoint.call("get_patient", arguments, token=token).text
    answered(house)
    done, undone = DAMAGES[damage]
    before = AuditLog(house.admin).count(house.clinic)
    house.admin.execute(done)
    try:
        refused_alike(house)
    finally:
        house.admin.execute(undone)
    assert AuditLog(house.admin).count(house.clinic) == before
    assert CANARY in house.server.endpoint.call("get_patient", arguments, token=token).text
    assert AuditLog(house.admin).count(house.clinic) == before + 1


@pytest.mark.promise("10.calls.no-row-no-answer")
def test_it_is_not_answered_while_the_database_is_gone_and_is_again_when_it_is_back(
    house: Broken,
):
    token = house.clinic.owner.token.text
    assert house.server.endpoint.call("whoami", token=token).content
    closed = house.admin.execute("SELECT current_database()").fetchone()
    assert closed is not None
    name = sql.Identifier(closed[0])
    with psycopg.connect(
        house.database.cluster.url(SUPERUSER, SUPERUSER), autocommit=True
    ) as elsewhere:
        elsewhere.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        house.admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE usename = 'moonshot_app' AND datname = current_database()"
        )
        refused_alike(house)
        assert house.server.endpoint.ask("tools/list", token=token).status == 503
        elsewhere.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))
    assert house.server.endpoint.call("whoami", token=token).content

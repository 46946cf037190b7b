"""After untrusted text a proposal is held: told why, kept, and nowhere in the queue (SPEC 7)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg import Connection

from models.patient import Patient
from services.database import opening
from services.database.pool import Pool
from services.database.session import clinic_transaction
from services.drafts import proposals
from tests.ground import APP, OWNER
from tests.mcp_server import people, rows
from tests.mcp_server.endpoint import LEGACY, MODERN, Answer, Endpoint, modern
from tests.mcp_server.log import AuditLog
from tests.personas import Clinic, Person

pytestmark = pytest.mark.anyio

NOTE = "draft_chart_note"
SOAP = {"plan": "Go on."}

Connect = Callable[[str], Connection[Any]]
Write = Callable[..., None]


class Room:
    """A provider, an assistant of theirs, and one patient who wrote something."""

    def __init__(
        self, clinic: Clinic, endpoint: Endpoint, patient: Patient, owner: Connection[Any]
    ) -> None:
        self.clinic, self.patient = clinic, patient
        self._endpoint, self._owner = endpoint, owner

    def call(self, name: str, given: Any = None, token: str | None = None, **more: Any) -> Answer:
        token = token or self.clinic.provider.token.text
        return self._endpoint.call(name, given or {}, token=token, **more)

    def ask(self, method: str, params: dict[str, Any], token: str) -> Any:
        """As a client of 2026-07-28."""
        return self._endpoint.ask(method, params, token=token, version=MODERN).result

    def read_inbox(self, token: str | None = None) -> None:
        """Which holds what the patient wrote."""
        items = self.call("get_inbox", token=token).content["items"]
        assert any("[[untrusted " in item["body"] for item in items)

    def propose(self, token: str | None = None, **more: Any) -> Answer:
        given = {"patient_id": str(self.patient.id), "soap": SOAP} | more
        return self.call(NOTE, given, token)

    def count(self, table: str) -> int:
        text = f"SELECT count(*) FROM app.{table} WHERE tenant_id = %s"
        ((count,),) = self._owner.execute(text.encode(), [self.clinic.tenant_id]).fetchall()
        return count

    def held(self) -> list[Any]:
        """Ids, hashes and taints of what is held."""
        return self._owner.execute(
            "SELECT id, payload_sha256, taint_ids FROM app.held_proposals WHERE tenant_id = %s "
            "AND status = 'held' ORDER BY created_at",
            [self.clinic.tenant_id],
        ).fetchall()


@pytest.fixture
def room(clinic: Clinic, endpoint: Endpoint, write: Write, connect: Connect) -> Room:
    patient = rows.patient(clinic.tenant_id, "Rosa Delgado")
    asks = rows.inbox_item(patient, datetime(2026, 1, 5, tzinfo=UTC), body="May I call?")
    write(patient, asks)
    return Room(clinic, endpoint, patient, connect(OWNER))


async def released(pool: Pool, person: Person, held_id: UUID, sha256: str) -> UUID:
    async with clinic_transaction(pool, opening.session(person.session_hash)) as clinic:
        return await proposals.release(clinic, held_id, sha256)


@pytest.mark.promise("7.held.refused", "7.held.on-record", "7.held.inert")
@pytest.mark.parametrize("version", [*LEGACY, MODERN])
def test_a_proposal_after_untrusted_text_is_held_and_said_to_be(
    room: Room, audit_log: AuditLog, version: str
):
    room.read_inbox()
    given = {"patient_id": str(room.patient.id), "soap": SOAP}
    said = room.call(NOTE, given, version=version).refusal
    ((held_id, _, taints),) = room.held()
    assert said.startswith("Held, and not in the queue: text that a patient")
    assert "(get_inbox at 20" in said
    assert f"/admin/ai-drafts/{held_id}," in said
    assert "/admin/ai-mcp." in said
    assert len(taints) == 1
    assert room.count("pending_actions") == 0
    row = audit_log.rows(room.clinic)[-1]
    assert (row.tool_name, row.status, row.reason) == (
        NOTE,
        "blocked_injection",
        "untrusted_text_read",
    )
    assert row.patient_refs == [room.patient.id]
    assert "Go on" not in str(row)


def test_a_retry_is_told_the_same_and_nothing_is_held_twice(room: Room):
    room.read_inbox()
    first = room.propose(client_request_id="7").refusal
    assert room.propose(client_request_id="7").refusal == first
    assert room.propose().refusal == first
    assert room.count("held_proposals") == 1
    assert room.propose(client_request_id="8").refusal != first


@pytest.mark.promise("7.taint.of-the-person", "7.taint.client-ids")
def test_no_other_connection_session_or_name_of_the_same_person_gets_it_through(
    room: Room, connect: Connect, endpoint: Endpoint
):
    _, other = people.mint(connect(APP), room.clinic.provider)
    room.read_inbox(other.text)
    for more in (
        {"headers": {"mcp-session-id": "a-new-one"}},
        {"meta": {"openai/session": "a-new-one", "conversation": "another"}},
        {"headers": {"user-agent": "another/1.0"}},
    ):
        assert "Held" in endpoint_call(endpoint, room, **more).refusal
    assert room.count("pending_actions") == 0
    # Somebody else of the clinic has read nothing.
    given = {"patient_id": str(room.patient.id), "soap": SOAP}
    assert room.call(NOTE, given, room.clinic.nurse.token.text).content


def endpoint_call(endpoint: Endpoint, room: Room, **more: Any) -> Answer:
    headers, meta = more.get("headers", {}), more.get("meta")
    params: dict[str, Any] = {
        "name": NOTE,
        "arguments": {"patient_id": str(room.patient.id), "soap": SOAP},
    }
    if meta:
        params["_meta"] = meta
    token = room.clinic.provider.token.text
    return endpoint.ask("tools/call", params, token=token, version=LEGACY[-1], **headers)


@pytest.mark.promise("7.held.release", "7.held.once", "6.get-draft-status.states")
async def test_what_is_released_stands_in_the_queue_under_both_ids(room: Room, pool: Pool):
    room.read_inbox()
    room.propose(client_request_id="7")
    ((held_id, sha256, _),) = room.held()
    (told,) = room.call("get_draft_status").content["drafts"]
    assert (told["draft_id"], told["status"]) == (str(held_id), "held")
    draft_id = await released(pool, room.clinic.provider, held_id, sha256)
    for asked in (held_id, draft_id):
        (told,) = room.call("get_draft_status", {"draft_id": str(asked)}).content["drafts"]
        assert (told["draft_id"], told["status"]) == (str(draft_id), "pending")
    # The client that tries again finds it there, though the text still counts.
    assert room.propose(client_request_id="7").content["draft_id"] == str(draft_id)
    assert "Held" in room.propose(client_request_id="8").refusal
    assert room.count("pending_actions") == 1


async def test_nobody_but_its_holder_is_told_of_a_held_proposal(room: Room):
    room.read_inbox()
    room.propose()
    ((held_id, *_),) = room.held()
    for person in (room.clinic.owner, room.clinic.nurse):
        asked = {"draft_id": str(held_id)}
        said = room.call("get_draft_status", asked, person.token.text).refusal
        assert said == "There is no such draft in this clinic."
    assert room.call("get_draft_status", {"draft_id": str(held_id)}).content


@pytest.mark.promise("7.taint.new-conversation", "7.taint.of-that-credential")
async def test_a_new_conversation_ends_it_for_that_connection(
    room: Room, pool: Pool, connect: Connect
):
    provider = room.clinic.provider
    other_id, other = people.mint(connect(APP), provider)
    room.read_inbox()
    room.read_inbox(other.text)
    for credential, held in ((provider.credential_id, True), (other_id, False)):
        async with clinic_transaction(pool, opening.session(provider.session_hash)) as clinic:
            await proposals.begin_conversation(clinic, credential)
        answer = room.propose(client_request_id=str(credential))
        assert ("Held" in answer.text) is held
    begun = connect(OWNER).execute(
        "SELECT subject_id FROM app.security_events WHERE tenant_id = %s "
        "AND kind = 'conversation_begun' ORDER BY created_at",
        [room.clinic.tenant_id],
    )
    assert begun.fetchall() == [(provider.credential_id,), (other_id,)]


@pytest.mark.promise("7.taint.twelve-hours")
def test_it_counts_for_twelve_hours_since_the_last_such_answer(room: Room, clock: Any):
    room.read_inbox()
    clock.move(timedelta(hours=11))
    room.read_inbox()
    clock.move(timedelta(hours=11, minutes=59))
    assert "Held" in room.propose(client_request_id="7").refusal
    clock.move(timedelta(minutes=2))
    assert room.propose(client_request_id="8").content


@pytest.mark.promise("7.held.elicitation")
async def test_a_client_that_shows_pages_is_sent_to_the_page_once(room: Room, pool: Pool):
    room.read_inbox()
    given = {"patient_id": str(room.patient.id), "soap": SOAP, "client_request_id": "7"}
    asked = {"name": NOTE, "arguments": given}
    shows = {"io.modelcontextprotocol/clientCapabilities": {"elicitation": {"url": {}}}}

    def call(**more: Any) -> Any:
        meta = {"_meta": modern({})["_meta"] | shows}
        token = room.clinic.provider.token.text
        return room.ask("tools/call", {**asked, **more, **meta}, token)

    answer = call()
    ((held_id, sha256, _),) = room.held()
    assert answer["resultType"] == "input_required"
    (request,) = answer["inputRequests"].values()
    assert request["method"] == "elicitation/create"
    assert request["params"]["mode"] == "url"
    assert request["params"]["url"].endswith(f"/admin/ai-drafts/{held_id}")
    assert "Go on" not in str(answer)
    seen = {"inputResponses": {key: {"action": "accept"} for key in answer["inputRequests"]}}
    # Seen, and not released: the model is told. Released: it goes through.
    assert call(**seen)["isError"] is True
    draft_id = await released(pool, room.clinic.provider, held_id, sha256)
    assert call(**seen)["structuredContent"]["draft_id"] == str(draft_id)

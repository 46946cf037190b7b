"""The queue as each person sees it, and a held proposal beside what was read before it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg import Connection

from models.patient import Patient
from services.drafts import held, proposals, queue, review
from services.drafts.queue import Which
from services.errors import NotFound, NotPermitted, ProofNeeded
from tests import factories
from tests.ground import OWNER, SUPERUSER
from tests.mcp_server import rows
from tests.personas import Clinic, Person
from tests.services.drafts.conftest import SOAP, Acts

pytestmark = pytest.mark.anyio

PORTAL = {"channel": "portal", "body": "How are you?"}
WROTE = datetime(2026, 1, 5, tzinfo=UTC)

Connect = Callable[[str], Connection[Any]]


async def seen(acts: Acts, person: Person, which: Which, **page: Any) -> Any:
    return await acts.person(person, lambda s: queue.drafts(s, which, **page))


async def ids(acts: Acts, person: Person, which: Which) -> list[UUID]:
    return [row.id for row in (await seen(acts, person, which)).rows]


@pytest.mark.promise("8.drafts.queue")
async def test_each_part_of_the_queue_holds_what_its_name_says(
    acts: Acts, clinic: Clinic, patient: Patient
):
    note = (await acts.propose(clinic.nurse, patient)).id
    message = (await acts.propose(clinic.provider, patient, PORTAL)).id
    signed = (await acts.propose(clinic.provider, patient, {"plan": "Sign."})).id
    rejected = (await acts.propose(clinic.provider, patient, {"plan": "Reject."})).id
    acts.taint(clinic, clinic.provider)
    kept = (await acts.propose(clinic.provider, patient, {"plan": "Held."})).id
    await acts.person(clinic.provider, lambda s: review.sign(s, signed, 1))
    await acts.person(clinic.provider, lambda s: review.reject(s, rejected, 1, "No."))
    expected = {
        Which.MINE: [message],
        Which.ALL: [note, message],
        Which.HELD: [kept],
        Which.SIGNED: [signed],
        Which.REJECTED: [rejected],
    }
    for which, drafts in expected.items():
        assert await ids(acts, clinic.provider, which) == drafts, which
    counts = await acts.person(clinic.provider, queue.counts)
    assert (counts.mine, counts.everyone, counts.held, counts.waiting) == (1, 2, 1, 3)
    # A held one is its holder's; who writes messages alone sees no note.
    assert await ids(acts, clinic.nurse, Which.HELD) == []
    assert await ids(acts, clinic.front_desk, Which.ALL) == [message]
    (row,) = (await seen(acts, clinic.provider, Which.SIGNED)).rows
    assert (row.decider, row.begins, row.given_name) == ("Provider", "Sign.", "Rosa")
    for stranger in (clinic.biller, clinic.growth, clinic.auditor):
        with pytest.raises(NotPermitted):
            await seen(acts, stranger, Which.ALL)


async def test_the_queue_goes_on_where_a_page_ended(acts: Acts, clinic: Clinic, patient: Patient):
    made = [(await acts.propose(clinic.nurse, patient, {"plan": f"{n}"})).id for n in range(5)]
    page = await seen(acts, clinic.provider, Which.ALL, limit=2)
    told = [row.id for row in page.rows]
    while (cursor := page.next_cursor) is not None:
        page = await seen(acts, clinic.provider, Which.ALL, limit=2, cursor=cursor)
        told += [row.id for row in page.rows]
    assert told == made
    after = [
        await acts.person(clinic.provider, lambda s, one=one: queue.next_after(s, one))
        for one in made
    ]
    assert after == [*made[1:], made[0]]


async def test_what_is_over_waits_no_more(
    acts: Acts, clinic: Clinic, patient: Patient, connect: Connect
):
    await acts.propose(clinic.nurse, patient)
    connect(OWNER).execute("UPDATE app.pending_actions SET expires_at = app.now()")
    assert await ids(acts, clinic.nurse, Which.ALL) == []
    assert (await acts.person(clinic.nurse, queue.counts)).waiting == 0


@pytest.mark.promise("7.held.beside-its-sources")
async def test_a_held_proposal_stands_beside_the_text_that_was_given_out(
    acts: Acts, clinic: Clinic, patient: Patient, connect: Connect
):
    other = rows.patient(clinic.tenant_id, "Peter Lindqvist")
    texts = [
        rows.inbox_item(other, WROTE, subject="Hello", body="Confirm the card on file."),
        rows.inbox_item(patient, WROTE + timedelta(days=3_650), body="Written later."),
        rows.intake_form(patient, WROTE, sleep="Tired."),
        rows.note(patient, WROTE, plan="Not read."),
    ]
    owner = connect(OWNER)
    with owner.transaction():
        factories.save(owner, other, *texts)
    for tool, of in (("get_inbox", other), ("get_intake_forms", patient)):
        given_out(connect, acts, clinic, tool, of.id)
    proposed = await acts.propose(clinic.provider, patient)
    found = await acts.person(clinic.provider, lambda s: held.held(s, proposed.id))
    assert (found.status, found.payload, found.given_name) == ("held", SOAP, "Rosa")
    told = await acts.person(clinic.provider, lambda s: held.passages(s, found.taint_ids))
    assert {(p.kind, p.family_name, p.text) for p in told} == {
        ("message", "Lindqvist", "Hello\nConfirm the card on file."),
        ("intake form", "Delgado", "sleep?\nTired."),
    }
    for stranger in (clinic.owner, clinic.nurse):
        with pytest.raises(NotFound):
            await acts.person(stranger, lambda s: held.held(s, proposed.id))


def given_out(connect: Connect, acts: Acts, clinic: Clinic, tool: str, patient_id: UUID) -> None:
    """As a call leaves it: its row, and the taint that names the row."""
    taint = acts.taint(clinic, clinic.provider)
    admin = connect(SUPERUSER)
    admin.execute(
        "INSERT INTO app.mcp_audit_log (tenant_id, id, user_id, credential_id, role, tool_name, "
        "args_redacted, patient_refs, response_bytes, latency_ms, status) "
        "SELECT m.tenant_id, m.audit_id, m.user_id, m.credential_id, 'provider', %s, '{}', "
        "ARRAY[%s]::uuid[], 1, 1, 'ok' FROM app.mcp_taints m WHERE m.id = %s",
        [tool, patient_id, taint],
    )


@pytest.mark.promise("7.held.release-and-sign")
async def test_it_is_released_and_signed_in_one_transaction_or_neither(
    acts: Acts, clinic: Clinic, patient: Patient, connect: Connect
):
    acts.taint(clinic, clinic.provider)
    proposed = await acts.propose(clinic.provider, patient)
    found = await acts.person(clinic.provider, lambda s: held.held(s, proposed.id))

    async def both(sha256: str = found.payload_sha256) -> UUID:
        return await acts.person(
            clinic.provider, lambda s: held.release_and_sign(s, proposed.id, sha256)
        )

    unproved = "UPDATE identity.sessions SET proved_at = NULL WHERE tenant_id = %s"
    connect(SUPERUSER).execute(unproved, [clinic.tenant_id])
    with pytest.raises(ProofNeeded):
        await both()
    assert acts.all("held_proposals", clinic, "status") == [("held",)]
    assert acts.all("pending_actions", clinic) == []
    proved = "UPDATE identity.sessions SET proved_at = app.now() WHERE tenant_id = %s"
    connect(SUPERUSER).execute(proved, [clinic.tenant_id])
    with pytest.raises(NotFound):
        await both("0" * 64)
    draft_id = await both()
    assert acts.all("pending_actions", clinic, "id, status") == [(draft_id, "signed")]
    assert len(acts.all("chart_notes", clinic)) == 1
    again = await acts.person(clinic.provider, lambda s: held.held(s, proposed.id))
    assert (again.status, again.draft_id) == ("released", draft_id)
    with pytest.raises(NotFound):
        await both()


async def test_a_nurse_releases_a_note_and_another_signs_it(
    acts: Acts, clinic: Clinic, patient: Patient
):
    acts.taint(clinic, clinic.nurse)
    proposed = await acts.propose(clinic.nurse, patient)
    found = await acts.person(clinic.nurse, lambda s: held.held(s, proposed.id))
    with pytest.raises(NotPermitted):
        await acts.person(
            clinic.nurse, lambda s: held.release_and_sign(s, proposed.id, found.payload_sha256)
        )
    assert acts.all("pending_actions", clinic) == []
    draft_id = await acts.person(
        clinic.nurse, lambda s: proposals.release(s, proposed.id, found.payload_sha256)
    )
    await acts.person(clinic.provider, lambda s: review.sign(s, draft_id, 1))
    assert len(acts.all("chart_notes", clinic)) == 1
